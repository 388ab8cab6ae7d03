//! The key along which a table is walked in batches.

use super::names::fit;
use crate::change::{ConstraintKind, Ident, IndexDef, Name};
use crate::order::Gather;
use crate::recipes::Cx;
use crate::schema::Table;

/// How the rows of a table are walked.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Key {
    /// One integer column: ranges of numbers.
    Integer(Ident),
    /// Any unique key: ordered by these columns.
    Ordered(Vec<Ident>),
    /// No unique key: along the table's storage.
    Storage,
    /// The table is not known; this integer key is assumed.
    Assumed(Ident),
}

impl Key {
    /// What had to be assumed, as a sentence.
    pub fn assumption(&self, table: &Name) -> Option<String> {
        match self {
            Key::Assumed(column) => Some(format!(
                "The primary key of {table} is not known; the batches assume an integer key `{column}`. \
                 Give the schema, or replace `{column}` in the backfill."
            )),
            Key::Integer(_) | Key::Ordered(_) | Key::Storage => None,
        }
    }

    /// In words: `primary key order of id`.
    pub fn words(&self) -> String {
        match self {
            Key::Integer(column) | Key::Assumed(column) => format!("ranges of {column}"),
            Key::Ordered(columns) => {
                format!("the order of ({})", columns.iter().map(|c| c.value.as_str()).gather().join(", "))
            }
            Key::Storage => "ranges of storage pages".to_string(),
        }
    }
}

/// The key of a table: its primary key, else a unique key whose columns cannot be NULL.
pub fn of(cx: &Cx<'_>, table: &Name) -> Key {
    let Some(known) = cx.world.schema.table(table).filter(|t| t.def.complete && !t.def.columns.is_empty()) else {
        return Key::Assumed(Ident::new("id"));
    };
    let keys = known.def.constraints.iter().filter_map(|c| match &c.kind {
        ConstraintKind::PrimaryKey { columns } => Some((0, columns.clone())),
        ConstraintKind::Unique { columns, .. }
            if columns.iter().all(|c| cx.world.schema.is_not_null(table, c) == Some(true)) =>
        {
            Some((1, columns.clone()))
        }
        _ => None,
    });
    match keys.filter(|(_, columns)| !columns.is_empty()).min_by_key(|(rank, columns)| (*rank, columns.len())) {
        None => Key::Storage,
        Some((_, columns)) => match columns.as_slice() {
            [one] if is_integer(known, one) => Key::Integer(one.clone()),
            _ => Key::Ordered(columns),
        },
    }
}

/// An index by which rows are found by these columns; none where the table has one, or is not known.
pub fn missing_index(cx: &Cx<'_>, table: &Name, columns: &[Ident]) -> Option<IndexDef> {
    let known = cx.world.schema.table(table).filter(|t| t.def.complete)?;
    let leads = |own: &[Ident]| own.get(..columns.len()).is_some_and(|first| columns.iter().all(|c| first.contains(c)));
    let by_index = known
        .def
        .indexes
        .iter()
        .filter(|index| index.filter.is_none())
        .any(|index| leads(&index.parts.iter().map_while(|part| part.column.clone()).gather()));
    let by_key = known.def.constraints.iter().any(|c| match &c.kind {
        ConstraintKind::PrimaryKey { columns } | ConstraintKind::Unique { columns, .. } => leads(columns),
        _ => false,
    });
    let words = columns.iter().map(|c| c.value.as_str()).gather().join("_");
    let name = fit(&format!("{}_{words}_idx", table.object), cx.engine().ident_limit());
    (!by_index && !by_key).then(|| IndexDef::on(Name::new(name), table.clone(), columns))
}

fn is_integer(table: &Table, column: &Ident) -> bool {
    let base = table.def.columns.iter().find(|c| c.name == *column).and_then(|c| c.data_type.as_ref());
    base.is_some_and(|t| t.array == 0 && ["smallint", "integer", "bigint", "int"].contains(&t.base.as_str()))
}
