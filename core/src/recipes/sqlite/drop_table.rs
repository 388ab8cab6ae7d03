//! DROP TABLE: code first, renamed aside for a while, then dropped.

use super::ENGINE;
use super::rebuild::checklist;
use super::sql::{LOCK_FAILURE, pragma};
use crate::change::{Change, Name};
use crate::draft::{Draft, StepDraft, UndoDraft};
use crate::order::PushAll;
use crate::recipes::shared::draft::{draft, undo};
use crate::recipes::shared::names;
use crate::recipes::{Cx, Recipe};
use crate::report::PhaseName::{Contract, Switch};
use crate::report::StepKind;

/// The recipe.
pub static RECIPE: Recipe = Recipe {
    id: "sqlite-drop-table",
    title: "Table renamed aside, watched, then dropped",
    for_engine: ENGINE,
    draft: propose,
};

fn propose(cx: &Cx<'_>) -> Option<Draft> {
    let Change::DropTable { tables, .. } = cx.change else { return None };
    let (mut steps, mut list, mut notes) = (Vec::new(), Vec::new(), Vec::new());
    for table in tables {
        let aside = names::helper_beside(cx, table, &["dropped"]);
        let rename = |from: &Name, to: &Name| cx.run(Change::RenameTable { table: from.clone(), to: to.clone() });
        let drop = Change::drop_table(aside.clone());
        steps.push_all([
            StepDraft::deploy(
                Switch,
                format!("Deploy code that no longer uses {table}"),
                format!("Every statement that names {table} fails from the next step on."),
            ),
            StepDraft {
                why: "A forgotten reader fails now, while a rename brings everything back at once.".to_string(),
                undo: undo(vec![rename(&aside, table)]),
                on_failure: LOCK_FAILURE.to_string(),
                ..StepDraft::sql(Contract, format!("Rename {table} aside"), vec![rename(table, &aside)])
            },
            StepDraft {
                kind: StepKind::Wait,
                why: "Rare jobs and reports show up only with time.".to_string(),
                transactional: false,
                gate: format!("no error names {table} for as long as your rarest job takes to come round"),
                ..StepDraft::sql(Contract, format!("Watch for errors that name {table}"), Vec::new())
            },
            StepDraft {
                why: "With foreign_keys on, a DROP first deletes every row, and deletes or changes the rows that reference \
                      it; off, it only frees the pages."
                    .to_string(),
                transactional: false,
                undo: UndoDraft::Impossible(format!("The rows of {table} are gone; only a copy of the file brings them back.")),
                on_failure: LOCK_FAILURE.to_string(),
                ..StepDraft::sql(
                    Contract,
                    format!("Drop table {table} (now {})", aside.object),
                    vec![pragma("foreign_keys", "OFF"), cx.run(drop), pragma("foreign_keys", "ON")],
                )
            },
        ]);
        list.push_all(checklist(table));
        for (child, _) in cx.world.schema.referencing(table) {
            notes.push(format!(
                "{} references {table}: make it anew without that foreign key first, or its writes fail once {table} is \
                 gone.",
                child.def.name
            ));
        }
    }
    let title = match tables.as_slice() {
        [one] => format!("Drop table {one}"),
        several => format!("Drop {} tables", several.len()),
    };
    Some(Draft { checklist: list, notes, ..draft(&RECIPE, title, steps) })
}
