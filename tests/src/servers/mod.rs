//! Real servers that live as long as a test: PostgreSQL as a process of its own, SQLite in memory.

mod catalog;
mod observe;
mod postgres;
mod sqlite;

pub use self::catalog::{Ignore, pg_catalog, pg_data};
pub use self::observe::{Observer, Seen};
pub use self::postgres::{Pg, PgDatabase};
pub use self::sqlite::Sqlite;

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
