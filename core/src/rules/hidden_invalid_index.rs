//! IF NOT EXISTS can hide a broken index.

use super::asking::note;
use super::{Rule, RuleCx, RuleFinding};
use crate::change::Change;

/// The rule.
pub const RULE: Rule = Rule {
    id: "hidden-invalid-index",
    title: "IF NOT EXISTS can hide a broken index",
    when: "CREATE INDEX CONCURRENTLY has IF NOT EXISTS.",
    effect: "After a run that failed it succeeds with a notice, and the invalid index stays: writes maintain it, reads do not use it.",
    why: "The name is taken, valid or not.",
    instead: "DROP INDEX CONCURRENTLY IF EXISTS first, then create without IF NOT EXISTS, then look at pg_index.indisvalid.",
    sources: &["PostgreSQL manual: CREATE INDEX, Building Indexes Concurrently"],
    check,
};

fn check(cx: &RuleCx<'_>) -> Option<RuleFinding> {
    let Change::CreateIndex(index) = &cx.action.change else { return None };
    if !(index.concurrently && index.if_not_exists) {
        return None;
    }
    note("If an earlier run failed, this leaves its invalid index as it is.")
}
