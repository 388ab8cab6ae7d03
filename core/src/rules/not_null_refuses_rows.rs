//! NOT NULL by MODIFY or CHANGE, on a column that may hold NULL.

use super::asking::warn;
use super::{Rule, RuleCx, RuleFinding};
use crate::change::{Change, Nullability};

/// The rule.
pub const RULE: Rule = Rule {
    id: "not-null-refuses-rows",
    title: "NULLs are refused",
    when: "MODIFY or CHANGE makes a nullable column of a table in use NOT NULL.",
    effect: "Rows with NULL end it with 1138, or get 0 or '' without strict mode; running code that writes NULL fails.",
    why: "The rows are only checked while the table is rebuilt.",
    instead: "Stop writing NULL, fill the rows in batches, count what is left, then change the column under strict mode.",
    sources: &["observed on MySQL 5.7.22, 8.0.15, 9.7.4, MariaDB 10.11, 11.8", "MySQL manual: Server SQL Modes"],
    check,
};

fn check(cx: &RuleCx<'_>) -> Option<RuleFinding> {
    let Change::RedefineColumn { table, column, to, .. } = &cx.action.change else { return None };
    if to.nullability != Nullability::NotNull || !cx.used(table) {
        return None;
    }
    let nullable = cx.world.schema.column(table, column)?.nullability != Nullability::NotNull;
    let in_key = cx.world.schema.primary_key(table).is_some_and(|key| key.contains(column));
    if nullable && !in_key { warn(format!("{table}.{column} may hold NULL, and code may write it.")) } else { None }
}
