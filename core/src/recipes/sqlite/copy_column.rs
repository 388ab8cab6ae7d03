//! ADD COLUMN, UPDATE … SET it from others, DROP COLUMN those: a rename by copy, a merge or a split, in steps.
//!
//! AFTER triggers write the row a second time, because SQLite cannot assign to NEW. Values are compared in binary order,
//! whatever the collation of the column calls equal.

use super::ENGINE;
use super::rename_column::is_followed;
use super::sql::{LOCK_FAILURE, differs, row_number, trigger};
use super::{drop_column, gone, left_out};
use crate::change::{Change, ColumnDef, Ident, Name, Nullability, ObjectKind, ObjectVerb, Volatility};
use crate::draft::{Draft, Run, StepDraft, UndoDraft};
use crate::order::{Gather, GatherAll, PushAll};
use crate::parse::inside;
use crate::recipes::Cx;
use crate::recipes::joint::{Ahead, Joint, JointRecipe};
use crate::recipes::shared::batches::{Batches, RowVerb};
use crate::recipes::shared::copied::{Filled, Script, starts_as_null};
use crate::recipes::shared::draft::{listed, undo, verify};
use crate::recipes::shared::{key, names, words};
use crate::report::PhaseName::{Contract, Expand, Migrate, Switch};
use crate::request::DualWrite;
use crate::schema::Object;

/// The recipe.
pub static RECIPE: JointRecipe = JointRecipe {
    id: "sqlite-copy-column",
    title: "Columns copied into others and dropped: kept in step while code moves",
    for_engine: ENGINE,
    starts: |change| matches!(change, Change::AddColumn { .. }),
    find,
};

fn find(ahead: &Ahead<'_>) -> Option<Joint> {
    let cx = ahead.cx;
    let script = Script::read(ahead)?;
    let table = script.table;
    let computed = script.filled.iter().map(|f| Computed::read(&cx, table, f)).gather_all()?;
    let dropped: Vec<&ColumnDef> = script.dropped.iter().map(|name| can_go(&cx, table, name)).gather_all()?;
    let returned = |column: &&ColumnDef| computed.iter().filter(|c| c.is_copy_of(column)).count() == 1;
    let both = computed.len() == dropped.len() && dropped.iter().all(returned);
    let by_trigger = cx.world.options.dual_write == DualWrite::Trigger;
    let let_be = left_out::let_be(&cx, table, &dropped)?;
    let copied = Copied { cx, table, computed, dropped, by_trigger, both: both && by_trigger, let_be };
    if !gone::is_native(&cx) {
        copied.anew()?;
    }
    Some(Joint::of(copied.draft(), script.members.clone()))
}

/// A column that the server drops, or a table made anew can be without.
pub fn can_go<'a>(cx: &Cx<'a>, table: &Name, name: &Ident) -> Option<&'a ColumnDef> {
    let schema = cx.world.schema;
    let known = schema.table(table).filter(|t| !t.def.strict && row_number(&t.def) == Some("rowid"))?;
    let column = schema.column(table, name)?;
    let computed = known.def.columns.iter().any(|c| {
        c.generated.as_ref().is_some_and(|g| super::text::mentions(&g.expr.text, &column.name))
            || c.name == column.name && c.generated.is_some()
    });
    let fits = !computed
        && !is_followed(cx, table, &column.name)
        && schema.constraints_of_column(table, &column.name).is_empty();
    fits.then_some(column)
}

/// A new column and what it is made of.
struct Computed<'a> {
    cx: Cx<'a>,
    column: &'a ColumnDef,
    value: &'a str,
    sources: Vec<&'a ColumnDef>,
}

impl<'a> Computed<'a> {
    /// None where the expression may give another value when it is computed again, or an error.
    fn read(cx: &Cx<'a>, table: &Name, filled: &'a Filled<'a>) -> Option<Computed<'a>> {
        let expr = inside::expr(&filled.value, cx.world.target);
        let column = |name: &Ident| cx.world.schema.column(table, name);
        let sources = expr.columns.iter().map(column).gather_all()?;
        // What ends in an error for some values would fail the write of the application.
        let text = filled.value.to_ascii_lowercase();
        let risky = |word: &str| word.starts_with("json") || matches!(word, "abs" | "zeroblob" | "escape");
        let fails = text.contains("->") || text.split(|c: char| !c.is_alphanumeric()).any(risky);
        let steady = expr.volatility == Volatility::Constant && !fails && !sources.is_empty();
        (steady && filled.again.is_none()).then_some(Computed {
            cx: *cx,
            column: filled.column,
            value: &filled.value,
            sources,
        })
    }

    fn is_copy_of(&self, source: &ColumnDef) -> bool {
        let bare = |c: &ColumnDef| starts_as_null(c);
        let same_type = match (&self.column.data_type, &source.data_type) {
            (Some(new), Some(old)) => new.same_as(old),
            (new, old) => new.is_none() && old.is_none(),
        };
        let named = words::stored(self.value).value.eq_ignore_ascii_case(&source.name.value);
        named && same_type && bare(self.column) && bare(source)
    }

    fn name(&self) -> String {
        self.cx.ident(&self.column.name)
    }

    /// The expression as the column takes it.
    fn stored(&self) -> String {
        match self.column.default.as_ref().filter(|_| self.column.nullability == Nullability::NotNull) {
            Some(default) => format!("coalesce({}, {})", self.value, default.text),
            None => self.value.to_string(),
        }
    }

    /// The plus takes the affinity from the value, so that it is compared as the new column stores it.
    fn differ(&self) -> String {
        format!("{} COLLATE BINARY IS NOT +({})", self.name(), self.value)
    }

    /// Name and body of each trigger.
    fn triggers(&self, table: &Name, both: bool) -> Vec<(Name, String)> {
        let (t, new, value) = (self.cx.name(table), self.name(), self.stored());
        let sources: Vec<String> = self.sources.iter().map(|s| self.cx.ident(&s.name)).gather();
        let changed: Vec<String> = sources.iter().map(|s| differs(&format!("NEW.{s}"), &format!("OLD.{s}"))).gather();
        let untouched = format!("NEW.{new} COLLATE BINARY IS OLD.{new}");
        let row = "WHERE rowid = NEW.rowid;\nEND";
        let omitted = match &self.column.default {
            Some(default) => format!("NEW.{new} IS NULL OR NEW.{new} = {}", default.text),
            None => format!("NEW.{new} IS NULL"),
        };
        let named = |which: &str| names::helper_beside(&self.cx, table, &[&self.column.name.value, which]);
        let mut all = vec![(
            named("old"),
            format!(
                "AFTER UPDATE OF {} ON {t}\nWHEN ({}) AND {untouched}\nBEGIN\n  UPDATE {t} SET {new} = {value} {row}",
                sources.join(", "),
                changed.join(" OR ")
            ),
        )];
        let mut insert = format!("AFTER INSERT ON {t}\nWHEN {omitted}\nBEGIN\n  UPDATE {t} SET {new} = {value} {row}");
        if let (true, [old]) = (both, sources.as_slice()) {
            let apart = differs(&format!("NEW.{old}"), &format!("NEW.{new}"));
            all.push((
                named("new"),
                format!(
                    "AFTER UPDATE OF {new} ON {t}\nWHEN {} AND {apart}\nBEGIN\n  UPDATE {t} SET {old} = NEW.{new} {row}",
                    differs(&format!("NEW.{new}"), &format!("OLD.{new}"))
                ),
            ));
            let given = format!("coalesce(NEW.{new}, NEW.{old})");
            insert = format!(
                "AFTER INSERT ON {t}\nWHEN {apart}\nBEGIN\n  UPDATE {t} SET {new} = {given}, {old} = {given} {row}"
            );
        }
        all.push((named("insert"), insert));
        all
    }
}

/// The table's own triggers fire for what ours and the fill write.
pub fn own_triggers(cx: &Cx<'_>, table: &Name) -> Vec<String> {
    let own = cx.world.schema.objects_on(ObjectKind::Trigger, table).into_iter();
    let said = |trigger: &Object| {
        format!(
            "{table} has a trigger of its own, {}: where it is for UPDATE, it also fires for the rows that the fill and our \
             triggers write.",
            trigger.name
        )
    };
    own.map(said).gather()
}

/// `CREATE TRIGGER` for each, and `DROP TRIGGER`.
pub fn create_and_drop(cx: &Cx<'_>, triggers: &[(Name, Name, String)]) -> (Vec<Run>, Vec<Run>) {
    let create = |(name, table, body): &(Name, Name, String)| {
        trigger(ObjectVerb::Create, name, table, format!("CREATE TRIGGER {} {body}", cx.name(name)))
    };
    let drop = |(name, table, _): &(Name, Name, String)| {
        trigger(ObjectVerb::Drop, name, table, format!("DROP TRIGGER {}", cx.name(name)))
    };
    (triggers.iter().map(create).gather(), triggers.iter().map(drop).gather())
}

struct Copied<'a> {
    cx: Cx<'a>,
    table: &'a Name,
    computed: Vec<Computed<'a>>,
    dropped: Vec<&'a ColumnDef>,
    by_trigger: bool,
    /// The triggers also fill the old columns from the new ones.
    both: bool,
    /// Lets the old columns be left out, with its notes.
    let_be: (Vec<StepDraft>, Vec<String>),
}

impl Copied<'_> {
    fn draft(&self) -> Draft {
        let (to, from) = (self.to(), self.from());
        let (mut steps, mut notes) = self.let_be.clone();
        steps.push(self.expand());
        if !self.by_trigger {
            steps.push(StepDraft::writing(
                format!("{to} and {from}"),
                &from,
                "Every INSERT and UPDATE sets both sides. The fill may start only when no older process runs.",
            ));
        }
        steps.push_all([self.fill(), self.agree(), self.switch()]);
        if !self.both {
            steps.push_all(self.by_trigger.then(|| self.drop_triggers()));
            steps.push(StepDraft::deploy(
                Contract,
                format!("Deploy code that uses {to} only"),
                format!("Nothing may name {from} once dropped."),
            ));
        }
        steps.push_all(self.contract());
        notes.push_all(key::of(&self.cx, self.table).assumption(self.table));
        if self.by_trigger && !self.both {
            notes.push(format!(
                "There is no way back from {to} to {from} that is right for every value, so the triggers work from old to new \
                 only, for old code. Code of the switch writes both; so going back to the version before it loses nothing."
            ));
        }
        if self.by_trigger {
            notes.push_all(own_triggers(&self.cx, self.table));
        }
        let (_, indexes) = self.indexes();
        notes.push_all(indexes.iter().map(|index| {
            format!("Index {index} goes with its column: build one on {to} before the switch where queries need it.")
        }));
        Draft {
            recipe: RECIPE.id,
            title: format!("Make {to} of {}.{from}", self.table),
            steps,
            checklist: super::rebuild::checklist(self.table),
            notes,
            as_written: false,
        }
    }

    fn to(&self) -> String {
        listed(&self.computed.iter().map(|c| c.column.name.to_string()).gather())
    }

    fn from(&self) -> String {
        listed(&self.dropped.iter().map(|c| c.name.to_string()).gather())
    }

    fn added(&self) -> Vec<Run> {
        let add = |c: &Computed<'_>| {
            let column = Box::new(ColumnDef { text: String::new(), ..c.column.clone() });
            self.cx.run(Change::AddColumn { table: self.table.clone(), column, if_not_exists: false })
        };
        self.computed.iter().map(add).gather()
    }

    fn anew(&self) -> Option<StepDraft> {
        let names: Vec<&Ident> = self.dropped.iter().map(|column| &column.name).gather();
        gone::anew(&self.cx, self.table, &self.added(), &names)
    }

    fn triggers(&self) -> (Vec<Run>, Vec<Run>) {
        let all = self.computed.iter().filter(|_| self.by_trigger).flat_map(|c| c.triggers(self.table, self.both));
        let all: Vec<(Name, Name, String)> = all.map(|(name, body)| (name, self.table.clone(), body)).gather();
        create_and_drop(&self.cx, &all)
    }

    fn expand(&self) -> StepDraft {
        let (create, back) = self.triggers();
        let added = self.added();
        let by = if self.by_trigger { ", kept in step by triggers" } else { "" };
        StepDraft {
            why: match (self.by_trigger, self.both) {
                (true, true) => "Old code keeps running: the triggers write both sides whichever is written.",
                (true, false) => {
                    "Old code keeps running: the triggers compute the new columns from what it writes, and leave alone what \
                     newer code writes itself."
                }
                (false, _) => "Old code keeps running: it does not know the columns.",
            }
            .to_string(),
            undo: gone::taken_back(&self.cx, self.table, &added, back).unwrap_or(UndoDraft::Nothing),
            on_failure: LOCK_FAILURE.to_string(),
            ..StepDraft::sql(Expand, format!("Add {} to {}{by}", self.to(), self.table), [added, create].concat())
        }
    }

    fn differing(&self) -> String {
        self.computed.iter().map(Computed::differ).gather().join(" OR ")
    }

    fn fill(&self) -> StepDraft {
        let set = |c: &Computed<'_>| format!("{} = {}", c.name(), c.value);
        let job = Batches {
            table: self.table.clone(),
            verb: RowVerb::Update {
                set: self.computed.iter().map(set).gather().join(", "),
                columns: self.computed.iter().map(|c| c.column.name.clone()).gather(),
            },
            condition: self.differing(),
            key: key::of(&self.cx, self.table),
        };
        job.step(&self.cx, Migrate, format!("Fill {} for the rows that exist", self.to()))
    }

    fn agree(&self) -> StepDraft {
        verify(
            Migrate,
            format!("Compare {} with {} row by row", self.to(), self.from()),
            format!("SELECT count(*) FROM {} WHERE {}", self.cx.name(self.table), self.differing()),
            "0",
            "Run the fill again and compare again. Rows that stay have a value that the new column does not hold as it is (a \
             large number in REAL): decide what they shall be before the next step.",
        )
    }

    fn switch(&self) -> StepDraft {
        let (to, from) = (self.to(), self.from());
        match self.both {
            true => StepDraft::deploy(
                Switch,
                format!("Deploy code that reads and writes {to} only"),
                format!("The triggers still fill {from} for processes of the old version."),
            ),
            false => StepDraft::deploy(
                Switch,
                format!("Deploy code that reads {to} and writes {to} and {from}"),
                format!("Processes of the version before still read {from}."),
            ),
        }
    }

    fn drop_triggers(&self) -> StepDraft {
        let (create, drop) = self.triggers();
        StepDraft {
            why: "Code of the switch writes both sides itself.".to_string(),
            undo: undo(create),
            on_failure: LOCK_FAILURE.to_string(),
            gate: "no process of the old version runs".to_string(),
            ..StepDraft::sql(Contract, format!("Drop the triggers on {}", self.table), drop)
        }
    }

    /// How the indexes of the columns are dropped, and their names, each once.
    fn indexes(&self) -> (Vec<Run>, Vec<Name>) {
        let (mut runs, mut known): (Vec<Run>, Vec<Name>) = Default::default();
        for column in &self.dropped {
            let (drop, names) = drop_column::indexes(&self.cx, self.table, &column.name);
            for (run, name) in drop.into_iter().zip(names) {
                if !known.contains(&name) {
                    known.push(name);
                    runs.push(run);
                }
            }
        }
        (runs, known)
    }

    fn contract(&self) -> Vec<StepDraft> {
        if let Some(anew) = self.anew().filter(|_| !gone::is_native(&self.cx)) {
            let triggers = self.both.then(|| StepDraft {
                why: format!("Nothing uses {} any more.", self.from()),
                gate: "no process of an older version runs".to_string(),
                ..self.drop_triggers()
            });
            return triggers.into_iter().chain([anew]).gather();
        }
        let (mut run, _) = self.indexes();
        let mut title = format!("Drop {} of {}", self.from(), self.table);
        if self.both {
            run.push_all(self.triggers().1);
            title = format!("Drop the triggers, then {} of {}", self.from(), self.table);
        }
        run.push_all(self.dropped.iter().map(|column| gone::drop(&self.cx, self.table, &column.name)));
        vec![StepDraft {
            why: "Nothing uses the old columns any more; all of it is one transaction.".to_string(),
            undo: UndoDraft::Impossible(format!(
                "The values of {} are gone; only a copy of the file brings them back.",
                self.from()
            )),
            on_failure: LOCK_FAILURE.to_string(),
            gate: format!(
                "no process of an older version runs and nothing has used {} for the soak period",
                self.from()
            ),
            ..StepDraft::sql(Contract, title, run)
        }]
    }
}
