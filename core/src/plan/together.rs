//! What a statement does not do to running code, because of what stands behind it in its transaction.
//!
//! In: the statements, and the world before one of them. Out: another [`RunningCode`] of its effects. Never: for statements that
//! the plan might take apart.

use super::effects;
use super::joint::{self, Candidate};
use super::timing;
use super::verdict;
use crate::change::{Change, Name, ObjectKind, ObjectVerb};
use crate::engines;
use crate::facts::{Effects, RunningCode};
use crate::order::Gather;
use crate::parse::{Script, Statement};
use crate::recipes;
use crate::recipes::postgres::replace_function::of_triggers;
use crate::report::Verdict;
use crate::schema::shape;
use crate::source::{has, says_the_same};
use crate::target::Engine;
use crate::world::World;

/// A table renamed and, in the next statement of the transaction, replaced by a view of its old name: running code does not notice.
/// The plan could take them apart if anything stood between.
pub(super) fn kept_by_view(
    index: usize,
    script: &Script,
    statement: &Statement,
    effects: &mut [Effects],
    world: &World<'_>,
) {
    let one = statement.transaction.is_some() || world.options.in_transaction;
    let next = script.statements.get(index + 1).filter(|next| one && next.transaction == statement.transaction);
    let made = next.and_then(|next| next.changes.first()).map(|action| &action.change);
    let Some(Change::CreateView { name, materialized: false, reads, .. }) = made else { return };
    if world.target.engine() != Engine::Postgres {
        return;
    }
    for (action, effects) in statement.changes.iter().zip(effects) {
        let Change::RenameTable { table, to } = &action.change else { continue };
        if name.object == table.object && matches!(reads.as_slice(), [only] if only.object == to.object) {
            effects.running_code = RunningCode::Remark(format!(
                "the view of the same transaction keeps the name {table}: queries and simple writes go on through it"
            ));
        }
    }
}

/// A view dropped and, further on in the transaction, made again with the same columns: running code waits for a moment and finds
/// the new one. Only where the plan keeps the two together, which it does with neighbours and with what a recipe joins.
pub(super) fn view_made_again(
    text: &str,
    index: usize,
    script: &Script,
    joint: Option<&Candidate>,
    effects: &mut [Effects],
    world: &World<'_>,
) {
    let Some(statement) = script.statements.get(index) else { return };
    let [Change::DropView { names, materialized: false, cascade: false, .. }] =
        statement.changes.iter().map(|action| &action.change).gather().as_slice()
    else {
        return;
    };
    let one = statement.transaction.is_some() || world.options.in_transaction;
    if !one || world.target.engine() != Engine::Postgres {
        return;
    }
    let later = || {
        let later = script.statements.iter().enumerate().skip(index + 1);
        later.take_while(|(_, other)| other.transaction == statement.transaction)
    };
    let said_again = |wanted: &str| later().any(|(_, other)| says_the_same(other.span.of(text), wanted, world.target));
    let again = |dropped: &Name| {
        let Some(old) = world.schema.view(dropped).filter(|old| !old.materialized) else { return false };
        let made = later().find(|(_, other)| match other.changes.first().map(|action| &action.change) {
            Some(Change::CreateView { name, materialized: false, .. }) => world.schema.same_relation(dropped, name),
            _ => false,
        });
        made.is_some_and(|(at, made)| {
            (at == index + 1 || joint.is_some_and(|joint| joint.has(at)))
                && shape::lost(old.said(), made.span.of(text), world.target) == Some(None)
                && world.schema.extras(dropped).iter().all(|extra| said_again(&extra.text))
        })
    };
    if names.iter().all(again) {
        let names = names.iter().map(Name::to_string).gather().join(", ");
        effects.iter_mut().for_each(|effects| {
            effects.running_code = RunningCode::Remark(format!(
                "the new {names} of the same transaction has every column where it was: queries wait for a moment"
            ));
        });
    }
}

/// A function of triggers dropped and, further on in the transaction, made again: only triggers call it, and those of the
/// transaction come with it. Only where nothing else stands between, so that the plan keeps them together.
pub(super) fn function_made_again(
    text: &str,
    index: usize,
    script: &Script,
    statement: &Statement,
    effects: &mut [Effects],
    world: &World<'_>,
) {
    let one = statement.transaction.is_some() || world.options.in_transaction;
    let [action] = statement.changes.as_slice() else { return };
    let Change::Object { verb: ObjectVerb::Drop, kind: ObjectKind::Function, name: Some(dropped), .. } = &action.change
    else {
        return;
    };
    if !one || world.target.engine() != Engine::Postgres || has(statement.span.of(text), "CASCADE") {
        return;
    }
    let object = |other: &&Statement| {
        other.transaction == statement.transaction
            && other.changes.iter().all(|action| matches!(action.change, Change::Object { .. }))
    };
    let mut later = script.statements.iter().skip(index + 1).take_while(object);
    let again = later.any(|other| match other.changes.first().map(|action| &action.change) {
        Some(Change::Object {
            verb: ObjectVerb::Create | ObjectVerb::Replace,
            kind: ObjectKind::Function,
            name,
            ..
        }) => name.as_ref() == Some(dropped) && of_triggers(other.span.of(text)),
        _ => false,
    });
    if again {
        effects.iter_mut().for_each(|effects| {
            effects.running_code = RunningCode::Remark(format!("{dropped} is there again at COMMIT"));
        });
    }
}

/// A table renamed and, in the next two statements of the transaction, made the first partition of a new one of its name: each of
/// them is safe, so the plan leaves them together.
pub(super) fn kept_by_partition(
    text: &str,
    index: usize,
    script: &Script,
    statement: &Statement,
    effects: &mut [Effects],
    world: &World<'_>,
) {
    let one = statement.transaction.is_some() || world.options.in_transaction;
    let near = joint::near(script, index, 3);
    let changes: Vec<&Change> = near.iter().flat_map(|s| &s.changes).map(|action| &action.change).gather();
    let [
        change @ Change::RenameTable { table, .. },
        made @ Change::CreateTable(_),
        attached @ Change::Partition { .. },
    ] = changes.as_slice()
    else {
        return;
    };
    let together = near.iter().all(|s| s.transaction == statement.transaction && s.changes.len() == 1);
    if !one || !together || world.target.engine() != Engine::Postgres {
        return;
    }
    let nothing = Effects::none();
    if !recipes::postgres::first_partition::is_whole(&joint::ahead(text, near, change, &nothing, world)) {
        return;
    }
    let mut scratch = world.schema.excerpt(&super::resources::tables(changes.iter().copied()));
    scratch.apply(change);
    let engine = engines::of(world.target.engine());
    let mut safe = |change: &Change| {
        let world = World { schema: &scratch, ..*world };
        let effects = engine.effects(change, &world);
        let timing = timing::statement(&[&effects], &[], &world);
        let judged = verdict::judge(change, &effects, &timing, true, &world);
        scratch.apply(change);
        judged.verdict == Verdict::Safe
    };
    if safe(made) && safe(attached) {
        effects.iter_mut().for_each(|effects| {
            effects.running_code = RunningCode::Remark(format!(
                "the new {table} of the same transaction keeps the name: queries and writes go on through it"
            ));
        });
    }
}

/// A default or identity that goes, and what stands next in the statement or transaction gives the column another default, or
/// lets it be NULL: no INSERT fails. The plan could take them apart if anything stood between.
pub(super) fn value_given_again(
    index: usize,
    script: &Script,
    statement: &Statement,
    effects: &mut [Effects],
    world: &World<'_>,
) {
    let one = statement.transaction.is_some() || world.options.in_transaction;
    let next = script.statements.get(index + 1).filter(|next| one && next.transaction == statement.transaction);
    let alone = next.filter(|_| statement.changes.len() < 2).into_iter();
    let all = std::iter::once(statement).chain(alone).flat_map(|statement| &statement.changes);
    if let ([lost, given], [first, ..]) = (all.gather().as_slice(), effects)
        && !matches!(given.change, Change::SetColumnOption { .. })
        && effects::gives_again(&lost.change, &given.change)
        && world.target.engine() == Engine::Postgres
    {
        first.running_code = RunningCode::Works;
    }
}
