//! All rows get one value.

use super::asking::warn;
use super::{Rule, RuleCx, RuleFinding};
use crate::change::{Change, Volatility};
use crate::facts::Algorithm;
use crate::target::Engine;

/// The rule.
pub const RULE: Rule = Rule {
    id: "default-evaluated-once",
    title: "All rows get one value",
    when: "MariaDB adds a column whose default is random, INSTANT.",
    effect: "The rows that exist all get the same value.",
    why: "The default is computed once for all of them.",
    instead: "Add the column without the default, set the default, and fill the rows that exist by UPDATE.",
    sources: &["MariaDB manual: Instant ADD COLUMN"],
    check,
};

fn check(cx: &RuleCx<'_>) -> Option<RuleFinding> {
    let Change::AddColumn { table, column, .. } = &cx.action.change else { return None };
    let volatile =
        column.default.as_ref().is_some_and(|d| matches!(d.volatility, Volatility::Volatile | Volatility::Unknown));
    let instant = cx.world.target.engine() == Engine::MariaDb && cx.effects.algorithm == Some(Algorithm::Instant);
    if volatile && instant && cx.used(table) {
        warn(format!("Rows of {table} that exist share one value of {}.", column.name))
    } else {
        None
    }
}
