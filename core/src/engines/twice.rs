//! Rows of one INSERT that have the same unique key.
//!
//! Only what is sure: literals of one spelling, in a key of whole columns.

use crate::change::{ConstraintKind, Ident, TableDef};
use crate::order::{Gather, GatherAll, Set};

/// The unique keys of a table, as columns; of an index the prefix of a column is as much as the column here: the same values have
/// the same prefix.
fn keys(def: &TableDef) -> Vec<Vec<Ident>> {
    let of_constraint = def.constraints.iter().filter_map(|constraint| match &constraint.kind {
        ConstraintKind::PrimaryKey { columns } | ConstraintKind::Unique { columns, .. } => Some(columns.clone()),
        _ => None,
    });
    let whole = def.indexes.iter().filter(|index| index.unique && index.filter.is_none());
    let of_index = whole.filter_map(|index| index.parts.iter().map(|part| part.column.clone()).gather_all());
    of_constraint.chain(of_index).filter(|key: &Vec<Ident>| !key.is_empty()).gather()
}

/// The key of which two rows have the same values, and these; `place`: where a column stands in each row, if it is given, and
/// whether 0 stands for its next number; `folds`: a text is the same in any case, unless its column says otherwise (MySQL).
pub(super) fn key(
    def: &TableDef,
    rows: &[Vec<&[&str]>],
    folds: bool,
    place: &dyn Fn(&Ident) -> Option<(usize, bool)>,
) -> Option<[String; 2]> {
    keys(def).into_iter().find_map(|key| {
        let places: Vec<(usize, bool)> = key.iter().map(place).gather_all()?;
        let texts: Vec<bool> = key.iter().map(|name| !folds || !is_folded(def, name)).gather();
        let of = |row: &Vec<&[&str]>| {
            let values = places.iter().zip(&texts).map(|((at, counts), exact)| {
                let value = literal(row.get(*at)?, *counts)?;
                Some(if *exact { value } else { value.to_ascii_lowercase() })
            });
            values.gather_all()
        };
        let mut seen = Set::default();
        let twice = rows.iter().filter_map(of).find(|values| !seen.insert(values.clone()))?;
        Some([key.iter().map(Ident::to_string).gather().join(", "), twice.join(", ")])
    })
}

/// A text of a collation by default, or of one that says that case does not matter.
fn is_folded(def: &TableDef, name: &Ident) -> bool {
    let own = def.columns.iter().find(|own| own.name.value.eq_ignore_ascii_case(&name.value));
    let says = |text: &str| ["_bin", "_cs", "binary"].iter().any(|word| text.to_ascii_lowercase().contains(word));
    own.is_some_and(|own| own.is_character() && !says(&own.text)) && !says(&def.options)
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
