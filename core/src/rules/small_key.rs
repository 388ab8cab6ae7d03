//! The key can run out of numbers.

use super::asking::{new_columns, note};
use super::{Rule, RuleCx, RuleFinding};
use crate::change::{Change, ColumnDef, ConstraintKind};

/// The rule.
pub const RULE: Rule = Rule {
    id: "small-key",
    title: "The key can run out of numbers",
    when: "A table is created with an integer or smallint as its own number.",
    effect: "After 2,147,483,647 (or 32,767) inserts, rolled-back ones included, every insert fails.",
    why: "A wider key later means to write the table and everything that refers to it anew.",
    instead: "Use bigint: it costs four bytes a row.",
    sources: &["PostgreSQL manual: Numeric Types", "MySQL manual: Integer Types"],
    check,
};

fn check(cx: &RuleCx<'_>) -> Option<RuleFinding> {
    let Change::CreateTable(def) = &cx.action.change else { return None };
    let own_key = |column: &ColumnDef| {
        let inline = column.constraints.iter().any(|c| matches!(c.kind, ConstraintKind::PrimaryKey { .. }));
        let alone = def.constraints.iter().any(|c| match &c.kind {
            ConstraintKind::PrimaryKey { columns } => {
                matches!(columns.as_slice(), [only] if cx.same(only, &column.name))
            }
            _ => false,
        });
        inline || alone || column.auto_number.is_some()
    };
    // SQLite writes INTEGER for 64 bits; its types have no width.
    let wide = cx.world.target.engine() == crate::target::Engine::Sqlite;
    let narrow = |column: &ColumnDef| {
        column
            .data_type
            .as_ref()
            .is_some_and(|t| matches!(t.base.as_str(), "integer" | "int" | "smallint" | "mediumint" | "tinyint"))
    };
    let columns = new_columns(&cx.action.change);
    let (_, column) = columns.into_iter().find(|(_, column)| !wide && own_key(column) && narrow(column))?;
    let base = column.data_type.as_ref().map(|t| t.base.as_str()).unwrap_or_default();
    note(format!("{} is {base}.", column.name))
}
