//! Undo per phase, and the point from which it is no longer free.

use super::merge::some;
use crate::order::Gather;
use crate::report::{Phase, Rollback, Step};

/// Undo of every phase, last phase first.
pub(super) fn rollback(phases: &[Phase]) -> Vec<Rollback> {
    let first_irreversible = |after: usize| {
        phases.get(after..).into_iter().flatten().flat_map(|p| &p.steps).find(|s| s.irreversible.is_some())
    };
    phases
        .iter()
        .enumerate()
        .rev()
        .filter(|(_, phase)| phase.steps.iter().any(|s| s.undo.is_some() || s.irreversible.is_some()))
        .map(|(n, phase)| of_phase(phase, first_irreversible(n)))
        .gather()
}

fn of_phase(phase: &Phase, first_irreversible: Option<&Step>) -> Rollback {
    let own = phase.steps.iter().find(|s| s.irreversible.is_some());
    let undo = || phase.steps.iter().rev().filter_map(|s| s.undo.as_ref());
    let mut sql: Vec<String> = undo().flat_map(|u| u.sql.iter().cloned()).gather();
    let lossy = own.is_some() || undo().any(|u| !u.lossy.is_empty());
    let mut actions: Vec<String> = undo().map(|u| u.action.clone()).filter(|a| !a.is_empty()).gather();
    actions.dedup();
    let mut title = match (own, some(&actions)) {
        (Some(step), _) => format!("{}: {}", step.title, step.irreversible.clone().unwrap_or_default()),
        (None, actions) if !actions.is_empty() && sql.is_empty() => actions,
        (None, actions) if !actions.is_empty() => {
            format!("{actions}, then undo the steps of this phase, last step first")
        }
        (None, _) => "undo the steps of this phase, last step first".to_string(),
    };
    if own.is_some() {
        sql.clear();
        title = format!("no way back by SQL — {title}");
    } else {
        let waits =
            phase.steps.iter().rev().filter_map(|s| Some((s, s.undo.as_ref().filter(|u| !u.waits.is_empty())?)));
        title.extend(waits.map(|(step, undo)| format!("; undoing step {}, {}", step.id, undo.waits)));
    }
    let until = match first_irreversible {
        Some(step) if own.is_some() => format!("not after step {}", step.id),
        Some(step) => format!("until step {}", step.id),
        None => "at any time".to_string(),
    };
    Rollback { phase: phase.name, deploy: phase.deploy, title, sql, lossy, until }
}

/// The first step that cannot be undone. An undo that loses what was written since (dropping an added column) still
/// brings back what was there before.
pub(super) fn point_of_no_return(phases: &[Phase]) -> Option<String> {
    phases.iter().flat_map(|p| &p.steps).find(|s| s.irreversible.is_some()).map(|s| s.id.clone())
}
