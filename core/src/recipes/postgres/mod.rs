//! Recipes for PostgreSQL 11 to 18.
//!
//! In: the context of a recipe. Out: drafts whose SQL was run forward and back on real servers. Never: facts about
//! locks or work (the engine's table has them).

pub mod split_table;
pub mod sides;
pub mod sql;
pub mod batches;
mod partitioned;
mod parts;
mod not_null;
mod sync;
mod number;
mod carry;
mod view_order;
pub mod views;
mod stored_view;
mod extras;
mod around;
mod carry_table;
mod computed;
mod bound;
mod replace_column;
mod bridge_column;
mod swap_type;
mod swap_back;

pub mod set_not_null;
pub mod add_foreign_key;
pub mod add_unique;
pub mod add_check;
pub mod create_index;
pub mod drop_index;
pub mod reindex;
pub mod drop_column;
pub mod drop_table;
pub mod drop_constraint;
pub mod drop_object;
pub mod drop_trigger;
pub mod rename_column;
pub mod change_type;
pub mod type_around;
pub mod rename_table;
pub mod rename_object;
pub mod rename_enum_value;
pub mod add_column;
pub mod change_rows;
pub mod refresh_view;
pub mod truncate;
pub mod partition;
pub mod domain;
pub mod add_generated;
pub mod add_exclusion;
pub mod exclude_by_copy;
pub mod serial_to_identity;
pub mod copy_column;
mod copies;
mod two_tables;
pub mod copy_table;
pub mod first_partition;
pub mod move_column;
mod move_many;
pub mod retype;
pub mod replace_enum;
pub mod replace_constraint;
pub mod replace_index;
pub mod replace_key;
pub mod replace_view;
pub mod replace_function;
pub mod row_security;
pub mod window;

use crate::target::Engine;

/// What recipes of this folder are for.
const ENGINE: &[Engine] = &[Engine::Postgres];

#[cfg(test)]
mod tests;
