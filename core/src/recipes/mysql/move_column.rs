//! ADD COLUMN on one table, UPDATE it from another, DROP COLUMN there: a column moved, both kept in step while code moves.
//!
//! Where the tables have triggers that work on each other, ours would make writes fail: then code writes both sides.

use super::moved_sync::{Sides, apart};
use super::sql::{HALF_WAY, LOCK_FAILURE, add_column, copy_of, drop_column, keeping_stamps, modify};
use super::sync::{blind_spots, cascades};
use super::{ENGINES, add_column as adding, drop_column as dropping, redefine_column};
use crate::change::{Change, ColumnDef, Name, Nullability};
use crate::draft::{Draft, StepDraft, UndoDraft};
use crate::recipes::Cx;
use crate::recipes::joint::{Ahead, Joint, JointRecipe};
use crate::recipes::shared::batches::{Batches, RowVerb};
use crate::recipes::shared::draft::{once, undo_outside, verify};
use crate::recipes::shared::key;
use crate::recipes::shared::moved::{Move, by_join, by_subquery};
use crate::report::PhaseName::{Contract, Expand, Migrate, Switch};
use crate::request::DualWrite;
use crate::world::World;

/// The recipe.
pub static RECIPE: JointRecipe = JointRecipe {
    id: "mysql-move-column",
    title: "Column moved to another table, both kept in step while code moves",
    for_engine: ENGINES,
    starts: |change| matches!(change, Change::AddColumn { .. }),
    find,
};

fn find(ahead: &Ahead<'_>) -> Option<Joint> {
    let cx = ahead.cx;
    let script = Move::read(ahead, |sql, table| by_join(sql, table).or_else(|| by_subquery(sql, table)))?;
    let (old, new) = (script.old, script.column);
    let added = script.again.unwrap_or(new);
    let same_type = |column: &ColumnDef| {
        let (old, new) = (old.data_type.as_ref(), column.data_type.as_ref());
        old.zip(new).is_some_and(|(old, new)| old.same_as(new) && old.charset == new.charset)
    };
    let bare = new.default.as_ref().is_none_or(|d| d.text.trim().eq_ignore_ascii_case("null"));
    if !same_type(new) || !same_type(added) || !bare || !super::computed::can_go(&cx, script.from, old) {
        return None;
    }
    let members = script.members.clone();
    let sides = Sides { cx, script };
    let asked = cx.world.options.dual_write == DualWrite::Trigger;
    let entangled = if asked { sides.entangled() } else { None };
    let by_trigger = asked && entangled.is_none();
    let moved = Moved { cx, script: &sides.script, sides: &sides, by_trigger, entangled };
    Some(Joint { draft: moved.draft(), members, even_if_safe: false })
}

struct Moved<'a> {
    cx: Cx<'a>,
    script: &'a Move<'a>,
    sides: &'a Sides<'a>,
    by_trigger: bool,
    /// Why not by triggers, although that was asked for.
    entangled: Option<&'a Name>,
}

impl Moved<'_> {
    fn old_name(&self) -> String {
        format!("{}.{}", self.script.from, self.script.old.name)
    }

    fn new_name(&self) -> String {
        format!("{}.{}", self.script.to, self.script.column.name)
    }

    fn draft(&self) -> Draft {
        let mut steps = vec![self.expand()];
        steps.push(if self.by_trigger { self.there_step() } else { self.write_both() });
        steps.extend([self.fill(), self.agree()]);
        steps.extend(self.let_go());
        steps.extend(self.switch());
        steps.extend(self.contract());
        Draft {
            recipe: RECIPE.id,
            title: format!("Move {} to {}", self.old_name(), self.new_name()),
            steps,
            checklist: self.checklist(),
            notes: self.notes(),
            as_written: false,
        }
    }

    fn there_step(&self) -> StepDraft {
        let (create, drop) = apart(self.sides.there());
        StepDraft {
            why: "What old code writes is carried over. The reads lock their rows, so that no older value overtakes a \
                  newer one. Each CREATE waits for open transactions on its table, then takes milliseconds."
                .to_string(),
            transactional: false,
            undo: undo_outside(drop),
            on_failure: HALF_WAY.to_string(),
            ..StepDraft::sql(
                Expand,
                format!("Keep {} in step with {} by triggers", self.new_name(), self.old_name()),
                create,
            )
        }
    }

    fn interim(&self) -> ColumnDef {
        ColumnDef { nullability: Nullability::Null, text: String::new(), ..self.script.column.clone() }
    }

    fn expand(&self) -> StepDraft {
        let (cx, to) = (&self.cx, self.script.to);
        StepDraft {
            why: "Old code keeps running: it does not know the column and may leave it out.".to_string(),
            transactional: false,
            undo: undo_outside(vec![drop_column(cx, to, &self.script.column.name)]),
            on_failure: LOCK_FAILURE.to_string(),
            ..StepDraft::sql(Expand, format!("Add {}", self.new_name()), vec![add_column(cx, to, self.interim())])
        }
    }

    fn write_both(&self) -> StepDraft {
        StepDraft::deploy(
            Expand,
            format!("Deploy code that writes both {} and {}, and reads the former", self.old_name(), self.new_name()),
            "Every INSERT and UPDATE sets both, in one transaction. The backfill may start only when no older instance \
             runs.",
        )
    }

    /// Along the old table, whose rows are locked before those of the new one, as writers do.
    fn fill(&self) -> StepDraft {
        let (cx, old, new) = (&self.cx, self.sides.old_side(), self.sides.new_side());
        let (column, value) = (format!("zz_new.{}", cx.ident(new.column)), format!("zz_old.{}", cx.ident(old.column)));
        let mut read = vec![old.key.clone()];
        read.extend((old.column != old.key).then(|| old.column.clone()));
        let job = Batches {
            table: old.table.clone(),
            verb: RowVerb::CopyInto {
                into: new.table.clone(),
                head: format!("UPDATE {} AS zz_new JOIN (SELECT {}", cx.name(new.table), cx.idents(&read)),
                end: format!(
                    "LOCK IN SHARE MODE) AS zz_old ON zz_new.{} = zz_old.{} SET {} WHERE {}",
                    cx.ident(new.key),
                    cx.ident(old.key),
                    keeping_stamps(cx, new.table, format!("{column} = {value}")),
                    self.sides.differ(&column, &value)
                ),
            },
            condition: String::new(),
            key: key::of(cx, old.table),
        };
        job.step(cx, Migrate, format!("Fill {} from {}", self.new_name(), self.old_name()))
    }

    fn agree(&self) -> StepDraft {
        let (cx, old, new) = (&self.cx, self.sides.old_side(), self.sides.new_side());
        verify(
            Migrate,
            format!("Compare {} with {}", self.new_name(), self.old_name()),
            format!(
                "SELECT COUNT(*) FROM {} AS b JOIN {} AS a ON b.{} = a.{} WHERE {}",
                cx.name(new.table),
                cx.name(old.table),
                cx.ident(new.key),
                cx.ident(old.key),
                self.sides.differ(&format!("b.{}", cx.ident(new.column)), &format!("a.{}", cx.ident(old.column)))
            ),
            "0",
            "Run the backfill again and compare again. If rows keep coming, something writes past the triggers: a foreign \
             key cascade, an older instance.",
        )
    }

    /// New code leaves the old column out, and may write a NULL that the triggers carry back.
    fn let_go(&self) -> Option<StepDraft> {
        let (cx, from, old) = (&self.cx, self.script.from, self.script.old);
        if self.script.not_null || old.nullability != Nullability::NotNull {
            return dropping::optional(cx, from, &old.name).map(|step| StepDraft { phase: Switch, ..step });
        }
        let known = copy_of(old, &old.name);
        let free = ColumnDef { nullability: Nullability::Null, ..known.clone() };
        Some(StepDraft {
            why: format!("Code of the deploy leaves it out, and may write a NULL to {}.", self.new_name()),
            transactional: false,
            undo: undo_outside(vec![modify(cx, from, known)]),
            on_failure: LOCK_FAILURE.to_string(),
            ..StepDraft::sql(Switch, format!("Let {} be NULL", self.old_name()), vec![modify(cx, from, free)])
        })
    }

    fn switch(&self) -> Vec<StepDraft> {
        let (old, new) = (self.old_name(), self.new_name());
        if !self.by_trigger {
            return vec![StepDraft::deploy(
                Switch,
                format!("Deploy code that reads {new} and still writes both"),
                format!("Instances of the version before still read {old}."),
            )];
        }
        let (create, drop) = apart(self.sides.back());
        let back = StepDraft {
            why: format!("Code of the deploy writes {new} only; old instances go on reading {old}."),
            transactional: false,
            undo: undo_outside(drop),
            on_failure: HALF_WAY.to_string(),
            ..StepDraft::sql(Switch, format!("Keep {old} in step with {new} by triggers"), create)
        };
        let deploy = StepDraft::deploy(
            Switch,
            format!("Deploy code that reads and writes {new} only"),
            "Each side follows the other until the triggers are dropped.",
        );
        vec![back, deploy]
    }

    fn contract(&self) -> Vec<StepDraft> {
        let (cx, from, to) = (&self.cx, self.script.from, self.script.to);
        let (old, new) = (self.old_name(), self.new_name());
        let mut steps = vec![match self.by_trigger {
            true => self.drop_triggers(),
            false => StepDraft::deploy(
                Contract,
                format!("Deploy code that writes {new} only"),
                format!("Nothing may name {old} once it is dropped."),
            ),
        }];
        if self.script.not_null {
            let written = self.script.again.unwrap_or(self.script.column);
            let wanted =
                ColumnDef { nullability: Nullability::NotNull, position: None, text: String::new(), ..written.clone() };
            let interim = ColumnDef { position: None, ..self.interim() };
            steps.push(redefine_column::no_nulls(cx, Contract, to, &wanted.name));
            steps.push(adding::not_null(cx, to, &wanted, interim));
        }
        steps.extend(dropping::foreign_keys(cx, from, &self.script.old.name));
        let indexes = cx.world.schema.indexes_of_column(from, &self.script.old.name);
        steps.extend(indexes.into_iter().filter_map(|index| dropping::index(cx, from, index)));
        let mut bare = cx.world.schema.excerpt(&[from.clone(), to.clone()]);
        steps.iter().flat_map(|step| &step.run).for_each(|run| bare.apply(&run.change));
        let bare = Cx { world: World { schema: &bare, ..cx.world }, ..*cx };
        steps.push(StepDraft {
            why: "Nothing uses it any more.".to_string(),
            transactional: false,
            undo: UndoDraft::Impossible(format!(
                "The old column is dropped; its values live on in {new}, but for rows of {from} without one in {to}."
            )),
            on_failure: LOCK_FAILURE.to_string(),
            gate: format!("nothing has used {old} for the soak period"),
            ..StepDraft::sql(Contract, format!("Drop {old}"), vec![drop_column(&bare, from, &self.script.old.name)])
        });
        steps
    }

    fn drop_triggers(&self) -> StepDraft {
        let (create, drop) = apart([self.sides.there(), self.sides.back()].concat());
        StepDraft {
            why:
                "From here on only the new column is written. They go before the column that they name, or every write \
                  would fail."
                    .to_string(),
            transactional: false,
            undo: UndoDraft::Sql {
                run: create,
                transactional: false,
                lossy: format!("what was written to {} since is not in {}", self.new_name(), self.old_name()),
            },
            on_failure: HALF_WAY.to_string(),
            gate: "no instance of the old version runs".to_string(),
            ..StepDraft::sql(
                Contract,
                format!("Drop the triggers on {} and {}", self.script.from, self.script.to),
                drop,
            )
        }
    }

    // ---- words

    fn checklist(&self) -> Vec<String> {
        let (from, to) = (self.script.from, self.script.to);
        let mut list =
            vec![format!("No INSERT INTO {from} or {to} without a column list, no SELECT * read by position")];
        if self.by_trigger {
            list.push(format!(
                "No single statement writes {} or {} while it names the other table (UPDATE {from} JOIN {to}, INSERT INTO \
                 {to} SELECT … FROM {from} with a value of its own): the trigger makes it fail (error 1442)",
                self.old_name(),
                self.new_name()
            ));
            list.push(format!(
                "All code repeats a transaction that a deadlock ended (error 1213): old code locks the row of {from} first, \
                 new code that of {to}"
            ));
        }
        list
    }

    fn notes(&self) -> Vec<String> {
        let (cx, from, to) = (&self.cx, self.script.from, self.script.to);
        let (old, new) = (self.sides.old_side(), self.sides.new_side());
        let mut notes = vec![format!(
            "Values of {from} rows without a row in {to} have no place there: they are gone with {}.",
            self.old_name()
        )];
        notes.extend(self.entangled.map(|trigger| {
            format!(
                "Trigger {trigger} works on the other table, so triggers of ours would make writes fail (error 1442): code \
                 writes both sides instead."
            )
        }));
        if self.by_trigger {
            notes.push(format!(
                "While both live, a new row of {to} without a value takes that of {from}, and a row of {to} whose {} changes \
                 takes its value along. An UPDATE of {} in a row without one in {to} locks the gap there to the end of its \
                 transaction (REPEATABLE READ).",
                self.script.key,
                self.old_name()
            ));
            notes.extend(blind_spots(cx, from, old.column));
            notes.extend([cascades(cx, from, old.key), cascades(cx, to, new.key)].into_iter().flatten());
        }
        notes.extend(dropping::notes(cx, from, old.column));
        for index in cx.world.schema.indexes_of_column(from, old.column) {
            let name = index.name.as_ref().map(|n| n.object.value.as_str()).unwrap_or_default();
            notes.push(format!(
                "Index {name} goes with {}: build one on {} where queries need it.",
                self.old_name(),
                self.new_name()
            ));
        }
        notes.extend(key::of(cx, from).assumption(from));
        once(notes)
    }
}
