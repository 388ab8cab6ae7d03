//! A blocking lock that is waited for without end.

use super::{Rule, RuleCx, RuleFinding};
use crate::report::Severity;

/// The rule.
pub const RULE: Rule = Rule {
    id: "no-lock-timeout",
    title: "No lock timeout",
    when: "A statement takes a lock that blocks traffic, and nothing bounds how long it may wait for it.",
    effect: "If a long transaction holds the table, this waits behind it, and all traffic waits behind this.",
    why: "A waiting strong lock queues every later request that conflicts with it.",
    instead: "Set a lock timeout of about half a second, and try again when it strikes. The steps of the plan do that.",
    sources: &["PostgreSQL manual: lock_timeout", "MySQL manual: lock_wait_timeout"],
    check,
};

fn check(cx: &RuleCx<'_>) -> Option<RuleFinding> {
    let first = cx.statement.changes.first().is_some_and(|first| std::ptr::eq(first, cx.action));
    if cx.session.timeouts.lock_ms.is_some() || !first {
        return None;
    }
    let lock =
        cx.effects.locks.iter().find(|l| (l.blocks_reads || l.blocks_writes) && !cx.world.schema.is_new(&l.object))?;
    Some(RuleFinding {
        severity: Severity::Info,
        message: format!("It waits for {} on {} without a limit, and traffic waits behind it.", lock.mode, lock.object),
    })
}
