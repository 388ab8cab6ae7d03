//! A large UPDATE or DELETE, in batches.

use super::ENGINE;
use crate::change::{Change, Ident, Name};
use crate::draft::{Draft, Run, StepDraft, UndoDraft};
use crate::order::{Gather, PushAll};
use crate::recipes::shared::batches::{Batches, RowVerb};
use crate::recipes::shared::dml::Parts;
use crate::recipes::shared::draft::draft;
use crate::recipes::shared::{key, names, titles, words};
use crate::recipes::{Cx, Recipe};
use crate::report::OtherWay;
use crate::report::PhaseName::Migrate;
use crate::world::Touched;

/// The recipe.
pub static RECIPE: Recipe = Recipe {
    id: "postgres-change-rows",
    title: "Rows changed in batches, each committed",
    for_engine: ENGINE,
    draft: propose,
};

fn propose(cx: &Cx<'_>) -> Option<Draft> {
    let (table, columns, filter) = match cx.change {
        Change::Update { table, columns, filter } => (table, Some(columns), filter),
        Change::Delete { table, filter } => (table, None, filter),
        _ => return None,
    };
    if matches!(cx.world.touched(table, filter), Touched::Few | Touched::Batch) {
        return None;
    }
    let Some(parts) = Parts::read(cx.sql, columns.is_some()) else {
        return Some(whole(cx, table, columns.map(Vec::as_slice)));
    };
    let walk = key::of(cx, table);
    let verb = match columns {
        Some(columns) => RowVerb::Update { set: parts.set.to_string(), columns: columns.clone() },
        None => RowVerb::Delete,
    };
    let job = Batches { table: table.clone(), verb, condition: parts.condition.to_string(), key: walk.clone() };
    let title = titles::of(cx.change);
    let mut step = job.step(cx, Migrate, title.clone());
    step.undo = undo(columns.map(Vec::as_slice), table);
    step.other_ways = vec![copy_before(cx, table, &walk, columns.map(Vec::as_slice), parts.condition)];
    let mut notes: Vec<String> = walk.assumption(table).into_iter().gather();
    if columns.is_some_and(|columns| reads_its_own(columns, parts.set)) {
        step.on_failure =
            "It builds on the value that it overwrites, so a row must not be met twice. Batches that were \
                           committed stay: before running it again, restrict it to keys above the last one reported."
                .to_string();
        notes.push(
            "The new value is computed from the old one: running the batches again from the start would change rows \
             twice."
                .to_string(),
        );
    }
    if columns.is_none() {
        notes.push(format!(
            "Every foreign key that points at {table} is checked per deleted row: without an index on its columns each \
             check scans the referencing table."
        ));
    }
    Some(Draft {
        checklist: vec![format!("The rows concerned are counted and copied, or the backup of {table} is recent")],
        notes,
        ..draft(&RECIPE, title, vec![step])
    })
}

/// A form that cannot be split by its text alone.
fn whole(cx: &Cx<'_>, table: &Name, columns: Option<&[Ident]>) -> Draft {
    let step = StepDraft {
        why: format!(
            "It joins, returns rows or names {table} by an alias, so the plan cannot put key ranges into it. It locks \
             every row that it changes until its end, and writers of those rows wait. For many rows write it so that it \
             takes a key range, and run it range by range, each committed."
        ),
        undo: undo(columns, table),
        on_failure: "The statement is undone as a whole. Run it again.".to_string(),
        gate: "a trial on a copy of production took an acceptable time".to_string(),
        ..StepDraft::sql(
            Migrate,
            titles::of(cx.change),
            vec![Run { sql: cx.sql.to_string(), change: cx.change.clone() }],
        )
    };
    Draft {
        checklist: vec![format!("The rows concerned are counted and copied, or the backup of {table} is recent")],
        ..draft(&RECIPE, titles::of(cx.change), vec![step])
    }
}

fn reads_its_own(columns: &[Ident], set: &str) -> bool {
    // The assigned name stands once on the left; a second time means that it is read.
    columns.iter().any(|column| words::count(set, column) > 1)
}

fn undo(columns: Option<&[Ident]>, table: &Name) -> UndoDraft {
    UndoDraft::Impossible(match columns {
        Some(columns) => format!(
            "The previous values of {} are overwritten; they only come back from a copy made before.",
            columns.iter().map(|c| format!("{table}.{c}")).gather().join(", ")
        ),
        None => format!("The deleted rows of {table} only come back from a copy made before."),
    })
}

/// The rows as they were, beside the table.
fn copy_before(cx: &Cx<'_>, table: &Name, walk: &key::Key, columns: Option<&[Ident]>, condition: &str) -> OtherWay {
    let mut list: Vec<Ident> = match walk {
        key::Key::Integer(column) | key::Key::Assumed(column) => vec![column.clone()],
        key::Key::Ordered(columns) => columns.clone(),
        key::Key::Storage => Vec::new(),
    };
    let what = match columns {
        Some(columns) if !list.is_empty() => {
            list.push_all(columns.iter().filter(|c| !list.contains(c)).cloned().gather());
            cx.idents(&list)
        }
        Some(_) | None => "*".to_string(),
    };
    let filter = if condition.is_empty() { String::new() } else { format!(" WHERE {condition}") };
    OtherWay {
        tool: "copy of the rows".to_string(),
        when: "the previous values may be wanted again; run it before this step, it takes no lock that blocks traffic"
            .to_string(),
        command: format!(
            "CREATE TABLE {} AS SELECT {what} FROM {}{filter}",
            cx.name(&names::helper_beside(cx, table, &["before"])),
            cx.name(table)
        ),
    }
}
