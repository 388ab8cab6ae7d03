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
    instead: "PostgreSQL: Build a unique index concurrently first, then add the constraint USING INDEX; an exclusion constraint takes a copy of the table.\n\
              MySQL and MariaDB: Say ALGORITHM=INPLACE, LOCK=NONE, so that the server refuses rather than blocks; while upserts run, gh-ost or pt-online-schema-change.\n\
              SQLite: Create a unique index when nobody writes; look for duplicates first.",
    sources: &[
        "PostgreSQL manual: ALTER TABLE, ADD table_constraint_using_index",
        "MySQL manual: Online DDL Operations",
    ],
    check,
};

fn check(cx: &RuleCx<'_>) -> Option<RuleFinding> {
    let key = |kind: &ConstraintKind| {
        matches!(kind, ConstraintKind::Unique { .. } | ConstraintKind::PrimaryKey { .. } | ConstraintKind::Exclude)
    };
    let blocked = match &cx.action.change {
        Change::AddConstraint { constraint, .. } if key(&constraint.kind) => {
            blocked(cx, |work| !matches!(work, WorkKind::Catalog))?
        }
        Change::AddColumn { column, .. } if column.constraints.iter().any(|c| key(&c.kind)) => {
            blocked(cx, |work| matches!(work, WorkKind::IndexBuild { .. }))?
        }
        _ => return None,
    };
    Some(RuleFinding {
        severity: blocked.severity,
        message: format!("{} while the index is built, {}.", sentence(&blocked.who), blocked.how_long),
    })
}
