//! Others who write while something is done to their table.

use crate::servers::{MySql, mysql_rows};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::thread::{JoinHandle, sleep};
use std::time::{Duration, Instant};

/// When writers do no more for so long, something is wrong.
const PATIENCE: Duration = Duration::from_secs(60);

/// Threads that write until they are stopped.
pub struct Writers {
    stop: Arc<AtomicBool>,
    /// Rounds that were finished.
    rounds: Arc<AtomicU64>,
    threads: Vec<JoinHandle<Written>>,
}

/// What writers did.
#[derive(Debug, Default)]
pub struct Written {
    /// Statements that succeeded.
    pub done: u64,
    /// Rows inserted less rows deleted.
    pub balance: i64,
    /// Errors that no application should see.
    pub errors: Vec<String>,
}

/// One statement and by how many rows the table grows.
pub type Statement = fn(u64) -> (String, i64);

impl Writers {
    /// Starts so many sessions; each runs the statements in turn, with numbers that no other uses.
    pub fn start(server: &MySql, database: &str, statements: &'static [Statement], sessions: u64) -> Writers {
        let stop = Arc::new(AtomicBool::new(false));
        let numbers = Arc::new(AtomicU64::new(1));
        let rounds = Arc::new(AtomicU64::new(0));
        let threads = (0..sessions)
            .map(|_| {
                let (stop, numbers, rounds) = (Arc::clone(&stop), Arc::clone(&numbers), Arc::clone(&rounds));
                let mut conn = server.connect(database);
                std::thread::spawn(move || {
                    let mut written = Written::default();
                    while !stop.load(Ordering::Relaxed) {
                        let number = numbers.fetch_add(1, Ordering::Relaxed);
                        for statement in statements {
                            let (sql, growth) = statement(number);
                            one(&mut conn, &sql, growth, &mut written);
                        }
                        rounds.fetch_add(1, Ordering::Relaxed);
                        sleep(Duration::from_millis(4));
                    }
                    written
                })
            })
            .collect();
        Writers { stop, rounds, threads }
    }

    /// Waits until they have finished so many rounds of their statements more.
    ///
    /// # Panics
    /// When they do not come forward.
    pub fn let_work(&self, rounds: u64) {
        let enough = self.rounds.load(Ordering::Relaxed) + rounds;
        let give_up = Instant::now() + PATIENCE;
        while self.rounds.load(Ordering::Relaxed) < enough {
            assert!(Instant::now() < give_up, "the writers do not come forward");
            sleep(Duration::from_millis(5));
        }
    }

    /// Stops them; what they did together.
    pub fn stop(self) -> Written {
        self.stop.store(true, Ordering::Relaxed);
        let mut all = Written::default();
        for thread in self.threads {
            let one = thread.join().expect("a writer ends");
            all.done += one.done;
            all.balance += one.balance;
            all.errors.extend(one.errors);
        }
        all.errors.truncate(5);
        all
    }
}

/// An application tries a transaction again that a deadlock or a lock wait ended.
fn one(conn: &mut mysql::Conn, sql: &str, growth: i64, written: &mut Written) {
    for _ in 0..200 {
        match mysql_rows(conn, sql) {
            Ok(_) => {
                written.done += 1;
                written.balance += growth;
                return;
            }
            Err(error) if error.starts_with("1213 ") || error.starts_with("1205 ") => sleep(Duration::from_millis(5)),
            Err(error) => {
                written.errors.push(format!("{sql}: {error}"));
                return;
            }
        }
    }
    written.errors.push(format!("{sql}: never got through"));
}

/// A table whose columns tell of each other, and code that writes it.
pub mod workload {
    use super::Statement;

    /// How many rows there are before.
    pub const ROWS: u64 = 8_000;

    /// The table.
    pub const SCHEMA: &str = "CREATE TABLE orders (id bigint unsigned NOT NULL AUTO_INCREMENT, total_cents int NOT NULL, \
        note varchar(200) DEFAULT NULL, touched int NOT NULL DEFAULT 0, PRIMARY KEY (id), KEY orders_note (note)) \
        ENGINE=InnoDB DEFAULT CHARSET=utf8mb4";

    /// Its rows, with a note that tells the total.
    pub fn fill() -> String {
        let values: Vec<String> = (1..=ROWS).map(|id| format!("({id}, {id}, 'n{id}', 0)")).collect();
        format!("INSERT INTO orders (id, total_cents, note, touched) VALUES {}", values.join(", "))
    }

    /// Counts rows whose columns do not belong together.
    pub fn check(note: &str) -> String {
        format!("SELECT COUNT(*) FROM orders WHERE NOT ({note} <=> CONCAT('n', total_cents))")
    }

    /// Code that knows the columns as they are: inserts, updates, upserts, deletes of what was inserted.
    pub const STATEMENTS: &[Statement] = &[
        |n| (format!("INSERT INTO orders (id, total_cents, note) VALUES ({}, {n}, 'n{n}')", 1_000_000 + n), 1),
        |n| {
            let id = n * 37 % ROWS + 1;
            let set = format!("total_cents = {n}, note = 'n{n}', touched = touched + 1");
            (format!("UPDATE orders SET {set} WHERE id = {id}"), 0)
        },
        |n| {
            let id = n % 300 + 1;
            let upsert = "ON DUPLICATE KEY UPDATE total_cents = VALUES(total_cents), note = VALUES(note)";
            (format!("INSERT INTO orders (id, total_cents, note) VALUES ({id}, {n}, 'n{n}') {upsert}"), 0)
        },
        |n| match n % 3 {
            0 => (format!("DELETE FROM orders WHERE id = {}", 1_000_000 + n), -1),
            _ => (format!("SELECT note FROM orders WHERE id = {n}"), 0),
        },
    ];
}
