//! The default is gone before the old code is.

use super::asking::danger;
use super::{Rule, RuleCx, RuleFinding};
use crate::change::{Change, Nullability};

/// The rule.
pub const RULE: Rule = Rule {
    id: "default-dropped-at-once",
    title: "The default is gone before the old code is",
    when: "A NOT NULL column is added with a default, and the same text drops the default again.",
    effect: "Old code that runs now inserts rows without the column, and each of them fails.",
    why: "Frameworks add the default only to fill the rows that exist; code that does not know the column needs it as well.",
    instead: "Keep the default until no old code runs; drop it in a later migration.",
    sources: &["PostgreSQL manual: ALTER TABLE, Notes", "Django documentation: db_default"],
    check,
};

fn check(cx: &RuleCx<'_>) -> Option<RuleFinding> {
    let Change::DropDefault { table, column } = &cx.action.change else { return None };
    let made_here = |change: &Change| match change {
        Change::AddColumn { table: of, column: new, .. } => {
            cx.same_table(of, table) && cx.same(&new.name, column) && new.nullability == Nullability::NotNull
        }
        _ => false,
    };
    let own = cx.statement.changes.iter().any(|action| made_here(&action.change));
    let found = own || cx.earlier().any(|action| made_here(&action.change));
    if found && cx.used(table) {
        danger(format!("Inserts of old code do not give {table}.{column} a value, and fail."))
    } else {
        None
    }
}
