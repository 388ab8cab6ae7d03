//! The framework reads a meaning into the name.

use super::asking::warn;
use super::{Rule, RuleCx, RuleFinding};
use crate::change::Change;

/// The rule.
pub const RULE: Rule = Rule {
    id: "name-with-a-meaning",
    title: "The framework reads a meaning into the name",
    when: "A column called type is added to a table in use, and the framework is Rails.",
    effect: "Old code that runs now takes every row for a subclass that does not exist, and raises.",
    why: "Active Record uses type for single-table inheritance from the moment the column is there.",
    instead: "Set self.inheritance_column in the code and deploy that first, or use another name.",
    sources: &["Rails guide: Active Record Basics, Schema Conventions"],
    check,
};

fn check(cx: &RuleCx<'_>) -> Option<RuleFinding> {
    let Change::AddColumn { table, column, .. } = &cx.action.change else { return None };
    let concerned = cx.world.options.framework == "rails" && column.name.value.eq_ignore_ascii_case("type");
    if concerned && cx.used(table) {
        warn(format!("Active Record takes {table}.type for the name of a class."))
    } else {
        None
    }
}
