//! What is said to be refused, MySQL and MariaDB refuse, and they take everything else: the labelled scripts, on five servers.

use lockstep_tests::asked::{Excepted, ask};
use lockstep_tests::execute::Server;
use lockstep_tests::servers::{MySql, MySqlDatabase, mysql_rows, mysql_servers};

/// Scripts that fail for what is not in them.
const EXCEPTED: Excepted = &[
    ("sessions ended", "the session is not there"),
    ("the quotes that follow are read by other rules", "how its quotes are read is not known, which is said"),
    ("revoke", "it was not granted"),
    ("logs that replicas may need", "the log is not there"),
    ("a file of any size", "the file is not there"),
    ("uuid type", "the row has none"),
    ("a plugin for everybody", "the plugin is not there"),
];

/// How many are refused and taken at least: hardly fewer than there are.
const MYSQL: (usize, usize) = (100, 310);
const MARIADB: (usize, usize) = (22, 88);

fn as_said(line: &str, (refused, taken): (usize, usize)) {
    let name = mysql_servers().into_iter().find(|name| name.starts_with(line)).expect("a server of the list");
    // With a binary log, as in production: some statements are refused then. What a script leaves locked fails at once.
    let options = ["--local-infile=1", "--lock-wait-timeout=3", "--innodb-lock-wait-timeout=3"];
    let log: &[&str] = if line.starts_with("mysql") { &["--log-bin=binlog", "--server-id=1"] } else { &[] };
    let server = MySql::start(&name, &[&options[..], log].concat());
    let mut open = |schema: &str| {
        settle(&server);
        MySqlDatabase::open(&server, "other").run(schema)?;
        let mut database = MySqlDatabase::open(&server, "shop");
        database.run(schema)?;
        Ok(Box::new(database) as Box<dyn Server>)
    };
    ask(&server.target(), EXCEPTED, &mut open).check(refused, taken);
}

/// Makes the account that scripts name, and takes back what a script leaves behind for other sessions.
fn settle(server: &MySql) {
    let mut conn = server.connect("");
    for sql in ["SET GLOBAL foreign_key_checks = 1", "DROP USER IF EXISTS 'report'@'%'", "CREATE USER 'report'@'%'"] {
        mysql_rows(&mut conn, sql).expect("an account can be made");
    }
    for row in mysql_rows(&mut conn, "XA RECOVER").expect("prepared transactions can be listed") {
        let id = row.last().expect("a name");
        mysql_rows(&mut conn, &format!("XA ROLLBACK '{id}'")).expect("it is rolled back");
    }
}

#[test]
fn mysql_5_7() {
    as_said("mysql-5.7", MYSQL);
}

#[test]
fn mysql_8_0() {
    as_said("mysql-8.0", MYSQL);
}

#[test]
fn mysql_9() {
    as_said("mysql-9", MYSQL);
}

#[test]
fn mariadb_10_11() {
    as_said("mariadb-10.11", MARIADB);
}

#[test]
fn mariadb_11_8() {
    as_said("mariadb-11.8", MARIADB);
}
