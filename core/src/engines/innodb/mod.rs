//! What MySQL and MariaDB share: one dialect, one storage engine, one kind of metadata lock.
//!
//! In: a change and the world. Out: the case of the manual's tables that it is ([`case::Case`]), effects built from a
//! row of the server's own table, SQL text, runbook entries. Never: which algorithm a version uses; that is a row of
//! `mysql/algorithms.rs` or `mariadb/algorithms.rs`.
//!
//! An ALTER TABLE with several actions runs as the weakest of them: [`together::together`] gives each action of one
//! statement the algorithm of the whole.

pub use column::text_as;

pub(super) mod names;
pub(super) mod way;
pub(super) mod table;
pub(super) mod column;
pub(super) mod case;
pub(super) mod answer;
pub(super) mod server;
mod applied;
mod virtuals;
pub(super) mod effects;
pub(super) mod alter;
pub(super) mod alter_columns;
pub(super) mod alter_keys;
pub(super) mod alter_table;
pub(super) mod statements;
pub(super) mod objects;
pub(super) mod definitions;
pub(super) mod bounds;
mod charsets;
mod divided;
mod references;
mod row_size;
pub(super) mod lacking;
pub(super) mod partitioned;
pub(super) mod refusals;
pub(super) mod print;
pub(super) mod define;
pub(super) mod together;
pub(super) mod related;
pub(super) mod nested;
pub(super) mod clash;
pub(super) mod runbook;
