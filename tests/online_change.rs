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
    by_tool("mariadb-10.11", "pt-online-schema-change", "percona-toolkit/pt-online-schema-change", "");
}

/// A table that others reference, with triggers of its own: what gh-ost and an exchange of names cannot carry.
const RELATED: &str = "CREATE TABLE items (id int NOT NULL AUTO_INCREMENT, order_id bigint unsigned NOT NULL, \
    PRIMARY KEY (id), KEY items_order (order_id), CONSTRAINT items_order_fk FOREIGN KEY (order_id) REFERENCES orders (id)); \
    INSERT INTO items (order_id) VALUES (301), (302); CREATE TABLE log (id int NOT NULL, n int NOT NULL); \
    CREATE TRIGGER orders_log AFTER UPDATE ON orders FOR EACH ROW INSERT INTO log VALUES (NEW.id, NEW.touched); \
    CREATE TRIGGER orders_note BEFORE INSERT ON orders FOR EACH ROW SET NEW.note = COALESCE(NEW.note, CONCAT('n', NEW.total_cents));";

#[test]
fn pt_online_schema_change_carries_keys_and_triggers_on_mariadb() {
    by_tool("mariadb-10.11", "pt-online-schema-change", "percona-toolkit/pt-online-schema-change", RELATED);
}

#[test]
fn pt_online_schema_change_carries_keys_and_triggers_on_mysql() {
    by_tool("mysql-5.7", "pt-online-schema-change", "percona-toolkit/pt-online-schema-change", RELATED);
}

#[test]
fn gh_ost_on_mysql() {
    by_tool("mysql-5.7", "gh-ost", "gh-ost-1.1.6/gh-ost", "");
}

/// `related`: statements that make what else belongs to the table.
fn by_tool(line: &str, tool: &str, program: &str, related: &str) {
    let name = mysql_servers().into_iter().find(|name| name.starts_with(line)).expect("a server of the list");
    let server = MySql::start_on_port(&name, &["--log-bin=binlog", "--server-id=1", "--binlog-format=ROW"]);
    let pasted = server.create("pasted");
    let mut conn = server.create("tools");
    let text =
        |conn: &mut mysql::Conn, sql: &str| mysql_rows(conn, sql).unwrap_or_else(|error| panic!("{sql}: {error}"));
    text(&mut conn, workload::SCHEMA);
    text(&mut conn, &workload::fill());
    let more = || related.split_terminator("; ").map(str::trim).filter(|sql| !sql.is_empty());
    more().for_each(|sql| drop(text(&mut conn, sql.trim_end_matches(';'))));
    let command = command(&server, tool, program, related);
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
    // Seen in one run of four on MariaDB, and said in the plan: a trigger's own table is not found at the exchange.
    let said_before = |error: &String| !related.is_empty() && server.is_mariadb() && error.contains(": 1146 ");
    let errors: Vec<&String> = written.errors.iter().filter(|error| !said_before(error)).collect();
    assert!(errors.is_empty(), "writers: {errors:?}");
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
    if !related.is_empty() {
        let triggers = "SELECT COUNT(*) FROM information_schema.triggers WHERE trigger_schema = DATABASE() AND \
            event_object_table = 'orders' AND trigger_name IN ('orders_log', 'orders_note')";
        assert_eq!(text(&mut conn, triggers).concat(), ["2"], "{said}");
        let parent = "SELECT referenced_table_name FROM information_schema.key_column_usage WHERE table_schema = \
            DATABASE() AND table_name = 'items' AND referenced_table_name IS NOT NULL";
        assert_eq!(text(&mut conn, parent).concat(), ["orders"], "{said}");
    }
}

/// The plan's command line with its placeholders filled in. The password is asked for at a terminal, which a test has not.
fn command(server: &MySql, tool: &str, program: &str, related: &str) -> String {
    let request = Request {
        sql: CHANGE.to_string(),
        engine: server.target(),
        schema: Some(format!("{};\n{related}", workload::SCHEMA)),
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
