//! Values are changed without an error.

use super::asking::danger;
use super::{Rule, RuleCx, RuleFinding};
use crate::change::Change;

/// The rule.
pub const RULE: Rule = Rule {
    id: "not-strict",
    title: "Values are changed without an error",
    when: "sql_mode is set without a strict mode before a column is defined anew (MySQL, MariaDB).",
    effect: "NULL becomes 0 or the empty string, values that do not fit are cut off, with a warning only.",
    why: "Only a strict mode turns these into errors.",
    instead: "Keep STRICT_TRANS_TABLES in the session of a migration.",
    sources: &["MySQL manual: Server SQL Modes"],
    check,
};

fn check(cx: &RuleCx<'_>) -> Option<RuleFinding> {
    let (Change::RedefineColumn { table, .. } | Change::AddColumn { table, .. } | Change::Update { table, .. }) =
        &cx.action.change
    else {
        return None;
    };
    let loose = cx.session.not_strict && cx.world.target.engine().is_mysql_family() && cx.used(table);
    if loose { danger(format!("Values of {table} that do not fit are changed without an error.")) } else { None }
}
