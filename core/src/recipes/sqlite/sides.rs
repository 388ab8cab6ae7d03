//! Columns that move from one table to another: the steps, whatever the tables.

use super::copy_column::{create_and_drop, own_triggers};
use super::drop_column::indexes;
use super::sql::LOCK_FAILURE;
use super::{gone, rebuild};
use crate::change::{Ident, Name};
use crate::draft::{Draft, Run, StepDraft, UndoDraft};
use crate::order::{Gather, PushAll};
use crate::recipes::Cx;
use crate::recipes::shared::draft::{once, undo};
use crate::report::PhaseName::{Contract, Expand, Switch};

/// A trigger: its name, its table, and what follows the name.
pub type Trigger = (Name, Name, String);

/// Both tables, and what keeps them in step.
pub struct Sides<'a> {
    /// What is known.
    pub cx: Cx<'a>,
    /// Id of the recipe.
    pub recipe: &'static str,
    /// The table that has the columns.
    pub from: &'a Name,
    /// The columns.
    pub columns: Vec<&'a Ident>,
    /// The same in words: `users.bio`.
    pub old: String,
    /// The table that gets them.
    pub to: &'a Name,
    /// What is new, in words.
    pub new: String,
    /// Comes before all.
    pub first: Vec<StepDraft>,
    /// What people decide before code reads the new side.
    pub decide: Option<StepDraft>,
    /// Makes what is new.
    pub made: Vec<Run>,
    /// From old to new, from the first step on.
    pub there: Vec<Trigger>,
    /// The same as long as no code of the new side runs.
    pub early: Vec<Trigger>,
    /// From new to old, once every row is filled; without any, code writes both sides.
    pub back: Vec<Trigger>,
    /// The rows that exist, and the look at all rows.
    pub fill: [StepDraft; 2],
    /// Lines for the checklist.
    pub checklist: Vec<String>,
    /// What the reader must know.
    pub notes: Vec<String>,
}

impl Sides<'_> {
    /// All steps, in order; `unmade` takes away what is new, behind what has to go before it.
    pub fn draft(mut self, unmade: &dyn Fn(Vec<Run>) -> UndoDraft) -> Draft {
        let mut steps = std::mem::take(&mut self.first);
        steps.push(self.expand(unmade));
        let decide = self.decide.take();
        let (old, new) = (&self.old, &self.new);
        if !self.by_trigger() {
            steps.push(StepDraft::writing(
                format!("both {old} and {new}"),
                "the former",
                "Every INSERT and UPDATE sets both, in one transaction. The fill may start only when no older process runs.",
            ));
        }
        steps.push_all(self.fill.clone());
        steps.push_all(decide);
        match self.by_trigger() {
            true => steps.push_all([
                self.back_step(),
                StepDraft::deploy(
                    Switch,
                    format!("Deploy code that reads and writes {new} only"),
                    "Each side follows the other until the last step.",
                ),
            ]),
            false => steps.push_all([
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
        steps.push_all(self.contract());
        let mut notes = self.notes.clone();
        if self.by_trigger() {
            notes.push_all([self.from, self.to].into_iter().flat_map(|table| own_triggers(&self.cx, table)));
        }
        let of = |column: &&Ident| indexes(&self.cx, self.from, column).1;
        notes.push_all(self.columns.iter().flat_map(of).map(|index| {
            format!("Index {index} goes with {old}: build one on {new} before the switch where queries need it.")
        }));
        let mut checklist = rebuild::checklist(self.from);
        checklist.push_all(rebuild::checklist(self.to));
        checklist.extend_from_slice(&self.checklist);
        Draft {
            recipe: self.recipe,
            title: format!("Move {old} to {new}"),
            steps,
            checklist: once(checklist),
            notes: once(notes),
            as_written: false,
        }
    }

    fn by_trigger(&self) -> bool {
        !self.back.is_empty()
    }

    fn expand(&self, unmade: &dyn Fn(Vec<Run>) -> UndoDraft) -> StepDraft {
        let (create, back) = create_and_drop(&self.cx, &[self.there.as_slice(), &self.early].concat());
        let by = if self.by_trigger() { ", kept in step by triggers" } else { "" };
        StepDraft {
            why: "Old code keeps running: it does not know what is new.".to_string(),
            undo: unmade(back),
            on_failure: LOCK_FAILURE.to_string(),
            ..StepDraft::sql(Expand, format!("Add {}{by}", self.new), [self.made.clone(), create].concat())
        }
    }

    fn back_step(&self) -> StepDraft {
        let (mut create, mut drop) = create_and_drop(&self.cx, &self.back);
        let (again, early) = create_and_drop(&self.cx, &self.early);
        create.push_all(early);
        drop.push_all(again);
        let (old, new) = (&self.old, &self.new);
        StepDraft {
            why: format!("Code of the deploy writes {new} only; old processes go on reading {old}."),
            undo: undo(drop),
            on_failure: LOCK_FAILURE.to_string(),
            ..StepDraft::sql(Switch, format!("Keep {old} in step with {new} by triggers"), create)
        }
    }

    /// The table made anew without the columns.
    pub fn anew(&self) -> Option<StepDraft> {
        gone::anew(&self.cx, self.from, &[], &self.columns)
    }

    fn contract(&self) -> Vec<StepDraft> {
        let (from, old) = (self.from, &self.old);
        let triggers = [self.back.as_slice(), &self.there].concat();
        let (create, drop) = create_and_drop(&self.cx, &triggers);
        if let Some(anew) = self.anew().filter(|_| !gone::is_native(&self.cx)) {
            let drop = StepDraft {
                why: format!("Nothing uses {old} any more."),
                undo: undo(create),
                on_failure: LOCK_FAILURE.to_string(),
                gate: "no process of an older version runs".to_string(),
                ..StepDraft::sql(Contract, format!("Drop the triggers on {from} and {}", self.to), drop)
            };
            return (!triggers.is_empty()).then_some(drop).into_iter().chain([anew]).gather();
        }
        let mut run: Vec<Run> = Vec::new();
        for index in self.columns.iter().flat_map(|column| indexes(&self.cx, from, column).0) {
            if !run.iter().any(|other| other.sql == index.sql) {
                run.push(index);
            }
        }
        run.push_all(drop);
        run.push_all(self.columns.iter().map(|column| gone::drop(&self.cx, from, column)));
        let first = if triggers.is_empty() { "" } else { "the triggers, then " };
        vec![StepDraft {
            why: "Nothing uses the old side any more; all of it is one transaction.".to_string(),
            undo: UndoDraft::Impossible(format!("{old} is dropped; its values live on in {}.", self.new)),
            on_failure: LOCK_FAILURE.to_string(),
            gate: format!("no process of an older version runs and nothing has used {old} for the soak period"),
            ..StepDraft::sql(Contract, format!("Drop {first}{old}"), run)
        }]
    }
}
