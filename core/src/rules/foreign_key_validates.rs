//! A foreign key that is checked under a blocking lock.

use super::blocking::{blocked, sentence};
use super::{Rule, RuleCx, RuleFinding};
use crate::change::{Change, ConstraintKind};
use crate::facts::WorkKind;

/// The rule.
pub const RULE: Rule = Rule {
    id: "foreign-key-validates",
    title: "Adding the foreign key blocks writes",
    when: "A foreign key is added to a table in use, or enforced there, and checked at once.",
    effect: "Writes to both tables wait while every row is looked up in the parent.",
    why: "The lock on both tables is held for the whole check.",
    instead: "PostgreSQL: Add it NOT VALID, then VALIDATE CONSTRAINT in another transaction.\n\
              MySQL and MariaDB: With foreign_key_checks = 0 it is added in place and looks at no row: look for orphans before and after; otherwise the table is copied.\n\
              SQLite: It comes with the table's rebuild: run that when nobody writes, and PRAGMA foreign_key_check before COMMIT.",
    sources: &[
        "PostgreSQL manual: ALTER TABLE, ADD table_constraint",
        "MySQL manual: Online DDL, Foreign Key Operations",
    ],
    check,
};

fn check(cx: &RuleCx<'_>) -> Option<RuleFinding> {
    let blocked = match &cx.action.change {
        Change::AddConstraint { constraint, .. } if matches!(constraint.kind, ConstraintKind::ForeignKey(_)) => {
            blocked(cx, |work| !matches!(work, WorkKind::Catalog))?
        }
        Change::AddColumn { .. } | Change::AlterConstraint { .. } => {
            blocked(cx, |work| matches!(work, WorkKind::ForeignKeyScan { .. }))?
        }
        _ => return None,
    };
    Some(RuleFinding {
        severity: blocked.severity,
        message: format!("{} while every row is looked up, {}.", sentence(&blocked.who), blocked.how_long),
    })
}
