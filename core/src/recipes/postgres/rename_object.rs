//! RENAME of a view, sequence, type, function, constraint or index that running code names.

use super::ENGINE;
use crate::change::{Change, ObjectVerb};
use crate::draft::{Draft, Run, StepDraft};
use crate::facts::RunningCode;
use crate::recipes::shared::draft::{LOCK_FAILURE, draft, sentence};
use crate::recipes::shared::titles;
use crate::recipes::{Cx, Recipe, inverse};
use crate::report::PhaseName::{Contract, Switch};

/// The recipe.
pub static RECIPE: Recipe = Recipe {
    id: "postgres-rename-object",
    title: "Catalog name changed once no running code says the old one",
    for_engine: ENGINE,
    draft: propose,
};

fn propose(cx: &Cx<'_>) -> Option<Draft> {
    let RunningCode::Breaks(what) = &cx.effects.running_code else { return None };
    let advice = match cx.change {
        Change::RenameTable { table, to } => format!(
            "{table} is a view: create {to} beside it with the same query first, and let both names live until the old \
             one is unused."
        ),
        Change::RenameConstraint { from, .. } => {
            format!("Code that names {from} (ON CONFLICT ON CONSTRAINT, SET CONSTRAINTS, error handling) must not.")
        }
        Change::RenameIndex { name, .. } => format!("Code that names {} must not.", name.object),
        Change::Object { verb: ObjectVerb::Rename, .. } => "Code must work with both names before.".to_string(),
        _ => return None,
    };
    let title = titles::of(cx.change);
    let steps = vec![
        StepDraft::deploy(
            Switch,
            "Deploy code that does not depend on the old name",
            format!("{} {advice}", sentence(what)),
        ),
        StepDraft {
            why: "A catalog entry changes; no row is read.".to_string(),
            undo: inverse::of(cx),
            on_failure: LOCK_FAILURE.to_string(),
            gate: "no instance of the old version runs".to_string(),
            ..StepDraft::sql(Contract, title.clone(), vec![Run { sql: cx.sql.to_string(), change: cx.change.clone() }])
        },
    ];
    Some(draft(&RECIPE, title, steps))
}
