//! One column gets two values.

use super::asking::warn;
use super::{Rule, RuleCx, RuleFinding};
use crate::change::Change;

/// The rule.
pub const RULE: Rule = Rule {
    id: "column-assigned-twice",
    title: "One column gets two values",
    when: "UPDATE assigns a column twice.",
    effect: "PostgreSQL refuses it (42601); MySQL, MariaDB and SQLite silently take one of the two.",
    why: "It is nearly always a typing mistake.",
    instead: "Take one away.",
    sources: &["PostgreSQL manual: UPDATE", "MySQL manual: UPDATE"],
    check,
};

fn check(cx: &RuleCx<'_>) -> Option<RuleFinding> {
    let Change::Update { columns, .. } = &cx.action.change else { return None };
    let twice = columns.iter().enumerate().find(|(at, column)| columns.iter().take(*at).any(|c| cx.same(c, column)))?.1;
    warn(format!("{twice} is assigned twice."))
}
