//! The fact tables: one file per family of statements, one arm per case.
//!
//! In: a change and the world. Out: its [`Effects`], each with where it is known from. Observed on 11.22, 12.22,
//! 13.23, 14.23, 15.18, 16.14, 17.10 and 18.4; sources name the function in the server's source.

mod bounds;
mod columns;
mod conditions;
mod constraints;
mod data;
mod expressions;
mod forms;
mod indexes;
mod kinds;
mod literals;
mod maintenance;
mod names;
mod objects;
mod partitions;
mod tables;
mod triggers;
mod types;
mod unknown;
mod views;
mod wording;

pub(super) use constraints::columns as columns_in_words;
pub(super) use names::is_whole;
pub(super) use types::is_built_in;

use super::answer::Answer;
use crate::change::{Change, ConstraintKind, DataType, Ident, Name};
use crate::facts::Effects;
use crate::order::{Gather, Set};
use crate::schema::{Schema, Table};
use crate::world::World;

/// What a change does.
pub(super) fn effects(change: &Change, world: &World<'_>) -> Effects {
    let facts = Facts { world };
    let answer = match change {
        Change::CreateTable(def) => tables::create(facts, def),
        Change::DropTable { tables, cascade, .. } => tables::drop(facts, tables, *cascade),
        Change::RenameTable { table, .. } => tables::rename(table),
        Change::Truncate { tables, cascade } => tables::truncate(facts, tables, *cascade),
        Change::SetTableOption { table, option } => tables::option(facts, table, option),
        Change::Partition { table, action } => partitions::action(facts, table, action),
        Change::RebuildTable { table, .. } => tables::rebuild(table),
        Change::AddColumn { table, column, if_not_exists } => {
            facts.below(table, columns::add(facts, table, column, *if_not_exists))
        }
        Change::DropColumn { table, column, cascade, .. } => columns::drop(facts, table, column, *cascade),
        Change::RenameColumn { table, from, .. } => columns::rename(facts, table, from),
        Change::ChangeColumnType { table, column, to, using, collation } => {
            facts.below(table, types::change(facts, table, column, to, using.as_ref(), collation.as_ref()))
        }
        Change::RedefineColumn { .. } => foreign("MODIFY and CHANGE"),
        Change::SetNotNull { table, column, only } => {
            facts.below(table, columns::set_not_null(facts, table, column, *only))
        }
        Change::DropNotNull { table, column } => columns::drop_not_null(facts, table, column),
        Change::SetDefault { table, .. } => columns::set_default(facts, table),
        Change::DropDefault { table, column } => columns::drop_default(facts, table, column),
        Change::SetColumnOption { table, column, option } => columns::option(facts, table, column, option),
        Change::AddConstraint { table, constraint } => constraints::add(facts, table, constraint),
        Change::DropConstraint { table, name, kind, if_exists, cascade } => {
            constraints::drop(facts, table, name.as_ref(), *kind, *if_exists, *cascade)
        }
        Change::ValidateConstraint { table, name } => facts.below(table, constraints::validate(facts, table, name)),
        Change::AlterConstraint { table, name, enforced, no_inherit } => {
            constraints::alter(facts, table, name, *enforced, *no_inherit)
        }
        Change::RenameConstraint { table, from, .. } => constraints::rename(table, from),
        Change::CreateIndex(index) => indexes::create(facts, index),
        Change::DropIndex { name, table, concurrently, if_exists, cascade } => {
            indexes::drop(facts, name, table.as_ref(), *concurrently, *if_exists, *cascade)
        }
        Change::RenameIndex { name, .. } => indexes::rename(facts, name),
        Change::Reindex { scope, name, concurrently } => indexes::reindex(facts, *scope, name.as_ref(), *concurrently),
        Change::AlterIndex { name, table, action } => indexes::alter(facts, name.as_ref(), table.as_ref(), action),
        Change::CreateEnum { name, .. } => objects::create_enum(name),
        Change::AddEnumValue { name, .. } => objects::add_enum_value(facts, name),
        Change::RenameEnumValue { name, from, .. } => objects::rename_enum_value(name, from),
        Change::AlterDomainConstraint { name, validate, not_valid, action } => {
            objects::domain_constraint(facts, name, *validate, *not_valid, action)
        }
        Change::CreateView { name, replace, materialized, reads, with_data, .. } => {
            views::create(name, *replace, *materialized && *with_data, reads)
        }
        Change::DropView { names, cascade, .. } => views::drop(facts, names, *cascade),
        Change::RefreshView { name, concurrently, with_data } => views::refresh(facts, name, *concurrently, *with_data),
        Change::Insert { table, from_query, rows, .. } => data::insert(table, *from_query, *rows),
        Change::Update { table, columns, filter } => data::update(facts, table, columns, filter),
        Change::Delete { table, filter } => data::delete(facts, table, filter),
        Change::Query { calls_functions, .. } => return data::query(*calls_functions),
        Change::Object { verb, kind, name, on, text } => {
            objects::object(facts, *verb, *kind, name.as_ref(), on.as_ref(), text)
        }
        Change::Maintain { command, tables } => maintenance::maintain(facts, *command, tables),
        Change::LockTable { tables, mode } => maintenance::lock_table(facts, tables, mode),
        Change::Transaction(_) => maintenance::transaction(),
        Change::Session(setting) => maintenance::session(setting),
        Change::Opaque { form, why, touches } => return data::opaque(form, *why, touches),
    };
    let parent = match change {
        Change::AddColumn { table, .. }
        | Change::DropColumn { table, .. }
        | Change::RenameColumn { table, .. }
        | Change::ChangeColumnType { table, .. } => facts.schema().partition_parent(table),
        _ => None,
    };
    let of_parent =
        |parent: &Name| format!("the columns of a partition are those of {parent} (42809, 42P16): change them there");
    let answer = match parent {
        Some(parent) => answer.refuse(of_parent(parent)),
        None => answer,
    };
    unknown::assumed(facts, change).into_iter().fold(answer, Answer::assume).done()
}

/// Why a change of a statement is refused because of a name, of what it stands for, or of what the statement says of it.
pub(super) fn clash(sql: &str, change: &Change, all: &[&Change], world: &World<'_>) -> Option<String> {
    let facts = Facts { world };
    names::clash(facts, change, all).or_else(|| {
        if world.schema.is_blurred() {
            return None;
        }
        kinds::refused(facts, change)
            .or_else(|| wording::refused(facts, sql, change, all))
            .or_else(|| triggers::refused(facts, sql, change))
    })
}

/// Why a statement is refused that names columns of a table of which all are known.
pub(super) fn lacking(world: &World<'_>, table: &Name, columns: &[Ident]) -> Option<String> {
    names::lacks(Facts { world }, table, columns, &[])
}

/// Why a statement is refused for a function that it calls.
pub(super) fn unknown_function(world: &World<'_>, sql: &str) -> Option<String> {
    unknown::function_refused(Facts { world }, sql)
}

/// Why a condition on a table that is known is refused.
pub(super) fn unconditional(world: &World<'_>, table: &Table, condition: &str) -> Option<String> {
    let of = |name: &Ident| table.def.columns.iter().find(|own| own.name == *name)?.data_type.as_ref();
    conditions::refused(Facts { world }, condition, of)
}

/// Why an expression is no value of a type, which it is stored as.
pub(super) fn unfit(world: &World<'_>, value: &str, to: &DataType) -> Option<String> {
    literals::unfit(Facts { world }, value, to, true)
}

/// Syntax of another product.
fn foreign(form: &str) -> Answer {
    Answer::documented("SQL Commands").refuse(format!("PostgreSQL does not know {form}: syntax error (42601)"))
}

/// The world with the questions that facts ask it.
#[derive(Clone, Copy)]
struct Facts<'a> {
    world: &'a World<'a>,
}

impl<'a> Facts<'a> {
    fn schema(self) -> &'a Schema {
        self.world.schema
    }

    /// The server is of this major version or later.
    fn since(self, major: u16) -> bool {
        self.world.target.version.at_least(major, 0, 0)
    }

    /// Refuses a form on servers before `major`.
    fn needs(self, major: u16, form: &str, answer: Answer) -> Answer {
        answer.refuse_if(!self.since(major), || format!("{form} exists since PostgreSQL {major}: syntax error (42601)"))
    }

    fn table(self, name: &Name) -> Option<&'a Table> {
        self.schema().table(name)
    }

    /// Sure to hold no row.
    fn is_empty(self, table: &Name) -> bool {
        let rows = self.world.sizes.rows(self.world, table);
        rows.known && rows.rows == 0
    }

    fn is_partitioned(self, table: &Name) -> bool {
        self.table(table).is_some_and(|t| t.def.partition_by.is_some())
    }

    /// Rows of the table, or of one below it, are put into partitions by the column.
    fn is_partition_key(self, table: &Name, column: &Ident) -> bool {
        let by = |name: &Name| self.table(name).and_then(|t| t.def.partition_by.as_ref());
        let keys = std::iter::once(table).chain(self.heirs(table)).filter_map(by);
        keys.into_iter().any(|by| {
            let within = by.split_once('(').map_or("", |(_, within)| within);
            within.split(|c: char| !(c.is_alphanumeric() || c == '_')).any(|w| w.eq_ignore_ascii_case(&column.value))
        })
    }

    /// Every partition and inheriting table below a table, as far as they are known.
    fn heirs(self, table: &Name) -> Vec<&'a Name> {
        let mut found: Set<&'a Name> = Set::default();
        let mut open: Vec<&Name> = vec![table];
        while let Some(parent) = open.pop() {
            let inheriting = self.schema().heirs(parent);
            for child in self.schema().partitions(parent).into_iter().chain(inheriting).map(|t| &t.def.name) {
                if !same(child, table) && found.insert(child) {
                    open.push(child);
                }
            }
        }
        found.into_iter().gather()
    }

    /// Tables that inherit from a table, partitions excluded: they hold rows of their own, and are read and written
    /// with it, while the rows of partitions are those of their parent.
    fn below(self, table: &Name, answer: Answer) -> Answer {
        if self.is_partitioned(table) {
            return answer;
        }
        self.heirs(table).into_iter().fold(answer, |answer, heir| answer.repeat(table, heir))
    }

    /// The default partition of a partitioned table, when it is known.
    fn default_partition(self, parent: &Name) -> Option<&'a Name> {
        self.schema().default_partition(parent).map(|t| &t.def.name)
    }

    /// Tables that a table's foreign keys point at, itself excluded, partitions of them included.
    fn references(self, table: &Name) -> Vec<Name> {
        let mut found = Vec::new();
        for constraint in self.schema().foreign_keys(table) {
            if let ConstraintKind::ForeignKey(key) = &constraint.kind {
                self.add_with_heirs(&key.references, table, &mut found);
            }
        }
        found
    }

    /// Tables with a foreign key to this one, itself excluded.
    fn referencing(self, table: &Name) -> Vec<&'a Name> {
        let mut found: Vec<&'a Name> = Vec::new();
        for (child, _) in self.schema().referencing(table) {
            if !same(&child.def.name, table) && !found.contains(&&child.def.name) {
                found.push(&child.def.name);
            }
        }
        found
    }

    /// Adds a relation and what is below it, unless it is `own`.
    fn add_with_heirs(self, name: &Name, own: &Name, found: &mut Vec<Name>) {
        if same(name, own) {
            return;
        }
        for relation in std::iter::once(name).chain(self.heirs(name)) {
            if !found.contains(relation) {
                found.push(relation.clone());
            }
        }
    }
}

/// The same relation; a missing schema matches any.
fn same(a: &Name, b: &Name) -> bool {
    a.object == b.object && (a.schema == b.schema || a.schema.is_none() || b.schema.is_none())
}

/// What stands for the tables of a database of which none is known: a command on all of them is not one on nothing.
fn or_every_table(known: Vec<Name>) -> Vec<Name> {
    if known.is_empty() { vec![Name::new("every table")] } else { known }
}

/// `a, b and c`, for sentences.
fn list<'n>(names: impl IntoIterator<Item = &'n Name>) -> String {
    let names: Vec<String> = names.into_iter().map(Name::to_string).gather();
    match names.as_slice() {
        [] => String::new(),
        [one] => one.clone(),
        [head @ .., last] => format!("{} and {last}", head.join(", ")),
    }
}

#[cfg(test)]
mod tests;
