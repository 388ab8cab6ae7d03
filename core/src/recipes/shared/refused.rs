//! What the server refuses as written, and no recipe says otherwise: it has to be written anew.

use super::draft::draft;
use super::titles;
use crate::draft::{Draft, StepDraft, UndoDraft};
use crate::recipes::{Cx, Recipe};
use crate::report::PhaseName::Expand;
use crate::report::StepKind;
use crate::target::Engine;

/// The recipe.
pub static RECIPE: Recipe = Recipe {
    id: "refused",
    title: "Statement that the server refuses: to be written anew",
    for_engine: &Engine::ALL,
    draft: propose,
};

fn propose(cx: &Cx<'_>) -> Option<Draft> {
    let why = cx.effects.refused.as_ref()?;
    let title = titles::of(cx.change);
    let step = StepDraft {
        kind: StepKind::Approval,
        why: format!("The server refuses it: {why}. Nothing would happen, and a migration would stop there."),
        transactional: false,
        undo: UndoDraft::Nothing,
        gate: "the statement is written so that the server takes it, and the plan is made again".to_string(),
        ..StepDraft::sql(Expand, format!("Rewrite what the server refuses: {title}"), Vec::new())
    };
    Some(draft(&RECIPE, title, vec![step]))
}
