//! An UPDATE that writes over values.

use super::asking::note;
use super::{Rule, RuleCx, RuleFinding};
use crate::change::Change;
use crate::world::Touched;

/// The rule.
pub const RULE: Rule = Rule {
    id: "values-overwritten",
    title: "Values are written over",
    when: "An UPDATE of rows named by their key sets values without asking for NULL first.",
    effect: "The values before are gone with the commit.",
    why: "Nothing keeps them; an undo needs a copy.",
    instead: "Keep a copy of these rows and columns before, or fill only what is NULL.",
    sources: &["PostgreSQL manual: UPDATE"],
    check,
};

fn check(cx: &RuleCx<'_>) -> Option<RuleFinding> {
    let Change::Update { table, columns, filter, .. } = &cx.action.change else { return None };
    let by_key = matches!(cx.world.touched(table, filter), Touched::Few | Touched::Batch);
    if by_key && cx.used(table) && !filter.fills_only_nulls(columns) {
        note(format!("Values of {table} are gone afterwards; keep a copy of the rows."))
    } else {
        None
    }
}
