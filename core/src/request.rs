//! What the caller gives: the change, the engine, and what is known about the database.
//!
//! This is a public contract (`design/contract`): fields may be added, never renamed. Unknown fields are ignored.

use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// One question to the planner.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(default)]
pub struct Request {
    /// The change: DDL and DML of one or several files, in order.
    pub sql: String,
    /// `postgres:16`, `mysql:8.0.28`, `mariadb:10.11`, `sqlite:3.45`.
    pub engine: String,
    /// Instead of `sql`: the schema wanted, as DDL; the change is then what makes it of `schema`.
    pub target_schema: Option<String>,
    /// What makes `target_schema` of `schema`, where the caller has compared them: the page's planners leave that to a program
    /// that is loaded when it is needed.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "schema", schemars(skip))]
    pub difference: Option<Compared>,
    /// The current schema as DDL (pg_dump, mysqldump, `.schema` or plain CREATE TABLEs).
    pub schema: Option<String>,
    /// Table sizes: JSON, CSV, or the pasted output of the statistics query.
    pub stats: Option<String>,
    /// Rows of single tables, by name (`users`, `sales.orders`); they win over `stats`.
    pub rows: BTreeMap<String, u64>,
    /// How the plan shall be made.
    pub options: Options,
}

/// Two schemas compared.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct Compared {
    /// The statements, each terminated.
    pub sql: String,
    /// What the reader should know.
    pub notes: Vec<String>,
    /// What the statements leave different.
    pub left: Vec<String>,
}

/// Choices of the caller; every field has a default.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(default)]
pub struct Options {
    /// Name of the plan; made from the change when empty.
    pub title: String,
    /// The framework whose files are written: see `render::files::ALL`.
    pub framework: String,
    /// Version of the framework, where files name it (Rails `7.1`).
    pub framework_version: String,
    /// The runner wraps each pasted file in one transaction.
    pub in_transaction: bool,
    /// Rows per backfill batch.
    pub batch_size: u64,
    /// Pause between batches, milliseconds.
    pub pause_ms: u64,
    /// Lock timeout of every step, milliseconds.
    pub lock_timeout_ms: u64,
    /// How both columns are kept in step while old and new code run.
    pub dual_write: DualWrite,
    /// Blocking for longer than this makes a statement unsafe, milliseconds.
    pub block_limit_ms: u64,
    /// Rows per table assumed where none are given.
    pub assumed_rows: u64,
    /// Longest transaction that the server runs, seconds; locks wait for it.
    pub longest_transaction_s: f64,
    /// How much slower than the reference machine the server is; 1 is the same.
    pub hardware_factor: f64,
    /// Date for file names, `YYYY-MM-DD`; `version` wins where a framework numbers its files.
    pub date: String,
    /// Version or time stamp of the first file, e.g. `20260102030405`; made from `date` when empty.
    pub version: String,
    /// Previous migration, for frameworks that chain them (Alembic `down_revision`, Django dependency).
    pub previous: String,
    /// Application label (Django).
    pub app: String,
}

/// How both columns are kept in step while old and new code run.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "snake_case")]
pub enum DualWrite {
    /// By a trigger: no code change before the switch.
    #[default]
    Trigger,
    /// By the application.
    Application,
}

impl std::default::Default for Options {
    fn default() -> Self {
        Options {
            title: String::new(),
            framework: String::new(),
            framework_version: String::new(),
            in_transaction: false,
            batch_size: 5_000,
            pause_ms: 100,
            lock_timeout_ms: 500,
            dual_write: DualWrite::Trigger,
            block_limit_ms: 1_000,
            assumed_rows: 1_000_000,
            longest_transaction_s: 60.0,
            hardware_factor: 1.0,
            date: String::new(),
            version: String::new(),
            previous: String::new(),
            app: String::new(),
        }
    }
}
