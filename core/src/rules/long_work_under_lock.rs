//! A long statement behind a strong lock in one transaction.

use super::{Rule, RuleCx, RuleFinding};
use crate::change::Change;
use crate::estimate;
use crate::report::Severity;
use crate::words;

/// The rule.
pub const RULE: Rule = Rule {
    id: "long-work-under-lock",
    title: "Long work while a lock is held",
    when: "A statement that takes long runs in a transaction that already holds a blocking lock.",
    effect: "Traffic on the locked table waits for this statement too.",
    why: "Locks are released at COMMIT only, so what follows a strong lock is blocked time.",
    instead: "Commit first; run the long statement in a transaction of its own.",
    sources: &["PostgreSQL manual: Explicit Locking"],
    check,
};

fn check(cx: &RuleCx<'_>) -> Option<RuleFinding> {
    if matches!(cx.action.change, Change::Insert { .. } | Change::Update { .. } | Change::Delete { .. }) {
        return None;
    }
    let held = cx.session.held.iter().find(|lock| !cx.world.schema.is_new(&lock.object) && lock.blocks_writes)?;
    let seconds: f64 = cx.effects.work.iter().map(|w| estimate::seconds(w, &cx.world).against_limit()).sum();
    let limit = cx.world.options.block_limit_ms as f64 / 1000.0;
    (seconds > limit).then(|| RuleFinding {
        severity: Severity::Danger,
        message: format!(
            "The transaction holds {} on {} while this runs, up to {}.",
            held.mode,
            held.object,
            words::time(seconds)
        ),
    })
}
