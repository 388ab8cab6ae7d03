//! ADD COLUMN … NOT NULL without a default.

use super::{Rule, RuleCx, RuleFinding};
use crate::change::{Change, ConstraintKind, Nullability};
use crate::report::Severity;
use crate::target::Engine;

/// The rule.
pub const RULE: Rule = Rule {
    id: "not-null-without-default",
    title: "NOT NULL column without a default",
    when: "A NOT NULL column without a default is added to a table that exists.",
    effect: "The server refuses it while the table has rows, or fills in an invented value; and old code cannot insert any more.",
    why: "Rows that exist have no value for it, and code that runs now does not know it.",
    instead: "Add it nullable, fill it in batches, let new code write it, then set NOT NULL without a blocking scan.",
    sources: &["PostgreSQL manual: ALTER TABLE, ADD COLUMN", "SQLite manual: ALTER TABLE ADD COLUMN"],
    check,
};

fn check(cx: &RuleCx<'_>) -> Option<RuleFinding> {
    let Change::AddColumn { table, column, .. } = &cx.action.change else { return None };
    let primary = column.constraints.iter().any(|c| matches!(c.kind, ConstraintKind::PrimaryKey { .. }));
    let demands = column.nullability == Nullability::NotNull || primary;
    let has_value = column.default.is_some() || column.generated.is_some() || column.auto_number.is_some();
    // SQLite refuses a key column whatever its default; that has its own finding.
    let refused_as_key = primary && cx.world.target.engine() == Engine::Sqlite;
    if !demands || has_value || refused_as_key || cx.world.schema.is_new(table) {
        return None;
    }
    Some(RuleFinding {
        severity: Severity::Danger,
        message: format!(
            "Rows of {table} that exist have no value for {}, and old code does not give one: this fails, or its inserts do.",
            column.name
        ),
    })
}
