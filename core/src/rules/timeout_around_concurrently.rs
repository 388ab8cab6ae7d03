//! A timeout can cut a concurrent build off.

use super::asking::{note, warn};
use super::{Rule, RuleCx, RuleFinding};
use crate::change::{Change, PartitionAction};

/// The rule.
pub const RULE: Rule = Rule {
    id: "timeout-around-concurrently",
    title: "A timeout can cut a concurrent build off",
    when: "A lock or statement timeout is in force for a CONCURRENTLY statement.",
    effect: "A build that is cut off leaves an invalid index, which writes maintain and which, if unique, already refuses duplicates; a detach stays half done.",
    why: "The statement waits for transactions twice without blocking anybody, and that wait counts.",
    instead: "SET lock_timeout = 0 and statement_timeout = 0 for it; watch it, and drop what a failure leaves.",
    sources: &["PostgreSQL manual: CREATE INDEX, Building Indexes Concurrently"],
    check,
};

fn check(cx: &RuleCx<'_>) -> Option<RuleFinding> {
    let concurrent = match &cx.action.change {
        Change::CreateIndex(index) => index.concurrently,
        Change::DropIndex { concurrently, .. } | Change::Reindex { concurrently, .. } => *concurrently,
        Change::Partition { action: PartitionAction::Detach { concurrently, .. }, .. } => *concurrently,
        _ => false,
    };
    let timeouts = cx.session.timeouts;
    let too_short = timeouts.statement_ms.is_some_and(|ms| (ms as f64) < cx.seconds() * 1000.0);
    match (concurrent, too_short) {
        (false, _) => None,
        (true, true) => warn("It takes longer than statement_timeout, and leaves an invalid index when it is cut off."),
        (true, false) if timeouts.statement_ms.is_some() || timeouts.lock_ms.is_some() => {
            note("If a timeout strikes while it waits, it stays half done.")
        }
        (true, false) => None,
    }
}
