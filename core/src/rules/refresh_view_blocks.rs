//! A materialized view that is refreshed under a blocking lock.

use super::blocking::{blocked, sentence};
use super::{Rule, RuleCx, RuleFinding};
use crate::change::Change;
use crate::facts::WorkKind;

/// The rule.
pub const RULE: Rule = Rule {
    id: "refresh-view-blocks",
    title: "Refreshing the view blocks its readers",
    when: "A materialized view is refreshed without CONCURRENTLY.",
    effect: "Reads of the view wait until it is filled again.",
    why: "The plain form locks the view against everything.",
    instead: "REFRESH MATERIALIZED VIEW CONCURRENTLY; it needs a unique index on plain columns.",
    sources: &["PostgreSQL manual: REFRESH MATERIALIZED VIEW"],
    check,
};

fn check(cx: &RuleCx<'_>) -> Option<RuleFinding> {
    let Change::RefreshView { .. } = &cx.action.change else { return None };
    let blocked = blocked(cx, |work| !matches!(work, WorkKind::Catalog))?;
    Some(RuleFinding {
        severity: blocked.severity,
        message: format!("{} while the view is filled again, {}.", sentence(&blocked.who), blocked.how_long),
    })
}
