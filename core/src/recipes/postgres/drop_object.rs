//! DROP VIEW, TYPE, FUNCTION, SEQUENCE, … that running code uses: code first, definition kept.

use super::ENGINE;
use super::sql::regclass;
use crate::change::{Change, Name, ObjectKind, ObjectVerb};
use crate::draft::{Draft, Run, StepDraft, UndoDraft};
use crate::order::{Gather, PushAll};
use crate::recipes::shared::draft::{draft, verify};
use crate::recipes::shared::titles;
use crate::recipes::{Cx, Recipe, inverse};
use crate::report::PhaseName::{Contract, Switch};

/// The recipe.
pub static RECIPE: Recipe = Recipe {
    id: "postgres-drop-object",
    title: "View, type or function dropped after the code that used it",
    for_engine: ENGINE,
    draft: propose,
};

fn propose(cx: &Cx<'_>) -> Option<Draft> {
    let (what, cascade) = match cx.change {
        Change::DropView { names, cascade, .. } => (list(names), *cascade),
        Change::Object { verb: ObjectVerb::Drop, kind, name, .. } if !holds_data(*kind) => {
            let kind = titles::kind_words(*kind).to_lowercase();
            (name.as_ref().map_or(kind.clone(), |n| format!("{kind} {n}")), has_cascade(cx.sql))
        }
        _ => return None,
    };
    let mut steps = vec![StepDraft::deploy(
        Switch,
        format!("Deploy code that no longer uses {what}"),
        format!("Every statement that names {what} fails once it is gone."),
    )];
    steps.push_all(dependants(cx));
    steps.push(StepDraft {
        why: "No rows are lost with it; its definition, rights and comment are.".to_string(),
        undo: if cascade { unknown_cascade() } else { inverse::of(cx) },
        gate: "the code that used it is gone from every server, job and report".to_string(),
        ..StepDraft::locked(
            Contract,
            titles::of(cx.change),
            vec![Run { sql: cx.sql.to_string(), change: cx.change.clone() }],
        )
    });
    Some(Draft {
        checklist: vec![format!("Definition and rights of {what} are saved (pg_dump --schema-only)")],
        ..draft(&RECIPE, titles::of(cx.change), steps)
    })
}

/// Kinds whose drop loses rows or values: those need a person.
fn holds_data(kind: ObjectKind) -> bool {
    use ObjectKind::{
        Column, Database, Extension, ForeignTable, LargeObject, Owned, Schema, Sequence, Table, Tablespace,
    };
    matches!(
        kind,
        Column | Database | Extension | ForeignTable | LargeObject | Owned | Schema | Sequence | Table | Tablespace
    )
}

fn has_cascade(sql: &str) -> bool {
    crate::recipes::shared::words::find_clause(sql, "cascade", 0).is_some()
}

fn unknown_cascade() -> UndoDraft {
    UndoDraft::Impossible(
        "CASCADE also drops whatever depends on it, columns included; what that is was not given.".to_string(),
    )
}

/// Views are relations: what reads them is known to the server.
fn dependants(cx: &Cx<'_>) -> Option<StepDraft> {
    let Change::DropView { names, .. } = cx.change else { return None };
    let relations: Vec<_> = names.iter().map(|name| regclass(cx, name)).gather();
    Some(verify(
        Contract,
        format!("List what reads {}", list(names)),
        format!(
            "SELECT DISTINCT r.ev_class::regclass FROM pg_depend AS d JOIN pg_rewrite AS r ON r.oid = d.objid
WHERE d.classid = 'pg_rewrite'::regclass AND d.refclassid = 'pg_class'::regclass
  AND d.refobjid IN ({0}) AND r.ev_class NOT IN ({0})",
            relations.join(", ")
        ),
        "no rows",
        "Recreate those views without it first. Do not use CASCADE.",
    ))
}

fn list(names: &[Name]) -> String {
    names.iter().map(ToString::to_string).gather().join(", ")
}
