//! A foreign key whose child side has no index.

use super::ahead::starts;
use super::asking::{new_constraints, new_keys, note};
use super::{Rule, RuleCx, RuleFinding};
use crate::change::{Change, ColumnDef, Constraint, ConstraintKind, Ident, IndexDef, TableDef};
use crate::engines::{self, Capability};

/// The rule.
pub const RULE: Rule = Rule {
    id: "foreign-key-without-index",
    title: "No index on the referencing columns",
    when: "A foreign key is added, with a table or a column too, and no index starts with its columns, nor is one made by the script.",
    effect: "Every delete or key change in the parent reads the whole table, under locks.",
    why: "PostgreSQL and SQLite make no index for the referencing side.",
    instead: "Build an index on the referencing columns first.",
    sources: &[
        "PostgreSQL manual: Foreign Keys",
        "SQLite manual: Foreign Key Support, Required and Suggested Database Indexes",
    ],
    check,
};

fn check(cx: &RuleCx<'_>) -> Option<RuleFinding> {
    let change = &cx.action.change;
    if engines::of(cx.world.target.engine()).can(Capability::ForeignKeyMakesIndex, cx.world.target) {
        return None;
    }
    let key = new_keys(change).into_iter().find(|key| {
        let known = cx.world.schema.table(key.table).map(|table| &table.def);
        // Of a table that was not given, only new columns are known to be in no index.
        let told = known.is_some() || !matches!(change, Change::AddConstraint { .. });
        told && !key.columns.is_empty()
            && !known.is_some_and(|table| covered(table, &key.columns))
            && !new_constraints(change).any(|(_, column, own)| key_starts(own, column, &key.columns))
            && !cx.ahead.indexes(key.table, &key.columns)
    })?;
    note(format!(
        "No index of {} starts with the columns of this key: deletes in {} read all of {}.",
        key.table, key.key.references, key.table
    ))
}

/// Some index, primary key or unique constraint starts with these columns.
fn covered(table: &TableDef, columns: &[&Ident]) -> bool {
    let index = |index: &IndexDef| starts(index.parts.iter().filter_map(|part| part.column.as_ref()), columns);
    table.indexes.iter().any(index) || table.constraints.iter().any(|own| key_starts(own, None, columns))
}

/// The constraint, of a table or of a column, is a key that starts with these columns.
fn key_starts(constraint: &Constraint, column: Option<&ColumnDef>, columns: &[&Ident]) -> bool {
    match &constraint.kind {
        ConstraintKind::PrimaryKey { columns: own } | ConstraintKind::Unique { columns: own, .. } => {
            let inline = column.filter(|_| own.is_empty()).map(|column| &column.name);
            starts(own.iter().chain(inline), columns)
        }
        _ => false,
    }
}
