//! Deleted numbers are given again.

use super::asking::{has, warn};
use super::{Rule, RuleCx, RuleFinding};
use crate::change::{AutoNumber, Change};

/// The rule.
pub const RULE: Rule = Rule {
    id: "rebuild-forgets-counter",
    title: "Deleted numbers are given again",
    when: "SQLite rebuilds a table with AUTOINCREMENT, and sqlite_sequence is not carried over.",
    effect: "Numbers of rows that were deleted at the end are given again.",
    why: "The counter belongs to the table's name, and the new table starts at its largest row.",
    instead: "Copy the row of sqlite_sequence to the new name before the old table is dropped.",
    sources: &["SQLite manual: Autoincrement"],
    check,
};

fn check(cx: &RuleCx<'_>) -> Option<RuleFinding> {
    let Change::RebuildTable { table, to, .. } = &cx.action.change else { return None };
    let counts =
        |def: &crate::change::TableDef| def.columns.iter().any(|c| c.auto_number == Some(AutoNumber::AutoIncrement));
    let before = cx.world.schema.table(table).is_some_and(|t| counts(&t.def));
    let after = to.as_ref().is_some_and(|def| counts(def));
    let sqlite = cx.world.target.engine() == crate::target::Engine::Sqlite;
    if !(sqlite && before && after) {
        return None;
    }
    let carried = cx.script.members(cx.statement).iter().any(|s| has(s.span.of(cx.text), "SQLITE_SEQUENCE"));
    if carried { None } else { warn(format!("{table} forgets the numbers that it has given.")) }
}
