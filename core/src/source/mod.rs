//! Text as the user gave it: positions, tokens, statements.
//!
//! In: SQL text and an engine. Out: statement ranges with their tokens. Never: what a statement means.

pub mod span;
pub mod dialect;
pub mod lex;
pub mod body;
pub mod markers;
pub mod bare;
pub mod directive;
pub mod split;
pub mod said;

pub use dialect::Dialect;
pub use lex::{Lexer, Token, TokenKind};
pub use said::{first_words, has, in_one, is_slip, named, says_the_same};
pub use span::{LineIndex, Position, Span};
pub use split::{Fault, FaultKind, Piece, PieceKind, Splitter};

#[cfg(test)]
mod tests;
