//! DELETE without WHERE.

use super::{Rule, RuleCx, RuleFinding};
use crate::change::{Change, RowFilter};
use crate::report::Severity;
use crate::schema::is_bare_test;

/// The rule.
pub const RULE: Rule = Rule {
    id: "delete-without-where",
    title: "Every row is deleted",
    when: "A DELETE without WHERE on a table that exists, or with one that is true of every row.",
    effect: "All rows are lost.",
    why: "Without a condition there is nothing to try it on first.",
    instead: "State the condition, count the rows it meets before, keep a copy, delete in batches.",
    sources: &["PostgreSQL manual: DELETE"],
    check,
};

fn check(cx: &RuleCx<'_>) -> Option<RuleFinding> {
    let Change::Delete { table, filter } = &cx.action.change else { return None };
    let schema = cx.world.schema;
    // `WHERE id IS NOT NULL` of a column that cannot be NULL.
    let all = match filter {
        RowFilter::All => true,
        RowFilter::Where { condition, .. } => condition
            .columns
            .iter()
            .any(|column| schema.is_not_null(table, column) == Some(true) && is_bare_test(&condition.text, column)),
    };
    (all && !schema.is_new(table))
        .then(|| RuleFinding { severity: Severity::Danger, message: format!("All rows of {table} are lost.") })
}
