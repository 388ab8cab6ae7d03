//! Two rebuilds of one table.

use super::asking::note;
use super::{Rule, RuleCx, RuleFinding};
use crate::change::{Change, Name};
use crate::facts::WorkKind;

/// The rule.
pub const RULE: Rule = Rule {
    id: "alters-can-merge",
    title: "Two rebuilds of one table",
    when: "Two statements in a row each write the same table anew.",
    effect: "The table is written twice.",
    why: "An ALTER TABLE with both actions writes it once.",
    instead: "Put both into one ALTER TABLE; keep INSTANT actions out of it.",
    sources: &["MySQL manual: ALTER TABLE", "PostgreSQL manual: ALTER TABLE, Notes"],
    check,
};

fn check(cx: &RuleCx<'_>) -> Option<RuleFinding> {
    let rewrites = |kind: &WorkKind| matches!(kind, WorkKind::Rewrite | WorkKind::InplaceRebuild);
    let work = cx.effects.work.iter().find(|work| rewrites(&work.kind) && cx.used(&work.table))?;
    let before = cx.index.checked_sub(1).and_then(|at| cx.script.statements.get(at))?;
    let same = |change: &Change| rebuilt(change).is_some_and(|table| cx.same_table(table, &work.table));
    let both = rebuilt(&cx.action.change).is_some() && before.changes.iter().any(|a| same(&a.change));
    if both {
        note(format!("{} is written anew, and the statement before it alters the same table.", work.table))
    } else {
        None
    }
}

fn rebuilt(change: &Change) -> Option<&Name> {
    match change {
        Change::ChangeColumnType { table, .. } | Change::RedefineColumn { table, .. } => Some(table),
        _ => None,
    }
}
