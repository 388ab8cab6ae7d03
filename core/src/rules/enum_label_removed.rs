//! A label is taken away from the enum.

use super::asking::danger;
use super::{Rule, RuleCx, RuleFinding};
use crate::change::Change;

/// The rule.
pub const RULE: Rule = Rule {
    id: "enum-label-removed",
    title: "A label is taken away from the enum",
    when: "MODIFY or CHANGE gives an ENUM or SET without one of its labels (MySQL, MariaDB).",
    effect: "In strict mode the change fails on the first row that has it; without, these rows get the empty string.",
    why: "The new list has no number for the old value.",
    instead: "Change the rows first, and prove that none is left.",
    sources: &["MySQL manual: The ENUM Type"],
    check,
};

fn check(cx: &RuleCx<'_>) -> Option<RuleFinding> {
    let (table, old, new) = labels(cx)?;
    let gone = old.iter().find(|label| !new.contains(label)).filter(|_| cx.used(table))?;
    danger(format!("Rows of {table} that have '{gone}' fail the change, or lose their value."))
}

/// Labels before and after, when both are known.
pub(super) fn labels<'a>(cx: &RuleCx<'a>) -> Option<(&'a crate::change::Name, &'a [String], &'a [String])> {
    let Change::RedefineColumn { table, column, to, .. } = &cx.action.change else { return None };
    let old = cx.world.schema.column(table, column)?.data_type.as_ref()?;
    let new = to.data_type.as_ref()?;
    (!old.labels.is_empty() && !new.labels.is_empty()).then_some((table, &old.labels, &new.labels))
}
