//! Definitions edited in place: their text with one clause more, less or other, and nothing else changed.
//!
//! None wherever the clause does not stand where it is expected: then a person has to write it.

use crate::change::Ident;
use crate::recipes::shared::words;

/// Does the text name the column (or table)? SQLite compares names without case.
pub fn mentions(text: &str, name: &Ident) -> bool {
    let standard = bracketed(text, |inner| format!("\"{}\"", inner.replace('"', "\"\"")));
    words::mentions(&standard.to_lowercase(), &Ident::new(name.value.to_lowercase()))
}

/// Does the keyword stand in it, outside names, strings and parentheses?
pub fn has_word(text: &str, keyword: &str) -> bool {
    find_clause(text, keyword, 0).is_some()
}

/// Where a keyword stands, from byte `from` on; not inside a name, a string or parentheses.
fn find_clause(text: &str, keyword: &str, from: usize) -> Option<usize> {
    // As long as before, so that places stay.
    words::find_clause(&bracketed(text, |inner| format!("[{}]", "_".repeat(inner.len()))), keyword, from)
}

/// The text with every `[name]` written otherwise: no other engine quotes names so.
fn bracketed(text: &str, other: impl Fn(&str) -> String) -> String {
    let mut out = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(first) = rest.chars().next() {
        let length = match first {
            '"' | '`' | '\'' => behind_name(rest),
            '-' if rest.starts_with("--") => rest.find('\n'),
            '/' if rest.starts_with("/*") => rest.find("*/").map(|at| at + 2),
            '[' => {
                let Some((inner, behind)) = rest.get(1..).and_then(|inner| inner.split_once(']')) else { break };
                out.push_str(&other(inner));
                rest = behind;
                continue;
            }
            other => Some(other.len_utf8()),
        };
        let (piece, behind) = rest.split_at_checked(length.unwrap_or(rest.len())).unwrap_or((rest, ""));
        out.push_str(piece);
        rest = behind;
    }
    out.push_str(rest);
    out
}

/// Where the name at the start of a definition ends.
pub fn behind_name(text: &str) -> Option<usize> {
    let first = text.chars().next()?;
    let closing = match first {
        '"' | '`' | '\'' => first,
        '[' => return text.find(']').map(|at| at + 1),
        _ => return Some(text.find(|c: char| c.is_whitespace() || c == '(').unwrap_or(text.len())),
    };
    let mut chars = text.char_indices().skip(1).peekable();
    while let Some((at, c)) = chars.next() {
        if c == closing && chars.next_if(|(_, next)| *next == closing).is_none() {
            return Some(at + 1);
        }
    }
    None
}

/// The column with another type; `from` is the one that stands behind the name, if any.
pub fn with_type(text: &str, from: Option<&str>, to: &str) -> Option<String> {
    let (name, rest) = text.split_at_checked(behind_name(text)?)?;
    let rest = rest.trim_start();
    let tail = match from {
        Some(from) => rest.strip_prefix(from)?,
        None => rest,
    };
    let gap = if tail.is_empty() || tail.starts_with(char::is_whitespace) { "" } else { " " };
    Some(format!("{name} {to}{gap}{tail}"))
}

/// Without `[CONSTRAINT name] NOT NULL [ON CONFLICT …]`.
pub fn without_not_null(text: &str) -> Option<String> {
    let mut from = 0;
    loop {
        let at = find_clause(text, "not", from)?;
        let behind = text.get(at + "not".len()..)?;
        let tail = behind.trim_start();
        if let Some(tail) = strip_word(tail, "null") {
            let tail = without_conflict(tail)?;
            let head = without_dangling_name(text.get(..at)?);
            return Some(format!("{}{tail}", head.trim_end()));
        }
        from = at + "not".len();
    }
}

/// Without `DEFAULT value`.
pub fn without_default(text: &str, value: &str) -> Option<String> {
    let mut from = 0;
    loop {
        let at = find_clause(text, "default", from)?;
        from = at + "default".len();
        // ON DELETE SET DEFAULT is another thing.
        let before = text.get(..at)?.trim_end();
        if before.rsplit(char::is_whitespace).next().is_some_and(|word| word.eq_ignore_ascii_case("set")) {
            continue;
        }
        let behind = text.get(from..)?;
        let open = behind.find(value)?;
        let mut tail = behind.get(open + value.len()..)?;
        match behind.get(..open)?.trim() {
            "" => {}
            "(" => tail = tail.trim_start().strip_prefix(')')?,
            _ => return None,
        }
        return Some(format!("{}{tail}", without_dangling_name(before).trim_end()));
    }
}

/// Without `CONSTRAINT name body`, written inside a column.
pub fn without_constraint(text: &str, name: &Ident, body: &str) -> Option<String> {
    let mut from = 0;
    loop {
        let at = find_clause(text, "constraint", from)?;
        from = at + "constraint".len();
        let own = text.get(from..)?.trim_start();
        let (written, rest) = own.split_at_checked(behind_name(own)?)?;
        if is_name(written, name) {
            let tail = rest.trim_start().strip_prefix(body.trim())?;
            return Some(format!("{}{tail}", text.get(..at)?.trim_end()));
        }
    }
}

/// The text behind a word, when it stands at the start.
fn strip_word<'a>(text: &'a str, word: &str) -> Option<&'a str> {
    let (start, rest) = text.split_at_checked(word.len())?;
    let ends = !rest.starts_with(|c: char| c.is_alphanumeric() || c == '_');
    (start.eq_ignore_ascii_case(word) && ends).then_some(rest)
}

/// What follows an `ON CONFLICT …`, if there is one.
fn without_conflict(tail: &str) -> Option<&str> {
    let Some(rest) = strip_word(tail.trim_start(), "on") else { return Some(tail) };
    let Some(rest) = strip_word(rest.trim_start(), "conflict") else { return Some(tail) };
    let rest = rest.trim_start();
    rest.get(behind_name(rest)?..)
}

/// Without a `CONSTRAINT name` at the end, whose body is taken away.
fn without_dangling_name(head: &str) -> &str {
    let mut found = None;
    let mut from = 0;
    while let Some(at) = find_clause(head, "constraint", from) {
        from = at + "constraint".len();
        found = Some(at);
    }
    let dangling = found.and_then(|at| {
        let own = head.get(at + "constraint".len()..)?.trim();
        (behind_name(own)? == own.len()).then(|| head.get(..at))?
    });
    dangling.unwrap_or(head)
}

fn is_name(written: &str, name: &Ident) -> bool {
    let inner = written.get(1..written.len().saturating_sub(1)).unwrap_or_default();
    let bare = match written.chars().next() {
        Some(quote @ ('"' | '`' | '\'')) => inner.replace(&format!("{quote}{quote}"), &quote.to_string()),
        Some('[') => inner.to_string(),
        _ => written.to_string(),
    };
    bare.eq_ignore_ascii_case(&name.value)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn not_null_goes_with_its_name_and_conflict_clause() {
        for (text, left) in [
            ("a INT NOT NULL DEFAULT 1", Some("a INT DEFAULT 1")),
            ("a INT NOT NULL ON CONFLICT ABORT UNIQUE", Some("a INT UNIQUE")),
            ("a INT CONSTRAINT nn NOT NULL", Some("a INT")),
            ("a INT CONSTRAINT c CHECK (a NOT NULL) not  null", Some("a INT CONSTRAINT c CHECK (a NOT NULL)")),
            ("a INT REFERENCES p (id) NOT DEFERRABLE NOT NULL", Some("a INT REFERENCES p (id) NOT DEFERRABLE")),
            ("\"not null\" INT", None),
            ("[e\"f not null] INT NOT NULL", Some("[e\"f not null] INT")),
        ] {
            assert_eq!(without_not_null(text).as_deref(), left, "{text}");
        }
    }

    #[test]
    fn a_default_goes_alone() {
        for (text, value, left) in [
            ("a INT DEFAULT 1 NOT NULL", "1", Some("a INT NOT NULL")),
            ("a TEXT DEFAULT (lower('X')) UNIQUE", "(lower('X'))", Some("a TEXT UNIQUE")),
            (
                "a INT REFERENCES p ON DELETE SET DEFAULT DEFAULT 0",
                "0",
                Some("a INT REFERENCES p ON DELETE SET DEFAULT"),
            ),
            ("a INT CONSTRAINT d DEFAULT 3", "3", Some("a INT")),
            ("a INT", "1", None),
        ] {
            assert_eq!(without_default(text, value).as_deref(), left, "{text}");
        }
    }

    #[test]
    fn a_type_stands_behind_the_name() {
        for (text, from, to, wanted) in [
            ("a VARCHAR(10) NOT NULL", Some("VARCHAR(10)"), "INTEGER", "a INTEGER NOT NULL"),
            ("\"unit price\" REAL", Some("REAL"), "TEXT", "\"unit price\" TEXT"),
            ("[a b]INT", Some("INT"), "TEXT", "[a b] TEXT"),
            ("`a``b` NOT NULL", None, "TEXT", "`a``b` TEXT NOT NULL"),
            ("a", None, "TEXT", "a TEXT"),
        ] {
            assert_eq!(with_type(text, from, to).as_deref(), Some(wanted), "{text}");
        }
        assert_eq!(with_type("a INT", Some("TEXT"), "REAL"), None);
    }

    #[test]
    fn a_named_constraint_leaves_its_column() {
        let text = "a INT CONSTRAINT x UNIQUE CONSTRAINT \"Y z\" CHECK (a > 0) DEFAULT 1";
        let left = without_constraint(text, &Ident::new("y Z"), "CHECK (a > 0)");
        assert_eq!(left.as_deref(), Some("a INT CONSTRAINT x UNIQUE DEFAULT 1"));
        assert_eq!(without_constraint(text, &Ident::new("w"), "UNIQUE"), None);
    }
}
