//! What one statement does to a real PostgreSQL: which relations it locks, writes anew and reads, and whether it may run
//! in a transaction. Read from the locks, files and counters of its session.

use super::postgres::Pg;
use postgres::Client;
use std::collections::{BTreeMap, BTreeSet};
use std::thread;
use std::time::{Duration, Instant};

/// Lock modes, weakest first: as `pg_locks` says them and in short.
const MODES: [(&str, &str); 8] = [
    ("AccessShareLock", "AS"),
    ("RowShareLock", "RS"),
    ("RowExclusiveLock", "RX"),
    ("ShareUpdateExclusiveLock", "SUX"),
    ("ShareLock", "S"),
    ("ShareRowExclusiveLock", "SRX"),
    ("ExclusiveLock", "X"),
    ("AccessExclusiveLock", "AX"),
];

/// For each mode one that lets it pass, and none that is stronger; ROW SHARE and ROW EXCLUSIVE are not told from ACCESS SHARE here.
const BEHIND: [Option<&str>; 8] = [
    Some("SHARE UPDATE EXCLUSIVE"),
    Some("SHARE UPDATE EXCLUSIVE"),
    Some("SHARE UPDATE EXCLUSIVE"),
    Some("ROW EXCLUSIVE"),
    Some("SHARE"),
    Some("ROW SHARE"),
    Some("ACCESS SHARE"),
    None,
];

/// Made new for statements that cannot be rolled back, so that every statement meets the same database.
const TEMPLATE: &str = "zz_template";
/// The name that `REINDEX DATABASE` of the cases names.
const DATABASE: &str = "postgres";
/// Where the cases' objects live.
const SESSION: &str = "SET search_path = c, public; SET client_min_messages = error; SET lock_timeout = '8s'";
/// A table whose counters tell that those of the statement have arrived: a session's counters arrive in one piece.
const SENTINEL: &str = "zz_seen.sentinel";

/// What a statement did.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Seen {
    /// The strongest mode on each table, view or sequence that was there before, in short.
    pub locks: BTreeMap<String, &'static str>,
    /// The same for indexes.
    pub index_locks: BTreeMap<String, &'static str>,
    /// Tables with a new file.
    pub rewrite: BTreeSet<String>,
    /// Tables that were read from end to end.
    pub scan: BTreeSet<String>,
    /// Indexes with a new file.
    pub rebuilt: BTreeSet<String>,
    /// It may run in a transaction; none when it failed for another reason.
    pub transaction: Option<bool>,
    /// SQLSTATE of the refusal, empty when there was none.
    pub error: String,
}

/// A relation of the cases, by oid.
struct Relation {
    name: String,
    kind: String,
    file: Option<u32>,
}

impl Relation {
    fn is_index(&self) -> bool {
        matches!(self.kind.as_str(), "i" | "I")
    }
}

type Relations = BTreeMap<u32, Relation>;

/// A server with the database of the cases.
pub struct Observer<'a> {
    pg: &'a Pg,
    admin: Client,
    /// A session on the database as it was made; none when something was left behind in it.
    session: Option<Client>,
    /// Rows of each table before the statement.
    rows: BTreeMap<String, i64>,
}

impl<'a> Observer<'a> {
    /// Makes the database: `ddl` and `rows` in a schema of their own, `cluster` before it in no schema.
    ///
    /// # Panics
    /// When the server refuses any of it.
    pub fn new(pg: &'a Pg, cluster: &str, ddl: &str, rows: &str) -> Observer<'a> {
        let mut template = pg.create(TEMPLATE);
        let run = |client: &mut Client, sql: &str| {
            client.batch_execute(sql).unwrap_or_else(|error| panic!("{}\n{sql}", words(&error)));
        };
        cluster.split(";\n").for_each(|sql| run(&mut template, sql));
        run(&mut template, &format!("CREATE SCHEMA c; CREATE SCHEMA zz_seen; CREATE TABLE {SENTINEL} (x int)"));
        run(&mut template, SESSION);
        run(&mut template, ddl);
        run(&mut template, rows);
        drop(template);
        Observer { pg, admin: pg.client("template1"), session: None, rows: BTreeMap::new() }
    }

    /// Runs a statement with `given` committed before it and `before` in its own transaction.
    ///
    /// # Errors
    /// When what comes before the statement fails.
    pub fn observe(&mut self, given: &str, before: &str, sql: &str) -> Result<Seen, String> {
        let mut session = self.session(given)?;
        let seen = in_transaction(&mut session, before, sql, &self.rows)?;
        // What was rolled back left nothing behind; only what was given did.
        self.session = given.is_empty().then_some(session);
        Ok(seen)
    }

    /// Runs a statement that no transaction takes: asks for its locks behind a holder of ACCESS EXCLUSIVE on each of
    /// `targets`, then runs it to its end.
    ///
    /// # Errors
    /// When what comes before the statement fails.
    pub fn observe_alone(&mut self, given: &str, sql: &str, targets: &[String]) -> Result<Seen, String> {
        let mut locks = BTreeMap::new();
        for target in targets {
            if let Some(mode) = self.requested(given, sql, target)? {
                locks.insert(target.clone(), mode);
            }
        }
        drop(self.session(given)?);
        let mut watcher = self.connect()?;
        settled(&mut watcher, self.pg);
        let (before, counted) = (relations(&mut watcher), counters(&mut watcher, "pg_stat_user_tables"));
        let mut actor = self.connect()?;
        let pid: i32 = actor.query_one("SELECT pg_backend_pid()", &[]).map_err(|error| words(&error))?.get(0);
        let outcome = actor.batch_execute(sql);
        drop(actor);
        ended(&mut watcher, pid);
        settled(&mut watcher, self.pg);
        let counted_after = counters(&mut watcher, "pg_stat_user_tables");
        let mut seen = changed(&before, &relations(&mut watcher));
        seen.scan = scans(&before, &counted, &counted_after, &self.rows);
        seen.locks = locks;
        seen.transaction = Some(false);
        seen.error = outcome.err().map(|error| code(&error)).unwrap_or_default();
        Ok(seen)
    }

    /// The strongest mode that a statement asks for on a table, in any of its transactions: behind a holder of ACCESS
    /// EXCLUSIVE it waits for the first; then again behind one that lets that pass and stronger ones not.
    fn requested(&mut self, given: &str, sql: &str, target: &str) -> Result<Option<&'static str>, String> {
        let again =
            ["vacuum", "reindex", "cluster"].iter().any(|verb| sql.starts_with(verb)) && !sql.contains("concurrently");
        let (mut strongest, mut holds) = (None, Some("ACCESS EXCLUSIVE"));
        while let Some(held) = holds {
            let mut actor = self.session(given)?;
            let (mut watcher, mut holder) = (self.connect()?, self.connect()?);
            hold(&mut holder, target, held).map_err(|error| format!("{target}: {}", words(&error)))?;
            let asked = asks_for(self.pg, &mut actor, &mut watcher, &mut holder, sql, target).unwrap_or_default();
            let found = asked.mode;
            holder.batch_execute("ROLLBACK").map_err(|error| words(&error))?;
            // Behind ACCESS EXCLUSIVE it did nothing to the table; else an earlier transaction may have been committed.
            let untouched = again || strongest.is_none() && found.is_some();
            self.session = (untouched && asked.at_rest && given.is_empty()).then_some(actor);
            holds = found.filter(|_| found > strongest).and_then(|mode| BEHIND[mode]);
            strongest = strongest.max(found);
        }
        Ok(strongest.map(|mode| MODES[mode].1))
    }

    /// A session on the database as it was made, with what is given.
    fn session(&mut self, given: &str) -> Result<Client, String> {
        if let Some(session) = self.session.take().filter(|_| given.is_empty()) {
            return Ok(session);
        }
        self.anew();
        let mut session = self.connect()?;
        for sql in given.split("; ").filter(|sql| !sql.is_empty()) {
            session.batch_execute(sql).map_err(|error| format!("{sql}: {}", words(&error)))?;
        }
        self.rows = row_counts(&mut session);
        Ok(session)
    }

    fn connect(&self) -> Result<Client, String> {
        let mut client = self.pg.client(DATABASE);
        client.batch_execute(SESSION).map_err(|error| words(&error))?;
        Ok(client)
    }

    /// The database as it was made, and nothing of a case left beside it.
    fn anew(&mut self) {
        for leaves in ["DROP DATABASE IF EXISTS dbx", "DROP ROLE IF EXISTS r3"] {
            self.admin.batch_execute(leaves).unwrap_or_default();
        }
        let subscribed = self.admin.query("SELECT subname::text FROM pg_subscription", &[]);
        for row in subscribed.expect("subscriptions can be listed") {
            let name: String = row.get(0);
            let sql = format!("ALTER SUBSCRIPTION {name} SET (slot_name = NONE); DROP SUBSCRIPTION {name}");
            for sql in sql.split("; ") {
                self.pg.client(DATABASE).batch_execute(sql).unwrap_or_else(|error| panic!("{sql}: {}", words(&error)));
            }
        }
        let others = format!("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = '{DATABASE}'");
        while self.admin.query(&others, &[]).is_ok_and(|rows| !rows.is_empty()) {
            thread::sleep(Duration::from_millis(1));
        }
        for sql in
            [format!("DROP DATABASE IF EXISTS {DATABASE}"), format!("CREATE DATABASE {DATABASE} TEMPLATE {TEMPLATE}")]
        {
            self.admin.batch_execute(&sql).unwrap_or_else(|error| panic!("{sql}: {}", words(&error)));
        }
    }
}

fn in_transaction(session: &mut Client, before: &str, sql: &str, rows: &BTreeMap<String, i64>) -> Result<Seen, String> {
    session.batch_execute("BEGIN").map_err(|error| words(&error))?;
    let old = relations(session);
    session.batch_execute(before).map_err(|error| format!("{before}: {}", words(&error)))?;
    let mut there = relations(session);
    there.retain(|oid, _| old.contains_key(oid));
    let counted = counters(session, "pg_stat_xact_user_tables");
    let seen = match session.batch_execute(sql) {
        Ok(()) => {
            let counted_after = counters(session, "pg_stat_xact_user_tables");
            let (index_locks, locks) = held(session, &there);
            let scan = scans(&there, &counted, &counted_after, rows);
            Seen { locks, index_locks, scan, transaction: Some(true), ..changed(&there, &relations(session)) }
        }
        Err(error) if code(&error) == "25001" => Seen { transaction: Some(false), ..Seen::default() },
        Err(error) => Seen { error: code(&error), ..Seen::default() },
    };
    session.batch_execute("ROLLBACK").map_err(|error| words(&error))?;
    Ok(seen)
}

/// Opens a transaction that holds a lock. LOCK refuses a materialized view: that is held with ACCESS EXCLUSIVE, whatever is asked for.
fn hold(holder: &mut Client, target: &str, mode: &str) -> Result<(), postgres::Error> {
    holder.batch_execute("BEGIN; SAVEPOINT open")?;
    holder.batch_execute(&format!("LOCK TABLE {target} IN {mode} MODE")).or_else(|_| {
        let other = format!("ROLLBACK TO open; ALTER MATERIALIZED VIEW {target} OWNER TO CURRENT_USER");
        holder.batch_execute(&other)
    })
}

/// What a statement asked for.
#[derive(Default)]
struct Asked {
    /// The mode on the table, by its place.
    mode: Option<usize>,
    /// Its session can go on: no cancel is on the way to it.
    at_rest: bool,
}

/// Runs the statement until it waits for a lock on the table, or for the end of the holder's transaction; then cancels it.
fn asks_for(
    pg: &Pg,
    actor: &mut Client,
    watcher: &mut Client,
    holder: &mut Client,
    sql: &str,
    target: &str,
) -> Option<Asked> {
    let cancel = actor.cancel_token();
    let number = |client: &mut Client| client.query_one("SELECT pg_backend_pid()", &[]).ok()?.get::<_, Option<i32>>(0);
    let (pid, holder) = (number(actor)?, number(holder)?);
    thread::scope(|scope| {
        let running = scope.spawn(move || actor.batch_execute(sql).is_ok());
        // What waits for the end of the holder's transaction, not for the table, asks for nothing more; others end soon.
        let waits = format!(
            "SELECT relation, mode FROM pg_locks WHERE pid = {pid} AND NOT granted AND \
             (relation = 'c.{target}'::regclass OR locktype IN ('virtualxid', 'transactionid') \
             AND {holder} = ANY (pg_blocking_pids({pid}))) LIMIT 1"
        );
        // Long: what goes over a whole database comes to its last table late on a busy machine.
        let give_up = Instant::now() + Duration::from_secs(60);
        let mut waiting = None;
        while waiting.is_none() && !running.is_finished() && Instant::now() < give_up {
            waiting = watcher.query_opt(&waits, &[]).ok()?;
            thread::sleep(Duration::from_millis(5));
        }
        // A cancel that comes behind the end of the statement would meet the next one of its session.
        let ended = running.is_finished();
        if !ended {
            pg.cancel(&cancel);
        }
        let _ = running.join();
        let mode = waiting.filter(|row| row.get::<_, Option<u32>>(0).is_some()).map(|row| row.get::<_, String>(1));
        let mode = mode.and_then(|mode| MODES.iter().position(|(long, _)| *long == mode));
        Some(Asked { mode, at_rest: ended || mode.is_some() })
    })
}

/// Waits until a session has ended: its counters are on their way by then.
fn ended(watcher: &mut Client, pid: i32) {
    let there = format!("SELECT 1 FROM pg_stat_activity WHERE pid = {pid}");
    while !watcher.query(&there, &[]).expect("sessions can be listed").is_empty() {
        thread::sleep(Duration::from_millis(1));
    }
}

/// Waits until the counters of all sessions that have ended are in.
fn settled(watcher: &mut Client, pg: &Pg) {
    let arrived = |watcher: &mut Client| -> i64 {
        let query = format!(
            "SELECT coalesce(sum(seq_scan), 0)::bigint FROM pg_stat_user_tables WHERE relid = '{SENTINEL}'::regclass"
        );
        watcher.query_one(&query, &[]).expect("counters can be read").get(0)
    };
    let before = arrived(watcher);
    let mut reader = pg.client(DATABASE);
    reader.batch_execute(&format!("SELECT count(*) FROM {SENTINEL}")).expect("the sentinel can be read");
    drop(reader);
    let give_up = Instant::now() + Duration::from_secs(20);
    while arrived(watcher) == before {
        assert!(Instant::now() < give_up, "the server's counters do not arrive");
        thread::sleep(Duration::from_millis(10));
    }
}

fn relations(client: &mut Client) -> Relations {
    let query = "SELECT c.oid, c.relname::text, c.relkind::text, pg_relation_filenode(c.oid) FROM pg_class c \
                 JOIN pg_namespace n ON n.oid = c.relnamespace WHERE n.nspname IN ('c', 'c2')";
    let rows = client.query(query, &[]).expect("relations can be listed");
    let relation = |row: &postgres::Row| Relation { name: row.get(1), kind: row.get(2), file: row.get(3) };
    rows.iter().map(|row| (row.get::<_, u32>(0), relation(row))).collect()
}

/// Rows of every table with a file.
fn row_counts(client: &mut Client) -> BTreeMap<String, i64> {
    let tables = relations(client);
    let stored = tables.values().filter(|relation| matches!(relation.kind.as_str(), "r" | "m"));
    let mut counts = BTreeMap::new();
    for table in stored {
        if let Ok(row) = client.query_one(&format!("SELECT count(*) FROM ONLY {}", table.name), &[]) {
            counts.insert(table.name.clone(), row.get(0));
        }
    }
    counts
}

/// Scans, and rows read by them or through an index, by oid: the planner may read all rows in the order of an index.
fn counters(client: &mut Client, view: &str) -> BTreeMap<u32, (i64, i64)> {
    let query = format!(
        "SELECT relid, seq_scan + coalesce(idx_scan, 0), seq_tup_read + coalesce(idx_tup_fetch, 0) FROM {view} \
         WHERE schemaname IN ('c', 'c2')"
    );
    let rows = client.query(&query, &[]).expect("counters can be read");
    rows.iter().map(|row| (row.get(0), (row.get(1), row.get(2)))).collect()
}

/// Tables of which at least all rows were read.
fn scans(
    there: &Relations,
    before: &BTreeMap<u32, (i64, i64)>,
    after: &BTreeMap<u32, (i64, i64)>,
    rows: &BTreeMap<String, i64>,
) -> BTreeSet<String> {
    let read = after.iter().filter_map(|(oid, (scans, tuples))| {
        let (scans_before, tuples_before) = before.get(oid).copied().unwrap_or_default();
        let name = &there.get(oid)?.name;
        let all = rows.get(name).copied().unwrap_or_default();
        (scans - scans_before > 0 && tuples - tuples_before >= all.max(1)).then(|| name.clone())
    });
    read.collect()
}

/// Files that are new: of relations that are still there, and of indexes that were replaced under their name.
fn changed(before: &Relations, after: &Relations) -> Seen {
    let mut seen = Seen::default();
    for (oid, was) in before {
        let same_name = || after.values().find(|now| now.name == was.name);
        let now = after.get(oid).or_else(|| if was.is_index() { same_name() } else { None });
        if now.is_some_and(|now| now.file != was.file) {
            let kind = if was.is_index() { &mut seen.rebuilt } else { &mut seen.rewrite };
            kind.insert(was.name.clone());
        }
    }
    seen
}

type Locks = BTreeMap<String, &'static str>;

/// The strongest lock on each relation that was there before: indexes, and everything else.
fn held(session: &mut Client, there: &Relations) -> (Locks, Locks) {
    let query = "SELECT relation, mode FROM pg_locks WHERE locktype = 'relation' AND granted AND pid = pg_backend_pid() \
                 AND database = (SELECT oid FROM pg_database WHERE datname = current_database())";
    let mut strongest: BTreeMap<u32, usize> = BTreeMap::new();
    for row in session.query(query, &[]).expect("locks can be listed") {
        let (oid, mode): (u32, String) = (row.get(0), row.get(1));
        let Some(mode) = MODES.iter().position(|(long, _)| *long == mode) else { continue };
        let known = strongest.entry(oid).or_default();
        *known = mode.max(*known);
    }
    let known = strongest.iter().filter_map(|(oid, mode)| Some((there.get(oid)?, MODES[*mode].1)));
    let (indexes, others): (Vec<_>, Vec<_>) = known.partition(|(relation, _)| relation.is_index());
    let named = |locks: Vec<(&Relation, &'static str)>| -> Locks {
        locks.into_iter().map(|(relation, mode)| (relation.name.clone(), mode)).collect()
    };
    (named(indexes), named(others))
}

fn code(error: &postgres::Error) -> String {
    error.code().map(|state| state.code().to_string()).unwrap_or_else(|| error.to_string())
}

fn words(error: &postgres::Error) -> String {
    error.as_db_error().map_or_else(|| error.to_string(), ToString::to_string)
}
