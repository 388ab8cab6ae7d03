//! A throwaway PostgreSQL: own data folder, Unix socket in a temporary folder, no network.

use super::catalog::{Ignore, checks_as_not_null, pg_catalog, pg_data};
use super::roomy;
use crate::execute::Server;
use postgres::{CancelToken, Client, Config, NoTls, SimpleQueryMessage};
use std::fs;
use std::os::unix::fs::chown;
use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::Mutex;
use std::time::{Duration, Instant};
use tempfile::TempDir;

/// Small and quiet: many run on one machine, and what is observed is the statement's own work.
const SMALL: [&str; 13] = [
    "listen_addresses=",
    "fsync=off",
    "synchronous_commit=off",
    "full_page_writes=off",
    "shared_buffers=32MB",
    "max_connections=40",
    "autovacuum=off",
    "max_parallel_maintenance_workers=0",
    "max_parallel_workers_per_gather=0",
    "wal_level=logical",
    "max_prepared_transactions=4",
    // The log lies in memory too.
    "min_wal_size=32MB",
    "max_wal_size=64MB",
];

/// The server's own defaults, with memory for tables of some hundred megabytes.
const DURABLE: [&str; 4] = ["listen_addresses=", "shared_buffers=512MB", "max_connections=40", "max_wal_size=4GB"];

/// A running server; dropping it stops it and removes its data.
pub struct Pg {
    folder: TempDir,
    bin: PathBuf,
    account: Option<Account>,
    server: Child,
    version: u32,
    /// Makes and drops databases.
    admin: Mutex<Option<Client>>,
}

/// The account that runs the server: PostgreSQL refuses to run as root.
#[derive(Clone, Copy)]
struct Account {
    user: u32,
    group: u32,
}

impl Pg {
    /// Starts the server of this major version, with little memory and nothing running in the background.
    ///
    /// # Panics
    /// When there is none or it does not start; `cargo xtask servers` sets them up.
    pub fn start(major: u32) -> Pg {
        Pg::start_with(major, &SMALL, roomy())
    }

    /// Starts it as it is meant to run, durable and with autovacuum, for measurements.
    ///
    /// # Panics
    /// As `start`.
    pub fn start_durable(major: u32) -> Pg {
        Pg::start_with(major, &DURABLE, std::env::temp_dir())
    }

    fn start_with(major: u32, settings: &[&str], base: PathBuf) -> Pg {
        let bin = programs(major).unwrap_or_else(|| {
            panic!(
                "no PostgreSQL {major} in $LOCKSTEP_POSTGRES or the cache; `cargo xtask servers` sets all of them up"
            )
        });
        let folder = tempfile::Builder::new().prefix("lockstep-pg").tempdir_in(base).expect("a temporary folder");
        let account = account();
        if let Some(Account { user, group }) = account {
            chown(folder.path(), Some(user), Some(group)).expect("the data folder can be given away");
        }
        let data = folder.path().join("data");
        let log = folder.path().join("log");
        let made = command(&bin, "initdb", account)
            .args(["--auth=trust", "--username=postgres", "--no-sync", "--encoding=UTF8", "--locale=C", "-D"])
            .arg(&data)
            .output()
            .expect("initdb starts");
        assert!(made.status.success(), "initdb: {}", String::from_utf8_lossy(&made.stderr));
        let out = fs::File::create(&log).expect("a log file");
        let server = command(&bin, "postgres", account)
            .arg("-D")
            .arg(&data)
            .arg("-k")
            .arg(folder.path())
            .args(settings.iter().flat_map(|setting| ["-c", setting]))
            .stderr(out)
            .spawn()
            .expect("postgres starts");
        let mut pg = Pg { folder, bin, account, server, version: 0, admin: Mutex::new(None) };
        pg.wait_until_ready(&log);
        pg
    }

    fn wait_until_ready(&mut self, log: &Path) {
        let give_up = Instant::now() + Duration::from_secs(60);
        loop {
            match self.config("postgres").connect(NoTls) {
                Ok(mut client) => {
                    let row = client.query_one("SELECT current_setting('server_version_num')::int / 10000", &[]);
                    self.version = row.expect("a version").get::<_, i32>(0).unsigned_abs();
                    return;
                }
                Err(_) if Instant::now() < give_up => std::thread::sleep(Duration::from_millis(50)),
                Err(error) => {
                    panic!("PostgreSQL is not ready: {error}\n{}", fs::read_to_string(log).unwrap_or_default())
                }
            }
        }
    }

    /// The major version of the server.
    pub fn version(&self) -> u32 {
        self.version
    }

    /// Makes an empty database; one of that name is replaced, and its clients lose it.
    ///
    /// # Panics
    /// When the server refuses.
    pub fn create(&self, database: &str) -> Client {
        self.made_of("template0", database);
        self.client(database)
    }

    /// Makes a database as another is; one of that name is replaced.
    fn made_of(&self, from: &str, database: &str) {
        let mut kept = self.admin.lock().expect("no test failed while it made a database");
        let admin = kept.get_or_insert_with(|| self.client("template1"));
        let others =
            format!("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname IN ('{database}', '{from}')");
        while !admin.query(&others, &[]).expect("sessions can be listed").is_empty() {
            std::thread::sleep(Duration::from_millis(1));
        }
        admin.batch_execute(&format!("DROP DATABASE IF EXISTS \"{database}\"")).expect("the old database goes");
        admin.batch_execute(&format!("CREATE DATABASE \"{database}\" TEMPLATE \"{from}\"")).expect("a new database");
    }

    /// Where it listens.
    pub fn socket(&self) -> PathBuf {
        self.folder.path().join(".s.PGSQL.5432")
    }

    /// Makes a database as a copy of another; one of that name is replaced.
    ///
    /// # Panics
    /// When the server refuses.
    pub fn copy(&self, from: &str, database: &str) -> Client {
        self.made_of(from, database);
        self.client(database)
    }

    /// Connects to a database.
    pub fn client(&self, database: &str) -> Client {
        self.config(database).connect(NoTls).expect("a connection")
    }

    /// Makes a tablespace in the server's temporary folder.
    ///
    /// # Panics
    /// When the server refuses.
    pub fn tablespace(&self, name: &str) {
        let folder = self.folder.path().join(name);
        fs::create_dir(&folder).expect("a folder");
        if let Some(Account { user, group }) = self.account {
            chown(&folder, Some(user), Some(group)).expect("the folder can be given away");
        }
        let sql = format!("CREATE TABLESPACE {name} LOCATION '{}'", folder.display());
        self.client("postgres").batch_execute(&sql).expect("a tablespace");
    }

    /// Stops what a session runs; a session that runs nothing is left alone.
    pub fn cancel(&self, session: &CancelToken) {
        session.cancel_query(NoTls).unwrap_or_default();
    }

    fn config(&self, database: &str) -> Config {
        let mut config = Config::new();
        config.host_path(self.folder.path()).user("postgres").dbname(database);
        config
    }
}

impl Drop for Pg {
    fn drop(&mut self) {
        let stop = ["stop", "--silent", "--mode=immediate", "-D"];
        let asked = command(&self.bin, "pg_ctl", self.account)
            .args(stop)
            .arg(self.folder.path().join("data"))
            .stderr(Stdio::null())
            .status();
        if !asked.is_ok_and(|status| status.success()) {
            self.server.kill().unwrap_or_default();
        }
        let _ = self.server.wait();
    }
}

/// One database, as an executor of plans sees it.
pub struct PgDatabase {
    client: Client,
    version: u32,
}

impl PgDatabase {
    /// A new, empty database of this name.
    pub fn open(pg: &Pg, name: &str) -> PgDatabase {
        PgDatabase { client: pg.create(name), version: pg.version() }
    }

    /// A database of this name as another is.
    pub fn like(pg: &Pg, from: &str, name: &str) -> PgDatabase {
        PgDatabase { client: pg.copy(from, name), version: pg.version() }
    }

    /// Another session on a database that is there.
    pub fn join(pg: &Pg, name: &str) -> PgDatabase {
        PgDatabase { client: pg.client(name), version: pg.version() }
    }
}

impl Server for PgDatabase {
    fn run(&mut self, sql: &str) -> Result<(), String> {
        self.client.batch_execute(sql).map_err(words)
    }

    fn rows(&mut self, sql: &str) -> Result<Vec<Vec<String>>, String> {
        let messages = self.client.simple_query(sql).map_err(words)?;
        let rows = messages.iter().filter_map(|message| match message {
            SimpleQueryMessage::Row(row) => Some(row),
            _ => None,
        });
        let cell = |text: Option<&str>| text.unwrap_or("NULL").to_string();
        Ok(rows.map(|row| (0..row.len()).map(|i| cell(row.get(i))).collect()).collect())
    }

    fn reset(&mut self) {
        self.client.batch_execute("ROLLBACK").expect("a transaction can be ended");
        self.client.batch_execute("RESET SESSION AUTHORIZATION; RESET ALL").expect("settings can be reset");
    }

    fn catalog(&mut self) -> String {
        pg_catalog(&mut self.client, Ignore::ColumnOrder)
    }

    fn data(&mut self) -> String {
        pg_data(&mut self.client)
    }

    // Before 12, SET NOT NULL reads the table under its lock whatever was proved: the plan says that the check stays.
    fn with_stand_ins(&self, schema: &str) -> String {
        if self.version < 12 { checks_as_not_null(schema) } else { schema.to_string() }
    }
}

/// The server's own words.
fn words(error: postgres::Error) -> String {
    error.as_db_error().map_or_else(|| error.to_string(), ToString::to_string)
}

fn command(bin: &Path, program: &str, account: Option<Account>) -> Command {
    let mut command = Command::new(bin.join(program));
    command.stdin(Stdio::null()).stdout(Stdio::null()).current_dir("/");
    if let Some(Account { user, group }) = account {
        command.uid(user).gid(group);
    }
    command
}

/// The folder with `initdb` and `postgres` of a major version: one of those that `LOCKSTEP_POSTGRES` lists as PATH does,
/// else of those that `cargo xtask servers` keeps in the cache.
fn programs(major: u32) -> Option<PathBuf> {
    let listed = std::env::var_os("LOCKSTEP_POSTGRES").filter(|list| !list.is_empty());
    let folders: Vec<PathBuf> = match listed {
        Some(list) => std::env::split_paths(&list).collect(),
        None => kept().into_iter().map(|build| build.join("bin")).collect(),
    };
    folders.into_iter().rev().find(|bin| bin.join("initdb").is_file() && major_of(bin) == Some(major))
}

/// Builds in the cache: that of the system for root, who hands the server to an account that may not look into his home.
fn kept() -> Vec<PathBuf> {
    let base = match std::env::var_os("XDG_CACHE_HOME").filter(|folder| !folder.is_empty()) {
        _ if account().is_some() => Some(PathBuf::from("/var/cache")),
        Some(folder) => Some(PathBuf::from(folder)),
        None => std::env::var_os("HOME").map(|home| PathBuf::from(home).join(".cache")),
    };
    let entries = base.and_then(|base| fs::read_dir(base.join("lockstep")).ok()).into_iter().flatten().flatten();
    let named = |path: &PathBuf| path.file_name().is_some_and(|name| name.to_string_lossy().starts_with("postgres-"));
    let mut builds: Vec<PathBuf> = entries.map(|entry| entry.path()).filter(named).collect();
    builds.sort();
    builds
}

/// What `postgres --version` says: `postgres (PostgreSQL) 15.18`.
fn major_of(bin: &Path) -> Option<u32> {
    let output = Command::new(bin.join("postgres")).arg("--version").output().ok()?;
    let said = String::from_utf8_lossy(&output.stdout).into_owned();
    said.split(|c: char| !c.is_ascii_digit()).find(|word| !word.is_empty())?.parse().ok()
}

/// Root hands the server to the account `postgres`, or `nobody` where there is none; anybody else runs it himself.
fn account() -> Option<Account> {
    let status = fs::read_to_string("/proc/self/status").unwrap_or_default();
    let own = status.lines().find(|line| line.starts_with("Uid:"))?.split_whitespace().nth(2)?;
    if own != "0" {
        return None;
    }
    let accounts = fs::read_to_string("/etc/passwd").unwrap_or_default();
    let find = |name: &str| {
        let line = accounts.lines().find(|line| line.split(':').next() == Some(name))?;
        let mut numbers = line.split(':').skip(2).map_while(|number| number.parse().ok());
        Some(Account { user: numbers.next()?, group: numbers.next()? })
    };
    find("postgres").or_else(|| find("nobody"))
}
