//! What is too long a chain of operators for a syntax tree.
//!
//! `sqlparser` builds `a OR a OR …`, `1+1+…`, `x::int::int…` and `a[1][1]…` in a loop, so that its own recursion limit never
//! bites; dropping such a tree then recurses once a link and overflows the stack at some 10,000 links. Lists are harmless.

use super::Unread;
use super::cursor::Cursor;
use super::tokens::{Kind, MAX_DEPTH};

/// Longer chains than this are not taken apart; real expressions stay below a hundred.
const MAX_CHAIN: usize = 400;

/// Words that link or nest expressions.
const LINKS: [&str; 17] = [
    "and",
    "or",
    "not",
    "xor",
    "is",
    "in",
    "between",
    "like",
    "at",
    "collate",
    "div",
    "mod",
    "union",
    "except",
    "intersect",
    "escape",
    "isnull",
];

/// One bracket level: links so far, the highest tree in a part of it, the highest tree in an earlier part.
#[derive(Default)]
struct Level {
    links: usize,
    inside: usize,
    best: usize,
}

impl Level {
    fn height(&self) -> usize {
        self.best.max(self.links + self.inside)
    }

    fn next_part(&mut self) {
        self.best = self.height();
        (self.links, self.inside) = (0, 0);
    }
}

/// Refuses an expression or query whose tree could be higher than [`MAX_CHAIN`] or nest deeper than [`MAX_DEPTH`].
pub(super) fn check(expression: &Cursor<'_>) -> Result<(), Unread> {
    let tokens = expression.remaining();
    if tokens.len() <= MAX_DEPTH {
        return Ok(());
    }
    let mut levels: Vec<Level> = Vec::new();
    let mut level = Level::default();
    for token in tokens {
        match token.kind {
            Kind::Open | Kind::OpenSquare => {
                level.links += 1;
                levels.push(std::mem::take(&mut level));
            }
            Kind::Close | Kind::CloseSquare => level = closed(levels.pop(), &level),
            Kind::Comma => level.next_part(),
            Kind::Operator | Kind::Cast => level.links += 1,
            Kind::Word => match expression.source(*token) {
                word if word.eq_ignore_ascii_case("case") => {
                    levels.push(std::mem::take(&mut level));
                }
                word if word.eq_ignore_ascii_case("end") && !levels.is_empty() => level = closed(levels.pop(), &level),
                word if LINKS.iter().any(|link| word.eq_ignore_ascii_case(link)) => level.links += 1,
                _ => {}
            },
            _ => {}
        }
        if levels.len() > MAX_DEPTH || level.height() > MAX_CHAIN {
            return Err(Unread::TooDeep);
        }
    }
    Ok(())
}

/// The outer level after an inner one closed.
fn closed(outer: Option<Level>, inner: &Level) -> Level {
    let mut outer = outer.unwrap_or_default();
    outer.inside = outer.inside.max(inner.height());
    outer
}
