//! What MariaDB refuses as written, by version, and what it does in silence.

use crate::change::{Change, ColumnOption, ConstraintKind, IndexDef, IndexKind, Name, PartitionAction, Volatility};
use crate::engines::innodb::case::is_expression;
use crate::engines::innodb::refusals::COMPUTED;
use crate::engines::innodb::table;
use crate::schema::mentions;
use crate::target::Version;
use crate::world::World;

/// Why this version refuses the change.
pub(super) fn refusal(change: &Change, world: &World<'_>) -> Option<String> {
    by_version(change, world.target.version)
        .or_else(|| versioned(change, world))
        .or_else(|| checked_with_others(change, world))
        .or_else(|| computed_from(change, world))
        .or_else(|| history(change, world))
}

fn computed_from(change: &Change, world: &World<'_>) -> Option<String> {
    let Change::DropColumn { table, column, .. } = change else { return None };
    let other = table::generated_from(&world.schema.table(table)?.def, column)?;
    Some(format!("{COMPUTED}{} is computed from {column} (error 1054)", other.name))
}

/// What a system-versioned table does not take, and what only it does.
fn history(change: &Change, world: &World<'_>) -> Option<String> {
    let kept = |table: &Name| {
        let def = &world.schema.table(table).filter(|known| known.def.complete && !known.def.from_query)?.def;
        Some(["system", "versioning"].iter().all(|word| mentions(&def.options, word)))
    };
    match change {
        Change::Truncate { tables, .. } => {
            let own = tables.iter().find(|table| kept(table) == Some(true))?;
            Some(format!("{own} is system-versioned: no TRUNCATE (error 4137)"))
        }
        _ => None,
    }
}

/// A CHECK of this column alone goes with the column; one of several stays, and lacks it.
fn checked_with_others(change: &Change, world: &World<'_>) -> Option<String> {
    let Change::DropColumn { table, column, .. } = change else { return None };
    let def = &world.schema.table(table)?.def;
    let check = table::check_on(def, column)?;
    let own = def.columns.iter().find(|own| table::same(&own.name, column));
    let goes = own.is_some_and(|own| def.is_inline(check, own))
        || matches!(&check.kind, ConstraintKind::Check { expr } if expr.columns.iter().all(|c| table::same(c, column)));
    (!goes).then(|| format!("a CHECK uses {column} and other columns (error 1054)"))
}

/// A system-versioned table keeps its shape unless the session says what becomes of its history.
fn versioned(change: &Change, world: &World<'_>) -> Option<String> {
    let (Change::AddColumn { table, .. }
    | Change::DropColumn { table, .. }
    | Change::RenameColumn { table, .. }
    | Change::RedefineColumn { table, .. }) = change
    else {
        return None;
    };
    let options = world.schema.table(table)?.def.options.to_ascii_lowercase();
    (options.contains("system versioning") && !world.schema.keeps_history()).then(|| {
        format!("{table} is system-versioned (error 4119): SET SESSION system_versioning_alter_history = KEEP first, which applies the change to the history too")
    })
}

/// Syntax that a version does not have (error 1064).
fn by_version(change: &Change, v: Version) -> Option<String> {
    let before = |major, minor, patch| !v.at_least(major, minor, patch);
    let came = |what: &str, with: &str| Some(format!("{what} came with MariaDB {with} (error 1064)"));
    let none = |what: &str, instead: &str| Some(format!("MariaDB has no {what} (error 1064); use {instead}"));
    match change {
        Change::RenameColumn { .. } if before(10, 5, 2) => {
            came("RENAME COLUMN", "10.5.2: use CHANGE with the whole column")
        }
        Change::RenameIndex { .. } if before(10, 5, 2) => came("RENAME INDEX", "10.5.2: drop and add the index"),
        Change::AlterConstraint { .. } => none("ALTER CHECK", "DROP CONSTRAINT and ADD CONSTRAINT"),
        Change::AddConstraint { constraint, .. } if constraint.not_enforced => {
            none("NOT ENFORCED", "an enforced CHECK")
        }
        Change::CreateIndex(index) if is_functional(index) => {
            none("index on an expression", "a VIRTUAL column and an index on it")
        }
        Change::CreateTable(def) if def.indexes.iter().any(is_functional) => {
            none("index on an expression", "a VIRTUAL column and an index on it")
        }
        Change::AlterIndex { action, .. } if action.to_ascii_uppercase().contains("VISIBLE") => {
            none("INVISIBLE for indexes", "IGNORED (10.6)")
        }
        Change::AlterIndex { action, .. } if action.to_ascii_uppercase().contains("IGNORED") && before(10, 6, 0) => {
            came("IGNORED", "10.6")
        }
        Change::SetColumnOption { option: ColumnOption::Visibility, .. } => {
            none("ALTER COLUMN … SET INVISIBLE", "MODIFY with the whole column")
        }
        Change::Partition { action: PartitionAction::Convert, .. } if before(10, 7, 0) => {
            came("CONVERT PARTITION", "10.7")
        }
        Change::Partition { action: PartitionAction::DiscardOrImport, .. } => {
            none("DISCARD PARTITION", "EXCHANGE PARTITION, then DISCARD TABLESPACE")
        }
        Change::Partition { action: PartitionAction::Exchange { without_validation: true, .. }, .. }
            if before(11, 4, 0) =>
        {
            came("WITHOUT VALIDATION", "11.4")
        }
        _ => None,
    }
}

fn is_functional(index: &IndexDef) -> bool {
    index.kind == IndexKind::Plain && index.parts.iter().any(|part| part.column.is_none())
}

/// What this version does without a word.
pub(super) fn silence(change: &Change, v: Version) -> Option<&'static str> {
    let Change::AddColumn { column, .. } = change else { return None };
    let has = |wanted: fn(&ConstraintKind) -> bool| column.constraints.iter().any(|c| wanted(&c.kind));
    if has(|kind| matches!(kind, ConstraintKind::Check { .. })) {
        return Some(
            "MariaDB does not test existing rows against a CHECK that comes with a new column; a later copy of the table then fails (error 4025)",
        );
    }
    if has(|kind| matches!(kind, ConstraintKind::ForeignKey(_))) && !v.at_least(10, 5, 0) {
        return Some("MariaDB before 10.5 reads REFERENCES inside a column and drops it: there is no foreign key");
    }
    let once = column.default.as_ref().is_some_and(|d| is_expression(d) && d.volatility > Volatility::Constant);
    once.then_some("MariaDB evaluates the default once (UUID() excepted): all existing rows get the same value")
}
