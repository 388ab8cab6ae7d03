//! Real servers that live as long as a test: PostgreSQL as a process of its own, SQLite as a file.

mod catalog;
mod postgres;
mod sqlite;
mod sqlite_library;

pub use self::catalog::{Ignore, pg_catalog, pg_data};
pub use self::postgres::{Pg, PgDatabase};
pub use self::sqlite::Sqlite;
pub use self::sqlite_library::{SqliteDatabase, SqliteLibrary};
