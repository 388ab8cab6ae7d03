//! What a change names and the table does not have, or has already: both servers answer with an error.

use super::definitions::{self, COUNTER};
use super::{references, row_size, table};
use crate::change::{
    AutoNumber, Change, ColumnDef, ColumnPosition, Constraint, ConstraintClass, ConstraintKind, ForeignKey, Ident,
    IndexDef, Name, Nullability, ReferentialAction, TableDef,
};
use crate::order::Gather;
use crate::source::{first_words, has};
use crate::target::Engine;
use crate::world::World;

/// Why the change is refused on this table, when the table is known.
pub(in crate::engines) fn refused(change: &Change, world: &World<'_>) -> Option<String> {
    let known = |table: &Name| {
        world
            .schema
            .table(table)
            .map(|known| &known.def)
            .filter(|def| def.complete && !def.from_query && !def.columns.is_empty())
    };
    match change {
        Change::CreateTable(def) => {
            let made = def.if_not_exists
                || def.temporary
                || has(&first_words(&def.text, world.target, 9), " CREATE OR REPLACE ");
            let taken = world.schema.table(&def.name).is_some() || world.schema.view(&def.name).is_some();
            let there = (!made && taken).then(|| format!("{} exists already (error 1050)", def.name));
            let view = def.like.as_ref().filter(|like| world.schema.view(like).is_some());
            there
                .or_else(|| view.map(|view| format!("{view} is a view, and no table is made like it (error 1347)")))
                .or_else(|| definitions::table(def, world))
        }
        Change::DropView { names, if_exists: false, .. } => {
            let table =
                names.iter().find(|name| world.schema.view(name).is_none() && world.schema.table(name).is_some());
            table.map(|name| format!("{name} is a table (error 1347 or 4092): DROP TABLE"))
        }
        Change::DropTable { tables, if_exists: false, .. } => {
            let view =
                tables.iter().find(|name| world.schema.table(name).is_none() && world.schema.view(name).is_some());
            view.map(|name| format!("{name} is a view (error 1051 or 4089): DROP VIEW"))
        }
        Change::RenameTable { table, to } => {
            (!world.schema.same_relation(table, to) && known(table).is_some() && world.schema.table(to).is_some())
                .then(|| format!("{to} exists already (error 1050)"))
        }
        Change::AddColumn { table, column, .. } => {
            let def = known(table)?;
            after(def, column.position.as_ref())
                .or_else(|| definitions::column(def, column, world))
                .or_else(|| too_wide(def, column, &column.name))
                .or_else(|| too_wide_for_page(def, column, &column.name, world))
                .or_else(|| counter(def, column))
        }
        Change::RedefineColumn { table, column, to, position } => {
            let def = known(table)?;
            let taken = !table::same(column, &to.name) && table::column(def, &to.name).is_some();
            no_column(def, column)
                .or_else(|| taken.then(|| format!("{table} has a column {} already (error 1060)", to.name)))
                .or_else(|| after(def, position.as_ref()))
                .or_else(|| definitions::column(def, to, world))
                .or_else(|| in_index(def, column, to, world))
                .or_else(|| too_wide(def, to, column))
                .or_else(|| too_wide_for_page(def, to, column, world))
        }
        Change::SetDefault { table, column, default } => {
            let def = known(table)?;
            no_column(def, column).or_else(|| {
                let own = table::column(def, column)?;
                // 5.7 and MariaDB take it, and it does nothing.
                let computed = own.generated.is_some()
                    && world.target.engine() == Engine::MySql
                    && world.target.version.at_least(8, 0, 0);
                computed
                    .then(|| format!("{column} is computed and takes no default (error 1221)"))
                    .or_else(|| definitions::no_default(own, default, world))
            })
        }
        Change::DropDefault { table, column } => no_column(known(table)?, column),
        Change::DropColumn { table, column, if_exists: false, .. } => referenced(world, table, column),
        Change::CreateIndex(index) => {
            let def = known(&index.table)?;
            let replaced = has(&first_words(&index.text, world.target, 9), " OR REPLACE ");
            let own = index.name.as_ref().filter(|_| !index.if_not_exists && !replaced);
            let taken = own.filter(|name| has_key(def, &name.object)).map(|name| has_already(def, &name.object));
            taken.or_else(|| definitions::parts(def, index, world))
        }
        Change::AddConstraint { table, constraint } => added(known(table)?, constraint, world),
        Change::DropIndex { name, table: Some(table), if_exists: false, .. } => no_key(known(table)?, &name.object),
        Change::DropConstraint { table, name: Some(name), kind, if_exists: false, .. } => {
            dropped(known(table)?, name, *kind)
        }
        Change::AlterIndex { name: Some(name), table: Some(table), action } => {
            let hides = name.object.value.eq_ignore_ascii_case("primary")
                && ["invisible", "ignored"].iter().any(|word| crate::schema::mentions(action, word))
                && !crate::schema::mentions(action, "not");
            hides
                .then(|| "the primary key cannot be hidden (error 3522 or 4174)".to_string())
                .or_else(|| no_key(known(table)?, &name.object))
        }
        Change::RenameIndex { name, table: Some(table), to } => {
            let def = known(table)?;
            let taken = !table::same(&name.object, to) && has_key(def, to);
            no_key(def, &name.object).or_else(|| taken.then(|| has_already(def, to)))
        }
        _ => None,
    }
}

fn no_column(def: &TableDef, column: &Ident) -> Option<String> {
    table::column(def, column).is_none().then(|| format!("{} has no column {column} (error 1054)", def.name))
}

fn after(def: &TableDef, position: Option<&ColumnPosition>) -> Option<String> {
    match position? {
        ColumnPosition::First => None,
        ColumnPosition::After(other) => no_column(def, other),
    }
}

fn has_already(def: &TableDef, key: &Ident) -> String {
    format!("{} has a key {key} already (error 1061)", def.name)
}

/// A key of that name, among those that were given a name.
fn has_key(def: &TableDef, name: &Ident) -> bool {
    let named = |own: Option<&Ident>| own.is_some_and(|own| table::same(own, name));
    def.indexes.iter().any(|index| named(index.name.as_ref().map(|own| &own.object)))
        || def.constraints.iter().any(|c| matches!(c.kind, ConstraintKind::Unique { .. }) && named(c.name.as_ref()))
}

/// A key that the server named, or made for a foreign key, is not told by its name.
fn no_key(def: &TableDef, name: &Ident) -> Option<String> {
    let unnamed = def.indexes.iter().any(|index| index.name.is_none())
        || def.constraints.iter().any(|c| match &c.kind {
            ConstraintKind::Unique { .. } => c.name.is_none(),
            // Its index has the name of an index that is there, or one by the server.
            ConstraintKind::ForeignKey(key) => {
                let leads = |index: &IndexDef| {
                    let first = index.parts.first().and_then(|part| part.column.as_ref());
                    first.is_some_and(|first| key.columns.first().is_some_and(|own| table::same(first, own)))
                };
                !def.indexes.iter().any(leads)
            }
            _ => false,
        });
    let primary = name.value.eq_ignore_ascii_case("primary");
    (!has_key(def, name) && !unnamed && !primary)
        .then(|| format!("{} has no key {name} (error 1091 or 1176)", def.name))
}

fn dropped(def: &TableDef, name: &Ident, kind: Option<ConstraintClass>) -> Option<String> {
    match kind {
        Some(ConstraintClass::ForeignKey) => {
            let own = |c: &Constraint| {
                matches!(c.kind, ConstraintKind::ForeignKey(_))
                    && c.name.as_ref().is_none_or(|own| table::same(own, name))
            };
            let found = def.constraints.iter().any(own);
            (!found).then(|| format!("{} has no foreign key {name} (error 1091)", def.name))
        }
        Some(ConstraintClass::Unique) => no_key(def, name),
        Some(ConstraintClass::Check) => {
            let inline = def.columns.iter().flat_map(|column| &column.constraints);
            let own = |c: &Constraint| {
                c.kind.class() == ConstraintClass::Check && c.name.as_ref().is_none_or(|own| table::same(own, name))
            };
            let found = def.constraints.iter().chain(inline).any(own);
            (!found).then(|| format!("{} has no CHECK {name} (error 3821)", def.name))
        }
        None => {
            let own = |c: &Constraint| c.name.as_ref().is_some_and(|own| table::same(own, name));
            let inline = def.columns.iter().flat_map(|column| &column.constraints);
            let mut all = def.constraints.iter().chain(inline);
            let unnamed = |c: &Constraint| c.name.is_none() && c.kind.class() != ConstraintClass::PrimaryKey;
            let there =
                all.any(|c| own(c) || unnamed(c)) || has_key(def, name) || name.value.eq_ignore_ascii_case("primary");
            (!there).then(|| format!("{} has no constraint {name} (error 3940 or 1091)", def.name))
        }
        _ => None,
    }
}

fn added(def: &TableDef, constraint: &Constraint, world: &World<'_>) -> Option<String> {
    let mysql = world.target.engine() == Engine::MySql;
    let named = |class: ConstraintClass| {
        let own = constraint.name.as_ref()?;
        let same =
            |c: &&Constraint| c.kind.class() == class && c.name.as_ref().is_some_and(|name| table::same(name, own));
        def.constraints.iter().find(same).map(|_| own)
    };
    let missing = |columns: &[Ident]| {
        let column =
            columns.iter().find(|column| table::column(def, column).is_none() && !definitions::period(def, column))?;
        Some(format!("a key names {column}, which {} does not have (error 1072)", def.name))
    };
    match &constraint.kind {
        ConstraintKind::ForeignKey(key) => missing(&key.columns)
            .or_else(|| set_null(def, key))
            .or_else(|| {
                let own = named(ConstraintClass::ForeignKey)?;
                Some(format!("{} has a foreign key {own} already (error 1826, 1022 or 1005)", def.name))
            })
            .or_else(|| references::refused(def, constraint, world)),
        ConstraintKind::Unique { columns, .. } => {
            let own = constraint.name.as_ref().filter(|own| has_key(def, own));
            let long = |name: &&Ident| mysql && table::column(def, name).is_some_and(table::is_long);
            let whole = columns.iter().find(long).filter(|_| definitions::takes_whole(&constraint.text));
            own.map(|own| has_already(def, own))
                .or_else(|| missing(columns))
                .or_else(|| whole.map(definitions::needs_length))
                .or_else(|| {
                    let names: Vec<&Ident> = columns.iter().gather();
                    let whole = definitions::takes_whole(&constraint.text);
                    if whole { definitions::too_many_bytes(def, &names, world) } else { None }
                })
        }
        ConstraintKind::PrimaryKey { columns } => missing(columns).or_else(|| {
            table::primary_key(def).map(|_| format!("{} has a primary key already (error 1068)", def.name))
        }),
        ConstraintKind::Check { .. } => definitions::condition(&constraint.kind, world)
            .or_else(|| definitions::unknown_in(def, &constraint.kind, world))
            .or_else(|| references::refused(def, constraint, world)),
        ConstraintKind::Exclude | ConstraintKind::NotNull { .. } => None,
    }
}

/// As many columns on both sides, and NULL where the key puts it.
fn set_null(def: &TableDef, key: &ForeignKey) -> Option<String> {
    let (own, others) = (key.columns.len(), key.referenced_columns.len());
    if others > 0 && own != others {
        return Some(format!("a key of {own} columns refers to {others} (error 1239 or 1005)"));
    }
    let nulls = [key.on_delete, key.on_update].contains(&ReferentialAction::SetNull);
    let full = |name: &&Ident| table::column(def, name).is_some_and(|own| own.nullability == Nullability::NotNull);
    let column = key.columns.iter().find(full).filter(|_| nulls)?;
    Some(format!("{column} takes no NULL, which the key would put there (error 1830, 1215 or 1005)"))
}

/// AUTO_INCREMENT on a new column.
fn counter(def: &TableDef, column: &ColumnDef) -> Option<String> {
    let counts = |column: &ColumnDef| matches!(column.auto_number, Some(AutoNumber::AutoIncrement));
    let key = column
        .constraints
        .iter()
        .any(|c| matches!(c.kind, ConstraintKind::PrimaryKey { .. } | ConstraintKind::Unique { .. }));
    if !counts(column) {
        return None;
    }
    let other = def.columns.iter().find(|column| counts(column));
    let other =
        other.map(|other| format!("{} counts already: there is one AUTO_INCREMENT column (error 1075)", other.name));
    other.or_else(|| (!key).then(|| COUNTER.to_string()))
}

/// The row with another column, or with one that becomes longer.
fn too_wide(def: &TableDef, column: &ColumnDef, instead: &Ident) -> Option<String> {
    let others = def.columns.iter().filter(|own| !table::same(&own.name, instead));
    definitions::too_wide(def, others.chain(std::iter::once(column)))
}

/// The row in its page, where the server looks: not where it adds the column at once, as MySQL 8.0.15 and MariaDB do.
fn too_wide_for_page(def: &TableDef, column: &ColumnDef, instead: &Ident, world: &World<'_>) -> Option<String> {
    let v = world.target.version;
    let copied = column.data_type.as_ref().is_some_and(|of| matches!(of.base.as_str(), "char" | "binary"));
    let looks = match table::column(def, instead) {
        Some(_) => copied,
        None => world.target.engine() == Engine::MySql && (!v.at_least(8, 0, 12) || v.at_least(9, 0, 0)),
    };
    // Rows that are there already may be longer than strict mode takes.
    if !looks || row_size::refused(def, def.columns.iter()).is_some() {
        return None;
    }
    let others = def.columns.iter().filter(|own| !table::same(&own.name, instead));
    row_size::refused(def, others.chain(std::iter::once(column)))
}

/// A column of an index becomes longer than an index takes.
fn in_index(def: &TableDef, column: &Ident, to: &ColumnDef, world: &World<'_>) -> Option<String> {
    let part = |index: &&IndexDef| {
        index.parts.iter().any(|part| part.column.as_ref().is_some_and(|own| table::same(own, column)))
    };
    let index = def.indexes.iter().find(part)?;
    let mut own = def.clone();
    let place = own.columns.iter_mut().find(|own| table::same(&own.name, column))?;
    *place = ColumnDef { name: column.clone(), ..to.clone() };
    definitions::parts(&own, index, world)
}

/// A column that a foreign key of another table refers to.
fn referenced(world: &World<'_>, table: &Name, column: &Ident) -> Option<String> {
    let others = world.schema.referencing(table);
    let refers = |constraint: &Constraint| match &constraint.kind {
        ConstraintKind::ForeignKey(key) => key.referenced_columns.iter().any(|own| table::same(own, column)),
        _ => false,
    };
    let (child, _) = others.iter().find(|(child, key)| child.def.name != *table && refers(key))?;
    (!world.schema.keys_are_unchecked())
        .then(|| format!("a foreign key of {} refers to {column} (error 1829)", child.def.name))
}

/// Whether another action of the statement gives what this one lacks, or takes away what is in its way.
pub(in crate::engines) fn made_good(refused: &str, change: &Change, all: &[&Change]) -> bool {
    let error = |number: &str| refused.contains(number);
    let adds = |name: &Ident| {
        all.iter().any(|other| match other {
            Change::AddColumn { column, .. } => table::same(&column.name, name),
            Change::RenameColumn { to, .. } => table::same(to, name),
            Change::RedefineColumn { to, .. } => table::same(&to.name, name),
            _ => false,
        })
    };
    let frees = |name: &Ident| {
        all.iter().any(|other| match other {
            Change::DropIndex { name: old, .. } | Change::RenameIndex { name: old, .. } => {
                table::same(&old.object, name)
            }
            Change::DropConstraint { name: Some(old), kind, .. } => {
                *kind != Some(ConstraintClass::ForeignKey) && table::same(old, name)
            }
            _ => false,
        })
    };
    let drops_primary =
        all.iter().any(|other| matches!(other, Change::DropConstraint { kind: Some(ConstraintClass::PrimaryKey), .. }));
    let key = |columns: &[Ident]| columns.iter().any(adds);
    match change {
        Change::AddColumn { .. } if error("1068") => drops_primary,
        Change::AddColumn { column, .. } if error("1054") && column.generated.is_some() => {
            column.generated.as_ref().is_some_and(|generated| key(&generated.expr.columns))
        }
        Change::AddColumn { column, .. } => all.iter().any(|other| match other {
            Change::DropColumn { column: old, .. } => error("1060") && table::same(old, &column.name),
            Change::CreateIndex(index) => {
                let first = index.parts.first().and_then(|part| part.column.as_ref());
                refused == COUNTER && first.is_some_and(|first| table::same(first, &column.name))
            }
            Change::AddConstraint { constraint, .. } => match &constraint.kind {
                ConstraintKind::PrimaryKey { columns } | ConstraintKind::Unique { columns, .. } => {
                    refused == COUNTER && columns.first().is_some_and(|first| table::same(first, &column.name))
                }
                _ => false,
            },
            _ => false,
        }),
        Change::CreateIndex(index) => {
            index.name.as_ref().is_some_and(|name| frees(&name.object))
                || index.parts.iter().filter_map(|part| part.column.as_ref()).any(adds)
        }
        Change::AddConstraint { constraint, .. } => match &constraint.kind {
            ConstraintKind::ForeignKey(own) => error("1072") && key(&own.columns),
            ConstraintKind::Unique { columns, .. } => {
                error("1072") && key(columns) || error("1061") && constraint.name.as_ref().is_some_and(frees)
            }
            ConstraintKind::PrimaryKey { columns } => error("1072") && key(columns) || error("1068") && drops_primary,
            ConstraintKind::Check { expr } => error("3820") && key(&expr.columns),
            _ => false,
        },
        Change::RedefineColumn { column, .. } => all.iter().any(|other| match other {
            Change::DropIndex { .. } => error("1170") || error("1071"),
            Change::RenameColumn { to, .. } => error("1054") && table::same(to, column),
            _ => false,
        }),
        Change::RenameIndex { to, .. } => frees(to),
        _ => false,
    }
}

/// A foreign key dropped and added under its name in one statement: the name is still taken (every version that was asked).
pub(in crate::engines) fn key_again(changes: &[&Change]) -> Option<(usize, String)> {
    changes.iter().enumerate().find_map(|(at, change)| {
        let Change::AddConstraint { constraint, .. } = change else { return None };
        let own = constraint.name.as_ref().filter(|_| matches!(constraint.kind, ConstraintKind::ForeignKey(_)))?;
        let dropped = changes.iter().any(|other| match other {
            Change::DropConstraint { name: Some(name), .. } => table::same(name, own),
            _ => false,
        });
        dropped.then(|| {
            (at, format!("{own} is dropped and added in one statement, where its name is still taken (error 1826, 1022 or 1005)"))
        })
    })
}
