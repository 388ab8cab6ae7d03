//! DELETE without WHERE.

use super::{Rule, RuleCx, RuleFinding};
use crate::change::{Change, RowFilter};
use crate::report::Severity;

/// The rule.
pub const RULE: Rule = Rule {
    id: "delete-without-where",
    title: "Every row is deleted",
    when: "A DELETE without WHERE on a table that exists.",
    effect: "All rows are lost.",
    why: "Without a condition there is nothing to try it on first.",
    instead: "State the condition, count the rows it meets before, keep a copy, delete in batches.",
    sources: &["PostgreSQL manual: DELETE"],
    check,
};

fn check(cx: &RuleCx<'_>) -> Option<RuleFinding> {
    let Change::Delete { table, filter: RowFilter::All } = &cx.action.change else { return None };
    (!cx.world.schema.is_new(table))
        .then(|| RuleFinding { severity: Severity::Danger, message: format!("All rows of {table} are lost.") })
}
