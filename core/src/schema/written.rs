//! What of the schema is kept as it was written: definitions that recipes make again, and statements that add to an
//! object without being one (comments, rights, statistics targets).

use super::{Schema, Table, keys::Key};
use crate::change::{Change, ColumnOption, Ident, Name, ObjectKind, ObjectVerb, TableOption};
use crate::order::Gather;
use std::sync::Arc;

/// A statement that adds to an object without being one.
#[derive(Debug, Clone, PartialEq)]
pub struct Extra {
    /// What it changes.
    pub change: Change,
    /// The statement as written.
    pub text: String,
}

impl Schema {
    /// Applies one change and keeps its text, where later steps may have to say it again.
    pub fn apply_written(&mut self, change: &Change, text: impl FnOnce() -> String) {
        self.apply(change);
        match change {
            Change::CreateView { name, .. } => {
                let key = self.key(name);
                if let Some(view) = self.views.get_mut(&key) {
                    Arc::make_mut(view).definition = text();
                }
            }
            Change::Object { verb: ObjectVerb::Create | ObjectVerb::Replace, kind, name: Some(name), on, .. }
                if is_bound(*kind) =>
            {
                let key = self.object_key(*kind, name, on.as_ref());
                if let Some(object) = self.objects.get_mut(&key) {
                    Arc::make_mut(object).text = text();
                }
            }
            _ => self.keep_extra(change, text),
        }
    }

    fn keep_extra(&mut self, change: &Change, text: impl FnOnce() -> String) {
        let Some(relation) = self.extra_of(change) else { return };
        self.extras.change(relation, |extras| {
            Arc::make_mut(extras).push(Extra { change: change.clone(), text: text() });
        });
    }

    /// The relation that a statement adds to.
    fn extra_of(&self, change: &Change) -> Option<Key> {
        let relation = match change {
            Change::Object { verb: ObjectVerb::Comment, kind: ObjectKind::Index, name: Some(name), .. } => {
                let has =
                    |table: &Table| table.def.constraints.iter().any(|own| own.name.as_ref() == Some(&name.object));
                let key = || self.tables_where(has).next().map(|table| &table.def.name);
                self.index_with_table(name).map(|(_, table)| table).or_else(key)?.clone()
            }
            Change::Object {
                verb: ObjectVerb::Comment | ObjectVerb::Grant | ObjectVerb::Revoke, on: Some(on), ..
            } => on.clone(),
            Change::SetColumnOption {
                table,
                option:
                    ColumnOption::Statistics | ColumnOption::Storage | ColumnOption::Compression | ColumnOption::Parameters,
                ..
            }
            | Change::SetTableOption {
                table,
                option:
                    TableOption::ReplicaIdentity
                    | TableOption::RowSecurity
                    | TableOption::Triggers
                    | TableOption::ClusterMark
                    | TableOption::Parameters(_)
                    | TableOption::Owner(_),
            } => table.clone(),
            _ => return None,
        };
        Some(self.find(&relation).unwrap_or_else(|| self.key(&relation)))
    }

    /// Statements that add to a relation, in order.
    pub fn extras(&self, relation: &Name) -> &[Extra] {
        let key = self.find(relation).unwrap_or_else(|| self.key(relation));
        self.extras.get(&key).map_or(&[], |extras| extras.as_slice())
    }

    /// Those that add to one column: comment, statistics target, storage, compression, parameters.
    pub fn extras_of_column(&self, table: &Name, column: &Ident) -> Vec<&Extra> {
        let about = |extra: &&Extra| match &extra.change {
            Change::SetColumnOption { column: own, .. } => self.same(own, column),
            Change::Object { verb: ObjectVerb::Comment, kind: ObjectKind::Column, name: Some(name), .. } => {
                self.same(&name.object, column)
            }
            _ => false,
        };
        self.extras(table).iter().filter(about).gather()
    }

    /// A renamed relation: what was written of it says its old name, so it is not known any more.
    pub(super) fn forget_written(&mut self, relation: &Key) {
        self.extras.remove(relation);
        let of_it: Vec<_> = self
            .objects
            .iter()
            .filter(|(_, o)| o.on.as_ref().is_some_and(|on| self.find(on).unwrap_or_else(|| self.key(on)) == *relation))
            .map(|(key, _)| key.clone())
            .gather();
        for key in of_it {
            if let Some(object) = self.objects.get_mut(&key) {
                Arc::make_mut(object).text.clear();
            }
        }
    }
}

/// Objects that the server binds to a relation or its columns, and that a plan may have to make again.
fn is_bound(kind: ObjectKind) -> bool {
    matches!(
        kind,
        ObjectKind::Trigger | ObjectKind::Policy | ObjectKind::Rule | ObjectKind::Statistics | ObjectKind::Publication
    )
}
