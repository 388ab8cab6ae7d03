//! A statement that may not stand in a transaction.

use super::{Rule, RuleCx, RuleFinding};
use crate::facts::Transactional;
use crate::report::Severity;

/// The rule.
pub const RULE: Rule = Rule {
    id: "refused-in-transaction",
    title: "Refused inside a transaction",
    when: "A statement that the server refuses in a transaction block stands in one.",
    effect: "It fails, and the migration stops there.",
    why: "CONCURRENTLY, VACUUM and their kind run several transactions of their own.",
    instead: "Move it out of the transaction: a file of its own, marked as non-transactional in your framework.",
    sources: &["PostgreSQL manual: CREATE INDEX; PREVENT IN TRANSACTION BLOCK statements"],
    check,
};

fn check(cx: &RuleCx<'_>) -> Option<RuleFinding> {
    let refused = cx.effects.transactional == Transactional::Refused && cx.session.in_transaction;
    refused.then(|| RuleFinding {
        severity: Severity::Danger,
        message: "The server refuses this inside a transaction block, and here it stands in one.".to_string(),
    })
}
