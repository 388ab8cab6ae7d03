//! Who waits while a step is undone: the undo of a change that costs nothing can be one that writes the table anew.

use super::steps::step_facts;
use crate::change::Change;
use crate::draft::{StepDraft, UndoDraft};
use crate::schema::Schema;
use crate::words;
use crate::world::World;

/// `reads and writes wait for about 40 s`; empty when nobody waits longer than the limit. `after` is the schema that the
/// step leaves behind; it is asked for only where the undo may take long.
pub(super) fn waits(step: &StepDraft, after: impl FnOnce() -> Schema, world: &World<'_>) -> String {
    let UndoDraft::Sql { run, transactional, .. } = &step.undo else { return String::new() };
    if !run.iter().any(|run| may_take_long(&run.change)) {
        return String::new();
    }
    let back = StepDraft { transactional: *transactional, ..StepDraft::sql(step.phase, "", run.clone()) };
    let facts = step_facts(&back, &mut after(), world);
    let (reads, writes) = (facts.timing.reads_blocked, facts.timing.writes_blocked);
    if facts.only_new || reads.max(writes) <= world.options.block_limit_ms as f64 / 1000.0 {
        return String::new();
    }
    let who = if reads >= writes { "reads and writes wait" } else { "writes wait" };
    let size = if facts.rows.1 { "" } else { " (rows assumed)" };
    format!("{who} for about {}{size}", words::time(reads.max(writes)))
}

/// Others change the catalog, rows, or an object that nobody is held up by.
fn may_take_long(change: &Change) -> bool {
    matches!(
        change,
        Change::ChangeColumnType { .. }
            | Change::RedefineColumn { .. }
            | Change::SetNotNull { .. }
            | Change::AddColumn { .. }
            | Change::AddConstraint { .. }
            | Change::CreateIndex(_)
            | Change::SetTableOption { .. }
            | Change::Partition { .. }
            | Change::RebuildTable { .. }
    )
}
