//! ADD UNIQUE and ADD PRIMARY KEY: the index is built online first, the constraint takes it over.

use super::parts::{add_constraint, build_index, constraint_name};
use super::{ENGINE, not_null, partitioned};
use crate::change::{Change, Constraint, ConstraintKind, Ident, IndexDef, Name};
use crate::draft::{Draft, StepDraft};
use crate::order::{Gather, PushAll};
use crate::recipes::shared::draft::{draft, undo, undo_outside, verify};
use crate::recipes::shared::words;
use crate::recipes::{Cx, Recipe, as_written};
use crate::report::PhaseName::{self, Expand, Migrate};

/// The recipe.
pub static RECIPE: Recipe = Recipe {
    id: "postgres-add-unique",
    title: "Unique or primary key over an index built concurrently",
    for_engine: ENGINE,
    draft: propose,
};

fn propose(cx: &Cx<'_>) -> Option<Draft> {
    let Change::AddConstraint { table, constraint } = cx.change else { return None };
    let (columns, primary) = key_columns(&constraint.kind)?;
    let (mut notes, mut steps) = (Vec::new(), Vec::new());
    if constraint.using_index.is_none() {
        steps.push(duplicates(cx, table, columns, primary));
    }
    notes.push_all(without_nulls(cx, table, constraint, &mut steps));
    let partitioned = partitioned::is_partitioned(cx, table);
    if constraint.only && partitioned {
        steps.push_all(as_written::draft(&Cx { safe_as_written: true, ..*cx }).steps);
    } else if constraint.using_index.is_some() && !partitioned {
        steps.push(take_over(cx, Migrate, table, constraint));
    } else if partitioned {
        steps.push_all(partitioned::unique(cx, Migrate, table, constraint));
        notes.push(format!(
            "{table} is partitioned: the key is built on each partition and attached. It must contain all columns \
             of the partition key."
        ));
    } else {
        steps.push_all(built_and_taken_over(cx, Migrate, table, constraint));
    }
    let word = if primary { "primary key" } else { "unique constraint" };
    Some(Draft {
        checklist: vec![format!("No running code writes duplicates of ({}) to {table}", cx.idents(columns))],
        notes,
        ..draft(&RECIPE, format!("Add a {word} on {table} ({})", cx.idents(columns)), steps)
    })
}

/// The columns of a primary key are made NOT NULL before it; what is to be noted of that.
pub fn without_nulls(cx: &Cx<'_>, table: &Name, wanted: &Constraint, steps: &mut Vec<StepDraft>) -> Vec<String> {
    let mut notes = Vec::new();
    if let Some((columns, true)) = key_columns(&wanted.kind) {
        for column in columns.iter().filter(|c| cx.world.schema.is_not_null(table, c) != Some(true)) {
            steps.push(no_nulls(cx, table, column));
            let proved = not_null::demand(cx, Migrate, table, column);
            steps.push_all(proved.steps);
            notes.push_all(proved.note);
        }
    }
    notes
}

/// The columns of a key, and whether it is the primary one.
pub fn key_columns(kind: &ConstraintKind) -> Option<(&[Ident], bool)> {
    match kind {
        ConstraintKind::PrimaryKey { columns } => Some((columns, true)),
        ConstraintKind::Unique { columns, .. } => Some((columns, false)),
        ConstraintKind::Check { .. }
        | ConstraintKind::ForeignKey(_)
        | ConstraintKind::Exclude
        | ConstraintKind::NotNull { .. } => None,
    }
}

/// The index, then the constraint on it.
pub fn built_and_taken_over(cx: &Cx<'_>, phase: PhaseName, table: &Name, wanted: &Constraint) -> Vec<StepDraft> {
    let Some(index) = index_for(cx, table, wanted) else { return Vec::new() };
    let name = index.name.as_ref().map(|n| n.object.clone());
    let using = Constraint { name: name.clone(), using_index: name, ..wanted.clone() };
    // The constraint's undo drops the index too, so the index may be gone when its own undo runs.
    let gone_already = Change::DropIndex {
        name: super::parts::index_name(cx, &index),
        table: Some(table.clone()),
        concurrently: true,
        if_exists: true,
        cascade: false,
    };
    let build = StepDraft { undo: undo_outside(vec![cx.run(gone_already)]), ..build_index(cx, phase, &index) };
    vec![build, take_over(cx, phase, table, &using)]
}

/// The index that a unique constraint needs, under the constraint's name.
pub fn index_for(cx: &Cx<'_>, table: &Name, wanted: &Constraint) -> Option<IndexDef> {
    let (columns, _) = key_columns(&wanted.kind)?;
    let name = constraint_name(cx, table, wanted);
    let nulls_not_distinct = matches!(&wanted.kind, ConstraintKind::Unique { nulls_not_distinct: true, .. });
    Some(IndexDef {
        unique: true,
        nulls_not_distinct,
        include: included(&wanted.text),
        ..IndexDef::on(table.sibling(name.value), table.clone(), columns)
    })
}

/// `INCLUDE (a, b)` of a constraint as written.
fn included(text: &str) -> Vec<Ident> {
    let list = words::find_clause(text, "include", 0)
        .and_then(|at| text.get(at..)?.split_once('('))
        .and_then(|(_, rest)| rest.split_once(')'))
        .map_or("", |(list, _)| list);
    list.split(',').map(str::trim).filter(|c| !c.is_empty()).map(words::stored).gather()
}

/// `ADD CONSTRAINT … USING INDEX`.
pub fn take_over(cx: &Cx<'_>, phase: PhaseName, table: &Name, using: &Constraint) -> StepDraft {
    let name = constraint_name(cx, table, using);
    // That of a partition is gone already where it was attached to its parent's.
    let if_exists = cx.world.schema.partition_parent(table).is_some();
    let drop = Change::DropConstraint {
        table: table.clone(),
        name: Some(name.clone()),
        kind: None,
        if_exists,
        cascade: false,
    };
    StepDraft {
        why: "The index exists and is valid, so the constraint is a catalog entry: nothing is read.".to_string(),
        undo: undo(vec![cx.run(drop)]),
        ..StepDraft::locked(
            phase,
            format!("Make the index the constraint {name} of {table}"),
            vec![add_constraint(cx, table, Constraint { text: String::new(), ..using.clone() })],
        )
    }
}

/// Rows that a key would refuse.
pub fn look(cx: &Cx<'_>, table: &Name, constraint: &Constraint) -> Option<StepDraft> {
    let (columns, primary) = key_columns(&constraint.kind)?;
    Some(duplicates(cx, table, columns, primary))
}

fn duplicates(cx: &Cx<'_>, table: &Name, columns: &[Ident], primary: bool) -> StepDraft {
    let list = cx.idents(columns);
    let given: Vec<_> = columns.iter().map(|c| format!("{} IS NOT NULL", cx.ident(c))).gather();
    let filter = if primary { String::new() } else { format!(" WHERE {}", given.join(" AND ")) };
    StepDraft {
        why: "Duplicates make the index build fail after its whole time.".to_string(),
        ..verify(
            Expand,
            format!("Look for duplicates of ({list}) in {table}"),
            format!(
                "SELECT {list}, count(*) FROM {}{filter} GROUP BY {list} HAVING count(*) > 1 LIMIT 20",
                cx.name(table)
            ),
            "no rows",
            "Merge or repair the duplicates in batches, deploy code that no longer writes them, look again.",
        )
    }
}

fn no_nulls(cx: &Cx<'_>, table: &Name, column: &Ident) -> StepDraft {
    StepDraft {
        why: "A primary key demands NOT NULL; proved beforehand, the key itself reads nothing.".to_string(),
        ..verify(
            Expand,
            format!("Look for rows of {table} whose {column} is NULL"),
            format!("SELECT count(*) FROM {} WHERE {} IS NULL", cx.name(table), cx.ident(column)),
            "0",
            "Fill or delete such rows in batches, look again.",
        )
    }
}
