//! RENAME COLUMN: a second column kept in step, the code switched over, the old column dropped.

use super::replace_column::Replacement;
use super::sync::Sync;
use super::{ENGINE, bound, partitioned};
use crate::change::Change;
use crate::draft::Draft;
use crate::recipes::{Cx, Recipe};
use crate::request::DualWrite;

/// The recipe.
pub static RECIPE: Recipe = Recipe {
    id: "postgres-rename-column",
    title: "Column renamed by expand and contract: both names work until the old one is unused",
    for_engine: ENGINE,
    draft: propose,
};

fn propose(cx: &Cx<'_>) -> Option<Draft> {
    let Change::RenameColumn { table, from, to } = cx.change else { return None };
    let table = cx.world.schema.known_name(table);
    let column = cx.world.schema.column(table, from);
    if column.is_some_and(|c| c.generated.is_some()) || partitioned::is_key(cx, table, from) {
        return None;
    }
    let sync = Sync::same_type(table, column, from, to);
    let collation = column.and_then(|column| column.collation.as_ref());
    let replacement = Replacement { cx: *cx, table, from, to, column, collation, sync, retyped: false };
    let title = format!("Rename {table}.{from} to {table}.{to}");
    let bound = bound::words_of(cx, table, from);
    Some(match bound.is_empty() || cx.world.options.dual_write != DualWrite::Trigger {
        true => replacement.draft(&RECIPE, title),
        false => replacement.bridge_draft(&RECIPE, title, &bound),
    })
}
