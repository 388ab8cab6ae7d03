//! What a statement leaves behind in its session: settings, locks, what its transaction has made.

use super::analyse::Fixed;
use crate::change::{Change, Constraint, ConstraintKind, Name, SessionSetting, TransactionVerb};
use crate::engines::{self, Capability};
use crate::facts::{Effects, Lock};
use crate::order::{Gather, PushAll};
use crate::parse::Statement;
use crate::rules::{Session, Timeouts};
use crate::schema::Schema;
use crate::target::{Engine, Target};

/// Goes on to the next statement; `schema` is the one before it.
pub(super) fn advance(
    session: &mut Session,
    statement: &Statement,
    effects: &[Effects],
    schema: &Schema,
    cx: &Fixed<'_>,
) {
    for (action, effects) in statement.changes.iter().zip(effects) {
        match &action.change {
            Change::Transaction(verb) => transaction(session, verb, cx),
            Change::Session(setting) => set(session, setting, cx.target.engine()),
            Change::Insert { .. } | Change::Update { .. } | Change::Delete { .. } if session.in_transaction => {
                session.dml_in_transaction = true;
            }
            _ if session.in_transaction => {
                remember_labels(session, &action.change, cx);
                if let Change::AddConstraint { table, constraint } = &action.change {
                    remember_constraint(session, table, constraint);
                }
                session.ddl_in_transaction |= !effects.locks.is_empty();
                let blocking = effects.locks.iter().filter(|l| l.blocks_reads || l.blocks_writes);
                remember_views(session, blocking.clone(), schema);
                remember(&mut session.held, blocking);
            }
            _ => {}
        }
    }
}

/// A label added to an enum is not to be used before the commit, on some servers unless the enum is as new as the label.
fn remember_labels(session: &mut Session, change: &Change, cx: &Fixed<'_>) {
    let spared = |target: Target| engines::of(target.engine()).can(Capability::UseLabelOfNewEnum, target);
    match change {
        Change::CreateEnum { name, .. } if spared(cx.target) => session.new_enums.push(name.clone()),
        Change::AddEnumValue { name, value, .. } if !session.new_enums.contains(name) => {
            session.new_labels.push(value.clone());
        }
        _ => {}
    }
}

fn remember_constraint(session: &mut Session, table: &Name, constraint: &Constraint) {
    if let Some(name) = constraint.name.as_ref().filter(|_| constraint.not_valid) {
        session.not_valid.push((table.clone(), name.clone()));
    }
    if let ConstraintKind::ForeignKey(key) = &constraint.kind {
        session.parents.push(key.references.clone());
    }
}

/// What views that are locked are read from, also through others.
fn remember_views<'a>(session: &mut Session, locks: impl Iterator<Item = &'a Lock>, schema: &Schema) {
    const ENOUGH: usize = 64;
    for view in locks.filter_map(|lock| schema.view(&lock.object)) {
        let mut below: Vec<Name> = view.reads.clone();
        let mut at = 0;
        while let Some(name) = below.get(at) {
            let next = schema.view(name).map(|view| view.reads.as_slice()).unwrap_or_default();
            let new: Vec<Name> = next.iter().filter(|name| !below.contains(name)).cloned().gather();
            below.push_all(new);
            at += 1;
        }
        if session.views.len() < ENOUGH {
            session.views.push((view.name.clone(), below));
        }
    }
}

/// Keeps each lock once, so that a long transaction does not grow without end.
fn remember<'a>(held: &mut Vec<Lock>, locks: impl Iterator<Item = &'a Lock>) {
    const ENOUGH: usize = 64;
    for lock in locks {
        if held.len() < ENOUGH && !held.contains(lock) {
            held.push(lock.clone());
        }
    }
}

fn transaction(session: &mut Session, verb: &TransactionVerb, cx: &Fixed<'_>) {
    match verb {
        TransactionVerb::Begin => (session.in_transaction, session.begun) = (true, true),
        TransactionVerb::Commit | TransactionVerb::Rollback | TransactionVerb::TwoPhase => {
            let kept = Session {
                in_transaction: cx.options.in_transaction,
                timeouts: session.lasting,
                lasting: session.lasting,
                foreign_keys_off: session.foreign_keys_off,
                unique_checks_off: session.unique_checks_off,
                legacy_alter_table: session.legacy_alter_table,
                not_strict: session.not_strict,
                ..Session::default()
            };
            *session = kept;
        }
        // The locks taken since a savepoint are kept in mind: how long they were held counts, too.
        TransactionVerb::Savepoint(_) | TransactionVerb::RollbackTo(_) | TransactionVerb::Release => {}
    }
}

fn set(session: &mut Session, setting: &SessionSetting, engine: Engine) {
    let (value, off) = (setting.plain(), setting.is_off());
    match setting.name.as_str() {
        "lock_timeout" | "lock_wait_timeout" | "innodb_lock_wait_timeout" | "busy_timeout" => {
            let time = milliseconds(&value, engine.is_mysql_family());
            timeout(session, setting, |timeouts| timeouts.lock_ms = time);
        }
        "statement_timeout" | "max_statement_time" | "max_execution_time" => {
            let time = milliseconds(&value, setting.name == "max_statement_time");
            timeout(session, setting, |timeouts| timeouts.statement_ms = time);
        }
        // Inside a transaction SQLite reads it and does nothing.
        "foreign_keys" if !session.in_transaction => session.foreign_keys_off = off,
        "unique_checks" => session.unique_checks_off = off,
        "foreign_key_checks" => session.foreign_keys_off = off,
        "legacy_alter_table" => session.legacy_alter_table = !off,
        "sql_mode" if !value.contains('@') => session.not_strict = !value.contains("strict"),
        _ => {}
    }
}

/// `SET LOCAL` lasts to the end of the transaction, and does nothing outside of one.
fn timeout(session: &mut Session, setting: &SessionSetting, change: impl Fn(&mut Timeouts)) {
    if !setting.local {
        change(&mut session.lasting);
    }
    if !setting.local || session.in_transaction {
        change(&mut session.timeouts);
    }
}

/// `2s`, `500ms`, `1min`, `2000`; none for no limit and for what cannot be read.
fn milliseconds(value: &str, in_seconds: bool) -> Option<u64> {
    let digits = value.trim_end_matches(|c: char| !c.is_ascii_digit());
    let unit = value.get(digits.len()..).unwrap_or_default().trim();
    let factor = match unit {
        "" if in_seconds => 1_000,
        "" | "ms" => 1,
        "s" => 1_000,
        "min" => 60_000,
        "h" => 3_600_000,
        _ => return None,
    };
    digits.parse::<u64>().ok().and_then(|number| number.checked_mul(factor)).filter(|time| *time > 0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_are_read_as_people_write_them() {
        for (value, in_seconds, time) in [
            ("2s", false, Some(2_000)),
            ("500", false, Some(500)),
            ("5", true, Some(5_000)),
            ("1 min", false, Some(60_000)),
            ("0", false, None),
            ("default", false, None),
        ] {
            assert_eq!(milliseconds(value, in_seconds), time, "{value}");
        }
    }
}
