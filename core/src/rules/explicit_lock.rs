//! LOCK TABLE in a migration, and its kin that lock rows.

use super::asking::{by_use, warn};
use super::{Rule, RuleCx, RuleFinding};
use crate::change::{BATCH_AT_MOST, Change, Name, RowFilter};
use crate::report::Severity;

/// The rule.
pub const RULE: Rule = Rule {
    id: "explicit-lock",
    title: "A table is locked by hand",
    when: "LOCK TABLE takes a lock that blocks reads or writes of a table in use, or a SELECT locks all of its rows (FOR UPDATE; MySQL: in SET and DO, in a transaction under SERIALIZABLE, and with a LIMIT to which no index leads).",
    effect: "Traffic on the table, or on those rows, waits until the lock is given back.",
    why: "The lock stays until COMMIT or UNLOCK TABLES, whatever the statements in between need.",
    instead: "Leave it out: each statement takes the lock that it needs. Where an order of locks is meant, set a lock timeout and keep the transaction short.",
    sources: &[
        "PostgreSQL manual: LOCK; SELECT, The Locking Clause",
        "MySQL manual: LOCK TABLES; Locking Reads; Locks Set by Different SQL Statements in InnoDB",
    ],
    check,
};

fn check(cx: &RuleCx<'_>) -> Option<RuleFinding> {
    if let Change::Query { locks, .. } = &cx.action.change {
        let serial = cx.world.schema.reads_lock() && cx.statement.transaction.is_some();
        let evaluated = || read_into_variable(cx).filter(|_| cx.statement.form == "do" || serial);
        return rows_locked(cx, locks).or_else(evaluated);
    }
    if let Change::Session(setting) = &cx.action.change {
        return if setting.verb == "set" { read_into_variable(cx) } else { None };
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

/// SET and DO of MySQL lock the rows that their queries read, under READ COMMITTED too; a plain SELECT does not.
fn read_into_variable(cx: &RuleCx<'_>) -> Option<RuleFinding> {
    let table = if cx.world.target.engine().is_mysql_family() { cx.reads_large() } else { None }?;
    warn(format!(
        "The query in it locks all rows of {table} that it reads, to the end of its transaction: whoever writes one waits."
    ))
}

/// A locking read of many rows: neither a key nor a LIMIT keeps it to few.
fn rows_locked(cx: &RuleCx<'_>, locks: &[(Name, RowFilter)]) -> Option<RuleFinding> {
    let table = cx.world.reads_whole(locks).filter(|table| cx.used(table))?;
    let many = cx.world.sizes.rows(&cx.world, table).rows > BATCH_AT_MOST;
    let message =
        format!("It locks rows of {table} until COMMIT, all or any number of them: whoever writes one of them waits.");
    by_use(many, message)
}
