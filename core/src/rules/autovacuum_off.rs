//! Nobody cleans the table up any more.

use super::asking::{has, note};
use super::{Rule, RuleCx, RuleFinding};
use crate::change::{Change, TableOption};

/// The rule.
pub const RULE: Rule = Rule {
    id: "autovacuum-off",
    title: "Nobody cleans the table up any more",
    when: "autovacuum_enabled is switched off for a table.",
    effect: "Dead rows pile up, queries get slower, statistics grow old.",
    why: "Only autovacuum collects them.",
    instead: "Tune its thresholds; where it has to be off for a load, switch it on again in the same plan.",
    sources: &["PostgreSQL manual: CREATE TABLE, Storage Parameters"],
    check,
};

fn check(cx: &RuleCx<'_>) -> Option<RuleFinding> {
    let Change::SetTableOption { table, option: TableOption::Parameters(names) } = &cx.action.change else {
        return None;
    };
    let named = names.iter().any(|name| name == "autovacuum_enabled");
    let off = ["FALSE", "OFF", "= 0", "=0", "NO)"].iter().any(|word| has(cx.sql(), word));
    if named && off { note(format!("Dead rows of {table} stay.")) } else { None }
}
