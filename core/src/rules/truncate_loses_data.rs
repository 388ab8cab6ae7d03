//! A table that is emptied.

use super::{Rule, RuleCx, RuleFinding};
use crate::change::{Change, PartitionAction};
use crate::order::Gather;
use crate::report::Severity;

/// The rule.
pub const RULE: Rule = Rule {
    id: "truncate-loses-data",
    title: "All rows are gone",
    when: "A table that exists is truncated, or partitions of it.",
    effect: "Every row is lost; readers and writers wait for the lock, and the space is given back at once.",
    why: "TRUNCATE asks no questions, fires no row triggers and takes the strongest lock.",
    instead: "Keep a copy, or delete in batches what is really meant; run it with an approval.",
    sources: &["PostgreSQL manual: TRUNCATE", "MySQL manual: TRUNCATE TABLE"],
    check,
};

fn check(cx: &RuleCx<'_>) -> Option<RuleFinding> {
    let (tables, cascade) = match &cx.action.change {
        Change::Truncate { tables, cascade } => (tables, cascade),
        Change::Partition { table, action: PartitionAction::Truncate } if !cx.world.schema.is_new(table) => {
            let message = format!("All rows of these partitions of {table} are lost.");
            return Some(RuleFinding { severity: Severity::Danger, message });
        }
        _ => return None,
    };
    let used: Vec<String> = tables.iter().filter(|t| !cx.world.schema.is_new(t)).map(|t| t.to_string()).gather();
    if used.is_empty() {
        return None;
    }
    let along = if *cascade { " CASCADE also empties every table that refers to it." } else { "" };
    Some(RuleFinding {
        severity: Severity::Danger,
        message: format!("All rows of {} are lost.{along}", used.join(", ")),
    })
}
