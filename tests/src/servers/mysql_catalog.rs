//! A MySQL or MariaDB database as text: what two databases must share to be the same to their users.

use super::mysql::rows;
use mysql::Conn;

/// Every table, view, trigger, routine and event, one line for each part, in a fixed order.
pub(super) fn catalog(conn: &mut Conn) -> String {
    let mut lines = Vec::new();
    for table in of_type(conn, "BASE TABLE") {
        let definition = cell(conn, &format!("SHOW CREATE TABLE {}", ident(&table)), 1);
        lines.extend(definition.lines().skip(1).map(|line| format!("{table}: {}", plain(line))));
        let order = "SELECT column_name FROM information_schema.columns WHERE table_schema = DATABASE()";
        let names = query(conn, &format!("{order} AND table_name = {} ORDER BY ordinal_position", literal(&table)));
        lines.push(format!("order of {table}: {}", names.concat().join(", ")));
    }
    for view in of_type(conn, "VIEW") {
        lines.push(format!("view {view}: {}", cell(conn, &format!("SHOW CREATE VIEW {}", ident(&view)), 1)));
    }
    // MySQL keeps the order of triggers; it is part of what they do.
    for (kind, query_text) in [
        (
            "trigger",
            "SELECT event_object_table, trigger_name, action_timing, event_manipulation, action_statement FROM \
             information_schema.triggers WHERE trigger_schema = DATABASE()",
        ),
        (
            "routine",
            "SELECT routine_name, routine_type, routine_definition FROM information_schema.routines \
             WHERE routine_schema = DATABASE()",
        ),
        ("event", "SELECT event_name, event_definition FROM information_schema.events WHERE event_schema = DATABASE()"),
    ] {
        let part = |row: &Vec<String>| format!("{kind} {}", row.join(" ").trim_end_matches(';'));
        lines.extend(query(conn, query_text).iter().map(part));
    }
    lines.sort();
    lines.join("\n") + "\n"
}

/// The rows of every table, sorted, columns by name.
pub(super) fn data(conn: &mut Conn) -> String {
    let mut lines = Vec::new();
    for table in of_type(conn, "BASE TABLE") {
        let columns = "SELECT column_name FROM information_schema.columns WHERE table_schema = DATABASE()";
        let names =
            query(conn, &format!("{columns} AND table_name = {} ORDER BY column_name", literal(&table))).concat();
        let list: Vec<String> = names.iter().map(|name| ident(name)).collect();
        let found = query(conn, &format!("SELECT {} FROM {}", list.join(", "), ident(&table)));
        let mut found: Vec<String> = found.iter().map(|row| format!("{table}: {}", row.join("|"))).collect();
        found.sort();
        lines.push(format!("{table} ({}): {} rows", names.join("|"), found.len()));
        lines.extend(found);
    }
    lines.join("\n") + "\n"
}

/// A line of a definition without the next AUTO_INCREMENT, which depends on rows that were rolled back.
fn plain(line: &str) -> String {
    let words = line.trim().trim_end_matches(',').split(' ');
    words.filter(|word| !word.starts_with("AUTO_INCREMENT=")).collect::<Vec<_>>().join(" ")
}

fn of_type(conn: &mut Conn, kind: &str) -> Vec<String> {
    let tables = "SELECT table_name FROM information_schema.tables WHERE table_schema = DATABASE()";
    query(conn, &format!("{tables} AND table_type = '{kind}' ORDER BY table_name")).concat()
}

fn cell(conn: &mut Conn, sql: &str, at: usize) -> String {
    query(conn, sql).into_iter().next().and_then(|row| row.into_iter().nth(at)).unwrap_or_default()
}

fn query(conn: &mut Conn, sql: &str) -> Vec<Vec<String>> {
    rows(conn, sql).unwrap_or_else(|error| panic!("{sql}: {error}"))
}

fn ident(name: &str) -> String {
    format!("`{}`", name.replace('`', "``"))
}

fn literal(text: &str) -> String {
    format!("'{}'", text.replace('\\', "\\\\").replace('\'', "''"))
}
