//! A foreign key whose child side has no index.

use super::{Rule, RuleCx, RuleFinding};
use crate::change::{Change, ConstraintKind, Ident, TableDef};
use crate::engines::{self, Capability};
use crate::report::Severity;

/// The rule.
pub const RULE: Rule = Rule {
    id: "foreign-key-without-index",
    title: "No index on the referencing columns",
    when: "A foreign key is added, and no index of the table starts with its columns.",
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
    let Change::AddConstraint { table, constraint } = &cx.action.change else { return None };
    let ConstraintKind::ForeignKey(fk) = &constraint.kind else { return None };
    let known = cx.world.schema.table(table)?;
    let makes_index = engines::of(cx.world.target.engine()).can(Capability::ForeignKeyMakesIndex, cx.world.target);
    if makes_index || fk.columns.is_empty() || covered(&known.def, &fk.columns) {
        return None;
    }
    Some(RuleFinding {
        severity: Severity::Info,
        message: format!(
            "No index of {table} starts with the columns of this key: deletes in {} read all of {table}.",
            fk.references
        ),
    })
}

/// Some index, primary key or unique constraint starts with these columns.
fn covered(table: &TableDef, columns: &[Ident]) -> bool {
    let starts = |own: Vec<&Ident>| own.len() >= columns.len() && own.iter().zip(columns).all(|(a, b)| **a == *b);
    let by_index = table.indexes.iter().any(|i| starts(i.parts.iter().filter_map(|p| p.column.as_ref()).collect()));
    by_index
        || table.constraints.iter().any(|c| match &c.kind {
            ConstraintKind::PrimaryKey { columns: own } | ConstraintKind::Unique { columns: own, .. } => {
                starts(own.iter().collect())
            }
            _ => false,
        })
}
