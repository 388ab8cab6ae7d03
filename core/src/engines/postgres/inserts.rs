//! INSERT into a table that is known: its columns, as many values, and for `ON CONFLICT (columns)` a unique key of just these
//! (seen on 11–18).

use super::facts::{columns_in_words, lacking};
use crate::change::{Ident, Name};
use crate::engines::written::bracketed;
use crate::source::{Dialect, Lexer, TokenKind, has, named};
use crate::world::World;

/// Words that are looked at where nothing at the end matters: a statement can be megabytes of rows.
const MOST: usize = 2_000;

/// Why the server refuses the statement, where its table is known.
pub(super) fn refused(sql: &str, world: &World<'_>) -> Option<String> {
    if world.schema.is_blurred() {
        return None;
    }
    let upsert = has(sql, "conflict");
    let mut lexer = Lexer::new(sql, Dialect::of(world.target));
    let tokens = std::iter::from_fn(|| lexer.next_token()).filter(|token| token.kind != TokenKind::Comment);
    let words: Vec<&str> = tokens.take(if upsert { usize::MAX } else { MOST }).map(|token| token.of(sql)).collect();
    let (table, rest) = target(&words)?;
    columns_refused(world, &table, rest).or_else(|| unmatched(world, &table, rest))
}

fn is(word: &str, wanted: &str) -> bool {
    word.eq_ignore_ascii_case(wanted)
}

/// The table of an INSERT, and what stands behind it.
fn target<'w>(words: &'w [&'w str]) -> Option<(Name, &'w [&'w str])> {
    let [insert, into, object, rest @ ..] = words else { return None };
    if !is(insert, "insert") || !is(into, "into") {
        return None;
    }
    match rest {
        [".", inner, rest @ ..] => Some((Name::qualified(named(object), named(inner)), rest)),
        _ => Some((Name::new(named(object)), rest)),
    }
}

/// A column that the table has not, or another number of values than of columns.
fn columns_refused(world: &World<'_>, table: &Name, rest: &[&str]) -> Option<String> {
    let (columns, rest) = bracketed(rest)?;
    let columns: Vec<Ident> = columns.iter().map(|item| single(item)).collect::<Option<_>>()?;
    if let Some(why) = lacking(world, table, &columns) {
        return Some(why);
    }
    let [values, rest @ ..] = rest else { return None };
    let (row, _) = bracketed(rest).filter(|_| is(values, "values"))?;
    let (wanted, given) = (columns.len(), row.len());
    (wanted != given).then(|| format!("{given} values for {wanted} columns of {table} (42601)"))
}

/// A name alone.
fn single(words: &[&str]) -> Option<Ident> {
    match words {
        [name] if !name.contains('&') => Some(Ident::new(named(name))),
        _ => None,
    }
}

fn unmatched(world: &World<'_>, table: &Name, rest: &[&str]) -> Option<String> {
    let def = &world.schema.table(table)?.def;
    let whole = def.complete && (&def.like, &def.partition_of) == (&None, &None) && !def.external;
    let columns = conflict(rest).filter(|_| whole)?;
    (!world.schema.has_key(table, &columns)).then(|| {
        format!("{table} has no unique key of ({}) in the schema that is known (42P10)", columns_in_words(&columns))
    })
}

/// The columns of `ON CONFLICT (a, b)`; none where there are expressions, or a condition that means a partial index.
fn conflict(words: &[&str]) -> Option<Vec<Ident>> {
    let at = words.windows(3).position(
        |three| matches!(three, [on, conflict, open] if is(on, "on") && is(conflict, "conflict") && *open == "("),
    )?;
    let (items, behind) = bracketed(words.get(at + 2..)?)?;
    let filtered = behind.first().is_some_and(|word| is(word, "where"));
    items.into_iter().map(single).collect::<Option<_>>().filter(|_| !filtered)
}
