//! What depends on a relation, by the relation's object name: a look-up for questions that would otherwise read
//! through every view or trigger of the database.

use super::keys::Key;
use super::{Object, ObjectKey, Schema, View};
use crate::order::{Gather, Map, Set};
use std::sync::Arc;

/// Keys of dependants per relation. Its schema is not compared here, so what is found has to be looked at once more.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Dependants<K>(Map<String, Set<K>>);

impl<K> Default for Dependants<K> {
    fn default() -> Self {
        Dependants(Map::default())
    }
}

impl<K: Ord> Dependants<K> {
    pub fn add(&mut self, relation: String, dependant: K) {
        self.0.change(relation, |known| known.insert(dependant));
    }

    pub fn remove(&mut self, relation: &str, dependant: &K) {
        let relation = relation.to_string();
        if let Some(known) = self.0.get_mut(&relation) {
            known.remove(dependant);
            if known.is_empty() {
                self.0.remove(&relation);
            }
        }
    }

    /// Those of one relation, in order.
    pub fn of(&self, relation: &str) -> impl Iterator<Item = &K> {
        self.0.get(&relation.to_string()).into_iter().flat_map(Set::iter)
    }
}

/// Views and objects come and go only by these, so that the look-ups stay true.
impl Schema {
    pub(super) fn put_view(&mut self, key: Key, view: Arc<View>) {
        for read in &view.reads {
            self.readers.add(self.key(read).object, key.clone());
        }
        if !view.indexes.is_empty() {
            self.stored.insert(key.clone());
        }
        self.views.insert(key, view);
    }

    pub(super) fn take_view(&mut self, key: &Key) -> Option<Arc<View>> {
        let view = self.views.remove(key)?;
        self.stored.remove(key);
        for read in &view.reads {
            self.readers.remove(&self.key(read).object, key);
        }
        Some(view)
    }

    pub(super) fn put_object(&mut self, key: ObjectKey, object: Arc<Object>) {
        if let Some(on) = &object.on {
            self.belongings.add(self.key(on).object, key.clone());
        }
        self.objects.insert(key, object);
    }

    pub(super) fn take_object(&mut self, key: &ObjectKey) -> Option<Arc<Object>> {
        let object = self.objects.remove(key)?;
        if let Some(on) = &object.on {
            self.belongings.remove(&self.key(on).object, key);
        }
        Some(object)
    }

    /// Objects that belong to a table.
    pub(super) fn keys_on(&self, table: &Key) -> Vec<ObjectKey> {
        let on_table = |object: &Arc<Object>| object.on.as_ref().is_some_and(|on| self.key(on) == *table);
        let known = self.belongings.of(&table.object);
        known.filter(|key| self.objects.get(key).is_some_and(on_table)).cloned().gather()
    }
}
