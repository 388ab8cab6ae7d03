//! Columns that move from one table to another: the steps, whatever the tables.

use super::drop_column as dropping;
use super::sql::{HALF_WAY, LOCK_FAILURE, copy_of, drop_column, is_text, modify, modify_after};
use super::sync::blind_spots;
use crate::change::{ColumnDef, Ident, IndexDef, Name, Nullability, TableDef};
use crate::draft::{Draft, Run, StepDraft, UndoDraft};
use crate::engines::innodb::text_as;
use crate::order::{Gather, PushAll};
use crate::recipes::Cx;
use crate::recipes::shared::draft::{listed, once, undo_outside, verify};
use crate::recipes::shared::{key, one_alter};
use crate::report::PhaseName::{Contract, Expand, Switch};
use crate::world::World;

/// Both tables, and what keeps them in step.
pub struct Sides<'a> {
    /// What is known.
    pub cx: Cx<'a>,
    /// Id of the recipe.
    pub recipe: &'static str,
    /// The table that has the columns.
    pub from: &'a Name,
    /// The columns.
    pub columns: Vec<&'a ColumnDef>,
    /// The same in words: `users.bio`.
    pub old: String,
    /// The table that gets them.
    pub to: &'a Name,
    /// What is new, in words.
    pub new: String,
    /// Makes it.
    pub made: Vec<StepDraft>,
    /// From old to new: what makes each trigger, and what drops it.
    pub there: Vec<(Run, Run)>,
    /// The same as long as no code of the new side runs.
    pub early: Vec<(Run, Run)>,
    /// Empties what is new again, when no trigger writes it any more and those of deletes still take rows along.
    pub emptied: Option<Run>,
    /// How they lock, in words.
    pub locks: &'static str,
    /// From new to old; without any, code writes both sides.
    pub back: Vec<(Run, Run)>,
    /// The rows that exist, and the look at all rows.
    pub fill: Vec<StepDraft>,
    /// Lets the columns be left out, and a NULL be carried back.
    pub let_go: Vec<StepDraft>,
    /// What is new as it ends, once the triggers are gone.
    pub finish: Vec<StepDraft>,
    /// What the drop costs.
    pub lost: String,
    /// Lines for the checklist.
    pub checklist: Vec<String>,
    /// What the reader must know.
    pub notes: Vec<String>,
}

impl Sides<'_> {
    /// All steps, in order.
    pub fn draft(mut self) -> Draft {
        let (checklist, notes) = (self.checklist(), self.notes());
        let mut steps = std::mem::take(&mut self.made);
        steps.push(if self.by_trigger() { self.there_step() } else { self.write_both() });
        steps.push_all(self.fill.clone());
        steps.append(&mut self.let_go);
        steps.push_all(self.switch());
        steps.push_all(self.contract());
        let title = format!("Move {} to {}", self.old, self.new);
        Draft { recipe: self.recipe, title, steps, checklist, notes, as_written: false }
    }

    fn by_trigger(&self) -> bool {
        !self.back.is_empty()
    }

    fn there_step(&self) -> StepDraft {
        let (create, mut drop) = apart([self.there.as_slice(), &self.early].concat());
        // The last two made are dropped first.
        if let Some(emptied) = &self.emptied {
            drop.insert(drop.len().min(2), emptied.clone());
        }
        StepDraft {
            why: format!(
                "What old code writes is carried over. {} Each CREATE waits for open transactions on its table, then takes \
                 milliseconds.",
                self.locks
            ),
            transactional: false,
            undo: undo_outside(drop),
            on_failure: HALF_WAY.to_string(),
            ..StepDraft::sql(Expand, format!("Keep {} in step with {} by triggers", self.new, self.old), create)
        }
    }

    fn write_both(&self) -> StepDraft {
        StepDraft::writing(
            format!("both {} and {}", self.old, self.new),
            "the former",
            "Every INSERT and UPDATE sets both, in one transaction. The backfill may start only when no older instance \
             runs.",
        )
    }

    fn switch(&self) -> Vec<StepDraft> {
        let (old, new) = (&self.old, &self.new);
        if !self.by_trigger() {
            return vec![StepDraft::deploy(
                Switch,
                format!("Deploy code that reads {new} and still writes both"),
                format!("Instances of the version before still read {old}."),
            )];
        }
        let (mut create, mut drop) = apart(self.back.clone());
        let (again, early) = apart(self.early.clone());
        create.push_all(early);
        drop.splice(..0, again);
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
        let (cx, from, old, new) = (&self.cx, self.from, &self.old, &self.new);
        let mut steps = vec![match self.by_trigger() {
            true => self.drop_triggers(),
            false => StepDraft::deploy(
                Contract,
                format!("Deploy code that writes {new} only"),
                format!("Nothing may name {old} once it is dropped."),
            ),
        }];
        steps.push_all(self.finish.iter().cloned());
        steps.push_all(self.columns.iter().flat_map(|column| dropping::foreign_keys(cx, from, &column.name)));
        steps.push_all(self.indexes().into_iter().filter_map(|index| dropping::index(cx, from, index)));
        // Without its indexes and keys a column may go in an instant.
        let mut bare = cx.world.schema.excerpt(&[from.clone(), self.to.clone()]);
        steps.iter().flat_map(|step| &step.run).for_each(|run| bare.apply(&run.change));
        let bare = Cx { world: World { schema: &bare, ..cx.world }, ..*cx };
        let drop = self.columns.iter().map(|column| drop_column(&bare, from, &column.name)).gather();
        steps.push(StepDraft {
            why: "Nothing uses it any more.".to_string(),
            transactional: false,
            undo: UndoDraft::Impossible(self.lost.clone()),
            on_failure: LOCK_FAILURE.to_string(),
            gate: format!("nothing has used {old} for the soak period"),
            ..StepDraft::sql(
                Contract,
                format!("Drop {old}"),
                one_alter::join(drop, &one_alter::head(cx.engine(), from)),
            )
        });
        steps
    }

    fn drop_triggers(&self) -> StepDraft {
        let (create, drop) = apart([self.there.as_slice(), &self.back].concat());
        StepDraft {
            why: "From here on only what is new is written. They go before the columns that they name, or every write \
                  would fail."
                .to_string(),
            transactional: false,
            undo: UndoDraft::Sql {
                run: create,
                transactional: false,
                lossy: format!("what was written to {} since is not in {}", self.new, self.old),
            },
            on_failure: HALF_WAY.to_string(),
            gate: "no instance of the old version runs".to_string(),
            ..StepDraft::sql(Contract, format!("Drop the triggers on {} and {}", self.from, self.to), drop)
        }
    }

    /// The indexes that go with the columns, each once.
    fn indexes(&self) -> Vec<&IndexDef> {
        let mut found: Vec<&IndexDef> = Vec::new();
        let of = |column: &&ColumnDef| self.cx.world.schema.indexes_of_column(self.from, &column.name);
        for index in self.columns.iter().flat_map(of) {
            if !found.contains(&index) {
                found.push(index);
            }
        }
        found
    }

    fn checklist(&self) -> Vec<String> {
        let Sides { from, to, old, new, .. } = self;
        let mut list =
            vec![format!("No INSERT INTO {from} or {to} without a column list, no SELECT * read by position")];
        list.extend_from_slice(&self.checklist);
        if self.by_trigger() {
            list.push(format!(
                "No single statement writes {old} or {new} while it names the other table (UPDATE {from} JOIN {to}, INSERT INTO \
                 {to} SELECT … FROM {from} with a value of its own): the trigger makes it fail (error 1442)"
            ));
            list.push(format!(
                "All code repeats a transaction that a deadlock ended (error 1213): old code locks the row of {from} first, \
                 new code that of {to}"
            ));
        }
        list
    }

    fn notes(&self) -> Vec<String> {
        let (cx, from) = (&self.cx, self.from);
        let mut notes = self.notes.clone();
        for column in &self.columns {
            if self.by_trigger() {
                notes.push_all(blind_spots(cx, from, &column.name));
            }
            notes.push_all(dropping::notes(cx, from, &column.name));
        }
        for index in self.indexes() {
            let name = index.name.as_ref().map(|n| n.object.value.as_str()).unwrap_or_default();
            notes
                .push(format!("Index {name} goes with {}: build one on {} where queries need it.", self.old, self.new));
        }
        notes.push_all(key::of(cx, from).assumption(from));
        once(notes)
    }
}

/// New code leaves the columns out, and may write a NULL that the triggers carry back.
pub fn let_be_null(cx: &Cx<'_>, from: &Name, columns: &[&ColumnDef], new: &str) -> Option<StepDraft> {
    let demanded = columns.iter().filter(|column| column.nullability == Nullability::NotNull);
    let known: Vec<ColumnDef> = demanded.map(|column| copy_of(column, &column.name)).gather();
    let free = |column: &ColumnDef| ColumnDef { nullability: Nullability::Null, ..column.clone() };
    let head = one_alter::head(cx.engine(), from);
    let freed: Vec<Run> = known.iter().map(|column| modify(cx, from, free(column))).gather();
    let back = known.iter().map(|column| modify_after(cx, from, &freed, column.clone())).gather();
    let names: Vec<String> = known.iter().map(|column| format!("{from}.{}", column.name)).gather();
    (!known.is_empty()).then_some(StepDraft {
        why: format!("Code of the deploy leaves it out, and may write a NULL to {new}."),
        transactional: false,
        undo: undo_outside(one_alter::join(back, &head)),
        on_failure: LOCK_FAILURE.to_string(),
        ..StepDraft::sql(Switch, format!("Let {} be NULL", listed(&names)), one_alter::join(freed, &head))
    })
}

/// The look whether the new table takes text as the old one does, where the definitions do not say it; none where they say that it
/// does not. Each column with the one that follows it, and whether rows are found by it: then by its collation, too; other text
/// is compared byte by byte.
pub fn looks_at_text(
    cx: &Cx<'_>,
    [from, to]: [&TableDef; 2],
    columns: &[(&ColumnDef, &ColumnDef, bool)],
) -> Option<Option<StepDraft>> {
    let literal = |name: &Ident| cx.engine().literal(&name.value);
    let schema = |name: &Name| name.schema.as_ref().map_or_else(|| "DATABASE()".to_string(), literal);
    // JSON has a character set of its own.
    let has_charset = |column: &ColumnDef| {
        is_text(Some(column)) && column.data_type.as_ref().is_some_and(|data_type| data_type.base != "json")
    };
    let mut unsaid = Vec::new();
    for (old, new, key) in columns.iter().filter(|(old, ..)| has_charset(old)) {
        let said = text_as(old, from).into_iter().zip(text_as(new, to)).take(if *key { 2 } else { 1 });
        for (what, (a, b)) in ["character_set_name", "collation_name"].iter().zip(said) {
            if a.is_some() && b.is_some() && a != b {
                return None;
            }
            if a != b {
                let (old, new) = (literal(&old.name), literal(&new.name));
                unsaid.push(format!("a.column_name = {old} AND b.column_name = {new} AND NOT (a.{what} <=> b.{what})"));
            }
        }
    }
    let (from, to) = (&from.name, &to.name);
    let sql = format!(
        "SELECT COUNT(*) FROM information_schema.columns AS a JOIN information_schema.columns AS b WHERE a.table_schema = {} AND \
         a.table_name = {} AND b.table_schema = {} AND b.table_name = {} AND ({})",
        schema(from),
        literal(&from.object),
        schema(to),
        literal(&to.object),
        unsaid.join(" OR ")
    );
    Some((!unsaid.is_empty()).then_some(StepDraft {
        why: "The definitions do not say both character sets, and what the new column does not take would make writes fail."
            .to_string(),
        ..verify(
            Expand,
            format!("Look whether {to} takes text as {from} does"),
            sql,
            "0",
            "Undo the step before, and say CHARACTER SET and COLLATE of the old columns for the new ones.",
        )
    }))
}

/// What makes them, and what drops them, the last made first.
fn apart(triggers: Vec<(Run, Run)>) -> (Vec<Run>, Vec<Run>) {
    let (create, mut drop): (Vec<Run>, Vec<Run>) = triggers.into_iter().unzip();
    drop.reverse();
    (create, drop)
}
