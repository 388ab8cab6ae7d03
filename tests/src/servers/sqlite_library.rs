//! SQLite itself: the one that this crate is built with, or a shared library of another version.

use rusqlite::Connection;
use rusqlite::types::ValueRef;
use serde_json::{Value, json};
use std::io::{BufRead, BufReader, Write};
use std::path::PathBuf;
use std::process::{Child, ChildStdin, ChildStdout, Command, Stdio};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex};

/// A connection to a database.
pub(super) trait Library {
    fn run(&self, sql: &str) -> Result<(), String>;
    fn rows(&self, sql: &str) -> Result<Vec<Vec<String>>, String>;
    fn in_transaction(&self) -> bool;
}

impl Library for Connection {
    fn run(&self, sql: &str) -> Result<(), String> {
        self.execute_batch(sql).map_err(|error| error.to_string())
    }

    fn rows(&self, sql: &str) -> Result<Vec<Vec<String>>, String> {
        let failed = |error: rusqlite::Error| error.to_string();
        let mut statement = self.prepare(sql).map_err(failed)?;
        let width = statement.column_count();
        let mut rows = statement.query([]).map_err(failed)?;
        let mut found = Vec::new();
        while let Some(row) = rows.next().map_err(failed)? {
            let cells = (0..width).map(|i| row.get_ref(i).map(text).map_err(failed));
            found.push(cells.collect::<Result<_, _>>()?);
        }
        Ok(found)
    }

    fn in_transaction(&self) -> bool {
        !self.is_autocommit()
    }
}

fn text(value: ValueRef<'_>) -> String {
    match value {
        ValueRef::Null => "NULL".to_string(),
        ValueRef::Integer(number) => number.to_string(),
        ValueRef::Real(number) => number.to_string(),
        ValueRef::Text(bytes) => String::from_utf8_lossy(bytes).into_owned(),
        ValueRef::Blob(bytes) => bytes.iter().map(|byte| format!("{byte:02x}")).collect(),
    }
}

/// A SQLite of another version, asked through `tests/sqlite/driver.py`.
#[derive(Clone)]
pub struct SqliteLibrary {
    process: Arc<Mutex<Process>>,
    version: &'static str,
}

struct Process {
    child: Child,
    questions: ChildStdin,
    answers: BufReader<ChildStdout>,
}

impl SqliteLibrary {
    /// The versions that `cargo xtask test` compiles, the oldest first.
    pub const VERSIONS: [&'static str; 6] = ["3.25.2", "3.31.1", "3.35.4", "3.39.2", "3.45.0", "3.54.1"];

    /// Loads a version.
    ///
    /// # Panics
    /// When it was not compiled, or Python is missing.
    pub fn load(version: &'static str) -> SqliteLibrary {
        let library = folder().join(format!("sqlite-{version}")).join("libsqlite3.usleep.so");
        assert!(library.is_file(), "there is no {}; `cargo xtask test` compiles it", library.display());
        let driver = crate::fresh::root().join("tests/sqlite/driver.py");
        let mut child = Command::new("python3")
            .arg(driver)
            .arg(&library)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .expect("python3 starts: it calls the SQLite libraries");
        let questions = child.stdin.take().expect("a pipe");
        let answers = BufReader::new(child.stdout.take().expect("a pipe"));
        let loaded = SqliteLibrary { process: Arc::new(Mutex::new(Process { child, questions, answers })), version };
        assert_eq!(loaded.ask(&json!({ "do": "version" })), Ok(json!(version)), "{}", library.display());
        loaded
    }

    /// Its version.
    pub fn version(&self) -> &'static str {
        self.version
    }

    /// Opens a database; `:memory:` is one that nobody else sees.
    ///
    /// # Panics
    /// When it cannot be opened.
    pub fn open(&self, path: &str) -> SqliteDatabase {
        static NEXT: AtomicU64 = AtomicU64::new(0);
        let database = SqliteDatabase { library: self.clone(), number: NEXT.fetch_add(1, Ordering::Relaxed) };
        database.ask("open", path).expect("a database");
        database
    }

    fn ask(&self, question: &Value) -> Result<Value, String> {
        let mut process = self.process.lock().expect("no other question panicked");
        writeln!(process.questions, "{question}").expect("the driver listens");
        let mut line = String::new();
        process.answers.read_line(&mut line).expect("the driver answers");
        let answer: Value = serde_json::from_str(&line).unwrap_or_else(|_| panic!("the driver died at {question}"));
        match answer.get("error").and_then(Value::as_str) {
            Some(error) => Err(error.to_string()),
            None => Ok(answer["ok"].clone()),
        }
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        // It would end by itself when its input closes.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

fn folder() -> PathBuf {
    let of = |variable: &str| std::env::var_os(variable).filter(|value| !value.is_empty()).map(PathBuf::from);
    let cache = || of("XDG_CACHE_HOME").or_else(|| of("HOME").map(|home| home.join(".cache")));
    of("LOCKSTEP_SQLITES").or_else(|| cache().map(|cache| cache.join("lockstep"))).expect("HOME is set")
}

/// A database of such a library.
pub struct SqliteDatabase {
    library: SqliteLibrary,
    number: u64,
}

impl SqliteDatabase {
    fn ask(&self, what: &str, words: &str) -> Result<Value, String> {
        self.library.ask(&json!({ "do": what, "of": self.number, "words": words }))
    }

    /// Pages that were not in the cache so far.
    ///
    /// # Panics
    /// When the library does not say.
    pub fn cache_misses(&self) -> u64 {
        self.ask("cache_misses", "").ok().and_then(|number| number.as_u64()).expect("a number")
    }

    /// Runs statements.
    ///
    /// # Errors
    /// The library's own words.
    pub fn run(&self, sql: &str) -> Result<(), String> {
        self.ask("run", sql).map(drop)
    }

    /// Rows of a query as text.
    ///
    /// # Errors
    /// The library's own words.
    pub fn rows(&self, sql: &str) -> Result<Vec<Vec<String>>, String> {
        let rows = self.ask("rows", sql)?;
        Ok(serde_json::from_value(rows).expect("rows of text"))
    }
}

impl Library for SqliteDatabase {
    fn run(&self, sql: &str) -> Result<(), String> {
        SqliteDatabase::run(self, sql)
    }

    fn rows(&self, sql: &str) -> Result<Vec<Vec<String>>, String> {
        SqliteDatabase::rows(self, sql)
    }

    fn in_transaction(&self) -> bool {
        self.ask("autocommit", "") == Ok(json!(false))
    }
}

impl Drop for SqliteDatabase {
    fn drop(&mut self) {
        let _ = self.ask("close", "");
    }
}
