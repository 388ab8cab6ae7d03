//! Rows, and what cannot be seen into.

use super::super::answer::Answer;
use super::super::locks::Mode::{AccessExclusive, RowExclusive, RowShare};
use super::Facts;
use crate::change::{ConstraintKind, Ident, Name, OpaqueWhy, ReferentialAction, RowFilter};
use crate::facts::{Blocking, Effects, Undo, WorkKind};
use crate::order::Gather;
use crate::world::Touched;

const EXPLICIT_LOCKING: &str = "Explicit Locking, Row-Level Locks";

/// Rows assumed for a WHERE that names single values.
const FEW_ROWS: u64 = 100;

/// `INSERT`, `COPY … FROM`.
pub(super) fn insert(table: &Name, from_query: bool, rows: Option<u64>) -> Answer {
    Answer::documented(EXPLICIT_LOCKING)
        .lock(table, RowExclusive)
        .work_blocking(WorkKind::InsertRows { rows }, table, Blocking::Nobody)
        .assume_if(from_query && rows.is_none(), || "how many rows are inserted is not known".to_string())
        .may_fail("a row that breaks a constraint")
}

/// `UPDATE`: the table lock stops nobody, the row locks stop writers of the same rows until the transaction ends.
pub(super) fn update(facts: Facts<'_>, table: &Name, columns: &[Ident], filter: &RowFilter) -> Answer {
    let indexed = columns.iter().any(|column| {
        !facts.schema().indexes_of_column(table, column).is_empty()
            || facts
                .schema()
                .constraints_of_column(table, column)
                .iter()
                .any(|c| matches!(c.kind, ConstraintKind::PrimaryKey { .. } | ConstraintKind::Unique { .. }))
    });
    let (batch, rows, blocking) = touched(facts, facts.world.touched(table, filter), filter);
    let answer = looped(Answer::documented(EXPLICIT_LOCKING), filter)
        .lock(table, RowExclusive)
        .undo(Undo::Lossy)
        .work_blocking(WorkKind::Update { batch, indexed, rows }, table, blocking)
        .may_fail("a row that breaks a constraint");
    let parents = facts.schema().foreign_keys(table).into_iter().filter_map(|c| match &c.kind {
        ConstraintKind::ForeignKey(key) if key.columns.iter().any(|k| columns.contains(k)) => Some(&key.references),
        ConstraintKind::ForeignKey(_)
        | ConstraintKind::PrimaryKey { .. }
        | ConstraintKind::Unique { .. }
        | ConstraintKind::Check { .. }
        | ConstraintKind::Exclude
        | ConstraintKind::NotNull { .. } => None,
    });
    said(answer.locks(parents, RowShare), table, facts.world.touched(table, filter))
}

/// `DELETE`; foreign keys that cascade reach other tables.
pub(super) fn delete(facts: Facts<'_>, table: &Name, filter: &RowFilter) -> Answer {
    let (batch, rows, blocking) = touched(facts, facts.world.touched(table, filter), filter);
    let answer = looped(Answer::documented(EXPLICIT_LOCKING), filter)
        .lock(table, RowExclusive)
        .undo(Undo::No)
        .work_blocking(WorkKind::Delete { batch, rows }, table, blocking);
    let answer = facts.schema().referencing(table).into_iter().fold(answer, |answer, (child, constraint)| {
        let ConstraintKind::ForeignKey(key) = &constraint.kind else { return answer };
        let name = &child.def.name;
        match key.on_delete {
            ReferentialAction::Cascade | ReferentialAction::SetNull | ReferentialAction::SetDefault => {
                answer.lock(name, RowExclusive).assume(format!(
                    "ON DELETE changes rows of {name} too; how many is not known, and without an index on its column each \
                     deleted row reads {name} in full"
                ))
            }
            ReferentialAction::NoAction | ReferentialAction::Restrict => {
                answer.lock(name, RowShare).may_fail(format!("a row of {name} that points at a deleted row (23503)"))
            }
        }
    });
    said(answer, table, facts.world.touched(table, filter))
}

/// Batch, rows and who waits: many rows in one statement stop their writers for its length.
fn touched(facts: Facts<'_>, rows: Touched, filter: &RowFilter) -> (Option<u64>, Option<u64>, Blocking) {
    let batch = facts.world.options.batch_size;
    match rows {
        _ if repeats(filter) => (Some(batch), None, Blocking::Nobody),
        Touched::Few => (None, Some(FEW_ROWS), Blocking::Nobody),
        Touched::Batch => (Some(batch), Some(batch), Blocking::Nobody),
        Touched::All | Touched::Unknown => (None, None, Blocking::Writes),
    }
}

/// A loop that commits is refused in a transaction.
fn looped(answer: Answer, filter: &RowFilter) -> Answer {
    answer.when(repeats(filter), |answer| answer.not_in_transaction())
}

fn repeats(filter: &RowFilter) -> bool {
    matches!(filter, RowFilter::Where { repeats: true, .. })
}

fn said(answer: Answer, table: &Name, rows: Touched) -> Answer {
    match rows {
        Touched::All | Touched::Few | Touched::Batch => answer,
        Touched::Unknown => {
            answer.assume(format!("how many rows of {table} the condition meets is not known; all of them are assumed"))
        }
    }
    .when(matches!(rows, Touched::All | Touched::Unknown), |a| {
        a.remark("writers of the same rows wait until the transaction ends")
            .online("the same in batches over the primary key, each in its own transaction")
    })
}

/// `SELECT` and its kin: harmless, unless it calls what may do anything.
pub(super) fn query(calls_functions: bool) -> Effects {
    if calls_functions {
        return Effects::unknown("a function is called whose effect cannot be seen from here");
    }
    Answer::documented(EXPLICIT_LOCKING).done()
}

/// Code that decides at run time. What it names is taken to be locked the hardest way.
pub(super) fn opaque(form: &str, why: OpaqueWhy, touches: &[Name]) -> Effects {
    let what = if form.is_empty() { "the statement" } else { form };
    let reason = match why {
        OpaqueWhy::RunsCode => format!("{what} runs code; what it does is decided at run time"),
        OpaqueWhy::DynamicSql => format!("{what} runs SQL that is put together at run time"),
        OpaqueWhy::UnknownStatement => format!("{what} is not a known statement"),
        OpaqueWhy::Unreadable => format!("the inside of {what} could not be read"),
        OpaqueWhy::TooDeep => format!("{what} is nested too deeply to be read"),
        OpaqueWhy::Template => format!("{what} holds a template placeholder instead of SQL"),
        OpaqueWhy::Unterminated => format!("{what} does not end: a quote, comment or block is still open"),
    };
    let mut effects = Effects::unknown(&reason);
    effects.locks = touches.iter().map(|name| AccessExclusive.on(name)).gather();
    let anything = |name: &Name| crate::facts::Work {
        kind: WorkKind::Unknown,
        table: name.clone(),
        blocking: AccessExclusive.blocking(),
    };
    effects.work = touches.iter().map(anything).gather();
    effects
}
