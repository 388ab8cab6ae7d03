//! NULL can appear where none was.

use super::asking::note;
use super::{Rule, RuleCx, RuleFinding};
use crate::change::{Change, Nullability};

/// The rule.
pub const RULE: Rule = Rule {
    id: "null-may-appear",
    title: "NULL can appear where none was",
    when: "NOT NULL is dropped from a column in use.",
    effect: "Code that reads the column meets NULL as soon as somebody writes it.",
    why: "Old code was written for a column that always has a value.",
    instead: "Deploy code that reads NULL first; then drop NOT NULL, then write NULL.",
    sources: &["PostgreSQL manual: ALTER TABLE", "MySQL manual: ALTER TABLE"],
    check,
};

fn check(cx: &RuleCx<'_>) -> Option<RuleFinding> {
    let (table, column) = match &cx.action.change {
        Change::DropNotNull { table, column } => (table, column),
        // MODIFY says the whole column anew.
        Change::RedefineColumn { table, column, to, .. }
            if to.nullability != Nullability::NotNull && cx.world.schema.is_not_null(table, column) == Some(true) =>
        {
            (table, column)
        }
        _ => return None,
    };
    if cx.used(table) { note(format!("Code that reads {table}.{column} can meet NULL from now on.")) } else { None }
}
