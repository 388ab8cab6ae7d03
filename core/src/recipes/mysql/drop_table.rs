//! DROP TABLE: code first, foreign keys one by one, renamed aside for a while, then dropped.

use super::ENGINES;
use super::sql::{LOCK_FAILURE, online};
use crate::change::{Change, ConstraintClass, Name};
use crate::draft::{Draft, StepDraft, UndoDraft};
use crate::order::{Gather, PushAll};
use crate::recipes::shared::draft::{draft, undo_outside};
use crate::recipes::shared::names;
use crate::recipes::{Cx, Recipe};
use crate::report::PhaseName::{Contract, Switch};
use crate::report::StepKind;

/// The recipe.
pub static RECIPE: Recipe = Recipe {
    id: "mysql-drop-table",
    title: "Table renamed aside, watched, then dropped",
    for_engine: ENGINES,
    draft: propose,
};

fn propose(cx: &Cx<'_>) -> Option<Draft> {
    let Change::DropTable { tables, temporary: false, if_exists, .. } = cx.change else { return None };
    // A table that may not be there cannot be renamed aside.
    let schema = cx.world.schema;
    if *if_exists && !schema.is_empty() && tables.iter().any(|table| schema.table(table).is_none()) {
        return None;
    }
    let (mut steps, mut checklist, mut notes) = (Vec::new(), Vec::new(), Vec::new());
    for table in tables {
        steps.push(StepDraft::deploy(
            Switch,
            format!("Deploy code that no longer uses {table}"),
            format!("Every statement that names {table} fails from the next step on."),
        ));
        steps.push_all(incoming_keys(cx, table));
        let aside = names::helper_beside(cx, table, &["dropped"]);
        steps.push(set_aside(cx, table, &aside));
        steps.push(watch(table));
        steps.push(last(cx, table, &aside));
        checklist.push(format!("No code, job, view, report or replica consumer uses {table} (unused for over a week)"));
        checklist.push(format!(
            "Backup of {table} alone taken and its restore checked: mysqldump --single-transaction DATABASE {table}"
        ));
        for view in cx.world.schema.views_on(table) {
            notes.push(format!(
                "View {} reads {table} and fails from the rename on (error 1356): drop it first.",
                view.name
            ));
        }
    }
    notes.push(
        "Before MySQL 8.0.23 the drop of a very large table holds up the server while its pages leave the buffer pool: \
         delete its rows in batches first, or drop it at a quiet hour."
            .to_string(),
    );
    let title = match tables.as_slice() {
        [one] => format!("Drop table {one}"),
        several => format!("Drop {} tables", several.len()),
    };
    Some(Draft { checklist, notes, ..draft(&RECIPE, title, steps) })
}

/// Foreign keys that point at the table: the server refuses the drop while they exist.
fn incoming_keys(cx: &Cx<'_>, table: &Name) -> Vec<StepDraft> {
    let keys = cx.world.schema.referencing(table);
    let others = keys.into_iter().filter(|(child, _)| child.def.name != *table);
    let named = others.filter_map(|(child, key)| key.name.as_ref().map(|name| (&child.def.name, name, key)));
    named
        .map(|(child, name, key)| {
            let change = Change::DropConstraint {
                table: child.clone(),
                name: Some(name.clone()),
                kind: Some(ConstraintClass::ForeignKey),
                if_exists: false,
                cascade: false,
            };
            StepDraft {
                why: format!("The server refuses to drop {table} while {child} references it."),
                transactional: false,
                undo: UndoDraft::Sql {
                    run: super::add_foreign_key::add(cx, child, key),
                    transactional: false,
                    lossy: "rows written since are not checked".to_string(),
                },
                on_failure: LOCK_FAILURE.to_string(),
                ..StepDraft::sql(Contract, format!("Drop foreign key {name} of {child}"), vec![online(cx, change)])
            }
        })
        .gather()
}

fn set_aside(cx: &Cx<'_>, table: &Name, aside: &Name) -> StepDraft {
    let rename = |from: &Name, to: &Name| cx.run(Change::RenameTable { table: from.clone(), to: to.clone() });
    StepDraft {
        why: "A forgotten reader fails now, while a rename brings everything back at once.".to_string(),
        transactional: false,
        undo: undo_outside(vec![rename(aside, table)]),
        on_failure: LOCK_FAILURE.to_string(),
        ..StepDraft::sql(Contract, format!("Rename {table} aside"), vec![rename(table, aside)])
    }
}

fn watch(table: &Name) -> StepDraft {
    StepDraft {
        kind: StepKind::Wait,
        why: "Monthly jobs and rare reports show up only with time.".to_string(),
        transactional: false,
        gate: format!("no error names {table} for as long as your rarest job takes to come round"),
        ..StepDraft::sql(Contract, format!("Watch for errors that name {table}"), Vec::new())
    }
}

fn last(cx: &Cx<'_>, table: &Name, aside: &Name) -> StepDraft {
    let change = Change::drop_table(aside.clone());
    StepDraft {
        why: "Nobody has used it since the rename.".to_string(),
        transactional: false,
        undo: UndoDraft::Impossible(format!("The rows of {table} are gone; only the backup brings them back.")),
        on_failure: LOCK_FAILURE.to_string(),
        ..StepDraft::sql(Contract, format!("Drop table {table} (now {})", aside.object), vec![cx.run(change)])
    }
}
