//! NOT NULL by MODIFY, CHANGE or a primary key, on a column that may hold NULL.

use super::asking::warn;
use super::{Rule, RuleCx, RuleFinding};
use crate::change::{Change, ConstraintKind, Ident, Nullability};

/// The rule.
pub const RULE: Rule = Rule {
    id: "not-null-refuses-rows",
    title: "NULLs are refused",
    when: "MODIFY, CHANGE or a new primary key makes a nullable column of a table in use NOT NULL.",
    effect: "Rows with NULL end it with 1138, or get 0 or '' without strict mode; running code that writes NULL fails.",
    why: "The rows are only checked while the table is rebuilt.",
    instead: "Stop writing NULL, fill the rows in batches, count what is left, then change the column under strict mode.",
    sources: &["observed on MySQL 5.7.22, 8.0.15, 9.7.4, MariaDB 10.11, 11.8", "MySQL manual: Server SQL Modes"],
    check,
};

fn check(cx: &RuleCx<'_>) -> Option<RuleFinding> {
    let (table, columns) = match &cx.action.change {
        Change::RedefineColumn { table, column, to, .. } if to.nullability == Nullability::NotNull => {
            (table, std::slice::from_ref(column))
        }
        // A primary key makes its columns NOT NULL.
        Change::AddConstraint { table, constraint } if cx.world.target.engine().is_mysql_family() => {
            match &constraint.kind {
                ConstraintKind::PrimaryKey { columns } => (table, columns.as_slice()),
                _ => return None,
            }
        }
        _ => return None,
    };
    let key = cx.world.schema.primary_key(table).unwrap_or_default();
    let nullable = |column: &&Ident| {
        let known = cx.world.schema.column(table, column);
        known.is_some_and(|known| known.nullability != Nullability::NotNull) && !key.contains(column)
    };
    let column = columns.iter().find(nullable).filter(|_| cx.used(table))?;
    warn(format!("{table}.{column} may hold NULL, and code may write it."))
}
