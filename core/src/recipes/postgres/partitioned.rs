//! Partitioned tables: their partitions, and keys and indexes built partition by partition.

use super::add_unique;
use super::parts::{add_constraint, build_index, constraint_name, drop_constraint, index_name};
use crate::change::{Change, Constraint, Ident, IndexDef, Name};
use crate::draft::{Run, StepDraft, UndoDraft};
use crate::recipes::Cx;
use crate::recipes::shared::draft::{LOCK_FAILURE, undo};
use crate::report::PhaseName;

/// Is the table partitioned, as far as is known?
pub fn is_partitioned(cx: &Cx<'_>, table: &Name) -> bool {
    cx.world.schema.table(table).is_some_and(|t| t.def.partition_by.is_some())
}

/// Is the column part of the key by which rows are put into partitions? It can be neither replaced nor retyped: rows do not
/// move between partitions in a trigger, and the server drops no such column.
pub fn is_key(cx: &Cx<'_>, table: &Name, column: &Ident) -> bool {
    let schema = cx.world.schema;
    let by = |name: &Name| schema.table(name).and_then(|t| t.def.partition_by.clone());
    let of_parent = schema.partition_parent(table).and_then(by);
    by(table).into_iter().chain(of_parent).any(|by| crate::recipes::shared::words::mentions(&by, column))
}

/// The tables below a partitioned table that hold rows, as far as the schema knows them.
pub fn leaves(cx: &Cx<'_>, table: &Name) -> Vec<Name> {
    let mut found = Vec::new();
    let mut open = vec![table.clone()];
    while let Some(parent) = open.pop() {
        for partition in cx.world.schema.partitions(&parent) {
            match partition.def.partition_by {
                // A table is a partition of one parent only, so the walk ends; the cap holds for contradictory input.
                Some(_) if found.len() + open.len() < 10_000 => open.push(partition.def.name.clone()),
                _ => found.push(partition.def.name.clone()),
            }
        }
    }
    found.sort();
    found
}

/// A unique or primary key on a partitioned table: declared on the parent alone, built on each partition, attached.
pub fn unique(cx: &Cx<'_>, phase: PhaseName, table: &Name, wanted: &Constraint) -> Vec<StepDraft> {
    let name = constraint_name(cx, table, wanted);
    let parent_index = table.sibling(name.value.clone());
    let only = Constraint { name: Some(name.clone()), text: String::new(), ..wanted.clone() };
    let printed = add_constraint(cx, table, only);
    let sql = printed.sql.replacen("ALTER TABLE ", "ALTER TABLE ONLY ", 1);
    let mut steps = vec![StepDraft {
        why: "ON ONLY the parent: nothing is read, and the key stays invalid until every partition has its own."
            .to_string(),
        undo: undo(vec![drop_constraint(cx, table, &name)]),
        on_failure: LOCK_FAILURE.to_string(),
        ..StepDraft::sql(phase, format!("Declare {name} on {table} alone"), vec![Run { sql, ..printed }])
    }];
    for partition in leaves(cx, table) {
        let local = Constraint { name: None, ..wanted.clone() };
        let built = add_unique::built_and_taken_over(cx, phase, &partition, &local);
        steps.extend(built.into_iter().map(undone_with_parent));
        let child = partition.sibling(constraint_name(cx, &partition, &local).value);
        steps.push(attach(cx, phase, &parent_index, &child, table));
    }
    steps
}

/// CREATE INDEX on a partitioned table: on the parent alone, concurrently on each partition, attached.
pub fn index(cx: &Cx<'_>, phase: PhaseName, wanted: &IndexDef) -> Vec<StepDraft> {
    let table = &wanted.table;
    let parent = index_name(cx, wanted);
    let own = |name: &Name| Some(Name { schema: None, object: name.object.clone() });
    let only = IndexDef {
        name: own(&parent),
        only: true,
        concurrently: false,
        if_not_exists: false,
        text: String::new(),
        ..wanted.clone()
    };
    let mut steps = vec![StepDraft {
        why: "ON ONLY the parent: nothing is built, and the index stays invalid until every partition has its own."
            .to_string(),
        undo: undo(vec![cx.run(Change::DropIndex {
            name: parent.clone(),
            table: Some(table.clone()),
            concurrently: false,
            if_exists: false,
            cascade: false,
        })]),
        on_failure: LOCK_FAILURE.to_string(),
        ..StepDraft::sql(
            phase,
            format!("Declare index {} on {table} alone", parent.object),
            vec![cx.run(Change::CreateIndex(Box::new(only)))],
        )
    }];
    for partition in leaves(cx, table) {
        let local = IndexDef { name: None, table: partition.clone(), text: String::new(), ..wanted.clone() };
        let name = index_name(cx, &local);
        steps.push(undone_with_parent(build_index(cx, phase, &IndexDef { name: Some(name.clone()), ..local })));
        steps.push(attach(cx, phase, &parent, &name, table));
    }
    steps
}

/// `ALTER INDEX parent ATTACH PARTITION child`.
fn attach(cx: &Cx<'_>, phase: PhaseName, parent: &Name, child: &Name, table: &Name) -> StepDraft {
    let action = format!("ATTACH PARTITION {}", cx.name(child));
    let sql = format!("ALTER INDEX {} {action}", cx.name(parent));
    let change = Change::AlterIndex { name: Some(parent.clone()), table: Some(table.clone()), action };
    StepDraft {
        why: "The definitions are equal, so this is a catalog entry.".to_string(),
        on_failure: LOCK_FAILURE.to_string(),
        ..StepDraft::sql(phase, format!("Attach {} to {}", child.object, parent.object), vec![Run { sql, change }])
    }
}

/// What is attached cannot be dropped alone.
fn undone_with_parent(step: StepDraft) -> StepDraft {
    let action = "once attached it goes with the parent's index or constraint (undo of its step); before that, drop \
                  it alone, concurrently";
    StepDraft { undo: UndoDraft::Action(action.to_string()), ..step }
}
