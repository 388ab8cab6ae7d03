//! DROP INDEX, concurrently.

use super::parts::drop_index_online;
use super::sql::no_limits;
use super::{ENGINE, partitioned};
use crate::change::{Change, ConstraintKind, Ident, IndexDef, Name};
use crate::draft::{Draft, Run, StepDraft, UndoDraft};
use crate::recipes::shared::draft::{draft, undo_outside, verify};
use crate::recipes::{Cx, Recipe};
use crate::report::PhaseName::Contract;

/// The recipe.
pub static RECIPE: Recipe = Recipe {
    id: "postgres-drop-index",
    title: "Index dropped concurrently, after a look whether it is used",
    for_engine: ENGINE,
    draft: propose,
};

fn propose(cx: &Cx<'_>) -> Option<Draft> {
    let Change::DropIndex { name, table, concurrently: false, cascade: false, .. } = cx.change else { return None };
    let known = cx.world.schema.index_with_table(name);
    let table = table.clone().or_else(|| known.map(|(_, table)| table.clone()));
    if table.as_ref().is_some_and(|t| partitioned::is_partitioned(cx, t)) {
        return None; // CONCURRENTLY is refused there
    }
    let steps = vec![unused(cx, name), drop_step(cx, name, table.as_ref(), known.map(|(index, _)| index))];
    let notes = constraint_behind(cx, table.as_ref(), &name.object).map(|note| vec![note]).unwrap_or_default();
    Some(Draft { notes, ..draft(&RECIPE, format!("Drop index {}", name.object), steps) })
}

fn unused(cx: &Cx<'_>, name: &Name) -> StepDraft {
    StepDraft {
        why: "A query that needs the index becomes a scan of the table. The counter says how often it was used since \
              the statistics were reset; replicas count for themselves."
            .to_string(),
        ..verify(
            Contract,
            format!("Look whether {} is used", name.object),
            format!("SELECT idx_scan FROM pg_stat_all_indexes WHERE indexrelid = {}", super::sql::regclass(cx, name)),
            "a number that has not grown for a week (on each replica too)",
            "Keep the index, or find the queries that use it first.",
        )
    }
}

fn drop_step(cx: &Cx<'_>, name: &Name, table: Option<&Name>, known: Option<&IndexDef>) -> StepDraft {
    let mut run = no_limits();
    run.push(match table {
        Some(table) => drop_index_online(cx, name, table),
        None => cx.run(Change::DropIndex {
            name: name.clone(),
            table: None,
            concurrently: true,
            if_exists: false,
            cascade: false,
        }),
    });
    StepDraft {
        why: "Concurrently: it waits for transactions that may use the index, and blocks nobody meanwhile.".to_string(),
        transactional: false,
        undo: undo(cx, name, known),
        on_failure: "Cut off, it leaves the index invalid but still maintained by every write. Run it again."
            .to_string(),
        ..StepDraft::sql(Contract, format!("Drop index {} concurrently", name.object), run)
    }
}

/// The index again, when its definition is known.
fn undo(cx: &Cx<'_>, name: &Name, known: Option<&IndexDef>) -> UndoDraft {
    let Some(index) = known else {
        return UndoDraft::Action(format!(
            "create the index again; keep its definition before the drop: SELECT pg_get_indexdef({})",
            super::sql::regclass(cx, name)
        ));
    };
    let mut run: Vec<Run> = no_limits();
    run.push(cx.run(Change::CreateIndex(Box::new(IndexDef {
        name: Some(Name { schema: None, object: name.object.clone() }),
        concurrently: true,
        if_not_exists: false,
        text: String::new(),
        ..index.clone()
    }))));
    undo_outside(run)
}

/// The index of a constraint cannot be dropped.
fn constraint_behind(cx: &Cx<'_>, table: Option<&Name>, index: &Ident) -> Option<String> {
    let constraint = cx.world.schema.constraint(table?, index)?;
    let keyed = matches!(constraint.kind, ConstraintKind::PrimaryKey { .. } | ConstraintKind::Unique { .. });
    keyed.then(|| {
        format!(
            "{index} belongs to a constraint of {}: the server refuses to drop it. Drop the constraint.",
            table.map(ToString::to_string).unwrap_or_default()
        )
    })
}
