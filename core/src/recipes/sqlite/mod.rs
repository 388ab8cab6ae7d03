//! Recipes for SQLite: one writer, transactional DDL, and a rebuild written out in full for what ALTER cannot do.
//!
//! In: a change that is not safe as written. Out: a draft. Never: a rebuild that runs with foreign keys on.

mod sql;
mod text;
mod shape;
mod carried;
mod steps;
mod looks;
pub mod rebuild;
mod left_out;
mod gone;
pub mod rename_column;
pub mod add_column;
pub mod unique;
pub mod drop_column;
pub mod drop_table;
pub mod copy_column;
mod sides;
pub mod move_column;
pub mod split_table;
pub mod batches;

use crate::target::Engine;

/// What recipes of this folder are for.
const ENGINE: &[Engine] = &[Engine::Sqlite];
