//! How far the names of unnamed indexes and constraints of a table are known to be given out: `t_a_idx`, `t_a_idx1`, … A
//! script that makes thousands of them would otherwise try all earlier names at each.

use super::keys::Key;
use super::naming::{self, Names};
use super::{Schema, Table};
use crate::change::{ConstraintKind, Ident, IndexDef, Name};
use crate::order::Map;
use crate::target::Engine;

/// So many are tried again each time: most tables have no second name of a kind, and get no entry.
const FEW: usize = 8;

/// Per table, kind and first name: so many names are taken, without a gap. Forgotten when one may have become free.
#[derive(Debug, Clone, Default)]
pub(super) struct Numbered(Map<Key, Map<(Of, String), usize>>);

/// What the names are of.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Of {
    Index,
    Constraint,
}

/// It says nothing that the tables do not say.
impl PartialEq for Numbered {
    fn eq(&self, _: &Self) -> bool {
        true
    }
}

impl Numbered {
    /// Takes over what is known of a table.
    pub fn copy(&mut self, other: &Numbered, table: &Key) {
        if let Some(known) = other.0.get(table) {
            self.0.insert(table.clone(), known.clone());
        }
    }

    fn given_out(&self, table: Option<&Key>, of: Of, names: &Names<'_>) -> usize {
        let Some(known) = table.and_then(|key| self.0.get(key)) else { return 0 };
        known.get(&(of, first(names))).copied().unwrap_or(0)
    }
}

impl Schema {
    /// The name that the server gives to an index without one. `taken` holds at least for the names of the table's indexes.
    pub fn free_index_name(&self, index: &IndexDef, taken: &dyn Fn(&str) -> bool) -> Option<Ident> {
        let names = naming::of_index(self.target, index)?;
        let from = self.numbered.given_out(self.found(&index.table).map(|(key, _)| key), Of::Index, &names);
        names.free(from, taken).map(|(_, name)| name)
    }

    /// The name that the server gives to a constraint without one. `taken` holds at least for the names of the table's
    /// constraints.
    pub fn free_constraint_name(
        &self,
        table: &Name,
        kind: &ConstraintKind,
        taken: &dyn Fn(&str) -> bool,
    ) -> Option<Ident> {
        let names = naming::of_constraint(self.target, &table.object, kind)?;
        let from = self.numbered.given_out(self.found(table).map(|(key, _)| key), Of::Constraint, &names);
        names.free(from, taken).map(|(_, name)| name)
    }

    /// Chooses the name of something that is made now, and remembers how far the names are given out.
    pub(super) fn unused_name(&mut self, table: &Table, key: &Key, of: Of, names: &Names<'_>) -> Option<Ident> {
        let is_index =
            |name: &str| table.def.indexes.iter().filter_map(|i| i.name.as_ref()).any(|n| n.object.value == name);
        let is_constraint =
            |name: &str| table.def.constraints.iter().filter_map(|c| c.name.as_ref()).any(|n| n.value == name);
        let from = self.numbered.given_out(Some(key), of, names);
        let (nth, name) = names.free(from, &|name| is_constraint(name) || is_index(name))?;
        if let Names::Counted(_, name_of) = names {
            let own = |name: String| if of == Of::Index { is_index(&name) } else { is_constraint(&name) };
            if nth >= FEW && (from..nth).all(|n| own(name_of(n))) {
                self.numbered.0.change(key.clone(), |known| known.insert((of, first(names)), nth + 1));
            }
        }
        Some(name)
    }

    /// An index or constraint of the table goes away or gets another name.
    pub(super) fn name_becomes_free(&mut self, table: &Key) {
        match self.target.engine() {
            // Indexes of several tables may have one name there.
            Engine::MySql | Engine::MariaDb => self.numbered.0 = Map::default(),
            Engine::Postgres | Engine::Sqlite => {
                self.numbered.0.remove(table);
            }
        }
    }
}

fn first(names: &Names<'_>) -> String {
    names.free(0, &|_| false).map_or_else(String::new, |(_, name)| name.value)
}
