//! The sequence does not know of these numbers.

use super::asking::{has, note, warn};
use super::{Rule, RuleCx, RuleFinding};
use crate::change::{AutoNumber, Change, ColumnOption};
use crate::target::Engine;

/// The rule.
pub const RULE: Rule = Rule {
    id: "ids-without-setval",
    title: "The sequence does not know of these numbers",
    when: "Rows are inserted with numbers of their own into a serial or identity column, or a column with rows becomes an identity, and the sequence is not set (PostgreSQL).",
    effect: "Later inserts get the same numbers and fail on the key.",
    why: "A sequence counts what it has given, not what is there.",
    instead: "SELECT setval(pg_get_serial_sequence('t', 'id'), (SELECT max(id) FROM t)) behind it.",
    sources: &["PostgreSQL manual: Sequence Manipulation Functions"],
    check,
};

fn check(cx: &RuleCx<'_>) -> Option<RuleFinding> {
    if let Change::SetColumnOption { table, column, option: ColumnOption::AddIdentity { .. } } = &cx.action.change {
        let starts = cx.statement_says(" START ") || sets(cx.text_behind());
        let empty = cx.world.schema.is_empty_table(table);
        return if starts || empty {
            None
        } else {
            warn(format!(
                "{table}.{column} has rows, and its sequence begins at 1: INSERTs get their numbers again and fail."
            ))
        };
    }
    let Change::Insert { table, .. } = &cx.action.change else { return None };
    let def = &cx.world.schema.table(table).filter(|_| cx.world.target.engine() == Engine::Postgres)?.def;
    let counted =
        def.columns.iter().find(|c| matches!(c.auto_number, Some(AutoNumber::Serial | AutoNumber::Identity { .. })))?;
    // Once, at the last of several.
    let goes_on = cx.later().next().is_some_and(|next| match &next.change {
        Change::Insert { table: also, .. } => cx.same_table(also, table),
        _ => false,
    });
    if goes_on {
        return None;
    }
    let named = cx.sql().split(')').next().unwrap_or_default();
    let columns = named.split_once('(').map(|(_, columns)| columns).unwrap_or_default();
    let given = columns.split(',').any(|c| c.trim().trim_matches('"').eq_ignore_ascii_case(&counted.name.value));
    if given && !sets(cx.text_behind()) {
        note(format!("{}.{} gets numbers that its sequence will give again.", table, counted.name))
    } else {
        None
    }
}

fn sets(text: &str) -> bool {
    ["SETVAL", "RESTART"].iter().any(|word| has(text, word))
}
