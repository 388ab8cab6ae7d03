//! What both servers refuse because of the table as it is.

use super::case::{self, Case};
use super::column::{is_utf8mb3, text_as};
use super::definitions;
use super::lacking;
use super::partitioned;
use super::table::{self, Traits};
use crate::change::{
    AutoNumber, Change, Charset, ColumnDef, Constraint, ConstraintClass, ConstraintKind, ForeignKey, Ident, IndexDef,
    Name, PartitionAction, TableDef, TableOption,
};
use crate::order::Gather;
use crate::schema::Schema;
use crate::target::Engine;
use crate::world::World;

/// Why the change is refused on this table, when the table is known.
pub(in crate::engines) fn by_table(change: &Change, world: &World<'_>) -> Option<String> {
    as_it_is(change, world).or_else(|| lacking::refused(change, world)).or_else(|| partitioned::refuses(change, world))
}

fn as_it_is(change: &Change, world: &World<'_>) -> Option<String> {
    match change {
        Change::RedefineColumn { table, column, to, position } => {
            let def = &world.schema.table(table)?.def;
            let traits = Traits::of(world, table);
            let cases = case::redefine(Some(def), column, to, position.as_ref(), &traits);
            virtual_status(column, &cases)
                .or_else(|| key_column(world, def, column, to, &cases))
                .or_else(|| counts_for_others(world, def, column, &cases))
        }
        Change::DropIndex { name, table: Some(table), .. } => {
            let def = &world.schema.table(table)?.def;
            let primary = name.object.value.eq_ignore_ascii_case("primary");
            if primary { counts_in_key(def) } else { needed_by_key(def, &name.object) }
        }
        Change::DropConstraint { table, name, kind, .. } => {
            let def = &world.schema.table(table)?.def;
            match case::constraint_class(Some(def), name.as_ref(), *kind)? {
                ConstraintClass::PrimaryKey => counts_in_key(def),
                ConstraintClass::Unique => needed_by_key(def, name.as_ref()?),
                _ => None,
            }
        }
        Change::AddColumn { table, column, if_not_exists: false } => {
            let def = &world.schema.table(table)?.def;
            let keys = column.constraints.iter().any(|c| matches!(c.kind, ConstraintKind::PrimaryKey { .. }));
            if keys && table::primary_key(def).is_some() {
                return Some(format!("{table} has a primary key already (error 1068)"));
            }
            table::column(def, &column.name)
                .map(|_| format!("{table} has a column {} already (error 1060)", column.name))
        }
        Change::Partition { table, action } => {
            let def = &world.schema.table(table)?.def;
            // MySQL answers with a row that says so.
            let answered = matches!(action, PartitionAction::Maintain(verb) if verb != "rebuild")
                && world.target.engine() == Engine::MySql;
            let taken = answered || matches!(action, PartitionAction::PartitionBy(_));
            (!taken && def.complete && def.partition_by.is_none())
                .then(|| format!("{table} is not partitioned (error 1505)"))
        }
        Change::SetTableOption { table, option: TableOption::Engine(engine) } if engine != "innodb" => {
            let def = &world.schema.table(table)?.def;
            if let Some(why) = definitions::engine(engine, def) {
                return Some(why);
            }
            let own = crate::schema::option(&def.options, "engine").is_none_or(|own| own == "innodb");
            let keyed = def.constraints.iter().any(|constraint| foreign(constraint).is_some());
            (own && (keyed || !world.schema.referencing(table).is_empty()))
                .then(|| format!("foreign keys hold {table} to InnoDB (error 3776 or 1217): drop them first"))
        }
        Change::SetTableOption { table, option: TableOption::ConvertCharset(to) } => {
            key_text(world, &world.schema.table(table)?.def, to)
        }
        Change::AddConstraint { constraint, .. } => not_indexed(world, foreign(constraint)?),
        Change::CreateTable(def) => def.constraints.iter().filter_map(foreign).find_map(|key| not_indexed(world, key)),
        Change::DropColumn { table, column, if_exists: false, .. } => missing(world, table, column),
        Change::RenameColumn { table, from, to } => missing(world, table, from).or_else(|| {
            let taken =
                from.value.to_lowercase() != to.value.to_lowercase() && world.schema.column(table, to).is_some();
            taken.then(|| format!("{table} has a column {to} already (error 1060)"))
        }),
        _ => None,
    }
}

/// How the refusal to drop a column begins from which another is computed.
pub(in crate::engines) const COMPUTED: &str = "the generated column ";

/// Whether the table, as all actions of the statement leave it, lacks nothing that the refusal of one of them is about.
pub(super) fn made_good(refused: &str, change: &Change, all: &[&Change], world: &World<'_>) -> bool {
    // Names are the same in any case.
    let says = |words: String| refused.to_ascii_lowercase().contains(&words.to_ascii_lowercase());
    match change {
        // From 8.4 on a foreign key refers to a unique key.
        _ if refused.contains("primary key is needed") => {
            let strict = world.target.engine() == Engine::MySql && world.target.version.at_least(8, 4, 0);
            !strict && keeps_indexes(all, world, change)
        }
        // A column of it goes with the same statement.
        Change::DropConstraint { kind: Some(ConstraintClass::ForeignKey), .. } if refused.contains("1091") => {
            by_table(change, world).is_none()
        }
        // Other actions of the statement take away what uses the column.
        Change::DropColumn { .. } if refused.contains("1828") => all.iter().any(|other| match other {
            Change::DropConstraint { name: Some(name), .. } => says(format!("foreign key {name}:")),
            _ => false,
        }),
        Change::RedefineColumn { .. } | Change::SetTableOption { .. } if refused.contains("while the key exists") => {
            all.iter().any(|other| match other {
                Change::DropConstraint { name: Some(name), .. } => says(format!("foreign key {name} of ")),
                _ => false,
            })
        }
        Change::DropColumn { .. } if refused.starts_with(COMPUTED) => {
            let follows = world.target.engine() == Engine::MariaDb || world.target.version.at_least(9, 0, 0);
            let goes = |other: &&Change| match other {
                Change::DropColumn { column, .. } => says(format!("{COMPUTED}{column} ")),
                _ => false,
            };
            follows && all.iter().any(goes)
        }
        _ if by_table(change, world).as_deref() != Some(refused) => false,
        Change::RenameColumn { table, from, to } if world.schema.column(table, from).is_some() => {
            all.iter().any(|other| gives_up(other, to))
        }
        Change::DropConstraint { .. } | Change::DropIndex { .. }
            if ["1553", "1075"].iter().any(|error| refused.contains(error)) =>
        {
            keeps_indexes(all, world, change)
        }
        _ => lacking::made_good(refused, change, all),
    }
}

/// All actions together leave the indexes that the table needs.
fn keeps_indexes(all: &[&Change], world: &World<'_>, change: &Change) -> bool {
    let (Change::DropConstraint { table, .. } | Change::DropIndex { table: Some(table), .. }) = change else {
        return false;
    };
    let mut after = world.schema.excerpt(std::slice::from_ref(table));
    all.iter().for_each(|change| after.apply(change));
    after.table(table).is_some_and(|table| has_indexes_needed(&table.def, &after))
}

/// After it no column has this name.
fn gives_up(change: &Change, name: &Ident) -> bool {
    match change {
        Change::RenameColumn { from, .. } => table::same(from, name),
        Change::RedefineColumn { column, to, .. } => table::same(column, name) && !table::same(&to.name, name),
        Change::DropColumn { column, .. } => table::same(column, name),
        _ => false,
    }
}

/// An index starts with the AUTO_INCREMENT column, and one with the columns of each foreign key, from here and to here.
fn has_indexes_needed(def: &TableDef, schema: &Schema) -> bool {
    let of_key = |constraint: &Constraint| match &constraint.kind {
        ConstraintKind::PrimaryKey { columns } | ConstraintKind::Unique { columns, .. } => columns.clone(),
        _ => Vec::new(),
    };
    let keys: Vec<Vec<Ident>> = def.constraints.iter().map(of_key).gather();
    let led = |columns: &[Ident]| {
        keys.iter().any(|key| starts(key.iter().map(Some), columns))
            || def.indexes.iter().any(|index| leads(index, columns))
    };
    let counts = |c: &&ColumnDef| matches!(c.auto_number, Some(AutoNumber::AutoIncrement));
    let mut counters = def.columns.iter().filter(counts);
    let mut own = def.constraints.iter().filter_map(|constraint| foreign(constraint));
    let others = schema.referencing(&def.name);
    let mut pointing = others.iter().filter_map(|(_, constraint)| foreign(constraint));
    counters.all(|counter| led(std::slice::from_ref(&counter.name)))
        && own.all(|key| led(&key.columns))
        && pointing.all(|key| !key.referenced_columns.is_empty() && led(&key.referenced_columns))
}

fn foreign(constraint: &Constraint) -> Option<&ForeignKey> {
    match &constraint.kind {
        ConstraintKind::ForeignKey(key) => Some(key),
        _ => None,
    }
}

/// Columns that a new key refers to, and no index of their table begins with.
fn not_indexed(world: &World<'_>, key: &ForeignKey) -> Option<String> {
    let (parent, columns) = (&key.references, &key.referenced_columns);
    let def = &world.schema.table(parent)?.def;
    let begins = |list: &[Ident]| starts(list.iter().map(Some), columns);
    let by_constraint = |constraint: &Constraint, own: &[Ident]| match &constraint.kind {
        ConstraintKind::PrimaryKey { columns } | ConstraintKind::Unique { columns, .. } => {
            begins(if columns.is_empty() { own } else { columns })
        }
        ConstraintKind::ForeignKey(key) => begins(&key.columns),
        _ => false,
    };
    let inline = |column: &ColumnDef| {
        let own = std::slice::from_ref(&column.name);
        column.constraints.iter().any(|constraint| by_constraint(constraint, own))
    };
    let indexed = def.constraints.iter().any(|constraint| by_constraint(constraint, &[]))
        || def.columns.iter().any(inline)
        || def.indexes.iter().any(|index| leads(index, columns));
    let checked = def.complete && !columns.is_empty() && !world.schema.keys_are_unchecked();
    let strict = world.target.engine() == Engine::MySql && world.target.version.at_least(8, 4, 0);
    if checked && indexed && strict && !world.schema.names_rows(parent, columns) {
        return Some(format!("no unique key of {parent} is what the key refers to (error 6125)"));
    }
    (checked && !indexed)
        .then(|| format!("no index of {parent} begins with what the key refers to (error 1822 or 1005)"))
}

fn missing(world: &World<'_>, table: &Name, column: &Ident) -> Option<String> {
    let def = &world.schema.table(table)?.def;
    (def.complete && !def.from_query && table::column(def, column).is_none())
        .then(|| format!("{table} has no column {column} (error 1091 or 1054)"))
}

fn virtual_status(column: &Ident, cases: &[Case]) -> Option<String> {
    cases
        .contains(&Case::ChangeVirtualStatus)
        .then(|| format!("a VIRTUAL column cannot become another kind of column, nor the reverse: drop {column} and add it (error 3106 or 1907)"))
}

/// The type of a column on either end of a foreign key stays, while the key exists.
fn key_column(world: &World<'_>, def: &TableDef, column: &Ident, to: &ColumnDef, cases: &[Case]) -> Option<String> {
    let kind = cases.contains(&Case::ChangeType) && to.data_type.is_some();
    let text = || {
        let old = table::column(def, column)?;
        let compared = old.is_character() && to.is_character() && keeps_texts(world);
        Some(compared && other_text(text_as(old, def), text_as(to, def)))
    };
    if kind || text() == Some(true) { held_by_key(world, def, column) } else { None }
}

/// CONVERT TO of a table with a text on either end of a foreign key.
fn key_text(world: &World<'_>, def: &TableDef, to: &Charset) -> Option<String> {
    let new = || [to.charset.clone(), to.collation.clone()];
    let mut texts = def.columns.iter().filter(|own| own.is_character() && other_text(text_as(own, def), new()));
    if keeps_texts(world) { texts.find_map(|own| held_by_key(world, def, &own.name)) } else { None }
}

/// MySQL looks at the texts of a key while it looks at keys at all.
fn keeps_texts(world: &World<'_>) -> bool {
    world.target.engine() == Engine::MariaDb || !world.schema.keys_are_unchecked()
}

/// Collations that a character set may have where none is said.
const BY_THEMSELVES: [&str; 7] = [
    "utf8mb4_general_ci",
    "utf8mb4_0900_ai_ci",
    "utf8mb4_uca1400_ai_ci",
    "utf8mb3_general_ci",
    "utf8mb3_uca1400_ai_ci",
    "utf8_general_ci",
    "latin1_swedish_ci",
];

/// Character set or collation are others for sure.
fn other_text(old: [Option<String>; 2], new: [Option<String>; 2]) -> bool {
    let ([old_set, old_collation], [new_set, new_collation]) = (old, new);
    let sets = old_set.zip(new_set).is_some_and(|(old, new)| old != new && !(is_utf8mb3(&old) && is_utf8mb3(&new)));
    sets || match (old_collation, new_collation) {
        (Some(old), Some(new)) => !old.eq_ignore_ascii_case(&new),
        (None, Some(new)) => !BY_THEMSELVES.contains(&new.to_ascii_lowercase().as_str()),
        _ => false,
    }
}

fn held_by_key(world: &World<'_>, def: &TableDef, column: &Ident) -> Option<String> {
    let own = table::foreign_key_on(def, column).map(|key| (key, def.name.clone()));
    let others = world.schema.referencing(&def.name);
    let pointing = others.into_iter().find(|(_, key)| match &key.kind {
        ConstraintKind::ForeignKey(fk) if fk.referenced_columns.is_empty() => table::in_primary_key(def, column),
        ConstraintKind::ForeignKey(fk) => fk.referenced_columns.iter().any(|c| table::same(c, column)),
        _ => false,
    });
    let (key, child) = own.or_else(|| pointing.map(|(child, key)| (key, child.def.name.clone())))?;
    Some(format!(
        "{column} is used by the foreign key {} of {child}: its type cannot change while the key exists (error 3780, 1832 or 1833)",
        constraint_name(key)
    ))
}

/// The counter that a foreign key refers to stays one (MySQL).
fn counts_for_others(world: &World<'_>, def: &TableDef, column: &Ident, cases: &[Case]) -> Option<String> {
    let checked = world.target.engine() == Engine::MySql && !world.schema.keys_are_unchecked();
    let lost = checked && cases.contains(&Case::DropAutoIncrementAttribute);
    let refers = |constraint: &Constraint| {
        foreign(constraint).is_some_and(|key| key.referenced_columns.iter().any(|own| table::same(own, column)))
    };
    let others = world.schema.referencing(&def.name);
    let (child, _) = others.iter().find(|(_, key)| refers(key)).filter(|_| lost)?;
    Some(format!("a foreign key of {} refers to {column}, which stays AUTO_INCREMENT (error 1833)", child.def.name))
}

fn constraint_name(constraint: &Constraint) -> String {
    constraint.name.as_ref().map(Ident::to_string).unwrap_or_default()
}

/// DROP PRIMARY KEY of an AUTO_INCREMENT column that has no other index.
fn counts_in_key(def: &TableDef) -> Option<String> {
    let counter = def.columns.iter().find(|c| matches!(c.auto_number, Some(AutoNumber::AutoIncrement)))?;
    let in_key = table::in_primary_key(def, &counter.name);
    let elsewhere = def.indexes.iter().any(|index| leads(index, std::slice::from_ref(&counter.name)));
    (in_key && !elsewhere).then(|| {
        format!(
            "{} is AUTO_INCREMENT and must stay the first column of a key (error 1075): take AUTO_INCREMENT away first",
            counter.name
        )
    })
}

/// The last index that starts with the columns of a foreign key cannot go.
fn needed_by_key(def: &TableDef, index: &Ident) -> Option<String> {
    let named = |i: &IndexDef| table::is_named(i, index);
    let dropped = def.indexes.iter().find(|i| named(i))?;
    let needing = def.constraints.iter().find(|constraint| match &constraint.kind {
        ConstraintKind::ForeignKey(key) => {
            let others = def.indexes.iter().any(|i| !named(i) && leads(i, &key.columns));
            let by_primary =
                table::primary_key(def).is_some_and(|columns| starts(columns.iter().map(Some), &key.columns));
            leads(dropped, &key.columns) && !others && !by_primary
        }
        _ => false,
    })?;
    Some(format!("{index} is needed by the foreign key {} (error 1553)", constraint_name(needing)))
}

fn leads(index: &IndexDef, columns: &[Ident]) -> bool {
    starts(index.parts.iter().map(|part| part.column.as_ref()), columns)
}

fn starts<'i>(mut parts: impl Iterator<Item = Option<&'i Ident>>, columns: &[Ident]) -> bool {
    columns.iter().all(|column| parts.next().flatten().is_some_and(|part| table::same(part, column)))
}
