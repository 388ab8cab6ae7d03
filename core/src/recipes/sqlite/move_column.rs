//! ADD COLUMN on one table, UPDATE it from another, DROP COLUMN there: a column moved, both kept in step while code moves.
//!
//! Each trigger writes only rows that are not right yet, which is what ends the loop.

use super::copy_column::{can_go, create_and_drop, own_triggers};
use super::sql::{LOCK_FAILURE, differs, row_number};
use super::{ENGINE, gone};
use crate::change::{Change, ColumnDef, Ident, Name, Nullability};
use crate::draft::{Draft, Run, StepDraft, UndoDraft};
use crate::recipes::Cx;
use crate::recipes::joint::{Ahead, Joint, JointRecipe};
use crate::recipes::shared::batches::{Batches, RowVerb};
use crate::recipes::shared::draft::{undo, verify};
use crate::recipes::shared::moved::{Move, by_from, by_subquery};
use crate::recipes::shared::{key, names};
use crate::report::PhaseName::{Contract, Expand, Migrate, Switch};
use crate::request::DualWrite;

/// The recipe.
pub static RECIPE: JointRecipe = JointRecipe {
    id: "sqlite-move-column",
    title: "Column moved to another table, both kept in step while code moves",
    for_engine: ENGINE,
    starts: |change| matches!(change, Change::AddColumn { .. }),
    find,
};

fn find(ahead: &Ahead<'_>) -> Option<Joint> {
    let cx = ahead.cx;
    let script = Move::read(ahead, |sql, table| by_from(sql, table).or_else(|| by_subquery(sql, table)))?;
    let (old, new) = (script.old, script.column);
    let bare = |c: &ColumnDef| c.default.is_none() && c.nullability != Nullability::NotNull;
    let same_type = match (&new.data_type, &old.data_type) {
        (Some(new), Some(old)) => new.same_as(old),
        (new, old) => new.is_none() && old.is_none(),
    };
    let by_rowid =
        cx.world.schema.table(script.to).is_some_and(|t| !t.def.strict && row_number(&t.def) == Some("rowid"));
    can_go(&cx, script.from, &old.name)?;
    if !same_type || !bare(old) || !bare(new) || script.not_null || !by_rowid {
        return None;
    }
    let members = script.members.clone();
    let by_trigger = cx.world.options.dual_write == DualWrite::Trigger;
    let moved = Moved { cx, script, by_trigger };
    if !gone::is_native(&cx) {
        moved.anew()?;
        gone::taken_back(&cx, moved.script.to, &moved.added(), Vec::new())?;
    }
    Some(Joint { draft: moved.draft(), members, even_if_safe: false })
}

/// A trigger: its name, its table, and what follows the name.
type Trigger = (Name, Name, String);

struct Moved<'a> {
    cx: Cx<'a>,
    script: Move<'a>,
    by_trigger: bool,
}

impl Moved<'_> {
    fn old(&self) -> String {
        format!("{}.{}", self.script.from, self.script.old.name)
    }

    fn new_name(&self) -> String {
        format!("{}.{}", self.script.to, self.script.column.name)
    }

    fn trigger(&self, table: &Name, word: &str, body: String) -> Trigger {
        let name = names::helper_beside(&self.cx, table, &[&self.script.column.name.value, word]);
        (name, table.clone(), body)
    }

    /// `own` and `other`: table, column and joining column of the side that is written, and of the one that follows.
    fn follow(&self, own: (&Name, &Ident, &Ident), other: (&Name, &Ident, &Ident)) -> [Trigger; 2] {
        let cx = &self.cx;
        let (table, column, key) = (cx.name(own.0), cx.ident(own.1), cx.ident(own.2));
        let (there, follows, by) = (cx.name(other.0), cx.ident(other.1), cx.ident(other.2));
        let write = format!(
            "BEGIN\n  UPDATE {there} SET {follows} = NEW.{column} WHERE {by} = NEW.{key} AND {};\nEND",
            differs(&follows, &format!("NEW.{column}"))
        );
        let changed = differs(&format!("NEW.{column}"), &format!("OLD.{column}"));
        let update = format!(
            "AFTER UPDATE OF {column}, {key} ON {table}\nWHEN {changed} OR NEW.{key} IS NOT OLD.{key}\n{write}"
        );
        // A row made without the column takes the value of the other side instead.
        let insert = format!("AFTER INSERT ON {table}\nWHEN NEW.{column} IS NOT NULL\n{write}");
        [self.trigger(own.0, "update", update), self.trigger(own.0, "insert", insert)]
    }

    /// A row made without the column takes the value of the other side.
    fn filled(&self, own: (&Name, &Ident, &Ident), other: (&Name, &Ident, &Ident)) -> Trigger {
        let cx = &self.cx;
        let (table, column, key) = (cx.name(own.0), cx.ident(own.1), cx.ident(own.2));
        let body = format!(
            "AFTER INSERT ON {table}\nWHEN NEW.{column} IS NULL\nBEGIN\n  UPDATE {table} SET {column} = (SELECT {} FROM {} \
             WHERE {} = NEW.{key}) WHERE rowid = NEW.rowid;\nEND",
            cx.ident(other.1),
            cx.name(other.0),
            cx.ident(other.2)
        );
        self.trigger(own.0, "filled", body)
    }

    /// From old to new: from the first step on.
    fn there(&self) -> Vec<Trigger> {
        let script = &self.script;
        let old = (script.from, &script.old.name, &script.id);
        let new = (script.to, &script.column.name, &script.key);
        let mut all: Vec<Trigger> = self.follow(old, new).into();
        all.push(self.filled(new, old));
        all
    }

    /// From new to old: once every row is filled, or a NULL would be carried back.
    fn back(&self) -> Vec<Trigger> {
        let script = &self.script;
        let old = (script.from, &script.old.name, &script.id);
        let new = (script.to, &script.column.name, &script.key);
        let mut all: Vec<Trigger> = self.follow(new, old).into();
        all.push(self.filled(old, new));
        all
    }

    fn added(&self) -> [Run; 1] {
        let column = Box::new(ColumnDef { text: String::new(), ..self.script.column.clone() });
        [self.cx.run(Change::AddColumn { table: self.script.to.clone(), column, if_not_exists: false })]
    }

    fn anew(&self) -> Option<StepDraft> {
        gone::anew(&self.cx, self.script.from, &[], &[&self.script.old.name])
    }

    fn draft(&self) -> Draft {
        let (old, new) = (self.old(), self.new_name());
        let (from, to) = (self.script.from, self.script.to);
        let mut steps = vec![self.expand()];
        if !self.by_trigger {
            steps.push(StepDraft::deploy(
                Expand,
                format!("Deploy code that writes both {old} and {new}, and reads the former"),
                "Every INSERT and UPDATE sets both, in one transaction. The fill may start only when no older process runs.",
            ));
        }
        steps.extend([self.fill(), self.agree()]);
        match self.by_trigger {
            true => steps.extend([
                self.back_step(),
                StepDraft::deploy(
                    Switch,
                    format!("Deploy code that reads and writes {new} only"),
                    "Each side follows the other until the last step.",
                ),
            ]),
            false => steps.extend([
                StepDraft::deploy(
                    Switch,
                    format!("Deploy code that reads {new} and still writes both"),
                    format!("Processes of the version before still read {old}."),
                ),
                StepDraft::deploy(
                    Contract,
                    format!("Deploy code that writes {new} only"),
                    format!("Nothing may name {old} once it is dropped."),
                ),
            ]),
        }
        steps.extend(self.contract());
        let mut notes =
            vec![format!("Values of {from} rows without a row in {to} have no place there: they are gone with {old}.")];
        if self.by_trigger {
            notes.push(format!(
                "While both live, a new row without a value takes that of its counterpart in {from} or {to}, and a row of {to} whose {} changes takes its value along.", self.script.key
            ));
            notes.extend([from, to].into_iter().flat_map(|table| own_triggers(&self.cx, table)));
        }
        let (_, indexes) = super::drop_column::indexes(&self.cx, from, &self.script.old.name);
        notes.extend(indexes.iter().map(|index| {
            format!("Index {index} goes with {old}: build one on {new} before the switch where queries need it.")
        }));
        let mut checklist = super::rebuild::checklist(from);
        checklist.extend(super::rebuild::checklist(to));
        Draft {
            recipe: RECIPE.id,
            title: format!("Move {old} to {new}"),
            steps,
            checklist: crate::recipes::shared::draft::once(checklist),
            notes,
            as_written: false,
        }
    }

    fn expand(&self) -> StepDraft {
        let script = &self.script;
        let there = if self.by_trigger { self.there() } else { Vec::new() };
        let (create, back) = create_and_drop(&self.cx, &there);
        let added = self.added();
        let by = if self.by_trigger { ", kept in step by triggers" } else { "" };
        StepDraft {
            why: "Old code keeps running: it does not know the column.".to_string(),
            undo: gone::taken_back(&self.cx, script.to, &added, back).unwrap_or(UndoDraft::Nothing),
            on_failure: LOCK_FAILURE.to_string(),
            ..StepDraft::sql(Expand, format!("Add {}{by}", self.new_name()), [added.to_vec(), create].concat())
        }
    }

    fn back_step(&self) -> StepDraft {
        let (create, drop) = create_and_drop(&self.cx, &self.back());
        StepDraft {
            why: format!(
                "Code of the deploy writes {} only; old processes go on reading {}.",
                self.new_name(),
                self.old()
            ),
            undo: undo(drop),
            on_failure: LOCK_FAILURE.to_string(),
            ..StepDraft::sql(
                Switch,
                format!("Keep {} in step with {} by triggers", self.old(), self.new_name()),
                create,
            )
        }
    }

    fn fill(&self) -> StepDraft {
        let (cx, script) = (&self.cx, &self.script);
        let (to, column) = (cx.name(script.to), cx.ident(&script.column.name));
        let value = format!(
            "(SELECT zz_old.{} FROM {} AS zz_old WHERE zz_old.{} = {to}.{})",
            cx.ident(&script.old.name),
            cx.name(script.from),
            cx.ident(&script.id),
            cx.ident(&script.key)
        );
        let job = Batches {
            table: script.to.clone(),
            verb: RowVerb::Update { set: format!("{column} = {value}"), columns: vec![script.column.name.clone()] },
            condition: differs(&column, &value),
            key: key::of(cx, script.to),
        };
        job.step(cx, Migrate, format!("Fill {} from {}", self.new_name(), self.old()))
    }

    fn agree(&self) -> StepDraft {
        let (cx, script) = (&self.cx, &self.script);
        verify(
            Migrate,
            format!("Compare {} with {}", self.new_name(), self.old()),
            format!(
                "SELECT count(*) FROM {} AS b JOIN {} AS a ON b.{} = a.{} WHERE {}",
                cx.name(script.to),
                cx.name(script.from),
                cx.ident(&script.key),
                cx.ident(&script.id),
                differs(&format!("b.{}", cx.ident(&script.column.name)), &format!("a.{}", cx.ident(&script.old.name)))
            ),
            "0",
            "Run the fill again and compare again.",
        )
    }

    fn contract(&self) -> Vec<StepDraft> {
        let (from, old) = (self.script.from, &self.script.old.name);
        let triggers = if self.by_trigger { [self.back(), self.there()].concat() } else { Vec::new() };
        let (create, drop) = create_and_drop(&self.cx, &triggers);
        if let Some(anew) = self.anew().filter(|_| !gone::is_native(&self.cx)) {
            let drop = StepDraft {
                why: format!("Nothing uses {} any more.", self.old()),
                undo: undo(create),
                on_failure: LOCK_FAILURE.to_string(),
                gate: "no process of an older version runs".to_string(),
                ..StepDraft::sql(Contract, format!("Drop the triggers on {from} and {}", self.script.to), drop)
            };
            return self.by_trigger.then_some(drop).into_iter().chain([anew]).collect();
        }
        let (mut run, _) = super::drop_column::indexes(&self.cx, from, old);
        run.extend(drop);
        run.push(gone::drop(&self.cx, from, old));
        let first = if self.by_trigger { "the triggers, then " } else { "" };
        vec![StepDraft {
            why: "Nothing uses the old column any more; all of it is one transaction.".to_string(),
            undo: UndoDraft::Impossible(format!(
                "The old column is dropped; its values live on in {}.",
                self.new_name()
            )),
            on_failure: LOCK_FAILURE.to_string(),
            gate: format!(
                "no process of an older version runs and nothing has used {} for the soak period",
                self.old()
            ),
            ..StepDraft::sql(Contract, format!("Drop {first}{}", self.old()), run)
        }]
    }
}
