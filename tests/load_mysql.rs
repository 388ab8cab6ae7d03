//! Plans that keep two columns or two tables in step, run while others write: every row agrees in the end, and no writer
//! ever sees an error.

use lockstep_core::plan;
use lockstep_core::report::{Report, StepKind};
use lockstep_core::request::Request;
use lockstep_tests::execute::{forward, steps};
use lockstep_tests::servers::{MySql, MySqlDatabase, mysql_rows, mysql_servers};
use lockstep_tests::writers::{Statement, Writers, Written, workload};

/// New code of the rename.
const RENAMED: &[Statement] = &[
    |n| (format!("INSERT INTO orders (id, total_cents, remark) VALUES ({}, {n}, 'n{n}')", 9_000_000 + n), 1),
    |n| {
        let id = n * 41 % workload::ROWS + 1;
        (format!("UPDATE orders SET total_cents = {n}, remark = 'n{n}' WHERE id = {id}"), 0)
    },
];

/// New code of the wider type.
const LARGE: &[Statement] = &[
    |n| {
        let (id, total) = (9_000_000 + n, 5_000_000_000 + n);
        (format!("INSERT INTO orders (id, total_cents, note) VALUES ({id}, {total}, 'n{total}')"), 1)
    },
    |n| {
        let (id, total) = (n * 41 % workload::ROWS + 1, 5_000_000_000 + n);
        (format!("UPDATE orders SET total_cents = {total}, note = 'n{total}' WHERE id = {id}"), 0)
    },
];

fn on(line: &str) {
    let name = mysql_servers().into_iter().find(|name| name.starts_with(line)).expect("a server of the list");
    let server = MySql::start(&name, &["--log-bin=binlog", "--server-id=1", "--binlog-format=ROW"]);
    let rename = match server.major() {
        5 => "ALTER TABLE orders CHANGE note remark varchar(200) DEFAULT NULL",
        _ => "ALTER TABLE orders RENAME COLUMN note TO remark",
    };
    under_load(&server, rename, RENAMED, "remark");
    under_load(&server, "ALTER TABLE orders MODIFY COLUMN total_cents bigint NOT NULL", LARGE, "note");
}

/// Old code writes until the deploy, new code from it on; both do at the deploy.
fn under_load(server: &MySql, change: &str, new: &'static [Statement], note: &str) {
    let report = report(server, change);
    let mut database = MySqlDatabase::open(server, "load");
    let mut conn = server.connect("load");
    let mut text = |sql: &str| mysql_rows(&mut conn, sql).unwrap_or_else(|error| panic!("{sql:.90}: {error}"));
    text(workload::SCHEMA);
    text(&workload::fill());
    let mut old = Some(Writers::start(server, "load", workload::STATEMENTS, 2));
    let mut younger = None;
    let mut written = Vec::new();
    for step in steps(&report) {
        if step.kind == StepKind::Deploy && younger.is_none() {
            younger = Some(Writers::start(server, "load", new, 2));
            std::thread::sleep(std::time::Duration::from_millis(300));
            written.extend(old.take().map(Writers::stop));
        }
        forward(&mut database, step).unwrap_or_else(|fault| panic!("{}: {change}: {fault}", server.target()));
    }
    written.extend(old.map(Writers::stop));
    written.extend(younger.map(Writers::stop));
    holds(server, change, &written, text("SELECT COUNT(*) FROM orders"), text(&workload::check(note)));
}

fn holds(server: &MySql, change: &str, written: &[Written], rows: Vec<Vec<String>>, wrong: Vec<Vec<String>>) {
    let target = server.target();
    for written in written {
        assert!(written.errors.is_empty(), "{target}: {change}: writers: {:?}", written.errors);
        assert!(written.done > 20, "{target}: {change}: the writers did nothing");
    }
    let growth: i64 = written.iter().map(|written| written.balance).sum();
    let expected = (i64::try_from(workload::ROWS).expect("few rows") + growth).to_string();
    assert_eq!(rows.concat().concat(), expected, "{target}: {change}: rows were lost or came twice");
    assert_eq!(wrong.concat().concat(), "0", "{target}: {change}: rows that are not what was written last");
}

fn report(server: &MySql, change: &str) -> Report {
    let mut request = Request {
        sql: change.to_string(),
        engine: server.target(),
        schema: Some(workload::SCHEMA.to_string()),
        rows: [("orders".to_string(), 40_000_000)].into(),
        ..Request::default()
    };
    request.options.batch_size = 1_000;
    request.options.pause_ms = 10;
    plan(&request)
}

#[test]
fn mysql_5_7() {
    on("mysql-5.7");
}

#[test]
fn mysql_8_0() {
    on("mysql-8.0");
}

#[test]
fn mysql_9() {
    on("mysql-9");
}

#[test]
fn mariadb_10_11() {
    on("mariadb-10.11");
}

#[test]
fn mariadb_11_8() {
    on("mariadb-11.8");
}
