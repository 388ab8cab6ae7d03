//! Steps run in thought: what each does to the schema that those before it have left, and how long it takes.

use super::drafting::TimedDraft;
use super::order;
use super::settled::{self, StepFacts};
use super::timing::{self, Timing};
use super::undone;
use crate::change::{Change, Name, ObjectKind, ObjectVerb};
use crate::draft::{Draft, StepDraft};
use crate::engines;
use crate::facts::{Effects, RunningCode, Work, WorkKind};
use crate::order::{Gather, PushAll};
use crate::recipes::shared::names::PREFIX;
use crate::report::StepKind;
use crate::schema::Schema;
use crate::world::World;

/// Runs the steps in thought: each statement is asked in the schema that those before it have left.
pub(super) fn timed(draft: Draft, world: &World<'_>) -> TimedDraft {
    let changes = draft.steps.iter().flat_map(|s| &s.run).map(|r| &r.change);
    let domains = changes.clone().filter_map(|change| match change {
        Change::AlterDomainConstraint { name, .. } => Some(name),
        _ => None,
    });
    let of_domain = domains.flat_map(|name| world.schema.tables_of_type(name)).map(|table| table.def.name.clone());
    // DROP TRIGGER of MySQL and SQLite does not say its table.
    let triggers = changes.clone().filter_map(|change| match change {
        Change::Object { kind, name: Some(name), on: None, .. } => world.schema.object(*kind, name)?.on.clone(),
        _ => None,
    });
    let unsaid: Vec<Name> = of_domain.chain(triggers).gather();
    let kept_by = (changes.clone().any(is_trigger_of_ours), draft.steps.iter().any(|step| step.writes_both));
    let mut tables = super::resources::tables(changes);
    tables.push_all(unsaid);
    let mut scratch = world.schema.excerpt(&tables);
    let footprint = order::footprint(&draft);
    let limit_s = world.options.block_limit_ms as f64 / 1000.0;
    let Draft { recipe, title, steps, checklist, notes, as_written } = draft;
    let steps = steps
        .into_iter()
        .map(|step| {
            let mut facts = step_facts(&step, &mut scratch, world);
            facts.undo_waits = undone::waits(&step, || scratch.clone(), world);
            settled::settle(step, facts, limit_s, &scratch)
        })
        .gather();
    TimedDraft { recipe, title, checklist, notes, as_written, footprint, wave: 0, steps, also: Vec::new(), kept_by }
}

fn is_trigger_of_ours(change: &Change) -> bool {
    match change {
        Change::Object { verb: ObjectVerb::Create, kind: ObjectKind::Trigger, name: Some(name), .. } => {
            name.object.value.starts_with(PREFIX)
        }
        _ => false,
    }
}

impl StepFacts {
    /// Takes in one change of the step.
    pub(super) fn meet(&mut self, change: &Change, effects: &Effects, world: &World<'_>) {
        let mut relations = change.relations();
        if relations.is_empty() {
            // A change of a type, or of an index whose table is not said, works on tables that it does not name.
            relations.push_all(effects.locks.iter().map(|lock| &lock.object));
        }
        let sources: &[Name] = if let Change::CreateView { reads, .. } = change { reads } else { &[] };
        let all_new = relations.iter().copied().chain(sources).all(|t| world.schema.is_new(t));
        self.only_new &= effects.locks.is_empty() || all_new;
        for table in &relations {
            let count = world.sizes.rows(world, table);
            if count.rows > self.rows.0 {
                self.rows = (count.rows, count.known);
            }
        }
        // A copy fills a table that had none.
        for work in &effects.work {
            if let WorkKind::InsertRows { rows: Some(copied) } = work.kind {
                self.rows.0 = self.rows.0.max(copied);
            }
        }
    }
}

pub(super) fn step_facts(step: &StepDraft, scratch: &mut Schema, world: &World<'_>) -> StepFacts {
    let engine = engines::of(world.target.engine());
    let mut facts = StepFacts { rows: (0, true), only_new: !step.run.is_empty(), ..StepFacts::default() };
    let mut held = Vec::new();
    // Empty text: a further action of the statement before it, done in the same pass.
    for statement in step.run.chunk_by(|_, next| next.sql.is_empty()) {
        let before = (statement.len() > 1).then(|| scratch.clone());
        let mut effects = Vec::with_capacity(statement.len());
        for run in statement {
            let world = World { schema: scratch, ..*world };
            let mut action = engine.effects(&run.change, &world);
            if step.kind == StepKind::Backfill {
                action.work.iter_mut().for_each(over_all_batches);
            }
            facts.meet(&run.change, &action, &world);
            effects.push(action);
            scratch.apply(&run.change);
        }
        if let Some(before) = before {
            let changes: Vec<&Change> = statement.iter().map(|run| &run.change).gather();
            effects = engine.together(&changes, effects, &World { schema: &before, ..*world });
        }
        let all: Vec<&Effects> = effects.iter().gather();
        let world = World { schema: scratch, ..*world };
        facts.timing = facts.timing.then(timing::statement(&all, &held, &world));
        if step.transactional {
            held.push_all(effects.iter().flat_map(|e| &e.locks).filter(|l| l.blocks_reads || l.blocks_writes).cloned());
        }
        facts.effects.append(&mut effects);
    }
    if step.transactional {
        for (n, (run, effects)) in step.run.iter().zip(&mut facts.effects).enumerate() {
            let later = step.run.iter().skip(n).map(|later| &later.change);
            if later.clone().any(|later| super::effects::gives_again(&run.change, later)) {
                effects.running_code = RunningCode::Works;
            }
            if let Change::DropView { names, .. } = &run.change
                && names.iter().all(|view| later.clone().any(|later| makes_view(later, view)))
            {
                effects.running_code =
                    RunningCode::Remark("the view is there again at COMMIT: queries wait for a moment".to_string());
            }
        }
    }
    let world = World { schema: scratch, ..*world };
    facts.timing = facts.timing.then(pauses(step, facts.rows.0, &world));
    facts
}

fn makes_view(change: &Change, view: &Name) -> bool {
    matches!(change, Change::CreateView { name, .. } if name == view)
}

/// A backfill step runs its batch until all rows are done; the statement by itself is one batch.
fn over_all_batches(work: &mut Work) {
    if let WorkKind::Update { batch: Some(_), rows, .. } | WorkKind::Delete { batch: Some(_), rows } = &mut work.kind {
        *rows = None;
    }
}

/// The pauses between batches, which the work itself does not know.
fn pauses(step: &StepDraft, rows: u64, world: &World<'_>) -> Timing {
    if step.kind != StepKind::Backfill || world.options.batch_size == 0 {
        return Timing::default();
    }
    let batches = rows.div_ceil(world.options.batch_size);
    let seconds = batches as f64 * world.options.pause_ms as f64 / 1000.0;
    let range = crate::estimate::Range { low: seconds, expected: seconds, high: seconds, unknown: false };
    Timing { range, ..Timing::default() }
}
