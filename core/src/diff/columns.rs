//! Differences of columns.

use super::same;
use crate::change::{Change, ColumnDef, ColumnPosition, DataType, Expr, Ident, TableDef, Volatility};
use crate::engines::EngineFacts;
use crate::order::{Gather, PushAll};
use crate::target::{Engine, Target};
use std::mem::discriminant;

fn find<'a>(table: &'a TableDef, column: &ColumnDef) -> Option<&'a ColumnDef> {
    table.columns.iter().find(|c| c.name == column.name)
}

/// Columns added, changed and dropped, in that order.
pub(super) fn changes(old: &TableDef, new: &TableDef, engine: &dyn EngineFacts, target: Target) -> Vec<Change> {
    let table = &new.name;
    let added = new.columns.iter().filter(|c| find(old, c).is_none());
    let mut out: Vec<Change> = added
        .map(|column| Change::AddColumn {
            table: table.clone(),
            column: Box::new(ColumnDef { position: place(old, new, column, target), ..bare(column, new) }),
            if_not_exists: false,
        })
        .gather();
    let whole = target.engine().is_mysql_family();
    for column in &new.columns {
        if let Some(was) = find(old, column) {
            out.push_all(if whole {
                redefined(new, was, column, target.engine())
            } else {
                altered(new, was, column, engine, target)
            });
        }
    }
    let dropped = old.columns.iter().filter(|c| find(new, c).is_none());
    out.push_all(dropped.map(|column| Change::DropColumn {
        table: table.clone(),
        column: column.name.clone(),
        if_exists: false,
        cascade: false,
    }));
    out
}

/// The same is done to a column of this name of another table.
pub(super) fn is_among(change: &Change, others: &[Change]) -> bool {
    others.iter().any(|other| discriminant(other) == discriminant(change) && column(other) == column(change))
}

fn column(change: &Change) -> Option<&Ident> {
    match change {
        Change::AddColumn { column, .. } => Some(&column.name),
        Change::DropColumn { column, .. }
        | Change::ChangeColumnType { column, .. }
        | Change::SetDefault { column, .. }
        | Change::DropDefault { column, .. }
        | Change::SetNotNull { column, .. }
        | Change::DropNotNull { column, .. } => Some(column),
        _ => None,
    }
}

/// Where a new column goes, in an engine that keeps the order and when it is not the end.
fn place(old: &TableDef, new: &TableDef, column: &ColumnDef, target: Target) -> Option<ColumnPosition> {
    let at = new.columns.iter().position(|c| c.name == column.name)?;
    let inside = new.columns.iter().skip(at).any(|later| find(old, later).is_some());
    let before = at.checked_sub(1).and_then(|at| new.columns.get(at)).map(|c| ColumnPosition::After(c.name.clone()));
    (inside && target.engine().is_mysql_family()).then(|| before.unwrap_or(ColumnPosition::First))
}

/// The column without its constraints, which are among those of the table.
fn bare(column: &ColumnDef, table: &TableDef) -> ColumnDef {
    let inline = table.constraints.iter().any(|constraint| table.is_inline(constraint, column));
    let text = if inline { String::new() } else { column.text.clone() };
    ColumnDef { constraints: Vec::new(), text, ..column.clone() }
}

/// Columns that are gone while one of the same type is new.
pub(super) fn maybe_renamed(old: &TableDef, new: &TableDef) -> Vec<String> {
    let table = &new.name;
    let added: Vec<&ColumnDef> = new.columns.iter().filter(|c| find(old, c).is_none()).gather();
    let dropped = old.columns.iter().filter(|c| find(new, c).is_none());
    dropped
        .filter_map(|gone| added.iter().find(|new| same_type(gone, new)).map(|new| (gone, new)))
        .map(|(gone, new)| {
            format!(
                "{table}.{} is gone and {table}.{} of the same type is new: if that is a rename, write RENAME COLUMN instead",
                gone.name, new.name
            )
        })
        .gather()
}

pub(super) fn same_type(a: &ColumnDef, b: &ColumnDef) -> bool {
    match (&a.data_type, &b.data_type) {
        (Some(a), Some(b)) => a.same_as(b),
        (a, b) => a.is_none() && b.is_none(),
    }
}

fn redefined(def: &TableDef, old: &ColumnDef, new: &ColumnDef, engine: Engine) -> Vec<Change> {
    let same = same_type(old, new) && same::default(old.default.as_ref(), new.default.as_ref());
    if same && same::nullability(old, new) && same::rest(old, new, engine) {
        return Vec::new();
    }
    vec![Change::RedefineColumn {
        table: def.name.clone(),
        column: old.name.clone(),
        to: Box::new(bare(new, def)),
        position: None,
    }]
}

fn altered(def: &TableDef, old: &ColumnDef, new: &ColumnDef, engine: &dyn EngineFacts, target: Target) -> Vec<Change> {
    let (table, column) = (def.name.clone(), new.name.clone());
    // What is computed is computed anew; the values of another column are not to be lost.
    if !same::generated(old, new) && new.generated.is_some() {
        return vec![
            Change::DropColumn { table: table.clone(), column, if_exists: false, cascade: false },
            Change::AddColumn { table, column: Box::new(bare(new, def)), if_not_exists: false },
        ];
    }
    let mut out = Vec::new();
    let mut default_known = same::default(old.default.as_ref(), new.default.as_ref());
    if let (Some(was), Some(now)) = (&old.data_type, &new.data_type)
        && !(was.same_as(now) && same::collation(old, new, target.engine()))
    {
        let using = cast(was, now, &engine.ident(&column), target);
        // The default would have to be cast, too.
        if using.is_some() && old.default.is_some() {
            out.push(Change::DropDefault { table: table.clone(), column: column.clone() });
            default_known = new.default.is_none();
        }
        out.push(Change::ChangeColumnType {
            table: table.clone(),
            column: column.clone(),
            to: now.clone(),
            using,
            collation: new.collation.clone(),
        });
    }
    if !default_known {
        out.push(match &new.default {
            Some(default) => {
                Change::SetDefault { table: table.clone(), column: column.clone(), default: default.clone() }
            }
            None => Change::DropDefault { table: table.clone(), column: column.clone() },
        });
    }
    if !same::nullability(old, new) {
        out.push(match new.nullability {
            crate::change::Nullability::NotNull => Change::SetNotNull { table, column, only: false },
            _ => Change::DropNotNull { table, column },
        });
    }
    out
}

/// PostgreSQL casts numbers to numbers, moments to moments and everything to text by itself; else it has to be told.
fn cast(from: &DataType, to: &DataType, column: &str, target: Target) -> Option<Expr> {
    const NUMBERS: [&str; 6] = ["smallint", "integer", "bigint", "numeric", "real", "double precision"];
    const MOMENTS: [&str; 3] = ["date", "timestamp", "timestamptz"];
    const TEXTS: [&str; 4] = ["varchar", "text", "char", "bpchar"];
    let both = |list: &[&str]| list.contains(&from.base.as_str()) && list.contains(&to.base.as_str());
    let by_itself = from.base == to.base || both(&NUMBERS) || both(&MOMENTS) || TEXTS.contains(&to.base.as_str());
    if target.engine() != Engine::Postgres || (by_itself && from.array == to.array) {
        return None;
    }
    let through = if TEXTS.contains(&from.base.as_str()) { "" } else { "::text" };
    let known = |t: &DataType| NUMBERS.contains(&t.base.as_str()) || MOMENTS.contains(&t.base.as_str());
    let through = if known(from) { "" } else { through };
    let text = format!("{column}{through}::{}", to.text);
    Some(Expr { text, volatility: Volatility::Stable, columns: Vec::new() })
}
