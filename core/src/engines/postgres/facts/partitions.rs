//! Attaching and detaching partitions.

use super::super::answer::Answer;
use super::super::locks::Mode::{AccessExclusive, AccessShare, RowShare, ShareRowExclusive, ShareUpdateExclusive};
use super::{Facts, bounds, foreign};
use crate::change::{ColumnDef, Constraint, ConstraintKind, IndexDef, Name, Nullability, PartitionAction, TableDef};
use crate::engines::index_cost;
use crate::facts::{Blocking, WorkKind};
use crate::order::Gather;
use crate::source::has;

const ATTACH: &str = "tablecmds.c ATExecAttachPartition";
const DETACH: &str = "tablecmds.c ATExecDetachPartition";

/// An action on a partitioned table.
pub(super) fn action(facts: Facts<'_>, table: &Name, action: &PartitionAction) -> Answer {
    match action {
        PartitionAction::Attach { partition, bound } => attach(facts, table, partition, bound),
        PartitionAction::Detach { partition, finalize: true, .. } => facts.needs(
            14,
            "DETACH PARTITION … FINALIZE",
            Answer::documented("ALTER TABLE")
                .catalog(table, ShareUpdateExclusive)
                .lock(partition, AccessExclusive)
                .assume("a DETACH … CONCURRENTLY is pending; without one the server refuses (55000)"),
        ),
        PartitionAction::Detach { partition, concurrently: true, .. } => detach_concurrently(facts, table, partition),
        PartitionAction::Detach { partition, .. } => detach(facts, table, partition),
        PartitionAction::SplitOrMerge => foreign("SPLIT and MERGE PARTITION"),
        PartitionAction::Add => foreign("ADD PARTITION"),
        PartitionAction::Drop => foreign("DROP PARTITION"),
        PartitionAction::Truncate => foreign("TRUNCATE PARTITION"),
        PartitionAction::Reorganize => foreign("REORGANIZE PARTITION"),
        PartitionAction::Coalesce => foreign("COALESCE PARTITION"),
        PartitionAction::Exchange { .. } => foreign("EXCHANGE PARTITION"),
        PartitionAction::PartitionBy(_) => foreign("ALTER TABLE … PARTITION BY"),
        PartitionAction::RemovePartitioning => foreign("REMOVE PARTITIONING"),
        PartitionAction::Maintain(verb) => foreign(&format!("{} PARTITION", verb.to_ascii_uppercase())),
        PartitionAction::DiscardOrImport => foreign("DISCARD and IMPORT PARTITION"),
        PartitionAction::Convert => foreign("CONVERT PARTITION"),
    }
}

/// `ATTACH PARTITION`: the parent hardly notices, the partition is locked, and read unless a CHECK proves its bound.
fn attach(facts: Facts<'_>, table: &Name, partition: &Name, bound: &str) -> Answer {
    let parent_mode = if facts.since(12) { ShareUpdateExclusive } else { AccessExclusive };
    let proved = bounds::proved(facts, table, partition, bound);
    let answer = Answer::observed(ATTACH)
        .catalog(table, parent_mode)
        .lock(partition, AccessExclusive)
        .locks(facts.schema().bounds_above(table).into_iter().map(|(above, _)| above), AccessShare)
        .assume_if(proved && !(bounds::is_default(bound) && facts.schema().partitions(table).is_empty()), || {
            format!("a CHECK on {partition} is taken to prove the bound and NOT NULL of the key")
        })
        .when(!proved && !facts.is_empty(partition), |a| {
            a.scan(partition, 1, AccessExclusive)
                .may_fail(format!("a row of {partition} outside the bound (23514)"))
                .online(
                    "ADD CONSTRAINT … CHECK (the bound, and the key IS NOT NULL) NOT VALID, VALIDATE CONSTRAINT, \
                         then ATTACH, which skips the scan",
                )
        })
        .assume_if(facts.table(table).is_none(), || {
            format!(
                "indexes, foreign keys and default partition of {table} are not known: missing indexes are built on \
                     {partition} while it is locked, and a default partition is read in full"
            )
        });
    let (wanted, own) = (facts.schema().primary_key(table), facts.schema().primary_key(partition));
    let answer = answer.refuse_if(wanted.zip(own).is_some_and(|(wanted, own)| wanted != own), || {
        format!(
            "{partition} has another primary key than {table} (42P16): drop it before, once a unique index has the columns of the other"
        )
    });
    let answer = match misfit(facts, table, partition) {
        Some(why) => answer.refuse(why),
        None => answer,
    };
    let answer = missing_indexes(facts, answer, table, partition);
    let answer = foreign_keys(facts, answer, table, partition);
    match facts.default_partition(table) {
        Some(default) if bounds::excluded(facts, table, default, bound) => answer
            .lock(default, AccessExclusive)
            .assume(format!("a CHECK on {default} is taken to exclude the rows of the new bound")),
        Some(default) => answer.lock(default, AccessExclusive).scan(default, 1, AccessExclusive).may_fail(format!(
            "a row of {partition} outside the bound, or one in {default} that belongs there (23514)"
        )),
        None => answer,
    }
}

/// A partition has the columns of its parent, no other, with the same types, and its NOT NULL and CHECK.
fn misfit(facts: Facts<'_>, table: &Name, partition: &Name) -> Option<String> {
    let whole = |name| {
        let def = &facts.table(name)?.def;
        let own = def.complete && (&def.like, &def.of_type) == (&None, &None) && def.inherits.is_empty();
        Some(def).filter(|def| own && !def.columns.is_empty())
    };
    let (parent, child) = (whole(table)?, whole(partition)?);
    let odd = |a: &TableDef, b: &TableDef| {
        a.columns.iter().find(|c| !b.columns.iter().any(|other| other.name == c.name)).map(|c| c.name.clone())
    };
    if let Some(column) = odd(child, parent).or_else(|| odd(parent, child)) {
        return Some(format!("only one of {table} and {partition} has a column {column} (42804)"));
    }
    let differs = |column: &&ColumnDef| {
        let own = child.columns.iter().find(|own| own.name == column.name);
        let types = own.and_then(|own| own.data_type.as_ref().zip(column.data_type.as_ref()));
        types.is_some_and(|(own, wanted)| !own.same_as(wanted))
            || column.nullability == Nullability::NotNull
                && own.is_some_and(|own| own.nullability != Nullability::NotNull)
    };
    if let Some(column) = parent.columns.iter().find(differs) {
        return Some(format!(
            "{} of {partition} has another type than that of {table}, or is not NOT NULL (42804)",
            column.name
        ));
    }
    let checks = |c: &&Constraint| {
        matches!(c.kind, ConstraintKind::Check { .. }) && !has(&c.text, "no inherit") && c.name.is_some()
    };
    let lacks = |c: &&Constraint| !child.constraints.iter().any(|own| own.name == c.name);
    let check = parent.constraints.iter().filter(checks).find(lacks)?;
    let name = check.name.as_ref()?;
    Some(format!("{partition} lacks the constraint {name} of {table} (42804)"))
}

/// Every index of the parent that the partition lacks is built under the lock.
fn missing_indexes(facts: Facts<'_>, answer: Answer, table: &Name, partition: &Name) -> Answer {
    let (Some(parent), Some(child)) = (facts.table(table), facts.table(partition)) else { return answer };
    let has = |index: &IndexDef| child.def.indexes.iter().any(|own| index.is_served_by(own));
    let answer = parent.def.indexes.iter().filter(|index| !has(index)).fold(answer, |answer, index| {
        answer.build(index_cost::of_index(index, facts.schema()), partition, AccessExclusive)
    });
    let key_of = |c: &Constraint| match &c.kind {
        ConstraintKind::PrimaryKey { columns } | ConstraintKind::Unique { columns, .. } => Some(columns.clone()),
        ConstraintKind::Check { .. }
        | ConstraintKind::ForeignKey(_)
        | ConstraintKind::Exclude
        | ConstraintKind::NotNull { .. } => None,
    };
    let own: Vec<_> = child.def.constraints.iter().filter_map(key_of).gather();
    let missing = parent.def.constraints.iter().filter_map(key_of).filter(|columns| !own.contains(columns));
    missing.fold(answer, |answer, columns| {
        answer.build(index_cost::of_columns(table, &columns, facts.schema()), partition, AccessExclusive)
    })
}

/// The parent's foreign keys hold for the partition too, and keys that point at the parent for it.
fn foreign_keys(facts: Facts<'_>, answer: Answer, table: &Name, partition: &Name) -> Answer {
    let key_mode = if facts.since(12) { ShareRowExclusive } else { RowShare };
    let own = facts.schema().constraints(partition);
    let proved = |key: &&Constraint| own.iter().any(|c| c.kind == key.kind && !c.not_valid && !c.not_enforced);
    let all_proved = facts.schema().foreign_keys(table).iter().all(proved);
    let answer = facts.references(table).iter().fold(answer, |answer, parent| {
        let scan = WorkKind::ForeignKeyScan { parent: parent.clone() };
        let answer = answer.lock(parent, key_mode);
        answer.when(!all_proved && !facts.is_empty(partition), |a| a.work(scan, partition, AccessExclusive))
    });
    let referencing_mode = if facts.since(15) { ShareRowExclusive } else { AccessShare };
    answer.locks(facts.referencing(table), referencing_mode)
}

/// `DETACH PARTITION`.
fn detach(facts: Facts<'_>, table: &Name, partition: &Name) -> Answer {
    let mode = if facts.since(14) { AccessExclusive } else { ShareUpdateExclusive };
    let answer = Answer::observed(DETACH)
        .catalog(table, AccessExclusive)
        .lock(partition, mode)
        .locks(facts.default_partition(table), AccessExclusive)
        .remark(format!("rows of {partition} are no longer seen through {table}"))
        .when(facts.since(14) && facts.default_partition(table).is_none(), |a| {
            a.online("DETACH PARTITION … CONCURRENTLY")
        });
    facts.referencing(table).into_iter().fold(answer, |answer, child| {
        let scan = WorkKind::ForeignKeyScan { parent: partition.clone() };
        answer
            .lock(child, AccessExclusive)
            .lock(partition, AccessExclusive)
            .work(scan, child, AccessExclusive)
            .may_fail(format!("a row of {child} that points into {partition} (23503)"))
    })
}

/// `DETACH PARTITION … CONCURRENTLY`: two transactions, the second locks the partition alone.
fn detach_concurrently(facts: Facts<'_>, table: &Name, partition: &Name) -> Answer {
    let default = facts.default_partition(table);
    let answer = Answer::observed(DETACH)
        .lock(table, ShareUpdateExclusive)
        .lock(partition, AccessExclusive)
        .work_blocking(WorkKind::Catalog, table, Blocking::Nobody)
        .not_in_transaction()
        .remark(format!("rows of {partition} are no longer seen through {table}"))
        .refuse_if(default.is_some(), || {
            "partitions cannot be detached concurrently while a default partition exists (55000)".to_string()
        });
    facts.needs(14, "DETACH PARTITION … CONCURRENTLY", answer)
}
