//! Recipes for MySQL and MariaDB: every DDL commits, so a step is one statement that states its algorithm and lock.
//!
//! In: a change that is not safe as written. Out: a draft. Never: a table copy that blocks writes without saying so.

mod sql;
mod sync;
mod indexes;
mod tools;
mod computed;
pub mod one_pass;
pub mod batches;

pub mod rename_column;
pub mod change_type;
pub mod rows;
pub mod add_column;
pub mod redefine_column;
pub mod add_unique;
pub mod add_foreign_key;
pub mod drop_column;
pub mod drop_table;
pub mod rename_table;
pub mod wider_key;
pub mod copy_column;
mod sides;
mod moved_sync;
pub mod move_column;
pub mod split_table;
mod split_by_code;
pub mod partition;
pub mod window;
pub mod copy_swap;
pub mod copy_table;

use crate::target::Engine;

/// What recipes of this folder are for.
const ENGINES: &[Engine] = &[Engine::MySql, Engine::MariaDb];
