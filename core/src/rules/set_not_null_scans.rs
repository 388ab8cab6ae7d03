//! SET NOT NULL that scans under a blocking lock.

use super::blocking::{blocked, sentence};
use super::{Rule, RuleCx, RuleFinding};
use crate::change::Change;
use crate::facts::WorkKind;

/// The rule.
pub const RULE: Rule = Rule {
    id: "set-not-null-scans",
    title: "SET NOT NULL reads the whole table",
    when: "NOT NULL is set on a column in use that is not proved to hold no NULL.",
    effect: "Reads and writes wait while every row is checked.",
    why: "The check runs under the strongest lock unless a valid CHECK already proves it.",
    instead: "Add CHECK (column IS NOT NULL) NOT VALID, validate it without blocking, then SET NOT NULL (PostgreSQL 12 and later skips the scan), then drop the CHECK.",
    sources: &["PostgreSQL manual: ALTER TABLE, SET NOT NULL"],
    check,
};

fn check(cx: &RuleCx<'_>) -> Option<RuleFinding> {
    let Change::SetNotNull { .. } = &cx.action.change else { return None };
    let blocked = blocked(cx, |work| !matches!(work, WorkKind::Catalog))?;
    Some(RuleFinding {
        severity: blocked.severity,
        message: format!("{} while every row is checked, {}.", sentence(&blocked.who), blocked.how_long),
    })
}
