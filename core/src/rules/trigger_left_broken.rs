//! A trigger still names the column.

use super::ahead::is_word;
use super::asking::{danger, has};
use super::{Rule, RuleCx, RuleFinding};
use crate::change::{Change, ObjectKind};
use crate::target::Engine;

/// The rule.
pub const RULE: Rule = Rule {
    id: "trigger-left-broken",
    title: "A trigger still names the column",
    when: "A column is dropped or renamed that a trigger of the table, or the function that it calls, names.",
    effect: "Every write to the table fails from now on (1054 in MySQL and MariaDB, 42703 in PostgreSQL).",
    why: "The server looks into the body when the trigger fires, not when the column goes.",
    instead: "Replace the trigger or its function first, so that it works with and without the column.",
    sources: &["MySQL manual: Trigger Syntax and Examples", "PostgreSQL manual: PL/pgSQL Trigger Functions"],
    check,
};

fn check(cx: &RuleCx<'_>) -> Option<RuleFinding> {
    let (table, column) = match &cx.action.change {
        Change::DropColumn { table, column, .. } => (table, column),
        Change::RenameColumn { table, from, .. } => (table, from),
        Change::RedefineColumn { table, column, to, .. } if !cx.same(column, &to.name) => (table, column),
        _ => return None,
    };
    // SQLite looks into the bodies itself: it refuses the drop and rewrites on a rename.
    let triggers = cx.world.schema.objects_on(ObjectKind::Trigger, table);
    if cx.world.target.engine() == Engine::Sqlite || triggers.is_empty() || !cx.used(table) {
        return None;
    }
    let start = cx.statement.span.start;
    let before = cx.text.get(..start).unwrap_or_default();
    let named = |text: &str| {
        let name = column.value.to_ascii_uppercase();
        ["NEW.", "OLD.", "NEW.\"", "OLD.\"", "NEW.`", "OLD.`"].iter().any(|row| names(text, &format!("{row}{name}")))
    };
    let found = if column.value.bytes().all(is_word) {
        cx.ahead.names_row_before(start, &column.value)
    } else {
        named(cx.schema_text) || named(before)
    };
    if found { danger(format!("A trigger on {table} names {column}: every write that fires it fails.")) } else { None }
}

/// The words as a whole: `NEW.name`, not `NEW.name_old`.
fn names(text: &str, words: &str) -> bool {
    let part_of_name = |b: Option<&u8>| b.is_some_and(|b| is_word(*b));
    has(text, words)
        && text.as_bytes().windows(words.len()).enumerate().any(|(at, part)| {
            part.eq_ignore_ascii_case(words.as_bytes()) && !part_of_name(text.as_bytes().get(at + words.len()))
        })
}
