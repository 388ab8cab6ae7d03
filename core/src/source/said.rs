//! The words of a text, to look for others in.

use super::{Dialect, Lexer, TokenKind};
use crate::target::Target;

/// Does the text hold these words, in either case? `words` is in capitals.
pub fn has(text: &str, words: &str) -> bool {
    text.as_bytes().windows(words.len()).any(|part| part.eq_ignore_ascii_case(words.as_bytes()))
}

/// The first tokens of a text, a space around each, comments left out: a statement can be megabytes of rows.
pub fn first_words(text: &str, target: Target, most: usize) -> String {
    let mut lexer = Lexer::new(text, Dialect::of(target));
    let mut out = " ".to_string();
    for _ in 0..most {
        let Some(token) = lexer.next_token() else { break };
        if token.kind != TokenKind::Comment {
            out.push_str(token.of(text));
            out.push(' ');
        }
    }
    out
}

/// What a space inside of a quoted name is among words.
const SPACE: &str = "\u{1f}";

/// A name as one word.
pub fn in_one(name: &str) -> String {
    name.replace(char::is_whitespace, SPACE)
}

/// The name that a word stands for in PostgreSQL.
pub fn named(word: &str) -> String {
    match word.strip_prefix('"').and_then(|word| word.strip_suffix('"')) {
        Some(inside) => inside.replace("\"\"", "\"").replace(SPACE, " "),
        None => word.to_ascii_lowercase(),
    }
}
