//! UPDATE or DELETE of many rows at once.

use super::asking::{note, warn};
use super::blocking::blocked;
use super::{Rule, RuleCx, RuleFinding};
use crate::change::{BATCH_AT_MOST, Change};
use crate::facts::WorkKind;
use crate::report::Severity;
use crate::target::Engine;
use crate::words;
use crate::world::Touched;

/// The rule.
pub const RULE: Rule = Rule {
    id: "big-write-in-one-statement",
    title: "Many rows in one statement",
    when: "An UPDATE, DELETE, INSERT … SELECT or CREATE TABLE … AS SELECT goes over many rows of a table in use in one statement, with LIMIT too where no index leads to them (MySQL, MariaDB), or reads all of a large one in a query in brackets (MySQL, MariaDB, SQLite), or LOAD DATA fills one.",
    effect: "Its row locks are held until it ends: writers of the same rows wait, replicas lag, dead rows pile up.",
    why: "One statement is one transaction; nothing of it is released before its end, and a failure near the end undoes all of it.",
    instead: "Go over the key in batches of some thousand rows, with a commit and a pause after each.",
    sources: &["PostgreSQL manual: Explicit Locking, Row-Level Locks", "MySQL manual: InnoDB Locking"],
    check,
};

fn check(cx: &RuleCx<'_>) -> Option<RuleFinding> {
    of_its_rows(cx).or_else(|| read_beside(cx))
}

fn of_its_rows(cx: &RuleCx<'_>) -> Option<RuleFinding> {
    match &cx.action.change {
        Change::Update { table, filter, .. } | Change::Delete { table, filter }
            if !matches!(cx.world.touched(table, filter), Touched::Few | Touched::Batch)
                || cx.world.passes_over(table, filter) => {}
        Change::Insert { table, from_query: true, rows: None, source, .. } if source.is_empty() => {
            let file = cx.world.target.engine().is_mysql_family() && cx.used(table);
            return file.then(|| RuleFinding {
                severity: Severity::Warning,
                message: format!("All rows of the file go into {table} in one transaction."),
            });
        }
        Change::Insert { from_query: true, .. } | Change::CreateTable(_) => {}
        _ => return None,
    }
    let of_rows: fn(&WorkKind) -> bool = match &cx.action.change {
        Change::CreateTable(_) | Change::Insert { .. } => |work| *work == WorkKind::StoreQuery,
        _ => |work| matches!(work, WorkKind::Update { .. } | WorkKind::Delete { .. } | WorkKind::Scan { .. }),
    };
    let Some(blocked) = blocked(cx, of_rows) else { return one_long_transaction(cx) };
    Some(RuleFinding {
        severity: blocked.severity,
        message: format!("Rows stay locked until the statement ends, {}; {} for them.", blocked.how_long, blocked.who),
    })
}

/// A query in brackets reads a large table: InnoDB locks the rows that it reads, in SQLite the file is locked meanwhile.
fn read_beside(cx: &RuleCx<'_>) -> Option<RuleFinding> {
    let writes = matches!(cx.action.change, Change::Insert { .. } | Change::Update { .. } | Change::Delete { .. });
    let engine = cx.world.target.engine();
    // READ COMMITTED spares all but a query in VALUES or SET of an INSERT.
    let in_values = matches!(cx.action.change, Change::Insert { from_query: false, .. });
    if !writes || engine == Engine::Postgres || cx.world.schema.reads_lock_nothing() && !in_values {
        return None;
    }
    let table = cx.reads_large()?;
    let who = if engine == Engine::Sqlite { "the file" } else { &table.object.value };
    warn(format!("The query in it reads all of {table}; writes to {who} wait until it ends."))
}

/// Nobody waits for its locks, but for its end.
fn one_long_transaction(cx: &RuleCx<'_>) -> Option<RuleFinding> {
    let Change::Insert { table, source, .. } = &cx.action.change else { return None };
    let from = cx.world.reads_whole(source).filter(|_| cx.used(table))?;
    let rows = cx.world.sizes.rows(&cx.world, from).rows;
    (rows > BATCH_AT_MOST).then_some(())?;
    if cx.statement_says(" DO UPDATE ") {
        return warn(format!(
            "{} rows of {from}: those that {table} has already are written over, and stay locked until the statement ends.",
            words::count(rows)
        ));
    }
    note(format!(
        "{} rows go from {from} into {table} in one transaction: until it ends replicas lag, and old row versions stay.",
        words::count(rows)
    ))
}
