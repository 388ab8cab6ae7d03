//! DROP COLUMN: code first, then what hangs on the column, then the column.

use super::ENGINES;
use super::indexes::drop_step;
use super::sql::{
    LOCK_FAILURE, copy_of, drop_column, drop_default, modify, modify_after, neutral, online, set_default,
};
use crate::change::{Change, ConstraintClass, ConstraintKind, Ident, IndexDef, Name, Nullability, ObjectKind};
use crate::draft::{Draft, StepDraft, UndoDraft};
use crate::order::{Gather, PushAll};
use crate::recipes::shared::draft::{draft, undo_outside};
use crate::recipes::shared::{key, names, words};
use crate::recipes::{Cx, Recipe};
use crate::report::OtherWay;
use crate::report::PhaseName::{Contract, Expand, Switch};

/// The recipe.
pub static RECIPE: Recipe = Recipe {
    id: "mysql-drop-column",
    title: "Column dropped after the code that used it",
    for_engine: ENGINES,
    draft: propose,
};

fn propose(cx: &Cx<'_>) -> Option<Draft> {
    let Change::DropColumn { table, column, .. } = cx.change else { return None };
    let mut steps: Vec<StepDraft> = optional(cx, table, column).into_iter().gather();
    steps.push(StepDraft::deploy(
        Switch,
        format!("Deploy code that neither reads nor writes {table}.{column}"),
        format!("Every statement that names {column} fails once it is gone. Let the object mapper ignore the column."),
    ));
    steps.push_all(foreign_keys(cx, table, column));
    steps.push_all(cx.world.schema.indexes_of_column(table, column).into_iter().filter_map(|i| index(cx, table, i)));
    steps.push(last(cx, table, column));
    Some(Draft {
        checklist: vec![
            format!("No code, job, view, report or replica consumer uses {table}.{column} (unused for over a week)"),
            format!("No INSERT INTO {table} without a column list, no SELECT * read by position"),
        ],
        notes: notes(cx, table, column),
        ..draft(&RECIPE, format!("Drop column {table}.{column}"), steps)
    })
}

/// An index that goes with a column of it.
pub fn index(cx: &Cx<'_>, table: &Name, index: &IndexDef) -> Option<StepDraft> {
    let mut step = drop_step(cx, Contract, table, &index.name.as_ref()?.object, Some(index));
    if index.parts.len() > 1 {
        step.why.push_str(" It also serves other columns: build an index on those first if a query needs it.");
    }
    Some(step)
}

/// New code does not write the column, so it must not be demanded while old code still runs.
pub fn optional(cx: &Cx<'_>, table: &Name, column: &Ident) -> Option<StepDraft> {
    let known = cx.world.schema.column(table, column)?;
    let demanded = known.nullability == Nullability::NotNull
        && known.default.is_none()
        && known.auto_number.is_none()
        && known.generated.is_none();
    if !demanded || cx.world.schema.primary_key(table).is_some_and(|key| key.contains(column)) {
        return None;
    }
    let (run, back) = match neutral(known) {
        Some(value) => (set_default(cx, table, column, value), drop_default(cx, table, column)),
        None => {
            let copy = copy_of(known, column);
            let nullable = crate::change::ColumnDef { nullability: Nullability::Null, ..copy.clone() };
            let run = modify(cx, table, nullable);
            let back = modify_after(cx, table, std::slice::from_ref(&run), copy);
            (run, back)
        }
    };
    Some(StepDraft {
        why: format!("Code that no longer writes {column} could not insert rows otherwise (error 1364)."),
        transactional: false,
        undo: undo_outside(vec![back]),
        on_failure: LOCK_FAILURE.to_string(),
        ..StepDraft::sql(Expand, format!("Let {table}.{column} be left out"), vec![run])
    })
}

/// Foreign keys of the column go before it.
pub fn foreign_keys(cx: &Cx<'_>, table: &Name, column: &Ident) -> Vec<StepDraft> {
    let constraints = cx.world.schema.constraints_of_column(table, column);
    let keys = constraints.into_iter().filter_map(|c| match (&c.kind, &c.name) {
        (ConstraintKind::ForeignKey(key), Some(name)) => Some((key, name, c)),
        _ => None,
    });
    keys.map(|(key, name, constraint)| {
        let change = Change::DropConstraint {
            table: table.clone(),
            name: Some(name.clone()),
            kind: Some(ConstraintClass::ForeignKey),
            if_exists: false,
            cascade: false,
        };
        StepDraft {
            why: format!("The server refuses to drop a column of a foreign key. It waits for open transactions on {table} and {}.", key.references),
            transactional: false,
            undo: UndoDraft::Sql {
                run: super::add_foreign_key::add(cx, table, constraint),
                transactional: false,
                lossy: "rows written since are not checked".to_string(),
            },
            on_failure: LOCK_FAILURE.to_string(),
            ..StepDraft::sql(Contract, format!("Drop foreign key {name} of {table}"), vec![online(cx, change)])
        }
    })
    .gather()
}

fn last(cx: &Cx<'_>, table: &Name, column: &Ident) -> StepDraft {
    StepDraft {
        why:
            "Without an index on it, and on a server that can, only an entry of the catalog; else the table is rebuilt \
              in place while traffic goes on."
                .to_string(),
        transactional: false,
        undo: UndoDraft::Impossible(format!(
            "The values of {table}.{column} are gone. ADD COLUMN brings back an empty column; the values only come from \
             a backup or from the copy made before."
        )),
        on_failure: LOCK_FAILURE.to_string(),
        gate: "code that used the column is gone from every server, job and report".to_string(),
        other_ways: keep_copy(cx, table, column).into_iter().gather(),
        ..StepDraft::sql(Contract, format!("Drop column {table}.{column}"), vec![drop_column(cx, table, column)])
    }
}

/// The values beside the table, before they go.
fn keep_copy(cx: &Cx<'_>, table: &Name, column: &Ident) -> Option<OtherWay> {
    let mut list: Vec<Ident> = match key::of(cx, table) {
        key::Key::Integer(c) | key::Key::Assumed(c) => vec![c],
        key::Key::Ordered(columns) => columns,
        key::Key::Storage => return None,
    };
    if !list.contains(column) {
        list.push(column.clone());
    }
    Some(OtherWay {
        tool: "copy of the values".to_string(),
        when:
            "the values may be wanted again; run it just before this step. READ COMMITTED, so that the rows read are \
               not locked."
                .to_string(),
        command: format!(
            "SET SESSION TRANSACTION ISOLATION LEVEL READ COMMITTED;\nCREATE TABLE {} AS SELECT {} FROM {};",
            cx.name(&names::helper_beside(cx, table, &[&column.value])),
            cx.idents(&list),
            cx.name(table)
        ),
    })
}

/// What the drop breaks that no step of ours mends.
pub fn notes(cx: &Cx<'_>, table: &Name, column: &Ident) -> Vec<String> {
    let schema = cx.world.schema;
    let mut notes: Vec<String> = Vec::new();
    for trigger in schema.objects_on(ObjectKind::Trigger, table) {
        notes.push(format!(
            "Trigger {} of {table}: if its text names {column}, recreate it without before the drop. The server does not \
             look, and then every write fails (error 1054).",
            trigger.name
        ));
    }
    for view in schema.views_on(table).into_iter().filter(|v| words::mentions(&v.query, column)) {
        notes.push(format!(
            "View {} names {column} and fails once it is gone (error 1356): recreate it first.",
            view.name
        ));
    }
    for constraint in schema.constraints_of_column(table, column) {
        if let (Some(name), ConstraintKind::Check { .. }) = (&constraint.name, &constraint.kind) {
            notes.push(format!("CHECK {name} names {column}: drop it first (error 3959), its undo copies the table."));
        }
    }
    notes
}
