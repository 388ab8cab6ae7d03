//! The constraint is never checked.

use super::asking::{by_use, new_constraints, note};
use super::{Rule, RuleCx, RuleFinding};
use crate::change::{Change, ConstraintKind};
use crate::target::Engine;

/// The rule.
pub const RULE: Rule = Rule {
    id: "constraint-not-enforced",
    title: "The constraint is never checked",
    when: "A constraint is added NOT ENFORCED, or made so; a CHECK in MySQL before 8.0.16.",
    effect: "Rows that break it get in.",
    why: "It is kept as documentation only.",
    instead: "Enforce it once the rows fit, or say so where the constraint is read.",
    sources: &["PostgreSQL manual: ALTER TABLE, NOT ENFORCED", "MySQL manual: CHECK Constraints"],
    check,
};

fn check(cx: &RuleCx<'_>) -> Option<RuleFinding> {
    let target = cx.world.target;
    let dropped = target.engine() == Engine::MySql && !target.version.at_least(8, 0, 16);
    let mut checks =
        new_constraints(&cx.action.change).filter(|(_, _, c)| matches!(c.kind, ConstraintKind::Check { .. }));
    if let Some((table, ..)) = checks.next().filter(|_| dropped) {
        return by_use(cx.used(table), "MySQL before 8.0.16 reads CHECK and drops it: rows that break it get in.");
    }
    let added = new_constraints(&cx.action.change).any(|(_, _, c)| c.not_enforced);
    let switched = matches!(cx.action.change, Change::AlterConstraint { enforced: Some(false), .. });
    if added || switched { note("Rows that break it get in.") } else { None }
}
