//! Values find their columns by position.

use super::asking::note;
use super::{Rule, RuleCx, RuleFinding};
use crate::change::Change;

/// The rule.
pub const RULE: Rule = Rule {
    id: "insert-by-position",
    title: "Values find their columns by position",
    when: "INSERT or COPY into a table in use does not name its columns.",
    effect: "A column added meanwhile makes COPY fail; one that was dropped sends values into other columns without an error.",
    why: "The order of columns is not part of the contract.",
    instead: "Name the columns.",
    sources: &["PostgreSQL manual: INSERT; COPY", "MySQL manual: INSERT"],
    check,
};

fn check(cx: &RuleCx<'_>) -> Option<RuleFinding> {
    let Change::Insert { table, .. } = &cx.action.change else { return None };
    if cx.used(table) && !names_columns(cx.sql(), &table.object.value) {
        note(format!("The columns of {table} are not named."))
    } else {
        None
    }
}

/// Behind the table's name stands a parenthesis, or SET.
fn names_columns(sql: &str, table: &str) -> bool {
    let lower = sql.to_ascii_lowercase();
    let Some(at) = lower.find(&table.to_ascii_lowercase()) else { return true };
    let rest = lower.get(at + table.len()..).unwrap_or_default().trim_start_matches(['"', '`', ']']).trim_start();
    rest.starts_with('(') || rest.starts_with("set ") || rest.starts_with("as ")
}
