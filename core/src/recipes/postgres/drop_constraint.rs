//! DROP CONSTRAINT: code that relies on it first; a foreign key with its parent locked first.

use super::ENGINE;
use super::parts::{add_not_valid, build_index, drop_constraint};
use super::sql::{lock, no_limits, regclass};
use crate::change::{Change, Constraint, ConstraintKind, Ident, Name};
use crate::draft::{Draft, Run, StepDraft, UndoDraft};
use crate::facts::RunningCode;
use crate::order::{Gather, PushAll};
use crate::recipes::shared::draft::{draft, sentence};
use crate::recipes::{Cx, Recipe};
use crate::report::PhaseName::{Contract, Switch};

/// The recipe.
pub static RECIPE: Recipe = Recipe {
    id: "postgres-drop-constraint",
    title: "Constraint dropped after the code that relied on it",
    for_engine: ENGINE,
    draft: propose,
};

fn propose(cx: &Cx<'_>) -> Option<Draft> {
    let Change::DropConstraint { table, name: Some(name), .. } = cx.change else { return None };
    let known = cx.world.schema.constraint(table, name);
    let mut steps = Vec::new();
    if let RunningCode::Breaks(what) = &cx.effects.running_code {
        steps.push(StepDraft::deploy(
            Switch,
            format!("Deploy code that no longer relies on {name} of {table}"),
            sentence(what),
        ));
    }
    let parent = known.and_then(|c| match &c.kind {
        ConstraintKind::ForeignKey(key) => {
            (!cx.world.schema.same_relation(&key.references, table)).then(|| key.references.clone())
        }
        _ => None,
    });
    let mut run: Vec<Run> = parent.iter().map(|p| lock(cx, p, "ACCESS EXCLUSIVE")).gather();
    run.push(drop_constraint(cx, table, name));
    let order = match &parent {
        Some(parent) => {
            format!(" {parent} is locked first, as writers lock, so that no transaction is a deadlock victim.")
        }
        None => String::new(),
    };
    steps.push(StepDraft {
        why: format!("A catalog entry goes; no row is read.{order}"),
        undo: undo(cx, table, name, known),
        ..StepDraft::locked(Contract, format!("Drop constraint {name} of {table}"), run)
    });
    let notes = relying_keys(cx, table, known);
    Some(Draft { notes, ..draft(&RECIPE, format!("Drop constraint {name} of {table}"), steps) })
}

/// Foreign keys that point at the columns of a key: the server refuses to drop it while they exist.
fn relying_keys(cx: &Cx<'_>, table: &Name, known: Option<&Constraint>) -> Vec<String> {
    let columns = match known.map(|c| &c.kind) {
        Some(ConstraintKind::PrimaryKey { columns } | ConstraintKind::Unique { columns, .. }) => columns,
        _ => return Vec::new(),
    };
    let keys =
        cx.world.schema.referencing(table).into_iter().filter_map(|(child, constraint)| match &constraint.kind {
            ConstraintKind::ForeignKey(key) if super::add_foreign_key::referenced(cx, key) == *columns => {
                Some((child, constraint.name.as_ref()?))
            }
            _ => None,
        });
    keys.map(|(child, name)| {
        format!(
            "Foreign key {name} of {} points at it: the server refuses the drop until that key is gone.",
            child.def.name
        )
    })
    .gather()
}

/// The constraint again, without a blocking scan.
fn undo(cx: &Cx<'_>, table: &Name, name: &Ident, known: Option<&Constraint>) -> UndoDraft {
    let Some(constraint) = known else {
        return UndoDraft::Action(format!(
            "add it again from its definition (NOT VALID, then VALIDATE; a key over an index built concurrently); save \
             it before: SELECT pg_get_constraintdef(oid) FROM pg_constraint WHERE conrelid = {} AND conname = {}",
            regclass(cx, table),
            cx.engine().literal(&name.value)
        ));
    };
    let lossy = "fails while rows written since violate it".to_string();
    match super::add_unique::index_for(cx, table, constraint) {
        Some(index) => {
            let mut run = build_index(cx, Contract, &index).run;
            let using = Constraint { using_index: Some(name.clone()), text: String::new(), ..constraint.clone() };
            run.push(super::parts::add_constraint(cx, table, using));
            UndoDraft::Sql { run, transactional: false, lossy }
        }
        None if matches!(constraint.kind, ConstraintKind::Exclude) => UndoDraft::Action(format!(
            "add exclusion constraint {name} again, in a window or by a copy that takes the place of {table}: it has no form that does not block"
        )),
        None => {
            let mut run = add_not_valid(cx, Contract, table, constraint).run;
            run.push_all(no_limits());
            run.push(cx.run(Change::ValidateConstraint { table: table.clone(), name: name.clone() }));
            UndoDraft::Sql { run, transactional: false, lossy }
        }
    }
}
