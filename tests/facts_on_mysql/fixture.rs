//! The tables and statements of `fixtures/facts`.

use lockstep_tests::fresh::root;
use lockstep_tests::servers::{MySql, mysql_words};
use mysql::Conn;
use mysql::prelude::Queryable;
use std::fs;

/// Rows of each table that has any.
const ROWS: u64 = 200;

/// A file of `fixtures/facts`.
pub fn read(file: &str) -> String {
    let path = root().join("tests/fixtures/facts").join(file);
    fs::read_to_string(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
}

/// A statement to be asked about.
#[derive(Clone)]
pub struct Case {
    pub id: String,
    pub given: String,
    pub statement: String,
    /// The table that others use meanwhile, where the file of cases says so.
    pub table: String,
    /// What each version of the head line did, where the file says so.
    pub seen: Vec<String>,
}

/// The first columns of a table of cases.
pub fn cases(file: &str) -> Vec<Case> {
    let text = read(file);
    let case = |line: &str| {
        let cells: Vec<String> = line.split('\t').map(str::to_string).collect();
        let cell = |at: usize| cells.get(at).cloned().unwrap_or_default();
        let seen = cells.iter().skip(3).cloned().collect();
        Case { id: cell(0), given: cell(1), statement: cell(2), table: cell(3), seen }
    };
    text.lines().skip(1).map(case).collect()
}

const SYNTAX: u16 = 1064;

fn run(conn: &mut Conn, case: &Case, sql: &str) {
    conn.query_drop(sql).unwrap_or_else(|error| panic!("{}: {}: {sql:.80}", case.id, mysql_words(&error)));
}

/// The statements that make and fill each table: an empty table is rebuilt where one with rows is changed at once.
pub struct Tables {
    made: Vec<(String, String)>,
    filled: Vec<(String, String)>,
}

impl Tables {
    /// All of the fixture.
    pub fn read() -> Tables {
        let made = |line: &str| {
            let name = line.split_whitespace().nth(2).unwrap_or_default();
            (name.to_string(), line.trim_end_matches(';').to_string())
        };
        let filled = |line: &str| {
            let cells: Vec<&str> = line.split('\t').collect();
            let one = |n: u64| format!("({})", cells[2].replace("{n}", &n.to_string()));
            let all: Vec<String> = (1..=ROWS).map(one).collect();
            (cells[0].to_string(), format!("insert into {} ({}) values {}", cells[0], cells[1], all.join(", ")))
        };
        Tables {
            made: read("innodb.schema.sql").lines().map(made).collect(),
            filled: read("innodb.rows.tsv").lines().map(filled).collect(),
        }
    }

    /// A fresh database with the tables that a case names, and those they belong to, after what is given.
    /// None where the version does not have what is given.
    pub fn make(&self, server: &MySql, database: &str, case: &Case) -> Option<Conn> {
        let text = format!("{} {}", case.given, case.statement);
        let words: Vec<&str> = text.split(|c: char| !c.is_ascii_alphanumeric() && c != '_').collect();
        let named = |table: &str| words.contains(&table);
        let child = named("ch") || named("chc");
        let wanted = |table: &str| match table {
            "p" => named("p") || child,
            "ch" | "chc" => named(table) || named("p"),
            other => named(other),
        };
        let made_by_case = |table: &str| case.given.contains(&format!("create table {table} "));
        let mut conn = server.create(database);
        let made: Vec<&(String, String)> = self.made.iter().filter(|(table, _)| wanted(table)).collect();
        let is_made = |table: &str| made.iter().any(|(name, _)| name == table);
        for (_, sql) in made.iter().copied().chain(self.filled.iter().filter(|(table, _)| is_made(table))) {
            run(&mut conn, case, sql);
        }
        if !case.given.is_empty() {
            match conn.query_drop(&case.given) {
                Err(mysql::Error::MySqlError(error)) if error.code == SYNTAX => return None,
                given => given.unwrap_or_else(|error| panic!("{}: {}", case.id, mysql_words(&error))),
            }
        }
        for (_, sql) in self.filled.iter().filter(|(table, _)| made_by_case(table)) {
            run(&mut conn, case, sql);
        }
        Some(conn)
    }
}
