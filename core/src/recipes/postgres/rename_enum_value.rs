//! ALTER TYPE … RENAME VALUE: the new label is added, rows move, the old label stays unused.

use super::ENGINE;
use crate::change::{Change, Ident, Name};
use crate::draft::{Draft, Run, StepDraft, UndoDraft};
use crate::engines::Capability;
use crate::order::{Gather, PushAll};
use crate::recipes::shared::batches::{Batches, RowVerb};
use crate::recipes::shared::draft::{check, draft, verify};
use crate::recipes::shared::key;
use crate::recipes::{Cx, Recipe};
use crate::report::PhaseName::{Contract, Expand, Switch};

/// The recipe.
pub static RECIPE: Recipe = Recipe {
    id: "postgres-rename-enum-value",
    title: "Enum label replaced: added, written, rows moved, the old one left unused",
    for_engine: ENGINE,
    draft: propose,
};

fn propose(cx: &Cx<'_>) -> Option<Draft> {
    let Change::RenameEnumValue { name, from, to } = cx.change else { return None };
    let columns = columns_of(cx, name);
    let mut steps = vec![
        add_label(cx, name, from, to),
        StepDraft::deploy(
            Expand,
            format!("Deploy code that reads both {from} and {to}"),
            "Drivers fail on a label that they do not know as soon as they read it.",
        ),
        StepDraft::deploy(
            Switch,
            format!("Deploy code that writes {to} and no longer {from}"),
            format!("From now on no row gets {from}."),
        ),
    ];
    steps.push_all(columns.iter().map(|(table, column)| move_rows(cx, table, column, from, to)));
    steps.push_all(columns.iter().map(|(table, column)| none_left(cx, table, column, from)));
    let mut notes = vec![format!(
        "The label {from} stays in {name}, unused: a label cannot be removed without a new type. Renaming it in place is \
         instant, but running code that says '{from}' fails at once (22P02)."
    )];
    if columns.is_empty() {
        notes.push(format!(
            "The columns of type {name} were not given: move the rows of each from {from} to {to} in batches, after the \
             switch."
        ));
    }
    Some(Draft { notes, ..draft(&RECIPE, format!("Replace label {from} of enum {name} by {to}"), steps) })
}

/// Columns of the type, as far as the schema knows.
pub fn columns_of(cx: &Cx<'_>, name: &Name) -> Vec<(Name, Ident)> {
    cx.world
        .schema
        .tables()
        .flat_map(|table| table.def.columns.iter().map(move |column| (table, column)))
        .filter(|(_, column)| column.data_type.as_ref().is_some_and(|t| t.array == 0 && t.name().object == name.object))
        .map(|(table, column)| (table.def.name.clone(), column.name.clone()))
        .gather()
}

fn add_label(cx: &Cx<'_>, name: &Name, from: &str, to: &str) -> StepDraft {
    let (label, after) = (cx.engine().literal(to), cx.engine().literal(from));
    let sql = format!("ALTER TYPE {} ADD VALUE IF NOT EXISTS {label} AFTER {after}", cx.name(name));
    let change =
        Change::AddEnumValue { name: name.clone(), value: to.to_string(), positioned: true, if_not_exists: true };
    StepDraft {
        why: "Beside the old label, so that both sort alike. No table is locked.".to_string(),
        transactional: cx.can(Capability::TransactionalDdl) && cx.world.target.version.at_least(12, 0, 0),
        check: check(
            format!(
                "SELECT count(*) FROM pg_enum WHERE enumtypid = {}::regtype AND enumlabel = {label}",
                cx.engine().literal(&cx.name(name))
            ),
            "1",
        ),
        undo: UndoDraft::Action(format!("leave {to}: a label cannot be removed, and unused it does no harm")),
        ..StepDraft::locked(Expand, format!("Add label {to} to enum {name}"), vec![Run { sql, change }])
    }
}

fn move_rows(cx: &Cx<'_>, table: &Name, column: &Ident, from: &str, to: &str) -> StepDraft {
    let (c, from_sql, to_sql) = (cx.ident(column), cx.engine().literal(from), cx.engine().literal(to));
    let job = Batches {
        table: table.clone(),
        verb: RowVerb::Update { set: format!("{c} = {to_sql}"), columns: vec![column.clone()] },
        condition: format!("{c} = {from_sql}"),
        key: key::of(cx, table),
    };
    StepDraft {
        undo: UndoDraft::Action(format!("nothing to restore: {from} and {to} mean the same to code that reads both")),
        ..job.step(cx, Contract, format!("Move rows of {table} from {from} to {to}"))
    }
}

fn none_left(cx: &Cx<'_>, table: &Name, column: &Ident, from: &str) -> StepDraft {
    verify(
        Contract,
        format!("Look for rows of {table} that still say {from}"),
        format!("SELECT count(*) FROM {} WHERE {} = {}", cx.name(table), cx.ident(column), cx.engine().literal(from)),
        "0",
        "An older version of the code still writes it: find it, run the batches again.",
    )
}
