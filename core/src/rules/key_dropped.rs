//! A primary key or unique constraint that goes away.

use super::{Rule, RuleCx, RuleFinding};
use crate::change::{Change, ConstraintClass, ConstraintKind, Ident, Name};
use crate::report::Severity;

/// The rule.
pub const RULE: Rule = Rule {
    id: "key-dropped",
    title: "A key is dropped",
    when: "A primary key or unique constraint of a table in use is dropped and not replaced in the same statement.",
    effect: "Duplicates get in, upserts on the key fail, lookups by it read the whole table, and logical replication may stop.",
    why: "The key's index goes with it, and nothing else says which rows are the same.",
    instead: "Build the new key's index first and swap both in one ALTER TABLE; drop a key only after the code that needs it is gone.",
    sources: &[
        "PostgreSQL manual: ALTER TABLE; Logical Replication, Replica Identity",
        "MySQL manual: Online DDL Operations",
    ],
    check,
};

fn check(cx: &RuleCx<'_>) -> Option<RuleFinding> {
    let table = match &cx.action.change {
        Change::DropConstraint { table, name, kind, .. } if is_key(cx, table, name.as_ref(), *kind) => table,
        // MySQL's other way to say DROP PRIMARY KEY.
        Change::DropIndex { name, table: Some(table), .. } if name.object.value.eq_ignore_ascii_case("primary") => {
            table
        }
        _ => return None,
    };
    if cx.world.schema.is_new(table) {
        return None;
    }
    let replaced = cx.statement.changes.iter().any(|action| match &action.change {
        Change::AddConstraint { constraint, .. } => {
            matches!(constraint.kind, ConstraintKind::PrimaryKey { .. } | ConstraintKind::Unique { .. })
        }
        _ => false,
    });
    (!replaced).then(|| RuleFinding {
        severity: Severity::Warning,
        message: format!("{table} loses a key: duplicates get in, and upserts on it fail."),
    })
}

fn is_key(cx: &RuleCx<'_>, table: &Name, name: Option<&Ident>, kind: Option<ConstraintClass>) -> bool {
    match kind {
        Some(kind) => matches!(kind, ConstraintClass::PrimaryKey | ConstraintClass::Unique),
        None => match name.and_then(|name| cx.world.schema.constraint(table, name)) {
            Some(known) => matches!(known.kind, ConstraintKind::PrimaryKey { .. } | ConstraintKind::Unique { .. }),
            // The name that PostgreSQL gives.
            None => name.is_some_and(|name| name.value.ends_with("_pkey") || name.value.ends_with("_key")),
        },
    }
}
