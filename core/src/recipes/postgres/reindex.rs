//! REINDEX, concurrently (12 and later).

use super::parts::build_index;
use super::sql::no_limits;
use super::{ENGINE, replace_key};
use crate::change::{Change, IndexDef, Name, ReindexScope};
use crate::draft::{Draft, StepDraft};
use crate::recipes::shared::draft::{check, draft, undo, undo_outside};
use crate::recipes::shared::names::fit;
use crate::recipes::{Cx, Recipe};
use crate::report::PhaseName::Migrate;
use crate::schema::Table;

/// The recipe.
pub static RECIPE: Recipe =
    Recipe { id: "postgres-reindex", title: "Index rebuilt concurrently", for_engine: ENGINE, draft: propose };

fn propose(cx: &Cx<'_>) -> Option<Draft> {
    let Change::Reindex { scope, name: Some(name), concurrently: false } = cx.change else { return None };
    if cx.world.target.version.at_least(12, 0, 0) {
        return Some(draft(&RECIPE, format!("Rebuild {name}"), vec![rebuild(cx, *scope, name)]));
    }
    if *scope != ReindexScope::Index {
        return None;
    }
    let owner = |t: &Table| t.def.constraints.iter().any(|own| own.name.as_ref() == Some(&name.object));
    let steps = match cx.world.schema.tables_where(owner).next() {
        Some(table) => replace_key::rebuilt(cx, &table.def.name, &name.object)?,
        None => {
            let (index, table) = cx.world.schema.index_with_table(name)?;
            exchange(cx, index, table)
        }
    };
    Some(draft(&RECIPE, format!("Rebuild {name}"), steps))
}

fn rebuild(cx: &Cx<'_>, scope: ReindexScope, name: &Name) -> StepDraft {
    let mut run = no_limits();
    run.push(cx.run(Change::Reindex { scope, name: Some(name.clone()), concurrently: true }));
    StepDraft {
        why: "Concurrently: a new index is built beside the old one while reads and writes go on. It waits without \
              blocking, so it gets no lock timeout: a timeout would leave an invalid copy."
            .to_string(),
        transactional: false,
        check: check("SELECT indexrelid::regclass FROM pg_index WHERE NOT indisvalid".to_string(), "no rows"),
        on_failure: "The old index stays as it was. Drop the invalid copy, whose name ends in _ccnew (or _ccold), and \
                     run it again."
            .to_string(),
        ..StepDraft::sql(Migrate, format!("Rebuild {name} concurrently"), run)
    }
}

/// 11: the same index under another name, then the names are exchanged.
fn exchange(cx: &Cx<'_>, index: &IndexDef, table: &Name) -> Vec<StepDraft> {
    let old = super::parts::index_name(cx, index);
    let new = old.sibling(fit(&format!("{}_new", old.object), cx.engine().ident_limit()));
    let build = build_index(cx, Migrate, &IndexDef { name: Some(new.clone()), ..index.clone() });
    let rename = |from: &Name, to: &Name| {
        cx.run(Change::RenameIndex { name: from.clone(), table: Some(table.clone()), to: to.object.clone() })
    };
    let aside = old.sibling(fit(&format!("{}_old", old.object), cx.engine().ident_limit()));
    let swap = StepDraft {
        why: "Names are catalog entries; queries use the new index from now on.".to_string(),
        undo: undo(vec![rename(&old, &new), rename(&aside, &old)]),
        ..StepDraft::locked(
            Migrate,
            format!("Exchange the names of {} and its copy", old.object),
            vec![rename(&old, &aside), rename(&new, &old)],
        )
    };
    let mut run = no_limits();
    run.push(super::parts::drop_index_online(cx, &aside, table));
    let again = build_index(cx, Migrate, &IndexDef { name: Some(aside.clone()), ..index.clone() });
    let drop = StepDraft {
        why: "The old index only costs writes now.".to_string(),
        transactional: false,
        undo: undo_outside(again.run),
        on_failure: "Run it again.".to_string(),
        ..StepDraft::sql(Migrate, format!("Drop {} concurrently", aside.object), run)
    };
    vec![build, swap, drop]
}
