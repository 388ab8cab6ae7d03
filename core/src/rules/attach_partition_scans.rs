//! A partition that is added under a strong lock, or whose rows are read meanwhile.

use super::blocking::{blocked, sentence};
use super::{Rule, RuleCx, RuleFinding};
use crate::change::{Change, PartitionAction};
use crate::facts::WorkKind;

/// The rule.
pub const RULE: Rule = Rule {
    id: "attach-partition-scans",
    title: "Adding the partition reads rows under a lock",
    when: "A partition is attached or created, and no CHECK proves that its rows, or those of the default partition, fit.",
    effect: "Traffic waits while every row is checked.",
    why: "The bound has to hold for every row, and the default partition must not hold a row of the new one.",
    instead: "Add a CHECK with the bound NOT VALID, validate it, then attach; the same, with the bound excluded, for the default partition.",
    sources: &["PostgreSQL manual: Table Partitioning, Partition Maintenance"],
    check,
};

fn check(cx: &RuleCx<'_>) -> Option<RuleFinding> {
    let adds = match &cx.action.change {
        Change::Partition { action, .. } => matches!(action, PartitionAction::Attach { .. }),
        Change::CreateTable(def) => def.partition_of.is_some(),
        _ => false,
    };
    let blocked = adds.then(|| blocked(cx, |work| !matches!(work, WorkKind::Catalog | WorkKind::Unlink)))??;
    Some(RuleFinding {
        severity: blocked.severity,
        message: format!("{} while rows are checked, {}.", sentence(&blocked.who), blocked.how_long),
    })
}
