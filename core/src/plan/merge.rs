//! Several steps as one: titles, effects, statements, undo.

use super::assemble::Placed;
use super::headline::lower;
use super::settled::{Said, SaidUndo, Settled};
use super::statements_sql::StatementsSql;
use super::timing::Timing;
use crate::order::PushAll;
use crate::report::{EffectsReport, Step, StepKind, UndoStep};
use std::borrow::Cow;

/// More titles than this are counted, not named.
const MOST_NAMED: usize = 5;

/// Items of one step, put together under its number.
pub(super) fn finish(id: String, placed: Placed, sql: &StatementsSql<'_>) -> Step {
    let title = title(&placed);
    let Placed { items, statements, .. } = placed;
    let mut statements = crate::order::sorted(statements);
    statements.dedup();
    let of = statements.first().copied().unwrap_or_default();
    let timing = items.iter().fold(Timing::default(), |sum, item| sum.then(item.timing));
    let (rows, rows_known) = items.iter().map(|item| item.rows).max_by_key(|(rows, _)| *rows).unwrap_or((0, true));
    let blocking = items.iter().any(|item| item.blocking);
    let why = why(&items);
    let several = items.len() > 1;
    let (mut run, mut undos, mut effects) = (Vec::new(), Vec::new(), EffectsReport::default());
    let mut first = None;
    for (n, item) in items.into_iter().enumerate() {
        run.push_all(item.run);
        undos.push(item.undo);
        if n == 0 {
            effects = item.effects
        } else {
            join(&mut effects, item.effects)
        }
        first.get_or_insert(item.step);
    }
    let step = first.unwrap_or_else(|| crate::draft::StepDraft::sql(crate::report::PhaseName::Expand, "", Vec::new()));
    let (undo, irreversible) = undo(join_undos(undos), of, sql);
    Step {
        id,
        kind: step.kind,
        title,
        why,
        sql: sql.of_step(run, of, step.transactional, blocking),
        transactional: step.transactional,
        effects,
        duration: timing.report(rows, rows_known),
        check: step.check.filter(|_| !several),
        undo,
        irreversible,
        on_failure: step.on_failure,
        other_ways: step.other_ways,
        gate: step.gate,
        statements,
    }
}

/// One title; of several pasted statements the first draft's, of several actions those that differ.
pub(super) fn title(placed: &Placed) -> String {
    let titles = || placed.items.iter().map(|item| item.step.title.as_str());
    match placed.items.as_slice() {
        [] => String::new(),
        [one] => one.step.title.clone(),
        [first, rest @ ..] if first.step.kind == StepKind::Sql => {
            let word = if rest.len() == 1 { "statement" } else { "statements" };
            format!("{}, and {} more {word}", placed.title_of_draft, rest.len())
        }
        _ => {
            let mut different: Vec<String> = Vec::new();
            for title in titles() {
                let title = if different.is_empty() { title.to_string() } else { lower(title) };
                if different.len() <= MOST_NAMED && !different.contains(&title) {
                    different.push(title);
                }
            }
            some(&different)
        }
    }
}

/// The first few, and how many more.
pub(super) fn some(titles: &[String]) -> String {
    match titles.get(..MOST_NAMED) {
        Some(named) if titles.len() > MOST_NAMED => format!("{}; and more", named.join("; ")),
        _ => titles.join("; "),
    }
}

fn why(items: &[Settled]) -> String {
    let mut reasons: Vec<&str> = Vec::new();
    for item in items {
        let why = item.step.why.trim();
        if reasons.len() < MOST_NAMED && !why.is_empty() && !reasons.contains(&why) {
            reasons.push(why);
        }
    }
    reasons.join(" ")
}

fn join(all: &mut EffectsReport, next: EffectsReport) {
    fn union<T: PartialEq>(all: &mut Vec<T>, next: Vec<T>) {
        for item in next {
            if !all.contains(&item) {
                all.push(item);
            }
        }
    }
    fn worst(all: &mut Cow<'static, str>, next: Cow<'static, str>, order: &[&str]) {
        let rank = |word: &str| order.iter().position(|known| *known == word).unwrap_or(0);
        if rank(&next) > rank(all) {
            *all = next;
        }
    }
    union(&mut all.locks, next.locks);
    union(&mut all.rewrites, next.rewrites);
    union(&mut all.scans, next.scans);
    union(&mut all.index_builds, next.index_builds);
    union(&mut all.evidence, next.evidence);
    union(&mut all.notes, next.notes);
    worst(&mut all.transactional, next.transactional, &["yes", "implicit_commit", "unknown", "refused"]);
    worst(&mut all.reversible, next.reversible, &["yes", "lossy", "no", "unknown"]);
    worst(&mut all.certainty, next.certainty, &["proved", "documented", "assumed", "unknown"]);
    all.algorithm = all.algorithm.take().or(next.algorithm);
    all.online_form = all.online_form.take().or(next.online_form);
    all.reads = all.reads.max(next.reads);
    all.writes = all.writes.max(next.writes);
}

/// Backwards: what came last is undone first.
fn join_undos(undos: Vec<SaidUndo>) -> SaidUndo {
    let (mut run, mut all_transactional): (Vec<Said>, bool) = (Vec::new(), true);
    let (mut losses, mut actions, mut all_waits) = (Vec::new(), Vec::new(), Vec::new());
    let add = |list: &mut Vec<String>, text: String| {
        if !text.is_empty() && list.len() < MOST_NAMED && !list.contains(&text) {
            list.push(text);
        }
    };
    for undo in undos.into_iter().rev() {
        match undo {
            SaidUndo::Nothing => {}
            SaidUndo::Impossible(why) => return SaidUndo::Impossible(why),
            SaidUndo::Action(action) => add(&mut actions, action),
            SaidUndo::Sql { run: statements, transactional, lossy, waits } => {
                run.push_all(statements);
                all_transactional &= transactional;
                add(&mut losses, lossy);
                add(&mut all_waits, waits);
            }
        }
    }
    match (run.is_empty(), actions.is_empty()) {
        (true, true) => SaidUndo::Nothing,
        (true, false) => SaidUndo::Action(actions.join("; ")),
        (false, _) => {
            losses.push_all(actions);
            let (lossy, waits) = (losses.join("; "), all_waits.join("; "));
            SaidUndo::Sql { run, transactional: all_transactional, lossy, waits }
        }
    }
}

fn undo(undo: SaidUndo, of: usize, sql: &StatementsSql<'_>) -> (Option<UndoStep>, Option<String>) {
    match undo {
        SaidUndo::Nothing => (None, None),
        SaidUndo::Impossible(why) => (None, Some(why)),
        SaidUndo::Action(action) => (Some(UndoStep { action, ..UndoStep::default() }), None),
        SaidUndo::Sql { run, transactional, lossy, waits } => {
            let sql = sql.of_step(run, of, transactional, true);
            (Some(UndoStep { sql, transactional, lossy, waits, action: String::new() }), None)
        }
    }
}
