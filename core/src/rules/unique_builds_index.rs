//! A key that builds its index under a blocking lock.

use super::blocking::{blocked, sentence};
use super::{Rule, RuleCx, RuleFinding};
use crate::change::{Change, ConstraintKind};
use crate::facts::WorkKind;

/// The rule.
pub const RULE: Rule = Rule {
    id: "unique-builds-index",
    title: "Adding the key blocks traffic",
    when: "A unique, primary key or exclusion constraint is added to a table in use.",
    effect: "Traffic waits while its index is built.",
    why: "The constraint needs an index, and builds it under the lock of the ALTER TABLE.",
    instead: "Build a unique index concurrently first, then add the constraint USING INDEX (PostgreSQL); ALGORITHM=INPLACE, LOCK=NONE where MySQL allows it.",
    sources: &[
        "PostgreSQL manual: ALTER TABLE, ADD table_constraint_using_index",
        "MySQL manual: Online DDL Operations",
    ],
    check,
};

fn check(cx: &RuleCx<'_>) -> Option<RuleFinding> {
    let Change::AddConstraint { constraint, .. } = &cx.action.change else { return None };
    if !matches!(
        constraint.kind,
        ConstraintKind::Unique { .. } | ConstraintKind::PrimaryKey { .. } | ConstraintKind::Exclude
    ) {
        return None;
    }
    let blocked = blocked(cx, |work| !matches!(work, WorkKind::Catalog))?;
    Some(RuleFinding {
        severity: blocked.severity,
        message: format!("{} while the index is built, {}.", sentence(&blocked.who), blocked.how_long),
        instead: RULE.instead.to_string(),
        span: None,
    })
}
