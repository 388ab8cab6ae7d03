//! The CHECK does not always give the same answer.

use super::asking::{by_use, new_constraints, note};
use super::{Rule, RuleCx, RuleFinding};
use crate::change::{ConstraintKind, Volatility};

/// The rule.
pub const RULE: Rule = Rule {
    id: "changing-check",
    title: "The CHECK does not always give the same answer",
    when: "A CHECK calls a function whose result changes: the time, a random number, other tables.",
    effect: "Rows that were fine when written no longer are; a dump of them cannot be restored.",
    why: "A CHECK is asked when a row is written, never again.",
    instead: "Use a trigger for rules that depend on more than the row.",
    sources: &["PostgreSQL manual: Constraints, Check Constraints"],
    check,
};

fn check(cx: &RuleCx<'_>) -> Option<RuleFinding> {
    new_constraints(&cx.action.change).find_map(|(table, _, constraint)| {
        let ConstraintKind::Check { expr } = &constraint.kind else { return None };
        let message = format!("The answer to {} changes with time.", expr.text.trim());
        match expr.volatility {
            Volatility::Volatile => by_use(cx.used(table), message),
            Volatility::Stable => note(message),
            Volatility::Constant | Volatility::Unknown => None,
        }
    })
}
