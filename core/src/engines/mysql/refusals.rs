//! What MySQL refuses as written, by version, and what it reads and drops in silence.

use crate::change::{
    Change, ColumnDef, ColumnOption, ConstraintKind, Ident, IndexDef, IndexKind, Name, ObjectKind, ObjectVerb,
    PartitionAction, TableDef, TableOption,
};
use crate::engines::innodb::case::is_expression;
use crate::engines::innodb::refusals::COMPUTED;
use crate::engines::innodb::table;
use crate::target::Version;
use crate::world::World;

/// Why this version refuses the change.
pub(super) fn refusal(change: &Change, world: &World<'_>) -> Option<String> {
    let v = world.target.version;
    by_version(change, v).or_else(|| if_exists(change)).or_else(|| by_table(change, world))
}

/// Syntax that came with a version; before it: error 1064.
fn by_version(change: &Change, v: Version) -> Option<String> {
    let before = |major, minor, patch| !v.at_least(major, minor, patch);
    let came = |what: &str, with: &str| Some(format!("{what} came with MySQL {with} (error 1064)"));
    match change {
        Change::RenameColumn { .. } if before(8, 0, 0) => {
            came("RENAME COLUMN", "8.0: use CHANGE with the whole column")
        }
        Change::AddColumn { column, .. } => {
            default_refused(column, v).or_else(|| differs_per_row(column)).or_else(|| invisible_refused(column, v))
        }
        Change::RedefineColumn { to, .. } => {
            let checks = to.constraints.iter().any(|c| matches!(c.kind, ConstraintKind::Check { .. }));
            let check = (checks && !v.at_least(8, 0, 16))
                .then(|| "MODIFY takes a CHECK from MySQL 8.0.16 on (error 1064)".to_string());
            default_refused(to, v).or_else(|| invisible_refused(to, v)).or(check)
        }
        Change::SetDefault { default, .. } if is_expression(default) && before(8, 0, 13) => {
            came("DEFAULT (expression)", "8.0.13")
        }
        Change::AlterConstraint { .. } if before(8, 0, 16) => came("ALTER CHECK", "8.0.16"),
        Change::AddConstraint { constraint, .. } if constraint.not_enforced && before(8, 0, 16) => {
            came("NOT ENFORCED", "8.0.16")
        }
        Change::DropConstraint { kind: None, .. } if before(8, 0, 19) => {
            came("DROP CONSTRAINT", "8.0.19: use DROP FOREIGN KEY, DROP INDEX or DROP CHECK")
        }
        Change::CreateIndex(index) if is_functional(index) && before(8, 0, 13) => {
            came("an index on an expression", "8.0.13")
        }
        Change::AlterIndex { action, .. } if !action.to_ascii_uppercase().contains("KEYS") && before(8, 0, 0) => {
            came("ALTER INDEX", "8.0")
        }
        Change::AlterIndex { action, .. } if action.to_ascii_uppercase().contains("IGNORED") => {
            Some("IGNORED is MariaDB's word (error 1064); use INVISIBLE".to_string())
        }
        Change::CreateTable(def) => {
            let column = |own: &ColumnDef| default_refused(own, v).or_else(|| invisible_refused(own, v));
            let functional = before(8, 0, 13) && def.indexes.iter().any(is_functional);
            let inline = def.columns.iter().flat_map(|own| &own.constraints);
            let spared = before(8, 0, 16) && inline.chain(&def.constraints).any(|constraint| constraint.not_enforced);
            let columns = def.columns.iter().find_map(column);
            columns
                .or_else(|| if functional { came("an index on an expression", "8.0.13") } else { None })
                .or_else(|| if spared { came("NOT ENFORCED", "8.0.16") } else { None })
        }
        Change::SetColumnOption { option: ColumnOption::Visibility, .. } if before(8, 0, 23) => {
            came("an invisible column", "8.0.23")
        }
        Change::SetTableOption { option: TableOption::SystemVersioning { .. }, .. } => {
            Some("MySQL has no system-versioned tables (error 1064)".to_string())
        }
        Change::Partition { action: PartitionAction::Convert, .. } => {
            Some("MySQL has no CONVERT PARTITION (error 1064); use EXCHANGE PARTITION".to_string())
        }
        Change::Object { kind: ObjectKind::Sequence, .. } => {
            Some("MySQL has no sequences (error 1064); use AUTO_INCREMENT".to_string())
        }
        Change::Object { kind: ObjectKind::Package, .. } => Some("MySQL has no packages (error 1064)".to_string()),
        Change::Object {
            verb: ObjectVerb::Replace,
            kind: ObjectKind::Trigger | ObjectKind::Function | ObjectKind::Procedure | ObjectKind::Event,
            ..
        } => Some(
            "MySQL has OR REPLACE only for views (error 1064); drop and create, under LOCK TABLES for a trigger"
                .to_string(),
        ),
        _ => None,
    }
}

fn default_refused(column: &ColumnDef, v: Version) -> Option<String> {
    let default = column.default.as_ref()?;
    if !is_expression(default) {
        let refused = table::is_long(column) && !default.text.eq_ignore_ascii_case("null");
        return refused.then(|| format!("{} cannot have a default that is no expression (error 1101)", column.name));
    }
    (!v.at_least(8, 0, 13)).then(|| "DEFAULT (expression) came with MySQL 8.0.13 (error 1064)".to_string())
}

/// Only rows that are there and get it; new ones are logged with their values.
fn differs_per_row(column: &ColumnDef) -> Option<String> {
    let text = column.default.as_ref().filter(|default| is_expression(default))?.text.to_ascii_lowercase();
    let random = ["uuid(", "rand(", "random_bytes(", "connection_id(", "user("].iter().any(|call| text.contains(call));
    random
        .then(|| format!("the default of {} differs per row, so that replicas could differ (error 1674)", column.name))
}

fn invisible_refused(column: &ColumnDef, v: Version) -> Option<String> {
    let says =
        column.comment.is_none() && column.text.split_whitespace().any(|word| word.eq_ignore_ascii_case("invisible"));
    (says && !v.at_least(8, 0, 23)).then(|| "an invisible column came with MySQL 8.0.23 (error 1064)".to_string())
}

fn is_functional(index: &IndexDef) -> bool {
    index.kind == IndexKind::Plain && index.parts.iter().any(|part| part.column.is_none())
}

/// MySQL has IF [NOT] EXISTS for whole tables and views, not inside ALTER TABLE nor for indexes.
fn if_exists(change: &Change) -> Option<String> {
    let said = match change {
        Change::AddColumn { if_not_exists, .. } => *if_not_exists,
        Change::CreateIndex(index) => index.if_not_exists,
        Change::DropColumn { if_exists, .. }
        | Change::DropConstraint { if_exists, .. }
        | Change::DropIndex { if_exists, .. } => *if_exists,
        _ => false,
    };
    said.then(|| "MySQL has no IF [NOT] EXISTS for columns, indexes and constraints (error 1064)".to_string())
}

fn by_table(change: &Change, world: &World<'_>) -> Option<String> {
    let v = world.target.version;
    match change {
        Change::SetDefault { table, column, default } if !is_expression(default) => {
            let long = world.schema.column(table, column).is_some_and(table::is_long);
            (long && !default.text.eq_ignore_ascii_case("null"))
                .then(|| format!("{column} cannot have a default that is no expression (error 1101)"))
        }
        Change::DropColumn { table, column, .. } => uses(&world.schema.table(table)?.def, column, v, true),
        Change::RenameColumn { table, from, .. } => uses(&world.schema.table(table)?.def, from, v, false),
        Change::RedefineColumn { table, column, to, .. } if to.name != *column => {
            uses(&world.schema.table(table)?.def, column, v, false)
        }
        Change::DropConstraint { table, kind: Some(crate::change::ConstraintClass::PrimaryKey), .. } => {
            referenced_key(world, table)
        }
        _ => None,
    }
}

/// What of the table names the column and keeps it from being dropped or renamed.
fn uses(def: &TableDef, column: &Ident, v: Version, drops: bool) -> Option<String> {
    if let Some(generated) = table::generated_from(def, column) {
        return Some(format!("{COMPUTED}{} is computed from {column} (error 3108 or 1054)", generated.name));
    }
    if table::in_expression_index(def, column) {
        return Some(format!("an index on an expression uses {column} (error 3837 or 3755)"));
    }
    let check = table::check_on(def, column).filter(|_| v.at_least(8, 0, 16))?;
    // A CHECK of this column alone goes with the column.
    let alone =
        matches!(&check.kind, ConstraintKind::Check { expr } if expr.columns.iter().all(|c| table::same(c, column)));
    let name = check.name.as_ref().map(Ident::to_string).unwrap_or_default();
    (!drops || !alone).then(|| format!("the CHECK {name} uses {column} (error 3959)"))
}

fn referenced_key(world: &World<'_>, table: &Name) -> Option<String> {
    let others = world.schema.referencing(table);
    let (child, _) = others.first()?;
    Some(format!("the primary key is needed by a foreign key of {} (error 1553)", child.def.name))
}

/// What this version reads and drops.
pub(super) fn silence(change: &Change, v: Version) -> Option<&'static str> {
    const CHECK: &str = "MySQL before 8.0.16 reads CHECK and drops it: nothing is enforced";
    const REFERENCES: &str = "MySQL before 9.0 reads REFERENCES inside a column and drops it: there is no foreign key";
    const DESC: &str = "MySQL before 8.0 reads DESC in an index and drops it";
    let (checks, nine) = (v.at_least(8, 0, 16), v.at_least(9, 0, 0));
    let inline = |column: &ColumnDef| {
        column.constraints.iter().find_map(|constraint| match constraint.kind {
            ConstraintKind::Check { .. } if !checks => Some(CHECK),
            ConstraintKind::ForeignKey(_) if !nine => Some(REFERENCES),
            _ => None,
        })
    };
    match change {
        Change::AddColumn { column, .. } => inline(column),
        Change::RedefineColumn { to, .. } => inline(to),
        Change::CreateTable(def) => def.columns.iter().find_map(inline).or_else(|| {
            let has_check = def.constraints.iter().any(|c| matches!(c.kind, ConstraintKind::Check { .. }));
            (has_check && !checks).then_some(CHECK)
        }),
        Change::AddConstraint { constraint, .. } if !checks => {
            matches!(constraint.kind, ConstraintKind::Check { .. }).then_some(CHECK)
        }
        Change::CreateIndex(index) if !v.at_least(8, 0, 0) => {
            let desc = index.parts.iter().any(|part| part.text.to_ascii_lowercase().ends_with(" desc"));
            desc.then_some(DESC)
        }
        _ => None,
    }
}
