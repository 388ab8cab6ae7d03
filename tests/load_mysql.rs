//! Plans that keep two columns or two tables in step, run while others write: every row agrees in the end, and no writer
//! ever sees an error.

use lockstep_core::plan;
use lockstep_core::report::{Report, StepKind};
use lockstep_core::request::Request;
use lockstep_tests::cases::cases;
use lockstep_tests::execute::{Server, forward, steps};
use lockstep_tests::load::{self, loaded};
use lockstep_tests::servers::{MySql, MySqlDatabase, mysql_rows, mysql_servers};
use lockstep_tests::writers::{Statement, Writers, Written, workload};
use std::sync::mpsc;
use std::thread;
use std::time::Duration;

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

/// Code that also changes the key of a row, which moves it in the copy.
const MOVING: &[Statement] = &[
    |n| (format!("INSERT INTO orders (id, total_cents, note) VALUES ({}, {n}, 'n{n}')", 9_000_000 + n), 1),
    |n| (format!("UPDATE orders SET id = {} WHERE id = {}", 5_000_000 + n, 9_000_000 + n), 0),
    |n| match n % 2 {
        0 => (format!("DELETE FROM orders WHERE id = {}", 5_000_000 + n), -1),
        _ => (format!("SELECT note FROM orders WHERE id = {n}"), 0),
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
    COPIES.iter().for_each(|change| copied_under_load(&server, change));
    cases_under_load(&server);
    a_step_gives_up_in_time(&server);
    if line == "mysql-9" {
        for (change, step) in BROKEN {
            let fault = without(&server, change, step);
            assert!(fault.contains("check `"), "{change}: without `{step}` nothing is found: {fault}");
        }
    }
}

/// Cases with a load of their own: no writer sees an error, and both sides agree before anything is removed.
fn cases_under_load(server: &MySql) {
    let mut faults = Vec::new();
    let cases = loaded(cases(if server.is_mariadb() { "mariadb" } else { "mysql" }));
    assert!(cases.len() > 1, "only {} cases with a load", cases.len());
    for case in &cases {
        drop(server.create("load"));
        let connect = || Box::new(Application(MySqlDatabase::join(server, "load"))) as Box<dyn Server + Send>;
        let met = load::under_load(case, &server.target(), &connect);
        let longest = met.reads.iter().chain(&met.writes).max().copied().unwrap_or_default();
        println!(
            "{} {:<40} {:>6} transactions, the longest {:>4} ms",
            server.target(),
            case.name,
            met.reads.len() + met.writes.len(),
            longest.as_millis(),
        );
        let words =
            met.fault.into_iter().chain(met.errors.into_iter().take(3).map(|error| format!("a writer got {error}")));
        faults.extend(words.map(|fault| format!("{}: {fault}", case.name)));
    }
    assert!(faults.is_empty(), "{}:\n{}", server.target(), faults.join("\n"));
}

/// How long a writer holds what a step waits for: less than the servers wait by themselves (50 s and more).
const HELD: Duration = Duration::from_secs(30);

/// An open transaction on a table that points at the one to be altered: whatever the server waits for, it is not for long,
/// because all traffic waits behind it.
fn a_step_gives_up_in_time(server: &MySql) {
    let schema = "CREATE TABLE orders (id bigint unsigned PRIMARY KEY, total_cents int) ENGINE=InnoDB; CREATE TABLE items \
                  (id int PRIMARY KEY, order_id bigint unsigned, FOREIGN KEY (order_id) REFERENCES orders (id)) ENGINE=InnoDB";
    let rows = "INSERT INTO orders VALUES (1, 1); INSERT INTO items VALUES (1, 1)";
    let mut database = MySqlDatabase::open(server, "load");
    let mut writer = server.connect("load");
    for sql in [schema, rows, "BEGIN", "UPDATE items SET id = 2"] {
        mysql_rows(&mut writer, sql).unwrap_or_else(|error| panic!("{sql}: {error}"));
    }
    let request = Request {
        sql: "ALTER TABLE orders ADD COLUMN note varchar(20)".to_string(),
        engine: server.target(),
        schema: Some(schema.to_string()),
        ..Request::default()
    };
    let (over, step_is_over) = mpsc::channel();
    let holder = thread::spawn(move || {
        let gave_up = step_is_over.recv_timeout(HELD).is_ok();
        mysql_rows(&mut writer, "ROLLBACK").expect("the end of the transaction");
        gave_up
    });
    let outcome = steps(&plan(&request)).into_iter().try_for_each(|step| forward(&mut database, step));
    over.send(()).ok();
    let gave_up = holder.join().expect("the writer");
    assert!(gave_up, "{}: it waited until the writer let go: {outcome:?}", server.target());
}

/// A session that begins a transaction again which a deadlock ended, as every application of this server must: 1467 says so of a
/// deadlock on the numbers of a table, which the checklist of the plan tells.
struct Application(MySqlDatabase);

impl Server for Application {
    fn run(&mut self, sql: &str) -> Result<(), String> {
        for _ in 0..100 {
            match self.0.run(sql) {
                Err(error) if ["1213 ", "1205 ", "1467 "].iter().any(|code| error.starts_with(code)) => {
                    self.0.run("ROLLBACK")?;
                }
                outcome => return outcome,
            }
            thread::sleep(Duration::from_millis(5));
        }
        Err(format!("never got through: {sql}"))
    }

    fn rows(&mut self, sql: &str) -> Result<Vec<Vec<String>>, String> {
        self.0.rows(sql)
    }

    fn reset(&mut self) {
        self.0.reset();
    }

    fn catalog(&mut self) -> String {
        self.0.catalog()
    }

    fn data(&mut self) -> String {
        self.0.data()
    }
}

/// What the plan does in a copy of the table, wherever the server does not do it while writes go on.
const COPIES: &[&str] = &[
    "ALTER TABLE orders PARTITION BY HASH (id) PARTITIONS 4",
    "ALTER TABLE orders CONVERT TO CHARACTER SET latin1, ADD COLUMN twice bigint GENERATED ALWAYS AS (total_cents * 2) STORED",
];

/// Plans and the beginning of the step that keeps both sides in step: without it the comparison must fail.
const BROKEN: &[(&str, &str)] = &[
    (COPIES[0], "Repeat every write"),
    ("ALTER TABLE orders MODIFY COLUMN total_cents bigint NOT NULL", "Write total_cents into its shadow"),
];

/// The same code writes from the first step to the last; the plan itself compares the tables before it exchanges them.
fn copied_under_load(server: &MySql, change: &str) {
    let (mut database, mut conn) = filled(server);
    let mut text = |sql: &str| mysql_rows(&mut conn, sql).unwrap_or_else(|error| panic!("{sql:.90}: {error}"));
    let writers = writers(server);
    writers.iter().for_each(|writers| writers.let_work(ROUNDS));
    for step in steps(&report(server, change)) {
        forward(&mut database, step).unwrap_or_else(|fault| panic!("{}: {change}: {fault}", server.target()));
    }
    writers.iter().for_each(|writers| writers.let_work(ROUNDS));
    let written: Vec<Written> = writers.into_iter().map(Writers::stop).collect();
    holds(server, change, &written, text("SELECT COUNT(*) FROM orders"), text(&workload::check("note")));
}

/// What goes wrong when a step is left out; empty when nothing does.
fn without(server: &MySql, change: &str, left_out: &str) -> String {
    let (mut database, _conn) = filled(server);
    let writers = writers(server);
    let report = report(server, change);
    let mut all = steps(&report).into_iter().filter(|step| !step.title.starts_with(left_out));
    let outcome = all.try_for_each(|step| forward(&mut database, step));
    writers.into_iter().for_each(|writers| drop(writers.stop()));
    outcome.err().unwrap_or_default()
}

fn filled(server: &MySql) -> (MySqlDatabase, mysql::Conn) {
    let database = MySqlDatabase::open(server, "load");
    let mut conn = server.connect("load");
    for sql in [workload::SCHEMA, &workload::fill()] {
        mysql_rows(&mut conn, sql).unwrap_or_else(|error| panic!("{sql:.90}: {error}"));
    }
    (database, conn)
}

fn writers(server: &MySql) -> [Writers; 2] {
    [Writers::start(server, "load", workload::STATEMENTS, 2), Writers::start(server, "load", MOVING, 1)]
}

/// So many rounds are enough to meet what goes on.
const ROUNDS: u64 = 30;

/// Old code writes until the deploy, new code from it on; both do at the deploy.
fn under_load(server: &MySql, change: &str, new: &'static [Statement], note: &str) {
    let report = report(server, change);
    let (mut database, mut conn) = filled(server);
    let mut text = |sql: &str| mysql_rows(&mut conn, sql).unwrap_or_else(|error| panic!("{sql:.90}: {error}"));
    let mut old = Some(Writers::start(server, "load", workload::STATEMENTS, 2));
    let mut younger = None;
    let mut written = Vec::new();
    for step in steps(&report) {
        if step.kind == StepKind::Deploy && younger.is_none() {
            let both = [old.as_ref(), Some(&*younger.insert(Writers::start(server, "load", new, 2)))];
            both.into_iter().flatten().for_each(|writers| writers.let_work(ROUNDS));
            written.extend(old.take().map(Writers::stop));
        }
        forward(&mut database, step).unwrap_or_else(|fault| panic!("{}: {change}: {fault}", server.target()));
    }
    // A plan without a deploy may be over before they have begun.
    old.iter().for_each(|writers| writers.let_work(ROUNDS));
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
