//! A column dropped that an UPDATE or an INSERT of the same script took values from.

use super::asking::{by_use, first_words, has};
use super::{Rule, RuleCx, RuleFinding};
use crate::change::{Change, Name};

/// So much of a statement is looked at.
const TOKENS: usize = 400;

/// The rule.
pub const RULE: Rule = Rule {
    id: "copied-values-go-stale",
    title: "What is written after the copy is lost",
    when: "An UPDATE or INSERT … SELECT fills a column from another, and the script drops that other one.",
    effect: "Values that running code writes between the copy and its last deploy are in the old column only, and go with it.",
    why: "The copy sees the rows of one moment; code of the version before goes on writing the old column.",
    instead: "Keep both in step (by triggers, or by code that writes both) from before the copy until no old code runs, compare, \
              then drop. Where the plan has no such steps, add them.",
    sources: &["PostgreSQL manual: UPDATE", "MySQL manual: Trigger Syntax and Examples", "SQLite: CREATE TRIGGER"],
    check,
};

fn check(cx: &RuleCx<'_>) -> Option<RuleFinding> {
    let Change::DropColumn { table, column, .. } = &cx.action.change else { return None };
    let reads =
        |name: &str, text: &str| ["", "\"", "`"].iter().any(|quote| has(text, &format!(" {quote}{name}{quote} ")));
    let filled = cx.earlier().find_map(|action| {
        let (filled, columns) = match &action.change {
            Change::Update { table, columns, .. } => (table, columns.as_slice()),
            Change::Insert { table, from_query: true, .. } => (table, [].as_slice()),
            _ => return None,
        };
        let own = cx.same_table(filled, table);
        if own && columns.iter().any(|c| cx.same(c, column)) {
            return None;
        }
        let text = first_words(action.span.of(cx.text), cx.world.target, TOKENS);
        let from = reads(&column.value, &text) && (own || reads(&table.object.value, &text));
        from.then_some(filled)
    })?;
    let message = |filled: &Name| {
        format!(
            "What running code writes to {table}.{column} after the copy into {filled} is not copied, and is dropped."
        )
    };
    by_use(cx.used(table), message(filled))
}
