//! Fallback: what nobody can see into, or has no way back, runs as written after a person said yes.

use super::draft::{draft, sentence};
use super::titles;
use crate::change::Change;
use crate::draft::{Draft, Run, StepDraft, UndoDraft};
use crate::facts::{RunningCode, Undo};
use crate::recipes::{Cx, Recipe, inverse};
use crate::report::PhaseName;
use crate::target::Engine;

/// The recipe.
pub static RECIPE: Recipe = Recipe {
    id: "approval",
    title: "Try in staging, let a person decide, run as written",
    for_engine: &Engine::ALL,
    draft: propose,
};

fn propose(cx: &Cx<'_>) -> Option<Draft> {
    let opaque = matches!(cx.change, Change::Opaque { .. }) || cx.effects.undo == Undo::Unknown;
    let breaks = match &cx.effects.running_code {
        RunningCode::Breaks(what) => Some(what.clone()),
        RunningCode::Works | RunningCode::Remark(_) | RunningCode::Unknown => None,
    };
    let mut steps = Vec::new();
    if let Some(what) = &breaks {
        let why = format!("{} So the code that depends on it has to be gone before.", sentence(what));
        steps.push(StepDraft::deploy(PhaseName::Switch, "Deploy code that no longer depends on it", why));
    }
    steps.push(StepDraft {
        why: match (&cx.effects.refused, opaque) {
            (Some(refused), _) => format!(
                "The server refuses it as written: {refused}. Change the statement, then plan again; as it stands, it \
                 only stops the migration."
            ),
            (None, true) => {
                "What this statement does cannot be read from its text, so neither its locks nor its time are \
                     known. Run it on a copy of production first and watch its locks; then decide."
                    .to_string()
            }
            (None, false) => "There is no sequence of smaller steps for it.".to_string(),
        },
        transactional: false,
        undo: undo(cx, opaque),
        on_failure: "Stop. Compare the schema with the one before (runbook, drift), then decide whether to repair or \
                     to restore."
            .to_string(),
        gate: "the trial on a copy of production took an acceptable time and did what was intended".to_string(),
        ..StepDraft::sql(
            if breaks.is_some() { PhaseName::Contract } else { PhaseName::Expand },
            format!("{}, as written, after a trial on a copy", titles::of(cx.change)),
            vec![Run { sql: cx.sql.to_string(), change: cx.change.clone() }],
        )
    });
    Some(draft(&RECIPE, titles::of(cx.change), steps))
}

fn undo(cx: &Cx<'_>, opaque: bool) -> UndoDraft {
    if opaque {
        return UndoDraft::Impossible("What it does is not known, so no undo can be written.".to_string());
    }
    inverse::of(cx)
}
