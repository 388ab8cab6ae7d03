//! Conditions that are a number, a text or the like (42804; seen on 11–18).
//!
//! Only what is sure: columns whose type is known, and arithmetic with them. Others may give a boolean.

use super::Facts;
use super::types::is_built_in;
use crate::change::{DataType, Ident};
use crate::order::Gather;
use crate::source::{Dialect, Lexer, TokenKind, named};

/// Operators that no two built-in types have a boolean for, with an extension or without.
const ARITHMETIC: [&str; 5] = ["+", "-", "*", "/", "||"];

/// Why a condition is refused; `of` tells the type of a column.
pub(super) fn refused<'t>(
    facts: Facts<'_>,
    condition: &str,
    of: impl Fn(&Ident) -> Option<&'t DataType>,
) -> Option<String> {
    let mut lexer = Lexer::new(condition, Dialect::of(facts.world.target));
    let tokens = std::iter::from_fn(|| lexer.next_token()).filter(|token| token.kind != TokenKind::Comment);
    let words: Vec<(TokenKind, &str)> = tokens.map(|token| (token.kind, token.of(condition))).gather();
    let mut words = words.as_slice();
    // Brackets around one operand and around all of it: further ones are not looked into.
    while let [(TokenKind::OpenParen, _), inside @ .., (TokenKind::CloseParen, _)] = words {
        words = inside;
    }
    let no_boolean = |column: &str| {
        of(&Ident::new(named(column)))
            .is_some_and(|known| known.array == 0 && known.base != "boolean" && is_built_in(&known.base))
    };
    let mut columns = 0_usize;
    for operand in words.split(|(_, word)| ARITHMETIC.contains(word)) {
        match operand {
            [(TokenKind::Number | TokenKind::String, _)] => {}
            [(TokenKind::Word | TokenKind::Quoted, column)] if no_boolean(column) => columns += 1,
            _ => return None,
        }
    }
    (columns > 0).then(|| format!("{} is no condition: it is not boolean (42804)", condition.trim()))
}
