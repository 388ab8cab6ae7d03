//! For a moment the name is gone.

use super::asking::warn;
use super::{Rule, RuleCx, RuleFinding};
use crate::change::Change;

/// The rule.
pub const RULE: Rule = Rule {
    id: "view-after-rename",
    title: "For a moment the name is gone",
    when: "RENAME TABLE and CREATE VIEW of the old name are two statements (MySQL, MariaDB).",
    effect: "Every query between the two fails with 1146.",
    why: "Each statement commits by itself.",
    instead: "Make the view first under another name, then swap both in one RENAME TABLE.",
    sources: &["MySQL manual: RENAME TABLE"],
    check,
};

fn check(cx: &RuleCx<'_>) -> Option<RuleFinding> {
    let Change::RenameTable { table, .. } = &cx.action.change else { return None };
    let takes = |change: &Change| matches!(change, Change::CreateView { name, .. } if cx.same_table(name, table));
    let gap = cx.world.target.engine().is_mysql_family() && cx.used(table) && cx.later().any(|a| takes(&a.change));
    if gap { warn(format!("Between the two statements there is no {table}.")) } else { None }
}
