//! Names that are taken, and things that are not there: the server refuses both (seen on 11–18).
//!
//! Only what is sure: a table that the given schema lacks may be there all the same, a column that a known table lacks is not.

use super::{Facts, bounds, expressions, literals, same, unknown};
use crate::change::{
    Change, ColumnDef, Constraint, ConstraintKind, IF_NOT_EXISTS, Ident, Name, ObjectKind, ObjectVerb, PartitionAction,
    TableDef, TableOption, lower,
};
use crate::engines::gone;
use crate::engines::postgres::quoting::ident;
use crate::order::{Gather, Set};
use crate::schema::Schema;
use crate::schema::shape::shape;

/// Why a change of the statement is refused because of a name; `all` are the changes of the statement.
pub(super) fn clash(facts: Facts<'_>, change: &Change, all: &[&Change]) -> Option<String> {
    if facts.schema().is_blurred() {
        return None;
    }
    gone::named(change, all, facts.world)
        .map(|gone| format!("{gone} is not there any more: it was dropped or renamed before (42P01 or 42704)"))
        .or_else(|| taken(facts, change, all))
        .or_else(|| missing(facts, change, all))
        .or_else(|| partition(facts, change))
        .or_else(|| unknown::refused(facts, change).filter(|_| !is_there(facts, change)))
        .or_else(|| literals::refused(facts, change, all).filter(|_| !is_there(facts, change)))
        .or_else(|| expressions::refused(facts, change, all).filter(|_| !is_there(facts, change)))
}

/// IF NOT EXISTS of what exists: nothing of it is looked at.
fn is_there(facts: Facts<'_>, change: &Change) -> bool {
    match change {
        Change::CreateTable(def) => def.if_not_exists && facts.table(&def.name).is_some(),
        Change::AddColumn { table, column, if_not_exists } => {
            *if_not_exists && facts.schema().column(table, &column.name).is_some()
        }
        _ => false,
    }
}

/// A partition of what has none, one that is none, or a bound of which another has rows.
fn partition(facts: Facts<'_>, change: &Change) -> Option<String> {
    let whole = |name: &Name| facts.table(name).map(|known| &known.def).filter(|def| def.complete && !def.external);
    let (parent, child, bound) = match change {
        Change::CreateTable(def) => (def.partition_of.as_ref()?, &def.name, Some(&def.options)),
        Change::Partition { table, action: PartitionAction::Attach { partition, bound } } => {
            (table, partition, Some(bound))
        }
        Change::Partition { table, action: PartitionAction::Detach { partition, .. } } => (table, partition, None),
        _ => return None,
    };
    if whole(parent).is_some_and(|def| def.partition_by.is_none()) {
        return Some(format!("{parent} is not partitioned (42P17 or 42809)"));
    }
    match bound {
        Some(bound) => bounds::overlapped(facts, parent, child, bound)
            .map(|other| format!("{other} has rows of the same bound (42P17)")),
        None => whole(child)
            .filter(|def| def.partition_of.is_none())
            .map(|_| format!("{child} is no partition of {parent} (42P01)")),
    }
}

/// What it makes is there already.
fn taken(facts: Facts<'_>, change: &Change, all: &[&Change]) -> Option<String> {
    let schema = facts.schema();
    let relation = |name: &Name| schema.has_relation(name).then(|| format!("{name} exists already (42P07)"));
    match change {
        Change::CreateTable(def) if !def.if_not_exists && !def.temporary => relation(&def.name),
        Change::CreateView { name, replace: false, materialized: false, .. } => relation(name),
        Change::CreateIndex(index) if !index.if_not_exists => {
            let name = index.table.sibling(index.name.as_ref()?.object.value.clone());
            let of_key = schema.constraint(&index.table, &name.object).is_some_and(has_index);
            relation(&name).or_else(|| of_key.then(|| format!("{name} exists already (42P07)")))
        }
        Change::RenameTable { table, to } => relation(&table.sibling(to.object.value.clone())),
        Change::RenameIndex { name, to, .. } => relation(&name.sibling(to.value.clone())),
        Change::CreateEnum { name, labels } => type_taken(schema, name).or_else(|| {
            let mut seen = Set::default();
            let twice = labels.iter().find(|label| !seen.insert(*label))?;
            Some(format!("{name} has the label '{twice}' twice (23505)"))
        }),
        Change::Object { verb: ObjectVerb::Create, kind: ObjectKind::Domain | ObjectKind::Type, name, .. } => {
            type_taken(schema, name.as_ref()?)
        }
        Change::Object { verb: ObjectVerb::Create, kind, name, on, text }
            if is_single(*kind) && text != IF_NOT_EXISTS =>
        {
            let name = name.as_ref()?;
            let known = schema.has_object(*kind, name, on.as_ref());
            known.then(|| format!("{name} exists already (42710 or 42P07)"))
        }
        Change::AddEnumValue { name, value, if_not_exists: false, .. } => {
            has_label(schema, name, value).then(|| format!("{name} has the label '{value}' already (42710)"))
        }
        Change::RenameEnumValue { name, from, to } => match schema.enum_labels(name)? {
            labels if !labels.contains(from) => Some(format!("{name} has no label '{from}' (22023)")),
            labels => labels.contains(to).then(|| format!("{name} has the label '{to}' already (42710)")),
        },
        Change::AddColumn { table, column, if_not_exists: false } => column_taken(facts, table, &column.name, all),
        Change::RenameColumn { table, from, to } if from == to => {
            Some(format!("{table} has a column {to} already (42701)"))
        }
        Change::RenameColumn { table, to, .. } => column_taken(facts, table, to, all),
        Change::AddConstraint { table, constraint } if constraint.using_index.is_none() => {
            constraint_taken(facts, table, constraint.name.as_ref()?, all)
        }
        Change::RenameConstraint { table, to, .. } => constraint_taken(facts, table, to, all),
        _ => None,
    }
}

/// Kinds of which one name means one object, whatever its arguments.
fn is_single(kind: ObjectKind) -> bool {
    matches!(
        kind,
        ObjectKind::Extension
            | ObjectKind::Policy
            | ObjectKind::Publication
            | ObjectKind::Role
            | ObjectKind::Rule
            | ObjectKind::Schema
            | ObjectKind::Sequence
            | ObjectKind::Statistics
            | ObjectKind::Subscription
            | ObjectKind::Trigger
    )
}

fn type_taken(schema: &Schema, name: &Name) -> Option<String> {
    schema.has_type(name).then(|| format!("type {name} exists already (42710)"))
}

fn has_label(schema: &Schema, name: &Name, label: &String) -> bool {
    schema.enum_labels(name).is_some_and(|labels| labels.contains(label))
}

fn column_taken(facts: Facts<'_>, table: &Name, column: &Ident, all: &[&Change]) -> Option<String> {
    let freed = all.iter().any(|other| match other {
        Change::DropColumn { column: gone, .. } | Change::RenameColumn { from: gone, .. } => gone == column,
        _ => false,
    });
    let added =
        all.iter().filter(|other| matches!(other, Change::AddColumn { column: new, .. } if new.name == *column));
    let taken = facts.schema().column(table, column).is_some() && !freed || added.count() > 1;
    taken.then(|| format!("{table} has a column {column} already (42701)"))
}

fn constraint_taken(facts: Facts<'_>, table: &Name, name: &Ident, all: &[&Change]) -> Option<String> {
    let freed = all.iter().any(|other| match other {
        Change::DropConstraint { name: Some(gone), .. } | Change::RenameConstraint { from: gone, .. } => gone == name,
        _ => false,
    });
    let known = facts.schema().constraint(table, name)?;
    // Before 18 a NOT NULL has no name.
    let named = facts.since(18) || !matches!(known.kind, ConstraintKind::NotNull { .. });
    (named && !freed).then(|| format!("{table} has a constraint {name} already (42710)"))
}

fn has_index(constraint: &Constraint) -> bool {
    matches!(
        constraint.kind,
        ConstraintKind::PrimaryKey { .. } | ConstraintKind::Unique { .. } | ConstraintKind::Exclude
    )
}

/// A column that a table lacks of which all are known.
fn missing(facts: Facts<'_>, change: &Change, all: &[&Change]) -> Option<String> {
    let one = |table, column: &Ident| lacks(facts, table, std::slice::from_ref(column), all);
    match change {
        Change::DropColumn { table, column, if_exists: false, .. }
        | Change::ChangeColumnType { table, column, .. }
        | Change::SetNotNull { table, column, .. }
        | Change::DropNotNull { table, column }
        | Change::SetDefault { table, column, .. }
        | Change::DropDefault { table, column }
        | Change::SetColumnOption { table, column, .. }
        | Change::RenameColumn { table, from: column, .. } => one(table, column),
        Change::Update { table, columns, .. } => lacks(facts, table, columns, all),
        Change::Object {
            verb: ObjectVerb::Comment,
            kind: ObjectKind::Column,
            name: Some(column),
            on: Some(table),
            ..
        } => one(table, &column.object),
        Change::SetTableOption { table, option: TableOption::Inherit(parent) } => {
            let columns = facts.table(parent)?.def.columns.iter().map(|column| column.name.clone());
            lacks(facts, table, &columns.gather(), &[])
        }
        Change::CreateIndex(index) => {
            let parts: Vec<Ident> = index.parts.iter().filter_map(|part| part.column.clone()).gather();
            lacks(facts, &index.table, &parts, all)
        }
        Change::AddConstraint { table, constraint } => of_constraint(facts, table, constraint, all),
        Change::DropConstraint { table, name: Some(name), if_exists: false, .. } => no_constraint(facts, table, name),
        Change::CreateView { query, reads, .. } => match reads.as_slice() {
            [table] => lacks(facts, table, &bare(query, facts), all),
            _ => None,
        },
        Change::AddColumn { column, .. } => {
            column.constraints.iter().find_map(|constraint| points_at(facts, constraint, all))
        }
        Change::CreateTable(def) => {
            let inline = def.columns.iter().flat_map(|column| &column.constraints);
            inline.chain(&def.constraints).find_map(|constraint| referenced(facts, &def.name, constraint, all))
        }
        _ => None,
    }
}

/// Columns that a query of one table gives by their bare names.
fn bare(query: &str, facts: Facts<'_>) -> Vec<Ident> {
    let shape = shape(query, facts.world.target);
    // Another source may have the column; an alias, and the table's own name, stand for the whole row.
    let other = |token: &&str| ["(", ",", "join"].iter().any(|word| token.eq_ignore_ascii_case(word));
    if shape.from.is_empty() || shape.from.iter().any(other) {
        return Vec::new();
    }
    // What needs quotes without having them is a value, as CURRENT_USER is.
    let is_name =
        |word: &String| ident(word) == *word && !shape.from.iter().any(|token| token.eq_ignore_ascii_case(word));
    shape.items.iter().map(|(item, _)| lower(item)).filter(is_name).map(Ident::new).gather()
}

fn of_constraint(facts: Facts<'_>, table: &Name, constraint: &Constraint, all: &[&Change]) -> Option<String> {
    let own = match &constraint.kind {
        ConstraintKind::PrimaryKey { columns } | ConstraintKind::Unique { columns, .. } => columns.as_slice(),
        ConstraintKind::ForeignKey(key) => key.columns.as_slice(),
        ConstraintKind::NotNull { column } => std::slice::from_ref(column),
        ConstraintKind::Check { .. } | ConstraintKind::Exclude => &[],
    };
    lacks(facts, table, own, all).or_else(|| referenced(facts, table, constraint, all))
}

/// Of a table that the script made itself all constraints are known, where each has a name.
fn no_constraint(facts: Facts<'_>, table: &Name, name: &Ident) -> Option<String> {
    let known = facts.table(table).filter(|known| known.new && known.def.complete)?;
    let copied = known.def.like.is_some() || known.def.partition_of.is_some() || !known.def.inherits.is_empty();
    let sure = !copied && known.def.constraints.iter().all(|c| c.name.as_ref().is_some_and(|own| own != name));
    // From 18 on a NOT NULL is a constraint.
    let named = facts.since(18) && name.value.contains("not_null");
    (sure && !named).then(|| format!("{table} has no constraint {name} (42704)"))
}

/// The columns that a foreign key of a table points at; those of its own table may be made with it.
fn referenced(facts: Facts<'_>, table: &Name, constraint: &Constraint, all: &[&Change]) -> Option<String> {
    let own = matches!(&constraint.kind, ConstraintKind::ForeignKey(key) if same(&key.references, table));
    points_at(facts, constraint, all).filter(|_| !own)
}

fn points_at(facts: Facts<'_>, constraint: &Constraint, all: &[&Change]) -> Option<String> {
    let ConstraintKind::ForeignKey(key) = &constraint.kind else { return None };
    lacks(facts, &key.references, &key.referenced_columns, all)
}

pub(super) fn lacks(facts: Facts<'_>, table: &Name, columns: &[Ident], all: &[&Change]) -> Option<String> {
    let def = &facts.table(table)?.def;
    let made = |column: &Ident| {
        all.iter().any(|other| match other {
            Change::AddColumn { column: new, .. } => new.name == *column,
            Change::RenameColumn { to, .. } => to == column,
            Change::SetTableOption { option: TableOption::Inherit(_), .. } => true,
            _ => false,
        })
    };
    let known = |column: &Ident| def.columns.iter().any(|own: &ColumnDef| own.name == *column);
    let column = columns.iter().find(|column| !known(column) && !made(column) && !is_of_server(column));
    let column = column.filter(|_| is_whole(def))?;
    Some(format!("{table} has no column {column} in the schema that is known (42703)"))
}

/// All columns of the table are known.
pub(in crate::engines::postgres) fn is_whole(def: &TableDef) -> bool {
    def.complete
        && !(def.from_query || def.external)
        && (&def.like, &def.of_type, &def.partition_of) == (&None, &None, &None)
        && def.inherits.is_empty()
}

pub(super) fn is_of_server(column: &Ident) -> bool {
    matches!(column.value.as_str(), "ctid" | "oid" | "tableoid" | "xmin" | "xmax" | "cmin" | "cmax")
}
