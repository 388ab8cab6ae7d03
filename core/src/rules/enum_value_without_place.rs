//! The label goes to the end.

use super::asking::note;
use super::{Rule, RuleCx, RuleFinding};
use crate::change::Change;

/// The rule.
pub const RULE: Rule = Rule {
    id: "enum-value-without-place",
    title: "The label goes to the end",
    when: "A label is added to an enum without BEFORE or AFTER.",
    effect: "It sorts behind all others, and cannot be moved later.",
    why: "The order of an enum is the order of its labels.",
    instead: "Say BEFORE or AFTER when the order means something.",
    sources: &["PostgreSQL manual: ALTER TYPE"],
    check,
};

fn check(cx: &RuleCx<'_>) -> Option<RuleFinding> {
    let Change::AddEnumValue { value, positioned: false, .. } = &cx.action.change else { return None };
    note(format!("'{value}' sorts behind the labels that are there."))
}
