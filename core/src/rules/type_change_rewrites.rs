//! A type change that rewrites or checks the table.

use super::blocking::{blocked, sentence};
use super::{Rule, RuleCx, RuleFinding};
use crate::change::Change;
use crate::facts::WorkKind;

/// The rule.
pub const RULE: Rule = Rule {
    id: "type-change-rewrites",
    title: "The type change blocks traffic",
    when: "The type of a column in use is changed, and the server has to convert or check every row.",
    effect: "Reads and writes wait while the table and its indexes are written anew.",
    why: "The new type is stored differently, so no row can stay as it is.",
    instead: "Add a column of the new type, keep both in step, fill it in batches, switch the code, drop the old one.",
    sources: &["PostgreSQL manual: ALTER TABLE, Notes", "MySQL manual: Online DDL Operations"],
    check,
};

fn check(cx: &RuleCx<'_>) -> Option<RuleFinding> {
    let (Change::ChangeColumnType { .. } | Change::RedefineColumn { .. }) = &cx.action.change else { return None };
    let blocked = blocked(cx, |work| !matches!(work, WorkKind::Catalog))?;
    Some(RuleFinding {
        severity: blocked.severity,
        message: format!("{} while every row is converted or checked, {}.", sentence(&blocked.who), blocked.how_long),
    })
}
