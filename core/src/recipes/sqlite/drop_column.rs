//! DROP COLUMN where the server can: code first, then its indexes and the column in one transaction.

use super::ENGINE;
use super::left_out;
use super::rebuild::checklist;
use super::sql::{LOCK_FAILURE, trigger};
use super::text::mentions;
use crate::change::{Change, Ident, Name, ObjectKind, ObjectVerb};
use crate::draft::{Draft, Run, StepDraft, UndoDraft};
use crate::order::{Gather, PushAll};
use crate::recipes::shared::draft::draft;
use crate::recipes::{Cx, Recipe};
use crate::report::PhaseName::{Contract, Switch};
use crate::schema::Object;
use crate::world::World;

/// The recipe.
pub static RECIPE: Recipe = Recipe {
    id: "sqlite-drop-column",
    title: "Column dropped after the code that used it",
    for_engine: ENGINE,
    draft: propose,
};

fn propose(cx: &Cx<'_>) -> Option<Draft> {
    let Change::DropColumn { table, column, .. } = cx.change else { return None };
    let (mut run, indexes) = indexes(cx, table, column);
    let triggers = triggers(cx, table, column);
    run.push_all(triggers.iter().map(|trigger| drop_trigger(cx, &trigger.name, table)));
    // Refused for an index or a trigger alone: dropped first, the column can go.
    if !cx.world.target.version.at_least(3, 35, 0) || cx.effects.refused.is_some() && refused_after(cx, table, &run) {
        return None;
    }
    run.push(cx.run(Change::DropColumn {
        table: table.clone(),
        column: column.clone(),
        if_exists: false,
        cascade: false,
    }));
    let known = cx.world.schema.column(table, column);
    let let_be = left_out::let_be(cx, table, known.as_slice());
    let stuck = match &let_be {
        Some(_) => "",
        None => " It is NOT NULL: until the next step no INSERT of that code works.",
    };
    let (mut steps, mut notes) = let_be.unwrap_or_default();
    steps.push_all([
        StepDraft::deploy(
            Switch,
            format!("Deploy code that neither reads nor writes {table}.{column}"),
            format!("Every statement that names {column} fails once it is gone.{stuck}"),
        ),
        StepDraft {
            why: "One transaction; every row is written anew, so writers wait as long as that takes.".to_string(),
            undo: UndoDraft::Impossible(format!(
                "The values of {table}.{column} are gone; only a copy of the file brings them back."
            )),
            on_failure: LOCK_FAILURE.to_string(),
            gate: "code that used the column is gone from every process".to_string(),
            ..StepDraft::sql(Contract, format!("Drop column {table}.{column}"), run)
        },
    ]);
    let views = cx.world.schema.views_on(table).into_iter().filter(|v| mentions(&v.query, column));
    notes.push_all(
        views.map(|v| format!("View {} names {column}: the server refuses the drop until it is gone.", v.name)),
    );
    notes.push_all(indexes.iter().map(|index| format!("Index {index} goes with {column}.")));
    notes.push_all(triggers.iter().map(|trigger| {
        format!(
            "Trigger {} names {column} and is dropped with it: write it without {column} and create it after the step, or \
             before COMMIT.",
            trigger.name
        )
    }));
    Some(Draft { checklist: checklist(table), notes, ..draft(&RECIPE, format!("Drop column {table}.{column}"), steps) })
}

/// Whether the server refuses the change also once these have run.
fn refused_after(cx: &Cx<'_>, table: &Name, run: &[Run]) -> bool {
    let mut schema = cx.world.schema.excerpt(std::slice::from_ref(table));
    run.iter().for_each(|run| schema.apply(&run.change));
    cx.engine().effects(cx.change, &World { schema: &schema, ..cx.world }).refused.is_some()
}

/// Triggers of the table that name the column: the server refuses the drop, or every write that fires them fails.
fn triggers<'a>(cx: &Cx<'a>, table: &Name, column: &Ident) -> Vec<&'a Object> {
    let own = cx.world.schema.objects_on(ObjectKind::Trigger, table);
    own.into_iter().filter(|trigger| mentions(&trigger.text, column)).gather()
}

fn drop_trigger(cx: &Cx<'_>, name: &Name, table: &Name) -> Run {
    trigger(ObjectVerb::Drop, name, table, format!("DROP TRIGGER {}", cx.name(name)))
}

/// The indexes of a column: how they are dropped, and their names.
pub fn indexes(cx: &Cx<'_>, table: &Name, column: &Ident) -> (Vec<Run>, Vec<Name>) {
    let known = cx.world.schema.indexes_of_column(table, column);
    let names: Vec<Name> = known.into_iter().filter_map(|index| index.name.clone()).gather();
    let drop = |name: &Name| {
        cx.run(Change::DropIndex {
            name: name.clone(),
            table: Some(table.clone()),
            concurrently: false,
            if_exists: false,
            cascade: false,
        })
    };
    (names.iter().map(drop).gather(), names)
}
