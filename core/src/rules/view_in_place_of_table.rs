//! A view has its limits as a table.

use super::asking::{has, note, warn};
use super::{Rule, RuleCx, RuleFinding};
use crate::change::{Change, ObjectKind};
use crate::target::Engine;

/// The rule.
pub const RULE: Rule = Rule {
    id: "view-in-place-of-table",
    title: "A view has its limits as a table",
    when: "A table is renamed, and a view takes its old name.",
    effect: "Old code cannot TRUNCATE, COPY, use ON CONFLICT ON CONSTRAINT, or GROUP BY the key alone through it; row security of the table is that of the view's owner unless the view is security_invoker (15 and later).",
    why: "A view is rewritten into its table by the rights of its owner.",
    instead: "Look for these forms in the code; name the columns; repeat grants and defaults on the view.",
    sources: &["PostgreSQL manual: CREATE VIEW, Updatable Views"],
    check,
};

fn check(cx: &RuleCx<'_>) -> Option<RuleFinding> {
    let Change::CreateView { name, materialized: false, .. } = &cx.action.change else { return None };
    let renamed = cx.earlier().find_map(|action| match &action.change {
        Change::RenameTable { table, to } if cx.same_table(table, name) => Some(to),
        _ => None,
    })?;
    if cx.world.target.engine() != Engine::Postgres || !cx.used(renamed) {
        return None;
    }
    let secured = !cx.world.schema.objects_on(ObjectKind::Policy, renamed).is_empty();
    if secured && !has(&cx.words(), " SECURITY_INVOKER ") {
        return warn(format!("The policies of {renamed} are asked for the owner of the view, not for who reads it."));
    }
    note(format!("Not everything that works on a table works through the view {name}."))
}
