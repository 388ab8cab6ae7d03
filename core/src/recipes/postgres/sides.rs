//! Columns that move from one table to another: the steps, whatever the tables, by trigger or by code that writes both.

use super::drop_column;
use super::sql::{Trigger, statistics};
use crate::change::{Change, Ident, Name};
use crate::draft::{Draft, Run, StepDraft, UndoDraft};
use crate::order::{Gather, PushAll};
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
    /// From old to new; none where code writes both.
    pub there: Vec<Trigger>,
    /// Those of them that do less once new code writes the new side.
    pub narrowed: Vec<Trigger>,
    /// From new to old.
    pub back: Vec<Trigger>,
    /// What is looked at, made or decided before anything else.
    pub first: Vec<StepDraft>,
    /// What is decided before new code comes.
    pub decide: Option<StepDraft>,
    /// The rows that exist.
    pub fill: Vec<StepDraft>,
    /// Compares all rows.
    pub agree: StepDraft,
    /// What is looked at before anything goes.
    pub lost: Option<StepDraft>,
    /// The default of the old column is taken away before new code leaves that out, and given back.
    pub freed: Option<[Run; 2]>,
    /// What old code could not keep to, made once it is gone.
    pub proved: Vec<StepDraft>,
    /// What is done with the last step.
    pub settle: Vec<Run>,
    /// Lines for the checklist.
    pub checklist: Vec<String>,
    /// What the reader must know.
    pub notes: Vec<String>,
}

impl Sides<'_> {
    /// All steps, in order.
    pub fn draft(self) -> Draft {
        let (cx, from, to) = (self.cx, self.from, self.to);
        let (expand, switch, last) = (self.expand(), self.switch(), self.contract());
        let by_trigger = self.by_trigger();
        let Sides {
            recipe,
            columns,
            old,
            new,
            first,
            fill,
            mut agree,
            decide,
            lost,
            proved,
            mut checklist,
            mut notes,
            ..
        } = self;
        let mut steps = first;
        steps.push(expand);
        if !by_trigger {
            steps.push(StepDraft::writing(
                format!("both {old} and {new}"),
                "the former",
                format!(
                    "What it writes to one side it writes to the other, in the same transaction, {from} first: so it waits for \
                     the batch that copies its row. The batches may start only when no older instance runs."
                ),
            ));
            agree
                .on_failure
                .push_str(" If rows keep coming, something writes one side only: an older instance, a job.");
        }
        steps.push_all(fill);
        steps.push(statistics(&cx, Migrate, to, "The server has no statistics on what is new."));
        steps.push(agree);
        steps.push_all(decide);
        steps.push_all(switch);
        for column in &columns {
            steps.push(drop_column::dependants(&cx, from, column));
            steps.push_all(drop_column::foreign_keys(&cx, from, column));
            steps.push_all(drop_column::shared_indexes(&cx, from, column));
            notes.push_all(drop_column::notes(&cx, from, column));
        }
        steps.push_all(lost);
        steps.push_all(proved.into_iter().enumerate().map(|(at, step)| match at {
            0 => StepDraft { gate: last.gate.clone(), ..step },
            _ => step,
        }));
        steps.push(last);
        if by_trigger {
            checklist.push(format!(
                "New code that writes {new} and the row of {from} in one transaction locks the row of {from} first (SELECT 1 FROM \
                 {from} WHERE … FOR NO KEY UPDATE), or is ready to repeat it after a deadlock (40P01)"
            ));
        }
        checklist.push(format!(
            "No prepared SELECT * on {to} or {from} runs on old connections, or pools are recycled after the first and last step"
        ));
        let title = format!("Move {old} to {new}");
        Draft { recipe, title, steps, checklist, notes: once(notes), as_written: false }
    }

    fn by_trigger(&self) -> bool {
        !self.there.is_empty()
    }

    fn switch(&self) -> Vec<StepDraft> {
        let (cx, old, new) = (&self.cx, &self.old, &self.new);
        let optional = |phase, demanded: &dyn Fn(&Ident) -> Option<StepDraft>| {
            self.columns.iter().filter_map(demanded).map(|step| StepDraft { phase, ..step }).gather()
        };
        if !self.by_trigger() {
            let mut steps = vec![StepDraft::deploy(
                Switch,
                format!("Deploy code that reads {new} and still writes both"),
                format!("Instances of the version before still read {old}."),
            )];
            steps.push_all(optional(Contract, &|column| drop_column::optional(cx, self.from, column)));
            steps.push(StepDraft::deploy(
                Contract,
                format!("Deploy code that writes {new} only"),
                format!("Nothing may name {old} once it is dropped."),
            ));
            return steps;
        }
        // New code leaves it out, and may write a NULL that the trigger carries back.
        let mut steps = optional(Switch, &|column| {
            let demanded = cx.world.schema.is_not_null(self.from, column) == Some(true);
            demanded.then(|| drop_column::let_be_null(cx, self.from, column))
        });
        let (mut run, mut undone): (Vec<Run>, Vec<Run>) =
            self.freed.iter().cloned().map(|[away, again]| (away, again)).unzip();
        for trigger in &self.narrowed {
            run.push(trigger.replace(cx));
            undone.push_all(self.there.iter().filter(|before| before.name == trigger.name).map(|t| t.replace(cx)));
        }
        for trigger in &self.back {
            run.push_all(trigger.create(cx));
            undone.push_all(trigger.drop(cx));
        }
        steps.push(StepDraft {
            why: format!("Code of the deploy writes {new} only; old instances go on reading {old}."),
            undo: undo(undone),
            ..StepDraft::locked(Switch, format!("Keep {old} in step with {new}"), run)
        });
        steps.push(StepDraft::deploy(
            Switch,
            format!("Deploy code that reads and writes {new} only"),
            "Each side follows the other until the last step.",
        ));
        steps
    }

    fn expand(&self) -> StepDraft {
        let cx = &self.cx;
        let (mut run, mut back) = (self.make.clone(), Vec::new());
        for trigger in &self.there {
            run.push_all(trigger.create(cx));
            back.push_all(trigger.drop(cx));
        }
        back.push(self.unmake.clone());
        let (carried, kept) = match self.by_trigger() {
            true => ("what it writes is carried over by trigger", ", kept in step by trigger"),
            false => ("it does not know what is new", ""),
        };
        StepDraft {
            why: format!("Old code keeps running: {carried}."),
            undo: undo(back),
            ..StepDraft::locked(Expand, format!("Add {}{kept}", self.new), run)
        }
    }

    fn contract(&self) -> StepDraft {
        let (cx, mut run) = (&self.cx, Vec::new());
        // The old table first: code that writes both locks it first.
        for trigger in self.there.iter().chain(&self.back) {
            run.push_all(trigger.drop(cx));
        }
        run.push_all(self.settle.iter().cloned());
        for column in &self.columns {
            let (table, column) = (self.from.clone(), column.clone());
            run.push(cx.run(Change::DropColumn { table, column, if_exists: false, cascade: false }));
        }
        let (why, triggers) = match self.by_trigger() {
            true => ("No code uses the old side, so the triggers have nothing to do.", "Drop the triggers, then "),
            false => ("No code uses the old side.", "Drop "),
        };
        StepDraft {
            why: why.to_string(),
            undo: UndoDraft::Impossible(format!("{} is dropped; its values live on in {}.", self.old, self.new)),
            gate: "no instance of the old version runs".to_string(),
            ..StepDraft::locked(Contract, format!("{triggers}{}", self.old), run)
        }
    }
}
