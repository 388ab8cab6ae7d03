//! The report as text: Markdown, JSON, migration files.
//!
//! In: a [`crate::report::Report`]. Out: text, the same bytes for the same report. Never: a new fact.

mod script;
pub mod markdown;
pub mod json;
pub mod sarif;
pub mod files;

pub use json::{json, json_into};
pub use markdown::markdown;
