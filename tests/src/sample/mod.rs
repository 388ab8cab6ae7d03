//! Reports written by hand, so that renderers are tested without the planner.

mod build;
mod rename;
mod mysql;
mod hostile;

pub use hostile::hostile;
pub use mysql::add_index_with_trigger;
pub use rename::rename_column;
