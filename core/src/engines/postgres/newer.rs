//! Forms that came with a later server, or with none: others answer with an error and do nothing.
//!
//! Only what the words of a statement tell; what a change says is among the facts.

use crate::order::Gather;
use crate::source::{Dialect, Lexer, TokenKind, has};
use crate::target::Target;

/// Tokens that are looked at; options stand in front.
const MOST: usize = 300;

/// No server takes it.
const NEVER: u16 = u16::MAX;

/// How the statement begins; what stands in it further on; the first major version that has it.
const FORMS: [(&str, &str, u16); 74] = [
    (" ABORT ", " CHAIN ", 12),
    (" ALTER DATABASE ", " REFRESH COLLATION VERSION ", 15),
    (" ALTER DEFAULT PRIVILEGES ", " LARGE OBJECTS ", 18),
    (" ALTER PUBLICATION ", " TABLES IN SCHEMA ", 15),
    (" ALTER SEQUENCE ", " SET LOGGED ", 15),
    (" ALTER SEQUENCE ", " SET UNLOGGED ", 15),
    (" ALTER STATISTICS ", " SET STATISTICS ", 13),
    (" ALTER SUBSCRIPTION ", " ADD PUBLICATION ", 14),
    (" ALTER SUBSCRIPTION ", " DROP PUBLICATION ", 14),
    (" ALTER SUBSCRIPTION ", " SKIP ( ", 15),
    (" ALTER TABLE ", " , RENAME COLUMN ", NEVER),
    (" ALTER TABLE ", " , RENAME TO ", NEVER),
    (" ALTER TABLE ", " ADD CONSTRAINT IF NOT EXISTS ", NEVER),
    (" ALTER TABLE ", " SET NULL ( ", 15),
    (" ALTER TABLE ", " SET STORAGE DEFAULT ", 16),
    (" ALTER TYPE ", " DROP VALUE ", NEVER),
    (" ALTER VIEW ", " RENAME COLUMN ", 13),
    (" ALTER VIEW ", " SECURITY_INVOKER ", 15),
    (" ANALYZE ( ", " BUFFER_USAGE_LIMIT ", 16),
    (" ANALYZE ( ", " SKIP_LOCKED ", 12),
    (" COMMIT ", " CHAIN ", 12),
    (" CREATE DATABASE IF NOT EXISTS ", " ", NEVER),
    (" CREATE DOMAIN IF NOT EXISTS ", " ", NEVER),
    (" CREATE FUNCTION ", " BEGIN ATOMIC ", 14),
    (" CREATE FUNCTION IF NOT EXISTS ", " ", NEVER),
    (" CREATE INDEX IF NOT EXISTS CONCURRENTLY ", " ", NEVER),
    (" CREATE OR REPLACE AGGREGATE ", " ", 12),
    (" CREATE OR REPLACE FUNCTION ", " BEGIN ATOMIC ", 14),
    (" CREATE OR REPLACE INDEX ", " ", NEVER),
    (" CREATE OR REPLACE MATERIALIZED VIEW ", " ", NEVER),
    (" CREATE OR REPLACE POLICY ", " ", NEVER),
    (" CREATE OR REPLACE SEQUENCE ", " ", NEVER),
    (" CREATE OR REPLACE TABLE ", " ", NEVER),
    (" CREATE OR REPLACE TYPE ", " ", NEVER),
    (" CREATE POLICY IF NOT EXISTS ", " ", NEVER),
    (" CREATE PUBLICATION ", " TABLES IN SCHEMA ", 15),
    (" CREATE PUBLICATION ", " WHERE ( ", 15),
    (" CREATE PUBLICATION IF NOT EXISTS ", " ", NEVER),
    (" CREATE ROLE IF NOT EXISTS ", " ", NEVER),
    (" CREATE STATISTICS ON ", " ", 16),
    (" CREATE TABLE ", " ) STORED ", 12),
    (" CREATE TABLE ", " ) VIRTUAL ", 18),
    (" CREATE TABLE ", " , ) ", NEVER),
    (" CREATE TABLE ", " INCLUDING COMPRESSION ", 14),
    (" CREATE TABLE ", " INCLUDING GENERATED ", 12),
    (" CREATE TABLE ", " NOT ENFORCED ", 18),
    (" CREATE TABLE ", " SET NULL ( ", 15),
    (" CREATE TABLE ", " WITHOUT OVERLAPS ", 18),
    (" CREATE TRIGGER IF NOT EXISTS ", " ", NEVER),
    (" CREATE TYPE IF NOT EXISTS ", " ", NEVER),
    (" CREATE UNLOGGED SEQUENCE ", " ", 15),
    (" CREATE USER IF NOT EXISTS ", " ", NEVER),
    (" CREATE VIEW ", " SECURITY_INVOKER ", 15),
    (" CREATE VIEW IF NOT EXISTS ", " ", NEVER),
    (" DROP DATABASE ", " FORCE ) ", 13),
    (" DROP INDEX ", " ON ", NEVER),
    (" DROP INDEX CONCURRENTLY ", " , ", NEVER),
    (" END ", " CHAIN ", 12),
    (" GRANT MAINTAIN ", " ", 17),
    (" GRANT SET ON PARAMETER ", " ", 15),
    (" MERGE INTO ", " ", 15),
    (" MERGE INTO ", " NOT MATCHED BY SOURCE ", 17),
    (" MERGE INTO ", " RETURNING ", 17),
    (" REINDEX ( ", " TABLESPACE ", 14),
    (" REINDEX ( CONCURRENTLY ", " ", 14),
    (" REINDEX ( VERBOSE , CONCURRENTLY ", " ", 14),
    (" ROLLBACK ", " CHAIN ", 12),
    (" VACUUM ( ", " BUFFER_USAGE_LIMIT ", 16),
    (" VACUUM ( ", " INDEX_CLEANUP ", 12),
    (" VACUUM ( ", " PARALLEL ", 13),
    (" VACUUM ( ", " PROCESS_MAIN ", 16),
    (" VACUUM ( ", " PROCESS_TOAST ", 14),
    (" VACUUM ( ", " SKIP_LOCKED ", 12),
    (" WITH ", " ( MERGE INTO ", 17),
];

/// Why a server of this version refuses a statement by its form alone.
pub(super) fn refused(sql: &str, target: Target) -> Option<String> {
    let words = words(sql, target);
    // A query in front is no part of the form.
    let behind = words.find(" ) MERGE INTO ").filter(|_| has(words.get(..6).unwrap_or_default(), " WITH "));
    let words = behind.and_then(|at| words.get(at + 2..)).unwrap_or(&words);
    if let Some(serial) = serial_as_type(words) {
        return Some(format!(
            "no type is called {serial} (42704), which only a new column takes; the steps go with what it stands for, and a column \
             that numbers rows needs a sequence and a default, or an identity, besides"
        ));
    }
    if let Some(alone) = not_alone(words) {
        return Some(format!("{alone} stands alone in its ALTER TABLE (42601)"));
    }
    let mut found: Option<&(&str, &str, u16)> = None;
    for form in &FORMS {
        let (start, inside, since) = *form;
        let head = words.get(..start.len()).unwrap_or_default();
        let newest = found.is_none_or(|(.., other)| *other < since);
        if newest && !target.version.at_least(since, 0, 0) && has(head, start) && has(words, inside) {
            found = Some(form);
        }
    }
    let (start, inside, since) = *found?;
    let form = [start.trim_end(), inside.trim_end()].concat().replace(" ,", " …, …");
    Some(match since {
        NEVER => format!("no server does{form} (42601 or 0A000)"),
        _ => format!("{} exists since PostgreSQL {since} (42601, of sequences 42809 or 0A000)", form.trim_start()),
    })
}

/// The first tokens in capitals, a space around each; what a string says is no form.
fn words(sql: &str, target: Target) -> String {
    let mut lexer = Lexer::new(sql, Dialect::of(target));
    let mut words = " ".to_string();
    for token in std::iter::from_fn(|| lexer.next_token()).take(MOST) {
        match token.kind {
            TokenKind::Comment => continue,
            TokenKind::String => words.push_str("''"),
            _ => words.push_str(&token.of(sql).to_ascii_uppercase()),
        }
        words.push(' ');
    }
    words
}

/// RENAME and DETACH PARTITION with another action behind them.
fn not_alone(words: &str) -> Option<&'static str> {
    let rest = words.strip_prefix(" ALTER TABLE ")?;
    let rest = rest.strip_prefix("IF EXISTS ").unwrap_or(rest);
    let rest = rest.strip_prefix("ONLY ").unwrap_or(rest);
    // Behind the name of the table.
    let mut action = rest.split_once(' ')?.1;
    while let Some(qualified) = action.strip_prefix(". ") {
        action = qualified.split_once(' ')?.1;
    }
    let found = ["RENAME", "DETACH PARTITION"].into_iter().find(|word| action.starts_with(word))?;
    has(action, " , ").then_some(found)
}

/// `ALTER COLUMN … TYPE bigserial`, not a new column that is called `type`.
fn serial_as_type(words: &str) -> Option<String> {
    let words = words.to_ascii_lowercase();
    let words: Vec<&str> = words.strip_prefix(" alter table ")?.split(' ').gather();
    words.windows(3).find_map(|three| match three {
        ["add" | "column" | "exists", ..] => None,
        [_, "type", kind @ ("serial" | "bigserial" | "smallserial" | "serial2" | "serial4" | "serial8")] => {
            Some((*kind).to_string())
        }
        _ => None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn refuses(version: &str, sql: &str) -> bool {
        Target::parse(&format!("postgres:{version}")).is_ok_and(|target| refused(sql, target).is_some())
    }

    #[test]
    fn a_form_is_known_from_its_version_on() {
        for (since, sql) in [
            (12, "COMMIT WORK AND NO CHAIN"),
            (13, "VACUUM (PARALLEL 2) t"),
            (14, "reindex (verbose, tablespace ts1) index i"),
            (14, "reindex (verbose, concurrently) index i"),
            (15, "alter  sequence s\n set /* soon */ unlogged"),
            (15, "MERGE INTO t USING u ON t.id = u.id WHEN MATCHED THEN DELETE"),
            (17, "MERGE INTO t USING u ON t.id = u.id WHEN MATCHED THEN DELETE RETURNING t.id"),
            (17, "WITH m AS (MERGE INTO t USING u ON t.id = u.id WHEN MATCHED THEN DELETE RETURNING t.id) TABLE m"),
            (
                17,
                "WITH u AS (SELECT 1 AS id) MERGE INTO t USING u ON t.id = u.id WHEN MATCHED THEN DELETE RETURNING t.id",
            ),
            (15, "WITH u AS (SELECT 1 AS id) MERGE INTO t USING u ON t.id = u.id WHEN MATCHED THEN DELETE"),
            (18, "CREATE TABLE t (a int, b text DEFAULT 'x', c int GENERATED ALWAYS AS (a * 2) VIRTUAL)"),
            (16, "ALTER TABLE t ALTER COLUMN c SET STORAGE DEFAULT"),
        ] {
            assert!(refuses(&(since - 1).to_string(), sql), "{sql} before {since}");
            assert!(!refuses(&since.to_string(), sql), "{sql} in {since}");
        }
        assert!(refuses("18", "ALTER TYPE mood DROP VALUE 'ok'"));
        assert!(refuses("18", "DROP INDEX CONCURRENTLY a, b"));
        assert!(refuses("18", "ALTER TABLE t ALTER type SET DATA TYPE BigSerial, ADD d int"));
        assert!(refuses("11", "ALTER TABLE t ALTER COLUMN type TYPE serial4"));
    }

    #[test]
    fn names_and_strings_are_no_words() {
        for sql in [
            "ALTER TYPE mood ADD VALUE 'drop value'",
            "VACUUM \"parallel\"",
            "DROP INDEX CONCURRENTLY a",
            "VACUUM t",
            "CREATE TABLE t (a text DEFAULT 'x', b text CHECK (b IN ('x', 'not enforced')))",
            "ALTER TABLE t ADD COLUMN type serial, ADD type bigserial, ADD COLUMN IF NOT EXISTS type serial8",
            "COMMENT ON SEQUENCE s IS 'set unlogged'",
        ] {
            assert!(!refuses("11", sql), "{sql}");
        }
    }
}
