//! The columns of a view, as far as the text of its statement tells them.
//!
//! In: `CREATE VIEW …` or a query alone. Out: items, their names, and what they are read from. Never: a guess at a name.

use crate::order::{Gather, GatherAll};
use crate::source::{Dialect, Lexer, Token, TokenKind, named};
use crate::target::{Engine, Target};

/// `CREATE VIEW name (columns) AS SELECT items FROM …`.
#[derive(Default)]
pub struct Shape<'a> {
    /// What stands before SELECT.
    pub head: &'a str,
    /// Text and column name of each item; no name where the text does not tell it.
    pub items: Vec<(&'a str, Option<String>)>,
    /// From FROM on.
    pub rest: &'a str,
    /// FROM up to its WHERE, token by token.
    pub from: Vec<&'a str>,
    /// The head names columns.
    pub list: bool,
    /// Every row of FROM and WHERE is a row of the view, and one more item would not change that.
    pub plain: bool,
}

impl Shape<'_> {
    /// The columns, when all are known.
    pub fn names(&self) -> Option<Vec<String>> {
        let names: Vec<String> = self.items.iter().map(|(_, name)| name.clone()).gather_all()?;
        (!names.is_empty()).then_some(names)
    }
}

/// The first column that a new text does not give where the old one did, if the texts tell.
pub fn lost(old: &str, new: &str, target: Target) -> Option<Option<String>> {
    let (before, after) = (shape(old, target).names()?, shape(new, target).names()?);
    Some(before.into_iter().enumerate().find(|(at, column)| after.get(*at) != Some(column)).map(|(_, column)| column))
}

/// What the text of a view says.
pub fn shape(text: &str, target: Target) -> Shape<'_> {
    let mut lexer = Lexer::new(text, Dialect::of(target));
    let tokens: Vec<Token> =
        std::iter::from_fn(|| lexer.next_token()).filter(|token| token.kind != TokenKind::Comment).gather();
    let is = |token: &Token, word: &str| token.of(text).eq_ignore_ascii_case(word);
    let place = |word: &str| tokens.iter().position(|token| is(token, word));
    let made = tokens.first().is_some_and(|first| !is(first, "select"));
    let query = if made { place("as").map_or(tokens.len(), |at| at + 1) } else { 0 };
    let (head, query) = tokens.split_at(query);
    let Some((select, mut body)) = query.split_first().filter(|(first, _)| is(first, "select")) else {
        return Shape::default();
    };
    let mut shape =
        Shape { head: text.get(..select.start as usize).unwrap_or_default(), plain: true, ..Shape::default() };
    if body.first().is_some_and(|first| is(first, "distinct")) {
        (shape.plain, body) = (false, body.get(1..).unwrap_or_default());
    }
    let end = clause(body, |token| is(token, "from"), |before| is(before, "distinct"));
    let (items, rest) = body.split_at(end);
    let (from, _) = rest.split_at(clause(rest, |token| is(token, "where"), |_| false));
    shape.rest = rest.first().and_then(|first| text.get(first.start as usize..)).unwrap_or_default();
    shape.from = from.iter().map(|token| token.of(text)).gather();
    // Options stand in brackets as well, behind WITH.
    let head = head.get(place("view").unwrap_or(head.len())..).unwrap_or_default();
    let open = head.iter().position(|token| token.kind == TokenKind::OpenParen).unwrap_or(head.len());
    let (before, list) = head.split_at(open);
    let list = if before.last().is_some_and(|last| is(last, "with")) { &[] } else { list };
    shape.list = !list.is_empty();
    let mut columns = list.iter().take_while(|t| t.kind != TokenKind::CloseParen).filter(|t| is_name(t));
    let mut single = false;
    let mut items = items;
    while !items.is_empty() {
        let (item, behind) = items.split_at(clause(items, |token| token.kind == TokenKind::Comma, |_| false));
        items = behind.get(1..).unwrap_or_default();
        let (first, last) = (item.first().map_or(0, |t| t.start), item.last().map_or(0, |t| t.end));
        single |= is_path(item);
        let name = columns.next().or_else(|| name(item, text)).map(|token| stored(token.of(text), target));
        shape.items.push((text.get(first as usize..last as usize).unwrap_or_default(), name));
    }
    let one_of_several = |token: &Token| ONE_OF_SEVERAL.iter().any(|word| is(token, word));
    shape.plain &= single && !query.iter().any(one_of_several);
    shape
}

/// Words of a query in which one more item may change the rows, the names of functions that give several rows among them.
const ONE_OF_SEVERAL: [&str; 13] = [
    "group",
    "having",
    "union",
    "intersect",
    "except",
    "order",
    "limit",
    "offset",
    "fetch",
    "window",
    "for",
    "unnest",
    "generate_series",
];

/// Where something starts outside of brackets, not `behind` a certain token.
fn clause(tokens: &[Token], starts: impl Fn(&Token) -> bool, behind: impl Fn(&Token) -> bool) -> usize {
    let mut depth = 0_i32;
    let mut before = None;
    for (at, token) in tokens.iter().enumerate() {
        match token.kind {
            TokenKind::OpenParen | TokenKind::OpenBracket => depth += 1,
            TokenKind::CloseParen | TokenKind::CloseBracket => depth -= 1,
            _ if depth == 0 && starts(token) && !before.is_some_and(&behind) => return at,
            _ => {}
        }
        before = Some(token);
    }
    tokens.len()
}

fn is_name(token: &Token) -> bool {
    matches!(token.kind, TokenKind::Word | TokenKind::Quoted)
}

/// `name`, `table.name`.
fn is_path(tokens: &[Token]) -> bool {
    let fits = |(at, token): (usize, &Token)| if at % 2 == 0 { is_name(token) } else { token.kind == TokenKind::Dot };
    tokens.len() % 2 == 1 && tokens.iter().enumerate().all(fits)
}

/// What names an item: its alias, or the column that it is.
fn name<'t>(item: &'t [Token], text: &str) -> Option<&'t Token> {
    let (last, before) = item.split_last().filter(|(last, _)| is_name(last))?;
    let is = |token: &Token, words: &[&str]| words.iter().any(|word| token.of(text).eq_ignore_ascii_case(word));
    let closed = |token: &Token| {
        matches!(token.kind, TokenKind::CloseParen | TokenKind::CloseBracket) || is(token, &["as", "end"])
    };
    let behind_column = is_path(before) && !before.first().is_some_and(|first| is(first, &["not"]));
    let alias = before.last().is_some_and(closed) || behind_column;
    ((alias && !is(last, &["isnull", "notnull", "end"])) || is_path(item)).then_some(last)
}

fn stored(word: &str, target: Target) -> String {
    let name = named(word.trim_matches('`'));
    if target.engine() == Engine::Postgres { name } else { name.to_lowercase() }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    fn read(text: &str) -> Shape<'_> {
        shape(text, Target::parse("postgres:16").unwrap())
    }

    fn columns(text: &str) -> Option<String> {
        read(text).names().map(|names| names.join(" "))
    }

    #[test]
    fn names_of_columns() {
        for (text, names) in [
            ("SELECT id, o.total, \"Big Town\", x AS \"Y\" FROM orders AS o", "id total Big Town Y"),
            ("SELECT count(*) AS n, (a + b) c, CASE WHEN a THEN 1 END d, f(x, y) z, e f", "n c d z f"),
            ("SELECT DISTINCT ON (a) b, extract(epoch FROM x) AS s FROM t", "b s"),
            ("SELECT a IS DISTINCT FROM b AS other, c FROM t", "other c"),
            ("CREATE OR REPLACE VIEW s.v WITH (security_barrier = true) AS SELECT id FROM t", "id"),
            ("CREATE VIEW v (a, \"B\") WITH (x = y) AS SELECT id, n + 1 FROM t", "a B"),
        ] {
            assert_eq!(columns(text).as_deref(), Some(names), "{text}");
        }
    }

    #[test]
    fn no_guess_at_a_name() {
        for item in
            ["*", "o.*", "a + b", "NOT a", "a IS NULL", "a ISNULL", "x::text", "CASE WHEN a THEN b END", "-a", "f(a)"]
        {
            assert_eq!(columns(&format!("SELECT {item} FROM t AS o")), None, "{item}");
        }
        assert_eq!(columns("WITH w AS (SELECT 1) SELECT a FROM w"), None);
    }

    #[test]
    fn rows_that_one_more_item_would_change() {
        for (text, plain) in [
            ("SELECT a, f(b) AS c FROM t WHERE d", true),
            ("SELECT count(*) AS n FROM t", false),
            ("SELECT a, count(*) AS n FROM t GROUP BY a", false),
            ("SELECT DISTINCT a FROM t", false),
            ("SELECT a, unnest(b) AS b FROM t", false),
            ("SELECT a FROM t UNION SELECT b FROM u", false),
        ] {
            assert_eq!(read(text).plain, plain, "{text}");
        }
    }
}
