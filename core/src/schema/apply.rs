//! How each change alters what is known.

mod columns;
mod constraints;
mod indexes;
mod names;
mod objects;
mod tables;

use super::{Schema, View};
use crate::change::{AutoNumber, Change, Name, Nullability};
use std::sync::Arc;

impl Schema {
    /// Applies one change of the script; objects that it makes are new until [`Schema::settle`].
    pub fn apply(&mut self, change: &Change) {
        if self.target.engine().is_mysql_family() && !matches!(change, Change::Session(_) | Change::Transaction(_)) {
            self.session.statement();
        }
        self.follow_names(change);
        match change {
            Change::CreateTable(def) => self.create_table(def),
            Change::DropTable { tables, temporary, .. } => {
                for table in tables {
                    if !temporary || self.table(table).is_some_and(|known| known.def.temporary) {
                        self.drop_table(table);
                    }
                }
            }
            Change::RenameTable { table, to } => {
                self.rename_table(table, to);
                self.rename_view(table, to);
            }
            Change::Truncate { .. } => {}
            Change::SetTableOption { table, option } => self.set_table_option(table, option),
            Change::Partition { table, action } => self.partition(table, action),
            Change::RebuildTable { table, to, working_name, .. } => self.rebuild(table, to.as_deref(), working_name),
            Change::AddColumn { table, column, .. } => self.add_column(table, column),
            Change::DropColumn { table, column, .. } => self.drop_column(table, column),
            Change::RenameColumn { table, from, to } => self.rename_column(table, from, to),
            Change::ChangeColumnType { table, column, to, collation, .. } => self.edit_column(table, column, |c| {
                c.data_type = Some(to.clone());
                c.collation = collation.clone();
            }),
            Change::RedefineColumn { table, column, to, .. } => self.redefine_column(table, column, to),
            Change::SetNotNull { table, column, .. } => {
                let below = self.partitions_below(table);
                for one in std::iter::once(table).chain(&below) {
                    self.edit_column(one, column, |c| c.nullability = Nullability::NotNull);
                }
            }
            Change::DropNotNull { table, column } => {
                self.edit_column(table, column, |c| c.nullability = Nullability::Unsaid);
            }
            Change::SetDefault { table, column, default } => {
                self.edit_column(table, column, |c| c.default = Some(default.clone()));
            }
            Change::DropDefault { table, column } => self.edit_column(table, column, |c| {
                c.default = None;
                // A serial is its default.
                c.auto_number = c.auto_number.take().filter(|number| *number != AutoNumber::Serial);
            }),
            Change::SetColumnOption { table, column, option } => {
                self.edit_column(table, column, |c| columns::set_column_option(c, option));
            }
            Change::AddConstraint { table, constraint } if self.table(table).is_none() => {
                let key = self.key(table);
                self.loose.change(key, |known| known.push((**constraint).clone()));
            }
            Change::AddConstraint { table, constraint } => {
                if let Some(name) = constraint.name.clone().filter(|_| constraint.only) {
                    let key = self.key(&table.sibling(name.value.clone()));
                    let (table, kind) = (table.clone(), Some(constraint.kind.class()));
                    let drop =
                        Change::DropConstraint { table, name: Some(name), kind, if_exists: true, cascade: false };
                    self.declared.insert(key, Arc::new(drop));
                }
                self.add_constraint(table, (**constraint).clone());
            }
            Change::DropConstraint { table, name, kind, .. } => {
                let key = self.key(table);
                self.loose.get_mut(&key).into_iter().for_each(|known| known.retain(|c| c.name != *name));
                self.drop_constraint(table, name.as_ref(), *kind);
            }
            Change::ValidateConstraint { table, name } => {
                let key = self.key(table);
                let loose = self.loose.get_mut(&key).into_iter().flatten();
                loose.filter(|c| c.name.as_ref() == Some(name)).for_each(|c| c.not_valid = false);
                self.edit_constraint(table, name, |c| c.not_valid = false);
            }
            Change::AlterConstraint { table, name, enforced, .. } => self.edit_constraint(table, name, |c| {
                c.not_enforced = enforced.map_or(c.not_enforced, |on| !on);
            }),
            Change::RenameConstraint { table, from, to } => {
                self.find(table).iter().for_each(|key| self.name_becomes_free(key));
                self.edit_constraint(table, from, |c| c.name = Some(to.clone()));
            }
            Change::CreateIndex(index) => {
                if let Some(name) = index.name.as_ref().filter(|_| index.only) {
                    let schema = name.schema.clone().or_else(|| index.table.schema.clone());
                    let name = Name { schema, object: name.object.clone() };
                    let table = Some(index.table.clone());
                    let key = self.key(&name);
                    let drop = Change::DropIndex { name, table, concurrently: false, if_exists: true, cascade: false };
                    self.declared.insert(key, Arc::new(drop));
                }
                self.create_index((**index).clone());
            }
            Change::DropIndex { name, table, .. } => self.drop_index(name, table.as_ref()),
            Change::RenameIndex { name, table, to } => self.rename_index(name, table.as_ref(), to),
            Change::CreateEnum { name, labels } => {
                let key = self.key(name);
                self.session.make(key.clone());
                // A block may have found it there.
                if !self.enums.contains_key(&key) {
                    Arc::make_mut(&mut self.enums).insert(key, labels.clone());
                }
            }
            Change::AddEnumValue { name, value, .. } => {
                let key = self.key(name);
                if self.enums.get(&key).is_some_and(|labels| !labels.contains(value)) {
                    Arc::make_mut(&mut self.enums).change(key, |labels| labels.push(value.clone()));
                }
            }
            Change::RenameEnumValue { name, from, to } => {
                let key = self.key(name);
                let labels = Arc::make_mut(&mut self.enums).get_mut(&key);
                let label = labels.and_then(|l| l.iter_mut().find(|label| *label == from));
                if let Some(label) = label {
                    *label = to.clone();
                }
            }
            Change::CreateView { name, materialized, query, reads, .. } => {
                let key = self.key(name);
                let old = self.take_view(&key);
                let view = View {
                    name: name.clone(),
                    materialized: *materialized,
                    query: query.clone(),
                    reads: reads.clone(),
                    definition: String::new(),
                    stale: false,
                    later: Vec::new(),
                    new: old.as_ref().is_none_or(|v| v.new),
                    indexes: old.map(|v| v.indexes.clone()).unwrap_or_default(),
                };
                self.put_view(key, Arc::new(view));
            }
            Change::DropView { names, .. } => names.iter().for_each(|name| {
                self.take_view(&self.key(name));
            }),
            Change::Object { verb, kind, name: Some(name), on, text } => {
                self.object_changed(*verb, *kind, name, on.as_ref(), text);
            }
            Change::AlterDomainConstraint { name, validate: false, action, .. } => {
                let added = !action.to_ascii_lowercase().starts_with("drop");
                self.domain_changed(name, Some(action.as_str()).filter(|_| added));
            }
            Change::AlterDomainConstraint { .. } => {}
            Change::Session(setting) => self.session.set(setting),
            Change::Transaction(verb) => self.session.transaction(verb),
            Change::Insert { table, from_query, .. } if *from_query => {
                if let Some(table) = self.find(table).and_then(|key| self.tables.get_mut(&key)).filter(|t| t.new) {
                    table.filled = true;
                }
            }
            Change::Object { name: None, .. }
            | Change::Insert { .. }
            | Change::Update { .. }
            | Change::Delete { .. }
            | Change::Reindex { .. }
            | Change::AlterIndex { .. }
            | Change::RefreshView { .. }
            | Change::Query { .. }
            | Change::Maintain { .. }
            | Change::LockTable { .. }
            | Change::Opaque { .. } => {}
        }
    }
}
