//! What a change touches: relations, and columns of them. For the order of steps and for "is it new".

use crate::change::{Change, Constraint, ConstraintKind, Ident, Name, lower};
use crate::order::{Gather, PushAll};

/// A relation, or one column of it.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub(super) struct Resource {
    /// Relation, type or other object, in lower case without its schema: two of a name are taken for one,
    /// which costs an extra wave and never an error.
    pub object: String,
    /// One column; none for the whole.
    pub column: Option<String>,
}

fn whole(name: &Name) -> Resource {
    Resource { object: lower(&name.object.value), column: None }
}

fn part(name: &Name, column: &Ident) -> Resource {
    Resource { object: lower(&name.object.value), column: Some(lower(&column.value)) }
}

/// The same of several changes, to take an excerpt of a schema.
pub(super) fn tables<'a>(changes: impl Iterator<Item = &'a Change>) -> Vec<Name> {
    changes.flat_map(Change::relations).cloned().gather()
}

/// Everything that a change touches, for ordering.
pub(super) fn touched(change: &Change) -> Vec<Resource> {
    let mut found: Vec<Resource> = match change {
        Change::AddColumn { table, column, .. } => {
            let inline = column.constraints.iter().flat_map(|c| constraint_resources(table, c));
            std::iter::once(part(table, &column.name)).chain(inline).gather()
        }
        Change::DropColumn { table, column, .. }
        | Change::ChangeColumnType { table, column, .. }
        | Change::SetNotNull { table, column, .. }
        | Change::DropNotNull { table, column }
        | Change::SetDefault { table, column, .. }
        | Change::DropDefault { table, column }
        | Change::SetColumnOption { table, column, .. } => vec![part(table, column)],
        Change::RenameColumn { table, from, to } => vec![part(table, from), part(table, to)],
        Change::RedefineColumn { table, column, to, .. } => vec![part(table, column), part(table, &to.name)],
        Change::AddConstraint { table, constraint } => constraint_resources(table, constraint),
        Change::CreateTable(def) => {
            let others = def.partition_of.iter().chain(&def.like).chain(&def.inherits).chain(&def.reads);
            let inline = def.columns.iter().flat_map(|column| &column.constraints);
            let bound = def.constraints.iter().chain(inline).flat_map(|c| constraint_resources(&def.name, c));
            std::iter::once(&def.name).chain(others).map(whole).chain(bound).gather()
        }
        Change::CreateIndex(index) => {
            let columns: Vec<Resource> =
                index.parts.iter().filter_map(|p| p.column.as_ref()).map(|c| part(&index.table, c)).gather();
            let named = index.name.iter().map(whole);
            let unread = index.parts.iter().any(|p| p.column.is_none()).then(|| whole(&index.table));
            columns.into_iter().chain(named).chain(unread).gather()
        }
        Change::DropIndex { name, .. } => vec![whole(name)],
        Change::RenameIndex { name, to, .. } => vec![whole(name), whole(&name.sibling(to.value.clone()))],
        Change::RenameTable { table, to } => vec![whole(table), whole(to)],
        Change::DropConstraint { table, name, .. } => name.iter().map(|n| part(table, n)).gather(),
        Change::ValidateConstraint { table, name } | Change::AlterConstraint { table, name, .. } => {
            vec![part(table, name)]
        }
        Change::RenameConstraint { table, from, to } => vec![part(table, from), part(table, to)],
        Change::CreateEnum { name, .. }
        | Change::AddEnumValue { name, .. }
        | Change::RenameEnumValue { name, .. }
        | Change::AlterDomainConstraint { name, .. } => vec![whole(name)],
        Change::Update { table, columns, .. } if !columns.is_empty() => columns.iter().map(|c| part(table, c)).gather(),
        // A trigger or policy is a part of its relation, so it does not stand in the way of its columns.
        Change::Object { name: Some(name), on: Some(on), .. } => vec![part(on, &name.object)],
        Change::Object { name, on, .. } => name.iter().chain(on).map(whole).gather(),
        // Statistics and locks need the relation to be there, and nothing else of it.
        Change::Maintain { tables, .. } | Change::LockTable { tables, .. } => {
            tables.iter().map(|table| part(table, &Ident::new("(all)"))).gather()
        }
        _ => change.relations().into_iter().map(whole).gather(),
    };
    if found.is_empty() {
        found = change.relations().into_iter().map(whole).gather();
    }
    found
}

fn constraint_resources(table: &Name, constraint: &Constraint) -> Vec<Resource> {
    let mut found: Vec<Resource> = constraint.name.iter().map(|n| part(table, n)).gather();
    let columns: &[Ident] = match &constraint.kind {
        ConstraintKind::PrimaryKey { columns } | ConstraintKind::Unique { columns, .. } => columns,
        ConstraintKind::Check { expr } => &expr.columns,
        ConstraintKind::ForeignKey(fk) => {
            found.push_all(fk.referenced_columns.iter().map(|c| part(&fk.references, c)));
            if fk.referenced_columns.is_empty() {
                found.push(whole(&fk.references));
            }
            &fk.columns
        }
        ConstraintKind::NotNull { column } => std::slice::from_ref(column),
        ConstraintKind::Exclude => &[],
    };
    found.push_all(columns.iter().map(|c| part(table, c)));
    found.push_all(constraint.using_index.iter().map(|i| whole(&table.sibling(i.value.clone()))));
    found
}
