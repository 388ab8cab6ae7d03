//! Where a view is made anew among the changes of its tables that a script makes between DROP VIEW and CREATE VIEW.

use super::drop_column;
use crate::change::{Change, Ident, Name, TransactionVerb};
use crate::draft::{Draft, Run};
use crate::order::{Gather, PushAll, by_key, sorted};
use crate::recipes::Cx;
use crate::recipes::joint::{Ahead, Between};
use crate::recipes::shared::words::mentions;
use crate::schema::View;
use crate::world::World;

/// Before or behind which of them. None where the view stands in the way of one, or they need it on both sides.
///
/// `old`: the views as they are; `again`: the statements that make them anew.
pub fn between(ahead: &Ahead<'_>, members: &[usize], old: &[&View], again: &[Run]) -> Option<Between> {
    let last = members.last().copied().unwrap_or(0);
    let places = ahead.changes().filter(|(at, _)| *at < last && !members.contains(at));
    let changes: Vec<&Change> = places.map(|(_, change)| change).gather();
    let schema = ahead.cx.world.schema;
    let read = |name: &Name| {
        let reads = again.iter().filter_map(|run| match &run.change {
            Change::CreateView { reads, .. } => Some(reads.as_slice()),
            _ => None,
        });
        let old = old.iter().map(|view| view.reads.as_slice());
        reads.chain(old).flatten().any(|read| schema.same_relation(read, name))
    };
    let about_them = |change: &Change| change.relations().into_iter().any(read);
    if !changes.iter().any(|change| about_them(change)) {
        return Some(Between::Untouched);
    }
    let named = |column: &Ident| again.iter().any(|run| mentions(&run.sql, column));
    let places: Vec<Side> = changes.iter().map(|change| side(change, about_them(change), &named)).gather();
    match (places.contains(&Side::First), places.contains(&Side::Behind)) {
        _ if places.contains(&Side::Neither) => None,
        (true, true) => None,
        (true, false) => Some(Between::Before),
        (false, _) => Some(Between::After),
    }
}

/// The draft with the columns that the script drops between, phase by phase: what the view no longer shows goes with the same
/// deploys. Their statements become members.
pub fn with_dropped_columns(ahead: &Ahead<'_>, members: &mut Vec<usize>, again: &[Run], mut draft: Draft) -> Draft {
    let last = members.last().copied().unwrap_or(0);
    let cx = ahead.cx;
    let mut schema = cx.world.schema.clone();
    for (at, change) in ahead.changes().take_while(|(at, _)| *at < last) {
        if members.contains(&at) {
            schema.apply(change);
        }
    }
    again.iter().for_each(|run| schema.apply(&run.change));
    for (at, statement) in ahead.statements.iter().enumerate().take(last) {
        let [change @ Change::DropColumn { table, column, .. }] = statement.changes.as_slice() else { continue };
        let world = World { schema: &schema, ..cx.world };
        let effects = cx.engine().effects(change, &world);
        let cx = Cx { world, change, effects: &effects, sql: statement.sql, safe_as_written: false };
        let Some(Draft { steps, checklist, notes, .. }) = (drop_column::RECIPE.draft)(&cx) else { continue };
        draft.title = format!("{}; drop column {table}.{column}", draft.title);
        draft.steps.push_all(steps);
        draft.checklist.push_all(checklist);
        draft.notes.push_all(notes);
        members.push(at);
    }
    draft.steps = by_key(draft.steps, |step| step.phase);
    *members = sorted(std::mem::take(members));
    draft
}

/// Where a change stands with regard to the view made anew.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Side {
    /// The new view may need it.
    First,
    /// It needs the old view gone.
    Behind,
    /// It does not matter.
    Any,
    /// The old view must be gone, and the new one not be there yet.
    Neither,
}

/// `about`: it is about a table of the views; `named`: a new view names the column.
fn side(change: &Change, about: bool, named: &impl Fn(&Ident) -> bool) -> Side {
    match change {
        Change::Opaque { .. } | Change::Transaction(TransactionVerb::Rollback | TransactionVerb::RollbackTo(_)) => {
            Side::Neither
        }
        Change::CreateTable(_) if about => Side::First,
        _ if !about => Side::Any,
        Change::AddColumn { column, .. } if named(&column.name) => Side::First,
        Change::AddColumn { .. }
        | Change::SetDefault { .. }
        | Change::DropDefault { .. }
        | Change::SetNotNull { .. }
        | Change::DropNotNull { .. }
        | Change::AddConstraint { .. }
        | Change::ValidateConstraint { .. }
        | Change::CreateIndex(_)
        | Change::Maintain { .. } => Side::Any,
        // What the new view shows may be made by it.
        Change::Insert { .. } | Change::Update { .. } | Change::Delete { .. } => Side::First,
        Change::DropColumn { .. } => Side::Behind,
        _ => Side::Neither,
    }
}
