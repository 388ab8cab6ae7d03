//! Sentences of the page that depend on data. Plain Rust, tested.

pub mod steps;
