//! Rows of one INSERT that have the same unique key.
//!
//! Only what is sure: literals of one spelling, in a key of whole columns.

use super::written::Column;
use crate::change::{ConstraintKind, Ident, TableDef};
use crate::order::{Gather, GatherAll, Set};
use crate::schema::same_ident;
use crate::target::Target;

/// The unique keys of a table, as columns; of an index the prefix of a column is as much as the column here: the same values have
/// the same prefix.
fn keys(def: &TableDef) -> Vec<Vec<Ident>> {
    let of_constraint = def.constraints.iter().filter_map(|constraint| match &constraint.kind {
        ConstraintKind::PrimaryKey { columns } | ConstraintKind::Unique { columns, .. } => Some(columns.clone()),
        _ => None,
    });
    let whole = def.indexes.iter().filter(|index| index.unique && index.filter.is_none());
    let of_index = whole.filter_map(|index| index.parts.iter().map(|part| part.column.clone()).collect());
    of_constraint.chain(of_index).filter(|key: &Vec<Ident>| !key.is_empty()).gather()
}

/// The key of which two rows have the same values; `columns` are those that are given.
pub(super) fn key(def: &TableDef, columns: &[Column<'_>], rows: &[Vec<&[&str]>], target: Target) -> Option<String> {
    keys(def).into_iter().find_map(|key| {
        let place = |name: &Ident| {
            columns.iter().position(|column| column.is_some_and(|own| same_ident(target, &own.name, name)))
        };
        let places: Vec<usize> = key.iter().map(place).gather_all()?;
        let counts = |at: &usize| columns.get(*at).copied().flatten().is_some_and(|own| own.auto_number.is_some());
        let mut seen = Set::default();
        let twice = rows.iter().any(|row| {
            let values = places.iter().map(|at| literal(row.get(*at)?, counts(at)));
            values.gather_all().is_some_and(|values| !seen.insert(values.join("\u{0}")))
        });
        let names: Vec<String> = key.iter().map(Ident::to_string).gather();
        twice.then(|| format!("two rows have the same {}", names.join(", ")))
    })
}

/// A number or a text; where the column `counts`, 0 may stand for the next number.
fn literal(value: &[&str], counts: bool) -> Option<String> {
    let digit = |word: &str| word.starts_with(|c: char| c.is_ascii_digit());
    match value {
        [zero] if counts && zero.trim_matches(['\'', '"']).parse() == Ok(0_u32) => None,
        [word] if digit(word) || word.starts_with('\'') => Some((*word).to_string()),
        ["-", word] if digit(word) => Some(format!("-{word}")),
        _ => None,
    }
}
