//! Which relations a text names together with a DDL or DML keyword, for statements that cannot be seen into.

use super::cursor::Cursor;
use crate::change::Name;
use crate::source::{Lexer, Token, TokenKind};

/// Phrases that are followed by a relation; lists only where the grammar has them.
const BEFORE_RELATION: [&str; 14] = [
    "ALTER TABLE",
    "ALTER MATERIALIZED VIEW",
    "CREATE TABLE",
    "DROP TABLE",
    "DROP MATERIALIZED VIEW",
    "TRUNCATE TABLE",
    "TRUNCATE",
    "LOCK TABLE",
    "INSERT INTO",
    "REPLACE INTO",
    "DELETE FROM",
    "MERGE INTO",
    "UPDATE",
    "RENAME TABLE",
];

/// How many relations are listed at most; what is opaque is never safe, however few it names.
const MAX_NAMES: usize = 500;

/// How many tokens behind UPDATE its SET is looked for.
const MAX_AHEAD: usize = 60;

/// How deep strings within strings are looked into: `DO $$ … EXECUTE 'ALTER TABLE …' … $$`.
const MAX_DEPTH: u8 = 3;

/// Relations that would be changed, each once, in order of appearance.
pub(super) fn of(c: &Cursor<'_>) -> Vec<Name> {
    let mut found = Vec::new();
    collect(&c.slice(0, c.tokens().len()), 0, &mut found);
    found
}

fn collect(c: &Cursor<'_>, depth: u8, found: &mut Vec<Name>) {
    let mut at = *c;
    while let Some(token) = at.peek()
        && found.len() < MAX_NAMES
    {
        match token.kind {
            TokenKind::Word => {
                if let Some(name) = relation_here(&at)
                    && !found.contains(&name)
                {
                    found.push(name);
                }
            }
            TokenKind::String if depth < MAX_DEPTH => string(c, token, depth, found),
            _ => {}
        }
        at.next();
    }
}

fn string(c: &Cursor<'_>, token: Token, depth: u8, found: &mut Vec<Name>) {
    let text = inner(token.of(c.text));
    // Names and labels are short and have no verb; code has a space.
    if !text.contains([' ', '\n']) {
        return;
    }
    let mut lexer = Lexer::new(text, *c.dialect);
    let mut tokens = Vec::new();
    while let Some(token) = lexer.next_token() {
        if token.kind != TokenKind::Comment {
            tokens.push(token);
        }
    }
    collect(&Cursor::new(text, c.dialect, &tokens), depth + 1, found);
}

/// A string without its quotes; escapes stay.
fn inner(written: &str) -> &str {
    if written.starts_with('$') {
        let tag = written.get(1..).and_then(|t| t.find('$')).map_or(1, |end| end + 2);
        return written.get(tag..written.len().saturating_sub(tag)).unwrap_or("");
    }
    let quote = written.find(['\'', '"']).map_or(0, |at| at + 1);
    written.get(quote..written.len().saturating_sub(1)).unwrap_or("")
}

fn relation_here(c: &Cursor<'_>) -> Option<Name> {
    let mut at = *c;
    if let Some(phrase) = at.eat_any(&BEFORE_RELATION) {
        // `FOR UPDATE`, `ON UPDATE CASCADE`, `BEFORE UPDATE ON t` name no relation here.
        at.eat_if_exists();
        at.eat_if_not_exists();
        at.eat("ONLY");
        let ahead = at.slice(at.taken(), at.taken() + MAX_AHEAD.min(at.rest_tokens().len()));
        if phrase == "UPDATE" && !ahead.has("SET") {
            return None;
        }
        if ["SET", "ON", "OF", "OR", "CASCADE", "RESTRICT", "NO", "SKIP", "NOWAIT"].iter().any(|w| at.is(w)) {
            return None;
        }
        return at.name();
    }
    if at.eat("CREATE") {
        at.eat("UNIQUE");
        at.eat("INDEX").then_some(())?;
        at.eat("CONCURRENTLY");
        at.eat_if_not_exists();
        if !at.is("ON") {
            at.name();
        }
        at.eat("ON").then_some(())?;
        at.eat("ONLY");
        return at.name();
    }
    None
}

/// Relations that a query reads: what stands behind FROM and JOIN, names of WITH queries left out.
pub(super) fn read_relations(c: &Cursor<'_>) -> Vec<Name> {
    let mut found: Vec<Name> = Vec::new();
    let mut own: Vec<Name> = Vec::new();
    let mut at = *c;
    let mut in_from = false;
    while let Some(token) = at.next()
        && found.len() + own.len() < MAX_NAMES
    {
        let lists = match token.kind {
            TokenKind::Word => {
                let word = token.of(c.text);
                if is_one_of(word, &["FROM", "JOIN"]) {
                    in_from = true;
                    true
                } else {
                    in_from &= !is_one_of(word, &["WHERE", "GROUP", "ORDER", "SELECT", "ON", "UNION", "LIMIT"]);
                    false
                }
            }
            TokenKind::Comma => in_from,
            TokenKind::OpenParen => {
                in_from = false;
                false
            }
            TokenKind::CloseParen => {
                in_from = false;
                false
            }
            _ => false,
        };
        // `WITH x AS (`: x is no relation.
        if at.is_phrase("AS")
            && at.nth(1).is_some_and(|t| t.kind == TokenKind::OpenParen)
            && let Some(ident) = at.ident_of(token)
        {
            own.push(Name { schema: None, object: ident });
        }
        if lists {
            at.eat("LATERAL");
            at.eat("ONLY");
            let mut ahead = at;
            if let Some(name) = ahead.name()
                && !ahead.is_kind(TokenKind::OpenParen)
                && !found.contains(&name)
            {
                found.push(name);
            }
        }
    }
    found.retain(|name| !own.contains(name));
    found
}

fn is_one_of(word: &str, keywords: &[&str]) -> bool {
    keywords.iter().any(|k| word.eq_ignore_ascii_case(k))
}
