//! The constraint is checked at COMMIT.

use super::asking::{has, new_constraints, note};
use super::{Rule, RuleCx, RuleFinding};

/// The rule.
pub const RULE: Rule = Rule {
    id: "deferrable-constraint",
    title: "The constraint is checked at COMMIT",
    when: "A constraint is added DEFERRABLE.",
    effect: "A violation shows at COMMIT, far from the statement that made it; ON CONFLICT cannot use a deferrable unique constraint.",
    why: "The check waits for the end of the transaction when it is deferred.",
    instead: "Leave it away unless rows really have to be wrong for a while.",
    sources: &["PostgreSQL manual: SET CONSTRAINTS"],
    check,
};

fn check(cx: &RuleCx<'_>) -> Option<RuleFinding> {
    let deferrable = |text: &str| has(text, "DEFERRABLE") && !has(text, "NOT DEFERRABLE");
    let found = new_constraints(&cx.action.change).any(|(_, _, c)| deferrable(&c.deferrable));
    if found { note("Violations can show as late as COMMIT.") } else { None }
}
