//! VACUUM, CLUSTER, ANALYZE, explicit locks, session and transaction.

use super::super::answer::Answer;
use super::super::locks::Mode::{self, AccessExclusive, ShareUpdateExclusive};
use super::{Facts, foreign};
use crate::change::{Change, Maintenance, Name, SessionSetting, TableOption};
use crate::facts::{Undo, WorkKind};
use crate::order::Gather;

/// `VACUUM`, `CLUSTER`, `ANALYZE`.
pub(super) fn maintain(facts: Facts<'_>, command: Maintenance, tables: &[Name]) -> Answer {
    let all: Vec<Name>;
    let named = !tables.is_empty();
    let tables = if named {
        tables
    } else {
        let stored = facts.schema().views().filter(|v| v.materialized).map(|v| v.name.clone());
        let of_tables = facts.schema().tables().map(|t| t.def.name.clone());
        let mut known: Vec<Name> = match command {
            Maintenance::MoveAll { views: true } => stored.gather(),
            Maintenance::MoveAll { views: false } => of_tables.gather(),
            _ => of_tables.chain(stored).gather(),
        };
        if command == Maintenance::Cluster && known.iter().any(|table| is_marked(facts, table)) {
            known.retain(|table| is_marked(facts, table));
        }
        all = super::or_every_table(known);
        &all
    };
    let each = |answer: Answer, kind: &WorkKind, mode: Mode| {
        tables.iter().fold(answer, |answer, table| {
            answer.lock(table, mode).locks(facts.heirs(table), mode).work(kind.clone(), table, mode)
        })
    };
    match command {
        Maintenance::Vacuum => {
            each(Answer::observed("vacuum.c vacuum"), &WorkKind::Vacuum, ShareUpdateExclusive).not_in_transaction()
        }
        Maintenance::VacuumFull => each(Answer::observed("vacuum.c vacuum"), &WorkKind::Compact, AccessExclusive)
            .not_in_transaction()
            .online("pg_repack, which locks ACCESS EXCLUSIVE only at its start and end"),
        Maintenance::Cluster => {
            let partitioned = named && tables.iter().any(|t| facts.is_partitioned(t));
            each(Answer::observed("cluster.c cluster"), &WorkKind::Compact, AccessExclusive)
                .when(!named || partitioned, Answer::not_in_transaction)
                .refuse_if(partitioned && !facts.since(15), || {
                    "a partitioned table cannot be clustered before PostgreSQL 15 (0A000)".to_string()
                })
                .assume_if(!named, || {
                    "only tables marked by an earlier CLUSTER are rewritten; where none is known to be, all are assumed"
                        .to_string()
                })
                .online("pg_repack with --order-by")
        }
        Maintenance::Analyze => {
            each(Answer::observed("analyze.c analyze_rel"), &WorkKind::Vacuum, ShareUpdateExclusive)
        }
        Maintenance::MoveAll { .. } => {
            each(Answer::observed("tablecmds.c AlterTableMoveAll"), &WorkKind::Rewrite, AccessExclusive)
                .assume("all that are known are taken to lie in the tablespace; those of another stay where they are")
        }
        Maintenance::Optimize => foreign("OPTIMIZE TABLE"),
        Maintenance::CheckTable => foreign("CHECK TABLE"),
        Maintenance::RepairTable => foreign("REPAIR TABLE"),
    }
}

/// Has `CLUSTER ON`.
fn is_marked(facts: Facts<'_>, table: &Name) -> bool {
    let mark = |change: &Change| matches!(change, Change::SetTableOption { option: TableOption::ClusterMark, .. });
    facts.schema().extras(table).iter().any(|extra| mark(&extra.change))
}

/// `LOCK TABLE`: nothing is done, but the lock stays to the end of the transaction.
pub(super) fn lock_table(facts: Facts<'_>, tables: &[Name], mode: &str) -> Answer {
    let known = Mode::from_word(mode);
    let mode = known.unwrap_or(AccessExclusive);
    let answer = Answer::observed("lockcmds.c LockTableCommand")
        .locks(tables, mode)
        .assume_if(known.is_none(), || "the lock mode is not known; ACCESS EXCLUSIVE is assumed".to_string())
        .assume("the lock is held to the end of the transaction, whose length is not known");
    tables.iter().fold(answer, |answer, table| {
        let read = facts.schema().view(table).map(|v| v.reads.as_slice()).unwrap_or_default();
        answer.locks(facts.heirs(table), mode).locks(read, mode).work(WorkKind::Catalog, table, mode)
    })
}

/// `BEGIN`, `COMMIT` and their kin.
pub(super) fn transaction() -> Answer {
    Answer::documented("Transactions")
}

/// `SET`, `RESET`, `DISCARD`.
pub(super) fn session(setting: &SessionSetting) -> Answer {
    let all = setting.verb == "discard" && (setting.name.is_empty() || setting.name.eq_ignore_ascii_case("all"));
    Answer::documented("SET").undo(Undo::Lossless).when(all, Answer::not_in_transaction)
}
