//! Relations that the script itself dropped or renamed before: a server refuses a statement on them.

use crate::change::{Change, ConstraintKind, Name, ObjectKind, ObjectVerb};
use crate::order::Gather;
use crate::target::Engine;
use crate::world::World;

/// A trigger that the script dropped before, and did not make again.
pub(in crate::engines) fn trigger(name: &Name, world: &World<'_>) -> bool {
    let schema = world.schema;
    let dropped = schema.dropped_trigger(name).is_some() && schema.object(ObjectKind::Trigger, name).is_none();
    dropped && !schema.is_blurred()
}

/// A relation that a change of a statement needs and that is not there any more; `all` are the changes of the statement.
pub(in crate::engines) fn named<'c>(change: &'c Change, all: &[&Change], world: &World<'_>) -> Option<&'c Name> {
    let schema = world.schema;
    let engine = world.target.engine();
    let names = match change {
        Change::DropTable { if_exists: true, .. }
        | Change::DropView { if_exists: true, .. }
        | Change::CreateTable(_)
        | Change::RebuildTable { .. }
        | Change::Object { verb: ObjectVerb::Alter | ObjectVerb::Drop | ObjectVerb::Rename, .. }
        | Change::Opaque { .. } => Vec::new(),
        // MySQL answers with a row that says so.
        Change::Maintain { .. } if engine != Engine::Postgres => Vec::new(),
        Change::RenameIndex { name, .. } if engine == Engine::Postgres => vec![name],
        // SQLite looks when the view is read.
        Change::CreateView { reads, .. } if engine != Engine::Sqlite => reads.iter().gather(),
        Change::CreateView { .. } => Vec::new(),
        Change::DropIndex { name, if_exists: false, table: None, .. } => vec![name],
        Change::AddConstraint { table, constraint } => match &constraint.kind {
            ConstraintKind::ForeignKey(key) if !schema.keys_are_unchecked() => vec![table, &key.references],
            _ => vec![table],
        },
        other => other.relations(),
    };
    let made = |name: &Name| {
        all.iter().any(|other| matches!(other, Change::RenameTable { to, .. } if to.object == name.object))
    };
    names.into_iter().find(|name| schema.is_gone(name) && !made(name)).filter(|_| !schema.is_blurred())
}
