//! Sessions that are open see the change.

use super::asking::note;
use super::{Rule, RuleCx, RuleFinding};
use crate::change::Change;
use crate::target::Engine;

/// The rule.
pub const RULE: Rule = Rule {
    id: "open-sessions-break",
    title: "Sessions that are open see the change",
    when: "A column is added, dropped or changes its type in a PostgreSQL table in use.",
    effect: "Prepared SELECT * and RETURNING * of open sessions fail (0A000) until they prepare again; COPY without a column list fails (22P04); a plpgsql variable of the row or column type keeps the old type.",
    why: "Plans and types are kept per session.",
    instead: "Name the columns in the code, or recycle the connection pool right after this step.",
    sources: &["PostgreSQL manual: PREPARE; ALTER TABLE"],
    check,
};

fn check(cx: &RuleCx<'_>) -> Option<RuleFinding> {
    let (Change::AddColumn { table, .. } | Change::DropColumn { table, .. } | Change::ChangeColumnType { table, .. }) =
        &cx.action.change
    else {
        return None;
    };
    // Once a statement.
    let first = cx.statement.changes.first().is_some_and(|first| std::ptr::eq(first, cx.action));
    let concerned = first && cx.world.target.engine() == Engine::Postgres && cx.used(table);
    if concerned {
        note(format!("Prepared SELECT * on {table} fails once in every session that is open."))
    } else {
        None
    }
}
