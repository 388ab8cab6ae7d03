//! Labels of an enum stay for good.

use super::asking::note;
use super::{Rule, RuleCx, RuleFinding};
use crate::change::Change;

/// The rule.
pub const RULE: Rule = Rule {
    id: "enum-cannot-shrink",
    title: "Labels of an enum stay for good",
    when: "An enum type is created (PostgreSQL).",
    effect: "A label can be added and renamed, never removed or moved.",
    why: "Rows hold the label's number.",
    instead: "Where the list changes often, use a table of values, or text with a CHECK.",
    sources: &["PostgreSQL manual: Enumerated Types"],
    check,
};

fn check(cx: &RuleCx<'_>) -> Option<RuleFinding> {
    let Change::CreateEnum { .. } = &cx.action.change else { return None };
    note("Its labels can be added to, not taken away.")
}
