//! The constraint is never checked.

use super::asking::{new_constraints, note};
use super::{Rule, RuleCx, RuleFinding};
use crate::change::Change;

/// The rule.
pub const RULE: Rule = Rule {
    id: "constraint-not-enforced",
    title: "The constraint is never checked",
    when: "A constraint is added NOT ENFORCED, or made so.",
    effect: "Rows that break it get in.",
    why: "It is kept as documentation only.",
    instead: "Enforce it once the rows fit, or say so where the constraint is read.",
    sources: &["PostgreSQL manual: ALTER TABLE, NOT ENFORCED", "MySQL manual: CHECK Constraints"],
    check,
};

fn check(cx: &RuleCx<'_>) -> Option<RuleFinding> {
    let added = new_constraints(&cx.action.change).any(|(_, _, c)| c.not_enforced);
    let switched = matches!(cx.action.change, Change::AlterConstraint { enforced: Some(false), .. });
    if added || switched { note("Rows that break it get in.") } else { None }
}
