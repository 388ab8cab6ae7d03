//! A btree over documents.

use super::asking::note;
use super::{Rule, RuleCx, RuleFinding};
use crate::change::{Change, DataType};
use crate::target::Engine;

/// The rule.
pub const RULE: Rule = Rule {
    id: "btree-on-document",
    title: "A btree over documents",
    when: "A plain index is made on a jsonb, array, tsvector or geometry column (PostgreSQL).",
    effect: "It serves comparisons of whole values only; searches inside of them read the table.",
    why: "A btree orders values, it does not look into them.",
    instead: "USING gin for jsonb, arrays and tsvector, USING gist for geometry; or a btree on the one expression that is searched.",
    sources: &["PostgreSQL manual: Index Types; JSON Types, jsonb Indexing"],
    check,
};

fn check(cx: &RuleCx<'_>) -> Option<RuleFinding> {
    let Change::CreateIndex(index) = &cx.action.change else { return None };
    let btree = matches!(index.method.as_deref(), None | Some("btree")) && cx.world.target.engine() == Engine::Postgres;
    let document =
        |t: &DataType| t.array > 0 || matches!(t.base.as_str(), "jsonb" | "tsvector" | "geometry" | "geography");
    let columns = index.parts.iter().filter_map(|part| part.column.as_ref()).filter(|_| btree);
    let found = columns.filter_map(|c| cx.world.schema.column(&index.table, c));
    let column = found.into_iter().find(|c| c.data_type.as_ref().is_some_and(document))?;
    note(format!("Searches inside of {} cannot use it.", column.name))
}
