//! An unlogged table is empty after a crash.

use super::asking::note;
use super::{Rule, RuleCx, RuleFinding};
use crate::change::{Change, TableOption};

/// The rule.
pub const RULE: Rule = Rule {
    id: "unlogged-table",
    title: "An unlogged table is empty after a crash",
    when: "A table is created or made UNLOGGED.",
    effect: "After a crash it is empty, and standbys never have its rows.",
    why: "Its rows are not in the write-ahead log.",
    instead: "Use it for what can be made again.",
    sources: &["PostgreSQL manual: CREATE TABLE, UNLOGGED"],
    check,
};

fn check(cx: &RuleCx<'_>) -> Option<RuleFinding> {
    let table = match &cx.action.change {
        Change::CreateTable(def) if def.unlogged => &def.name,
        Change::SetTableOption { table, option: TableOption::Unlogged } => table,
        _ => return None,
    };
    note(format!("A crash empties {table}; standbys never have its rows."))
}
