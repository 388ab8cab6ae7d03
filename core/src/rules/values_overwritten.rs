//! An UPDATE that writes over values.

use super::asking::{first_words, has, note, warn};
use super::{Rule, RuleCx, RuleFinding};
use crate::change::{Change, Name};
use crate::target::Engine;
use crate::world::Touched;

/// The rule.
pub const RULE: Rule = Rule {
    id: "values-overwritten",
    title: "Values are written over",
    when: "An UPDATE of rows named by their key sets values without asking for NULL first; REPLACE, or an INSERT that updates the row that is there.",
    effect: "The values before are gone with the commit.",
    why: "Nothing keeps them; an undo needs a copy.",
    instead: "Keep a copy of these rows and columns before, or fill only what is NULL.",
    sources: &["PostgreSQL manual: UPDATE"],
    check,
};

fn check(cx: &RuleCx<'_>) -> Option<RuleFinding> {
    if cx.world.target.engine() != Engine::Postgres
        && let Some(finding) = by_insert(cx)
    {
        return Some(finding);
    }
    let Change::Update { table, columns, filter, .. } = &cx.action.change else { return None };
    let replaces = cx.world.target.engine() == Engine::Sqlite && cx.statement_says(" UPDATE OR REPLACE ");
    if let Some(finding) = by_replacement(cx, table).filter(|_| replaces && cx.used(table)) {
        return Some(finding);
    }
    let by_key = matches!(cx.world.touched(table, filter), Touched::Few | Touched::Batch);
    if by_key && cx.used(table) && !filter.fills_only_nulls(columns) {
        note(format!("Values of {table} are gone afterwards; keep a copy of the rows."))
    } else {
        None
    }
}

/// REPLACE, `INSERT OR REPLACE`, `LOAD DATA … REPLACE`, ON DUPLICATE KEY UPDATE, ON CONFLICT DO UPDATE.
fn by_insert(cx: &RuleCx<'_>) -> Option<RuleFinding> {
    let Change::Insert { table, from_query, rows, source } = &cx.action.change else { return None };
    if !cx.used(table) {
        return None;
    }
    let head = first_words(cx.sql(), cx.world.target, HEAD);
    let before_table = head.split(" INTO ").next().unwrap_or_default();
    let replaces = has(&head, " REPLACE INTO ") || has(before_table, " REPLACE ");
    let updates = has(cx.sql(), "DUPLICATE") || has(cx.sql(), "CONFLICT") && has(cx.sql(), "UPDATE");
    if !(replaces || updates) {
        return None;
    }
    if replaces && let Some(finding) = by_replacement(cx, table) {
        return Some(finding);
    }
    let all = *from_query && rows.is_none() && (source.is_empty() || cx.world.reads_whole(source).is_some());
    let message = format!("Rows of {table} that are there already lose the values that they have.");
    if all { warn(message) } else { note(message) }
}

/// A row that gives way to another takes its children along.
fn by_replacement(cx: &RuleCx<'_>, table: &Name) -> Option<RuleFinding> {
    let (child, _) = *cx.world.schema.referencing(table).first()?;
    warn(format!(
        "A row of {table} is deleted before its new one comes: rows of {} that reference it go along, or stop it.",
        child.def.name
    ))
}

/// Words up to INTO.
const HEAD: usize = 12;
