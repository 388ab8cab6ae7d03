//! Input made to break a parser: long chains, deep nesting, garbage. Each on a stack of 1 MiB.

use super::*;
use crate::target::Target;

const TARGETS: [&str; 4] = ["postgres:18", "mysql:8.4", "mariadb:11.8", "sqlite:3.50"];

fn on_small_stack(work: impl FnOnce() + Send + 'static) {
    std::thread::Builder::new().stack_size(1 << 20).spawn(work).expect("a thread").join().expect("no panic");
}

/// Every entry with an expression in each place where one can stand.
fn with_expression(expression: &str, target: Target) -> Vec<Unread> {
    let table = Name::new("t");
    let results = [
        create_table(&format!("CREATE TABLE t (a int DEFAULT ({expression}), b int)"), target).err(),
        create_table(&format!("CREATE TABLE t (a int, CHECK ({expression}))"), target).err(),
        create_index(&format!("CREATE INDEX i ON t (({expression}))"), target).err(),
        alter_action(&table, &format!("ADD CONSTRAINT c CHECK ({expression})"), target).err(),
        alter_action(&table, &format!("ALTER COLUMN a SET DEFAULT {expression}"), target).err(),
        dml(&format!("DELETE FROM t WHERE {expression}"), target).err(),
        create_view(&format!("CREATE VIEW v AS SELECT {expression}"), target).err(),
    ];
    expr(expression, target);
    data_type(expression, target);
    results.into_iter().map(|result| result.unwrap_or(Unread::Refused("it was read".to_string()))).collect()
}

#[test]
fn long_chains_are_too_deep() {
    let chains = [
        "1".to_string() + &"+1".repeat(5_000),
        "a".to_string() + &" OR a".repeat(5_000),
        "a".to_string() + &" AND NOT a".repeat(5_000),
        "a".to_string() + &"||a".repeat(5_000),
        "a".to_string() + &" IS NULL".repeat(5_000),
        "a".to_string() + &" COLLATE b".repeat(5_000),
        "a".to_string() + &" - a".repeat(5_000),
        "(".repeat(10_000) + "1" + &")".repeat(10_000),
        "f(".repeat(10_000) + "1" + &")".repeat(10_000),
        "CASE WHEN a THEN ".repeat(1_000) + "1" + &" END".repeat(1_000),
        "SELECT 1".to_string() + &" UNION SELECT 1".repeat(5_000),
        "- ".repeat(5_000) + "1",
        "NOT ".repeat(5_000) + "a",
        format!("({}) + {}", "1+".repeat(300) + "1", "(".to_string() + &"1+".repeat(300) + "1)"),
    ];
    on_small_stack(move || {
        for target in TARGETS {
            let target = Target::parse(target).expect("a target");
            for chain in &chains[..13] {
                for unread in with_expression(chain, target) {
                    assert_eq!(unread, Unread::TooDeep, "{target:?} {:.40}", chain);
                }
            }
            // Two chains side by side are no higher than one.
            for unread in with_expression(&chains[13], target) {
                assert_eq!(unread, Unread::Refused("it was read".to_string()));
            }
        }
    });
}

#[test]
fn long_chains_of_postgres_are_too_deep() {
    let chains = [
        "a".to_string() + &"::int".repeat(5_000),
        "a".to_string() + &"[1]".repeat(5_000),
        "a".to_string() + &"->'x'".repeat(5_000),
        "a".to_string() + &" AT TIME ZONE 'UTC'".repeat(5_000),
        "a".to_string() + &" # 1".repeat(5_000),
        "a".to_string() + &" <".repeat(5_000) + " 1",
    ];
    on_small_stack(move || {
        let target = Target::parse("postgres:18").expect("a target");
        for chain in &chains {
            for unread in with_expression(chain, target) {
                assert_eq!(unread, Unread::TooDeep, "{:.40}", chain);
            }
        }
    });
}

/// Chains that only this code reads, or that are lists: no tree, no limit.
#[test]
fn long_lists_are_read() {
    on_small_stack(|| {
        for name in TARGETS {
            let target = Target::parse(name).expect("a target");
            let rows = "(1, -2, 'x', NULL, now()), ".repeat(20_000) + "(1, 2, 'x', NULL, now())";
            let insert = dml(&format!("INSERT INTO t VALUES {rows}"), target);
            assert!(matches!(insert, Ok(Change::Insert { rows: Some(20_001), .. })), "{name}");
            let list = "-1, ".repeat(5_000) + "-1";
            assert!(dml(&format!("DELETE FROM t WHERE a IN ({list})"), target).is_ok(), "{name}");
            let columns: Vec<String> = (0..5_000).map(|n| format!("c{n} int DEFAULT 1 + 1 CHECK (c{n} > 0)")).collect();
            let Ok(Change::CreateTable(table)) =
                create_table(&format!("CREATE TABLE t ({})", columns.join(", ")), target)
            else {
                panic!("{name}: not read");
            };
            assert_eq!((table.columns.len(), table.complete), (5_000, true), "{name}");
        }
        let target = Target::parse("postgres:18").expect("a target");
        let dimensions = "int".to_string() + &"[]".repeat(10_000);
        assert_eq!(data_type(&dimensions, target).map(|data_type| data_type.array), Some(u8::MAX));
    });
}

/// The nesting that is let through fits the stack, also when the parser recurses several times a level.
#[test]
fn deepest_nesting_fits_the_stack() {
    on_small_stack(|| {
        for name in TARGETS {
            let target = Target::parse(name).expect("a target");
            for (open, close) in
                [("(", ")"), ("f(", ")"), ("(SELECT ", ")"), ("CASE WHEN a THEN ", " END"), ("(1 + ", " + 2)")]
            {
                for depth in 1..=52 {
                    with_expression(&(open.repeat(depth) + "1" + &close.repeat(depth)), target);
                }
            }
        }
    });
}

/// Pieces of SQL in any order: nothing panics, and whatever is read was read to the end.
#[test]
fn garbage_never_panics() {
    #[rustfmt::skip]
    const PIECES: [&str; 72] = [
        "CREATE", "TABLE", "INDEX", "VIEW", "UNIQUE", "t", "a",
        "\"B\"",
        "`c`", "[d]", "(", ")", ",", ".", "[", "]", "int", "varchar(10)", "NOT", "NULL", "DEFAULT", "1", "'x'", "now()",
        "PRIMARY", "KEY", "CHECK", "REFERENCES", "CONSTRAINT", "FOREIGN", "ADD", "COLUMN", "ALTER", "TYPE", "USING",
        "MODIFY", "CHANGE", "ON", "DELETE", "UPDATE", "SET", "WHERE", "FROM", "INSERT", "INTO", "VALUES", "SELECT",
        "WITH", "AS", "PARTITION", "BY", "OF", "LIKE", "GENERATED", "ALWAYS", "IDENTITY", "COLLATE", "::", "=", "+",
        "->>", "--x\n", "/*", "*/", "/*!50000", "$$", "$1", "é😀", "{", ";", "@x", "E'\\'",
    ];
    // xorshift: the same pieces every time, no dependency.
    let mut state: u64 = 0x9e37_79b9_7f4a_7c15;
    let mut next = move |below: usize| {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        usize::try_from(state % below as u64).expect("below")
    };
    let starts = [
        "",
        "CREATE TABLE t (",
        "CREATE TABLE t (a ",
        "CREATE INDEX i ON t (",
        "ADD COLUMN a ",
        "ADD CONSTRAINT c ",
        "INSERT INTO t ",
        "UPDATE t SET a = 1 ",
        "DELETE FROM t ",
        "CREATE VIEW v AS ",
    ];
    for round in 0..2_000 {
        let mut text = starts[next(starts.len())].to_string();
        for _ in 0..next(14) {
            text += PIECES[next(PIECES.len())];
            text += if next(8) == 0 { "" } else { " " };
        }
        if round % 3 == 0 && !text.contains("CREATE TABLE t (a ") {
            text.push(')');
        }
        for name in TARGETS {
            let target = Target::parse(name).expect("a target");
            let _ = create_table(&text, target);
            let _ = alter_action(&Name::new("t"), &text, target);
            let _ = create_index(&text, target);
            let _ = dml(&text, target);
            let _ = create_view(&text, target);
            let _ = data_type(&text, target);
            assert_eq!(expr(&text, target).text.is_empty(), text.trim().trim_end_matches(';').is_empty(), "{text}");
        }
    }
}
