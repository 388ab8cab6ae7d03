//! A column that is dropped with its data.

use super::{Rule, RuleCx, RuleFinding};
use crate::change::{Change, Ident, Name};
use crate::order::Gather;
use crate::report::Severity;

/// The rule.
pub const RULE: Rule = Rule {
    id: "drop-column-loses-data",
    title: "The column and its data are gone",
    when: "A column of a table that exists is dropped.",
    effect: "Its values are lost, and every query that still names it fails at once.",
    why: "Old code runs until the last instance is replaced, and a dropped column comes back empty.",
    instead: "Remove it from the code first, make sure that nothing reads it, keep a copy of its values, then drop it with an approval.",
    sources: &["PostgreSQL manual: ALTER TABLE, DROP COLUMN", "MySQL manual: ALTER TABLE"],
    check,
};

fn check(cx: &RuleCx<'_>) -> Option<RuleFinding> {
    let Change::DropColumn { table, column, .. } = &cx.action.change else { return None };
    if cx.world.schema.is_new(table) {
        return None;
    }
    let taken = dependants(cx, table, column);
    let along = if taken.is_empty() { String::new() } else { format!(" It takes along: {}.", taken.join(", ")) };
    Some(RuleFinding {
        severity: Severity::Danger,
        message: format!("The values of {table}.{column} are lost, and queries that name it fail at once.{along}"),
    })
}

/// Indexes, constraints and views that use the column, as far as the schema is known.
fn dependants(cx: &RuleCx<'_>, table: &Name, column: &Ident) -> Vec<String> {
    let schema = cx.world.schema;
    let indexes = schema.indexes_of_column(table, column).into_iter().filter_map(|i| i.name.as_ref());
    let constraints = schema.constraints_of_column(table, column).into_iter().filter_map(|c| c.name.as_ref());
    indexes.map(|name| format!("index {name}")).chain(constraints.map(|name| format!("constraint {name}"))).gather()
}
