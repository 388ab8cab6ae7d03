//! A table and one that takes its name: kept in step by trigger, first the new one, after the exchange the old one, until that
//! goes.

use super::copies::Copies;
use super::sql::{Trigger, lock};
use crate::change::{Change, Name};
use crate::draft::{Run, StepDraft, UndoDraft};
use crate::order::PushAll;
use crate::recipes::Cx;
use crate::recipes::shared::draft::undo;
use crate::report::PhaseName::{Contract, Expand, Switch};

/// Both, by their names.
pub struct TwoTables<'a> {
    /// What is known.
    pub cx: Cx<'a>,
    /// The name that stays.
    pub old: Name,
    /// The new table until the exchange.
    pub new: Name,
    /// The old table after it.
    pub aside: Name,
}

/// What an exchange does besides, in either direction.
#[derive(Default)]
pub struct Besides {
    /// Before anything is locked.
    pub first: Vec<Run>,
    /// While the table that has the name is the one before.
    pub before: Vec<Run>,
    /// Once it is the other.
    pub after: Vec<Run>,
}

impl TwoTables<'_> {
    /// The new table follows.
    pub fn keep(&self, copies: &Copies<'_>) -> StepDraft {
        let trigger = copies.trigger();
        StepDraft {
            why: format!(
                "From now on every write of {} is made in {} too, in the same transaction.",
                self.old, self.new
            ),
            undo: undo(trigger.drop(&self.cx)),
            ..StepDraft::locked(
                Expand,
                format!("Keep {} in step with {} by trigger", self.new, self.old),
                trigger.create(&self.cx),
            )
        }
    }

    /// The new table takes the name, and the old one follows.
    pub fn exchange(&self, copies: &Copies<'_>, forth: Besides, back: Besides) -> StepDraft {
        let (old, new, aside) = (&self.old, &self.new, &self.aside);
        let (there, follows) = (copies.trigger(), self.follows(copies));
        StepDraft {
            why: format!(
                "Two names change in one transaction; statements that wait find the new table. A trigger keeps {aside} in step, so \
                 the way back loses nothing."
            ),
            undo: undo(self.turn(back, [(old, new), (aside, old)], [&follows, &there])),
            gate: "the comparison of the step before returned 0".to_string(),
            ..StepDraft::locked(
                Switch,
                format!("Exchange {old} for {new}"),
                self.turn(forth, [(old, aside), (new, old)], [&there, &follows]),
            )
        }
    }

    fn turn(&self, besides: Besides, names: [(&Name, &Name); 2], [ends, starts]: [&Trigger; 2]) -> Vec<Run> {
        let cx = &self.cx;
        let mut run = besides.first;
        run.push(lock(cx, &self.old, "ACCESS EXCLUSIVE"));
        run.push_all(ends.drop(cx));
        run.push_all(besides.before);
        run.push_all(names.map(|(from, to)| {
            let to = Name { schema: None, object: to.object.clone() };
            cx.run(Change::RenameTable { table: from.clone(), to })
        }));
        run.push_all(besides.after);
        run.push_all(starts.create(cx));
        run
    }

    fn follows(&self, copies: &Copies<'_>) -> Trigger {
        let key = self.cx.world.schema.primary_key(&self.old).unwrap_or_default();
        copies.reversed(self.old.clone(), self.aside.clone(), key).trigger()
    }

    /// The old table follows no longer.
    pub fn release(&self, copies: &Copies<'_>) -> StepDraft {
        let trigger = self.follows(copies);
        // The table may be a partitioned one by now, which DROP TRIGGER would lock after its partitions.
        let mut run = vec![lock(&self.cx, &self.old, "ACCESS EXCLUSIVE")];
        run.push_all(trigger.drop(&self.cx));
        StepDraft {
            why: format!(
                "{} no longer follows from here on: the way back is a copy of the rows written since.",
                self.aside
            ),
            undo: UndoDraft::Sql {
                run: trigger.create(&self.cx),
                transactional: true,
                lossy: format!("{} lacks what was written meanwhile", self.aside),
            },
            gate: "the new table has served all traffic for the soak period".to_string(),
            ..StepDraft::locked(Contract, format!("Stop keeping {} in step", self.aside), run)
        }
    }

    /// The old table goes.
    pub fn drop_old(&self) -> StepDraft {
        let aside = &self.aside;
        StepDraft {
            why: "Its rows live in the new table.".to_string(),
            undo: UndoDraft::Impossible(format!("{aside} is gone; its rows live on in {}.", self.old)),
            ..StepDraft::locked(
                Contract,
                format!("Drop the old table {aside}"),
                vec![self.cx.run(Change::drop_table(aside.clone()))],
            )
        }
    }
}
