//! Columns that move from one table to another: the steps, whatever the tables.

use super::drop_column;
use super::sql::{Trigger, statistics};
use crate::change::{Change, Ident, Name};
use crate::draft::{Draft, Run, StepDraft, UndoDraft};
use crate::recipes::Cx;
use crate::recipes::shared::draft::{once, undo};
use crate::report::PhaseName::{Contract, Expand, Migrate, Switch};

/// Both tables, and what keeps them in step.
pub struct Sides<'a> {
    /// What is known.
    pub cx: Cx<'a>,
    /// Id of the recipe.
    pub recipe: &'static str,
    /// The table that has the columns.
    pub from: &'a Name,
    /// The columns.
    pub columns: Vec<Ident>,
    /// The same in words: `users.bio`.
    pub old: String,
    /// The table that gets them.
    pub to: &'a Name,
    /// What is new, in words.
    pub new: String,
    /// Makes it.
    pub make: Vec<Run>,
    /// Takes it away.
    pub unmake: Run,
    /// From old to new.
    pub there: Vec<Trigger>,
    /// From new to old.
    pub back: Trigger,
    /// The rows that exist.
    pub fill: Vec<StepDraft>,
    /// Compares all rows.
    pub agree: StepDraft,
    /// Lines for the checklist.
    pub checklist: Vec<String>,
    /// What the reader must know.
    pub notes: Vec<String>,
}

impl Sides<'_> {
    /// All steps, in order.
    pub fn draft(self) -> Draft {
        let (cx, from, to) = (self.cx, self.from, self.to);
        let (mut steps, last) = (vec![self.expand()], self.contract());
        let Sides { recipe, columns, old, new, back, fill, agree, mut checklist, mut notes, .. } = self;
        steps.extend(fill);
        steps.push(statistics(&cx, Migrate, to, "The server has no statistics on what is new."));
        steps.push(agree);
        for column in &columns {
            // New code leaves it out, and may write a NULL that the trigger carries back.
            if cx.world.schema.is_not_null(from, column) == Some(true) {
                steps.push(StepDraft { phase: Switch, ..drop_column::let_be_null(&cx, from, column) });
            }
        }
        steps.push(StepDraft {
            why: format!("Code of the deploy writes {new} only; old instances go on reading {old}."),
            undo: undo(back.drop(&cx)),
            ..StepDraft::locked(Switch, format!("Keep {old} in step with {new}"), back.create(&cx))
        });
        steps.push(StepDraft::deploy(
            Switch,
            format!("Deploy code that reads and writes {new} only"),
            "Each side follows the other until the last step.",
        ));
        for column in &columns {
            steps.push(drop_column::dependants(&cx, from, column));
            steps.extend(drop_column::foreign_keys(&cx, from, column));
            steps.extend(drop_column::shared_indexes(&cx, from, column));
            notes.extend(drop_column::notes(&cx, from, column));
        }
        steps.push(last);
        checklist.extend([
            format!(
                "New code that writes {new} and the row of {from} in one transaction locks the row of {from} first (SELECT 1 FROM \
                 {from} WHERE … FOR NO KEY UPDATE), or is ready to repeat it after a deadlock (40P01)"
            ),
            format!(
                "No prepared SELECT * on {to} or {from} runs on old connections, or pools are recycled after the first and last step"
            ),
        ]);
        let title = format!("Move {old} to {new}");
        Draft { recipe, title, steps, checklist, notes: once(notes), as_written: false }
    }

    fn expand(&self) -> StepDraft {
        let cx = &self.cx;
        let (mut run, mut back) = (self.make.clone(), Vec::new());
        for trigger in &self.there {
            run.extend(trigger.create(cx));
            back.extend(trigger.drop(cx));
        }
        back.push(self.unmake.clone());
        StepDraft {
            why: "Old code keeps running: what it writes is carried over by trigger.".to_string(),
            undo: undo(back),
            ..StepDraft::locked(Expand, format!("Add {}, kept in step by trigger", self.new), run)
        }
    }

    fn contract(&self) -> StepDraft {
        let (cx, mut run) = (&self.cx, Vec::new());
        // The old table first: code that writes both locks it first.
        for trigger in self.there.iter().chain([&self.back]) {
            run.extend(trigger.drop(cx));
        }
        for column in &self.columns {
            let (table, column) = (self.from.clone(), column.clone());
            run.push(cx.run(Change::DropColumn { table, column, if_exists: false, cascade: false }));
        }
        StepDraft {
            why: "No code uses the old side, so the triggers have nothing to do.".to_string(),
            undo: UndoDraft::Impossible(format!("{} is dropped; its values live on in {}.", self.old, self.new)),
            gate: "no instance of the old version runs".to_string(),
            ..StepDraft::locked(Contract, format!("Drop the triggers, then {}", self.old), run)
        }
    }
}
