//! A throwaway PostgreSQL: own data folder, Unix socket in a temporary folder, no network.

use super::catalog::{Ignore, pg_catalog, pg_data};
use crate::execute::Server;
use postgres::{Client, Config, NoTls, SimpleQueryMessage};
use std::fs;
use std::os::unix::fs::chown;
use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};
use tempfile::TempDir;

/// A running server; dropping it stops it and removes its data.
pub struct Pg {
    folder: TempDir,
    bin: PathBuf,
    account: Option<Account>,
    server: Child,
    version: u32,
}

/// The account that runs the server: PostgreSQL refuses to run as root.
#[derive(Clone, Copy)]
struct Account {
    user: u32,
    group: u32,
}

impl Pg {
    /// Starts the server that `LOCKSTEP_POSTGRES` names (a folder with `initdb`), else the newest installed.
    ///
    /// # Panics
    /// When there is none or it does not start; `cargo xtask test` installs one.
    pub fn start() -> Pg {
        let bin = programs().unwrap_or_else(|| panic!("no PostgreSQL server found; `cargo xtask test` installs one"));
        let folder = tempfile::Builder::new().prefix("lockstep-pg").tempdir().expect("a temporary folder");
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
            .args(["-c", "listen_addresses=", "-c", "fsync=off", "-c", "full_page_writes=off"])
            .stderr(out)
            .spawn()
            .expect("postgres starts");
        let mut pg = Pg { folder, bin, account, server, version: 0 };
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
        let mut admin = self.client("postgres");
        let others = format!("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = '{database}'");
        while !admin.query(&others, &[]).expect("sessions can be listed").is_empty() {}
        admin.batch_execute(&format!("DROP DATABASE IF EXISTS \"{database}\"")).expect("the old database goes");
        admin.batch_execute(&format!("CREATE DATABASE \"{database}\"")).expect("a new database");
        self.client(database)
    }

    /// Where it listens.
    pub fn socket(&self) -> PathBuf {
        self.folder.path().join(".s.PGSQL.5432")
    }

    /// Connects to a database.
    pub fn client(&self, database: &str) -> Client {
        self.config(database).connect(NoTls).expect("a connection")
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
}

impl PgDatabase {
    /// A new, empty database of this name.
    pub fn open(pg: &Pg, name: &str) -> PgDatabase {
        PgDatabase { client: pg.create(name) }
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

/// The folder with `initdb` and `postgres`.
fn programs() -> Option<PathBuf> {
    let given = std::env::var_os("LOCKSTEP_POSTGRES").map(PathBuf::from);
    let mut packaged: Vec<PathBuf> = fs::read_dir("/usr/lib/postgresql")
        .map(|entries| entries.flatten().map(|entry| entry.path().join("bin")).collect())
        .unwrap_or_default();
    packaged.sort_by_key(|bin| bin.parent().and_then(|p| p.file_name()?.to_str()?.parse::<u32>().ok()));
    let path = std::env::var_os("PATH").unwrap_or_default();
    let on_path: Vec<PathBuf> = std::env::split_paths(&path).collect();
    let mut all = given.into_iter().chain(packaged.into_iter().rev()).chain(on_path);
    all.find(|bin| bin.join("initdb").is_file() && bin.join("postgres").is_file())
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
