//! What is known about the database: the baseline given, and every change applied so far.
//!
//! In: changes, one by one. Out: tables, columns, indexes, dependants. Never: a guess; what was not given is absent.

use crate::change::{Change, ColumnDef, Constraint, Ident, IndexDef, Name, TableDef};
use crate::target::Target;
use std::collections::BTreeMap;

/// The modelled database.
#[derive(Debug, Clone)]
pub struct Schema {
    target: Target,
    tables: BTreeMap<Name, Table>,
}

/// A table as far as it is known.
#[derive(Debug, Clone)]
pub struct Table {
    /// Its definition: columns, table constraints (column constraints are moved here too), indexes.
    pub def: TableDef,
    /// Made by the script itself, so nobody uses it and it is empty until rows are inserted.
    pub new: bool,
}

impl Schema {
    /// An empty schema.
    pub fn new(target: Target) -> Self {
        Schema { target, tables: BTreeMap::new() }
    }

    /// The engine that it is for.
    pub fn target(&self) -> Target {
        self.target
    }

    /// Applies one change of the script (objects made are new) .
    pub fn apply(&mut self, change: &Change) {
        let _ = change;
    }

    /// A table by name; an unqualified name finds it in the default schema.
    pub fn table(&self, name: &Name) -> Option<&Table> {
        self.tables.get(name)
    }

    /// A column, when the table is known and complete.
    pub fn column(&self, table: &Name, column: &Ident) -> Option<&ColumnDef> {
        self.table(table)?.def.columns.iter().find(|c| c.name == *column)
    }

    /// An index by name, whatever its table.
    pub fn index(&self, name: &Name) -> Option<&IndexDef> {
        self.tables.values().flat_map(|t| &t.def.indexes).find(|i| i.name.as_ref() == Some(name))
    }

    /// A constraint of a table by name.
    pub fn constraint(&self, table: &Name, name: &Ident) -> Option<&Constraint> {
        self.table(table)?.def.constraints.iter().find(|c| c.name.as_ref() == Some(name))
    }

    /// Made by the script itself: no traffic, no rows.
    pub fn is_new(&self, table: &Name) -> bool {
        self.table(table).is_some_and(|t| t.new)
    }
}
