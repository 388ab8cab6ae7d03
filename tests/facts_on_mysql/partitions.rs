//! Statements on partitions: whether writers wait while they work. Most take no ALGORITHM and LOCK, or any without heeding
//! it, so that only the wait itself can be seen.

use crate::engine::Engine;
use lockstep_core::facts::{Blocking, WorkKind};
use lockstep_tests::servers::{MySql, mysql_words};
use mysql::prelude::Queryable;
use std::sync::atomic::{AtomicBool, AtomicU32, Ordering::Relaxed};
use std::thread::sleep;
use std::time::{Duration, Instant};

const SCHEMA: [&str; 3] = [
    "create table px (k int not null, v varchar(60), primary key (k)) engine=innodb",
    "create table pr (k int not null, v varchar(60), primary key (k)) engine=innodb partition by range (k) (partition p0 values less than (1000000), partition p1 values less than (2000000))",
    "create table ph (k int not null, v varchar(60), primary key (k)) engine=innodb partition by hash (k) partitions 4",
];

/// Rows of each table; more for what would be over at once.
fn rows_for(statement: &str) -> u64 {
    if [" check ", " optimize "].iter().any(|word| statement.contains(word)) { 524_288 } else { 131_072 }
}

/// The table that is written to meanwhile, the key that is written, the statement.
const STATEMENTS: &[(&str, u64, &str)] = &[
    ("px", 7, "alter table pr exchange partition p0 with table px"),
    ("pr", 1_500_000, "alter table pr exchange partition p0 with table px"),
    ("pr", 1_500_000, "alter table pr exchange partition p0 with table px without validation"),
    ("pr", 1_500_000, "alter table pr add partition (partition p2 values less than (3000000))"),
    (
        "pr",
        1_500_000,
        "alter table pr reorganize partition p0 into (partition a values less than (60000), partition b values less than (1000000))",
    ),
    ("pr", 1_500_000, "alter table pr rebuild partition p0"),
    ("pr", 1_500_000, "alter table pr check partition p0"),
    ("pr", 1_500_000, "alter table pr optimize partition p0"),
    ("pr", 1_500_000, "alter table pr remove partitioning"),
    ("px", 7, "alter table px partition by hash (k) partitions 4"),
    ("ph", 7, "alter table ph coalesce partition 1"),
    ("ph", 7, "alter table ph add partition partitions 1"),
];

/// Where the server and the core differ.
pub fn faults(server: &MySql) -> Vec<String> {
    let mut faults = Vec::new();
    for (table, key, statement) in STATEMENTS {
        let engine = Engine::of(&server.target(), &SCHEMA.join(";\n"));
        let effects = engine.effects("", statement);
        let refused = effects.iter().any(|e| e.refused.is_some());
        let work = effects.iter().flat_map(|e| &e.work).filter(|w| w.kind != WorkKind::Catalog);
        let said = work.map(|w| w.blocking).max() >= Some(Blocking::Writes);
        match (seen(server, table, *key, statement), refused) {
            (Err(_), true) => {}
            (Err(error), false) => faults.push(format!("{statement}: {error}")),
            (Ok(_), true) => faults.push(format!("{statement}: runs, said refused")),
            (Ok(Seen::Moment), false) if !said => {}
            (Ok(Seen::Moment), false) => faults.push(format!("{statement}: over at once, said writers wait")),
            (Ok(Seen::Waits(waits)), false) if waits == said => {}
            (Ok(Seen::Waits(waits)), false) => {
                let word = |waits: bool| if waits { "wait" } else { "go on" };
                faults.push(format!("{statement}: writers of {table} {}, said they {}", word(waits), word(said)));
            }
        }
    }
    faults
}

enum Seen {
    /// Whatever the rows are, it is over at once, though it waits for writers that are there.
    Moment,
    Waits(bool),
}

/// Shorter than this, nothing can be told.
const SHORT: Duration = Duration::from_millis(120);

/// Does a writer wait for a lock most of the time that the statement takes? Asked again while it is between yes and no. What the
/// server says it waits for counts, not how long its write takes: a busy disk is no lock. And it goes on only where writes come to
/// their end: on a busy machine the writer may not get to ask for the lock before the statement is over.
fn seen(server: &MySql, table: &str, key: u64, statement: &str) -> Result<Seen, String> {
    let mut last =
        Err("six looks told nothing: neither did the writer wait, nor did writes come to their end".to_string());
    let mut rows = rows_for(statement);
    for _ in 0..6 {
        let looks = looked(server, table, key, statement, rows)?;
        let share = f64::from(looks.waiting) / f64::from(looks.working.max(1));
        let short = looks.took < SHORT || looks.working < FEW;
        // On a busy machine a moment can be long: then it is as long with few rows.
        if short || share > 0.6 && looks.took < looked(server, table, key, statement, 1_024)?.took * 2 {
            match passes(server, table, key, statement)? {
                true => return Ok(Seen::Waits(false)),
                false if rows >= MANY => return Ok(Seen::Moment),
                false => rows *= 4,
            }
            continue;
        }
        if share > 0.6 || looks.written >= FEW {
            last = Ok(Seen::Waits(share > 0.6));
        }
        if share >= 0.8 || share < 0.4 && looks.written >= FEW {
            break;
        }
    }
    last
}

/// What takes no time with so many rows takes none with any number.
const MANY: u64 = 524_288;

/// It comes to its end beside a transaction that has written the table: no lock that writers wait for is part of it.
fn passes(server: &MySql, table: &str, key: u64, statement: &str) -> Result<bool, String> {
    let mut conn = server.create("parts");
    prepared(&mut conn, statement, 1_024)?;
    let mut writer = server.connect("parts");
    let run = |conn: &mut mysql::Conn, sql: &str| conn.query_drop(sql).map_err(|error| mysql_words(&error));
    run(&mut conn, "set session lock_wait_timeout = 1, innodb_lock_wait_timeout = 1")?;
    run(&mut writer, "begin")?;
    run(&mut writer, &format!("update {table} set v = uuid() where k = {key}"))?;
    match run(&mut conn, statement) {
        Ok(()) => Ok(true),
        Err(error) if error.starts_with("1205") => Ok(false),
        Err(error) => Err(error),
    }
}

/// Fewer looks, or writes, than this say nothing.
const FEW: u32 = 5;

/// What was seen from beside while the statement worked.
struct Looks {
    took: Duration,
    /// Looks at which the statement worked.
    working: u32,
    /// Of these, looks at which the writer waited for a lock.
    waiting: u32,
    /// Writes that were begun and came to their end meanwhile.
    written: u32,
}

/// Makes the tables and fills them.
fn prepared(conn: &mut mysql::Conn, statement: &str, most: u64) -> Result<(), String> {
    let mut run = |sql: &str| conn.query_drop(sql).map_err(|error| mysql_words(&error));
    SCHEMA.iter().try_for_each(|sql| run(sql))?;
    run("insert into px values (1, repeat('x', 50))")?;
    let mut rows = 1;
    while rows < most {
        run(&format!("insert into px select k + {rows}, v from px"))?;
        rows *= 2;
    }
    for other in ["pr", "ph"].iter().filter(|other| statement.contains(*other)) {
        run(&format!("insert into {other} select k, v from px"))?;
    }
    if statement.contains("pr ") {
        run("insert into pr values (1500000, 'one')")?;
    }
    Ok(())
}

fn looked(server: &MySql, table: &str, key: u64, statement: &str, rows: u64) -> Result<Looks, String> {
    let mut conn = server.create("parts");
    prepared(&mut conn, statement, rows)?;
    let (mut writer, mut watcher) = (server.connect("parts"), server.connect(""));
    let states = format!(
        "SELECT SUM(id = {} AND command <> 'Sleep'), SUM(id = {} AND state LIKE 'Waiting for%lock%') FROM information_schema.processlist",
        conn.connection_id(),
        writer.connection_id()
    );
    let (begun, over, written) = (AtomicBool::new(false), AtomicBool::new(false), AtomicU32::new(0));
    std::thread::scope(|scope| {
        scope.spawn(|| {
            while !over.load(Relaxed) {
                let meanwhile = begun.load(Relaxed);
                // A row that has moved to another table is written in vain: the wait for the table is the same.
                let _ = writer.query_drop(format!("update {table} set v = uuid() where k = {key}"));
                written.fetch_add(u32::from(meanwhile && !over.load(Relaxed)), Relaxed);
                sleep(Duration::from_millis(2));
            }
        });
        let watching = scope.spawn(|| {
            let (mut working, mut waiting) = (0, 0);
            while !over.load(Relaxed) {
                if let Ok(Some((1, waits))) = watcher.query_first::<(u32, u32), _>(&states) {
                    working += 1;
                    waiting += waits;
                }
                sleep(Duration::from_millis(5));
            }
            (working, waiting)
        });
        let began = Instant::now();
        begun.store(true, Relaxed);
        let outcome = conn.query_drop(statement).map_err(|error| mysql_words(&error));
        let took = began.elapsed();
        over.store(true, Relaxed);
        let (working, waiting) = watching.join().map_err(|_| "the watcher was lost".to_string())?;
        outcome.map(|()| Looks { took, working, waiting, written: written.load(Relaxed) })
    })
}
