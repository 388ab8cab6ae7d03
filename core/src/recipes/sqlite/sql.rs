//! SQL that recipes write themselves. All names are quoted by the engine.

use crate::change::{Change, Name, ObjectKind, ObjectVerb, SessionSetting, TableDef, TransactionVerb};
use crate::draft::Run;

/// What to do when the file was locked.
pub const LOCK_FAILURE: &str = "\"database is locked\": nothing was done, because every writer waits at most \
     busy_timeout. Run it again; find the connection that keeps a transaction open.";

/// `PRAGMA name = value`.
pub fn pragma(name: &str, value: &str) -> Run {
    let setting =
        SessionSetting { verb: "pragma".to_string(), name: name.to_string(), value: value.to_string(), local: false };
    Run { sql: format!("PRAGMA {name} = {value}"), change: Change::Session(setting) }
}

/// `BEGIN IMMEDIATE`: the write lock now, so that nothing has happened when the file is locked.
pub fn begin() -> Run {
    Run { sql: "BEGIN IMMEDIATE".to_string(), change: Change::Transaction(TransactionVerb::Begin) }
}

/// `COMMIT`.
pub fn commit() -> Run {
    Run { sql: "COMMIT".to_string(), change: Change::Transaction(TransactionVerb::Commit) }
}

/// A statement that is part of another change, which carries the facts for both.
pub fn part(sql: impl Into<String>) -> Run {
    Run { sql: sql.into(), change: Change::reads() }
}

/// A statement about a trigger.
pub fn trigger(verb: ObjectVerb, name: &Name, table: &Name, sql: String) -> Run {
    Run {
        sql,
        change: Change::Object {
            verb,
            kind: ObjectKind::Trigger,
            name: Some(name.clone()),
            on: Some(table.clone()),
            text: String::new(),
        },
    }
}

/// Two values differ, NULL counted as a value: byte by byte, because the collation of a column may call different text equal.
pub fn differs(a: &str, b: &str) -> String {
    format!("{a} COLLATE BINARY IS NOT {b}")
}

/// The name of the number of a row, where the table has one and no column of that name hides it.
pub fn row_number(def: &TableDef) -> Option<&'static str> {
    let free = |word: &&str| !def.columns.iter().any(|c| c.name.value.eq_ignore_ascii_case(word));
    ["rowid", "_rowid_", "oid"].into_iter().find(free).filter(|_| !def.without_rowid)
}
