//! Tables: made, dropped, renamed, partitioned, their options.

use super::columns::take_inline;
use super::objects::rewritten;
use crate::change::{Constraint, ConstraintKind, Name, PartitionAction, TableDef, TableOption};
use crate::order::{Gather, PushAll};
use crate::schema::{KeptBy, PARTITION_LEVELS, Schema, Table, keys::Key};
use std::sync::Arc;

impl Schema {
    pub(super) fn create_table(&mut self, def: &TableDef) {
        let key = self.key(&def.name);
        if def.if_not_exists && self.tables.get(&key).is_some() {
            return;
        }
        let def = self.as_the_other(def).unwrap_or_else(|| def.clone());
        self.remove_table(&key);
        let name = def.name.clone();
        let mut table = Table { new: true, filled: def.fills(), kept_by: KeptBy::default(), def };
        let indexes = std::mem::take(&mut table.def.indexes);
        let constraints = std::mem::take(&mut table.def.constraints);
        let mut inline = Vec::new();
        for column in &mut table.def.columns {
            inline.push_all(take_inline(column));
        }
        self.insert_table(key, Arc::new(table));
        for constraint in inline.into_iter().chain(constraints) {
            self.add_constraint(&name, constraint);
        }
        for mut index in indexes {
            index.table = name.clone();
            self.create_index(index);
        }
    }

    /// MySQL's `CREATE TABLE t LIKE other`: everything of the other but its rows, foreign keys and triggers.
    fn as_the_other(&self, def: &TableDef) -> Option<TableDef> {
        let other = self.table(def.like.as_ref()?).filter(|_| self.target.engine().is_mysql_family())?;
        let constraints = other.def.constraints.iter();
        Some(TableDef {
            name: def.name.clone(),
            temporary: def.temporary,
            if_not_exists: def.if_not_exists,
            text: def.text.clone(),
            empty: true,
            constraints: constraints.filter(|c| !matches!(c.kind, ConstraintKind::ForeignKey(_))).cloned().gather(),
            ..other.def.clone()
        })
    }

    /// Puts a table in with all look-ups.
    pub(in crate::schema) fn insert_table(&mut self, key: Key, table: Arc<Table>) {
        // First of all, so that a foreign key to itself finds it.
        self.tables.insert(key.clone(), Arc::clone(&table));
        for index in &table.def.indexes {
            if let Some(name) = &index.name {
                self.index_tables.insert(self.key(name), key.clone());
            }
        }
        let references: Vec<Key> = table.def.constraints.iter().filter_map(|c| self.referenced(c, &key)).gather();
        for parent in references {
            self.referencing.change(parent, |children| children.insert(key.clone()));
        }
        if let Some(parent) = &table.def.partition_of {
            let parent = self.find(parent).unwrap_or_else(|| self.key(parent));
            if table.def.options.trim().eq_ignore_ascii_case("default") {
                self.default_partitions.change(parent.clone(), |parts| parts.insert(key.clone()));
            }
            self.partitions.change(parent, |parts| parts.insert(key.clone()));
        }
        for parent in &table.def.inherits {
            self.heirs.add(parent.object.value.clone(), key.clone());
        }
    }

    pub(super) fn referenced(&self, constraint: &Constraint, own: &Key) -> Option<Key> {
        match &constraint.kind {
            ConstraintKind::ForeignKey(fk) => {
                let key = self.key(&fk.references);
                Some(if key == *own { key } else { self.find(&fk.references).unwrap_or(key) })
            }
            _ => None,
        }
    }

    pub(super) fn remove_table(&mut self, key: &Key) -> Option<Table> {
        let table = self.tables.remove(key)?;
        self.name_becomes_free(key);
        for parent in &table.def.inherits {
            self.heirs.remove(&parent.object.value, key);
        }
        for index in table.def.indexes.iter().filter_map(|i| i.name.as_ref()) {
            let index = self.key(index);
            self.index_tables.remove(&index);
        }
        for constraint in &table.def.constraints {
            let parent = self.referenced(constraint, key);
            if let Some(children) = parent.and_then(|parent| self.referencing.get_mut(&parent)) {
                children.remove(key);
            }
        }
        if let Some(parent) = &table.def.partition_of {
            let parent = self.find(parent).unwrap_or_else(|| self.key(parent));
            for parts in [&mut self.partitions, &mut self.default_partitions] {
                if let Some(children) = parts.get_mut(&parent) {
                    children.remove(key);
                }
            }
        }
        Some(table)
    }

    pub(super) fn drop_table(&mut self, name: &Name) {
        let Some(key) = self.find(name) else { return };
        self.remove_table(&key);
        for object in self.keys_on(&key) {
            self.take_object(&object);
        }
        self.partitions.remove(&key);
        self.default_partitions.remove(&key);
    }

    pub(super) fn rename_table(&mut self, name: &Name, to: &Name) {
        let Some(key) = self.find(name) else { return };
        self.forget_written(&key);
        self.views_go_stale(name, &name.object);
        let schema = to.schema.clone().or_else(|| name.schema.clone());
        let to = Name { schema, object: to.object.clone() };
        let children: Vec<Key> = self.referencing.remove(&key).into_iter().flatten().gather();
        let Some(mut table) = self.remove_table(&key) else { return };
        table.def.name = to.clone();
        table.def.indexes.iter_mut().for_each(|i| i.table = to.clone());
        let new_key = self.key(&to);
        if !table.new {
            self.vacated.insert(key.clone());
        } else if self.vacated.contains(&new_key) {
            // It takes the place of a table that code uses.
            table.new = false;
        }
        self.insert_table(new_key.clone(), Arc::new(table));
        for child in children {
            let child = if child == key { new_key.clone() } else { child };
            let Some(table) = self.tables.get(&child) else { continue };
            let mut constraints = table.def.constraints.clone();
            for constraint in &mut constraints {
                if let ConstraintKind::ForeignKey(fk) = &mut constraint.kind
                    && self.key(&fk.references) == key
                {
                    fk.references = to.clone();
                    constraint.text.clear();
                }
            }
            if let Some(table) = self.tables.get_mut(&child) {
                table.def.constraints = constraints;
            }
            self.referencing.change(new_key.clone(), |children| children.insert(child));
        }
        for parts in [&mut self.partitions, &mut self.default_partitions] {
            if let Some(children) = parts.remove(&key) {
                parts.insert(new_key.clone(), children);
            }
        }
        self.bound_follows(&key, name, &to);
    }

    /// A view by its new name.
    pub(super) fn rename_view(&mut self, name: &Name, to: &Name) {
        let Some(known) = self.view(name).map(|view| view.name.clone()) else { return };
        let key = self.key(&known);
        self.forget_written(&key);
        self.views_go_stale(&known, &known.object);
        let Some(mut view) = self.take_view(&key) else { return };
        let to = Name { schema: to.schema.clone().or_else(|| known.schema.clone()), object: to.object.clone() };
        let renamed = Arc::make_mut(&mut view);
        renamed.name = to.clone();
        renamed.definition.clear();
        renamed.stale = true;
        renamed.indexes.iter_mut().for_each(|index| index.table = to.clone());
        self.put_view(self.key(&to), view);
        self.bound_follows(&key, &known, &to);
    }

    /// What is bound to a relation goes with it to its new name: triggers, policies and rules, and where the server binds
    /// them the views that read it.
    fn bound_follows(&mut self, key: &Key, name: &Name, to: &Name) {
        for old in self.keys_on(key) {
            let Some(mut object) = self.take_object(&old) else { continue };
            Arc::make_mut(&mut object).on = Some(to.clone());
            let key = self.object_key(object.kind, &object.name, object.on.as_ref());
            self.put_object(key, object);
        }
        self.objects.values_mut().for_each(|object| rewritten(object, &name.object));
        if self.target.engine().is_mysql_family() {
            return;
        }
        let reading: Vec<Key> = self.views_on(name).into_iter().map(|view| self.key(&view.name)).gather();
        for reader in reading {
            let Some(mut view) = self.take_view(&reader) else { continue };
            let reads = Arc::make_mut(&mut view).reads.iter_mut();
            reads.filter(|read| read.object == name.object).for_each(|read| *read = to.clone());
            self.put_view(reader, view);
        }
    }

    pub(super) fn set_table_option(&mut self, table: &Name, option: &TableOption) {
        match option {
            TableOption::Schema(schema) => {
                let to = Name { schema: Some(schema.clone()), object: table.object.clone() };
                self.rename_table(table, &to);
            }
            TableOption::Inherit(parent) => {
                if let Some(key) = self.find(table) {
                    self.heirs.add(parent.object.value.clone(), key);
                }
                self.edit_table(table, |t| t.def.inherits.push(parent.clone()));
            }
            TableOption::NoInherit(parent) => self.edit_table(table, |t| t.def.inherits.retain(|p| p != parent)),
            TableOption::Logged => self.edit_table(table, |t| t.def.unlogged = false),
            TableOption::Unlogged => self.edit_table(table, |t| t.def.unlogged = true),
            // Of options that are given twice the first is read.
            TableOption::Engine(engine) => self.put_option(table, "ENGINE", engine),
            TableOption::RowFormat(format) => self.put_option(table, "ROW_FORMAT", format),
            TableOption::ConvertCharset(to) => self.edit_table(table, |t| t.def.convert_to(to)),
            TableOption::DefaultCharset(to) => self.edit_table(table, |t| t.def.set_default_charset(to)),
            // Of what size is not kept: any makes a compressed table of it, but for 0.
            TableOption::Storage(name) if name.eq_ignore_ascii_case("key_block_size") => {
                self.put_option(table, "KEY_BLOCK_SIZE", "1");
            }
            TableOption::Owner(owner) => self.edit_table(table, |t| t.kept_by.owner.clone_from(owner)),
            TableOption::Tablespace(to) => self.edit_table(table, |t| t.kept_by.tablespace.clone_from(to)),
            TableOption::AccessMethod(to) => self.edit_table(table, |t| t.kept_by.access_method.clone_from(to)),
            TableOption::Parameters(_)
            | TableOption::ClusterMark
            | TableOption::WithoutOids
            | TableOption::WithOids
            | TableOption::ReplicaIdentity
            | TableOption::RowSecurity
            | TableOption::Triggers
            | TableOption::Rules
            | TableOption::OfType
            | TableOption::Comment
            | TableOption::AutoIncrement
            | TableOption::Force
            | TableOption::OrderBy
            | TableOption::Storage(_)
            | TableOption::Other(_)
            | TableOption::DiscardOrImportTablespace
            | TableOption::Keys
            | TableOption::RunHint { .. }
            | TableOption::SystemVersioning { .. } => {}
        }
    }

    pub(super) fn put_option(&mut self, table: &Name, name: &str, value: &str) {
        self.edit_table(table, |t| t.def.options = format!("{name}={value} {}", t.def.options));
    }

    pub(super) fn partition(&mut self, table: &Name, action: &PartitionAction) {
        match action {
            PartitionAction::Attach { partition, bound } => self.set_parent(partition, Some(table.clone()), bound),
            PartitionAction::Detach { partition, .. } => self.set_parent(partition, None, ""),
            PartitionAction::PartitionBy(by) => self.edit_table(table, |t| t.def.partition_by = Some(by.clone())),
            PartitionAction::RemovePartitioning => self.edit_table(table, |t| t.def.partition_by = None),
            // Which partitions there are, and which is the last one, is not followed.
            PartitionAction::Add
            | PartitionAction::Drop
            | PartitionAction::Reorganize
            | PartitionAction::Coalesce
            | PartitionAction::Convert => self.edit_table(table, |t| {
                let by = t.def.partition_by.take();
                t.def.partition_by = by.map(|by| by.replace("MAXVALUE", "?").replace("maxvalue", "?") + " ?");
            }),
            PartitionAction::Truncate
            | PartitionAction::Exchange { .. }
            | PartitionAction::Maintain(_)
            | PartitionAction::DiscardOrImport
            | PartitionAction::SplitOrMerge => {}
        }
    }

    /// Partitions of a table, their partitions, and so on.
    pub(super) fn partitions_below(&self, table: &Name) -> Vec<Name> {
        let (mut found, mut level) = (Vec::new(), vec![table.clone()]);
        for _ in 0..PARTITION_LEVELS {
            level = level.iter().flat_map(|t| self.partitions(t)).map(|t| t.def.name.clone()).gather();
            found.push_all(level.iter().cloned());
        }
        found
    }

    pub(super) fn set_parent(&mut self, partition: &Name, parent: Option<Name>, bound: &str) {
        let Some(key) = self.find(partition) else { return };
        let Some(mut table) = self.remove_table(&key) else { return };
        table.def.partition_of = parent;
        table.def.options = bound.to_string();
        self.insert_table(key, Arc::new(table));
    }

    pub(super) fn rebuild(&mut self, table: &Name, to: Option<&TableDef>, working_name: &Name) {
        let was_new = self.is_new(table);
        let Some(to) = to else { return };
        let key = self.find(table);
        // SQLite drops the table that was, with its triggers.
        let triggers =
            key.as_ref().filter(|_| self.target.engine() == crate::target::Engine::Sqlite).map(|key| self.keys_on(key));
        for trigger in triggers.unwrap_or_default() {
            self.take_object(&trigger);
        }
        let old = key.and_then(|key| self.remove_table(&key));
        self.drop_table(working_name);
        self.create_table(&TableDef { name: table.clone(), ..to.clone() });
        let existed = old.is_some();
        self.edit_table(table, |t| t.new = was_new && existed);
    }

    pub(super) fn edit_table(&mut self, name: &Name, edit: impl FnOnce(&mut Table)) {
        if let Some(table) = self.find(name).and_then(|key| self.tables.get_mut(&key)) {
            edit(table);
        }
    }
}
