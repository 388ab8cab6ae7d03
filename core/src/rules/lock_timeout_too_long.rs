//! The lock timeout does not protect.

use super::asking::{note, warn};
use super::{Rule, RuleCx, RuleFinding};
use crate::order::Gather;
use crate::target::Engine;

/// The rule.
pub const RULE: Rule = Rule {
    id: "lock-timeout-too-long",
    title: "The lock timeout does not protect",
    when: "A lock is waited for with a limit of more than five seconds, of more than statement_timeout, or, with two tables locked in the transaction, of deadlock_timeout (1 s) or more.",
    effect: "Traffic stands as long as the limit; with two tables, the deadlock detector ends a transaction of the application first.",
    why: "What waits for a strong lock makes everybody behind it wait.",
    instead: "About half a second, below deadlock_timeout, and another try later.",
    sources: &["PostgreSQL manual: lock_timeout; deadlock_timeout"],
    check,
};

const LONG_MS: u64 = 5_000;
const DEADLOCK_MS: u64 = 1_000;

fn check(cx: &RuleCx<'_>) -> Option<RuleFinding> {
    let ms = cx.session.timeouts.lock_ms?;
    let strong = |lock: &&crate::facts::Lock| lock.blocks_writes && cx.used(&lock.object);
    let mut locked: Vec<_> = cx.effects.locks.iter().filter(strong).map(|lock| &lock.object).gather();
    let first = *locked.first()?;
    let before =
        cx.session.held.iter().filter(strong).map(|lock| &lock.object).find(|held| !cx.same_table(held, first));
    locked.retain(|object| !cx.same_table(object, first));
    let postgres = cx.world.target.engine() == Engine::Postgres;
    let time = crate::words::time(ms as f64 / 1000.0);
    match (before, locked.first()) {
        (Some(held), _) if ms >= DEADLOCK_MS && postgres => warn(format!(
            "It waits up to {time} for {first} while {held} is locked: the deadlock detector comes first."
        )),
        (None, Some(other)) if ms >= DEADLOCK_MS && postgres => {
            note(format!("It waits up to {time} with {first} or {other} locked: the deadlock detector comes first."))
        }
        _ if ms > LONG_MS => note(format!("Traffic on {first} can stand for {time}.")),
        _ if cx.session.timeouts.statement_ms.is_some_and(|limit| limit <= ms) => {
            note("statement_timeout strikes first, so the lock timeout does nothing.")
        }
        _ => None,
    }
}
