//! ADD COLUMN, UPDATE … SET it from others, DROP COLUMN those: a rename by copy, a merge or a split, in steps.
//!
//! Where every new column can be turned back into the old one, triggers work in both directions and code moves in one
//! deploy. Else they work from old to new, and code writes both sides for one deploy.

use super::computed::{Computed, can_go};
use super::sql::{HALF_WAY, LOCK_FAILURE, add_column, drop_column, keeping_stamps};
use super::sync::{blind_spots, cascades, create_trigger, drop_trigger, trigger_name};
use super::{ENGINES, add_column as adding, drop_column as dropping};
use crate::change::{ColumnDef, Ident, Name};
use crate::draft::{Draft, Run, StepDraft, UndoDraft};
use crate::order::{Gather, GatherAll, PushAll};
use crate::recipes::Cx;
use crate::recipes::joint::{Ahead, Joint, JointRecipe};
use crate::recipes::shared::batches::{Batches, RowVerb};
use crate::recipes::shared::copied::Script;
use crate::recipes::shared::draft::{listed, once, undo_outside, verify};
use crate::recipes::shared::{key, one_alter};
use crate::report::PhaseName::{Contract, Expand, Migrate, Switch};
use crate::request::DualWrite;
use crate::world::World;

/// The recipe.
pub static RECIPE: JointRecipe = JointRecipe {
    id: "mysql-copy-column",
    title: "Columns copied into others and dropped: kept in step while code moves",
    for_engine: ENGINES,
    starts: |change| matches!(change, crate::change::Change::AddColumn { .. }),
    find,
};

fn find(ahead: &Ahead<'_>) -> Option<Joint> {
    let cx = ahead.cx;
    let script = Script::read(ahead)?;
    let computed = script.filled.iter().map(|f| Computed::read(&cx, script.table, f)).gather_all()?;
    let column = |name: &&Ident| cx.world.schema.column(script.table, name).filter(|c| can_go(&cx, script.table, c));
    let dropped = script.dropped.iter().map(column).gather_all()?;
    let returned = |column: &ColumnDef| {
        let ways = computed.iter().filter_map(|c| c.back.as_ref());
        ways.filter(|back| back.column.name == column.name).count() == 1
    };
    let both = computed.len() == dropped.len() && dropped.iter().all(|column| returned(column));
    let by_trigger = cx.world.options.dual_write == DualWrite::Trigger;
    let copied = Copied { cx, table: script.table, computed, dropped, by_trigger, both: both && by_trigger };
    Some(Joint::of(copied.draft(), script.members.clone()))
}

struct Copied<'a> {
    cx: Cx<'a>,
    table: &'a Name,
    computed: Vec<Computed<'a>>,
    dropped: Vec<&'a ColumnDef>,
    by_trigger: bool,
    /// The triggers also fill the old columns from the new ones.
    both: bool,
}

impl Copied<'_> {
    fn draft(&self) -> Draft {
        let mut steps = vec![self.expand()];
        steps.push(if self.by_trigger { self.triggers() } else { self.write_both() });
        steps.push_all([self.fill(), self.agree(), self.switch()]);
        steps.push_all(self.contract());
        Draft {
            recipe: RECIPE.id,
            title: format!("Make {} of {}.{}", self.to(), self.table, self.from()),
            steps,
            checklist: self.checklist(),
            notes: self.notes(),
            as_written: false,
        }
    }

    fn to(&self) -> String {
        listed(&self.computed.iter().map(|c| c.interim.name.to_string()).gather())
    }

    fn from(&self) -> String {
        listed(&self.dropped.iter().map(|c| c.name.to_string()).gather())
    }

    /// Actions on the table as one statement, where all of them run the same way.
    fn joined(&self, runs: Vec<Run>) -> Vec<Run> {
        one_alter::join(runs, &one_alter::head(self.cx.engine(), self.table))
    }

    fn expand(&self) -> StepDraft {
        let (cx, table) = (&self.cx, self.table);
        let add = self.computed.iter().map(|c| add_column(cx, table, c.interim.clone())).gather();
        let back = self.computed.iter().map(|c| drop_column(cx, table, &c.interim.name)).gather();
        StepDraft {
            why: "Old code keeps running: it does not know the columns and may leave them out. They may be NULL until \
                  every row is filled."
                .to_string(),
            transactional: false,
            undo: undo_outside(self.joined(back)),
            on_failure: LOCK_FAILURE.to_string(),
            ..StepDraft::sql(Expand, format!("Add {} to {table}", self.to()), self.joined(add))
        }
    }

    fn create_triggers(&self) -> Vec<Run> {
        let (cx, table) = (&self.cx, self.table);
        let trigger = |event: &str, body: String| {
            let name = self.trigger_name(event);
            create_trigger(cx, table, &name, &format!("BEFORE {event}"), &format!("BEGIN\n{body}END"))
        };
        vec![
            trigger("UPDATE", self.computed.iter().map(|c| c.on_update(self.both)).collect()),
            trigger("INSERT", self.computed.iter().map(|c| c.on_insert(self.both)).collect()),
        ]
    }

    fn drop_triggers(&self) -> Vec<Run> {
        ["INSERT", "UPDATE"].map(|event| drop_trigger(&self.cx, self.table, &self.trigger_name(event))).to_vec()
    }

    fn trigger_name(&self, event: &str) -> Name {
        let first = self.computed.first().map_or_else(|| Ident::new("copy"), |c| c.interim.name.clone());
        trigger_name(&self.cx, self.table, &first, event)
    }

    fn triggers(&self) -> StepDraft {
        let (to, from) = (self.to(), self.from());
        let ways = match self.both {
            true => "Whichever side is written, the other follows.",
            false => "What old code writes is carried over; what newer code writes itself is left alone.",
        };
        StepDraft {
            why: format!(
                "{ways} A value that the new column does not take becomes NULL there, so that no write of the application \
                 fails; the comparison finds it. The UPDATE trigger comes first: a row inserted and then updated between \
                 the two would stay stale. Each waits for open transactions on the table, then takes milliseconds."
            ),
            transactional: false,
            undo: undo_outside(self.drop_triggers()),
            on_failure: HALF_WAY.to_string(),
            ..StepDraft::sql(Expand, format!("Keep {to} in step with {from} by triggers"), self.create_triggers())
        }
    }

    fn write_both(&self) -> StepDraft {
        StepDraft::writing(
            format!("{} and {}", self.to(), self.from()),
            &self.from(),
            "Every INSERT and UPDATE sets both sides. The backfill may start only when no older instance runs.",
        )
    }

    fn differing(&self) -> String {
        self.computed.iter().map(Computed::differ).gather().join(" OR ")
    }

    fn fill(&self) -> StepDraft {
        let (cx, table) = (&self.cx, self.table);
        let set = |c: &Computed<'_>| format!("{} = {}", cx.ident(&c.interim.name), c.value);
        let set = self.computed.iter().map(set).gather().join(", ");
        let job = Batches {
            table: table.clone(),
            verb: RowVerb::Update {
                set: keeping_stamps(cx, table, set),
                columns: self.computed.iter().map(|c| c.interim.name.clone()).gather(),
            },
            condition: self.differing(),
            key: key::of(cx, table),
        };
        job.step(cx, Migrate, format!("Fill {} for the rows that exist", self.to()))
    }

    fn agree(&self) -> StepDraft {
        verify(
            Migrate,
            format!("Compare {} with {} row by row", self.to(), self.from()),
            format!("SELECT COUNT(*) FROM {} WHERE {}", self.cx.name(self.table), self.differing()),
            "0",
            "Run the backfill again and compare again. Rows that stay have a value that the new column does not take, or \
             something writes past the triggers: a foreign key cascade, an older instance.",
        )
    }

    fn switch(&self) -> StepDraft {
        let (to, from) = (self.to(), self.from());
        match self.both {
            true => StepDraft::deploy(
                Switch,
                format!("Deploy code that reads and writes {to} only"),
                format!("The triggers still fill {from} for instances of the old version, and {to} from them."),
            ),
            false => StepDraft::deploy(
                Switch,
                format!("Deploy code that reads {to} and writes {to} and {from}"),
                format!("Instances of the version before still read {from}."),
            ),
        }
    }

    fn contract(&self) -> Vec<StepDraft> {
        let (cx, table, from) = (&self.cx, self.table, self.from());
        let let_go = self.dropped.iter().filter_map(|column| {
            let step = dropping::optional(cx, table, &column.name)?;
            Some(StepDraft { phase: Contract, gate: "no instance of the old version runs".to_string(), ..step })
        });
        let mut steps: Vec<StepDraft> = let_go.gather();
        if self.by_trigger {
            steps.push(self.drop_trigger_step());
        }
        if !self.both {
            steps.push(StepDraft::deploy(
                Contract,
                format!("Deploy code that uses {} only", self.to()),
                format!("Nothing may name {from} once dropped."),
            ));
        }
        steps.push_all(self.computed.iter().filter(|c| c.ends_otherwise()).flat_map(|c| self.finish(c)));
        steps.push_all(self.dropped.iter().flat_map(|column| dropping::foreign_keys(cx, table, &column.name)));
        steps.push_all(self.indexes().into_iter().filter_map(|index| dropping::index(cx, table, index)));
        // Without its indexes and keys a column may go in an instant.
        let mut bare = cx.world.schema.excerpt(std::slice::from_ref(table));
        steps.iter().flat_map(|step| &step.run).for_each(|run| bare.apply(&run.change));
        let bare = Cx { world: World { schema: &bare, ..cx.world }, ..*cx };
        let drop = self.dropped.iter().map(|column| drop_column(&bare, table, &column.name)).gather();
        steps.push(StepDraft {
            why: "Nothing uses them any more.".to_string(),
            transactional: false,
            undo: UndoDraft::Impossible(format!(
                "The values of {from} are gone; they only come back from a backup or a copy made before."
            )),
            on_failure: LOCK_FAILURE.to_string(),
            gate: format!("nothing has used {from} for the soak period"),
            ..StepDraft::sql(Contract, format!("Drop {from} of {table}"), self.joined(drop))
        });
        steps
    }

    /// Dropped before the columns that they name: a trigger with a missing column makes every write fail.
    fn drop_trigger_step(&self) -> StepDraft {
        let lossy = match self.both {
            true => format!("rows written since have no {}: run the backfill in the other direction", self.from()),
            false => String::new(),
        };
        let why = match self.both {
            true => "From here on only the new columns are written.",
            false => "Code of the switch writes both sides itself.",
        };
        StepDraft {
            why: format!("{why} They go before the columns that they name, or every write would fail."),
            transactional: false,
            undo: UndoDraft::Sql { run: self.create_triggers(), transactional: false, lossy },
            on_failure: HALF_WAY.to_string(),
            gate: "no instance of the old version runs".to_string(),
            ..StepDraft::sql(Contract, format!("Drop the triggers on {}", self.table), self.drop_triggers())
        }
    }

    /// The definition that was pasted, where the interim one differs.
    fn finish(&self, computed: &Computed<'_>) -> Vec<StepDraft> {
        let name = &computed.wanted.name;
        let interim = computed.interim_at_the_end();
        let looked = super::redefine_column::no_nulls(&self.cx, Contract, self.table, name);
        vec![looked, adding::not_null(&self.cx, self.table, &computed.wanted, interim)]
    }

    /// The indexes that go with the columns, each once.
    fn indexes(&self) -> Vec<&crate::change::IndexDef> {
        let schema = self.cx.world.schema;
        let mut found: Vec<&crate::change::IndexDef> = Vec::new();
        for index in self.dropped.iter().flat_map(|column| schema.indexes_of_column(self.table, &column.name)) {
            if !found.contains(&index) {
                found.push(index);
            }
        }
        found
    }

    fn checklist(&self) -> Vec<String> {
        let mut list = vec![
            format!(
                "No job, view, report or replica consumer uses {}.{} any more before the drop",
                self.table,
                self.from()
            ),
            format!("No INSERT INTO {} without a column list, no SELECT * read by position", self.table),
        ];
        if !self.both {
            list.push(format!(
                "Code of the switch writes {} and {} in every INSERT and UPDATE",
                self.to(),
                self.from()
            ));
        }
        list
    }

    fn notes(&self) -> Vec<String> {
        let (cx, table) = (&self.cx, self.table);
        let mut notes: Vec<String> = Vec::new();
        if self.by_trigger && !self.both {
            notes.push(format!(
                "There is no way back from {0} to {1} that is right for every value, so the triggers work from old to new \
                 only, for old code. Code of the switch writes both; so redeploying the version before it loses nothing.",
                self.to(),
                self.from()
            ));
        }
        notes.push_all(self.computed.iter().filter_map(|c| {
            let (column, setting) = (&c.interim.name, c.setting()?);
            Some(format!(
                "{column} depends on {setting} of the session that writes: the plan and all code need the same, or rows differ."
            ))
        }));
        // The others that a value is made of stay; what changes them past the triggers matters too.
        let sources = self.computed.iter().flat_map(|c| &c.sources).filter(|_| self.by_trigger);
        notes.push_all(sources.filter_map(|source| cascades(cx, table, &source.name)));
        for column in &self.dropped {
            let spots = if self.by_trigger { blind_spots(cx, table, &column.name) } else { Vec::new() };
            notes.push_all(spots.into_iter().chain(dropping::notes(cx, table, &column.name)));
        }
        for index in self.indexes() {
            if let Some(name) = &index.name {
                notes.push(format!(
                    "Index {} goes with its column: build one on {} before the switch where queries need it.",
                    name.object,
                    self.to()
                ));
            }
        }
        notes.push_all(key::of(cx, table).assumption(table));
        once(notes)
    }
}
