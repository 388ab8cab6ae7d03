//! Arguments.

use clap::{Args, Parser, Subcommand, ValueEnum};
use std::path::PathBuf;

/// Says what a schema change does to a running database, and plans it so that nothing breaks.
#[derive(Parser)]
#[command(name = "lockstep", version, propagate_version = true)]
pub struct Cli {
    /// What to do.
    #[command(subcommand)]
    pub command: Command,
}

/// What to do.
#[derive(Subcommand)]
pub enum Command {
    /// Plan a change: DDL and DML in files, in order, or on standard input.
    Plan(Box<PlanArgs>),
    /// Print the DDL between two schemas.
    Diff(DiffArgs),
    /// Print the query to run on your server; give its output back with `plan --stats`.
    StatsQuery {
        /// The server: postgres:16, mysql:8.0.28, mariadb:10.11, sqlite:3.45.
        #[arg(long, value_name = "ENGINE[:VERSION]")]
        engine: String,
    },
    /// List every rule.
    Rules,
    /// List every recipe.
    Recipes,
    /// Explain one rule or recipe.
    Explain {
        /// Its id, as in the lists.
        id: String,
    },
}

/// Arguments of `diff`.
#[derive(Args)]
pub struct DiffArgs {
    /// The schema as it is.
    #[arg(value_name = "OLD")]
    pub old: PathBuf,
    /// The schema as it shall be.
    #[arg(value_name = "NEW")]
    pub new: PathBuf,
    /// The server: postgres:16, mysql:8.0.28, mariadb:10.11, sqlite:3.45.
    #[arg(long, value_name = "ENGINE[:VERSION]")]
    pub engine: String,
}

/// Arguments of `plan`.
#[derive(Args)]
pub struct PlanArgs {
    /// SQL files in order; `-` is standard input, also when none is named.
    #[arg(value_name = "FILE")]
    pub files: Vec<PathBuf>,
    /// The server: postgres:16, mysql:8.0.28, mariadb:10.11, sqlite:3.45.
    #[arg(long, value_name = "ENGINE[:VERSION]")]
    pub engine: Option<String>,
    /// The current schema as DDL (pg_dump --schema-only, mysqldump --no-data, .schema).
    #[arg(long, value_name = "FILE")]
    pub schema: Option<PathBuf>,
    /// Instead of SQL: the schema as it shall be; the change is what makes it of --schema.
    #[arg(long, value_name = "FILE", conflicts_with = "files", requires = "schema")]
    pub target: Option<PathBuf>,
    /// Table sizes: JSON, CSV, or the output of the query of `stats-query`.
    #[arg(long, value_name = "FILE")]
    pub stats: Option<PathBuf>,
    /// Rows of tables; may be repeated: --rows users=12000000,orders=40M.
    #[arg(long, value_name = "TABLE=ROWS", value_parser = rows)]
    pub rows: Vec<Rows>,
    /// Rows of every table that is not given.
    #[arg(long, value_name = "ROWS", value_parser = number)]
    pub assume_rows: Option<u64>,

    /// What to print; `files` when --out is given.
    #[arg(long, value_enum)]
    pub format: Option<Format>,
    /// Framework whose migration files are written; plain SQL for `files` unless named.
    #[arg(long, value_name = "NAME")]
    pub framework: Option<String>,
    /// Version of the framework where files name it (Rails 7.1).
    #[arg(long, value_name = "VERSION")]
    pub framework_version: Option<String>,
    /// Folder to write plan and files into.
    #[arg(long, value_name = "DIR")]
    pub out: Option<PathBuf>,
    /// Write over files that exist in --out.
    #[arg(long, requires = "out")]
    pub force: bool,
    /// End with status 1 when the verdict is this or worse.
    #[arg(long, value_enum, value_name = "VERDICT")]
    pub fail_on: Option<FailOn>,

    /// The runner wraps each file in one transaction.
    #[arg(long)]
    pub in_transaction: bool,
    /// Name of the plan; made from the change otherwise.
    #[arg(long)]
    pub title: Option<String>,
    /// Rows per backfill batch.
    #[arg(long, value_name = "ROWS", value_parser = number)]
    pub batch_size: Option<u64>,
    /// Pause between batches: 100ms, 2s.
    #[arg(long, value_name = "TIME", value_parser = milliseconds)]
    pub pause: Option<u64>,
    /// How long a step waits for its lock: 500ms, 2s.
    #[arg(long, value_name = "TIME", value_parser = milliseconds)]
    pub lock_timeout: Option<u64>,
    /// Blocking for longer makes a statement unsafe: 1s.
    #[arg(long, value_name = "TIME", value_parser = milliseconds)]
    pub block_limit: Option<u64>,
    /// How old and new columns are kept in step.
    #[arg(long, value_enum, value_name = "BY")]
    pub dual_write: Option<DualWriteBy>,
    /// Longest transaction that the server runs: 60s.
    #[arg(long, value_name = "TIME", value_parser = milliseconds)]
    pub longest_transaction: Option<u64>,
    /// How much slower than the reference machine the server is.
    #[arg(long, value_name = "FACTOR")]
    pub hardware_factor: Option<f64>,
    /// Date for file names, YYYY-MM-DD; today when files are written.
    #[arg(long, value_name = "DATE", value_parser = date)]
    pub date: Option<String>,
    /// Version or time stamp of the first file.
    #[arg(long, value_name = "VERSION")]
    pub file_version: Option<String>,
    /// Previous migration (Alembic revision, Django migration name).
    #[arg(long, value_name = "NAME")]
    pub previous: Option<String>,
    /// Application label (Django).
    #[arg(long, value_name = "LABEL")]
    pub app: Option<String>,
}

/// What to print.
#[derive(Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum Format {
    /// The plan for people.
    Markdown,
    /// The report for programs.
    Json,
    /// Findings for code hosts.
    Sarif,
    /// Migration files.
    Files,
}

/// A verdict that fails.
#[derive(Clone, Copy, ValueEnum)]
pub enum FailOn {
    /// Needs multi-step, or worse.
    MultiStep,
    /// Requires approval.
    Approval,
}

/// How old and new columns are kept in step.
#[derive(Clone, Copy, ValueEnum)]
pub enum DualWriteBy {
    /// By a trigger.
    Trigger,
    /// By the application.
    Application,
}

/// Tables and their rows.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Rows(pub Vec<(String, u64)>);

/// `users=12M`, `users=12,000,000,orders=40M`: a part without `=` goes on with the number before it.
fn rows(text: &str) -> Result<Rows, String> {
    let mut tables: Vec<(&str, String)> = Vec::new();
    for part in text.split(',') {
        match (part.rsplit_once('='), tables.last_mut()) {
            (Some((table, rows)), _) if !table.trim().is_empty() => tables.push((table.trim(), rows.to_string())),
            (None, Some((_, rows))) => rows.push_str(part),
            _ => return Err("write it like users=12000000".to_string()),
        }
    }
    let read = |(table, rows): (&str, String)| Ok((table.to_string(), number(&rows)?));
    tables.into_iter().map(read).collect::<Result<_, String>>().map(Rows)
}

/// `12000000`, `12,000,000`, `12_000_000`, `12M`, `300k`.
fn number(text: &str) -> Result<u64, String> {
    let plain: String = text.trim().chars().filter(|c| !matches!(c, ',' | '_')).collect();
    let (digits, scale) = match plain.to_ascii_lowercase() {
        ref s if s.ends_with('k') => (s.trim_end_matches('k').to_string(), 1_000),
        ref s if s.ends_with('m') => (s.trim_end_matches('m').to_string(), 1_000_000),
        ref s if s.ends_with('b') => (s.trim_end_matches('b').to_string(), 1_000_000_000),
        s => (s, 1),
    };
    digits
        .parse::<u64>()
        .ok()
        .and_then(|number| number.checked_mul(scale))
        .ok_or_else(|| format!("\"{text}\" is not a whole number"))
}

/// `500ms`, `2s`, `1min`; a bare number is milliseconds.
fn milliseconds(text: &str) -> Result<u64, String> {
    let text = text.trim();
    let digits = text.trim_end_matches(|c: char| !c.is_ascii_digit());
    let scale = match text.get(digits.len()..).unwrap_or("").trim() {
        "" | "ms" => 1,
        "s" => 1_000,
        "min" => 60_000,
        "h" => 3_600_000,
        unit => return Err(format!("unknown unit \"{unit}\"; use ms, s, min or h")),
    };
    digits
        .parse::<u64>()
        .ok()
        .and_then(|number| number.checked_mul(scale))
        .ok_or_else(|| format!("\"{text}\" is not a time; write it like 500ms"))
}

fn date(text: &str) -> Result<String, String> {
    let shape: String = text.chars().map(|c| if c.is_ascii_digit() { '9' } else { c }).collect();
    if shape == "9999-99-99" { Ok(text.to_string()) } else { Err("write it like 2026-01-31".to_string()) }
}

#[cfg(test)]
mod tests {
    use super::*;
    use clap::CommandFactory;

    #[test]
    fn the_definition_is_sound() {
        Cli::command().debug_assert();
    }

    #[test]
    fn numbers_and_times_are_read_as_people_write_them() {
        assert_eq!(rows("sales.orders=12M"), Ok(Rows(vec![("sales.orders".to_string(), 12_000_000)])));
        let two = vec![("a".to_string(), 12_000), ("b".to_string(), 5_000_000)];
        assert_eq!(rows("a=12,000, b=5M"), Ok(Rows(two)));
        assert_eq!(number("12,000,000"), Ok(12_000_000));
        assert_eq!(milliseconds("2s"), Ok(2_000));
        assert_eq!(milliseconds("500"), Ok(500));
        for bad in ["", "x", "-1", "99999999999999999999"] {
            assert!(number(bad).is_err() && milliseconds(bad).is_err(), "{bad}");
        }
        assert!(rows("=5").is_err() && rows("users").is_err());
        assert!(date("2026-1-1").is_err());
    }
}
