//! DROP INDEX without CONCURRENTLY.

use super::{Rule, RuleCx, RuleFinding};
use crate::change::Change;
use crate::engines::{self, Capability};
use crate::report::Severity;

/// The rule.
pub const RULE: Rule = Rule {
    id: "drop-index-blocks",
    title: "Dropping the index waits under a strong lock",
    when: "An index of a table in use is dropped without the online form.",
    effect: "Reads and writes of the table wait while the lock is waited for and held; the drop itself is short.",
    why: "The strong lock queues behind every open transaction, and traffic queues behind it.",
    instead: "DROP INDEX CONCURRENTLY, outside a transaction.",
    sources: &["PostgreSQL manual: DROP INDEX"],
    check,
};

fn check(cx: &RuleCx<'_>) -> Option<RuleFinding> {
    let Change::DropIndex { name, concurrently: false, .. } = &cx.action.change else { return None };
    let online = engines::of(cx.world.target.engine()).can(Capability::ConcurrentIndex, cx.world.target);
    let new = cx.world.schema.index_with_table(name).is_some_and(|(_, table)| cx.world.schema.is_new(table));
    (online && !new).then(|| RuleFinding {
        severity: Severity::Warning,
        message: format!("Traffic on the table of {name} waits while the lock is waited for and held."),
    })
}
