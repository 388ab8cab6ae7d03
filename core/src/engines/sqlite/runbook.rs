//! What an operator runs around a change of a SQLite file.

use crate::engines::EngineRunbook;
use crate::report::RunbookItem;

/// The entries; they are the same in every version.
pub(super) fn runbook() -> EngineRunbook {
    EngineRunbook {
        before: vec![
            item(
                "Back up the file",
                "A consistent copy while the application runs; copying the file alone misses the -wal file. Open the copy and check it.",
                "sqlite3 app.db \".backup 'before.db'\"\nsqlite3 before.db 'PRAGMA integrity_check'",
                "sh",
            ),
            item(
                "Rehearse on the copy",
                "Run the plan and its rollback on before.db and note the times. -bail stops at the first error, without which the shell \
                 goes on.",
                "sqlite3 -bail before.db < plan.sql",
                "sh",
            ),
            item(
                "Version and settings",
                "The version is that of the library inside the application, not of the sqlite3 shell. In WAL mode readers are never blocked.",
                "SELECT sqlite_version();\nPRAGMA journal_mode;\nPRAGMA foreign_keys;\nPRAGMA compile_options",
                "sql",
            ),
            item(
                "Whole before the change",
                "Both must report nothing wrong: a view or trigger that names something missing makes every RENAME fail.",
                "PRAGMA integrity_check;\nPRAGMA foreign_key_check",
                "sql",
            ),
            item(
                "Free space",
                "A rebuild needs the size of the table again, VACUUM the size of the file twice.",
                "ls -l app.db*\ndf -h .",
                "sh",
            ),
        ],
        during: vec![
            item(
                "Who holds the file",
                "SQLite keeps no list of sessions; the operating system knows the processes that have the file open.",
                "lsof app.db app.db-wal app.db-journal\nfuser -v app.db",
                "sh",
            ),
            item(
                "Waiting writers",
                "Writers get \"database is locked\" (SQLITE_BUSY) unless they set a timeout. Set one in the application before the change.",
                "PRAGMA busy_timeout = 5000",
                "sql",
            ),
        ],
        after: vec![
            item(
                "File and references are whole",
                "integrity_check returns ok, foreign_key_check no row.",
                "PRAGMA integrity_check;\nPRAGMA foreign_key_check",
                "sql",
            ),
            item(
                "Structure",
                "Compare with what the plan promises.",
                "SELECT type, name, tbl_name, sql FROM sqlite_master ORDER BY tbl_name, type, name",
                "sql",
            ),
            item("Statistics", "After a new index or a rebuild.", "PRAGMA optimize;\nANALYZE", "sql"),
        ],
        failure: vec![
            item(
                "database is locked",
                "Nothing was done. Another connection writes, or holds a read open in rollback-journal mode. Wait and run it again.",
                "PRAGMA busy_timeout = 10000",
                "sql",
            ),
            item(
                "It stopped half-way",
                "Everything before COMMIT is undone; after a crash the next connection does that by itself.",
                "ROLLBACK",
                "sql",
            ),
            item(
                "Restore the copy",
                "Stop every process that has the file open first; remove -wal and -journal with the file.",
                "sqlite3 app.db \".restore 'before.db'\"",
                "sh",
            ),
        ],
    }
}

fn item(title: &str, text: &str, code: &str, language: &str) -> RunbookItem {
    RunbookItem {
        title: title.to_string(),
        text: text.to_string(),
        code: code.to_string(),
        language: language.to_string(),
    }
}
