//! One way for all actions of a statement: their effects, once it is known how the whole runs.

use super::answer::Mdl;
use super::way::{LockClause, Way};
use crate::change::{Change, Name};
use crate::facts::{Algorithm, Effects, Lock, Work, WorkKind};

/// Gives every action the algorithm of the whole, and the work of the whole to the action that needs it most.
pub(super) fn apply(way: Way, changes: &[&Change], alone: &mut [Effects]) {
    let weight = |effects: &Effects| effects.algorithm;
    let heaviest = (0..alone.len()).rev().max_by_key(|at| alone.get(*at).and_then(weight));
    let table = changes.iter().find_map(|change| altered(change)).cloned();
    let (Some(heaviest), Some(table)) = (heaviest, table) else { return };
    for (at, effects) in alone.iter_mut().enumerate().filter(|(_, effects)| effects.algorithm.is_some()) {
        effects.algorithm = Some(way.algorithm);
        let clause = way.clause().filter(|_| way.online());
        if effects.online_form.as_ref().is_none_or(|form| form.starts_with("ALGORITHM=")) {
            effects.online_form = clause;
        }
        let carries = at == heaviest;
        effects.work.retain(|work| work.table != table || keeps(&work.kind, way.algorithm, carries));
        for work in effects.work.iter_mut().filter(|work| work.kind != WorkKind::Catalog && work.table == table) {
            work.blocking = way.lock.blocking();
        }
        if let Some(kind) = whole(way.algorithm).filter(|_| carries) {
            let work = Work { kind, table: table.clone(), blocking: way.lock.blocking() };
            effects.work.insert(0, work);
        }
        relock(&mut effects.locks, &table, way);
    }
}

/// The table of an ALTER TABLE.
pub(super) fn altered(change: &Change) -> Option<&Name> {
    match change {
        Change::AddColumn { table, .. }
        | Change::DropColumn { table, .. }
        | Change::RenameColumn { table, .. }
        | Change::RedefineColumn { table, .. }
        | Change::SetDefault { table, .. }
        | Change::DropDefault { table, .. }
        | Change::SetColumnOption { table, .. }
        | Change::AddConstraint { table, .. }
        | Change::DropConstraint { table, .. }
        | Change::AlterConstraint { table, .. }
        | Change::SetTableOption { table, .. }
        | Change::RenameTable { table, .. }
        | Change::Partition { table, .. } => Some(table),
        Change::CreateIndex(index) => Some(&index.table),
        Change::DropIndex { table, .. } | Change::RenameIndex { table, .. } | Change::AlterIndex { table, .. } => {
            table.as_ref()
        }
        _ => None,
    }
}

/// The work on the table as a whole.
fn whole(algorithm: Algorithm) -> Option<WorkKind> {
    match algorithm {
        Algorithm::Instant | Algorithm::NoCopy | Algorithm::Inplace => None,
        Algorithm::InplaceRebuild => Some(WorkKind::InplaceRebuild),
        Algorithm::Copy => Some(WorkKind::Rewrite),
    }
}

/// Work that one action still adds to that of the whole.
fn keeps(kind: &WorkKind, algorithm: Algorithm, carries: bool) -> bool {
    match kind {
        WorkKind::Catalog => carries,
        WorkKind::Rewrite | WorkKind::InplaceRebuild => false,
        WorkKind::ForeignKeyScan { .. } => true,
        _ => algorithm != Algorithm::Copy,
    }
}

fn relock(locks: &mut Vec<Lock>, table: &Name, way: Way) {
    let between = [Mdl::SharedNoWrite.word(), Mdl::SharedUpgradable.word()];
    locks.retain(|lock| lock.object != *table || !between.contains(&lock.mode));
    let mode = match way.lock {
        LockClause::None if way.algorithm != Algorithm::Instant => Mdl::SharedUpgradable,
        LockClause::Shared => Mdl::SharedNoWrite,
        LockClause::None | LockClause::Exclusive => return,
    };
    locks.push(mode.on(table));
}
