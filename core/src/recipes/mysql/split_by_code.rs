//! Columns moved into a table of their own, where code writes both: what differs from triggers.
//!
//! While instances are exchanged, one writes both tables and another the old one only: so rows that are there are made right,
//! too, and a foreign key that would refuse what code deletes that does not know the new table comes last.

use super::add_foreign_key;
use super::drop_column::optional;
use super::sides::Sides;
use super::split_table::Tables;
use super::sql::online;
use crate::change::{Change, Constraint, ConstraintClass};
use crate::draft::{Run, StepDraft};
use crate::order::{Gather, PushAll};
use crate::recipes::Cx;
use crate::recipes::shared::batches::{Batches, RowVerb};
use crate::recipes::shared::key;
use crate::recipes::shared::split::{self, Split};
use crate::report::PhaseName::{Contract, Migrate, Switch};
use crate::world::World;

impl<'a> Tables<'a> {
    /// The steps of code that writes both.
    pub fn with_code(&self, mut sides: Sides<'a>) -> Sides<'a> {
        let split = &self.split;
        let Split { cx, from, to, rest, sparse, .. } = split;
        let late = split.late_keys();
        let drops: Vec<Run> = late.iter().map(|key| self.dropped(key)).gather();
        if let Some(made) = sides.made.first_mut().filter(|_| !drops.is_empty()) {
            made.why.push_str(split::LATE);
            made.run.push_all(drops);
        }
        let bare = Cx { world: World { schema: &split.after, ..cx.world }, ..*cx };
        sides.finish = late.into_iter().flat_map(|key| add_foreign_key::steps(&bare, Contract, to, key)).gather();
        let compared = if *sparse { rest.clone() } else { split.all() };
        sides.fill.insert(0, self.correct());
        sides.fill.push(self.agree(&compared, "an instance writes the old table only"));
        let optional = sides.columns.iter().filter_map(|column| optional(cx, from, &column.name));
        sides.let_go.push_all(optional.map(|step| StepDraft { phase: Switch, ..step }));
        sides.checklist = self.habits();
        sides.notes.push(format!(
            "Defaults, constraints and indexes of the columns are on {to} where the script says so. What only {to} holds is lost when \
             the first step is undone, and of a row whose key changes in {from} meanwhile."
        ));
        sides
    }

    fn dropped(&self, key: &Constraint) -> Run {
        let Split { cx, to, after, .. } = &self.split;
        let made = Cx { world: World { schema: after, ..cx.world }, ..*cx };
        let (name, kind) = (key.name.clone(), Some(ConstraintClass::ForeignKey));
        let table = (*to).clone();
        online(&made, Change::DropConstraint { table, name, kind, if_exists: false, cascade: false })
    }

    /// What code does that writes both.
    fn habits(&self) -> Vec<String> {
        let split = &self.split;
        let Split { cx, from, to, rest, .. } = split;
        let (all, old) = (split.all(), cx.name(from));
        let late = !self.split.late_keys().is_empty();
        let mut list = vec![
            format!(
                "Code of the first deploy carries a row over behind its own write, in the same transaction: INSERT INTO {} ({}) SELECT {} \
                 FROM {old} WHERE … ON DUPLICATE KEY UPDATE {}",
                cx.name(to),
                split.each(&all, ", ", "\u{2}"),
                split.each(&all, ", ", "\u{1}"),
                split.each(rest, ", ", &format!("\u{2} = {old}.\u{1}"))
            ),
            split::SECOND.to_string(),
            format!(
                "Both delete the row of {to} {} that of {from}{}, and move it where the key changes",
                if late { "before" } else { "with" },
                if self.past_triggers() { ", also where a foreign key takes that along" } else { "" },
            ),
            format!(
                "All code repeats a transaction that a deadlock ended (error 1213{}): one locks the row of {from} first, the other that \
                 of {to}",
                if self.is_numbered() { ", on the numbers of the rows also 1467" } else { "" }
            ),
        ];
        list.push_all(split.holds());
        if split.sparse {
            list.push(format!("Where the values go, they delete the row of {to} instead"));
        }
        list
    }

    /// Rows that were copied before an instance wrote the old table only.
    fn correct(&self) -> StepDraft {
        let split = &self.split;
        let Split { cx, from, to, key, rest, .. } = split;
        let job = Batches {
            table: (*from).clone(),
            verb: RowVerb::CopyInto {
                into: (*to).clone(),
                head: format!(
                    "UPDATE {} AS zz_new JOIN (SELECT {}",
                    cx.name(to),
                    split.each(&split.all(), ", ", "\u{1}")
                ),
                end: format!(
                    "LOCK IN SHARE MODE) AS zz_old ON {} SET {} WHERE {}",
                    split.each(key, " AND ", "zz_new.\u{2} = zz_old.\u{1}"),
                    split.each(rest, ", ", "zz_new.\u{2} = zz_old.\u{1}"),
                    self.differ(rest, "zz_new.\u{2}", "zz_old.\u{1}")
                ),
            },
            condition: if split.sparse { split.any("") } else { String::new() },
            key: key::of(cx, from),
        };
        let step = job.step(cx, Migrate, format!("Correct the rows of {to} that differ from {from}"));
        StepDraft { why: format!("While the deploy went on, older instances wrote {from} only. {}", step.why), ..step }
    }
}
