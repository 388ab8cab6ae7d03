//! Forms as tables (`core/tests-data/forms`), the changes that headers give by themselves, groups, problems.

#![allow(clippy::unwrap_used, clippy::indexing_slicing, clippy::string_slice, clippy::panic)]

use super::*;
use crate::change::*;

const FORMS: [(&str, &str); 4] = [
    ("postgres:18", include_str!("../../tests-data/forms/postgres.tsv")),
    ("mysql:9", include_str!("../../tests-data/forms/mysql.tsv")),
    ("mariadb:11.8", include_str!("../../tests-data/forms/mariadb.tsv")),
    ("sqlite:3.54", include_str!("../../tests-data/forms/sqlite.tsv")),
];

fn read(engine: &str, sql: &str) -> Script {
    parse(sql, Target::parse(engine).unwrap())
}

fn changes(engine: &str, sql: &str) -> Vec<Change> {
    let script = read(engine, sql);
    script.statements.into_iter().flat_map(|s| s.changes).map(|a| a.change).collect()
}

fn rows(table: &'static str) -> Vec<(&'static str, &'static str)> {
    table.lines().map(|row| row.split_once('\t').unwrap()).collect()
}

#[test]
fn names_every_form() {
    for (engine, table) in FORMS {
        for (form, sql) in rows(table) {
            let script = read(engine, sql);
            let forms: Vec<&str> = script.statements.iter().map(|s| s.form.as_str()).collect();
            assert_eq!(forms, [form], "{engine}: {sql}");
            let statement = &script.statements[0];
            assert!(statement.understood, "{engine}: {sql}: {:?}", script.problems);
            assert!(!statement.changes.is_empty(), "{engine}: {sql}");
            let end = if sql.ends_with("*/") { statement.span.end } else { sql.len() };
            assert_eq!(statement.span, Span::new(0, end), "{engine}: {sql}");
            assert_eq!(script.problems, [], "{engine}: {sql}");
        }
    }
}

#[test]
fn names_them_in_a_row_and_in_lower_case() {
    for (engine, table) in FORMS {
        let rows = rows(table);
        let forms: Vec<&str> = rows.iter().map(|r| r.0).collect();
        let text: String = rows.iter().map(|r| format!("{};\r\n", r.1)).collect();
        let script = read(engine, &text);
        let found: Vec<&str> = script.statements.iter().map(|s| s.form.as_str()).collect();
        assert_eq!(found, forms, "{engine}");
        // Letters in strings do not matter to the form.
        let script = read(engine, &text.to_lowercase());
        let found: Vec<&str> = script.statements.iter().map(|s| s.form.as_str()).collect();
        assert_eq!(found, forms, "{engine}");
    }
}

fn name(object: &str) -> Name {
    Name::new(object)
}

fn ident(value: &str) -> Ident {
    Ident::new(value)
}

fn drop_index(index: &str, concurrently: bool) -> Change {
    Change::DropIndex { name: name(index), table: None, concurrently, if_exists: false, cascade: false }
}

fn option(table: &str, option: TableOption) -> Change {
    Change::SetTableOption { table: name(table), option }
}

fn partition(table: &str, action: PartitionAction) -> Change {
    Change::Partition { table: name(table), action }
}

fn object(verb: ObjectVerb, kind: ObjectKind, object: Option<&str>, on: Option<Name>) -> Change {
    Change::Object { verb, kind, name: object.map(Name::new), on, text: String::new() }
}

#[test]
fn gives_changes_from_headers() {
    let pg = "postgres:18";
    let my = "mysql:9";
    let hint = |name: &str, value: &str| TableOption::RunHint { name: name.into(), value: value.into() };
    for (engine, sql, expected) in [
        (pg, "DROP INDEX CONCURRENTLY A, \"B\"", vec![drop_index("a", true), drop_index("B", true)]),
        (
            pg,
            "DROP TABLE IF EXISTS s.a, b CASCADE",
            vec![Change::DropTable {
                tables: vec![Name::qualified("s", "a"), name("b")],
                if_exists: true,
                cascade: true,
                temporary: false,
            }],
        ),
        (
            pg,
            "TRUNCATE ONLY a, b CASCADE",
            vec![Change::Truncate { tables: vec![name("a"), name("b")], cascade: true }],
        ),
        (pg, "ALTER TABLE a RENAME TO b", vec![Change::RenameTable { table: name("a"), to: name("b") }]),
        (
            pg,
            "ALTER TABLE a RENAME x TO y",
            vec![Change::RenameColumn { table: name("a"), from: ident("x"), to: ident("y") }],
        ),
        (
            pg,
            "ALTER TABLE a RENAME CONSTRAINT x TO y",
            vec![Change::RenameConstraint { table: name("a"), from: ident("x"), to: ident("y") }],
        ),
        (
            pg,
            "ALTER TABLE a DROP b, ALTER c SET NOT NULL, ALTER COLUMN d DROP NOT NULL, ALTER e DROP DEFAULT",
            vec![
                Change::DropColumn { table: name("a"), column: ident("b"), if_exists: false, cascade: false },
                Change::SetNotNull { table: name("a"), column: ident("c"), only: false },
                Change::DropNotNull { table: name("a"), column: ident("d") },
                Change::DropDefault { table: name("a"), column: ident("e") },
            ],
        ),
        (
            pg,
            "ALTER TABLE a VALIDATE CONSTRAINT c",
            vec![Change::ValidateConstraint { table: name("a"), name: ident("c") }],
        ),
        (
            pg,
            "ALTER TABLE a ALTER CONSTRAINT c NOT ENFORCED",
            vec![Change::AlterConstraint {
                table: name("a"),
                name: ident("c"),
                enforced: Some(false),
                no_inherit: false,
            }],
        ),
        (
            pg,
            "ALTER TABLE a SET (Fillfactor = 70, toast.autovacuum_enabled = off)",
            vec![option("a", TableOption::Parameters(vec!["fillfactor".into(), "toast.autovacuum_enabled".into()]))],
        ),
        (
            pg,
            "ALTER TABLE a DETACH PARTITION b CONCURRENTLY",
            vec![partition("a", PartitionAction::Detach { partition: name("b"), concurrently: true, finalize: false })],
        ),
        (
            pg,
            "ALTER TABLE a ATTACH PARTITION b FOR VALUES IN (1, 2)",
            vec![partition(
                "a",
                PartitionAction::Attach { partition: name("b"), bound: "FOR VALUES IN (1, 2)".into() },
            )],
        ),
        (
            pg,
            "CREATE TYPE s.m AS ENUM ('a', 'it''s')",
            vec![Change::CreateEnum { name: Name::qualified("s", "m"), labels: vec!["a".into(), "it's".into()] }],
        ),
        (
            pg,
            "ALTER TYPE m ADD VALUE 'c' BEFORE 'b'",
            vec![Change::AddEnumValue { name: name("m"), value: "c".into(), positioned: true, if_not_exists: false }],
        ),
        (
            pg,
            "COMMENT ON COLUMN s.t.c IS 'a' 'b'",
            vec![object(ObjectVerb::Comment, ObjectKind::Column, Some("c"), Some(Name::qualified("s", "t")))],
        ),
        (
            pg,
            "CREATE TRIGGER g AFTER UPDATE OF a ON t EXECUTE FUNCTION f('x')",
            vec![Change::Object {
                verb: ObjectVerb::Create,
                kind: ObjectKind::Trigger,
                name: Some(name("g")),
                on: Some(name("t")),
                text: "CREATE TRIGGER g AFTER UPDATE OF a ON t EXECUTE FUNCTION f('x')".into(),
            }],
        ),
        (
            pg,
            "DROP FUNCTION f(int, text), g()",
            vec![
                object(ObjectVerb::Drop, ObjectKind::Function, Some("f"), None),
                object(ObjectVerb::Drop, ObjectKind::Function, Some("g"), None),
            ],
        ),
        (
            pg,
            "REINDEX TABLE CONCURRENTLY t",
            vec![Change::Reindex { scope: ReindexScope::Table, name: Some(name("t")), concurrently: true }],
        ),
        (
            pg,
            "VACUUM (FULL, ANALYZE) t",
            vec![Change::Maintain { command: Maintenance::VacuumFull, tables: vec![name("t")] }],
        ),
        (
            pg,
            "LOCK TABLE a, b IN SHARE MODE NOWAIT",
            vec![Change::LockTable { tables: vec![name("a"), name("b")], mode: "IN SHARE MODE NOWAIT".into() }],
        ),
        (
            pg,
            "SET LOCAL lock_timeout = '2s'",
            vec![Change::Session(SessionSetting {
                verb: "set".into(),
                name: "lock_timeout".into(),
                value: "'2s'".into(),
                local: true,
            })],
        ),
        (pg, "SELECT count(*), max(a) FROM t", vec![Change::reads()]),
        (pg, "SELECT setval('s', 1)", vec![Change::reads()]),
        (pg, "SELECT my_migration()", vec![Change::Query { calls_functions: true, locks: Vec::new() }]),
        (
            pg,
            "COPY t FROM stdin;\n1\n2\n\\.\n",
            vec![Change::Insert { table: name("t"), from_query: true, rows: Some(2), source: Vec::new() }],
        ),
        (
            pg,
            "DO $$ BEGIN ALTER TABLE a ADD b int; EXECUTE 'UPDATE c SET d = 1'; END $$",
            vec![Change::Opaque { form: "do".into(), why: OpaqueWhy::RunsCode, touches: vec![name("a"), name("c")] }],
        ),
        (
            pg,
            "WITH d AS (DELETE FROM a RETURNING *) INSERT INTO b SELECT * FROM d",
            vec![
                Change::Delete { table: name("a"), filter: RowFilter::All },
                Change::Insert { table: name("b"), from_query: true, rows: None, source: Vec::new() },
            ],
        ),
        (
            my,
            "RENAME TABLE a TO b, c TO d",
            vec![
                Change::RenameTable { table: name("a"), to: name("b") },
                Change::RenameTable { table: name("c"), to: name("d") },
            ],
        ),
        (
            my,
            "ALTER TABLE A DROP KEY k, DROP PRIMARY KEY, DROP FOREIGN KEY f, LOCK = NONE",
            vec![
                Change::DropIndex {
                    name: name("k"),
                    table: Some(name("A")),
                    concurrently: false,
                    if_exists: false,
                    cascade: false,
                },
                Change::DropConstraint {
                    table: name("A"),
                    name: None,
                    kind: Some(ConstraintClass::PrimaryKey),
                    if_exists: false,
                    cascade: false,
                },
                Change::DropConstraint {
                    table: name("A"),
                    name: Some(ident("f")),
                    kind: Some(ConstraintClass::ForeignKey),
                    if_exists: false,
                    cascade: false,
                },
                option("A", hint("lock", "NONE")),
            ],
        ),
        (
            my,
            "ALTER TABLE a ENGINE=InnoDB ROW_FORMAT=Dynamic DEFAULT CHARSET=utf8 COLLATE utf8_bin COMMENT 'x'",
            vec![
                option("a", TableOption::Engine("innodb".into())),
                option("a", TableOption::RowFormat("dynamic".into())),
                option(
                    "a",
                    TableOption::DefaultCharset(Charset {
                        charset: Some("utf8".into()),
                        collation: Some("utf8_bin".into()),
                    }),
                ),
                option("a", TableOption::Comment),
            ],
        ),
        (
            my,
            "ALTER TABLE a DROP PARTITION p0, p1, ALGORITHM=INPLACE",
            vec![partition("a", PartitionAction::Drop), option("a", hint("algorithm", "INPLACE"))],
        ),
        (
            my,
            "ALTER TABLE a ORDER BY b, c DESC, FORCE",
            vec![option("a", TableOption::OrderBy), option("a", TableOption::Force)],
        ),
        (
            my,
            "ALTER TABLE a RENAME KEY b TO c",
            vec![Change::RenameIndex { name: name("b"), table: Some(name("a")), to: ident("c") }],
        ),
        (
            my,
            "DELETE x, b FROM accounts AS x JOIN b ON x.id = b.id",
            vec![
                Change::Delete { table: name("accounts"), filter: RowFilter::All },
                Change::Delete { table: name("b"), filter: RowFilter::All },
            ],
        ),
        (
            my,
            "INSERT INTO t VALUES (1, (2)), (3, 4) ON DUPLICATE KEY UPDATE a = VALUES(a)",
            vec![Change::Insert { table: name("t"), from_query: false, rows: Some(2), source: Vec::new() }],
        ),
        (
            "mariadb:11.8",
            "ALTER ONLINE TABLE a WAIT 5 DROP COLUMN IF EXISTS b",
            vec![
                option("a", hint("lock", "NONE")),
                option("a", hint("wait", "5")),
                Change::DropColumn { table: name("a"), column: ident("b"), if_exists: true, cascade: false },
            ],
        ),
        (
            "sqlite:3.45",
            "PRAGMA main.Foreign_Keys(off)",
            vec![Change::Session(SessionSetting {
                verb: "pragma".into(),
                name: "foreign_keys".into(),
                value: "off".into(),
                local: false,
            })],
        ),
    ] {
        let mut found = changes(engine, sql);
        for change in &mut found {
            if let Change::Object { verb: ObjectVerb::Alter | ObjectVerb::Rename | ObjectVerb::Drop, text, .. } = change
            {
                text.clear();
            }
        }
        assert_eq!(found, expected, "{engine}: {sql}");
    }
}

#[test]
fn folds_names_as_the_engine_does() {
    for (engine, sql, expected) in [
        ("postgres:18", "DROP VIEW Foo", "foo"),
        ("postgres:18", "DROP VIEW \"Fo\"\"o\"", "Fo\"o"),
        ("postgres:18", "DROP VIEW U&\"d\\0061t\\+000061\"", "data"),
        ("mysql:8.0", "DROP VIEW `Fo``o`", "Fo`o"),
        ("mysql:8.0", "DROP VIEW Foo", "Foo"),
        ("sqlite:3.45", "DROP VIEW [Foo bar]", "Foo bar"),
        ("sqlite:3.45", "DROP VIEW 'Foo'", "Foo"),
    ] {
        match changes(engine, sql).as_slice() {
            [Change::DropView { names, .. }] => assert_eq!(*names, [name(expected)], "{sql}"),
            other => panic!("{sql}: {other:?}"),
        }
    }
}

#[test]
fn a_statement_in_an_executable_comment_keeps_its_fences() {
    let text = "/*!40101 SET NAMES utf8 */; /*!50001 CREATE */ /*!50001 VIEW `v` AS SELECT 1 */;";
    for statement in read("mysql:8.0", text).statements {
        let quoted = statement.span.of(text);
        assert!(quoted.starts_with("/*!") && quoted.ends_with("*/"), "{quoted}");
        assert_eq!(statement.changes.iter().map(|a| a.span).collect::<Vec<_>>(), [statement.span]);
    }
}

#[test]
fn numbers_transactions() {
    let script = read("postgres:18", "a; BEGIN; b; COMMIT; c; START TRANSACTION; d; ROLLBACK; BEGIN; e");
    let numbers: Vec<Option<u32>> = script.statements.iter().map(|s| s.transaction).collect();
    let (zero, one, two) = (Some(0), Some(1), Some(2));
    assert_eq!(numbers, [None, zero, zero, zero, None, one, one, one, two, two]);
}

/// A text; how many of its statements, from which one on, are one group; which of them stands for it.
const REBUILDS: &[(&str, &str, usize, usize, usize)] = &[
    (
        "sqlite:3.45",
        "PRAGMA foreign_keys=OFF; CREATE TABLE n (a); INSERT INTO n SELECT a FROM T; DROP TABLE T; ALTER TABLE n RENAME TO T; CREATE INDEX i ON T (a); PRAGMA foreign_keys=ON; SELECT 1",
        0,
        7,
        4,
    ),
    (
        "sqlite:3.45",
        "SELECT 1; BEGIN; CREATE TABLE n (a); INSERT INTO n SELECT a FROM T; DROP TABLE T; ALTER TABLE n RENAME TO T; COMMIT",
        1,
        6,
        5,
    ),
    (
        "sqlite:3.45",
        "BEGIN; SELECT 1; CREATE TABLE n (a); INSERT INTO n SELECT a FROM T; DROP TABLE T; ALTER TABLE n RENAME TO T; COMMIT",
        2,
        4,
        5,
    ),
    (
        "sqlite:3.45",
        "ALTER TABLE T RENAME TO old; CREATE TABLE T (a); INSERT INTO T SELECT a FROM old; DROP TABLE old; CREATE INDEX i ON T (a)",
        0,
        5,
        3,
    ),
    (
        "sqlite:3.45",
        "CREATE TEMPORARY TABLE b AS SELECT * FROM T; DROP TABLE T; CREATE TABLE T (a); INSERT INTO T SELECT a FROM b; DROP TABLE b",
        0,
        5,
        4,
    ),
    (
        "sqlite:3.45",
        "CREATE TABLE b (a); INSERT INTO b SELECT a FROM T; DROP TABLE T; CREATE TABLE T (a); INSERT INTO T SELECT a FROM b; DROP TABLE b",
        0,
        6,
        5,
    ),
    (
        "sqlite:3.45",
        "CREATE TABLE n (a); INSERT INTO n SELECT a FROM T; ALTER TABLE T RENAME TO old; ALTER TABLE n RENAME TO T; DROP TABLE old",
        0,
        4,
        3,
    ),
    (
        "mysql:8.0",
        "CREATE TABLE n LIKE T; ALTER TABLE n ADD b int; INSERT INTO n (a) SELECT a FROM T; RENAME TABLE T TO old, n TO T; DROP TABLE old",
        0,
        4,
        3,
    ),
];

#[test]
fn recognises_rebuilds() {
    for (engine, text, first, count, carrier) in REBUILDS {
        let script = read(engine, text);
        let groups: Vec<usize> =
            script.statements.iter().enumerate().filter(|(_, s)| s.group == Some(0)).map(|(n, _)| n).collect();
        assert_eq!(groups, (*first..first + count).collect::<Vec<_>>(), "{text}");
        match script.statements[*carrier].changes.as_slice() {
            [Action { change: Change::RebuildTable { table, .. }, .. }] => assert_eq!(*table, name("T"), "{text}"),
            other => panic!("{text}: {other:?}"),
        }
    }
}

#[test]
fn a_rebuild_knows_its_new_shape() {
    let text = REBUILDS[0].1;
    let rebuilt = changes("sqlite:3.45", text).into_iter().find_map(|c| match c {
        Change::RebuildTable { to, .. } => to,
        _ => None,
    });
    let to = rebuilt.unwrap();
    assert_eq!((to.name.clone(), to.columns.len(), to.indexes.len()), (name("T"), 1, 1));
}

#[test]
fn takes_nothing_else_for_a_rebuild() {
    for text in [
        "CREATE TABLE n (a); DROP TABLE T; ALTER TABLE n RENAME TO T",
        "CREATE TABLE n (a); INSERT INTO n SELECT a FROM U; DROP TABLE T; ALTER TABLE n RENAME TO T",
        "CREATE TABLE n (a); INSERT INTO n VALUES (1); DROP TABLE T; ALTER TABLE n RENAME TO T",
        "CREATE TABLE n (a); INSERT INTO n SELECT a FROM T; DROP TABLE T",
        "INSERT INTO n SELECT a FROM T; DROP TABLE T; ALTER TABLE n RENAME TO T",
    ] {
        assert!(read("sqlite:3.45", text).statements.iter().all(|s| s.group.is_none()), "{text}");
    }
}

#[test]
fn other_changes_in_the_block_of_a_rebuild_are_kept() {
    let text = "PRAGMA foreign_keys=OFF; CREATE TABLE n (a); INSERT INTO n SELECT a FROM T; DROP TABLE T; \
                ALTER TABLE n RENAME TO T; DROP TABLE U; UPDATE V SET a = 1; PRAGMA foreign_keys=ON;";
    let script = read("sqlite:3.45", text);
    let carrier: Vec<&Change> = script.statements[4].changes.iter().map(|a| &a.change).collect();
    assert!(
        matches!(carrier.as_slice(), [Change::RebuildTable { .. }, Change::DropTable { .. }, Change::Update { .. },]),
        "{carrier:?}"
    );
}

#[test]
fn two_rebuilds_in_one_block_are_one_group() {
    let one = |t: &str| {
        format!(
            "CREATE TABLE n{t} (a); INSERT INTO n{t} SELECT a FROM {t}; DROP TABLE {t}; ALTER TABLE n{t} RENAME TO {t};"
        )
    };
    let text = format!("PRAGMA foreign_keys=OFF;{}{}PRAGMA foreign_keys=ON;", one("t"), one("u"));
    let script = read("sqlite:3.45", &text);
    assert!(script.statements.iter().all(|s| s.group == Some(0)));
    let rebuilt = |s: &&Statement| s.changes.iter().any(|a| matches!(a.change, Change::RebuildTable { .. }));
    let carriers: Vec<&Statement> = script.statements.iter().filter(rebuilt).collect();
    assert_eq!(carriers.len(), 1);
    assert_eq!(carriers[0].changes.len(), 2);
}

/// Text in which something is wrong: engine; text; the problems; the forms that are still read.
const PROBLEMS: &[(&str, &str, &[&str], &[&str])] = &[
    ("postgres:18", "frobnicate x; DROP TABLE t", &["unknown-statement"], &["unknown", "drop table"]),
    (
        "postgres:18",
        "ALTER TABLE t FROBNICATE x, DROP a",
        &["unknown-statement"],
        &["alter table unknown action, drop column"],
    ),
    ("postgres:18", "DROP TABLE 'x;\nDROP TABLE t", &["unterminated-quote"], &["drop table", "drop table"]),
    ("postgres:18", "DROP TABLE {{ t }}; DROP TABLE u", &["template-placeholder"], &["drop table", "drop table"]),
    ("postgres:18", "INSERT INTO t VALUES ('{{ t }}')", &[], &["insert"]),
    (
        "postgres:18",
        "-- migrate:up\nDROP TABLE t;\n-- migrate:down\nDROP TABLE u;",
        &["down-part-left-out"],
        &["drop table"],
    ),
    ("postgres:18", "SELECT 1;\0", &["not-a-text"], &[]),
    ("postgres:18", "", &[], &[]),
    ("postgres:18", "/* nothing */ ;;", &[], &[]),
    ("postgres:18", "\\i other.sql\nDROP TABLE t", &[], &["client command", "drop table"]),
    (
        "mysql:8.0",
        "CREATE TRIGGER a BEFORE INSERT ON t FOR EACH ROW BEGIN SET @a = 1; DROP TABLE t",
        &["unterminated-body"],
        &["create trigger", "drop table"],
    ),
];

#[test]
fn says_what_is_wrong_and_reads_on() {
    for (engine, text, problems, forms) in PROBLEMS {
        let script = read(engine, text);
        let ids: Vec<&str> = script.problems.iter().map(|p| p.id).collect();
        assert_eq!(ids, *problems, "{engine}: {text}");
        let found: Vec<&str> = script.statements.iter().map(|s| s.form.as_str()).collect();
        assert_eq!(found, *forms, "{engine}: {text}");
    }
}

#[test]
fn savepoints_are_named() {
    use TransactionVerb::{Release, RollbackTo, Savepoint};
    let a = || Ident::new("a");
    for (text, verb) in [
        ("SAVEPOINT a", Savepoint(a())),
        ("ROLLBACK TO a", RollbackTo(a())),
        ("rollback work to savepoint A", RollbackTo(a())),
        ("ROLLBACK TRANSACTION TO SAVEPOINT \"a\"", RollbackTo(a())),
        ("ROLLBACK TO savepoint", RollbackTo(Ident::new("savepoint"))),
        ("RELEASE SAVEPOINT a", Release),
    ] {
        assert_eq!(changes("postgres:18", text), vec![Change::Transaction(verb)], "{text}");
    }
}

#[test]
fn what_cannot_be_seen_into_is_opaque() {
    for (engine, text, expected) in [
        ("postgres:18", "CALL p()", OpaqueWhy::RunsCode),
        ("postgres:18", "\\i other.sql", OpaqueWhy::RunsCode),
        ("postgres:18", "EXPLAIN ANALYZE DELETE FROM t", OpaqueWhy::RunsCode),
        ("postgres:18", "frobnicate x", OpaqueWhy::UnknownStatement),
        ("postgres:18", "DROP TABLE ${t}", OpaqueWhy::Template),
        ("postgres:18", "DROP TABLE \"x", OpaqueWhy::Unterminated),
        ("mysql:8.0", "PREPARE s FROM @sql", OpaqueWhy::DynamicSql),
        ("mysql:8.0", "SHUTDOWN", OpaqueWhy::RunsCode),
    ] {
        match changes(engine, text).as_slice() {
            [Change::Opaque { why, .. }] => assert_eq!(*why, expected, "{text}"),
            other => panic!("{text}: {other:?}"),
        }
    }
}

#[test]
fn what_is_too_deep_never_reaches_the_inside() {
    for default in
        ["1+".repeat(5_000) + "1", "(".repeat(500) + "1" + &")".repeat(500), "x".to_string() + &"::int".repeat(5_000)]
    {
        let script = read("postgres:18", &format!("ALTER TABLE t ADD COLUMN a int DEFAULT {default}; DROP TABLE u"));
        assert_eq!(script.problems.iter().map(|p| p.id).collect::<Vec<_>>(), ["too-deep"]);
        assert!(!script.statements[0].understood);
        match &script.statements[0].changes[0].change {
            Change::AddColumn { column, .. } => {
                assert_eq!(column.default.as_ref().map(|d| d.volatility), Some(Volatility::Unknown));
            }
            other => panic!("{other:?}"),
        }
        assert_eq!(script.statements[1].form, "drop table");
    }
}

#[test]
fn refuses_what_is_too_long() {
    let script = read("postgres:18", &"a".repeat(MAX_BYTES + 1));
    assert_eq!(script.problems.iter().map(|p| p.id).collect::<Vec<_>>(), ["too-long"]);
    assert!(script.statements.is_empty());
}

#[test]
fn reads_every_beginning_of_every_form() {
    for (engine, table) in FORMS {
        for (n, (_, sql)) in rows(table).into_iter().enumerate() {
            // One cut per statement, at another place each time.
            let cut = sql.char_indices().map(|(at, _)| at).nth(n * 7 % sql.chars().count()).unwrap();
            for script in [read(engine, &sql[..cut]), read(engine, &sql[cut..])] {
                for statement in &script.statements {
                    assert!(statement.span.end <= sql.len() && !statement.changes.is_empty());
                }
            }
        }
    }
}
