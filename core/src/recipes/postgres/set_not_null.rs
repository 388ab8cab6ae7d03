//! SET NOT NULL on a table too large for a scan under ACCESS EXCLUSIVE.

use super::{ENGINE, not_null};
use crate::change::{Change, Expr, Ident, Name, Volatility};
use crate::draft::{Draft, StepDraft};
use crate::order::{Gather, PushAll};
use crate::recipes::shared::batches::{Batches, RowVerb};
use crate::recipes::shared::draft::{draft, verify};
use crate::recipes::shared::key;
use crate::recipes::{Cx, Recipe};
use crate::report::PhaseName::{self, Expand, Migrate};

/// The recipe.
pub static RECIPE: Recipe = Recipe {
    id: "postgres-set-not-null",
    title: "NOT NULL proved by a validated constraint, without a blocking scan",
    for_engine: ENGINE,
    draft: propose,
};

fn propose(cx: &Cx<'_>) -> Option<Draft> {
    let Change::SetNotNull { table, column, .. } = cx.change else { return None };
    let mut steps = match fill(cx, table, column) {
        Some(fill) => vec![fill, no_nulls(cx, Migrate, table, column)],
        None => vec![no_nulls(cx, Expand, table, column)],
    };
    let proved = not_null::prove(cx, Migrate, table, column);
    steps.push_all(proved.steps);
    Some(Draft {
        checklist: vec![format!(
            "No running code writes NULL to {table}.{column} (from the constraint on, such a write fails)"
        )],
        notes: proved.note.into_iter().gather(),
        ..draft(&RECIPE, format!("Make {table}.{column} NOT NULL"), steps)
    })
}

/// NULLs must be gone first: an UPDATE of any other column of such a row fails once the constraint is there.
fn no_nulls(cx: &Cx<'_>, phase: PhaseName, table: &Name, column: &Ident) -> StepDraft {
    let (t, c) = (cx.name(table), cx.ident(column));
    StepDraft {
        why: format!(
            "Once the constraint is added, even NOT VALID, every UPDATE of a row whose {column} is NULL fails, \
             whatever column it changes."
        ),
        ..verify(
            phase,
            format!("Look for rows of {table} whose {column} is NULL"),
            format!("SELECT count(*) FROM {t} WHERE {c} IS NULL"),
            "0",
            &format!(
                "Deploy code that always writes {column}, then fill the rows in batches \
                 (UPDATE {t} SET {c} = … WHERE {c} IS NULL, by key range, a commit per batch), and look again."
            ),
        )
    }
}

/// With a default on the column, the value for old rows is known.
fn fill(cx: &Cx<'_>, table: &Name, column: &Ident) -> Option<StepDraft> {
    let default: Expr = cx.world.schema.column(table, column)?.default.clone()?;
    if default.volatility != Volatility::Constant || default.text.eq_ignore_ascii_case("null") {
        return None;
    }
    let c = cx.ident(column);
    let job = Batches {
        table: table.clone(),
        verb: RowVerb::Update { set: format!("{c} = {}", default.text), columns: vec![column.clone()] },
        condition: format!("{c} IS NULL"),
        key: key::of(cx, table),
    };
    Some(job.step(cx, Migrate, format!("Fill NULLs of {table}.{column} with its default {}", default.text)))
}
