//! The constraint comes before the backfill.

use super::asking::warn;
use super::{Rule, RuleCx, RuleFinding};
use crate::change::{Change, ConstraintKind, Ident};

/// The rule.
pub const RULE: Rule = Rule {
    id: "not-valid-before-backfill",
    title: "The constraint comes before the backfill",
    when: "A CHECK or NOT NULL is added NOT VALID, and a later statement fills the column.",
    effect: "Until the backfill has reached a row, every update of that row fails (23514), whatever it changes.",
    why: "NOT VALID spares the rows that are there only until they are written again.",
    instead: "Fill the column first, then add the constraint NOT VALID, then validate it.",
    sources: &["PostgreSQL manual: ALTER TABLE, NOT VALID"],
    check,
};

fn check(cx: &RuleCx<'_>) -> Option<RuleFinding> {
    let Change::AddConstraint { table, constraint } = &cx.action.change else { return None };
    let columns: &[Ident] = match &constraint.kind {
        ConstraintKind::Check { expr } => &expr.columns,
        ConstraintKind::NotNull { column } => std::slice::from_ref(column),
        _ => return None,
    };
    let fills = |change: &Change| match change {
        Change::Update { table: of, columns: set, .. } => {
            cx.same_table(of, table) && set.iter().any(|c| columns.iter().any(|own| cx.same(own, c)))
        }
        _ => false,
    };
    let early = constraint.not_valid && cx.used(table) && cx.later().any(|action| fills(&action.change));
    if early { warn(format!("Updates of {table} fail on rows that are not filled yet.")) } else { None }
}
