//! LOCK TABLE in a migration.

use super::{Rule, RuleCx, RuleFinding};
use crate::change::Change;
use crate::report::Severity;

/// The rule.
pub const RULE: Rule = Rule {
    id: "explicit-lock",
    title: "A table is locked by hand",
    when: "LOCK TABLE takes a lock that blocks reads or writes of a table in use.",
    effect: "Traffic on the table waits until the lock is given back.",
    why: "The lock stays until COMMIT or UNLOCK TABLES, whatever the statements in between need.",
    instead: "Leave it out: each statement takes the lock that it needs. Where an order of locks is meant, set a lock timeout and keep the transaction short.",
    sources: &["PostgreSQL manual: LOCK", "MySQL manual: LOCK TABLES"],
    check,
};

fn check(cx: &RuleCx<'_>) -> Option<RuleFinding> {
    let Change::LockTable { .. } = &cx.action.change else { return None };
    if let (Change::LockTable { tables, .. }, true) = (&cx.action.change, cx.effects.locks.is_empty()) {
        let all = RuleFinding {
            severity: Severity::Warning,
            message: "Writes to every table wait until the lock is given back.".to_string(),
        };
        return tables.is_empty().then_some(all);
    }
    let lock =
        cx.effects.locks.iter().find(|l| (l.blocks_reads || l.blocks_writes) && !cx.world.schema.is_new(&l.object))?;
    let who = if lock.blocks_reads { "Reads and writes of" } else { "Writes to" };
    Some(RuleFinding {
        severity: Severity::Warning,
        message: format!("{who} {} wait until the lock is given back.", lock.object),
    })
}
