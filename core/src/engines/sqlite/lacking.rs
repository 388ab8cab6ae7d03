//! What a change names and the file does not have, or has already, and definitions that no version takes.

use crate::change::{
    AutoNumber, Change, ColumnDef, Constraint, ConstraintKind, Ident, IndexDef, Name, ObjectKind, ObjectVerb, TableDef,
};
use crate::order::Gather;
use crate::source::{first_words, has};
use crate::world::World;

/// Why the change is refused, as far as the schema tells.
pub(super) fn refused(change: &Change, world: &World<'_>) -> Option<String> {
    let schema = world.schema;
    let known =
        |table: &Name| schema.table(table).map(|known| &known.def).filter(|def| def.complete && !def.from_query);
    let taken = |name: &Name| {
        let there = schema.table(name).is_some() || schema.view(name).is_some();
        there.then(|| format!("{name} exists already"))
    };
    match change {
        Change::CreateTable(def)
            if !world.target.version.at_least(3, 31, 0) && def.columns.iter().any(|own| own.generated.is_some()) =>
        {
            Some("computed columns came with SQLite 3.31".to_string())
        }
        Change::CreateTable(def) if !def.if_not_exists && !def.temporary => {
            taken(&def.name).or_else(|| index_called(&def.name, world)).or_else(|| table(def))
        }
        Change::CreateTable(def) => table(def),
        Change::RenameTable { table, to } if known(table).is_some() && !schema.same_relation(table, to) => taken(to),
        Change::RenameColumn { table, from, to } => {
            let def = known(table)?;
            let other = !same(from, to) && column(def, to).is_some();
            no_column(def, from).or_else(|| other.then(|| format!("{table} has a column {to} already")))
        }
        Change::DropColumn { table, column, .. } => no_column(known(table)?, column),
        Change::CreateIndex(index) => {
            let name = index.name.as_ref().filter(|name| !index.if_not_exists && schema.index(name).is_some());
            let view = schema.view(&index.table).is_some() && schema.table(&index.table).is_none();
            let exists = name.map(|name| format!("{name} exists already"));
            exists
                .or_else(|| view.then(|| format!("{} is a view, which has no indexes", index.table)))
                .or_else(|| parts(known(&index.table)?, index))
        }
        Change::DropTable { tables, .. } => {
            let view = tables.iter().find(|name| schema.view(name).is_some() && schema.table(name).is_none());
            view.map(|name| format!("{name} is a view: DROP VIEW"))
        }
        Change::DropView { names, .. } => {
            let table = names.iter().find(|name| schema.table(name).is_some() && schema.view(name).is_none());
            table.map(|name| format!("{name} is a table: DROP TABLE"))
        }
        Change::Object { verb: ObjectVerb::Create, kind: ObjectKind::Trigger, on: Some(on), text, .. } => {
            let words = first_words(text, world.target, 12);
            let instead = has(&words, " INSTEAD OF ");
            let view = schema.view(on).is_some() && schema.table(on).is_none();
            match (instead, view) {
                (true, false) if known(on).is_some() => {
                    Some(format!("{on} is a table, which has no INSTEAD OF triggers"))
                }
                (false, true) => Some(format!("{on} is a view, which has INSTEAD OF triggers only")),
                _ => None,
            }
        }
        _ => None,
    }
}

/// The same, of what only the words of a statement tell.
pub(super) fn clash(sql: &str, change: &Change, world: &World<'_>) -> Option<String> {
    let words = first_words(sql, world.target, 12);
    let elsewhere = [" IF NOT EXISTS ", " TEMP ", " TEMPORARY ", " . "].iter().any(|word| has(&words, word));
    let view = |name: &Name| world.schema.view(name).is_some();
    let table = |name: &Name| world.schema.table(name).is_some();
    match change {
        Change::CreateView { name, .. } if !elsewhere && (view(name) || table(name)) => {
            Some(format!("{name} exists already"))
        }
        Change::AddColumn { table: own, .. } if view(own) && !table(own) => {
            Some(format!("{own} is a view, which has no columns of its own"))
        }
        _ => None,
    }
}

fn same(a: &Ident, b: &Ident) -> bool {
    a.value.eq_ignore_ascii_case(&b.value)
}

fn column<'d>(def: &'d TableDef, name: &Ident) -> Option<&'d ColumnDef> {
    def.columns.iter().find(|column| same(&column.name, name))
}

/// Every table has a rowid, but those WITHOUT ROWID.
fn no_column(def: &TableDef, name: &Ident) -> Option<String> {
    let rowid = ["rowid", "oid", "_rowid_"].iter().any(|own| name.value.eq_ignore_ascii_case(own));
    let missing = column(def, name).is_none() && !rowid && !def.external && !def.columns.is_empty();
    missing.then(|| format!("{} has no column {name}", def.name))
}

/// An index has a name among those of tables.
fn index_called(name: &Name, world: &World<'_>) -> Option<String> {
    world.schema.index(name).map(|_| format!("an index is called {name} already"))
}

fn parts(def: &TableDef, index: &IndexDef) -> Option<String> {
    let nulls = index.parts.iter().any(|part| has(&part.text, "NULLS "));
    let query = index.filter.as_ref().is_some_and(|filter| has_query(&filter.text));
    let missing = index.parts.iter().filter_map(|part| part.column.as_ref()).find_map(|name| no_column(def, name));
    missing
        .or_else(|| nulls.then(|| "an index takes no NULLS FIRST or LAST".to_string()))
        .or_else(|| query.then(|| "the condition of an index takes no query".to_string()))
}

fn has_query(text: &str) -> bool {
    text.split('(').any(|part| part.trim_start().get(..7).is_some_and(|word| word.eq_ignore_ascii_case("select ")))
}

/// A table that no version makes.
fn table(def: &TableDef) -> Option<String> {
    if !def.complete || def.external || def.from_query {
        return None;
    }
    let own = |column: &ColumnDef| column.constraints.clone();
    let all: Vec<Constraint> = def.columns.iter().flat_map(own).chain(def.constraints.iter().cloned()).gather();
    let primaries = all.iter().filter(|c| matches!(c.kind, ConstraintKind::PrimaryKey { .. })).count();
    let query = all.iter().any(|c| matches!(&c.kind, ConstraintKind::Check { expr } if has_query(&expr.text)));
    let twice = def
        .columns
        .iter()
        .enumerate()
        .find(|(at, column)| def.columns.iter().take(*at).any(|other| same(&other.name, &column.name)));
    let keys = def.constraints.iter().flat_map(|constraint| match &constraint.kind {
        ConstraintKind::PrimaryKey { columns } | ConstraintKind::Unique { columns, .. } => columns.as_slice(),
        ConstraintKind::ForeignKey(key) => key.columns.as_slice(),
        _ => &[],
    });
    let missing = keys.filter(|name| !name.value.is_empty()).find_map(|name| no_column(def, name));
    let counter = def.columns.iter().find(|column| matches!(column.auto_number, Some(AutoNumber::AutoIncrement)));
    let counts = counter.filter(|column| {
        let integer = column.data_type.as_ref().is_some_and(|of| of.text.trim().eq_ignore_ascii_case("integer"));
        !integer || def.without_rowid
    });
    twice
        .map(|(_, column)| format!("two columns are called {}", column.name))
        .or_else(|| (primaries > 1).then(|| "a table has one primary key".to_string()))
        .or(missing)
        .or_else(|| query.then(|| "a CHECK takes no query".to_string()))
        .or_else(|| {
            counts
                .map(|column| format!("AUTOINCREMENT is for an INTEGER PRIMARY KEY only, which {} is not", column.name))
        })
}
