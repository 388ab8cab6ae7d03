//! A long statement behind a strong lock in one transaction.

use super::asking::{self, by_use, danger, has};
use super::{Rule, RuleCx, RuleFinding};
use crate::change::{Change, Name, ObjectKind, ObjectVerb, TransactionVerb};
use crate::estimate;
use crate::facts::{Blocking, Work, WorkKind};
use crate::parse::{self, Statement};
use crate::words;

/// The rule.
pub const RULE: Rule = Rule {
    id: "long-work-under-lock",
    title: "Long work while a lock is held",
    when: "A statement that takes long, or waits, runs in a transaction that already holds a blocking lock, or sleeps after it wrote or locked rows; or the transaction is only prepared, not committed.",
    effect: "Traffic on the locked table waits for this statement too.",
    why: "Locks are released at COMMIT only, so what follows a strong lock is blocked time.",
    instead: "Commit first; run the long statement in a transaction of its own.",
    sources: &["PostgreSQL manual: Explicit Locking"],
    check,
};

fn check(cx: &RuleCx<'_>) -> Option<RuleFinding> {
    let two_phase = matches!(cx.action.change, Change::Transaction(TransactionVerb::TwoPhase));
    if two_phase && cx.statement_says(" XA PREPARE ") {
        let behind = asking::words(cx.text_behind(), cx.world.target);
        return by_use(
            !(has(&behind, " XA COMMIT ") || has(&behind, " XA ROLLBACK ")),
            "Its row locks stay until it is committed by its name, when the session ends and over restarts too.",
        );
    }
    if procedure_sleeps(cx) {
        return danger("Rows that the procedure changed or locked stay locked while it sleeps.");
    }
    if matches!(cx.action.change, Change::Insert { .. } | Change::Update { .. } | Change::Delete { .. }) {
        return None;
    }
    let sleeps = matches!(cx.action.change, Change::Query { .. })
        && [" PG_SLEEP ", " SLEEP "].into_iter().any(|word| cx.statement_says(word));
    if let Some(table) = rows_written(cx).filter(|_| sleeps) {
        return danger(format!("Rows of {table} that the transaction changed or locked stay locked while it sleeps."));
    }
    let held = cx.session.held.iter().find(|lock| !cx.world.schema.is_new(&lock.object) && lock.blocks_writes)?;
    let holds = |until: &str| format!("The transaction holds {} on {} {until}.", held.mode, held.object);
    match &cx.action.change {
        Change::Transaction(TransactionVerb::TwoPhase) => {
            return danger(holds("until it is committed by its name, over restarts too"));
        }
        _ if sleeps => return danger(holds("while it sleeps")),
        _ => {}
    }
    // A query changes nothing, so that its reading is no work by itself; the highest key is found by an index.
    let query = matches!(cx.action.change, Change::Query { .. })
        && ![" MAX ( ", " MIN ( "].into_iter().any(|word| cx.statement_says(word));
    let table = if query { cx.reads_large() } else { None };
    let read = table.map(|table| Work { kind: WorkKind::Scan { passes: 1 }, table, blocking: Blocking::Nobody });
    let works = cx.effects.work.iter().chain(&read);
    let seconds: f64 = works.map(|w| estimate::seconds(w, &cx.world).against_limit()).sum();
    let limit = cx.world.options.block_limit_ms as f64 / 1000.0;
    if seconds <= limit {
        return None;
    }
    danger(holds(&format!("while this runs, up to {}", words::time(seconds))))
}

/// A procedure of the script that is called, and sleeps in its own transaction; said once, with its first change.
fn procedure_sleeps(cx: &RuleCx<'_>) -> bool {
    let first = cx.statement.changes.first().is_some_and(|first| std::ptr::eq(first, cx.action));
    if cx.statement.form != "call" || !first {
        return false;
    }
    let called = parse::called(cx.statement.span.of(cx.text));
    let makes = |statement: &&Statement| {
        statement.changes.iter().any(|action| match &action.change {
            Change::Object { kind: ObjectKind::Procedure, name: Some(name), verb, .. } => {
                *verb != ObjectVerb::Drop && name.object.value.eq_ignore_ascii_case(called)
            }
            _ => false,
        })
    };
    let made = cx.script.statements.iter().take(cx.index).rfind(makes);
    made.is_some_and(|made| parse::body(made.span.of(cx.text), cx.world.target).sleeps)
}

/// A table in use of which the open transaction has written or locked rows.
fn rows_written<'a>(cx: &RuleCx<'a>) -> Option<&'a Name> {
    let number = cx.statement.transaction?;
    let same = |other: &&Statement| other.transaction == Some(number);
    let earlier = cx.script.statements.iter().take(cx.index).rev().take_while(same).flat_map(|s| &s.changes);
    let mut written = earlier.filter_map(|action| match &action.change {
        Change::Update { table, .. } | Change::Delete { table, .. } => Some(table),
        Change::Query { locks, .. } => locks.first().map(|(table, _)| table),
        _ => None,
    });
    written.find(|table| cx.used(table))
}
