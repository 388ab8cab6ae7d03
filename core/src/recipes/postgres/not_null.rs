//! NOT NULL proved without a blocking scan, in the form of the server's version.

use super::parts::{add_constraint, add_not_valid, constraint, constraint_name, drop_constraint, validate};
use super::sql::expr;
use crate::change::{Change, Constraint, ConstraintKind, Ident, Name};
use crate::draft::{Run, StepDraft, UndoDraft};
use crate::engines::Capability;
use crate::order::PushAll;
use crate::recipes::Cx;
use crate::recipes::shared::draft::undo;
use crate::recipes::shared::names::fit;
use crate::report::PhaseName;

/// The steps, and what to note.
pub struct NotNull {
    /// In order.
    pub steps: Vec<StepDraft>,
    /// What is different from a plain SET NOT NULL at the end.
    pub note: Option<String>,
}

/// Makes a column NOT NULL where a primary key or an identity needs it in the catalog: before 12 at the price of a
/// scan under the lock.
pub fn demand(cx: &Cx<'_>, phase: PhaseName, table: &Name, column: &Ident) -> NotNull {
    let mut proved = prove(cx, phase, table, column);
    if proved.note.take().is_some() {
        let name = constraint_name(cx, table, &check_constraint(cx, table, column));
        let step = exchange(cx, phase, table, column, &name);
        proved.steps.push(StepDraft {
            why: format!(
                "A primary key or an identity needs NOT NULL itself, and this version reads all of {table} for it while \
                 reads and writes wait. Run it in a window; from version 12 on the check spares the scan."
            ),
            gate: "traffic is low".to_string(),
            ..step
        });
    }
    proved
}

/// Makes a column NOT NULL; no row may hold NULL any more and no code may write it.
pub fn prove(cx: &Cx<'_>, phase: PhaseName, table: &Name, column: &Ident) -> NotNull {
    if cx.can(Capability::NotValidNotNull) {
        return NotNull { steps: native(cx, phase, table, column), note: None };
    }
    let check = check_constraint(cx, table, column);
    let name = constraint_name(cx, table, &check);
    let mut steps = vec![add_not_valid(cx, phase, table, &check), validate(cx, phase, table, &name)];
    if cx.can(Capability::NotNullByCheck) {
        steps.push(exchange(cx, phase, table, column, &name));
        return NotNull { steps, note: None };
    }
    let note = format!(
        "On this version SET NOT NULL would read all of {table} under ACCESS EXCLUSIVE even with the proof, so the \
         validated check {name} stays and does the same work. Exchange it for SET NOT NULL after the upgrade to 12 \
         or later."
    );
    NotNull { steps, note: Some(note) }
}

/// 18 and later: the constraint itself in two halves.
fn native(cx: &Cx<'_>, phase: PhaseName, table: &Name, column: &Ident) -> Vec<StepDraft> {
    let wanted = Constraint { name: None, ..constraint(column.clone(), kind(column), true) };
    let name = constraint_name(cx, table, &wanted);
    let mut half = add_not_valid(cx, phase, table, &wanted);
    if let UndoDraft::Sql { run, .. } = &mut half.undo {
        // A key on a partition has made the inherited NOT NULL its own, and then it stays when the parent's goes (seen on 18).
        let own = |part: &Name| cx.world.schema.is_not_null(part, column) == Some(true);
        let left = super::partitioned::leaves(cx, table).into_iter().filter(|part| !own(part));
        run.push_all(left.map(|table| cx.run(Change::DropNotNull { table, column: column.clone() })));
    }
    vec![half, validate(cx, phase, table, &name)]
}

fn kind(column: &Ident) -> ConstraintKind {
    ConstraintKind::NotNull { column: column.clone() }
}

/// `CHECK (column IS NOT NULL)`, named after what it proves.
fn check_constraint(cx: &Cx<'_>, table: &Name, column: &Ident) -> Constraint {
    let name = fit(&format!("{}_{column}_not_null", table.object), cx.engine().ident_limit());
    let condition = expr(format!("{} IS NOT NULL", cx.ident(column)), std::slice::from_ref(column));
    constraint(Ident::new(name), ConstraintKind::Check { expr: condition }, true)
}

/// 12 to 17: the validated check spares SET NOT NULL its scan; then it is no longer needed.
fn exchange(cx: &Cx<'_>, phase: PhaseName, table: &Name, column: &Ident, name: &Ident) -> StepDraft {
    let check = check_constraint(cx, table, column);
    let back: Vec<Run> = vec![
        add_constraint(cx, table, check),
        cx.run(Change::DropNotNull { table: table.clone(), column: column.clone() }),
    ];
    StepDraft {
        why: "The validated check proves that no row is NULL, so SET NOT NULL reads nothing.".to_string(),
        undo: undo(back),
        ..StepDraft::locked(
            phase,
            format!("Set {table}.{column} NOT NULL, drop the check that proved it"),
            vec![
                cx.run(Change::SetNotNull { table: table.clone(), column: column.clone(), only: false }),
                drop_constraint(cx, table, name),
            ],
        )
    }
}
