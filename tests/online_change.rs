//! gh-ost and pt-online-schema-change, run with the command lines of our plans while others write: the table ends as the
//! pasted ALTER would leave it, no row is lost, no writer sees an error but a deadlock.

use lockstep_core::plan;
use lockstep_core::request::Request;
use lockstep_tests::servers::{MySql, mysql_rows, mysql_servers, mysql_tool};
use lockstep_tests::writers::{Writers, workload};
use std::process::Command;
use std::thread::sleep;
use std::time::Duration;

const CHANGE: &str = "ALTER TABLE orders MODIFY COLUMN total_cents bigint NOT NULL";

#[test]
fn pt_online_schema_change_on_mariadb() {
    by_tool("mariadb-10.11", "pt-online-schema-change", "percona-toolkit/pt-online-schema-change");
}

#[test]
fn gh_ost_on_mysql() {
    by_tool("mysql-5.7", "gh-ost", "gh-ost-1.1.6/gh-ost");
}

fn by_tool(line: &str, tool: &str, program: &str) {
    let name = mysql_servers().into_iter().find(|name| name.starts_with(line)).expect("a server of the list");
    let server = MySql::start_on_port(&name, &["--log-bin=binlog", "--server-id=1", "--binlog-format=ROW"]);
    let pasted = server.create("pasted");
    let mut conn = server.create("tools");
    let text =
        |conn: &mut mysql::Conn, sql: &str| mysql_rows(conn, sql).unwrap_or_else(|error| panic!("{sql}: {error}"));
    text(&mut conn, workload::SCHEMA);
    text(&mut conn, &workload::fill());
    let command = command(&server, tool, program);
    let writers = Writers::start(&server, "tools", workload::STATEMENTS, 2);
    // gh-ost holds the exchange back until somebody removes the file that it makes.
    let held_back = server.folder().join("gh-ost.orders.postpone");
    let watcher = std::thread::spawn(move || {
        for _ in 0..600 {
            sleep(Duration::from_millis(100));
            if held_back.exists() {
                sleep(Duration::from_secs(2));
                return std::fs::remove_file(&held_back).is_ok();
            }
        }
        false
    });
    let output = Command::new("sh").arg("-c").arg(&command).output().expect("a shell");
    assert!(tool != "gh-ost" || watcher.join().unwrap_or_default(), "gh-ost did not hold the exchange back");
    let written = writers.stop();
    let said = format!("{}{}", String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr));
    assert!(output.status.success(), "{command}\n{said}");
    assert!(written.errors.is_empty(), "writers: {:?}", written.errors);
    assert!(written.done > 20, "the writers did nothing: {}", written.done);
    let mut pasted = pasted;
    text(&mut pasted, workload::SCHEMA);
    text(&mut pasted, CHANGE);
    let definition = "SHOW CREATE TABLE orders";
    let plain = |rows: Vec<Vec<String>>| {
        let text = rows.concat().join(" ");
        text.split(' ').filter(|word| !word.starts_with("AUTO_INCREMENT=")).collect::<Vec<_>>().join(" ")
    };
    assert_eq!(plain(text(&mut conn, definition)), plain(text(&mut pasted, definition)), "{said}");
    let rows = text(&mut conn, "SELECT COUNT(*) FROM orders").concat().concat();
    assert_eq!(rows, (workload::ROWS as i64 + written.balance).to_string(), "rows were lost or came twice\n{said}");
    let wrong = text(&mut conn, &workload::check("note")).concat().concat();
    assert_eq!(wrong, "0", "rows that are not what was written last\n{said}");
}

/// The plan's command line with its placeholders filled in. The password is asked for at a terminal, which a test has not.
fn command(server: &MySql, tool: &str, program: &str) -> String {
    let request = Request {
        sql: CHANGE.to_string(),
        engine: server.target(),
        schema: Some(workload::SCHEMA.to_string()),
        rows: [("orders".to_string(), 40_000_000)].into(),
        ..Request::default()
    };
    let report = plan(&request);
    let steps = report.phases.iter().flat_map(|phase| &phase.steps);
    let way = steps.flat_map(|step| &step.other_ways).find(|way| way.tool == tool);
    let way = way.unwrap_or_else(|| panic!("{} is not offered {tool}", server.target()));
    let port = server.port().to_string();
    let mut command = way.command.clone();
    for (placeholder, value) in [
        ("HOST", "127.0.0.1"),
        ("--port=3306", &format!("--port={port}")),
        ("P=3306", &format!("P={port}")),
        ("--ask-pass", "--password=secret"),
        ("PASSWORD", "secret"),
        ("USER", "tool"),
        ("DATABASE", "tools"),
        ("/tmp", &server.folder().display().to_string()),
    ] {
        command = command.replace(placeholder, value);
    }
    let path = mysql_tool(program);
    assert!(path.is_file(), "{} is missing; `cargo xtask test` sets it up", path.display());
    command.replacen(tool, &path.display().to_string(), 1)
}
