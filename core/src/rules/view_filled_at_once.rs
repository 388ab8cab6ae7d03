//! The view is filled by the migration.

use super::asking::{has, note};
use super::{Rule, RuleCx, RuleFinding};
use crate::change::Change;

/// The rule.
pub const RULE: Rule = Rule {
    id: "view-filled-at-once",
    title: "The view is filled by the migration",
    when: "A materialized view is created with its data.",
    effect: "The migration takes as long as the query, and in a transaction every lock that it holds stays that long.",
    why: "CREATE MATERIALIZED VIEW runs the query unless WITH NO DATA is said.",
    instead: "WITH NO DATA, then REFRESH in a step of its own, before anything reads it.",
    sources: &["PostgreSQL manual: CREATE MATERIALIZED VIEW"],
    check,
};

fn check(cx: &RuleCx<'_>) -> Option<RuleFinding> {
    let Change::CreateView { materialized: true, .. } = &cx.action.change else { return None };
    if has(cx.sql(), "WITH NO DATA") { None } else { note("It runs its query now.") }
}
