//! Statements that are one change together get one draft, which takes the place of theirs.

use super::analyse::Analysed;
use super::drafting::TimedDraft;
use super::resources::{self, Resource};
use super::steps;
use crate::change::{Change, TransactionVerb};
use crate::facts::Effects;
use crate::order::Gather;
use crate::parse::{Script, Statement};
use crate::recipes::joint::{Ahead, Between, Joint, Pasted, Taken};
use crate::recipes::{self, Cx};
use crate::report::Verdict;
use crate::world::World;
use std::ops::Range;

/// How many statements a joint change may spread over.
const AHEAD: usize = 40;

/// A draft that may stand for several statements, once their verdicts are known.
pub(super) struct Candidate {
    members: Vec<usize>,
    draft: TimedDraft,
    taken: Taken,
    between: Between,
}

impl Candidate {
    /// The last of the statements that it stands for.
    fn last(&self) -> usize {
        self.members.iter().copied().max().unwrap_or(0)
    }

    /// Does it stand for this statement as well?
    pub(super) fn has(&self, statement: usize) -> bool {
        self.members.contains(&statement)
    }
}

/// Looks whether a statement is the first of several that are one change.
pub(super) fn at(text: &str, script: &Script, index: usize, world: &World<'_>) -> Option<Candidate> {
    let first = script.statements.get(index)?.changes.first()?;
    let engine = world.target.engine();
    let mut fitting =
        recipes::JOINT.iter().filter(|r| r.for_engine.contains(&engine) && (r.starts)(&first.change)).peekable();
    fitting.peek()?;
    let near = near(script, index, AHEAD);
    let effects = Effects::none();
    let ahead = ahead(text, near, &first.change, &effects, world);
    let fits = |joint: &Joint| joint.between != Between::Untouched || undisturbed(near, &joint.members);
    let Joint { draft, members, taken, between } = fitting.find_map(|recipe| (recipe.find)(&ahead).filter(fits))?;
    let members = members.iter().map(|at| index + at).gather();
    Some(Candidate { members, draft: steps::timed(draft, world), taken, between })
}

/// Statements from one on, so many at most.
pub(super) fn near(script: &Script, index: usize, most: usize) -> &[Statement] {
    let near = script.statements.get(index..).unwrap_or_default();
    near.get(..most.min(near.len())).unwrap_or_default()
}

/// The same as recipes read them.
pub(super) fn ahead<'a>(
    text: &'a str,
    near: &'a [Statement],
    change: &'a Change,
    effects: &'a Effects,
    world: &World<'a>,
) -> Ahead<'a> {
    let changes = |s: &'a Statement| s.changes.iter().map(|a| &a.change).gather();
    let statements: Vec<Pasted<'_>> =
        near.iter().map(|s| Pasted { changes: changes(s), sql: s.span.of(text) }).gather();
    let sql = near.first().map_or("", |first| first.span.of(text));
    Ahead { cx: Cx { world: *world, change, effects, sql, safe_as_written: false }, statements }
}

/// Nothing between the members works on what they work on, and nothing there is beyond understanding.
fn undisturbed(near: &[Statement], members: &[usize]) -> bool {
    let last = members.iter().copied().max().unwrap_or(0);
    let changes = |s: &Statement| s.changes.iter().map(|a| a.change.clone()).gather();
    let own: Vec<Resource> = members
        .iter()
        .filter_map(|at| near.get(*at))
        .flat_map(|statement| changes(statement).iter().flat_map(resources::touched).gather())
        .gather();
    let meet = |a: &Resource, b: &Resource| {
        a.object == b.object && (a.column.is_none() || b.column.is_none() || a.column == b.column)
    };
    near.iter().enumerate().take(last).filter(|(at, _)| !members.contains(at)).all(|(_, statement)| {
        let undoes = |change: &Change| {
            matches!(change, Change::Transaction(TransactionVerb::Rollback | TransactionVerb::RollbackTo(_)))
        };
        statement.understood
            && !statement.changes.iter().any(|action| undoes(&action.change))
            && changes(statement).iter().all(|change| {
                let control = matches!(change, Change::Transaction(_) | Change::Session(_));
                let opaque = matches!(change, Change::Opaque { .. });
                control || (!opaque && resources::touched(change).iter().all(|r| !own.iter().any(|o| meet(o, r))))
            })
    })
}

/// Puts the joint drafts in the place of those of their members, where one of them is not safe as it stands, or it is better anyway.
/// `taken_back`: statements whose transaction ends with ROLLBACK, which are no part of anything.
pub(super) fn take(done: &mut [Analysed<'_>], candidates: Vec<Candidate>, taken_back: &[Range<usize>]) {
    let mut taken: Vec<usize> = Vec::new();
    for candidate in candidates {
        let last = candidate.last();
        let Candidate { members, mut draft, taken: when, between } = candidate;
        let first = members.iter().copied().min().unwrap_or(0);
        let known: Vec<&Analysed<'_>> = members.iter().filter_map(|at| done.get(*at)).gather();
        let unsafe_one = |one: &Analysed<'_>| one.judged.verdict != Verdict::Safe;
        let wanted = match when {
            Taken::Always => true,
            Taken::WhenUnsafe => known.iter().any(|one| unsafe_one(one)),
            Taken::WhenUnsafeWithin => done.get(first..=last).unwrap_or_default().iter().any(unsafe_one),
        };
        let understood = known.iter().all(|one| one.statement.understood);
        let gone = |at: &usize| taken.contains(at) || taken_back.iter().any(|places| places.contains(at));
        if !wanted || !understood || members.iter().any(gone) {
            continue;
        }
        taken.extend(&members);
        let place = if between == Between::Before { last } else { first };
        draft.also = members.iter().copied().filter(|at| *at != place).gather();
        for at in &members {
            if let Some(one) = done.get_mut(*at) {
                one.drafted.drafts.clear();
            }
        }
        if let Some(one) = done.get_mut(place) {
            one.drafted.drafts.push(draft);
        }
    }
}
