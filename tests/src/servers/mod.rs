//! Real servers that live as long as a test: PostgreSQL, MySQL and MariaDB as processes of their own, SQLite in memory.

mod catalog;
mod dump;
mod mysql;
mod mysql_catalog;
mod observe;
mod postgres;
mod sqlite;
mod sqlite_library;
mod tcp;

pub use self::catalog::{Ignore, pg_catalog, pg_data};
pub use self::dump::{mysql_dump, pg_dump, sqlite_dump};
pub use self::mysql::{MySql, MySqlDatabase, mysql_servers, mysql_tool, rows as mysql_rows, words as mysql_words};
pub use self::observe::{Observer, Seen};
pub use self::postgres::{Pg, PgDatabase};
pub use self::sqlite::Sqlite;
pub use self::sqlite_library::{SqliteDatabase, SqliteLibrary};
pub use self::tcp::listen;

use std::path::PathBuf;
use std::process::Command;

/// Where servers keep data that is thrown away: in memory where there is room, because DDL makes, syncs and drops files
/// all the time; else where temporary files go.
fn roomy() -> PathBuf {
    let memory = "/dev/shm";
    let free = Command::new("df").args(["--output=avail", "-BM", memory]).output();
    let free = free.map(|output| String::from_utf8_lossy(&output.stdout).into_owned()).unwrap_or_default();
    let megabytes = free.lines().nth(1).and_then(|line| line.trim().trim_end_matches('M').parse::<u64>().ok());
    if megabytes.is_some_and(|free| free > 3_000) { PathBuf::from(memory) } else { std::env::temp_dir() }
}

/// One test for each PostgreSQL that is covered, all by the same function of a running server.
#[macro_export]
macro_rules! on_every_postgres {
    ($($name:ident: $prove:ident;)*) => {
        $(mod $name {
            $crate::on_every_postgres!(@each $prove; postgres_11 11, postgres_12 12, postgres_13 13, postgres_14 14,
                postgres_15 15, postgres_16 16, postgres_17 17, postgres_18 18);
        })*
    };
    (@each $prove:ident; $($version:ident $major:literal),*) => {
        $(#[test]
        fn $version() {
            super::$prove(&$crate::servers::Pg::start($major));
        })*
    };
}
