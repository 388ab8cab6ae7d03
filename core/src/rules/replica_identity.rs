//! Updates may not reach the subscribers.

use super::asking::{has, note, warn};
use super::{Rule, RuleCx, RuleFinding};
use crate::change::{Change, TableOption};

/// The rule.
pub const RULE: Rule = Rule {
    id: "replica-identity",
    title: "Updates may not reach the subscribers",
    when: "REPLICA IDENTITY is changed.",
    effect: "NOTHING makes UPDATE and DELETE of a published table fail (55000); FULL writes every old row to the log.",
    why: "A subscriber finds a row by its identity.",
    instead: "Keep the primary key, or USING INDEX with a unique index on NOT NULL columns.",
    sources: &["PostgreSQL manual: ALTER TABLE, REPLICA IDENTITY"],
    check,
};

fn check(cx: &RuleCx<'_>) -> Option<RuleFinding> {
    let Change::SetTableOption { table, option: TableOption::ReplicaIdentity } = &cx.action.change else { return None };
    if !cx.used(table) {
        None
    } else if has(cx.sql(), "NOTHING") {
        warn(format!("If {table} is published, its UPDATE and DELETE fail from now on."))
    } else if has(cx.sql(), "FULL") {
        note(format!("Every old row of {table} goes into the log."))
    } else {
        None
    }
}
