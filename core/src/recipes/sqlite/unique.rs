//! UNIQUE added to a table: a unique index does the same, without making the table anew.

use super::ENGINE;
use super::rebuild::checklist;
use super::sql::LOCK_FAILURE;
use crate::change::{Change, ConstraintKind, IndexDef};
use crate::draft::{Draft, StepDraft};
use crate::order::Gather;
use crate::recipes::shared::draft::{draft, undo, verify};
use crate::recipes::shared::names::fit;
use crate::recipes::{Cx, Recipe};
use crate::report::PhaseName::{Expand, Migrate};

/// The recipe.
pub static RECIPE: Recipe = Recipe {
    id: "sqlite-add-unique",
    title: "Unique index in place of a UNIQUE constraint",
    for_engine: ENGINE,
    draft: propose,
};

fn propose(cx: &Cx<'_>) -> Option<Draft> {
    let Change::AddConstraint { table, constraint } = cx.change else { return None };
    let ConstraintKind::Unique { columns, .. } = &constraint.kind else { return None };
    let list = cx.idents(columns);
    let words: Vec<&str> = columns.iter().map(|c| c.value.as_str()).gather();
    let own = || fit(&format!("{}_{}_key", table.object, words.join("_")), cx.engine().ident_limit());
    let name = table.sibling(constraint.name.as_ref().map_or_else(own, |n| n.value.clone()));
    let index = IndexDef { unique: true, ..IndexDef::on(name.clone(), table.clone(), columns) };
    let drop =
        Change::DropIndex { name, table: Some(table.clone()), concurrently: false, if_exists: false, cascade: false };
    let given: Vec<String> = columns.iter().map(|c| format!("{} IS NOT NULL", cx.ident(c))).gather();
    let steps = vec![
        verify(
            Expand,
            format!("Look for duplicates of ({list}) in {table}"),
            format!(
                "SELECT {list}, count(*) FROM {} WHERE {} GROUP BY {list} HAVING count(*) > 1 LIMIT 20",
                cx.name(table),
                given.join(" AND ")
            ),
            "no rows",
            "Merge or repair the duplicates, deploy code that no longer writes them, look again.",
        ),
        StepDraft {
            why: "It refuses the same duplicates as the constraint, and needs no new table. Writers wait while it is built."
                .to_string(),
            undo: undo(vec![cx.run(drop)]),
            on_failure: LOCK_FAILURE.to_string(),
            ..StepDraft::sql(
                Migrate,
                format!("Build a unique index on {table} ({list})"),
                vec![cx.run(Change::CreateIndex(Box::new(index)))],
            )
        },
    ];
    Some(Draft { checklist: checklist(table), ..draft(&RECIPE, format!("Make ({list}) of {table} unique"), steps) })
}
