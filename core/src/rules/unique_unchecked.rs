//! Rows are written while unique keys are not checked.

use super::asking::warn;
use super::{Rule, RuleCx, RuleFinding};
use crate::change::{Change, ConstraintKind};

/// The rule.
pub const RULE: Rule = Rule {
    id: "unique-unchecked",
    title: "Rows are written while unique keys are not checked",
    when: "The session has set unique_checks = 0, and a statement writes a table in use that has a unique key besides its primary key (MySQL, MariaDB).",
    effect: "InnoDB may take a value that is there already; the key then holds duplicates, and a later rebuild or dump fails.",
    why: "With the checks off, writes to a page of a unique index that is not in memory are put off, and nobody looks for duplicates.",
    instead: "Leave unique_checks on, but for loading a new table with rows that are known to be unique.",
    sources: &["MySQL manual: Server System Variables, unique_checks"],
    check,
};

fn check(cx: &RuleCx<'_>) -> Option<RuleFinding> {
    let (Change::Insert { table, .. } | Change::Update { table, .. }) = &cx.action.change else { return None };
    if !cx.session.unique_checks_off || !cx.used(table) {
        return None;
    }
    let unique = cx.world.schema.table(table).is_none_or(|known| {
        known.def.indexes.iter().any(|index| index.unique)
            || known.def.constraints.iter().any(|c| matches!(c.kind, ConstraintKind::Unique { .. }))
    });
    if unique {
        warn(format!("Unique keys of {table} are not checked: duplicates can get in unnoticed."))
    } else {
        None
    }
}
