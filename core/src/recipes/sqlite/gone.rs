//! Columns that go: dropped where the server can (3.35 and later), else the table is made anew without them.

use super::carried::Carried;
use super::rebuild;
use super::shape::Shape;
use super::steps::Rebuild;
use crate::change::{Change, ColumnDef, Ident, Name};
use crate::draft::{Run, StepDraft, UndoDraft};
use crate::order::{Gather, PushAll};
use crate::recipes::Cx;
use crate::recipes::shared::draft::{listed, undo, undo_outside};
use crate::report::PhaseName::Contract;

/// The server drops columns itself.
pub fn is_native(cx: &Cx<'_>) -> bool {
    cx.world.target.version.at_least(3, 35, 0)
}

/// `DROP COLUMN`.
pub fn drop(cx: &Cx<'_>, table: &Name, column: &Ident) -> Run {
    let (table, column) = (table.clone(), column.clone());
    cx.run(Change::DropColumn { table, column, if_exists: false, cascade: false })
}

/// The way back from columns that were `added` by these statements, behind what else has to go first; indexes among them stay.
pub fn taken_back(cx: &Cx<'_>, table: &Name, added: &[Run], mut first: Vec<Run>) -> Option<UndoDraft> {
    let columns = added.iter().filter_map(|run| match &run.change {
        Change::AddColumn { column, .. } => Some(&column.name),
        _ => None,
    });
    if is_native(cx) {
        first.push_all(columns.map(|column| drop(cx, table, column)));
        return Some(undo(first));
    }
    let (columns, indexes) = apart(added);
    let from = with(cx, table, &columns)?;
    let to = Shape::of(cx, table)?;
    let carried = carried(cx, table, [&from, &to], indexes)?;
    let back = Rebuild { table, from: &from, to: &to, carried: &carried, changes: &[], forward: false };
    first.push_all(back.statements(cx));
    Some(undo_outside(first))
}

/// The step that makes the table anew without columns; `added` has come by then, indexes too.
pub fn anew(cx: &Cx<'_>, table: &Name, added: &[Run], gone: &[&Ident]) -> Option<StepDraft> {
    let (columns, indexes) = apart(added);
    let from = with(cx, table, &columns)?;
    let without = |shape: Shape, column: &&Ident| shape.changed(cx, &drop(cx, table, column).change);
    let to = gone.iter().try_fold(from.clone(), without)?;
    let carried = carried(cx, table, [&from, &to], indexes)?;
    let forward = Rebuild { table, from: &from, to: &to, carried: &carried, changes: &[], forward: true };
    let step = rebuild::step(cx, Contract, &forward);
    let names = listed(&gone.iter().map(|column| column.to_string()).gather());
    Some(StepDraft {
        title: format!("Make {table} anew without {names}"),
        gate: format!(
            "no process of an older version runs and nothing has used {names} for the soak period; {}",
            step.gate
        ),
        ..step
    })
}

/// Columns that come, and the rest.
fn apart(added: &[Run]) -> (Vec<Run>, Vec<Run>) {
    added.iter().cloned().partition(|run| matches!(run.change, Change::AddColumn { .. }))
}

/// What goes along, with indexes that the plan made.
fn carried(cx: &Cx<'_>, table: &Name, [from, to]: [&Shape; 2], indexes: Vec<Run>) -> Option<Carried> {
    let mut carried = Carried::of(cx, table, from, to).ok()?;
    for run in indexes {
        if let Change::CreateIndex(index) = &run.change {
            carried.names.push_all(index.name.iter().map(|name| name.object.value.clone()));
            carried.statements.push(run.sql);
        }
    }
    Some(carried)
}

/// The table once these columns have come.
fn with(cx: &Cx<'_>, table: &Name, added: &[Run]) -> Option<Shape> {
    let head = format!("ALTER TABLE {} ADD COLUMN ", cx.name(table));
    added.iter().try_fold(Shape::of(cx, table)?, |shape, run| {
        let Change::AddColumn { column, if_not_exists, .. } = &run.change else { return None };
        let column = Box::new(ColumnDef { text: run.sql.strip_prefix(&head)?.to_string(), ..(**column).clone() });
        shape.changed(cx, &Change::AddColumn { table: table.clone(), column, if_not_exists: *if_not_exists })
    })
}
