//! Steps before they are numbered: what recipes return.
//!
//! In: nothing; these are types. Out: [`Draft`]. Never: ids, times.

use crate::change::Change;
use crate::report::{Check, OtherWay, PhaseName, StepKind};

/// What to do when a short transaction could not get its lock.
pub const LOCK_FAILURE: &str = "A lock timeout undoes the whole transaction; nothing is half done. Wait a second or two \
     and run it again; after a few attempts look who holds the lock (runbook, blocking sessions).";

/// What a recipe makes of one change.
#[derive(Debug, Clone)]
pub struct Draft {
    /// Id of the recipe.
    pub recipe: &'static str,
    /// What the whole does, one line: `Rename users.name to users.full_name`.
    pub title: String,
    /// Steps in order; phases never go back.
    pub steps: Vec<StepDraft>,
    /// Lines for the checklist that only this recipe knows.
    pub checklist: Vec<String>,
    /// What is not carried over, or what the reader must know; shown with the plan.
    pub notes: Vec<String>,
    /// The change as pasted stays as it is (nothing was replaced).
    pub as_written: bool,
}

/// One step.
#[derive(Debug, Clone)]
pub struct StepDraft {
    /// Which phase.
    pub phase: PhaseName,
    /// What kind.
    pub kind: StepKind,
    /// Imperative, short.
    pub title: String,
    /// Why it is done this way.
    pub why: String,
    /// What to run, in order.
    pub run: Vec<Run>,
    /// All of `run` in one transaction; the assembler adds BEGIN, the lock timeout and COMMIT.
    pub transactional: bool,
    /// How to see that it worked.
    pub check: Option<Check>,
    /// How to undo this step.
    pub undo: UndoDraft,
    /// What to do when it fails midway.
    pub on_failure: String,
    /// Other ways to run it.
    pub other_ways: Vec<OtherWay>,
    /// Go on when.
    pub gate: String,
    /// From this deploy on, code keeps old and new the same.
    pub writes_both: bool,
}

/// One statement to run: its text, and the change that it is, so that its effects come from the same facts as
/// those of a pasted statement.
#[derive(Debug, Clone)]
pub struct Run {
    /// The statement, without terminator; a `DO` block or trigger body is one statement.
    pub sql: String,
    /// What it is. Helper objects are [`Change::Object`]; a backfill is a [`Change::Update`] with `batch` set.
    pub change: Change,
}

/// How to undo one step.
#[derive(Debug, Clone)]
pub enum UndoDraft {
    /// There is nothing to undo (a check, a wait, a backfill into a column that goes away with an earlier undo).
    Nothing,
    /// Run this.
    Sql {
        /// In order.
        run: Vec<Run>,
        /// In one transaction.
        transactional: bool,
        /// What is lost; empty when nothing is.
        lossy: String,
    },
    /// Do this (redeploy the previous version).
    Action(String),
    /// No way back, and why. The assembler puts an approval before the step.
    Impossible(String),
}

impl StepDraft {
    /// A step of one transaction-safe group of statements.
    pub fn sql(phase: PhaseName, title: impl Into<String>, run: Vec<Run>) -> Self {
        StepDraft {
            phase,
            kind: StepKind::Sql,
            title: title.into(),
            why: String::new(),
            run,
            transactional: true,
            check: None,
            undo: UndoDraft::Nothing,
            on_failure: String::new(),
            other_ways: Vec::new(),
            gate: String::new(),
            writes_both: false,
        }
    }

    /// The same, where a lock timeout undoes it as a whole.
    pub fn locked(phase: PhaseName, title: impl Into<String>, run: Vec<Run>) -> Self {
        StepDraft { on_failure: LOCK_FAILURE.to_string(), ..StepDraft::sql(phase, title, run) }
    }

    /// A deploy of the application.
    pub fn deploy(phase: PhaseName, title: impl Into<String>, why: impl Into<String>) -> Self {
        StepDraft {
            kind: StepKind::Deploy,
            why: why.into(),
            transactional: false,
            undo: UndoDraft::Action("redeploy the previous version of the application".to_string()),
            ..StepDraft::sql(phase, title, Vec::new())
        }
    }

    /// The deploy of code that writes `what` (old and new) and reads one of them.
    pub fn writing(what: String, reads: &str, why: impl Into<String>) -> Self {
        let title = format!("Deploy code that writes {what}, and reads {reads}");
        StepDraft { writes_both: true, ..StepDraft::deploy(PhaseName::Expand, title, why) }
    }
}
