//! A change that is safe as it is: the user's own text, quoted.

use super::Cx;
use crate::draft::{Draft, Run, StepDraft, UndoDraft};
use crate::report::PhaseName;

/// One step that runs the statement as written.
pub fn draft(cx: &Cx<'_>) -> Draft {
    let run = Run { sql: cx.sql.to_string(), change: cx.change.clone() };
    let step = StepDraft {
        undo: UndoDraft::Action("undo by hand".to_string()),
        ..StepDraft::sql(PhaseName::Expand, "Run it as written", vec![run])
    };
    Draft {
        recipe: "as-written",
        title: "Run it as written".to_string(),
        steps: vec![step],
        checklist: Vec::new(),
        notes: Vec::new(),
        as_written: true,
    }
}
