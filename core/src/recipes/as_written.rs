//! A change that is safe as written: one step with the user's own text, and its undo.

use super::shared::draft::LOCK_FAILURE;
use super::shared::titles;
use super::{Cx, inverse};
use crate::change::Change;
use crate::draft::{Draft, Run, StepDraft};
use crate::facts::{Blocking, Transactional};
use crate::report::PhaseName;

/// The draft for a change that stays as it is.
pub fn draft(cx: &Cx<'_>) -> Draft {
    let mut draft = without_statement(cx);
    for step in &mut draft.steps {
        step.run = vec![Run { sql: cx.sql.to_string(), change: cx.change.clone() }];
    }
    draft
}

/// The same without what its one step runs, for who has that already.
pub fn without_statement(cx: &Cx<'_>) -> Draft {
    let title = titles::of(cx.change);
    let step = StepDraft {
        why: why(cx),
        transactional: cx.effects.transactional == Transactional::Yes,
        undo: inverse::of(cx),
        on_failure: on_failure(cx),
        ..StepDraft::sql(phase(cx.change), title.clone(), Vec::new())
    };
    Draft {
        recipe: "as-written",
        title,
        steps: vec![step],
        checklist: Vec::new(),
        notes: notes(cx.change),
        as_written: true,
    }
}

fn phase(change: &Change) -> PhaseName {
    match change {
        Change::Insert { .. } | Change::Update { .. } | Change::Delete { .. } | Change::RefreshView { .. } => {
            PhaseName::Migrate
        }
        _ => PhaseName::Expand,
    }
}

fn why(cx: &Cx<'_>) -> String {
    let blocking = cx.effects.work.iter().any(|w| w.blocking != Blocking::Nobody);
    match (cx.safe_as_written, blocking) {
        (true, true) => "What it blocks, it blocks for less than the limit at these sizes.".to_string(),
        (true, false) => "It blocks nothing for longer than a moment and running code keeps working.".to_string(),
        (false, _) => "There is no better form of it.".to_string(),
    }
}

fn on_failure(cx: &Cx<'_>) -> String {
    match (cx.change, cx.effects.transactional) {
        (Change::CreateIndex(index), _) if index.concurrently => {
            "A failed build leaves an invalid index that still costs every write: drop it concurrently, run the step \
             again."
                .to_string()
        }
        (_, Transactional::Yes) => LOCK_FAILURE.to_string(),
        (_, Transactional::ImplicitCommit) => {
            "It cannot be rolled back. Look whether it took effect before running it again.".to_string()
        }
        (_, Transactional::Refused | Transactional::Unknown) => {
            "It runs outside a transaction: look what it left behind before running it again.".to_string()
        }
    }
}

fn notes(change: &Change) -> Vec<String> {
    match change {
        Change::AddEnumValue { name, value, .. } => vec![format!(
            "A label of an enum cannot be removed again. Deploy code that reads {value} of {name} everywhere before any \
             code writes it."
        )],
        _ => Vec::new(),
    }
}
