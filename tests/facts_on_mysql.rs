//! What the MySQL and MariaDB engines say, asked of real servers: five of them, the same statements.

#[path = "facts_on_mysql/alter.rs"]
mod alter;
#[path = "facts_on_mysql/engine.rs"]
mod engine;
#[path = "facts_on_mysql/forms.rs"]
mod forms;
#[path = "facts_on_mysql/fixture.rs"]
mod fixture;
#[path = "facts_on_mysql/limits.rs"]
mod limits;
#[path = "facts_on_mysql/partitions.rs"]
mod partitions;
#[path = "facts_on_mysql/recorded.rs"]
mod recorded;
#[path = "facts_on_mysql/rows.rs"]
mod rows;
#[path = "facts_on_mysql/waits.rs"]
mod waits;

use lockstep_tests::servers::{MySql, mysql_servers};

/// Runs a test on the server of a line of versions; the faults in words, none when it holds.
fn on(line: &str, test: impl Fn(&MySql) -> Vec<String>) {
    let name = mysql_servers().into_iter().find(|name| name.starts_with(line)).expect("a server of the list");
    // With a binary log, as in production: some statements are refused then.
    let faults = test(&MySql::start(&name, &["--log-bin=binlog", "--server-id=1"]));
    assert!(faults.is_empty(), "{name}: {} faults\n{}", faults.len(), faults.join("\n"));
}

fn everything(server: &MySql) -> Vec<String> {
    [
        alter::faults(server),
        limits::faults(server),
        partitions::faults(server),
        rows::faults(server),
        waits::faults(server),
    ]
    .concat()
}

#[test]
fn mysql_5_7() {
    on("mysql-5.7", everything);
}

#[test]
fn mysql_8_0() {
    on("mysql-8.0", everything);
}

#[test]
fn mysql_9() {
    on("mysql-9", everything);
}

#[test]
fn mariadb_10_11() {
    on("mariadb-10.11", everything);
}

#[test]
fn mariadb_11_8() {
    on("mariadb-11.8", everything);
}
