//! What a table with partitions does not take, and one without. Asked of MySQL 5.7.22, 8.0.15 and 9.7.4, MariaDB 10.11.18 and 11.8.9.

use super::{bounds, divided, table};
use crate::change::{
    Change, ColumnDef, Constraint, ConstraintKind, Ident, IndexDef, IndexKind, PartitionAction, TableDef,
};
use crate::order::GatherAll;
use crate::schema::mentions;
use crate::target::Engine;
use crate::world::World;

/// Why the change is refused.
pub(in crate::engines) fn refuses(change: &Change, world: &World<'_>) -> Option<String> {
    match change {
        Change::CreateTable(def) => made(def, world).or_else(|| {
            let keys = |own: &Constraint| {
                matches!(own.kind, ConstraintKind::PrimaryKey { .. } | ConstraintKind::Unique { .. })
            };
            let key = def.columns.iter().find(|column| column.constraints.iter().any(keys))?;
            lacks(def, std::slice::from_ref(&key.name))
        }),
        Change::AddConstraint { table, constraint } => added(&world.schema.table(table)?.def, constraint, world),
        Change::CreateIndex(index) => {
            let def = &world.schema.table(&index.table)?.def;
            let columns: Option<Vec<Ident>> = index.parts.iter().map(|part| part.column.clone()).gather_all();
            match index.kind {
                IndexKind::Fulltext => no_full_text(def, world),
                _ if index.unique => lacks(def, &columns?),
                _ => None,
            }
        }
        Change::DropColumn { table, column, .. } => divides_rows(&world.schema.table(table)?.def, column, world),
        Change::RenameColumn { table, from, .. } => renamed(&world.schema.table(table)?.def, from, world),
        Change::RedefineColumn { table, column, to, .. } => {
            let def = &world.schema.table(table)?.def;
            let other = if table::same(column, &to.name) { None } else { renamed(def, column, world) };
            other.or_else(|| {
                let mut after = def.clone();
                let place = after.columns.iter_mut().find(|own| table::same(&own.name, column))?;
                *place = ColumnDef { name: column.clone(), ..(**to).clone() };
                divides(&after)
            })
        }
        Change::Partition { table, action } => parted(&world.schema.table(table)?.def, action, world),
        _ => None,
    }
}

/// MariaDB follows the new name.
fn renamed(def: &TableDef, column: &Ident, world: &World<'_>) -> Option<String> {
    if world.target.engine() == Engine::MySql { divides_rows(def, column, world) } else { None }
}

fn divides_rows(def: &TableDef, column: &Ident, world: &World<'_>) -> Option<String> {
    divided::uses(def, column, world)
        .then(|| format!("the rows of {} are divided by {column} (error 3855 or 1054)", def.name))
}

/// Keys, types and bounds that the partitioning of a table does not take.
fn made(def: &TableDef, world: &World<'_>) -> Option<String> {
    let unique = |index: &&IndexDef| index.unique;
    let columns = |index: &IndexDef| index.parts.iter().map(|part| part.column.clone()).gather_all();
    def.constraints
        .iter()
        .find_map(|constraint| added(def, constraint, world))
        .or_else(|| def.indexes.iter().filter(unique).find_map(|index| lacks(def, &columns(index)?)))
        .or_else(|| divides(def))
        .or_else(|| divided::refused(def, world))
        .or_else(|| bounds::of_table(def.partition_by.as_deref()?, world))
}

/// RANGE, LIST and HASH of a column that is no number.
fn divides(def: &TableDef) -> Option<String> {
    let (head, rest) = def.partition_by.as_deref()?.split_once('(')?;
    let named = rest.split(')').next()?.trim().trim_matches('`');
    let head = head.to_ascii_lowercase();
    if ["key", "columns", "system_time"].iter().any(|other| head.contains(other)) {
        return None;
    }
    let column = def.columns.iter().find(|column| column.name.value.eq_ignore_ascii_case(named))?;
    let base = &column.data_type.as_ref()?.base;
    let odd = ["char", "text", "date", "time", "year", "blob", "decimal", "float", "double", "enum", "json"]
        .iter()
        .any(|kind| base.contains(kind) && base != "year");
    odd.then(|| {
        format!("{} is no whole number (error 1659 or 1697): PARTITION BY … COLUMNS, or a function", column.name)
    })
}

fn parted(def: &TableDef, action: &PartitionAction, world: &World<'_>) -> Option<String> {
    let by = def.partition_by.as_deref().unwrap_or_default().to_ascii_lowercase();
    let ranges = ["range", "list"].iter().any(|method| by.contains(method));
    let hashes = !ranges && ["hash", "key"].iter().any(|method| by.contains(method));
    match action {
        PartitionAction::Add if ranges && mentions(&by, "maxvalue") => Some(format!(
            "{} has a partition for all that is above (MAXVALUE), and none comes behind it (error 1481): REORGANIZE PARTITION",
            def.name
        )),
        PartitionAction::Drop if hashes => {
            Some(format!("{} is partitioned by HASH or KEY: COALESCE PARTITION (error 1512)", def.name))
        }
        PartitionAction::Coalesce if ranges => {
            Some(format!("{} is partitioned by RANGE or LIST (error 1509)", def.name))
        }
        PartitionAction::PartitionBy(by) => {
            let refers = def.constraints.iter().any(|c| matches!(c.kind, ConstraintKind::ForeignKey(_)));
            let searched = def.indexes.iter().any(|index| index.kind == IndexKind::Fulltext);
            if refers || !world.schema.referencing(&def.name).is_empty() {
                return Some(NO_FOREIGN_KEY.to_string());
            }
            if searched && world.target.engine() == Engine::MySql {
                return Some(NO_FULL_TEXT.to_string());
            }
            let after = TableDef { partition_by: Some(by.clone()), ..def.clone() };
            made(&after, world)
        }
        _ => None,
    }
}

const NO_FOREIGN_KEY: &str = "a table with partitions takes no foreign key (error 1506)";
const NO_FULL_TEXT: &str = "a table with partitions takes no FULLTEXT index (error 1214)";

fn no_full_text(def: &TableDef, world: &World<'_>) -> Option<String> {
    (def.partition_by.is_some() && world.target.engine() == Engine::MySql).then(|| NO_FULL_TEXT.to_string())
}

fn added(def: &TableDef, constraint: &Constraint, world: &World<'_>) -> Option<String> {
    match &constraint.kind {
        ConstraintKind::ForeignKey(key) => {
            let parent = world.schema.table(&key.references).is_some_and(|parent| parent.def.partition_by.is_some());
            (parent || def.partition_by.is_some()).then(|| NO_FOREIGN_KEY.to_string())
        }
        ConstraintKind::PrimaryKey { columns } | ConstraintKind::Unique { columns, .. } => lacks(def, columns),
        _ => None,
    }
}

/// A unique key without a column that the rows are partitioned by.
fn lacks(def: &TableDef, key: &[Ident]) -> Option<String> {
    let by = def.partition_by.as_deref()?.split_once('(')?.1;
    // What follows names partitions; their names may be those of columns.
    let mut depth = 0;
    let end = by.find(|c| {
        depth += i32::from(c == '(') - i32::from(c == ')');
        depth < 0
    })?;
    let used = |column: &Ident| mentions(by.get(..end).unwrap_or_default(), &column.value);
    if key.is_empty() {
        return None;
    }
    let column = def.columns.iter().map(|column| &column.name).find(|column| used(column) && !has(key, column))?;
    Some(format!("{} is partitioned by {column}, which every unique key must have (error 1503)", def.name))
}

fn has(key: &[Ident], column: &Ident) -> bool {
    key.iter().any(|own| table::same(own, column))
}
