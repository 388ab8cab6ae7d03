//! Indexes.

use crate::change::{Constraint, ConstraintClass, ConstraintKind, Ident, IndexDef, Name};
use crate::schema::{self, Schema, naming, numbered::Of};
use std::sync::Arc;

impl Schema {
    pub(super) fn create_index(&mut self, mut index: IndexDef) {
        if index.if_not_exists && index.name.as_ref().is_some_and(|n| self.table_index(&index.table, n).is_some()) {
            return;
        }
        let Some(key) = self.find(&index.table) else {
            let key = self.key(&index.table);
            if let Some(view) = self.views.get_mut(&key) {
                Arc::make_mut(view).indexes.push(index);
                self.stored.insert(key);
            }
            return;
        };
        if index.name.is_none() {
            let known = self.tables.shared(&key);
            let names = known.as_ref().zip(naming::of_index(self.target, &index));
            let name = names.and_then(|(known, names)| self.unused_name(known, &key, Of::Index, &names));
            index.name = name.map(|name| index.table.sibling(name.value));
        }
        if let Some(name) = &index.name {
            self.index_tables.insert(self.key(name), key.clone());
        }
        if let Some(table) = self.tables.get_mut(&key) {
            table.def.indexes.push(index);
        }
    }

    pub(super) fn drop_index(&mut self, name: &Name, table: Option<&Name>) {
        if let Some(table) = table.filter(|_| self.target.engine().is_mysql_family())
            && name.object.value.eq_ignore_ascii_case("primary")
        {
            return self.drop_constraint(table, None, Some(ConstraintClass::PrimaryKey));
        }
        let key = self.key(name);
        let on = match table {
            Some(table) => self.find(table),
            None => self.index_with_table(name).map(|(_, table)| table.clone()).and_then(|t| self.find(&t)),
        };
        // MySQL drops a unique constraint by its index name.
        let unique = table
            .filter(|table| self.table_index(table, name).is_none())
            .and_then(|table| self.unique_of_index(table, &name.object))
            .cloned();
        self.index_tables.remove(&key);
        on.iter().for_each(|table| self.name_becomes_free(table));
        let target = self.target;
        let is_it = |i: &IndexDef| i.name.as_ref().is_some_and(|n| schema::same_ident(target, &n.object, &name.object));
        match on.and_then(|key| self.tables.get_mut(&key)) {
            Some(table) => {
                table.def.indexes.retain(|i| !is_it(i));
                table.def.constraints.retain(|c| Some(c) != unique.as_ref());
            }
            None => {
                for key in self.stored.iter() {
                    if let Some(view) = self.views.get_mut(key) {
                        Arc::make_mut(view).indexes.retain(|i| !is_it(i));
                    }
                }
            }
        }
    }

    /// The table whose primary key, unique or exclusion constraint the index of this name belongs to.
    fn table_of_key(&self, index: &Name) -> Option<&Name> {
        let is_it = |constraint: &Constraint| {
            use ConstraintKind::{Exclude, PrimaryKey, Unique};
            matches!(constraint.kind, PrimaryKey { .. } | Unique { .. } | Exclude)
                && constraint.name.as_ref().is_some_and(|name| self.same(name, &index.object))
        };
        let mut tables =
            self.tables_where(|table| table.def.constraints.iter().any(is_it)).map(|table| &table.def.name);
        tables.find(|table| self.key(&table.sibling(index.object.value.clone())) == self.key(index))
    }

    pub(super) fn rename_index(&mut self, name: &Name, table: Option<&Name>, to: &Ident) {
        let on = match table {
            Some(table) => Some(table.clone()),
            None => self.index_with_table(name).map(|(_, table)| table).or_else(|| self.table_of_key(name)).cloned(),
        };
        let Some(key) = on.and_then(|table| self.find(&table)) else { return };
        let (target, new) = (self.target, name.sibling(to.value.clone()));
        self.index_tables.remove(&self.key(name));
        self.index_tables.insert(self.key(&new), key.clone());
        self.name_becomes_free(&key);
        let Some(table) = self.tables.get_mut(&key) else { return };
        for index in &mut table.def.indexes {
            if index.name.as_ref().is_some_and(|n| schema::same_ident(target, &n.object, &name.object)) {
                index.name = Some(new.clone());
                index.text.clear();
            }
        }
        for constraint in &mut table.def.constraints {
            if constraint.name.as_ref().is_some_and(|n| schema::same_ident(target, n, &name.object)) {
                constraint.name = Some(to.clone());
            }
        }
    }
}
