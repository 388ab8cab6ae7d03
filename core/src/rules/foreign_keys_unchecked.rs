//! Rows are written while foreign keys are not checked.

use super::asking::by_use;
use super::{Rule, RuleCx, RuleFinding};
use crate::change::{Change, ConstraintKind, Ident, Name};

/// The rule.
pub const RULE: Rule = Rule {
    id: "foreign-keys-unchecked",
    title: "Rows are written while foreign keys are not checked",
    when: "The session has switched foreign keys off (foreign_key_checks = 0, PRAGMA foreign_keys = OFF), and a statement writes keys of a table in use that others refer to, or that refers to others.",
    effect: "A row that refers to nothing gets in, or is left behind, and nothing says so; no cascade runs.",
    why: "Switched on again, foreign keys are checked for rows that are written from then on, never for those that are there.",
    instead: "Write the rows with foreign keys on, parents first; or look for orphans afterwards (SQLite: PRAGMA foreign_key_check).",
    sources: &[
        "MySQL manual: FOREIGN KEY Constraints, Foreign Key Checks",
        "SQLite manual: PRAGMA foreign_keys; PRAGMA foreign_key_check",
    ],
    check,
};

fn check(cx: &RuleCx<'_>) -> Option<RuleFinding> {
    if !cx.session.foreign_keys_off {
        return None;
    }
    let (table, columns) = match &cx.action.change {
        Change::Insert { table, .. } => (table, None),
        Change::Delete { table, .. } => (table, Some(&[][..])),
        Change::Update { table, columns, .. } => (table, Some(columns.as_slice())),
        _ => return None,
    };
    let schema = cx.world.schema;
    let assigns = |key: &[Ident]| {
        columns.is_none_or(|columns| key.iter().any(|own| columns.iter().any(|column| cx.same(column, own))))
    };
    let deletes = matches!(cx.action.change, Change::Delete { .. });
    let refers = schema.foreign_keys(table).into_iter().any(|key| match &key.kind {
        ConstraintKind::ForeignKey(key) => assigns(&key.columns),
        _ => false,
    });
    let referred_to = schema.referencing(table).into_iter().any(|(_, key)| match &key.kind {
        ConstraintKind::ForeignKey(key) => {
            deletes
                || columns.is_some()
                    && (key.referenced_columns.is_empty() && key_changes(cx, table, &assigns)
                        || assigns(&key.referenced_columns))
        }
        _ => false,
    });
    if !cx.used(table) || schema.table(table).is_some() && !refers && !referred_to {
        return None;
    }
    let looked_for =
        cx.later().any(|action| matches!(&action.change, Change::Session(s) if s.name == "foreign_key_check"));
    by_use(!looked_for, format!("Foreign keys of {table} are not checked: rows that break them stay unnoticed."))
}

/// A key that names no columns refers to the primary key.
fn key_changes(cx: &RuleCx<'_>, table: &Name, assigns: &dyn Fn(&[Ident]) -> bool) -> bool {
    cx.world.schema.primary_key(table).is_some_and(assigns)
}
