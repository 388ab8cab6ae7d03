//! SET NULL on a column that must not be NULL.

use super::asking::{column, danger, new_keys, warn};
use super::{Rule, RuleCx, RuleFinding};
use crate::change::{Nullability, ReferentialAction};

/// The rule.
pub const RULE: Rule = Rule {
    id: "set-null-on-not-null",
    title: "SET NULL on a column that must not be NULL",
    when: "A foreign key says ON DELETE or ON UPDATE SET NULL (or SET DEFAULT without a default), and its column is NOT NULL.",
    effect: "Every delete of a parent row that is referred to fails; MySQL and MariaDB refuse the key itself (1830).",
    why: "The action writes what the column does not take.",
    instead: "Drop NOT NULL, or use another action.",
    sources: &["PostgreSQL manual: CREATE TABLE, REFERENCES", "MySQL manual: FOREIGN KEY Constraints"],
    check,
};

fn check(cx: &RuleCx<'_>) -> Option<RuleFinding> {
    new_keys(&cx.action.change).into_iter().find_map(|key| {
        let says = |action| key.key.on_delete == action || key.key.on_update == action;
        let clash = key.columns.iter().find(|name| {
            column(cx, key.table, name).is_some_and(|c| {
                let filled = c.default.is_some();
                c.nullability == Nullability::NotNull
                    && (says(ReferentialAction::SetNull) || (says(ReferentialAction::SetDefault) && !filled))
            })
        })?;
        let message = format!("{}.{clash} is NOT NULL, and the key sets it to NULL.", key.table);
        if cx.world.target.engine().is_mysql_family() { danger(message) } else { warn(message) }
    })
}
