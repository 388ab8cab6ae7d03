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

/// One letter of a word of five or more is missing, too many or another, or two are exchanged. The first letter, digits, and a
/// letter more at the end tell names apart.
pub fn is_slip(word: &str, meant: &str) -> bool {
    let (word, meant) = (word.as_bytes(), meant.as_bytes());
    let head = word.iter().zip(meant).take_while(|(a, b)| a == b).count();
    let (word, rest) = (word.get(head..).unwrap_or_default(), meant.get(head..).unwrap_or_default());
    let tail = word.iter().rev().zip(rest.iter().rev()).take_while(|(a, b)| a == b).count();
    let differ = match (word.get(..word.len() - tail), rest.get(..rest.len() - tail)) {
        (Some([]), Some([])) => false,
        (Some([a, b]), Some([c, d])) => (a, b) == (d, c),
        (Some(a @ ([] | [_])), Some(b @ ([] | [_]))) => !a.iter().chain(b).any(u8::is_ascii_digit),
        _ => false,
    };
    differ && head > 0 && head < meant.len() && meant.len() > 4
}

/// The same tokens in the same order; comments, the case of words and what ends a statement aside.
pub fn says_the_same(a: &str, b: &str, target: Target) -> bool {
    fn tokens(text: &str, target: Target) -> impl Iterator<Item = (TokenKind, &str)> {
        let mut lexer = Lexer::new(text, Dialect::of(target));
        std::iter::from_fn(move || lexer.next_token())
            .filter(|token| !matches!(token.kind, TokenKind::Comment | TokenKind::Semicolon))
            .map(|token| (token.kind, token.of(text)))
    }
    let (mut a, mut b) = (tokens(a, target), tokens(b, target));
    loop {
        match (a.next(), b.next()) {
            (None, None) => return true,
            (Some((kind, one)), Some((other_kind, other))) if kind == other_kind => {
                let same = if kind == TokenKind::Word { one.eq_ignore_ascii_case(other) } else { one == other };
                if !same {
                    return false;
                }
            }
            _ => return false,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::is_slip;

    #[test]
    fn a_slip_is_one_letter() {
        for (word, meant) in
            [("lwer", "lower"), ("lenght", "length"), ("gen_random_uid", "gen_random_uuid"), ("strng", "string")]
        {
            assert!(is_slip(word, meant), "{word}");
        }
        for (word, meant) in [
            ("lower", "lower"),
            ("sha1", "sha224"),
            ("uuid_generate_v6", "uuid_generate_v7"),
            ("rate", "date"),
            ("super", "upper"),
        ] {
            assert!(!is_slip(word, meant), "{word}");
        }
    }
}
