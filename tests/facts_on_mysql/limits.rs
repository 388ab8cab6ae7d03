//! How often a column may be added or dropped INSTANT, and which statements end an open transaction.

use crate::engine::Engine;
use lockstep_core::facts::Transactional;
use lockstep_tests::servers::{MySql, mysql_rows, mysql_words};
use mysql::prelude::Queryable;

/// Where the server and the core differ.
pub fn faults(server: &MySql) -> Vec<String> {
    [row_versions(server), commits(server)].concat()
}

/// More INSTANT changes than any server is known to take.
const TRIES: u64 = 300;

/// Asks for INSTANT changes until the server refuses one, then makes the table anew and asks again.
fn row_versions(server: &MySql) -> Vec<String> {
    let schema = "create table v (id int primary key, a int) engine=innodb;";
    let said = said_limit(server, schema);
    let mut conn = server.create("limits");
    conn.query_drop(schema.trim_end_matches(';')).expect("a table");
    conn.query_drop("insert into v values (1, 1)").expect("a row");
    let (mut done, mut refusal) = (0, String::new());
    while done < TRIES && refusal.is_empty() {
        match conn.query_drop(format!("alter table v add column c{done} int, algorithm=instant")) {
            Ok(()) => done += 1,
            Err(error) => refusal = mysql_words(&error),
        }
    }
    let versions = || mysql_rows(&mut server.connect("limits"), VERSIONS).map(|rows| rows.concat().concat());
    match said {
        // 5.7 has no INSTANT at all.
        None if done == 0 && refusal.starts_with("1800") => Vec::new(),
        None if done == TRIES => Vec::new(),
        Some(limit) if done == limit && refusal.starts_with("4092") => {
            let mut faults = Vec::new();
            let counted = versions();
            if counted != Ok(limit.to_string()) {
                faults.push(format!("row versions at the limit: said {limit}, the server counts {counted:?}"));
            }
            conn.query_drop("alter table v force, algorithm=inplace, lock=none").expect("a rebuild");
            let again = conn.query_drop("alter table v drop column c0, algorithm=instant");
            if versions() != Ok("1".to_string()) || again.is_err() {
                faults.push(format!("after a rebuild: {:?} row versions, {again:?}", versions()));
            }
            faults
        }
        _ => vec![format!("row versions: said {said:?}, {done} were taken, then: {refusal}")],
    }
}

/// The query of the runbook, for one table.
const VERSIONS: &str = "SELECT total_row_versions FROM information_schema.innodb_tables WHERE name = 'limits/v'";

/// The limit that the core names for an INSTANT ADD COLUMN.
fn said_limit(server: &MySql, schema: &str) -> Option<u64> {
    let effects = Engine::of(&server.target(), schema).effects("", "alter table v add column c int");
    let said: Vec<String> = effects.into_iter().flat_map(|e| e.assumptions).collect();
    let limit = said.iter().find_map(|text| text.split_once("fewer than ")?.1.split_once(" INSTANT"));
    limit.and_then(|(number, _)| number.parse().ok())
}

/// Statements that may end a transaction; `given` is run before it.
const STATEMENTS: &[(&str, &str)] = &[
    ("", "insert into c values (3)"),
    ("", "update c set id = 4 where id = 3"),
    ("", "delete from c where id = 4"),
    ("", "create table n (id int primary key)"),
    ("", "create temporary table n (id int primary key)"),
    ("create temporary table n (id int primary key)", "drop temporary table n"),
    ("create temporary table n (id int primary key)", "drop table n"),
    ("", "alter table c add column a int"),
    ("", "create index i on c (id)"),
    ("create index i on c (id)", "drop index i on c"),
    ("", "rename table c2 to c3"),
    ("", "truncate table c2"),
    ("", "drop table c2"),
    ("", "create view w as select id from c"),
    ("create view w as select id from c", "drop view w"),
    ("", "create trigger g before insert on c for each row set @x = 1"),
    ("create trigger g before insert on c for each row set @x = 1", "drop trigger g"),
    ("", "create procedure f() select 1"),
    ("create procedure f() select 1", "drop procedure f"),
    ("", "analyze table c2"),
    ("", "optimize table c2"),
    ("", "check table c2"),
    ("", "repair table c2"),
    ("", "lock tables c write, c2 write"),
    ("", "set session lock_wait_timeout = 5"),
    ("", "create user u@localhost"),
    ("create user u@localhost", "grant select on *.* to u@localhost"),
    ("create user u@localhost", "drop user u@localhost"),
];

fn commits(server: &MySql) -> Vec<String> {
    let schema = "create table c (id int) engine=innodb; create table c2 (id int) engine=innodb;";
    let engine = Engine::of(&server.target(), schema);
    let mut faults = Vec::new();
    for (given, statement) in STATEMENTS {
        let mut conn = server.create("limits");
        let mut run = |sql: &str| conn.query_drop(sql).unwrap_or_else(|e| panic!("{sql}: {}", mysql_words(&e)));
        schema.split_terminator(';').for_each(&mut run);
        ["drop user if exists u@localhost", given, "begin", "insert into c (id) values (1)", statement, "rollback"]
            .iter()
            .filter(|sql| !sql.is_empty())
            .for_each(|sql| run(sql));
        // With it go the tables that it locks.
        drop(conn);
        let kept = mysql_rows(&mut server.connect("limits"), "select count(*) from c where id = 1");
        let seen = kept == Ok(vec![vec!["1".to_string()]]);
        let said = engine.effects(given, statement).iter().any(|e| e.transactional == Transactional::ImplicitCommit);
        if seen != said {
            let word = |commits: bool| if commits { "commits" } else { "does not commit" };
            faults.push(format!("{statement}: {}, said it {}", word(seen), word(said)));
        }
    }
    faults
}
