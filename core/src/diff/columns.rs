//! Differences of columns.

use super::same_text;
use crate::change::{Change, ColumnDef, Expr, Nullability, TableDef};
use crate::engines::{Capability, EngineFacts};
use crate::target::Target;

/// Columns added, changed and dropped, in that order, and what the reader must know.
pub(super) fn changes(
    old: &TableDef,
    new: &TableDef,
    engine: &dyn EngineFacts,
    target: Target,
) -> (Vec<Change>, Vec<String>) {
    let find = |table: &TableDef, column: &ColumnDef| table.columns.iter().find(|c| c.name == column.name).cloned();
    let added: Vec<&ColumnDef> = new.columns.iter().filter(|c| find(old, c).is_none()).collect();
    let dropped: Vec<&ColumnDef> = old.columns.iter().filter(|c| find(new, c).is_none()).collect();
    let table = &new.name;
    let mut out: Vec<Change> = added
        .iter()
        .map(|column| Change::AddColumn {
            table: table.clone(),
            column: Box::new((*column).clone()),
            if_not_exists: false,
        })
        .collect();
    let whole = engine.can(Capability::RedefinesWholeColumn, target);
    for column in &new.columns {
        if let Some(was) = find(old, column) {
            out.extend(if whole { redefined(table, &was, column) } else { altered(table, &was, column) });
        }
    }
    out.extend(dropped.iter().map(|column| Change::DropColumn {
        table: table.clone(),
        column: column.name.clone(),
        if_exists: false,
        cascade: false,
    }));
    (out, maybe_renamed(table, &added, &dropped))
}

fn maybe_renamed(table: &crate::change::Name, added: &[&ColumnDef], dropped: &[&ColumnDef]) -> Vec<String> {
    let same_type = |a: &ColumnDef, b: &ColumnDef| match (&a.data_type, &b.data_type) {
        (Some(a), Some(b)) => a.same_as(b),
        (a, b) => a.is_none() && b.is_none(),
    };
    dropped
        .iter()
        .filter_map(|gone| added.iter().find(|new| same_type(gone, new)).map(|new| (gone, new)))
        .map(|(gone, new)| {
            format!(
                "{table}.{} is gone and {table}.{} of the same type is new: if that is a rename, write RENAME COLUMN instead",
                gone.name, new.name
            )
        })
        .collect()
}

fn redefined(table: &crate::change::Name, old: &ColumnDef, new: &ColumnDef) -> Vec<Change> {
    if altered(table, old, new).is_empty() && old.comment == new.comment {
        return Vec::new();
    }
    vec![Change::RedefineColumn {
        table: table.clone(),
        column: old.name.clone(),
        to: Box::new(new.clone()),
        position: None,
    }]
}

fn altered(table: &crate::change::Name, old: &ColumnDef, new: &ColumnDef) -> Vec<Change> {
    let (table, column) = (table.clone(), new.name.clone());
    let mut out = Vec::new();
    if let (Some(was), Some(now)) = (&old.data_type, &new.data_type)
        && !was.same_as(now)
    {
        out.push(Change::ChangeColumnType {
            table: table.clone(),
            column: column.clone(),
            to: now.clone(),
            using: None,
            collation: new.collation.clone(),
        });
    }
    if !same_default(old.default.as_ref(), new.default.as_ref()) {
        out.push(match &new.default {
            Some(default) => {
                Change::SetDefault { table: table.clone(), column: column.clone(), default: default.clone() }
            }
            None => Change::DropDefault { table: table.clone(), column: column.clone() },
        });
    }
    match (old.nullability == Nullability::NotNull, new.nullability == Nullability::NotNull) {
        (false, true) => out.push(Change::SetNotNull { table, column, only: false }),
        (true, false) => out.push(Change::DropNotNull { table, column }),
        _ => {}
    }
    out
}

fn same_default(a: Option<&Expr>, b: Option<&Expr>) -> bool {
    let is_null = |e: Option<&Expr>| e.is_none_or(|e| e.text.trim().eq_ignore_ascii_case("null"));
    match (a, b) {
        (Some(a), Some(b)) => same_text(&a.text, &b.text),
        _ => is_null(a) && is_null(b),
    }
}
