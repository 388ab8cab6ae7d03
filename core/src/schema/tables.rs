//! Tables by folded name: most questions about a statement begin with finding its table.

use super::Table;
use super::hash::NameMap;
use super::keys::Key;
use crate::order::Gather;
use std::sync::Arc;

/// The known tables. A copy shares them until one of the two changes a table.
#[derive(Debug, Clone, Default, PartialEq)]
pub(super) struct Tables {
    /// Object name → the tables of that name, by schema.
    called: NameMap<Vec<(Key, Arc<Table>)>>,
}

impl Tables {
    pub fn is_empty(&self) -> bool {
        self.iter().next().is_none()
    }

    pub fn get(&self, key: &Key) -> Option<&Table> {
        self.entry(&key.object, &key.schema).map(|(_, table)| &**table)
    }

    pub fn get_mut(&mut self, key: &Key) -> Option<&mut Table> {
        let known = self.called.get_mut(&key.object)?;
        let (_, table) = match known.as_mut_slice() {
            [only] => Some(only).filter(|(known, _)| same(&known.schema, &key.schema))?,
            several => several.get_mut(several.binary_search_by(|(known, _)| known.schema.cmp(&key.schema)).ok()?)?,
        };
        Some(Arc::make_mut(table))
    }

    /// The same table in another schema value.
    pub fn shared(&self, key: &Key) -> Option<Arc<Table>> {
        self.entry(&key.object, &key.schema).map(|(_, table)| Arc::clone(table))
    }

    pub fn insert(&mut self, key: Key, table: Arc<Table>) {
        let known = self.called.entry(key.object.clone()).or_default();
        match known.binary_search_by(|(other, _)| other.cmp(&key)) {
            Ok(at) => known.splice(at..=at, [(key, table)]).for_each(drop),
            Err(at) => known.insert(at, (key, table)),
        }
    }

    pub fn remove(&mut self, key: &Key) -> Option<Table> {
        let known = self.called.get_mut(&key.object)?;
        let at = known.iter().position(|(other, _)| other == key)?;
        let (_, table) = known.remove(at);
        if known.is_empty() {
            self.called.remove(&key.object);
        }
        Some(Arc::unwrap_or_clone(table))
    }

    /// The table that a name means: the one of that schema, or else the only one of that name where the name has no schema,
    /// or (`anywhere`) the table has none.
    pub fn find(&self, object: &str, schema: &str, anywhere: bool) -> Option<(&Key, &Table)> {
        let known = self.called.get(object)?;
        let found = at(known, schema).or_else(|| match known.as_slice() {
            _ if !schema.is_empty() && !anywhere => None,
            [only] => Some(only).filter(|(key, _)| schema.is_empty() || key.schema.is_empty()),
            // That without a schema stands first.
            [first, ..] => Some(first).filter(|(key, _)| key.schema.is_empty()),
            [] => None,
        })?;
        Some((&found.0, &found.1))
    }

    /// Those for which it holds, by name.
    pub fn sorted(&self, holds: impl Fn(&Table) -> bool) -> impl Iterator<Item = &Table> {
        let found: Vec<&(Key, Arc<Table>)> = self.iter().filter(|(_, table)| holds(table)).gather();
        crate::order::by_key(found, |(key, _)| key).into_iter().map(|(_, table)| &**table)
    }

    pub fn for_each_mut(&mut self, mut edit: impl FnMut(&mut Table)) {
        self.called.values_mut().flatten().for_each(|(_, table)| edit(Arc::make_mut(table)));
    }

    fn iter(&self) -> impl Iterator<Item = &(Key, Arc<Table>)> {
        self.called.values().flatten()
    }

    fn entry(&self, object: &str, schema: &str) -> Option<&(Key, Arc<Table>)> {
        at(self.called.get(object)?, schema)
    }
}

/// The table of that schema among those of one name, which are in order.
fn at<'t>(known: &'t [(Key, Arc<Table>)], schema: &str) -> Option<&'t (Key, Arc<Table>)> {
    match known {
        [only] => Some(only).filter(|(key, _)| same(&key.schema, schema)),
        _ => known.get(known.binary_search_by(|(key, _)| key.schema.as_str().cmp(schema)).ok()?),
    }
}

/// `a == b`. Most schemas are left out, and to compare nothing with nothing by `memcmp` costs up to 100 ns: its masked load
/// of no bytes at an address that is none is caught by the processor.
fn same(a: &str, b: &str) -> bool {
    a.len() == b.len() && (a.is_empty() || a == b)
}
