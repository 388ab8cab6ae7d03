//! What must not reach a recursive parser: text so deep, or chains so long, that taking them apart would overflow.

use crate::source::{Token, TokenKind};

/// Deepest nesting of brackets.
const MAX_DEPTH: usize = 50;

/// Longest chain of operators at one level: its tree is as deep as the chain is long.
const MAX_CHAIN: usize = 400;

/// Words that make a chain.
const CHAIN_WORDS: [&str; 12] =
    ["and", "or", "not", "is", "between", "like", "ilike", "at", "collate", "case", "xor", "div"];

/// Counts since the last comma, and since the bracket that is open.
#[derive(Clone, Copy, Default)]
struct Level {
    chain: usize,
    sets: usize,
}

/// Whether these tokens are too deep to be taken apart safely. Lists do not count: a comma ends a chain.
pub(super) fn too_deep(tokens: &[Token], text: &str) -> bool {
    let mut levels = vec![Level::default()];
    for token in tokens {
        let count = match token.kind {
            TokenKind::OpenParen | TokenKind::OpenBracket => {
                // `a[1][1]…` is a chain of its own.
                if token.kind == TokenKind::OpenBracket && grow(&mut levels, 1) {
                    return true;
                }
                levels.push(Level::default());
                if levels.len() > MAX_DEPTH + 1 {
                    return true;
                }
                continue;
            }
            TokenKind::CloseParen | TokenKind::CloseBracket => {
                if levels.len() > 1 {
                    levels.pop();
                }
                continue;
            }
            TokenKind::Comma => {
                if let Some(level) = levels.last_mut() {
                    level.chain = 0;
                }
                continue;
            }
            TokenKind::Operator => 1,
            TokenKind::Word if is_set_operation(token.of(text)) => {
                if let Some(level) = levels.last_mut() {
                    level.chain = 0;
                    level.sets += 1;
                    if level.sets > MAX_CHAIN {
                        return true;
                    }
                }
                continue;
            }
            TokenKind::Word => usize::from(is_chain_word(token.of(text))),
            _ => 0,
        };
        if count > 0 && grow(&mut levels, count) {
            return true;
        }
    }
    false
}

fn grow(levels: &mut [Level], count: usize) -> bool {
    levels.last_mut().is_some_and(|level| {
        level.chain += count;
        level.chain > MAX_CHAIN
    })
}

fn is_chain_word(word: &str) -> bool {
    word.len() <= 9 && CHAIN_WORDS.iter().any(|w| word.eq_ignore_ascii_case(w))
}

fn is_set_operation(word: &str) -> bool {
    matches!(word.len(), 5..=9) && ["union", "intersect", "except"].iter().any(|w| word.eq_ignore_ascii_case(w))
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;
    use crate::source::{Dialect, Lexer};
    use crate::target::Target;

    fn check(text: &str) -> bool {
        let mut lexer = Lexer::new(text, Dialect::of(Target::parse("postgres").unwrap()));
        let mut tokens = Vec::new();
        while let Some(token) = lexer.next_token() {
            tokens.push(token);
        }
        too_deep(&tokens, text)
    }

    #[test]
    fn refuses_depth_and_chains_but_not_lists() {
        assert!(check(&format!("SELECT 1{}", "+1".repeat(401))));
        assert!(check(&format!("SELECT {}1{}", "(".repeat(51), ")".repeat(51))));
        assert!(check(&format!("SELECT a{}", "[1]".repeat(500))));
        assert!(check(&format!("SELECT a{}", "::int".repeat(500))));
        assert!(check(&format!("SELECT a, b{}", " UNION SELECT a, b".repeat(401))));
        assert!(!check(&format!("SELECT {}1{}", "(".repeat(50), ")".repeat(50))));
        assert!(!check(&format!("INSERT INTO t VALUES {}(1)", "(1+1, 2-1),".repeat(5_000))));
        assert!(!check(&format!("SELECT 1 IN ({}-1)", "-1, ".repeat(5_000))));
    }
}
