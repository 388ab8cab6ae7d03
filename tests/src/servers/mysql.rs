//! Throwaway MySQL and MariaDB servers: own data folder, Unix socket in a temporary folder.

use super::roomy;
use crate::execute::Server;
use mysql::prelude::Queryable;
use mysql::{Conn, OptsBuilder, Value};
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Child, Command};
use std::time::{Duration, Instant};
use tempfile::TempDir;

/// A running server; dropping it stops it and removes its data.
pub struct MySql {
    folder: TempDir,
    server: Child,
    name: String,
    port: u16,
}

/// The servers that `cargo xtask test` sets up, by name: `mysql-5.7.22`, `mariadb-10.11.18`.
///
/// # Panics
/// When one of the five is missing.
pub fn mysql_servers() -> Vec<String> {
    let home = home();
    let entries = fs::read_dir(&home).into_iter().flatten().flatten();
    let mut names: Vec<String> = entries.map(|entry| entry.file_name().to_string_lossy().into_owned()).collect();
    names.sort();
    let lines = ["mariadb-10.11.", "mariadb-11.8.", "mysql-5.7.", "mysql-8.0.", "mysql-9."];
    let of_line = |line: &str| names.iter().rev().find(|name| name.starts_with(line)).cloned();
    let missing =
        |line: &str| -> String { panic!("no server {line}* in {}; `cargo xtask test` sets them up", home.display()) };
    lines.iter().map(|line| of_line(line).unwrap_or_else(|| missing(line))).collect()
}

/// A tool beside the servers, by its path there.
pub fn mysql_tool(path: &str) -> PathBuf {
    home().join(path)
}

/// `$LOCKSTEP_MYSQL_SERVERS`, else where `cargo xtask` puts them.
fn home() -> PathBuf {
    let set = |name: &str| std::env::var_os(name).filter(|value| !value.is_empty()).map(PathBuf::from);
    let cache = || set("XDG_CACHE_HOME").or_else(|| set("HOME").map(|home| home.join(".cache"))).unwrap_or_default();
    set("LOCKSTEP_MYSQL_SERVERS").unwrap_or_else(|| cache().join("lockstep/mysql-servers"))
}

/// Data is thrown away: nothing has to survive a crash.
const OPTIONS: [&str; 16] = [
    "--secure-file-priv=",
    "--sync-binlog=0",
    "--skip-log-bin",
    "--innodb-buffer-pool-size=64M",
    "--innodb-flush-log-at-trx-commit=0",
    "--innodb-flush-method=nosync",
    "--innodb-doublewrite=0",
    "--loose-innodb-log-file-size=4M",
    "--loose-innodb-redo-log-capacity=64M",
    "--loose-innodb-stats-auto-recalc=0",
    "--loose-mysqlx=0",
    "--loose-skip-name-resolve",
    "--character-set-server=utf8mb4",
    "--table-open-cache=200",
    "--max-connections=60",
    "--loose-innodb-buffer-pool-dump-at-shutdown=0",
];

impl MySql {
    /// Starts a server of [`mysql_servers`], with more options after the usual ones.
    ///
    /// # Panics
    /// When it does not start.
    pub fn start(name: &str, more: &[&str]) -> MySql {
        let program = home().join(name);
        let folder = tempfile::Builder::new().prefix("lockstep-my").tempdir_in(roomy()).expect("a temporary folder");
        let data = folder.path().join("data");
        let copied = Command::new("cp").arg("-r").arg(program.join("data")).arg(&data).status();
        assert!(copied.is_ok_and(|status| status.success()), "{name}: its data folder cannot be copied");
        let at = |option: &str, file: &str| format!("--{option}={}", folder.path().join(file).display());
        let server = Command::new(program.join("start"))
            .args([at("datadir", "data"), at("socket", "socket"), at("pid-file", "pid"), at("tmpdir", "")])
            .arg(at("log-error", "log"))
            .args(OPTIONS)
            .args(if more.iter().any(|option| option.starts_with("--port")) { &[][..] } else { &["--skip-networking"] })
            .args(more)
            .spawn()
            .unwrap_or_else(|error| panic!("{name}: {error}"));
        let mut started = MySql { folder, server, name: name.to_string(), port: 0 };
        started.wait_until_ready();
        started
    }

    /// The same, also on a port of this machine, for tools; user `tool` with password `secret` may do everything.
    pub fn start_on_port(name: &str, more: &[&str]) -> MySql {
        let free = std::net::TcpListener::bind("127.0.0.1:0").and_then(|listener| listener.local_addr());
        let port = free.expect("a free port").port();
        let (port_is, address) = (format!("--port={port}"), "--bind-address=127.0.0.1");
        let mut server = MySql::start(name, &[&[port_is.as_str(), address], more].concat());
        server.port = port;
        let mut conn = server.connect("");
        for sql in ["CREATE USER tool@'%' IDENTIFIED BY 'secret'", "GRANT ALL ON *.* TO tool@'%' WITH GRANT OPTION"] {
            conn.query_drop(sql).unwrap_or_else(|error| panic!("{name}: {sql}: {error}"));
        }
        server
    }

    /// The port, when it was started on one.
    pub fn port(&self) -> u16 {
        self.port
    }

    fn wait_until_ready(&mut self) {
        let give_up = Instant::now() + Duration::from_secs(120);
        loop {
            let ended = self.server.try_wait().ok().flatten();
            match Conn::new(self.options("")) {
                Ok(_) => return,
                Err(_) if ended.is_none() && Instant::now() < give_up => std::thread::sleep(Duration::from_millis(50)),
                Err(error) => {
                    let log = fs::read_to_string(self.folder.path().join("log")).unwrap_or_default();
                    let tail: Vec<&str> = log.lines().rev().take(20).collect();
                    panic!(
                        "{} is not ready: {error}\n{}",
                        self.name,
                        tail.into_iter().rev().collect::<Vec<_>>().join("\n")
                    )
                }
            }
        }
    }

    /// What a plan for this server is asked for: `mysql:5.7.22`.
    pub fn target(&self) -> String {
        self.name.replacen('-', ":", 1)
    }

    /// The first part of its version.
    pub fn major(&self) -> u32 {
        let version = self.name.split('-').nth(1).unwrap_or_default();
        version.split('.').next().and_then(|major| major.parse().ok()).unwrap_or_default()
    }

    /// MariaDB or MySQL.
    pub fn is_mariadb(&self) -> bool {
        self.name.starts_with("mariadb")
    }

    /// The folder of its socket and data.
    pub fn folder(&self) -> &Path {
        self.folder.path()
    }

    /// Connects; no database for an empty name.
    pub fn connect(&self, database: &str) -> Conn {
        Conn::new(self.options(database)).unwrap_or_else(|error| panic!("{}: {error}", self.name))
    }

    /// Makes an empty database and connects to it; one of that name is replaced.
    pub fn create(&self, database: &str) -> Conn {
        let mut conn = self.connect("");
        for sql in [
            "SET foreign_key_checks = 0".to_string(),
            format!("DROP DATABASE IF EXISTS `{database}`"),
            format!("CREATE DATABASE `{database}`"),
        ] {
            conn.query_drop(&sql).unwrap_or_else(|error| panic!("{}: {sql}: {error}", self.name));
        }
        self.connect(database)
    }

    fn options(&self, database: &str) -> OptsBuilder {
        let database = (!database.is_empty()).then(|| database.to_string());
        OptsBuilder::new()
            .socket(Some(self.folder.path().join("socket").display().to_string()))
            .user(Some("root"))
            .db_name(database)
            .prefer_socket(true)
    }
}

impl Drop for MySql {
    fn drop(&mut self) {
        // Nothing is worth a tidy end: the data goes too.
        let _ = self.server.kill();
        let _ = self.server.wait();
    }
}

/// The server's number and words of what went wrong.
pub fn words(error: &mysql::Error) -> String {
    match error {
        mysql::Error::MySqlError(error) => format!("{} {}", error.code, error.message),
        other => other.to_string(),
    }
}

/// A value as the server prints it.
pub fn text(value: &Value) -> String {
    match value {
        Value::NULL => "NULL".to_string(),
        Value::Bytes(bytes) => match std::str::from_utf8(bytes) {
            Ok(text) => text.to_string(),
            Err(_) => bytes.iter().map(|byte| format!("{byte:02x}")).collect(),
        },
        other => other.as_sql(true),
    }
}

/// Runs statements and returns the rows of the last one that has any, as text. An error in a later statement or result
/// counts as much as one in the first.
///
/// # Errors
/// The server's own words.
pub fn rows(conn: &mut Conn, sql: &str) -> Result<Vec<Vec<String>>, String> {
    let mut result = conn.query_iter(sql).map_err(|error| words(&error))?;
    let mut last = Vec::new();
    while let Some(set) = result.iter() {
        let has_columns = !set.columns().as_ref().is_empty();
        let mut found = Vec::new();
        for row in set {
            let row = row.map_err(|error| words(&error))?;
            found.push(row.unwrap().iter().map(text).collect());
        }
        if has_columns {
            last = found;
        }
    }
    Ok(last)
}

/// One database, as an executor of plans sees it.
pub struct MySqlDatabase {
    options: OptsBuilder,
    conn: Conn,
}

impl MySqlDatabase {
    /// A new, empty database of this name.
    pub fn open(server: &MySql, name: &str) -> MySqlDatabase {
        drop(server.create(name));
        MySqlDatabase::join(server, name)
    }

    /// Another session on a database that is there.
    pub fn join(server: &MySql, name: &str) -> MySqlDatabase {
        let mut database = MySqlDatabase { conn: server.connect(name), options: server.options(name) };
        database.reset();
        database
    }
}

/// What the clock of a session says, so that rows with a time in them can be compared.
const NOW: &str = "SET SESSION timestamp = 1767225600";

impl Server for MySqlDatabase {
    fn run(&mut self, sql: &str) -> Result<(), String> {
        rows(&mut self.conn, sql).map(drop)
    }

    fn rows(&mut self, sql: &str) -> Result<Vec<Vec<String>>, String> {
        rows(&mut self.conn, sql)
    }

    fn reset(&mut self) {
        self.conn = Conn::new(self.options.clone()).unwrap_or_else(|error| panic!("no new session: {error}"));
        self.conn.query_drop(NOW).unwrap_or_else(|error| panic!("{NOW}: {error}"));
    }

    fn catalog(&mut self) -> String {
        super::mysql_catalog::catalog(&mut self.conn)
    }

    fn data(&mut self) -> String {
        super::mysql_catalog::data(&mut self.conn)
    }
}
