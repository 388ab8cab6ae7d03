//! REFRESH MATERIALIZED VIEW without stopping its readers.

use super::ENGINE;
use super::sql::no_limits;
use super::stored_view::{Around, Rebuild};
use crate::change::{Change, IndexDef, Name};
use crate::draft::{Draft, StepDraft};
use crate::recipes::shared::draft::draft;
use crate::recipes::{Cx, Recipe};
use crate::report::PhaseName::Migrate;
use crate::schema::View;

/// The recipe.
pub static RECIPE: Recipe = Recipe {
    id: "postgres-refresh-view",
    title: "Materialized view refreshed concurrently",
    for_engine: ENGINE,
    draft: propose,
};

fn propose(cx: &Cx<'_>) -> Option<Draft> {
    let Change::RefreshView { name, concurrently: false, with_data: true } = cx.change else { return None };
    let view = cx.world.schema.view(name);
    let known = view.is_some_and(|v| v.indexes.iter().any(is_usable));
    if let Some(view) = view.filter(|_| !known) {
        return beside(cx, view);
    }
    let notes = match known {
        true => Vec::new(),
        false => vec![format!(
            "CONCURRENTLY needs a unique index over plain columns of {name}, without a condition; the schema given does \
             not show one. Without it the server refuses: build one first (CREATE UNIQUE INDEX CONCURRENTLY), or refresh \
             in a window."
        )],
    };
    Some(Draft { notes, ..draft(&RECIPE, format!("Refresh {name}"), vec![refresh(cx, name)]) })
}

/// Without an index to match rows by: filled anew beside the old contents, then exchanged by name.
fn beside(cx: &Cx<'_>, view: &View) -> Option<Draft> {
    let around = Around::of(cx, &view.name)?;
    let rebuild = Rebuild { cx: *cx, view, query: &view.query, indexes: &view.indexes, phase: Migrate, around };
    let mut notes = rebuild.notes();
    notes.push(format!(
        "With a unique index over plain columns of {} (CREATE UNIQUE INDEX CONCURRENTLY) one statement would do: REFRESH \
         MATERIALIZED VIEW CONCURRENTLY blocks no reader.",
        view.name
    ));
    Some(Draft { notes, ..draft(&RECIPE, format!("Refresh {}", view.name), rebuild.all()) })
}

/// The index that CONCURRENTLY matches rows by.
fn is_usable(index: &IndexDef) -> bool {
    index.unique && index.filter.is_none() && index.parts.iter().all(|p| p.column.is_some())
}

fn refresh(cx: &Cx<'_>, name: &Name) -> StepDraft {
    let mut run = no_limits();
    run.push(cx.run(Change::RefreshView { name: name.clone(), concurrently: true, with_data: true }));
    StepDraft {
        why: "Concurrently: readers see the old rows until the new ones are in place. It takes several times as long, \
              and other refreshes wait for it."
            .to_string(),
        transactional: false,
        on_failure: "The view keeps its old rows. Run it again.".to_string(),
        ..StepDraft::sql(Migrate, format!("Refresh {name} concurrently"), run)
    }
}
