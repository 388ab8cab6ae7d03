//! What recipes of all engines share: names of helpers, what a column carries, batches, fallbacks.
//!
//! In: the context of a recipe. Out: parts of drafts. Never: SQL of one dialect (see [`super::dialect`]).

pub mod names;
pub mod words;
pub mod key;
pub mod batches;
pub mod titles;
pub mod draft;
pub mod dml;
pub mod copied;
pub mod pairs;
pub mod moved;
pub mod split;
pub mod one_alter;
pub mod refused;
pub mod approval;
