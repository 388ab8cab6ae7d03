//! What depends on the schema and on sizes, beyond the observed cases: refusals, running code, undo, failing rows.

#![allow(clippy::unwrap_used)]

use super::effects;
use crate::change::Change;
use crate::facts::{Certainty, Effects, RunningCode, Undo, WorkKind};
use crate::parse;
use crate::request::Options;
use crate::schema::Schema;
use crate::target::Target;
use crate::world::{Sizes, World};

const SCHEMA: &str = "
CREATE TYPE mood AS ENUM ('sad', 'ok');
CREATE TABLE users (id bigint PRIMARY KEY, email varchar(200) NOT NULL UNIQUE, name text, age int, mood mood DEFAULT 'ok',
  code text DEFAULT '0');
CREATE TABLE orders (id bigserial PRIMARY KEY, user_id bigint REFERENCES users (id), total int, note text,
  CONSTRAINT note_there CHECK (note IS NOT NULL));
CREATE VIEW names AS SELECT id, name, count(*) OVER () FROM users;
CREATE VIEW totals AS SELECT o.total, u.id FROM orders o JOIN users u ON u.id = o.user_id;
CREATE UNIQUE INDEX users_age ON users (age);
";

fn schema(target: Target) -> Schema {
    let mut schema = Schema::new(target);
    for statement in parse::parse(SCHEMA, target).statements {
        statement.changes.iter().for_each(|action| schema.apply(&action.change));
    }
    schema.settle();
    schema
}

fn answer(version: &str, sql: &str) -> Effects {
    let target = Target::parse(&format!("postgres:{version}")).unwrap();
    let mut schema = schema(target);
    let (sizes, options) = (Sizes { assumed_rows: 1000, ..Sizes::default() }, Options::default());
    let mut last = Effects::none();
    for statement in parse::parse(sql, target).statements {
        for action in &statement.changes {
            let world = World { target, schema: &schema, sizes: &sizes, options: &options };
            last = effects(&action.change, &world);
            schema.apply(&action.change);
        }
    }
    last
}

#[test]
fn the_server_refuses() {
    for (version, sql, why) in [
        ("16", "ALTER TABLE users ALTER COLUMN name TYPE varchar(50)", "0A000"),
        ("16", "ALTER TABLE users DROP COLUMN name", "2BP01"),
        ("16", "ALTER TABLE users ADD COLUMN z int NOT NULL", "23502"),
        ("16", "ALTER TABLE users ALTER COLUMN code TYPE int", "42804"),
        ("16", "ALTER TABLE users ALTER COLUMN code TYPE int USING code::int", "42804"),
        ("16", "ALTER TABLE users ALTER COLUMN mood TYPE int USING 1", "42804"),
        ("16", "ALTER TABLE orders ADD FOREIGN KEY (note) REFERENCES users (name)", "42830"),
        ("16", "ALTER TABLE users ADD PRIMARY KEY (age)", "42P16"),
        ("16", "ALTER TABLE users ALTER COLUMN id DROP NOT NULL", "42P16"),
        ("16", "DROP TABLE users", "2BP01"),
        ("16", "TRUNCATE users", "0A000"),
        ("16", "DROP INDEX users_email_key", "2BP01"),
        ("11", "REINDEX INDEX CONCURRENTLY users_age", "PostgreSQL 12"),
        ("13", "ALTER TABLE p DETACH PARTITION p1 CONCURRENTLY", "PostgreSQL 14"),
        ("14", "CREATE UNIQUE INDEX i ON users (age) NULLS NOT DISTINCT", "PostgreSQL 15"),
        ("17", "ALTER TABLE users ADD CONSTRAINT n NOT NULL name NOT VALID", "PostgreSQL 18"),
    ] {
        let refused = answer(version, sql).refused.unwrap_or_default();
        assert!(refused.contains(why), "{version} {sql}: {refused}");
    }
}

#[test]
fn a_drop_of_ours_is_of_what_nothing_uses() {
    let target = Target::parse("postgres:16").unwrap();
    let pasted = parse::parse("DROP TYPE mood", target).statements.remove(0).changes.remove(0).change;
    let mut ours = pasted.clone();
    if let Change::Object { text, .. } = &mut ours {
        text.clear();
    }
    let schema = schema(target);
    let (sizes, options) = (Sizes::default(), Options::default());
    let world = World { target, schema: &schema, sizes: &sizes, options: &options };
    assert!(effects(&pasted, &world).refused.is_some(), "users.mood is of that type");
    assert_eq!(effects(&ours, &world).refused, None);
}

#[test]
fn the_server_does_not_refuse() {
    for sql in [
        "ALTER TABLE users ALTER COLUMN age TYPE bigint",
        "ALTER TABLE users DROP COLUMN age",
        "ALTER TABLE orders ADD FOREIGN KEY (total) REFERENCES users (age)",
        "ALTER TABLE users ALTER COLUMN code DROP DEFAULT; ALTER TABLE users ALTER COLUMN code TYPE int USING code::int",
        "CREATE TABLE n (id int PRIMARY KEY); ALTER TABLE n ADD COLUMN z int NOT NULL",
        "DROP TABLE users CASCADE",
        "DROP TABLE orders CASCADE",
    ] {
        assert_eq!(answer("16", sql).refused, None, "{sql}");
    }
}

#[test]
fn a_name_that_may_be_another_tables_is_an_assumption() {
    let effects = answer("16", "ALTER TABLE orders ALTER COLUMN total TYPE bigint");
    assert_eq!((effects.refused.as_deref(), effects.certainty), (None, Certainty::Assumed));
    assert!(effects.assumptions.iter().any(|a| a.contains("totals")), "{:?}", effects.assumptions);
}

#[test]
fn a_valid_check_proves_not_null() {
    let scans = |version: &str| {
        let effects = answer(version, "ALTER TABLE orders ALTER COLUMN note SET NOT NULL");
        effects.work.iter().any(|w| matches!(w.kind, WorkKind::Scan { .. }))
    };
    assert!(!scans("12"));
    assert!(scans("11"), "PostgreSQL 11 reads the table all the same");
}

#[test]
fn running_code_and_undo() {
    let breaks = |sql: &str| matches!(answer("16", sql).running_code, RunningCode::Breaks(_));
    for sql in [
        "ALTER TABLE users RENAME COLUMN age TO years",
        "ALTER TABLE users RENAME TO people",
        "ALTER TABLE users DROP COLUMN age",
        "DROP TABLE orders",
        "ALTER TYPE mood RENAME VALUE 'ok' TO 'fine'",
        "ALTER TABLE users ALTER COLUMN age TYPE text",
        "ALTER TABLE users SET SCHEMA other",
    ] {
        assert!(breaks(sql), "{sql}");
    }
    for sql in [
        "ALTER TABLE users ADD COLUMN z int",
        "ALTER TABLE users ALTER COLUMN age TYPE bigint",
        "CREATE INDEX i ON users (age)",
        "ALTER TABLE users ALTER COLUMN name SET NOT NULL",
        "ALTER TYPE mood ADD VALUE 'new'",
    ] {
        assert!(!breaks(sql), "{sql}");
    }
    for (sql, undo) in [
        ("DROP TABLE orders", Undo::No),
        ("ALTER TABLE users DROP COLUMN age", Undo::No),
        ("TRUNCATE orders", Undo::No),
        ("DELETE FROM orders", Undo::No),
        ("ALTER TYPE mood ADD VALUE 'new'", Undo::No),
        ("UPDATE users SET age = 1", Undo::Lossy),
        ("ALTER TABLE users ALTER COLUMN age TYPE smallint", Undo::Lossy),
        ("ALTER TABLE users ALTER COLUMN age TYPE bigint", Undo::Lossless),
        ("ALTER TABLE users ADD COLUMN z int", Undo::Lossless),
        ("DO $$ BEGIN PERFORM purge(); END $$", Undo::Unknown),
    ] {
        assert_eq!(answer("16", sql).undo, undo, "{sql}");
    }
}

#[test]
fn rows_can_make_it_fail() {
    for (sql, why) in [
        ("ALTER TABLE users ALTER COLUMN name SET NOT NULL", "23502"),
        ("ALTER TABLE users ADD CONSTRAINT c CHECK (age > 0)", "23514"),
        ("ALTER TABLE users ADD UNIQUE (name)", "23505"),
        ("CREATE UNIQUE INDEX CONCURRENTLY i ON users (name)", "INVALID"),
        ("ALTER TABLE orders ADD FOREIGN KEY (total) REFERENCES users (age)", "23503"),
        ("ALTER TABLE users ALTER COLUMN age TYPE smallint", "does not fit"),
    ] {
        let reason = answer("16", sql).may_fail_on_data.unwrap_or_default();
        assert!(reason.contains(why), "{sql}: {reason}");
    }
    for sql in ["ALTER TABLE users ADD COLUMN z int", "ALTER TABLE users ALTER COLUMN age TYPE bigint"] {
        assert_eq!(answer("16", sql).may_fail_on_data, None, "{sql}");
    }
}

#[test]
fn what_is_not_known_is_never_called_proved() {
    for sql in [
        "ALTER TABLE unknown ALTER COLUMN c TYPE text",
        "ALTER TABLE unknown DROP CONSTRAINT c",
        "ALTER TABLE unknown VALIDATE CONSTRAINT c",
        "DROP TABLE unknown",
        "ALTER TABLE users ADD COLUMN z int DEFAULT my_function()",
        "ALTER TABLE users ADD COLUMN z my_type",
        "SELECT my_function()",
        "DROP INDEX unknown",
    ] {
        assert!(answer("16", sql).certainty >= Certainty::Assumed, "{sql}");
    }
}

#[test]
fn only_a_trigger_that_runs_a_function_keeps_it() {
    let trigger = "CREATE TRIGGER touch BEFORE UPDATE ON users FOR EACH ROW EXECUTE FUNCTION stamp();";
    assert_eq!(answer("16", &format!("{trigger} DROP FUNCTION touch()")).refused, None);
    assert!(answer("16", &format!("{trigger} DROP FUNCTION stamp()")).refused.is_some());
}
