//! ADD CHECK in two halves.

use super::ENGINE;
use super::parts::{add_not_valid, constraint_name, validate};
use crate::change::{Change, Constraint, ConstraintKind, Name};
use crate::draft::{Draft, StepDraft};
use crate::recipes::shared::draft::{draft, verify};
use crate::recipes::{Cx, Recipe};
use crate::report::PhaseName::{Expand, Migrate};

/// The recipe.
pub static RECIPE: Recipe = Recipe {
    id: "postgres-add-check",
    title: "Check constraint added NOT VALID, then validated",
    for_engine: ENGINE,
    draft: propose,
};

fn propose(cx: &Cx<'_>) -> Option<Draft> {
    let Change::AddConstraint { table, constraint } = cx.change else { return None };
    if constraint.not_valid || constraint.not_enforced {
        return None;
    }
    let look = look(cx, table, constraint)?;
    let name = constraint_name(cx, table, constraint);
    let steps = vec![look, add_not_valid(cx, Migrate, table, constraint), validate(cx, Migrate, table, &name)];
    Some(Draft {
        checklist: vec![format!(
            "Running code satisfies {name} on {table} (from the constraint on, a write that violates it fails)"
        )],
        ..draft(&RECIPE, format!("Add check {name} to {table}"), steps)
    })
}

/// Rows that violate a check.
pub fn look(cx: &Cx<'_>, table: &Name, constraint: &Constraint) -> Option<StepDraft> {
    let condition = match &constraint.kind {
        ConstraintKind::Check { expr } => expr.text.clone(),
        ConstraintKind::NotNull { column } => format!("{} IS NOT NULL", cx.ident(column)),
        ConstraintKind::PrimaryKey { .. }
        | ConstraintKind::Unique { .. }
        | ConstraintKind::ForeignKey(_)
        | ConstraintKind::Exclude => return None,
    };
    let name = constraint_name(cx, table, constraint);
    Some(StepDraft {
        why: format!(
            "Once {name} is there, even NOT VALID, every UPDATE of a row that violates it fails, whatever column it \
             changes."
        ),
        ..verify(
            Expand,
            format!("Look for rows of {table} that violate {name}"),
            format!("SELECT count(*) FROM {} WHERE NOT ({condition})", cx.name(table)),
            "0",
            "Repair the rows in batches, deploy code that no longer writes such values, look again.",
        )
    })
}
