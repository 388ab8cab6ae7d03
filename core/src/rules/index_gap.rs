//! The old index goes before the new one is there.

use super::asking::note;
use super::{Rule, RuleCx, RuleFinding};
use crate::change::Change;

/// The rule.
pub const RULE: Rule = Rule {
    id: "index-gap",
    title: "The old index goes before the new one is there",
    when: "An index is dropped, and a later statement builds its replacement.",
    effect: "Between the two, queries that need it read the whole table.",
    why: "The build takes as long as the table is large.",
    instead: "Build the new one under another name first, drop the old one, then rename.",
    sources: &["PostgreSQL manual: CREATE INDEX; DROP INDEX"],
    check,
};

fn check(cx: &RuleCx<'_>) -> Option<RuleFinding> {
    let Change::DropIndex { name, table, .. } = &cx.action.change else { return None };
    let (old, table) = cx.world.schema.index_of(name, table.as_ref())?;
    let first = old.parts.first().and_then(|part| part.column.as_ref())?;
    let replaces = |change: &Change| match change {
        Change::CreateIndex(new) => {
            let leads = new.parts.first().and_then(|part| part.column.as_ref()).is_some_and(|c| cx.same(c, first));
            cx.same_table(&new.table, table) && leads
        }
        _ => false,
    };
    let gap = cx.used(table) && cx.later().any(|action| replaces(&action.change));
    if gap { note(format!("Until the new index is built, queries by {first} read all of {table}.")) } else { None }
}
