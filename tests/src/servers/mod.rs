//! Real servers that live as long as a test: PostgreSQL, MySQL and MariaDB as processes of their own, SQLite as a file.

mod catalog;
mod mysql;
mod mysql_catalog;
mod postgres;
mod sqlite;
mod sqlite_library;

pub use self::catalog::{Ignore, pg_catalog, pg_data};
pub use self::mysql::{MySql, MySqlDatabase, mysql_servers, rows as mysql_rows, words as mysql_words};
pub use self::postgres::{Pg, PgDatabase};
pub use self::sqlite::Sqlite;
pub use self::sqlite_library::{SqliteDatabase, SqliteLibrary};
