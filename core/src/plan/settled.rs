//! Steps after their effects are known: text and report words only.
//!
//! A script of ten thousand statements has more steps than that; keeping every change and every fact of each until the
//! end would take most of the memory.

use super::effects;
use super::timing::Timing;
use crate::change::{Change, PartitionAction};
use crate::draft::{Run, StepDraft, UndoDraft};
use crate::facts::Effects;
use crate::order::{Gather, PushAll};
use crate::report::{EffectsReport, StepKind};
use crate::schema::Schema;
use crate::target::Engine;

/// A step that knows what it does.
pub(super) struct Settled {
    /// The step; its `run` and `undo` have moved into the fields below.
    pub step: StepDraft,
    pub run: Vec<Said>,
    pub undo: SaidUndo,
    pub effects: EffectsReport,
    /// It takes a lock that traffic can wait for.
    pub blocking: bool,
    pub timing: Timing,
    /// Rows of its largest table, and whether they were given.
    pub rows: (u64, bool),
    /// All that it runs concerns objects that the script made.
    pub only_new: bool,
}

/// A statement as text, with what its wrapping needs to know.
pub(super) struct Said {
    pub sql: String,
    /// Changes rows and nothing else.
    pub rows_only: bool,
    /// Sets the lock timeout itself.
    pub sets_lock_timeout: bool,
    /// Waits without blocking anybody (CONCURRENTLY).
    pub patient: bool,
}

/// An undo as text.
pub(super) enum SaidUndo {
    Nothing,
    Sql { run: Vec<Said>, transactional: bool, lossy: String, waits: String },
    Action(String),
    Impossible(String),
}

/// What a step does, before it is put into words.
#[derive(Default)]
pub(super) struct StepFacts {
    pub effects: Vec<Effects>,
    pub timing: Timing,
    pub rows: (u64, bool),
    pub only_new: bool,
    /// Who waits while it is undone.
    pub undo_waits: String,
}

/// Puts a step and its facts into their final form. `schema` knows the objects that the step works on.
pub(super) fn settle(mut step: StepDraft, facts: StepFacts, limit_s: f64, schema: &Schema) -> Settled {
    let run = said(texts(&std::mem::take(&mut step.run)));
    let all: Vec<&Effects> = facts.effects.iter().gather();
    settle_as(step, run, &all, &facts, limit_s, schema)
}

/// The same with what it runs and does said beside it.
pub(super) fn settle_as(
    mut step: StepDraft,
    run: Vec<Said>,
    all: &[&Effects],
    facts: &StepFacts,
    limit_s: f64,
    schema: &Schema,
) -> Settled {
    let undo = said_undo(std::mem::replace(&mut step.undo, UndoDraft::Nothing), &facts.undo_waits);
    let mut effects = effects::report(all, &facts.timing, limit_s, Some(schema), !facts.only_new);
    // Each batch commits, which a block inside a transaction may not.
    if step.kind == StepKind::Backfill && !step.transactional && schema.target().engine() == Engine::Postgres {
        effects.transactional = "refused".into();
    }
    // A step of the plan comes when the code is ready for it; what breaks then is a matter of its gate, not of its run.
    effects.reads = effects.reads.min_when_planned(facts.timing.reads_blocked, limit_s);
    effects.writes = effects.writes.min_when_planned(facts.timing.writes_blocked, limit_s);
    if facts.only_new {
        // Nobody can wait for a lock on what nobody knows yet.
        effects.locks = Vec::new();
    }
    let blocking = !facts.only_new && all.iter().flat_map(|e| &e.locks).any(|l| l.blocks_reads || l.blocks_writes);
    Settled { step, run, undo, effects, blocking, timing: facts.timing, rows: facts.rows, only_new: facts.only_new }
}

/// Statements as text.
pub(super) fn said<'r>(run: impl ExactSizeIterator<Item = (&'r str, &'r Change)>) -> Vec<Said> {
    // Not collected: that would keep the room of the changes for as long as the texts.
    let mut all = Vec::with_capacity(run.len());
    all.push_all(run.filter(|(sql, _)| !sql.trim().is_empty()).map(|(sql, change)| Said {
        rows_only: matches!(
            change,
            Change::Insert { .. } | Change::Update { .. } | Change::Delete { .. } | Change::Query { .. }
        ),
        sets_lock_timeout: sets_lock_timeout(change),
        patient: waits_without_blocking(change),
        sql: sql.trim().trim_end_matches(';').to_string(),
    }));
    all
}

fn texts(run: &[Run]) -> impl ExactSizeIterator<Item = (&str, &Change)> {
    run.iter().map(|run| (run.sql.as_str(), &run.change))
}

fn said_undo(undo: UndoDraft, waits: &str) -> SaidUndo {
    match undo {
        UndoDraft::Nothing => SaidUndo::Nothing,
        UndoDraft::Sql { run, transactional, lossy } => {
            SaidUndo::Sql { run: said(texts(&run)), transactional, lossy, waits: waits.to_string() }
        }
        UndoDraft::Action(action) => SaidUndo::Action(action),
        UndoDraft::Impossible(why) => SaidUndo::Impossible(why),
    }
}

fn sets_lock_timeout(change: &Change) -> bool {
    matches!(change, Change::Session(s) if matches!(s.name.as_str(), "lock_timeout" | "lock_wait_timeout" | "busy_timeout"))
}

fn waits_without_blocking(change: &Change) -> bool {
    match change {
        Change::CreateIndex(index) => index.concurrently,
        Change::DropIndex { concurrently, .. } | Change::Reindex { concurrently, .. } => *concurrently,
        Change::Partition { action: PartitionAction::Detach { concurrently, .. }, .. } => *concurrently,
        _ => false,
    }
}
