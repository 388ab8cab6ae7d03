//! Every MySQL and MariaDB plan of the fixtures, run on real servers: to the end, and back from every step.

use lockstep_tests::cases::cases;
use lockstep_tests::execute::Server;
use lockstep_tests::proof::{prove, refused};
use lockstep_tests::servers::{MySql, MySqlDatabase, mysql_servers};

/// Proves every plan of an engine on the server of a line, each planned for that version.
fn on(line: &str) {
    let name = mysql_servers().into_iter().find(|name| name.starts_with(line)).expect("a server of the list");
    let server = MySql::start(&name, &["--log-bin=binlog", "--server-id=1"]);
    let mut faults = Vec::new();
    for case in cases(if server.is_mariadb() { "mariadb" } else { "mysql" }) {
        let mut open = || Box::new(MySqlDatabase::open(&server, "proof")) as Box<dyn Server>;
        match server.major() < case.proof.since {
            true => faults.extend(refused(&case, &server.target(), &mut open).err()),
            false => faults.extend(prove(&case, &server.target(), &mut open)),
        }
    }
    assert!(faults.is_empty(), "{name}: {} faults\n{}", faults.len(), faults.join("\n"));
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

#[test]
fn every_case_has_code_that_runs_meanwhile() {
    let bare: Vec<String> = ["mysql", "mariadb"]
        .into_iter()
        .flat_map(cases)
        .filter(|case| case.code.old.is_empty() || case.code.new.is_empty())
        .map(|case| case.name)
        .collect();
    assert!(bare.is_empty(), "without old.sql or new.sql: {}", bare.join(", "));
}
