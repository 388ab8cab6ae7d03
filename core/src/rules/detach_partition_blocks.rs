//! DETACH PARTITION without the online form.

use super::{Rule, RuleCx, RuleFinding};
use crate::change::{Change, PartitionAction};
use crate::report::Severity;

/// The rule.
pub const RULE: Rule = Rule {
    id: "detach-partition-blocks",
    title: "Detaching waits under a strong lock",
    when: "A partition of a table in use is detached without CONCURRENTLY.",
    effect: "Reads and writes of the whole partitioned table wait while the lock is waited for and held.",
    why: "The plain form locks the parent ACCESS EXCLUSIVE, queues behind every open query on it, and traffic queues behind that.",
    instead: "DETACH PARTITION … CONCURRENTLY outside a transaction (PostgreSQL 14 and later); before that, a short lock timeout and retries.",
    sources: &["PostgreSQL manual: ALTER TABLE, DETACH PARTITION"],
    check,
};

fn check(cx: &RuleCx<'_>) -> Option<RuleFinding> {
    let Change::Partition { table, action } = &cx.action.change else { return None };
    let plain = matches!(action, PartitionAction::Detach { concurrently: false, finalize: false, .. });
    (plain && !cx.world.schema.is_new(table)).then(|| RuleFinding {
        severity: Severity::Warning,
        message: format!("Traffic on {table} and all its partitions waits while the lock is waited for and held."),
    })
}
