//! DROP TABLE: code first, foreign keys one by one, renamed aside for a while, then dropped.

use super::parts::{add_not_valid, drop_constraint};
use super::sql::{lock, regclass};
use super::{ENGINE, partitioned};
use crate::change::{Change, Name};
use crate::draft::{Draft, Run, StepDraft, UndoDraft};
use crate::order::{Gather, PushAll};
use crate::recipes::shared::draft::{draft, undo, verify};
use crate::recipes::shared::names;
use crate::recipes::{Cx, Recipe};
use crate::report::PhaseName::{Contract, Switch};

/// The recipe.
pub static RECIPE: Recipe = Recipe {
    id: "postgres-drop-table",
    title: "Table renamed aside, watched, then dropped",
    for_engine: ENGINE,
    draft: propose,
};

fn propose(cx: &Cx<'_>) -> Option<Draft> {
    let Change::DropTable { tables, .. } = cx.change else { return None };
    let mut steps = Vec::new();
    let mut notes = Vec::new();
    let mut checklist = Vec::new();
    for table in tables {
        steps.push(StepDraft::deploy(
            Switch,
            format!("Deploy code that no longer uses {table}"),
            format!("Every statement that names {table} fails from the next step on."),
        ));
        steps.push(unused(cx, table));
        steps.push_all(incoming_keys(cx, table));
        // Out of its parent a partition is out of the way, and its drop locks nothing else.
        let aside = match cx.world.schema.partition_parent(table) {
            Some(parent) => {
                steps.push(super::partition::detached(cx, parent, table));
                table.clone()
            }
            None => {
                let aside = names::helper_beside(cx, table, &["dropped"]);
                steps.push(set_aside(cx, table, &aside));
                aside
            }
        };
        steps.push(watch(cx, table, &aside));
        steps.push(drop_step(cx, table, &aside));
        notes.push_all(notes_of(cx, table));
        checklist.push(format!("No code, job, view, report or replica consumer uses {table} (unused for over a week)"));
        checklist.push(format!(
            "Backup of {table} alone taken and its restore checked: pg_dump --format=custom --table={}",
            shell_quoted(&cx.name(table))
        ));
    }
    let title = match tables.as_slice() {
        [one] => format!("Drop table {one}"),
        several => format!("Drop {} tables", several.len()),
    };
    Some(Draft { checklist, notes, ..draft(&RECIPE, title, steps) })
}

/// Counters of use since the statistics were reset.
fn unused(cx: &Cx<'_>, table: &Name) -> StepDraft {
    verify(
        Contract,
        format!("Look whether {table} is still used"),
        format!(
            "SELECT seq_scan, idx_scan, n_tup_ins, n_tup_upd, n_tup_del FROM pg_stat_all_tables WHERE relid = {}",
            regclass(cx, table)
        ),
        "counters that do not grow between two looks a day apart (on each replica too)",
        "Find the session that uses it (pg_stat_activity, log_statement), and deploy code without it.",
    )
}

/// Foreign keys that point at the table: one transaction each, the table locked first.
fn incoming_keys(cx: &Cx<'_>, table: &Name) -> Vec<StepDraft> {
    let keys = cx.world.schema.referencing(table);
    let others = keys.into_iter().filter(|(child, _)| child.def.name != *table);
    let named = others.filter_map(|(child, key)| key.name.as_ref().map(|name| (&child.def.name, name, key)));
    named
        .map(|(child, name, key)| {
            let mut back: Vec<Run> = add_not_valid(cx, Contract, child, key).run;
            back.push(cx.run(Change::ValidateConstraint { table: child.clone(), name: name.clone() }));
            StepDraft {
                why: format!(
                    "It stands in the way of the drop and locks both tables: alone, with {table} first, as writers lock."
                ),
                undo: UndoDraft::Sql { run: back, transactional: false, lossy: String::new() },
                ..StepDraft::locked(
                    Contract,
                    format!("Drop foreign key {name} of {child}"),
                    vec![lock(cx, table, "ACCESS EXCLUSIVE"), drop_constraint(cx, child, name)],
                )
            }
        })
        .gather()
}

fn set_aside(cx: &Cx<'_>, table: &Name, aside: &Name) -> StepDraft {
    let rename = |from: &Name, to: &Name| {
        let to = Name { schema: None, object: to.object.clone() };
        cx.run(Change::RenameTable { table: from.clone(), to })
    };
    StepDraft {
        why: "A forgotten reader fails now, while a rename brings everything back at once.".to_string(),
        undo: undo(vec![rename(aside, table)]),
        ..StepDraft::locked(Contract, format!("Rename {table} aside"), vec![rename(table, aside)])
    }
}

/// The soak: it stands between the rename and the drop, so it is a look rather than a wait.
fn watch(cx: &Cx<'_>, table: &Name, aside: &Name) -> StepDraft {
    StepDraft {
        why: "Monthly jobs and rare reports show up only with time.".to_string(),
        gate: format!("no error names {table} for as long as your rarest job takes to come round"),
        ..verify(
            Contract,
            format!("Watch for errors that name {table}"),
            format!(
                "SELECT seq_scan, idx_scan, n_tup_ins, n_tup_upd, n_tup_del FROM pg_stat_all_tables WHERE relid = {}",
                regclass(cx, aside)
            ),
            "counters that have not grown since the step before, and no \"does not exist\" error in the server log",
            "Undo the step before at once, and find what still uses it.",
        )
    }
}

fn drop_step(cx: &Cx<'_>, table: &Name, aside: &Name) -> StepDraft {
    let change = Change::drop_table(aside.clone());
    let title = match aside == table {
        true => format!("Drop table {table}"),
        false => format!("Drop table {table} (now {})", aside.object),
    };
    StepDraft {
        why: "Nobody has used it since, so its lock is waited for by nobody.".to_string(),
        undo: UndoDraft::Impossible(format!("The rows of {table} are gone; only the backup brings them back.")),
        ..StepDraft::locked(Contract, title, vec![cx.run(change)])
    }
}

fn notes_of(cx: &Cx<'_>, table: &Name) -> Vec<String> {
    let mut notes = Vec::new();
    for view in cx.world.schema.views_on(table) {
        notes.push(format!(
            "View {} reads {table}: it follows the rename, and the server refuses the drop until the view is gone.",
            view.name
        ));
    }
    if partitioned::is_partitioned(cx, table) {
        notes.push(format!("{table} is partitioned: all its partitions go with it."));
    }
    if let Change::DropTable { cascade: true, .. } = cx.change {
        notes.push("CASCADE is left out: it would drop views and foreign keys that nobody looked at.".to_string());
    }
    notes
}

/// A word for a POSIX shell.
fn shell_quoted(text: &str) -> String {
    format!("'{}'", text.replace('\'', "'\\''"))
}
