//! Any other change that goes over a whole table while traffic waits.

use super::blocking::{blocked, sentence};
use super::{Rule, RuleCx, RuleFinding};
use crate::change::{Change, PartitionAction};
use crate::facts::WorkKind;

/// The rule.
pub const RULE: Rule = Rule {
    id: "table-rewrite-blocks",
    title: "The table is written anew while traffic waits",
    when: "A table option, a maintenance command, a partition change or a rebuild writes a table in use anew.",
    effect: "Traffic on the table waits for the whole run.",
    why: "Every row moves to a new place, and nobody may change it meanwhile.",
    instead: "Use the online way that the plan names, or a window with a stated length.",
    sources: &["PostgreSQL manual: VACUUM, CLUSTER, ALTER TABLE", "MySQL manual: Online DDL Operations"],
    check,
};

fn check(cx: &RuleCx<'_>) -> Option<RuleFinding> {
    let concerned = matches!(
        cx.action.change,
        Change::SetTableOption { .. }
            | Change::Maintain { .. }
            | Change::Partition { .. }
            | Change::RebuildTable { .. }
            | Change::SetColumnOption { .. }
            | Change::DropColumn { .. }
            | Change::DropNotNull { .. }
            | Change::DropConstraint { .. }
            | Change::ValidateConstraint { .. }
            | Change::SetDefault { .. }
            | Change::RenameColumn { .. }
    );
    let attaches = matches!(&cx.action.change, Change::Partition { action: PartitionAction::Attach { .. }, .. });
    if !concerned || attaches {
        return None;
    }
    let blocked = blocked(cx, |work| !matches!(work, WorkKind::Catalog | WorkKind::Unlink))?;
    Some(RuleFinding {
        severity: blocked.severity,
        message: format!(
            "{} while the table is written or read in full, {}.",
            sentence(&blocked.who),
            blocked.how_long
        ),
    })
}
