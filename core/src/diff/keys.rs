//! PostgreSQL: a key that goes takes no foreign key along, so those that refer to it go first, and come again at the end.

use super::tables::{Pair, drop_constraint};
use super::{Writer, same};
use crate::change::{Change, Constraint, ConstraintKind, ForeignKey, Ident, Name};
use crate::order::Gather;
use crate::target::Engine;

/// A key that goes.
struct Lost {
    table: Name,
    columns: Vec<Ident>,
    primary: bool,
}

impl Writer<'_> {
    /// Puts the foreign keys that stay aside while the keys that they refer to are exchanged.
    pub(super) fn keys_apart(&self, pairs: &mut [Pair<'_>]) {
        if self.target.engine() != Engine::Postgres {
            return;
        }
        let lost: Vec<Lost> = pairs.iter().flat_map(lost).gather();
        for pair in pairs {
            let refers = |c: &&Constraint| match &c.kind {
                ConstraintKind::ForeignKey(key) => lost.iter().any(|lost| self.refers(key, lost)),
                _ => false,
            };
            let stays =
                |c: &&Constraint| pair.old.constraints.iter().any(|was| same::constraint(was, c, Engine::Postgres));
            for key in pair.new.constraints.iter().filter(refers).filter(stays) {
                let (table, constraint) = (pair.new.name.clone(), Box::new(key.clone()));
                pair.keys_gone.push(drop_constraint(key, &table));
                pair.keys_made.push(Change::AddConstraint { table, constraint });
            }
        }
    }

    fn refers(&self, key: &ForeignKey, lost: &Lost) -> bool {
        let to = &key.referenced_columns;
        self.old.schema.same_relation(&key.references, &lost.table)
            && (*to == lost.columns || to.is_empty() && lost.primary)
    }
}

/// The keys of a table that its changes drop.
fn lost(pair: &Pair<'_>) -> Vec<Lost> {
    let dropped = |c: &&Constraint| {
        pair.changes.iter().any(|change| matches!(change, Change::DropConstraint { name, .. } if *name == c.name))
    };
    let key = |c: &Constraint| {
        let (columns, primary) = match &c.kind {
            ConstraintKind::PrimaryKey { columns } => (columns, true),
            ConstraintKind::Unique { columns, .. } => (columns, false),
            _ => return None,
        };
        Some(Lost { table: pair.old.name.clone(), columns: columns.clone(), primary })
    };
    pair.old.constraints.iter().filter(dropped).filter_map(key).gather()
}
