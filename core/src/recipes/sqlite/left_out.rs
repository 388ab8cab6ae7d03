//! A column that new code leaves out of its INSERTs, before it is dropped: without its NOT NULL, which takes a rebuild.

use super::carried::Carried;
use super::rebuild;
use super::shape::Shape;
use super::steps::Rebuild;
use crate::change::{Change, ColumnDef, Name, Nullability};
use crate::draft::StepDraft;
use crate::order::Gather;
use crate::recipes::Cx;
use crate::recipes::shared::draft::listed;
use crate::report::PhaseName::Expand;

/// An INSERT has to give it a value.
pub fn is_demanded(column: &ColumnDef) -> bool {
    column.nullability == Nullability::NotNull && column.default.is_none() && column.generated.is_none()
}

/// The step that lets the columns be left out, and its notes; nothing where all of them can be. None where the table's
/// definition cannot be edited with certainty.
pub fn let_be(cx: &Cx<'_>, table: &Name, columns: &[&ColumnDef]) -> Option<(Vec<StepDraft>, Vec<String>)> {
    let demanded: Vec<&ColumnDef> = columns.iter().filter(|column| is_demanded(column)).copied().gather();
    let_be_null(cx, table, &demanded)
}

/// The same for columns that are NOT NULL.
pub fn let_be_null(cx: &Cx<'_>, table: &Name, demanded: &[&ColumnDef]) -> Option<(Vec<StepDraft>, Vec<String>)> {
    if demanded.is_empty() {
        return Some(Default::default());
    }
    let from = Shape::of(cx, table)?;
    let free = |shape: Shape, column: &&ColumnDef| {
        shape.changed(cx, &Change::DropNotNull { table: table.clone(), column: column.name.clone() })
    };
    let to = demanded.iter().try_fold(from.clone(), free)?;
    let carried = Carried::of(cx, table, &from, &to).ok()?;
    let rebuilt = Rebuild { table, from: &from, to: &to, carried: &carried, changes: &[], forward: true };
    let step = rebuild::step(cx, Expand, &rebuilt);
    let names = listed(&demanded.iter().map(|column| column.name.to_string()).gather());
    let step = StepDraft {
        title: format!("Make {table} anew, in which {names} may be left out"),
        why: format!("Code that no longer writes {names} could not insert rows otherwise (NOT NULL). {}", step.why),
        ..step
    };
    Some((vec![step], rebuild::notes(cx, table, &from, &to, &carried)))
}
