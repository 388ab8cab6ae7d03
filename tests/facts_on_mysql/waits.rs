//! Whom a statement waits for: an open transaction that read or wrote the table, or one that it is related to.

use crate::engine::Engine;
use crate::fixture::{Case, Tables, cases, read};
use lockstep_core::facts::Effects;
use lockstep_tests::servers::{MySql, mysql_rows, mysql_words};
use mysql::Conn;
use mysql::prelude::Queryable;
use std::thread::sleep;
use std::time::{Duration, Instant};

/// Where the server and the core differ.
pub fn faults(server: &MySql) -> Vec<String> {
    let tables = Tables::read();
    let engine = Engine::of(&server.target(), &read("innodb.schema.sql"));
    let mut faults = Vec::new();
    for case in cases("innodb-waits.tsv") {
        let effects = engine.effects(&case.given, &case.statement);
        for (who, statement, said) in [
            ("reader", format!("SELECT COUNT(*) FROM {}", case.table), waits_for_readers(&effects, &case.table)),
            ("writer", open_write(&case.table), waits_for_writers(&effects, &case.table)),
        ] {
            let seen = waits(server, &tables, &case, &statement);
            let words = |waits: bool| if waits { "waits" } else { "does not wait" };
            match seen {
                Ok(seen) if seen == said => {}
                Ok(seen) => faults.push(format!(
                    "{}: {} for an open {who} of {}, said {}: {}",
                    case.id,
                    words(seen),
                    case.table,
                    words(said),
                    case.statement
                )),
                Err(error) => faults.push(format!("{}: {error}: {}", case.id, case.statement)),
            }
        }
    }
    faults
}

fn waits_for_readers(effects: &[Effects], table: &str) -> bool {
    effects.iter().flat_map(|e| &e.locks).any(|lock| lock.object.object.value == table && lock.blocks_reads)
}

fn waits_for_writers(effects: &[Effects], table: &str) -> bool {
    effects.iter().flat_map(|e| &e.locks).any(|lock| lock.object.object.value == table && lock.blocks_writes)
}

/// A change of every row, so that a statement which looks at one of them has to wait.
fn open_write(table: &str) -> String {
    let column = match table {
        "p" => "d = 'y'",
        "ch" => "pid2 = 1",
        "pr" | "px" => "v = 'y'",
        _ => "b = 1",
    };
    format!("UPDATE {table} SET {column}")
}

/// Does the statement wait until the other transaction ends?
fn waits(server: &MySql, tables: &Tables, case: &Case, open: &str) -> Result<bool, String> {
    let Some(mut conn) =
        tables.make(server, "waits", &Case { statement: format!("{} {}", case.statement, case.table), ..case.clone() })
    else {
        return Err("what is given does not exist here".to_string());
    };
    let mut other = server.connect("waits");
    let mut watcher = server.connect("");
    for sql in ["BEGIN", open] {
        other.query_drop(sql).unwrap_or_else(|error| panic!("{sql}: {}", mysql_words(&error)));
    }
    let id = conn.connection_id();
    std::thread::scope(|scope| {
        let running = scope.spawn(move || {
            let outcome = conn.query_drop(&case.statement).map_err(|error| mysql_words(&error));
            (outcome, conn)
        });
        let waited = loop_until(|| running.is_finished(), || is_waiting(&mut watcher, id));
        other.query_drop("ROLLBACK").map_err(|error| mysql_words(&error))?;
        let (outcome, _conn) = running.join().map_err(|_| "the statement's thread was lost".to_string())?;
        outcome.map(|()| waited)
    })
}

/// True when it waits, or still works after a time in which nothing this small takes: a row lock shows in no state.
fn loop_until(finished: impl Fn() -> bool, mut waiting: impl FnMut() -> bool) -> bool {
    let give_up = Instant::now() + Duration::from_secs(4);
    while Instant::now() < give_up {
        if finished() {
            return false;
        }
        if waiting() && !finished() {
            return true;
        }
        sleep(Duration::from_millis(5));
    }
    !finished()
}

fn is_waiting(watcher: &mut Conn, id: u32) -> bool {
    let query =
        format!("SELECT state FROM information_schema.processlist WHERE id = {id} AND state LIKE 'Waiting for%lock%'");
    !mysql_rows(watcher, &query).unwrap_or_default().is_empty()
}
