//! Partitioned tables: their partitions, and keys and indexes built partition by partition.

use super::add_unique;
use super::parts::{add_constraint, build_index, constraint_name, index_is_valid, index_name};
use crate::change::{Change, Constraint, Ident, IndexDef, Name};
use crate::draft::{Run, StepDraft};
use crate::order::Gather;
use crate::recipes::Cx;
use crate::recipes::shared::draft::{LOCK_FAILURE, undo, undo_outside};
use crate::recipes::shared::words;
use crate::report::PhaseName;
use crate::schema::{PARTITION_LEVELS, Table};

/// Is the table partitioned, as far as is known?
pub fn is_partitioned(cx: &Cx<'_>, table: &Name) -> bool {
    cx.world.schema.table(table).is_some_and(|t| t.def.partition_by.is_some())
}

/// Partitioned, on a version that takes no BEFORE trigger on rows of such a table: its partitions get it.
pub fn takes_no_before(cx: &Cx<'_>, table: &Name) -> bool {
    is_partitioned(cx, table) && !cx.world.target.version.at_least(13, 0, 0)
}

/// A line for the checklist where each partition has a trigger of its own.
pub fn none_made(cx: &Cx<'_>, table: &Name) -> Option<String> {
    takes_no_before(cx, table).then(|| {
        format!(
            "No partition of {table} is made or attached before the last step: this version takes no BEFORE trigger on {table} \
             itself, so each partition has its own, and a new one would be without"
        )
    })
}

/// Is the column part of the key by which rows are put into partitions? It can be neither replaced nor retyped: rows do not
/// move between partitions in a trigger, and the server drops no such column.
pub fn is_key(cx: &Cx<'_>, table: &Name, column: &Ident) -> bool {
    let schema = cx.world.schema;
    let by = |name: &Name| schema.table(name).and_then(|t| t.def.partition_by.clone());
    let of_parent = schema.partition_parent(table).and_then(by);
    let below = below(cx, table).1;
    let keys = of_parent.into_iter().chain(below.iter().filter_map(by));
    let within = |by: &str| by.split_once('(').is_some_and(|(_, within)| words::mentions(within, column));
    keys.into_iter().any(|by| within(&by))
}

/// The tables below a partitioned table that hold rows, as far as the schema knows them.
pub fn leaves(cx: &Cx<'_>, table: &Name) -> Vec<Name> {
    crate::order::sorted(below(cx, table).0)
}

/// The same, and the table with those below it that are partitioned again.
fn below(cx: &Cx<'_>, table: &Name) -> (Vec<Name>, Vec<Name>) {
    let (mut leaves, mut inner) = (Vec::new(), vec![table.clone()]);
    let mut at = 0;
    while let Some(parent) = inner.get(at).cloned() {
        for partition in cx.world.schema.partitions(&parent) {
            match partition.def.partition_by {
                // A table is a partition of one parent only, so the walk ends; the cap holds for contradictory input.
                Some(_) if inner.len() < 10_000 => inner.push(partition.def.name.clone()),
                _ => leaves.push(partition.def.name.clone()),
            }
        }
        at += 1;
    }
    (leaves, inner)
}

/// A unique or primary key on a partitioned table: built on each partition, declared on the parent alone, attached.
pub fn unique(cx: &Cx<'_>, phase: PhaseName, table: &Name, wanted: &Constraint) -> Vec<StepDraft> {
    let own = |table: &Name, root: bool| {
        let local = Constraint { name: wanted.name.clone().filter(|_| root), ..wanted.clone() };
        let name = constraint_name(cx, table, &local);
        (Constraint { name: Some(name.clone()), text: String::new(), only: true, ..local }, name)
    };
    let build = |partition: &Name| {
        let local = Constraint { name: None, only: false, ..wanted.clone() };
        add_unique::built_and_taken_over(cx, phase, partition, &local)
    };
    let declare = |table: &Name, root: bool| {
        let (only, name) = own(table, root);
        let drop = Change::DropConstraint {
            table: table.clone(),
            name: Some(name),
            kind: None,
            if_exists: !root,
            cascade: false,
        };
        (add_constraint(cx, table, only), cx.run(drop))
    };
    let name = |table: &Name, root: bool| table.sibling(own(table, root).1.value);
    Whole { cx, phase, build: &build, declare: &declare, name: &name }.steps(table)
}

/// CREATE INDEX on a partitioned table: built concurrently on each partition, declared on the parent alone, attached.
pub fn index(cx: &Cx<'_>, phase: PhaseName, wanted: &IndexDef) -> Vec<StepDraft> {
    let own = |table: &Name, root: bool| {
        let local = IndexDef {
            name: wanted.name.clone().filter(|_| root),
            table: table.clone(),
            if_not_exists: false,
            text: String::new(),
            ..wanted.clone()
        };
        IndexDef { name: Some(index_name(cx, &local)), ..local }
    };
    let build = |partition: &Name| {
        let index = own(partition, false);
        let gone_already = drop_index(cx, &index, true, true);
        let step = build_index(cx, phase, &index);
        vec![StepDraft { undo: undo_outside(vec![gone_already]), ..step }]
    };
    let declare = |table: &Name, root: bool| {
        let index = own(table, root);
        let drop = drop_index(cx, &index, false, !root);
        let name = index.name.clone().map(|n| Name { schema: None, ..n });
        let only = IndexDef { name, only: true, concurrently: false, ..index };
        (cx.run(Change::CreateIndex(Box::new(only))), drop)
    };
    let name = |table: &Name, root: bool| index_name(cx, &own(table, root));
    Whole { cx, phase, build: &build, declare: &declare, name: &name }.steps(&wanted.table)
}

fn drop_index(cx: &Cx<'_>, index: &IndexDef, concurrently: bool, if_exists: bool) -> Run {
    cx.run(Change::DropIndex {
        name: index_name(cx, index),
        table: Some(index.table.clone()),
        concurrently,
        if_exists,
        cascade: false,
    })
}

/// An index or key over all partitions. The partitions come first, so that each undo finds what it takes back: what is
/// attached goes with the parent's.
struct Whole<'a> {
    cx: &'a Cx<'a>,
    phase: PhaseName,
    /// The steps on a partition that holds rows.
    build: &'a dyn Fn(&Name) -> Vec<StepDraft>,
    /// The statement on a partitioned table alone, and what drops it; true for the uppermost.
    declare: &'a dyn Fn(&Name, bool) -> (Run, Run),
    /// The index on a table.
    name: &'a dyn Fn(&Name, bool) -> Name,
}

impl Whole<'_> {
    fn steps(&self, table: &Name) -> Vec<StepDraft> {
        let mut steps: Vec<StepDraft> = leaves(self.cx, table).iter().flat_map(self.build).gather();
        self.declared(table, true, PARTITION_LEVELS, &mut steps);
        steps
    }

    fn declared(&self, table: &Name, root: bool, levels: u8, steps: &mut Vec<StepDraft>) {
        let cx = self.cx;
        let below = cx.world.schema.partitions(table);
        for part in below.iter().filter(|part| levels > 0 && part.def.partition_by.is_some()) {
            self.declared(&part.def.name, false, levels - 1, steps);
        }
        let (run, drop) = (self.declare)(table, root);
        let parent = (self.name)(table, root);
        steps.push(StepDraft {
            why: "ONLY the parent: nothing is read or built; it stays invalid until every partition has its own attached."
                .to_string(),
            undo: undo(vec![drop]),
            ..StepDraft::locked(self.phase, format!("Declare {} on {table} alone", parent.object), vec![run])
        });
        let attach = |part: &&Table| {
            let action = format!("ATTACH PARTITION {}", cx.name(&(self.name)(&part.def.name, false)));
            let sql = format!("ALTER INDEX {} {action}", cx.name(&parent));
            Run { sql, change: Change::AlterIndex { name: Some(parent.clone()), table: Some(table.clone()), action } }
        };
        steps.push(StepDraft {
            why: "The definitions are equal, so each is a catalog entry; each commits alone.".to_string(),
            transactional: false,
            check: index_is_valid(cx, &parent),
            on_failure: format!(
                "Run it again: what is attached stays so. Where the check returns f, a partition was made meanwhile: build its \
                 index, attach it. {LOCK_FAILURE}"
            ),
            gate: "the check returns t".to_string(),
            ..StepDraft::sql(
                self.phase,
                format!("Attach the indexes of the partitions to {}", parent.object),
                below.iter().map(attach).gather(),
            )
        });
    }
}
