//! ADD COLUMN that writes or reads every row under a blocking lock.

use super::blocking::{blocked, sentence};
use super::{Rule, RuleCx, RuleFinding};
use crate::change::Change;
use crate::facts::WorkKind;

/// The rule.
pub const RULE: Rule = Rule {
    id: "volatile-default-rewrites",
    title: "The new column rewrites the table",
    when: "A column is added whose value differs per row: a volatile default, an identity or serial, a stored generated column; or its type is a domain with a constraint.",
    effect: "Reads and writes wait while the table and its indexes are written anew.",
    why: "Each row needs its own value at once, so each row is written.",
    instead: "Add the column without the default, set the default for new rows, fill the old rows in batches.",
    sources: &["PostgreSQL manual: ALTER TABLE, Notes", "MySQL manual: Online DDL Operations"],
    check,
};

fn check(cx: &RuleCx<'_>) -> Option<RuleFinding> {
    let Change::AddColumn { .. } = &cx.action.change else { return None };
    let blocked = blocked(cx, |work| matches!(work, WorkKind::Rewrite | WorkKind::InplaceRebuild))?;
    Some(RuleFinding {
        severity: blocked.severity,
        message: format!("{} while every row is written or checked, {}.", sentence(&blocked.who), blocked.how_long),
    })
}
