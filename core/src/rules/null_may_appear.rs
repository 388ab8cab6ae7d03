//! NULL can appear where none was.

use super::asking::note;
use super::{Rule, RuleCx, RuleFinding};
use crate::change::Change;

/// The rule.
pub const RULE: Rule = Rule {
    id: "null-may-appear",
    title: "NULL can appear where none was",
    when: "NOT NULL is dropped from a column in use.",
    effect: "Code that reads the column meets NULL as soon as somebody writes it.",
    why: "Old code was written for a column that always has a value.",
    instead: "Deploy code that reads NULL first; then drop NOT NULL, then write NULL.",
    sources: &["PostgreSQL manual: ALTER TABLE"],
    check,
};

fn check(cx: &RuleCx<'_>) -> Option<RuleFinding> {
    let Change::DropNotNull { table, column } = &cx.action.change else { return None };
    if cx.used(table) { note(format!("Code that reads {table}.{column} can meet NULL from now on.")) } else { None }
}
