//! LOCK TABLE in a migration, and its kin that lock rows.

use super::{Rule, RuleCx, RuleFinding};
use crate::change::Change;
use crate::report::Severity;

/// The rule.
pub const RULE: Rule = Rule {
    id: "explicit-lock",
    title: "A table is locked by hand",
    when: "LOCK TABLE takes a lock that blocks reads or writes of a table in use, or a SELECT locks all of its rows (FOR UPDATE).",
    effect: "Traffic on the table, or on those rows, waits until the lock is given back.",
    why: "The lock stays until COMMIT or UNLOCK TABLES, whatever the statements in between need.",
    instead: "Leave it out: each statement takes the lock that it needs. Where an order of locks is meant, set a lock timeout and keep the transaction short.",
    sources: &["PostgreSQL manual: LOCK; SELECT, The Locking Clause", "MySQL manual: LOCK TABLES; Locking Reads"],
    check,
};

fn check(cx: &RuleCx<'_>) -> Option<RuleFinding> {
    if let Change::Query { .. } = &cx.action.change {
        return rows_locked(cx);
    }
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

/// Clauses that lock the rows that a query reads.
const CLAUSES: [&str; 5] =
    [" FOR UPDATE ", " FOR NO KEY UPDATE ", " FOR SHARE ", " FOR KEY SHARE ", " LOCK IN SHARE MODE "];

/// A locking read that neither a condition nor a LIMIT keeps to few rows.
fn rows_locked(cx: &RuleCx<'_>) -> Option<RuleFinding> {
    let says = |words| cx.statement_says(words);
    let few = [" LIMIT ", " FETCH ", " SKIP LOCKED ", " NOWAIT "].into_iter().any(says);
    let chosen = says(" WHERE ") && [" = ", " IN ", " < ", " <= ", " BETWEEN "].into_iter().any(says);
    let locks = CLAUSES.into_iter().any(says) && !few && !chosen;
    locks.then(|| RuleFinding {
        severity: Severity::Warning,
        message: "It locks every row that it reads until COMMIT: whoever writes one of them waits.".to_string(),
    })
}
