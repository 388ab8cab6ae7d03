//! Statements for one kind of relation that name one of another kind (42809 or 0A000; seen on 11–18).

use super::{Facts, forms};
use crate::change::{Change, Constraint, ConstraintKind, Name, ObjectKind, ObjectVerb, TableOption};

/// What a name stands for, as far as is known.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Kind {
    Table,
    View,
    Stored,
    Index,
}

impl Kind {
    fn words(self) -> &'static str {
        match self {
            Kind::Table => "a table",
            Kind::View => "a view",
            Kind::Stored => "a materialized view",
            Kind::Index => "an index",
        }
    }
}

/// Why the server refuses a change for what its relation is.
pub(super) fn refused(facts: Facts<'_>, change: &Change) -> Option<String> {
    let other = |names: &[Name], wanted: &[Kind]| names.iter().find_map(|name| unlike(facts, name, wanted));
    let one = |name: &Name, wanted: &[Kind]| unlike(facts, name, wanted);
    match change {
        Change::DropTable { tables, .. } | Change::Truncate { tables, .. } => other(tables, &[Kind::Table]),
        Change::DropView { names, materialized, .. } => other(names, &[view(*materialized)]),
        Change::RefreshView { name, .. } => one(name, &[Kind::Stored]),
        Change::DropIndex { name, table: None, .. } => one(name, &[Kind::Index]),
        Change::AddColumn { table, .. }
        | Change::DropColumn { table, .. }
        | Change::ChangeColumnType { table, .. }
        | Change::SetNotNull { table, .. }
        | Change::SetTableOption { table, option: TableOption::Logged | TableOption::Unlogged } => {
            one(table, &[Kind::Table])
        }
        Change::AddConstraint { table, constraint } => {
            one(table, &[Kind::Table]).or_else(|| pointed_at(facts, table, constraint))
        }
        Change::Insert { table, .. } | Change::Update { table, .. } | Change::Delete { table, .. } => {
            one(table, &[Kind::Table, Kind::View])
        }
        Change::Object { verb: ObjectVerb::Rename | ObjectVerb::Alter, kind, name: Some(name), .. } => match kind {
            ObjectKind::View => one(name, &[Kind::View]),
            ObjectKind::MaterializedView => one(name, &[Kind::Stored]),
            _ => None,
        },
        Change::Object { verb: ObjectVerb::Create, kind: ObjectKind::Publication, text, .. } => {
            let mut named = forms::named(facts, text, &["table"]).into_iter();
            named.find_map(|name| unlike(facts, name, &[Kind::Table]).or_else(|| unlogged(facts, name)))
        }
        _ => None,
    }
}

fn view(materialized: bool) -> Kind {
    if materialized { Kind::Stored } else { Kind::View }
}

fn kind(facts: Facts<'_>, name: &Name) -> Option<Kind> {
    let schema = facts.schema();
    if schema.table(name).is_some() {
        return Some(Kind::Table);
    }
    let known = schema.view(name).map(|known| view(known.materialized));
    known.or_else(|| schema.index(name).map(|_| Kind::Index))
}

/// It is something else.
fn unlike(facts: Facts<'_>, name: &Name, wanted: &[Kind]) -> Option<String> {
    let kind = kind(facts, name).filter(|kind| !wanted.contains(kind))?;
    Some(format!("{name} is {}, which this statement is not for (42809 or 0A000)", kind.words()))
}

/// A foreign key points at tables alone, and a table that survives a crash only at others that do.
fn pointed_at(facts: Facts<'_>, table: &Name, constraint: &Constraint) -> Option<String> {
    let ConstraintKind::ForeignKey(key) = &constraint.kind else { return None };
    let lasting = facts.table(table).is_some_and(|own| !own.def.unlogged && !own.def.temporary);
    let other = || {
        facts
            .table(&key.references)
            .filter(|parent| lasting && parent.def.unlogged)
            .map(|_| format!("{} is unlogged: a key of a logged table cannot point at it (42P16)", key.references))
    };
    unlike(facts, &key.references, &[Kind::Table]).or_else(other)
}

fn unlogged(facts: Facts<'_>, name: &Name) -> Option<String> {
    let known = facts.table(name).filter(|known| known.def.unlogged || known.def.temporary)?;
    Some(format!("{} is not logged, so nothing of it can be published (22023)", known.def.name))
}
