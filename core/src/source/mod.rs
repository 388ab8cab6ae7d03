//! Text as the user gave it: positions, tokens, statements.
//!
//! In: SQL text and an engine. Out: statement ranges with their tokens. Never: what a statement means.

pub mod span;

pub use span::{LineIndex, Position, Span};
