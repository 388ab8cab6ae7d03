//! Tables that share a foreign key with the one that is changed. A writer of a parent holds the metadata lock of its
//! children too, and a DDL statement may hold that of its relatives, so each waits for the other.

use super::answer::Mdl;
use super::applied::altered;
use super::server::{Deed, Server};
use crate::change::{Change, ConstraintKind, Name};
use crate::facts::{Effects, Work, WorkKind};
use crate::order::Gather;
use crate::world::World;

/// Adds the locks on related tables that the answer does not name yet.
pub(super) fn lock(server: &dyn Server, change: &Change, world: &World<'_>, effects: &mut Effects) {
    if effects.refused.is_some() {
        return;
    }
    for (table, deed) in deeds(change, effects) {
        let version = world.target.version;
        let parents = world.schema.foreign_keys(table).into_iter().filter_map(|key| match &key.kind {
            ConstraintKind::ForeignKey(key) => Some((&key.references, server.lock_on_parent(deed, version)?)),
            _ => None,
        });
        let children = world.schema.referencing(table).into_iter();
        let children = children.filter_map(|(child, _)| Some((&child.def.name, server.lock_on_child(deed, version)?)));
        for (relative, mode) in parents.chain(children) {
            add(effects, table, relative, mode);
        }
    }
}

/// What is done to which table.
fn deeds<'c>(change: &'c Change, effects: &Effects) -> Vec<(&'c Name, Deed)> {
    match change {
        Change::RenameTable { table, .. } => vec![(table, Deed::Rename)],
        Change::Truncate { tables, .. } => tables.iter().map(|table| (table, Deed::Truncate)).gather(),
        _ if effects.algorithm.is_none() => Vec::new(),
        _ => altered(change).map(|table| (table, Deed::Alter)).into_iter().gather(),
    }
}

fn add(effects: &mut Effects, table: &Name, relative: &Name, mode: Mdl) {
    let named = effects.locks.iter().any(|lock| lock.object == *relative);
    if relative == table || named {
        return;
    }
    effects.locks.push(mode.on(relative));
    effects.work.push(Work { kind: WorkKind::Catalog, table: relative.clone(), blocking: mode.blocking() });
}
