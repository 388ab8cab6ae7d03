//! TRUNCATE: after a person said yes, with a copy offered.

use super::ENGINE;
use crate::change::{Change, Name};
use crate::draft::{Draft, Run, StepDraft};
use crate::order::Gather;
use crate::recipes::shared::draft::{draft, verify};
use crate::recipes::shared::{names, titles};
use crate::recipes::{Cx, Recipe, inverse};
use crate::report::OtherWay;
use crate::report::PhaseName::Contract;

/// The recipe.
pub static RECIPE: Recipe = Recipe {
    id: "postgres-truncate",
    title: "Table emptied after a look at its rows and a person's yes",
    for_engine: ENGINE,
    draft: propose,
};

fn propose(cx: &Cx<'_>) -> Option<Draft> {
    let Change::Truncate { tables, cascade } = cx.change else { return None };
    let mut steps: Vec<StepDraft> = tables.iter().map(|table| look(cx, table)).gather();
    steps.push(StepDraft {
        why: "It frees the storage of all rows at once, under a lock that waits for every reader and writer."
            .to_string(),
        undo: inverse::of(cx),
        other_ways: tables.iter().map(|table| copy(cx, table)).gather(),
        gate: "the rows are not needed any more, or are copied".to_string(),
        ..StepDraft::locked(
            Contract,
            titles::of(cx.change),
            vec![Run { sql: cx.sql.to_string(), change: cx.change.clone() }],
        )
    });
    let mut notes = Vec::new();
    if *cascade {
        let mut children: Vec<String> = tables
            .iter()
            .flat_map(|table| cx.world.schema.referencing(table))
            .map(|(child, _)| child.def.name.to_string())
            .gather();
        children = crate::order::sorted(children);
        children.dedup();
        notes.push(match children.is_empty() {
            true => {
                "CASCADE also empties every table with a foreign key to it, and so on; which those are was not given."
                    .to_string()
            }
            false => format!("CASCADE also empties {}, and what refers to those.", children.join(", ")),
        });
    }
    Some(Draft { notes, ..draft(&RECIPE, titles::of(cx.change), steps) })
}

fn look(cx: &Cx<'_>, table: &Name) -> StepDraft {
    verify(
        Contract,
        format!("Count the rows of {table}"),
        format!("SELECT count(*) FROM {}", cx.name(table)),
        "the number of rows that is meant to go",
        "Stop: these are not the rows that were meant.",
    )
}

fn copy(cx: &Cx<'_>, table: &Name) -> OtherWay {
    OtherWay {
        tool: "copy of the rows".to_string(),
        when: "they may be wanted again; run it before this step, it takes no lock that blocks traffic".to_string(),
        command: format!(
            "CREATE TABLE {} AS SELECT * FROM {}",
            cx.name(&names::helper_beside(cx, table, &["before"])),
            cx.name(table)
        ),
    }
}
