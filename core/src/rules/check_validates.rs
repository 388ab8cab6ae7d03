//! A CHECK that is checked under a blocking lock.

use super::blocking::{blocked, sentence};
use super::{Rule, RuleCx, RuleFinding};
use crate::change::{Change, ConstraintKind};
use crate::facts::WorkKind;

/// The rule.
pub const RULE: Rule = Rule {
    id: "check-validates",
    title: "Adding the constraint blocks traffic",
    when: "A CHECK or NOT NULL constraint is added to a table in use, or to a domain, and checked at once; or one is enforced from now on.",
    effect: "Reads and writes wait while every row is checked.",
    why: "The check runs under the lock that the ALTER TABLE holds.",
    instead: "PostgreSQL: Add it NOT VALID, then VALIDATE CONSTRAINT, which does not block.\n\
              MySQL and MariaDB: Every form that holds copies the table: gh-ost or pt-online-schema-change, or have the application check.\n\
              SQLite: Run it when nobody writes.",
    sources: &["PostgreSQL manual: ALTER TABLE, ADD table_constraint"],
    check,
};

fn check(cx: &RuleCx<'_>) -> Option<RuleFinding> {
    let tests = |kind: &ConstraintKind| matches!(kind, ConstraintKind::Check { .. } | ConstraintKind::NotNull { .. });
    let blocked = match &cx.action.change {
        Change::AddConstraint { constraint, .. } if tests(&constraint.kind) => {
            blocked(cx, |work| !matches!(work, WorkKind::Catalog))?
        }
        Change::AlterConstraint { enforced: Some(true), .. } if cx.world.target.engine().is_mysql_family() => {
            blocked(cx, |work| !matches!(work, WorkKind::Catalog))?
        }
        Change::AlterDomainConstraint { .. } => blocked(cx, |work| !matches!(work, WorkKind::Catalog))?,
        Change::AddColumn { column, .. } if column.constraints.iter().any(|c| tests(&c.kind)) => {
            blocked(cx, |work| matches!(work, WorkKind::Scan { .. }))?
        }
        _ => return None,
    };
    Some(RuleFinding {
        severity: blocked.severity,
        message: format!("{} while every row is checked, {}.", sentence(&blocked.who), blocked.how_long),
    })
}
