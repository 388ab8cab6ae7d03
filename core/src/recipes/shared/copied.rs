//! ADD COLUMN, UPDATE … SET it from others of the table, DROP COLUMN those: statements that are one change.
//!
//! In: the statements from one on. Out: what is filled with what, and what goes. Never: how it is planned.

use super::dml::assignments;
use super::words;
use crate::change::{Change, ColumnDef, Ident, Name, Nullability, RowFilter, Volatility, lower};
use crate::order::PushAll;
use crate::recipes::joint::Ahead;
use crate::target::Engine;

/// A new column and what it is filled with.
pub struct Filled<'a> {
    /// As it is added.
    pub column: &'a ColumnDef,
    /// An expression over columns of the table, as written.
    pub value: String,
    /// It ends NOT NULL.
    pub not_null: bool,
    /// As it is said anew once it is filled.
    pub again: Option<&'a ColumnDef>,
}

/// What the statements say together.
pub struct Script<'a> {
    /// Places of the statements.
    pub members: Vec<usize>,
    /// The table.
    pub table: &'a Name,
    /// The new columns.
    pub filled: Vec<Filled<'a>>,
    /// The columns that go.
    pub dropped: Vec<&'a Ident>,
}

impl<'a> Script<'a> {
    /// None where something else stands between, or a column is dropped that none is made of.
    pub fn read(ahead: &Ahead<'a>) -> Option<Script<'a>> {
        let schema = ahead.cx.world.schema;
        let engine = ahead.cx.world.target.engine();
        let (mut members, mut added, mut values): (Vec<usize>, Vec<&ColumnDef>, Vec<(Ident, String)>) =
            Default::default();
        let (mut demanded, mut dropped): (Vec<Demand<'a>>, Vec<&Ident>) = Default::default();
        // Some servers refuse to drop a column before its index.
        let mut indexes: Vec<&Name> = Vec::new();
        let mut own: Option<&'a Name> = None;
        for (at, statement) in ahead.statements.iter().enumerate() {
            for change in &statement.changes {
                let is_added = |name: &Ident| added.iter().any(|c| schema.same(&c.name, name));
                let (table, fits) = match change {
                    Change::Transaction(_) | Change::Session(_) => continue,
                    Change::AddColumn { table, column, .. } => (table, values.is_empty() && is_plain(column, engine)),
                    Change::Update { table, columns, filter } => {
                        // What a default has filled is not NULL: a condition would pass it by.
                        let every = matches!(filter, RowFilter::All) || added.iter().all(|c| starts_as_null(c));
                        let set = assignments(statement.sql, columns, filter).filter(|_| every);
                        let known = set.as_ref().is_some_and(|set| set.iter().all(|(name, _)| is_added(name)));
                        values.push_all(set.into_iter().flatten());
                        (table, known && dropped.is_empty())
                    }
                    Change::DropColumn { table, .. } => (table, !values.is_empty()),
                    Change::DropIndex { .. } => (own?, true),
                    other => match demands(other) {
                        Some(demand) => (demand.table, is_added(demand.column)),
                        None => return None,
                    },
                };
                let table = schema.known_name(table);
                if !fits || own.is_some_and(|own| own != table) || schema.table(table).is_none() {
                    return None;
                }
                own = Some(table);
                match change {
                    Change::AddColumn { column, .. } => added.push(column),
                    Change::DropColumn { column, .. } => dropped.push(column),
                    Change::DropIndex { name, .. } => indexes.push(name),
                    other => demanded.push_all(demands(other)),
                }
                members.push(at);
            }
            let next_drops = ahead.statements.get(at + 1).is_some_and(|next| {
                next.changes.iter().all(|c| matches!(c, Change::DropColumn { .. }) || demands(c).is_some())
            });
            if !dropped.is_empty() && !next_drops {
                break;
            }
        }
        members.dedup();
        let filled: Option<Vec<Filled<'_>>> = added
            .iter()
            .map(|column| {
                let same = |name: &Ident| schema.same(name, &column.name);
                // A second value may be made of the first.
                let mut own = values.iter().filter(|(name, _)| same(name));
                let (_, value) = own.next().filter(|_| own.next().is_none())?;
                let demand = demanded.iter().find(|demand| same(demand.column));
                let not_null = demand.is_some() || column.nullability == Nullability::NotNull;
                Some(Filled { column, value: value.clone(), not_null, again: demand.and_then(|demand| demand.again) })
            })
            .collect();
        let folds = schema.same(&Ident::new("A"), &Ident::new("a"));
        let folded = |text: &str| if folds { lower(text) } else { text.to_string() };
        let used = |name: &&Ident| {
            let name = Ident::new(folded(&name.value));
            values.iter().any(|(_, value)| words::mentions(&folded(value), &name))
        };
        let table = own?;
        let goes = |name: &&Name| {
            let mut gone = dropped.iter().flat_map(|column| schema.indexes_of_column(table, column));
            gone.any(|index| index.name.as_ref().is_some_and(|own| schema.same(&own.object, &name.object)))
        };
        let whole = !dropped.is_empty() && dropped.iter().all(used) && indexes.iter().all(goes);
        whole.then_some(Script { members, table, filled: filled?, dropped })
    }
}

/// A column is made NOT NULL.
struct Demand<'a> {
    table: &'a Name,
    column: &'a Ident,
    again: Option<&'a ColumnDef>,
}

fn demands(change: &Change) -> Option<Demand<'_>> {
    match change {
        Change::SetNotNull { table, column, .. } => Some(Demand { table, column, again: None }),
        Change::RedefineColumn { table, column, to, .. } => {
            let demands = to.name == *column && to.nullability == Nullability::NotNull;
            demands.then_some(Demand { table, column, again: Some(to) })
        }
        _ => None,
    }
}

/// A row that is there when it is added, or is made without it, has NULL in it.
pub fn starts_as_null(column: &ColumnDef) -> bool {
    let bare = column.default.as_ref().is_none_or(|d| d.text.trim().eq_ignore_ascii_case("null"));
    bare && column.nullability != Nullability::NotNull
}

/// A column that is added without a look at the rows; MySQL and MariaDB fill one that is NOT NULL by themselves.
fn is_plain(column: &ColumnDef, engine: Engine) -> bool {
    let steady = column.default.as_ref().is_none_or(|d| d.volatility == Volatility::Constant);
    let takes_rows = column.nullability != Nullability::NotNull || column.default.is_some() || engine.is_mysql_family();
    steady && takes_rows && is_written(column) && column.constraints.is_empty()
}

/// Only statements give it values: the server neither computes, numbers nor stamps it.
pub fn is_written(column: &ColumnDef) -> bool {
    column.generated.is_none() && column.auto_number.is_none() && column.on_update.is_none()
}
