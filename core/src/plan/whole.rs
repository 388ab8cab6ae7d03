//! A statement of several actions as one step, and a safe statement as it is.

use super::drafting::{TimedDraft, is_run_hint};
use super::order::{self, Footprint};
use super::settled::{self, Said, SaidUndo, Settled, StepFacts};
use super::steps::timed;
use super::timing::Timing;
use super::undone;
use crate::change::{Change, Name};
use crate::draft::{Draft, Run, StepDraft, UndoDraft};
use crate::engines::{self, EngineFacts};
use crate::facts::Effects;
use crate::order::{Gather, GatherAll, PushAll};
use crate::parse::Statement;
use crate::recipes::{self, Cx};
use crate::schema::Schema;
use crate::world::World;

/// Actions that belong together, in one statement there and back. `safe`: nobody has to be told why.
pub(super) fn as_it_must_be(
    text: &str,
    statement: &Statement,
    effects: &[Effects],
    alone: &[Timing],
    safe: bool,
    world: &World<'_>,
) -> TimedDraft {
    let mut whole = as_written(text, statement, effects, alone, world);
    let table = statement.changes.iter().flat_map(|a| a.change.relations()).next();
    for Settled { step, undo, .. } in &mut whole.steps {
        if !safe {
            step.why =
                "Its actions belong together: done one by one, the table would be without its key between them, the server \
                        would refuse, or one would not know the rows of another. Run it when the time stated can be borne."
                    .to_string();
        }
        if let (SaidUndo::Sql { run, .. }, Some(table)) = (undo, table) {
            join_actions(run, table, engines::of(world.target.engine()));
        }
    }
    whole.as_written = safe;
    whole
}

/// `ALTER TABLE t a` and `ALTER TABLE t b` as one `ALTER TABLE t a, b`.
fn join_actions(run: &mut Vec<Said>, table: &Name, engine: &dyn EngineFacts) {
    let head = format!("ALTER TABLE {} ", engines::name_sql(engine, table));
    let action = |said: &Said| {
        let bare = said.sql.split(", ALGORITHM=").next().unwrap_or(&said.sql);
        bare.strip_prefix(&head).map(str::to_string)
    };
    let Some(actions) = run.iter().map(action).gather_all() else { return };
    run.truncate(1);
    if let Some(first) = run.first_mut() {
        first.sql = format!("{head}{}", actions.join(", "));
    }
}

/// A safe statement stays as it is; its undo is that of its actions, backwards.
pub(super) fn as_written(
    text: &str,
    statement: &Statement,
    effects: &[Effects],
    alone: &[Timing],
    world: &World<'_>,
) -> TimedDraft {
    let sql = statement.span.of(text);
    if let ([only], [effect], [timing]) = (statement.changes.as_slice(), effects, alone) {
        let cx = Cx { world: *world, change: &only.change, effects: effect, sql, safe_as_written: true };
        // Its one step is the statement, whose effects and time are known already.
        let mut facts = StepFacts { timing: *timing, rows: (0, true), only_new: true, ..StepFacts::default() };
        facts.meet(&only.change, effect, world);
        return of_one_step(&cx, facts);
    }
    let parts = as_written_parts(statement, effects, world);
    let draft = merge_parts(sql, statement.changes.iter().map(|action| &action.change), parts);
    timed(draft, world)
}

/// A statement as it is, whose facts are known already.
fn of_one_step(cx: &Cx<'_>, mut facts: StepFacts) -> TimedDraft {
    let limit_s = cx.world.options.block_limit_ms as f64 / 1000.0;
    let Draft { recipe, title, steps, checklist, notes, as_written } = recipes::as_written::without_statement(cx);
    let (mut footprint, mut settled) = (Footprint::default(), Vec::with_capacity(1));
    for step in steps {
        footprint = order::footprint_of(step.phase, cx.change);
        facts.undo_waits = undone::waits(&step, || after(cx), &cx.world);
        let run = settled::said(std::iter::once((cx.sql, cx.change)));
        settled.push(settled::settle_as(step, run, &[cx.effects], &facts, limit_s, cx.world.schema));
    }
    let (steps, also, kept_by) = (settled, Vec::new(), (false, false));
    TimedDraft { recipe, title, checklist, notes, as_written, footprint, wave: 0, steps, also, kept_by }
}

/// What the change leaves behind of the schema, as far as it can touch it.
fn after(cx: &Cx<'_>) -> Schema {
    let mut schema = cx.world.schema.excerpt(&super::resources::tables(std::iter::once(cx.change)));
    schema.apply(cx.change);
    schema
}

fn as_written_parts(statement: &Statement, effects: &[Effects], world: &World<'_>) -> Vec<Draft> {
    let tables = super::resources::tables(statement.changes.iter().map(|a| &a.change));
    let mut scratch = world.schema.excerpt(&tables);
    let mut parts = Vec::new();
    for (action, effects) in statement.changes.iter().zip(effects) {
        let world = World { schema: &scratch, ..*world };
        if !is_run_hint(&action.change) {
            let cx = Cx { world, change: &action.change, effects, sql: "", safe_as_written: true };
            parts.push(recipes::as_written::draft(&cx));
        }
        scratch.apply(&action.change);
    }
    parts
}

/// Several actions of one statement as one step: its text is sent as it is, the changes are all kept for the facts.
pub(super) fn merge_parts<'a>(sql: &str, changes: impl Iterator<Item = &'a Change>, parts: Vec<Draft>) -> Draft {
    let mut undos: Vec<Vec<Run>> = Vec::new();
    let (mut lossy, mut impossible, mut by_hand) = (Vec::new(), None, Vec::new());
    let mut merged: Option<Draft> = None;
    let mut titles = Vec::new();
    for part in parts.into_iter() {
        titles.push(part.title.clone());
        for step in &part.steps {
            match &step.undo {
                UndoDraft::Sql { run, lossy: lost, .. } => {
                    undos.push(run.clone());
                    if !lost.is_empty() && !lossy.contains(lost) {
                        lossy.push(lost.clone());
                    }
                }
                UndoDraft::Impossible(why) => impossible = Some(why.clone()),
                UndoDraft::Action(what) => by_hand.push(what.clone()),
                UndoDraft::Nothing => {}
            }
        }
        match &mut merged {
            None => merged = Some(part),
            Some(whole) => {
                whole.checklist.push_all(part.checklist);
                whole.notes.push_all(part.notes);
            }
        }
    }
    // Backwards: what came last is undone first.
    let undo: Vec<Run> = undos.into_iter().rev().flatten().gather();
    let mut draft = merged.unwrap_or_else(|| Draft {
        recipe: "as-written",
        title: String::new(),
        steps: Vec::new(),
        checklist: Vec::new(),
        notes: Vec::new(),
        as_written: true,
    });
    let first = draft.steps.first().cloned();
    let runs = changes
        .enumerate()
        .map(|(n, change)| Run { sql: if n == 0 { sql.to_string() } else { String::new() }, change: change.clone() });
    draft.title = join_titles(&titles);
    draft.steps = first
        .map(|step| StepDraft {
            title: draft.title.clone(),
            run: runs.gather(),
            check: None,
            undo: match (impossible, undo.is_empty(), by_hand.is_empty()) {
                (Some(why), _, _) => UndoDraft::Impossible(why),
                (None, true, true) => UndoDraft::Nothing,
                (None, true, false) => UndoDraft::Action(by_hand.join("; ")),
                (None, false, _) => {
                    if !by_hand.is_empty() {
                        lossy.push(format!("what has to be done by hand besides: {}", by_hand.join("; ")));
                    }
                    UndoDraft::Sql { run: undo, transactional: step.transactional, lossy: lossy.join("; ") }
                }
            },
            ..step
        })
        .into_iter()
        .gather();
    draft
}

fn join_titles(titles: &[String]) -> String {
    match titles {
        [] => String::new(),
        [one] => one.clone(),
        [first, second] => format!("{first}; {}", super::headline::lower(second)),
        [first, second, rest @ ..] => format!("{first}; {}; and {} more", super::headline::lower(second), rest.len()),
    }
}
