//! Column names inside an expression's text: are they there, and the same text with another name.
//!
//! Tokens are enough: strings, quoted names, comments and dollar quotes are told apart; a word followed by `(` is a
//! function, a word after `::` a type.

use crate::change::Ident;
use crate::order::PushAll;

/// Does the text name the column?
pub fn mentions(text: &str, column: &Ident) -> bool {
    pieces(text).iter().any(|p| p.names(column))
}

/// How often the text names the column.
pub fn count(text: &str, column: &Ident) -> usize {
    pieces(text).iter().filter(|p| p.names(column)).count()
}

/// The text with the column named otherwise; `to` is already quoted for SQL.
pub fn renamed(text: &str, from: &Ident, to: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for piece in pieces(text) {
        out.push_str(if piece.names(from) { to } else { piece.text });
    }
    out
}

/// An identifier as written, in its stored form: unquoted, or folded to lower case.
pub fn stored(text: &str) -> Ident {
    let text = text.trim();
    match text.starts_with(['"', '`']) {
        true => Ident::new(unquote(text)),
        false => Ident::new(crate::change::lower(text)),
    }
}

/// The name behind `RENAME TO` of a statement, where nothing follows it.
pub fn new_name(sql: &str) -> Option<Ident> {
    let renamed = find_clause(sql, "rename", 0)?;
    let at = find_clause(sql, "to", renamed)? + "to".len();
    let between = sql.get(renamed + "rename".len()..at - "to".len())?;
    let name = sql.get(at..)?.trim().trim_end_matches(';').trim_end();
    let whole = name.starts_with('"') && name.ends_with('"') || !name.contains(|c: char| c.is_whitespace() || c == '"');
    (between.trim().is_empty() && whole && !name.is_empty()).then(|| stored(name))
}

/// `a`, `schema.a`, quoted or not; nothing where anything else is said.
pub fn split_dot(text: &str) -> Vec<Ident> {
    let (mut parts, mut name_next) = (Vec::new(), true);
    for piece in pieces(text) {
        match (piece.kind, piece.text) {
            (Kind::Word | Kind::Quoted, name) if name_next => parts.push(stored(name)),
            (Kind::Other, ".") if !name_next => {}
            _ => return Vec::new(),
        }
        name_next = !name_next;
    }
    parts
}

/// The text cut at commas outside parentheses, strings, comments and quotes.
pub fn split_commas(text: &str) -> Vec<&str> {
    let (mut at, mut from, mut depth) = (0usize, 0usize, 0i32);
    let mut out = Vec::new();
    for piece in pieces(text) {
        match piece.text {
            "(" | "[" => depth += 1,
            ")" | "]" => depth -= 1,
            "," if depth == 0 => {
                out.push(text.get(from..at).unwrap_or(""));
                from = at + 1;
            }
            _ => {}
        }
        at += piece.text.len();
    }
    out.push(text.get(from..).unwrap_or(""));
    out
}

/// The text cut at white space and comments outside strings and quotes.
pub fn split_spaces(text: &str) -> Vec<&str> {
    let (mut at, mut from) = (0usize, 0usize);
    let mut out = Vec::new();
    for piece in pieces(text) {
        let end = at + piece.text.len();
        if piece.text.trim().is_empty() || ["--", "/*"].iter().any(|mark| piece.text.starts_with(mark)) {
            out.push_all(text.get(from..at).filter(|part| !part.is_empty()));
            from = end;
        }
        at = end;
    }
    out.push_all(text.get(from..).filter(|part| !part.is_empty()));
    out
}

/// A keyword outside strings, comments and quotes, at any nesting: its byte offset.
pub fn find_keyword(text: &str, keyword: &str) -> Option<usize> {
    let mut at = 0;
    for piece in pieces(text) {
        if piece.kind == Kind::Word && piece.text.eq_ignore_ascii_case(keyword) {
            return Some(at);
        }
        at += piece.text.len();
    }
    None
}

/// A keyword outside parentheses, strings, comments and quotes, from byte `from` on: its byte offset.
pub fn find_clause(text: &str, keyword: &str, from: usize) -> Option<usize> {
    let (mut at, mut depth) = (0usize, 0i32);
    for piece in pieces(text) {
        match piece.text {
            "(" => depth += 1,
            ")" => depth -= 1,
            word => {
                let bare = matches!(piece.kind, Kind::Word | Kind::Function);
                if bare && at >= from && depth == 0 && word.eq_ignore_ascii_case(keyword) {
                    return Some(at);
                }
            }
        }
        at += piece.text.len();
    }
    None
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Kind {
    /// A bare word that can be a column.
    Word,
    /// A bare word that cannot be one: a function's or a type's name.
    Function,
    /// `"…"` or `` `…` ``.
    Quoted,
    /// Anything else.
    Other,
}

struct Piece<'a> {
    text: &'a str,
    kind: Kind,
}

impl Piece<'_> {
    fn names(&self, column: &Ident) -> bool {
        match self.kind {
            Kind::Word => self.text == column.value || crate::change::lower(self.text) == column.value,
            Kind::Quoted => unquote(self.text) == column.value,
            Kind::Function | Kind::Other => false,
        }
    }
}

fn unquote(text: &str) -> String {
    let quote = text.chars().next().unwrap_or('"');
    let inner = text.get(1..text.len().saturating_sub(1)).unwrap_or("");
    inner.replace(&format!("{quote}{quote}"), &quote.to_string())
}

fn pieces(text: &str) -> Vec<Piece<'_>> {
    let mut out: Vec<Piece<'_>> = Vec::new();
    let mut rest = text;
    let mut after_cast = false;
    while let Some(first) = rest.chars().next() {
        let (len, mut kind) = match first {
            '\'' => (quoted_len(rest, '\''), Kind::Other),
            '"' | '`' => (quoted_len(rest, first), Kind::Quoted),
            '$' => (dollar_len(rest), Kind::Other),
            '-' if rest.starts_with("--") => (rest.find('\n').unwrap_or(rest.len()), Kind::Other),
            '/' if rest.starts_with("/*") => (rest.find("*/").map_or(rest.len(), |i| i + 2), Kind::Other),
            ':' if rest.starts_with("::") => (2, Kind::Other),
            c if c.is_alphabetic() || c == '_' => (word_len(rest), Kind::Word),
            c if c.is_ascii_digit() => (word_len(rest), Kind::Other),
            c => (c.len_utf8(), Kind::Other),
        };
        let (piece, tail) = rest.split_at_checked(len).unwrap_or((rest, ""));
        if kind == Kind::Word && (after_cast || tail.trim_start().starts_with('(')) {
            kind = Kind::Function;
        }
        after_cast = piece == "::" || (after_cast && piece.trim().is_empty());
        out.push(Piece { text: piece, kind });
        rest = tail;
    }
    out
}

fn word_len(text: &str) -> usize {
    text.find(|c: char| !(c.is_alphanumeric() || c == '_' || c == '$')).unwrap_or(text.len())
}

/// Length of a quoted piece; a doubled quote stays inside. Not closed: to the end.
fn quoted_len(text: &str, quote: char) -> usize {
    let mut chars = text.char_indices().skip(1).peekable();
    while let Some((at, c)) = chars.next() {
        if c == quote && chars.next_if(|(_, next)| *next == quote).is_none() {
            return at + quote.len_utf8();
        }
    }
    text.len()
}

/// Length of a dollar-quoted string, or of the lone `$`.
fn dollar_len(text: &str) -> usize {
    let tail = text.get(1..).unwrap_or("");
    let tag_end = tail.find(|c: char| !(c.is_alphanumeric() || c == '_')).unwrap_or(tail.len());
    if !tail.get(tag_end..).unwrap_or("").starts_with('$') {
        return 1;
    }
    let tag = text.get(..tag_end + 2).unwrap_or("$");
    let body = text.get(tag.len()..).unwrap_or("");
    body.find(tag).map_or(text.len(), |at| at + 2 * tag.len())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn renames_columns_only() {
        for (text, expected) in [
            ("lower(name)", "lower(full_name)"),
            ("name(name)", "name(full_name)"),
            ("NAME || 'name' || \"name\"", "full_name || 'name' || full_name"),
            ("x::name = users.name -- name", "x::name = users.full_name -- name"),
            ("username <> $$name$$", "username <> $$name$$"),
            ("\"Name\" IS NULL", "\"Name\" IS NULL"),
            ("'it''s name' = 'open name", "'it''s name' = 'open name"),
        ] {
            assert_eq!(renamed(text, &Ident::new("name"), "full_name"), expected, "{text}");
        }
    }

    #[test]
    fn cuts_at_white_space_and_comments() {
        assert_eq!(split_spaces(" a.\"b  c\" /* as */ AS -- d\n x"), ["a.\"b  c\"", "AS", "x"]);
        assert!(split_spaces("").is_empty());
    }

    #[test]
    fn finds_clauses_outside_parentheses() {
        let sql = "UPDATE t SET a = (SELECT 1 WHERE true), b = 'where' WHERE c";
        assert_eq!(find_clause(sql, "where", 0), sql.rfind("WHERE"));
        assert_eq!(find_clause("DELETE FROM t", "where", 0), None);
    }
}
