//! `INSERT … ON CONFLICT (columns)`: the server wants a unique key of just these columns (seen on 11–18).

use super::facts::columns_in_words;
use crate::change::{Ident, Name};
use crate::source::{Dialect, Lexer, TokenKind, has, named};
use crate::world::World;

/// Why the server refuses the statement, where all keys of its table are known.
pub(super) fn unmatched(sql: &str, world: &World<'_>) -> Option<String> {
    if !has(sql, "conflict") || world.schema.is_blurred() {
        return None;
    }
    let mut lexer = Lexer::new(sql, Dialect::of(world.target));
    let tokens = std::iter::from_fn(|| lexer.next_token()).filter(|token| token.kind != TokenKind::Comment);
    let words: Vec<&str> = tokens.map(|token| token.of(sql)).collect();
    let (table, rest) = target(&words)?;
    let def = &world.schema.table(&table)?.def;
    let whole = def.complete && (&def.like, &def.partition_of) == (&None, &None) && !def.external;
    let columns = conflict(rest).filter(|_| whole)?;
    (!world.schema.has_key(&table, &columns)).then(|| {
        format!("{table} has no unique key of ({}) in the schema that is known (42P10)", columns_in_words(&columns))
    })
}

/// The table of an INSERT, and what stands behind it.
fn target<'w>(words: &'w [&'w str]) -> Option<(Name, &'w [&'w str])> {
    let is = |word: &str, wanted: &str| word.eq_ignore_ascii_case(wanted);
    match words {
        [insert, into, schema, dot, object, rest @ ..] if is(insert, "insert") && is(into, "into") && *dot == "." => {
            Some((Name::qualified(named(schema), named(object)), rest))
        }
        [insert, into, object, rest @ ..] if is(insert, "insert") && is(into, "into") => {
            Some((Name::new(named(object)), rest))
        }
        _ => None,
    }
}

/// The columns of `ON CONFLICT (a, b)`; none where there are expressions, or a condition that means a partial index.
fn conflict(words: &[&str]) -> Option<Vec<Ident>> {
    let is = |word: &str, wanted: &str| word.eq_ignore_ascii_case(wanted);
    let mut depth = 0_usize;
    let at = words.windows(3).position(|three| {
        let [on, conflict, open] = three else { return false };
        match *on {
            "(" => depth += 1,
            ")" => depth = depth.saturating_sub(1),
            _ => {}
        }
        depth == 0 && is(on, "on") && is(conflict, "conflict") && *open == "("
    })?;
    let list = words.get(at + 3..)?;
    let close = list.iter().position(|word| *word == ")")?;
    let (inside, behind) = list.split_at_checked(close)?;
    let filtered = behind.get(1).is_some_and(|word| is(word, "where"));
    let single = |one: &[&str]| match one {
        [name] if !name.starts_with(['U', 'u', '(']) || !name.contains('&') => Some(Ident::new(named(name))),
        _ => None,
    };
    inside.split(|word| *word == ",").map(single).collect::<Option<_>>().filter(|_| !filtered)
}
