//! CREATE INDEX, built concurrently.

use super::parts::build_index;
use super::{ENGINE, partitioned};
use crate::change::{Change, IndexDef};
use crate::draft::{Draft, StepDraft};
use crate::order::{Gather, GatherAll, PushAll};
use crate::recipes::shared::draft::{draft, verify};
use crate::recipes::{Cx, Recipe};
use crate::report::PhaseName::{Expand, Migrate};

/// The recipe.
pub static RECIPE: Recipe =
    Recipe { id: "postgres-create-index", title: "Index built concurrently", for_engine: ENGINE, draft: propose };

fn propose(cx: &Cx<'_>) -> Option<Draft> {
    let Change::CreateIndex(index) = cx.change else { return None };
    let mut steps: Vec<StepDraft> = duplicates(cx, index).into_iter().gather();
    let mut notes = Vec::new();
    if partitioned::is_partitioned(cx, &index.table) && !index.only {
        steps.push_all(partitioned::index(cx, Migrate, index));
        notes.push(format!(
            "{} is partitioned, and an index on it cannot be built concurrently as a whole. Partitions made after this \
             plan was written need their own step before the index becomes valid.",
            index.table
        ));
    } else {
        steps.push(build_index(cx, Migrate, index));
    }
    if index.if_not_exists {
        notes.push(
            "IF NOT EXISTS is left out: over an invalid index of an earlier attempt it reports success and builds \
             nothing."
                .to_string(),
        );
    }
    Some(Draft { notes, ..draft(&RECIPE, format!("Create an index on {}", index.table), steps) })
}

/// A unique index over plain columns fails on duplicates, after its whole time.
pub fn duplicates(cx: &Cx<'_>, index: &IndexDef) -> Option<StepDraft> {
    let columns: Vec<_> = index.parts.iter().map(|p| p.column.clone()).gather_all()?;
    if !index.unique || columns.is_empty() {
        return None;
    }
    let list = cx.idents(&columns);
    let mut wheres: Vec<String> = match index.nulls_not_distinct {
        true => Vec::new(),
        false => columns.iter().map(|c| format!("{} IS NOT NULL", cx.ident(c))).gather(),
    };
    wheres.push_all(index.filter.as_ref().map(|f| format!("({})", f.text)));
    let filter = if wheres.is_empty() { String::new() } else { format!(" WHERE {}", wheres.join(" AND ")) };
    Some(verify(
        Expand,
        format!("Look for duplicates of ({list}) in {}", index.table),
        format!(
            "SELECT {list}, count(*) FROM {}{filter} GROUP BY {list} HAVING count(*) > 1 LIMIT 20",
            cx.name(&index.table)
        ),
        "no rows",
        "Merge or repair the duplicates in batches, deploy code that no longer writes them, look again.",
    ))
}
