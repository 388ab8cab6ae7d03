//! The table has very many columns.

use super::asking::note;
use super::{Rule, RuleCx, RuleFinding};
use crate::change::Change;

/// The rule.
pub const RULE: Rule = Rule {
    id: "wide-table",
    title: "The table has very many columns",
    when: "A column is added to a table that has a hundred already.",
    effect: "Every update writes a row of that width, and the engine's own limit comes nearer.",
    why: "A row is stored in one piece as far as it fits.",
    instead: "Put rarely used columns into a table of their own with the same key.",
    sources: &["PostgreSQL manual: Limits", "MySQL manual: Limits on Table Column Count and Row Size"],
    check,
};

fn check(cx: &RuleCx<'_>) -> Option<RuleFinding> {
    let Change::AddColumn { table, .. } = &cx.action.change else { return None };
    let count = cx.world.schema.table(table)?.def.columns.len();
    if count >= 100 { note(format!("{table} has {count} columns already.")) } else { None }
}
