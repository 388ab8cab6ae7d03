//! Each recipe: a statement in, the steps out. That they run, forward and back, is proved on real servers.

#![allow(clippy::unwrap_used, clippy::panic)]

use crate::draft::{Draft, UndoDraft};
use crate::parse::parse;
use crate::recipes::{Cx, propose};
use crate::request::{DualWrite, Options};
use crate::schema::Schema;
use crate::target::Target;
use crate::world::{Sizes, World};

const BASE: &str = "
CREATE TYPE mood AS ENUM ('sad', 'ok');
CREATE TABLE parents (id bigint PRIMARY KEY);
CREATE TABLE users (
  id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  email text NOT NULL UNIQUE,
  name varchar(200) NOT NULL,
  status text DEFAULT 'new',
  age integer NOT NULL DEFAULT 0,
  feeling mood,
  parent_id bigint
);
CREATE INDEX users_lower_name_idx ON users (lower(name));
CREATE TABLE orders (id bigint PRIMARY KEY, user_id bigint REFERENCES users);
CREATE TABLE events (id bigint NOT NULL, at date NOT NULL) PARTITION BY RANGE (at);
CREATE TABLE events_1 PARTITION OF events FOR VALUES FROM ('2026-01-01') TO ('2027-01-01');
CREATE MATERIALIZED VIEW totals AS SELECT id, email FROM users;
CREATE UNIQUE INDEX totals_id ON totals (id);
";

/// What the recipes make of the last statement, everything before it being the database as it is.
fn drafted(engine: &str, base: &str, sql: &str, options: &Options) -> Option<Draft> {
    let target = Target::parse(engine).unwrap();
    let mut schema = Schema::new(target);
    for statement in parse(base, target).statements {
        statement.changes.iter().for_each(|action| schema.apply(&action.change));
    }
    schema.settle();
    let mut sizes = Sizes { assumed_rows: 50_000_000, ..Sizes::default() };
    for table in schema.tables() {
        sizes.tables.change(table.def.name.clone(), |own| own.rows = Some(50_000_000));
    }
    let script = parse(sql, target);
    let action = script.statements.first().and_then(|s| s.changes.first()).unwrap();
    let world = World { target, schema: &schema, sizes: &sizes, options };
    let effects = crate::engines::of(target.engine()).effects(&action.change, &world);
    propose(&Cx { world, change: &action.change, effects: &effects, sql, safe_as_written: false })
}

/// A draft as lines: phase, kind and title of each step, its statements, its undo.
fn lines(draft: &Draft) -> String {
    let mut out = String::new();
    for step in &draft.steps {
        out.push_str(&format!("{} {:?}: {}\n", step.phase.label(), step.kind, step.title));
        step.run.iter().for_each(|run| out.push_str(&format!("  {}\n", run.sql)));
        if let UndoDraft::Sql { run, .. } = &step.undo {
            run.iter().for_each(|run| out.push_str(&format!("  undo {}\n", run.sql)));
        }
    }
    out
}

fn plan(engine: &str, sql: &str) -> String {
    match drafted(engine, BASE, sql, &Options::default()) {
        Some(draft) => format!("{}\n{}", draft.recipe, lines(&draft)),
        None => panic!("no recipe for {sql}"),
    }
}

/// Fragments that a plan must have, in this order.
fn assert_in_order(sql: &str, plan: &str, fragments: &[&str]) {
    let mut rest = plan;
    for fragment in fragments {
        match rest.split_once(fragment) {
            Some((_, after)) => rest = after,
            None => panic!("{sql}: no `{fragment}` (in this order) in\n{plan}"),
        }
    }
}

#[test]
fn recipes_make_these_steps() {
    for (engine, sql, fragments) in [
        (
            "postgres:16",
            "ALTER TABLE users RENAME COLUMN name TO full_name",
            &[
                "postgres-rename-column",
                "ALTER TABLE users ADD COLUMN full_name varchar(200)",
                "IF NEW.full_name IS NULL THEN NEW.full_name := NEW.name;",
                "CREATE TRIGGER zz_lockstep_users_name BEFORE INSERT OR UPDATE ON users",
                "undo DROP FUNCTION zz_lockstep_users_name()",
                "migrate Backfill",
                "WHERE id > zz_done AND id <= zz_next AND full_name IS NULL AND name IS NOT NULL",
                "CHECK (full_name IS NOT NULL) NOT VALID",
                "VALIDATE CONSTRAINT users_full_name_not_null",
                "ALTER COLUMN full_name SET NOT NULL",
                "CREATE INDEX CONCURRENTLY users_lower_full_name_idx ON users (lower(full_name))",
                "ANALYZE users",
                "switch Deploy",
                "contract Sql",
                "DROP TRIGGER zz_lockstep_users_name ON users",
                "ALTER TABLE users DROP COLUMN name",
            ] as &[&str],
        ),
        (
            "postgres:16",
            "ALTER TABLE users RENAME COLUMN status TO state",
            &[
                "expand Verify: Look for the marker value",
                "ADD COLUMN state text",
                "SET DEFAULT chr(1)",
                "IF TG_OP = 'UPDATE' AND NEW.state IS NOT DISTINCT FROM chr(1) THEN NEW.state := 'new'; END IF;",
                "contract Sql",
                "ALTER COLUMN state SET DEFAULT 'new'",
                "DROP COLUMN status",
            ],
        ),
        (
            "postgres:16",
            "ALTER TABLE users RENAME TO people",
            &[
                "ALTER TABLE users RENAME TO people",
                "CREATE VIEW users WITH (security_invoker = true) AS SELECT id, email, name",
                "undo DROP VIEW users",
                "undo ALTER TABLE people RENAME TO users",
                "switch Deploy",
                "contract Sql: Drop the view users",
            ],
        ),
        ("postgres:14", "ALTER TABLE users RENAME TO people", &["row-level security", "CREATE VIEW users AS"]),
        (
            "postgres:16",
            "ALTER TABLE users ALTER COLUMN age TYPE bigint",
            &["postgres-change-type", "NEW.age_new := CAST(NEW.age AS bigint)", "switch Sql: Exchange the names"],
        ),
        (
            "postgres:16",
            "ALTER TABLE users ALTER COLUMN email TYPE integer USING email::integer",
            &[
                "ADD COLUMN email_integer integer",
                "NEW.email_integer := (NEW.email::integer)",
                "CAST(NEW.email_integer AS text)",
            ],
        ),
        (
            "postgres:16",
            "ALTER TABLE users ALTER COLUMN status SET NOT NULL",
            &[
                "SET status = 'new' WHERE",
                "CHECK (status IS NOT NULL) NOT VALID",
                "VALIDATE",
                "SET NOT NULL",
                "DROP CONSTRAINT",
            ],
        ),
        (
            "postgres:18",
            "ALTER TABLE users ALTER COLUMN parent_id SET NOT NULL",
            &[
                "expand Verify",
                "ADD CONSTRAINT users_parent_id_not_null NOT NULL parent_id NOT VALID",
                "VALIDATE CONSTRAINT users_parent_id_not_null",
            ],
        ),
        (
            "postgres:16",
            "ALTER TABLE users ADD FOREIGN KEY (parent_id) REFERENCES parents",
            &[
                "CREATE INDEX CONCURRENTLY users_parent_id_idx ON users (parent_id)",
                "LOCK TABLE parents IN SHARE ROW EXCLUSIVE MODE",
                "ADD CONSTRAINT users_parent_id_fkey FOREIGN KEY (parent_id) REFERENCES parents NOT VALID",
                "undo LOCK TABLE parents IN ACCESS EXCLUSIVE MODE",
                "VALIDATE CONSTRAINT users_parent_id_fkey",
            ],
        ),
        (
            "postgres:16",
            "ALTER TABLE users ADD UNIQUE (name, age)",
            &[
                "expand Verify",
                "SET lock_timeout = 0",
                "CREATE UNIQUE INDEX CONCURRENTLY users_name_age_key ON users (name, age)",
                "undo DROP INDEX CONCURRENTLY IF EXISTS users_name_age_key",
                "UNIQUE USING INDEX users_name_age_key",
            ],
        ),
        (
            "postgres:16",
            "ALTER TABLE users ADD CHECK (age >= 0)",
            &["ADD CONSTRAINT users_age_check CHECK (age >= 0) NOT VALID", "VALIDATE CONSTRAINT users_age_check"],
        ),
        ("postgres:16", "CREATE INDEX ON users (age)", &["CREATE INDEX CONCURRENTLY users_age_idx ON users (age)"]),
        (
            "postgres:16",
            "CREATE INDEX events_at ON events (at)",
            &[
                "CREATE INDEX CONCURRENTLY events_1_at_idx ON events_1 (at)",
                "CREATE INDEX events_at ON ONLY events (at)",
                "ALTER INDEX events_at ATTACH PARTITION events_1_at_idx",
            ],
        ),
        (
            "postgres:16",
            "DROP INDEX users_lower_name_idx",
            &[
                "DROP INDEX CONCURRENTLY users_lower_name_idx",
                "undo CREATE INDEX CONCURRENTLY users_lower_name_idx ON users (lower(name))",
            ],
        ),
        ("postgres:16", "REINDEX TABLE users", &["REINDEX TABLE CONCURRENTLY users"]),
        (
            "postgres:11",
            "REINDEX INDEX users_lower_name_idx",
            &[
                "CREATE INDEX CONCURRENTLY users_lower_name_idx_new",
                "RENAME TO users_lower_name_idx_old",
                "DROP INDEX CONCURRENTLY users_lower_name_idx_old",
            ],
        ),
        (
            "postgres:16",
            "ALTER TABLE users DROP COLUMN name",
            &[
                "expand Sql: Let users.name be NULL",
                "switch Deploy",
                "contract Verify",
                "DROP INDEX CONCURRENTLY users_lower_name_idx",
                "ALTER TABLE users RENAME COLUMN name TO zz_lockstep_name_dropped",
                "ALTER TABLE users DROP COLUMN zz_lockstep_name_dropped",
            ],
        ),
        (
            "postgres:16",
            "DROP TABLE users",
            &[
                "switch Deploy",
                "LOCK TABLE users IN ACCESS EXCLUSIVE MODE",
                "ALTER TABLE orders DROP CONSTRAINT orders_user_id_fkey",
                "RENAME TO zz_lockstep_users_dropped",
                "contract Verify: Watch",
                "DROP TABLE zz_lockstep_users_dropped",
            ],
        ),
        (
            "postgres:16",
            "ALTER TABLE users ADD COLUMN key uuid NOT NULL DEFAULT gen_random_uuid()",
            &[
                "ADD COLUMN key uuid\n",
                "SET DEFAULT gen_random_uuid()",
                "SET key = gen_random_uuid() WHERE",
                "SET NOT NULL",
            ],
        ),
        (
            "postgres:16",
            "ALTER TABLE users ADD COLUMN number serial",
            &[
                "ADD COLUMN number integer\n",
                "CREATE SEQUENCE users_number_seq AS integer OWNED BY users.number",
                "SET DEFAULT nextval('users_number_seq'::regclass)",
            ],
        ),
        (
            "postgres:16",
            "ALTER TABLE users ADD COLUMN code text NOT NULL",
            &["ADD COLUMN code text\n", "expand Deploy", "migrate Verify", "SET NOT NULL"],
        ),
        (
            "postgres:16",
            "UPDATE users SET age = age + 1",
            &["migrate Backfill", "UPDATE users SET age = age + 1 WHERE id > zz_done"],
        ),
        (
            "postgres:16",
            "DELETE FROM users WHERE status = 'gone' OR age > 200",
            &["DELETE FROM users WHERE id > zz_done AND id <= zz_next AND (status = 'gone' OR age > 200)"],
        ),
        ("postgres:16", "REFRESH MATERIALIZED VIEW totals", &["REFRESH MATERIALIZED VIEW CONCURRENTLY totals"]),
        ("postgres:16", "TRUNCATE orders", &["contract Verify", "TRUNCATE orders"]),
        (
            "postgres:16",
            "ALTER TYPE mood RENAME VALUE 'sad' TO 'blue'",
            &["ADD VALUE IF NOT EXISTS 'blue' AFTER 'sad'", "switch Deploy", "SET feeling = 'blue' WHERE"],
        ),
        (
            "postgres:16",
            "ALTER TABLE events DETACH PARTITION events_1",
            &["switch Deploy", "DETACH PARTITION events_1 CONCURRENTLY"],
        ),
        (
            "postgres:16",
            "ALTER DOMAIN d SET NOT NULL",
            &[
                "List the columns",
                "CHECK (VALUE IS NOT NULL) NOT VALID",
                "ALTER DOMAIN d SET NOT NULL",
                "DROP CONSTRAINT",
            ],
        ),
        (
            "postgres:16",
            "ALTER VIEW adults RENAME TO grown",
            &["RENAME TO grown", "CREATE VIEW adults", "DROP VIEW adults"],
        ),
        (
            "postgres:16",
            "ALTER FUNCTION f(int) RENAME TO g",
            &[
                "ALTER FUNCTION f(int) RENAME TO g",
                "pg_get_functiondef",
                "'g(int)'::regprocedure",
                "DROP FUNCTION f(int)",
            ],
        ),
        (
            "postgres:16",
            "ALTER FUNCTION f(a int) RENAME TO g",
            &["switch Deploy", "ALTER FUNCTION f(a int) RENAME TO g", "undo ALTER FUNCTION g(a int) RENAME TO f"],
        ),
        (
            "postgres:16",
            "ALTER TYPE mood RENAME TO feeling",
            &["switch Deploy", "ALTER TYPE mood RENAME TO feeling", "undo ALTER TYPE feeling RENAME TO mood"],
        ),
        ("postgres:16", "VACUUM FULL users", &["postgres-window", "in a window", "VACUUM FULL users"]),
        ("postgres:16", "DO $$ BEGIN PERFORM purge(); END $$", &["approval"]),
    ] {
        assert_in_order(sql, &plan(engine, sql), fragments);
    }
}

#[test]
fn a_type_that_code_need_not_know_keeps_its_name() {
    let base = BASE
        .replace("CREATE MATERIALIZED VIEW", "CREATE VIEW")
        .replace("CREATE UNIQUE INDEX totals_id ON totals (id);", "");
    let sql = "ALTER TABLE users ALTER COLUMN age TYPE bigint";
    let draft = drafted("postgres:16", &base, sql, &Options::default()).unwrap();
    assert_in_order(
        sql,
        &lines(&draft),
        &[
            "ADD COLUMN age_new bigint",
            "NEW.age_new := CAST(NEW.age AS bigint);",
            "migrate Backfill",
            "switch Sql: Exchange the names of age and age_new",
            "LOCK TABLE users IN ACCESS EXCLUSIVE MODE",
            "RENAME COLUMN age TO age_old",
            "RENAME COLUMN age_new TO age",
            "ALTER COLUMN age SET DEFAULT 0",
            "ALTER COLUMN age_old DROP NOT NULL",
            "NEW.age_old := CASE WHEN NEW.age BETWEEN -2147483648 AND 2147483647 THEN CAST(NEW.age AS integer) END;",
            "undo BEGIN",
            "DROP COLUMN age_old",
        ],
    );
}

#[test]
fn the_application_may_write_both() {
    let options = Options { dual_write: DualWrite::Application, ..Options::default() };
    let sql = "ALTER TABLE users RENAME COLUMN name TO full_name";
    let plan = lines(&drafted("postgres:16", BASE, sql, &options).unwrap());
    assert!(!plan.contains("TRIGGER"), "{plan}");
    assert_in_order(
        sql,
        &plan,
        &[
            "ADD COLUMN full_name",
            "expand Deploy",
            "migrate Backfill",
            "switch Deploy",
            "contract Sql: Let users.name",
            "contract Deploy",
            "DROP COLUMN name",
        ],
    );
}

#[test]
fn an_unknown_table_is_read_by_the_server() {
    let sql = "ALTER TABLE app.users RENAME COLUMN name TO full_name";
    let draft = drafted("postgres:16", "", sql, &Options::default()).unwrap();
    assert_in_order(
        sql,
        &lines(&draft),
        &["expand Verify: List what", "format_type(atttypid, atttypmod)", "ADD COLUMN full_name ", "migrate Backfill"],
    );
    assert!(draft.notes.iter().any(|n| n.contains("assume an integer key `id`")), "{:?}", draft.notes);
}

/// Names that try to break out: everything that is printed must keep them inside quotes.
#[test]
fn hostile_names_stay_quoted() {
    let table = r#""we""ird; DROP TABLE x; $$ --""#;
    let base = format!(
        r#"CREATE TABLE {table} ("select" bigint PRIMARY KEY, "from" text NOT NULL DEFAULT 'a''b', "or $$ '" integer);
        CREATE INDEX "where; DROP TABLE y" ON {table} (lower("from"));"#
    );
    for change in [
        r#"RENAME COLUMN "from" TO "DROP TABLE x""#,
        r#"RENAME TO "DROP TABLE x; --""#,
        r#"ALTER COLUMN "or $$ '" TYPE bigint"#,
        r#"ALTER COLUMN "from" TYPE date"#,
        r#"ALTER COLUMN "or $$ '" SET NOT NULL"#,
        r#"ADD UNIQUE ("from")"#,
        r#"ADD CHECK ("from" <> 'DROP TABLE x')"#,
        r#"ADD FOREIGN KEY ("or $$ '") REFERENCES "DROP TABLE x" ("select")"#,
        r#"ADD COLUMN "DROP TABLE x" serial"#,
        r#"ADD COLUMN "DROP TABLE x" bigint GENERATED ALWAYS AS IDENTITY"#,
        r#"DROP COLUMN "from""#,
    ] {
        let sql = format!("ALTER TABLE {table} {change}");
        for engine in ["postgres:11", "postgres:16", "postgres:18"] {
            let draft = drafted(engine, &base, &sql, &Options::default()).unwrap_or_else(|| panic!("{sql}"));
            for step in &draft.steps {
                let undo = match &step.undo {
                    UndoDraft::Sql { run, .. } => run.as_slice(),
                    UndoDraft::Nothing | UndoDraft::Action(_) | UndoDraft::Impossible(_) => &[],
                };
                let check = step.check.iter().map(|c| c.sql.as_str());
                for text in step.run.iter().chain(undo).map(|r| r.sql.as_str()).chain(check) {
                    let bare = unquoted(text).to_uppercase();
                    for word in ["DROP TABLE", "WE", "IRD", "SELECT BIGINT", "FROM\" "] {
                        let whole = format!(" {bare} ");
                        let found = whole.split(|c: char| !c.is_alphanumeric() && c != ' ').any(|p| p.trim() == word);
                        assert!(!found, "{engine} {sql}: `{word}` outside quotes in\n{text}\n→ {bare}");
                    }
                }
            }
        }
    }
}

/// What is left when quoted names, strings and comments are taken away; bodies between dollar quotes stay.
fn unquoted(sql: &str) -> String {
    let mut out = String::new();
    let mut rest = sql;
    while let Some(c) = rest.chars().next() {
        let len = match c {
            '\'' | '"' => {
                let mut end = c.len_utf8();
                loop {
                    match rest.get(end..).and_then(|tail| tail.find(c)) {
                        None => break rest.len(),
                        Some(at) => {
                            end += at + 1;
                            if !rest.get(end..).is_some_and(|tail| tail.starts_with(c)) {
                                break end;
                            }
                            end += 1;
                        }
                    }
                }
            }
            '-' if rest.starts_with("--") => rest.find('\n').unwrap_or(rest.len()),
            c => {
                out.push(c);
                c.len_utf8()
            }
        };
        rest = rest.get(len..).unwrap_or("");
    }
    out
}
