//! Locks are taken against the order of writers.

use super::asking::warn;
use super::{Rule, RuleCx, RuleFinding};
use crate::change::{Change, Name};

/// The rule.
pub const RULE: Rule = Rule {
    id: "lock-order",
    title: "Locks are taken against the order of writers",
    when: "A transaction locks a child table and then its parent, or a table and then a view on it.",
    effect: "Writers lock the parent (the view) first: the two wait for each other, and one of them is ended with a deadlock error.",
    why: "A deadlock needs two that lock in different orders.",
    instead: "Lock the parent before the child and the view before the table, or use two transactions.",
    sources: &["PostgreSQL manual: Explicit Locking, Deadlocks"],
    check,
};

fn check(cx: &RuleCx<'_>) -> Option<RuleFinding> {
    let schema = cx.world.schema;
    let held =
        || cx.session.held.iter().filter(|lock| lock.blocks_writes && cx.used(&lock.object)).map(|lock| &lock.object);
    let views: &[Name] = match &cx.action.change {
        Change::DropView { names, .. } => names,
        Change::CreateView { name, replace: true, .. } => std::slice::from_ref(name),
        _ => &[],
    };
    let read =
        |view: &Name| schema.view(view).and_then(|v| held().find(|t| v.reads.iter().any(|r| cx.same_table(r, t))));
    if let Some((view, table)) = views.iter().find_map(|view| read(view).map(|table| (view, table))) {
        return warn(format!("{table} is locked, and now its view {view} is to be; readers come the other way."));
    }
    let parent = cx.effects.locks.iter().find(|lock| lock.blocks_writes && cx.used(&lock.object))?;
    let known = held().any(|table| cx.same_table(table, &parent.object));
    let refers = |child: &&Name| {
        schema.referencing(&parent.object).iter().any(|(table, _)| cx.same_table(&table.def.name, child))
    };
    let child = held().find(refers).filter(|_| !known && !matches!(cx.action.change, Change::AddConstraint { .. }))?;
    warn(format!("{child} is locked, and now {}, which it refers to; writers come the other way.", parent.object))
}
