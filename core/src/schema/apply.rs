//! How each change alters what is known.

use super::{Object, PARTITION_LEVELS, Schema, Table, View, keys::Key, naming, numbered::Of};
use crate::change::{
    AutoNumber, Change, ColumnDef, ColumnOption, Constraint, ConstraintClass, ConstraintKind, ForeignKey, Generated,
    Ident, IndexDef, Name, Nullability, ObjectKind, ObjectVerb, PartitionAction, TableDef, TableOption,
};
use crate::target::{Engine, Target};
use std::sync::Arc;

impl Schema {
    /// Applies one change of the script; objects that it makes are new until [`Schema::settle`].
    pub fn apply(&mut self, change: &Change) {
        match change {
            Change::CreateTable(def) => self.create_table(def),
            Change::DropTable { tables, .. } => tables.iter().for_each(|table| self.drop_table(table)),
            Change::RenameTable { table, to } => self.rename_table(table, to),
            Change::Truncate { .. } => {}
            Change::SetTableOption { table, option } => self.set_table_option(table, option),
            Change::Partition { table, action } => self.partition(table, action),
            Change::RebuildTable { table, to, working_name } => self.rebuild(table, to.as_deref(), working_name),
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
                self.edit_column(table, column, |c| set_column_option(c, option));
            }
            Change::AddConstraint { table, constraint } if self.table(table).is_none() => {
                let key = self.key(table);
                self.loose.change(key, |known| known.push((**constraint).clone()));
            }
            Change::AddConstraint { table, constraint } => self.add_constraint(table, (**constraint).clone()),
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
            Change::AlterConstraint { table, name, enforced } => self.edit_constraint(table, name, |c| {
                c.not_enforced = enforced.map_or(c.not_enforced, |on| !on);
            }),
            Change::RenameConstraint { table, from, to } => {
                self.find(table).iter().for_each(|key| self.name_becomes_free(key));
                self.edit_constraint(table, from, |c| c.name = Some(to.clone()));
            }
            Change::CreateIndex(index) => self.create_index((**index).clone()),
            Change::DropIndex { name, table, .. } => self.drop_index(name, table.as_ref()),
            Change::RenameIndex { name, table, to } => self.rename_index(name, table.as_ref(), to),
            Change::CreateEnum { name, labels } => {
                let key = self.key(name);
                Arc::make_mut(&mut self.enums).insert(key, labels.clone());
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
            Change::Session(setting) => {
                if setting.name == "foreign_key_checks" {
                    self.keys_unchecked =
                        matches!(setting.value.trim_matches(['=', ' ']), "0" | "OFF" | "off" | "FALSE" | "false");
                }
            }
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
            | Change::Transaction(_)
            | Change::Opaque { .. } => {}
        }
    }

    // ---- tables

    fn create_table(&mut self, def: &TableDef) {
        let key = self.key(&def.name);
        if def.if_not_exists && self.tables.get(&key).is_some() {
            return;
        }
        self.remove_table(&key);
        let mut table = Table { def: def.clone(), new: true, filled: def.from_query };
        let indexes = std::mem::take(&mut table.def.indexes);
        let constraints = std::mem::take(&mut table.def.constraints);
        let mut inline = Vec::new();
        for column in &mut table.def.columns {
            inline.extend(take_inline(column));
        }
        self.insert_table(key, Arc::new(table));
        let name = def.name.clone();
        for constraint in inline.into_iter().chain(constraints) {
            self.add_constraint(&name, constraint);
        }
        for mut index in indexes {
            index.table = name.clone();
            self.create_index(index);
        }
    }

    /// Puts a table in with all look-ups.
    pub(super) fn insert_table(&mut self, key: Key, table: Arc<Table>) {
        // First of all, so that a foreign key to itself finds it.
        self.tables.insert(key.clone(), Arc::clone(&table));
        for index in &table.def.indexes {
            if let Some(name) = &index.name {
                self.index_tables.insert(self.key(name), key.clone());
            }
        }
        let references: Vec<Key> = table.def.constraints.iter().filter_map(|c| self.referenced(c, &key)).collect();
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

    fn referenced(&self, constraint: &Constraint, own: &Key) -> Option<Key> {
        match &constraint.kind {
            ConstraintKind::ForeignKey(fk) => {
                let key = self.key(&fk.references);
                Some(if key == *own { key } else { self.find(&fk.references).unwrap_or(key) })
            }
            _ => None,
        }
    }

    fn remove_table(&mut self, key: &Key) -> Option<Table> {
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

    fn drop_table(&mut self, name: &Name) {
        let Some(key) = self.find(name) else { return };
        self.remove_table(&key);
        for object in self.keys_on(&key) {
            self.take_object(&object);
        }
        self.partitions.remove(&key);
        self.default_partitions.remove(&key);
    }

    fn rename_table(&mut self, name: &Name, to: &Name) {
        let Some(key) = self.find(name) else { return };
        self.forget_written(&key);
        self.views_go_stale(name, &name.object);
        let schema = to.schema.clone().or_else(|| name.schema.clone());
        let to = Name { schema, object: to.object.clone() };
        let children: Vec<Key> = self.referencing.remove(&key).into_iter().flatten().collect();
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
        for old in self.keys_on(&key) {
            let Some(mut object) = self.take_object(&old) else { continue };
            Arc::make_mut(&mut object).on = Some(to.clone());
            let key = self.object_key(object.kind, &object.name, object.on.as_ref());
            self.put_object(key, object);
        }
        self.objects.values_mut().for_each(|object| rewritten(object, &name.object));
    }

    fn set_table_option(&mut self, table: &Name, option: &TableOption) {
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
            TableOption::Owner
            | TableOption::Tablespace
            | TableOption::AccessMethod
            | TableOption::Parameters(_)
            | TableOption::ClusterMark
            | TableOption::WithoutOids
            | TableOption::WithOids
            | TableOption::ReplicaIdentity
            | TableOption::RowSecurity
            | TableOption::Triggers
            | TableOption::Rules
            | TableOption::OfType
            | TableOption::ConvertCharset(_)
            | TableOption::DefaultCharset(_)
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

    fn put_option(&mut self, table: &Name, name: &str, value: &str) {
        self.edit_table(table, |t| t.def.options = format!("{name}={value} {}", t.def.options));
    }

    fn partition(&mut self, table: &Name, action: &PartitionAction) {
        match action {
            PartitionAction::Attach { partition, bound } => self.set_parent(partition, Some(table.clone()), bound),
            PartitionAction::Detach { partition, .. } => self.set_parent(partition, None, ""),
            PartitionAction::PartitionBy => {
                self.edit_table(table, |t| t.def.partition_by = Some(String::new()));
            }
            PartitionAction::RemovePartitioning => self.edit_table(table, |t| t.def.partition_by = None),
            PartitionAction::Add
            | PartitionAction::Drop
            | PartitionAction::Truncate
            | PartitionAction::Reorganize
            | PartitionAction::Coalesce
            | PartitionAction::Exchange { .. }
            | PartitionAction::Maintain(_)
            | PartitionAction::DiscardOrImport
            | PartitionAction::Convert
            | PartitionAction::SplitOrMerge => {}
        }
    }

    /// Partitions of a table, their partitions, and so on.
    fn partitions_below(&self, table: &Name) -> Vec<Name> {
        let (mut found, mut level) = (Vec::new(), vec![table.clone()]);
        for _ in 0..PARTITION_LEVELS {
            level = level.iter().flat_map(|t| self.partitions(t)).map(|t| t.def.name.clone()).collect();
            found.extend(level.iter().cloned());
        }
        found
    }

    fn set_parent(&mut self, partition: &Name, parent: Option<Name>, bound: &str) {
        let Some(key) = self.find(partition) else { return };
        let Some(mut table) = self.remove_table(&key) else { return };
        table.def.partition_of = parent;
        table.def.options = bound.to_string();
        self.insert_table(key, Arc::new(table));
    }

    fn rebuild(&mut self, table: &Name, to: Option<&TableDef>, working_name: &Name) {
        let was_new = self.is_new(table);
        let Some(to) = to else { return };
        let old = self.find(table).and_then(|key| self.remove_table(&key));
        self.drop_table(working_name);
        self.create_table(&TableDef { name: table.clone(), ..to.clone() });
        let existed = old.is_some();
        self.edit_table(table, |t| t.new = was_new && existed);
    }

    fn edit_table(&mut self, name: &Name, edit: impl FnOnce(&mut Table)) {
        if let Some(table) = self.find(name).and_then(|key| self.tables.get_mut(&key)) {
            edit(table);
        }
    }

    // ---- columns

    fn add_column(&mut self, table: &Name, column: &ColumnDef) {
        if self.column(table, &column.name).is_some() {
            return;
        }
        let mut column = column.clone();
        let inline = take_inline(&mut column);
        let new_table = self.is_new(table);
        self.edit_table(table, |t| t.def.columns.push(column));
        for constraint in inline {
            self.add_constraint(table, constraint);
        }
        debug_assert_eq!(self.is_new(table), new_table);
    }

    fn drop_column(&mut self, table: &Name, column: &Ident) {
        let gone_constraints: Vec<Constraint> =
            self.constraints_of_column(table, column).into_iter().cloned().collect();
        let gone_indexes: Vec<IndexDef> = self.indexes_of_column(table, column).into_iter().cloned().collect();
        for constraint in gone_constraints {
            self.remove_constraint(table, &constraint);
        }
        for index in gone_indexes {
            if let Some(name) = &index.name {
                self.drop_index(name, Some(table));
            }
        }
        let target = self.target;
        self.edit_table(table, |t| t.def.columns.retain(|c| !super::same_ident(target, &c.name, column)));
    }

    fn edit_column(&mut self, table: &Name, column: &Ident, edit: impl FnOnce(&mut ColumnDef)) {
        let target = self.target;
        self.edit_table(table, |t| {
            if let Some(column) = t.def.columns.iter_mut().find(|c| super::same_ident(target, &c.name, column)) {
                edit(column);
                column.text.clear();
            }
        });
    }

    fn rename_column(&mut self, table: &Name, from: &Ident, to: &Ident) {
        self.views_go_stale(table, from);
        let target = self.target;
        let rename = |ident: &mut Ident| {
            if super::same_ident(target, ident, from) {
                *ident = to.clone();
            }
        };
        self.edit_column(table, from, |c| c.name = to.clone());
        self.edit_table(table, |t| {
            for constraint in &mut t.def.constraints {
                constraint_columns(constraint).iter_mut().for_each(rename);
                constraint.text.clear();
            }
            for index in &mut t.def.indexes {
                index.parts.iter_mut().for_each(|part| {
                    if let Some(column) = &mut part.column
                        && super::same_ident(target, column, from)
                    {
                        *column = to.clone();
                        part.text = behind_name(&part.text)
                            .map(|rest| format!("{}{rest}", plain(target, to)))
                            .unwrap_or_default();
                    }
                });
                index.include.iter_mut().for_each(rename);
                if super::keys::mentions(&index.text, &from.value) {
                    index.text.clear();
                }
            }
        });
        let Some(key) = self.find(table) else { return };
        for child in self.referencing.get(&key).cloned().into_iter().flatten() {
            let Some(table) = self.tables.get_mut(&child) else { continue };
            for constraint in &mut table.def.constraints {
                if let ConstraintKind::ForeignKey(ForeignKey { referenced_columns, .. }) = &mut constraint.kind {
                    referenced_columns.iter_mut().for_each(rename);
                    constraint.text.clear();
                }
            }
        }
        self.objects.values_mut().for_each(|object| rewritten(object, from));
    }

    fn redefine_column(&mut self, table: &Name, column: &Ident, to: &ColumnDef) {
        if !super::same_ident(self.target, column, &to.name) {
            self.rename_column(table, column, &to.name);
        }
        let mut to = to.clone();
        let inline = take_inline(&mut to);
        let name = to.name.clone();
        self.edit_column(table, &name, |c| *c = to);
        for constraint in inline {
            self.add_constraint(table, constraint);
        }
    }

    // ---- constraints

    fn add_constraint(&mut self, table: &Name, mut constraint: Constraint) {
        let Some(key) = self.find(table) else { return };
        if let Some(index) = &constraint.using_index {
            self.index_becomes_constraint(&key, &index.clone(), &mut constraint);
        }
        if constraint.name.is_none() {
            let Some(known) = self.tables.shared(&key) else { return };
            let names = naming::of_constraint(self.target, &known.def.name.object, &constraint.kind);
            constraint.name = names.and_then(|names| self.unused_name(&known, &key, Of::Constraint, &names));
        }
        if let Some(parent) = self.referenced(&constraint, &key) {
            self.referencing.change(parent, |children| children.insert(key.clone()));
        }
        let not_null: Vec<Ident> = match &constraint.kind {
            ConstraintKind::PrimaryKey { columns } => columns.clone(),
            ConstraintKind::NotNull { column } => vec![column.clone()],
            _ => Vec::new(),
        };
        if let Some(table) = self.tables.get_mut(&key) {
            table.def.constraints.push(constraint);
        }
        for column in not_null {
            self.edit_nullability(table, &column);
        }
    }

    fn edit_nullability(&mut self, table: &Name, column: &Ident) {
        let target = self.target;
        self.edit_table(table, |t| {
            if let Some(column) = t.def.columns.iter_mut().find(|c| super::same_ident(target, &c.name, column)) {
                column.nullability = Nullability::NotNull;
            }
        });
    }

    /// `ADD CONSTRAINT … USING INDEX`: the index goes on as the constraint's, under its name.
    fn index_becomes_constraint(&mut self, key: &Key, index: &Ident, constraint: &mut Constraint) {
        let Some(table) = self.tables.get_mut(key) else { return };
        let position = table.def.indexes.iter().position(|i| i.name.as_ref().is_some_and(|n| n.object == *index));
        let Some(position) = position else { return };
        let found = table.def.indexes.remove(position);
        self.name_becomes_free(key);
        let columns: Vec<Ident> = found.parts.iter().filter_map(|p| p.column.clone()).collect();
        match &mut constraint.kind {
            ConstraintKind::PrimaryKey { columns: own } | ConstraintKind::Unique { columns: own, .. } => *own = columns,
            ConstraintKind::Check { .. }
            | ConstraintKind::ForeignKey(_)
            | ConstraintKind::Exclude
            | ConstraintKind::NotNull { .. } => {}
        }
        if constraint.name.is_none() {
            constraint.name = Some(index.clone());
        }
        constraint.using_index = None;
        constraint.text.clear();
        if let Some(name) = &found.name {
            let name = self.key(name);
            self.index_tables.remove(&name);
        }
    }

    fn drop_constraint(&mut self, table: &Name, name: Option<&Ident>, kind: Option<ConstraintClass>) {
        let target = self.target;
        let Some(known) = self.table(table) else { return };
        let named = |c: &&Constraint| match (name, kind) {
            (Some(name), _) => c.name.as_ref().is_some_and(|n| super::same_ident(target, n, name)),
            (None, Some(ConstraintClass::PrimaryKey)) => matches!(c.kind, ConstraintKind::PrimaryKey { .. }),
            (None, _) => false,
        };
        let Some(constraint) = known.def.constraints.iter().find(named).cloned() else { return };
        self.remove_constraint(table, &constraint);
    }

    fn remove_constraint(&mut self, table: &Name, constraint: &Constraint) {
        let Some(key) = self.find(table) else { return };
        let Some(known) = self.tables.get_mut(&key) else { return };
        known.def.constraints.retain(|c| c != constraint);
        self.name_becomes_free(&key);
        let Some(parent) = self.referenced(constraint, &key) else { return };
        let still = self
            .tables
            .get(&key)
            .is_some_and(|t| t.def.constraints.iter().any(|c| self.referenced(c, &key).as_ref() == Some(&parent)));
        if !still && let Some(children) = self.referencing.get_mut(&parent) {
            children.remove(&key);
        }
    }

    fn edit_constraint(&mut self, table: &Name, name: &Ident, edit: impl FnOnce(&mut Constraint)) {
        let target = self.target;
        self.edit_table(table, |t| {
            let named = |c: &&mut Constraint| c.name.as_ref().is_some_and(|n| super::same_ident(target, n, name));
            if let Some(constraint) = t.def.constraints.iter_mut().find(named) {
                edit(constraint);
            }
        });
    }

    // ---- indexes

    fn create_index(&mut self, mut index: IndexDef) {
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

    fn drop_index(&mut self, name: &Name, table: Option<&Name>) {
        let key = self.key(name);
        let on = match table {
            Some(table) => self.find(table),
            None => self.index_with_table(name).map(|(_, table)| table.clone()).and_then(|t| self.find(&t)),
        };
        self.index_tables.remove(&key);
        on.iter().for_each(|table| self.name_becomes_free(table));
        let target = self.target;
        let is_it = |i: &IndexDef| i.name.as_ref().is_some_and(|n| super::same_ident(target, &n.object, &name.object));
        match on.and_then(|key| self.tables.get_mut(&key)) {
            Some(table) => {
                table.def.indexes.retain(|i| !is_it(i));
                // MySQL drops a unique constraint by its index name.
                table.def.constraints.retain(|c| {
                    !(matches!(c.kind, ConstraintKind::Unique { .. })
                        && c.name.as_ref().is_some_and(|n| super::same_ident(target, n, &name.object)))
                });
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

    fn rename_index(&mut self, name: &Name, table: Option<&Name>, to: &Ident) {
        let on = match table {
            Some(table) => Some(table.clone()),
            None => self.index_with_table(name).map(|(_, table)| table.clone()),
        };
        let Some(key) = on.and_then(|table| self.find(&table)) else { return };
        let (target, new) = (self.target, name.sibling(to.value.clone()));
        self.index_tables.remove(&self.key(name));
        self.index_tables.insert(self.key(&new), key.clone());
        self.name_becomes_free(&key);
        let Some(table) = self.tables.get_mut(&key) else { return };
        for index in &mut table.def.indexes {
            if index.name.as_ref().is_some_and(|n| super::same_ident(target, &n.object, &name.object)) {
                index.name = Some(new.clone());
                index.text.clear();
            }
        }
        for constraint in &mut table.def.constraints {
            if constraint.name.as_ref().is_some_and(|n| super::same_ident(target, n, &name.object)) {
                constraint.name = Some(to.clone());
            }
        }
    }

    // ---- other objects

    fn object_changed(&mut self, verb: ObjectVerb, kind: ObjectKind, name: &Name, on: Option<&Name>, text: &str) {
        let key = self.object_key(kind, name, on);
        match verb {
            ObjectVerb::Create | ObjectVerb::Replace => {
                let new = self.objects.get(&key).is_none_or(|o| o.new);
                self.objects_made += 1;
                let order = self.objects_made;
                self.take_object(&key);
                if kind == ObjectKind::Domain {
                    Arc::make_mut(&mut self.domains)
                        .insert(key.1.clone(), text.trim_end_matches([';', ' ', '\n']).to_string());
                    return self.put_object(
                        key,
                        Arc::new(Object { name: name.clone(), kind, on: None, new, text: String::new(), order }),
                    );
                }
                let (name, on, text) = (name.clone(), on.cloned(), text.to_string());
                self.put_object(key, Arc::new(Object { name, kind, on, new, text, order }));
            }
            ObjectVerb::Drop => {
                self.take_object(&key);
                match kind {
                    ObjectKind::Type => drop(Arc::make_mut(&mut self.enums).remove(&key.1)),
                    ObjectKind::Domain => drop(Arc::make_mut(&mut self.domains).remove(&key.1)),
                    _ => {}
                }
            }
            // What it holds from now on was not followed.
            ObjectVerb::Alter if kind == ObjectKind::Domain => self.domain_changed(name, None),
            ObjectVerb::Alter | ObjectVerb::Rename | ObjectVerb::Comment | ObjectVerb::Grant | ObjectVerb::Revoke => {}
        }
    }

    /// A constraint more behind the text of a domain; after another change what it holds is not known.
    fn domain_changed(&mut self, name: &Name, added: Option<&str>) {
        let key = self.key(name);
        let domains = Arc::make_mut(&mut self.domains);
        match (added, domains.get_mut(&key)) {
            (Some(action), Some(text)) if !text.is_empty() => {
                text.push(' ');
                text.push_str(action);
            }
            (None, Some(text)) => text.clear(),
            (Some(_), _) | (None, None) => {}
        }
    }
}

/// A name in it was changed by a rename: the server keeps another text from now on.
fn rewritten(object: &mut Arc<Object>, name: &Ident) {
    if !object.text.is_empty() && super::keys::mentions(&object.text, &name.value) {
        Arc::make_mut(object).text.clear();
    }
}

/// Takes the constraints out of a column definition, with the column filled in.
fn take_inline(column: &mut ColumnDef) -> Vec<Constraint> {
    let own = column.name.clone();
    let mut constraints = std::mem::take(&mut column.constraints);
    for constraint in &mut constraints {
        match &mut constraint.kind {
            ConstraintKind::PrimaryKey { columns }
            | ConstraintKind::Unique { columns, .. }
            | ConstraintKind::ForeignKey(ForeignKey { columns, .. }) => {
                if columns.is_empty() {
                    columns.push(own.clone());
                    constraint.text.clear();
                }
            }
            ConstraintKind::Check { .. } | ConstraintKind::Exclude | ConstraintKind::NotNull { .. } => {}
        }
    }
    constraints
}

/// What stands behind the name at the start of a key part: an order, a collation; none where there is nothing.
fn behind_name(text: &str) -> Option<&str> {
    let quote = text.chars().next().filter(|c| matches!(c, '"' | '`'));
    let end = match quote {
        // A quote inside is written twice.
        Some(quote) => {
            let mut chars = text.char_indices().skip(1).peekable();
            loop {
                let (at, c) = chars.next()?;
                if c == quote && chars.next_if(|(_, next)| *next == quote).is_none() {
                    break at + 1;
                }
            }
        }
        None => text.find(|c: char| !(c.is_alphanumeric() || c == '_' || c == '$'))?,
    };
    text.get(end..).filter(|rest| !rest.trim().is_empty())
}

/// A name as it may stand in a key part of any engine; in quotes where it needs them.
fn plain(target: Target, name: &Ident) -> String {
    let bare = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '_';
    match name.value.chars().all(bare) {
        true => name.value.clone(),
        false if matches!(target.engine(), Engine::MySql | Engine::MariaDb) => {
            format!("`{}`", name.value.replace('`', "``"))
        }
        false => format!("\"{}\"", name.value.replace('"', "\"\"")),
    }
}

fn constraint_columns(constraint: &mut Constraint) -> &mut [Ident] {
    match &mut constraint.kind {
        ConstraintKind::PrimaryKey { columns } | ConstraintKind::Unique { columns, .. } => columns,
        ConstraintKind::ForeignKey(fk) => &mut fk.columns,
        ConstraintKind::Check { expr } => &mut expr.columns,
        ConstraintKind::NotNull { column } => std::slice::from_mut(column),
        ConstraintKind::Exclude => &mut [],
    }
}

fn set_column_option(column: &mut ColumnDef, option: &ColumnOption) {
    match option {
        ColumnOption::AddIdentity { always } => {
            column.auto_number = Some(AutoNumber::Identity { always: *always, options: String::new() });
        }
        ColumnOption::DropIdentity => column.auto_number = None,
        ColumnOption::SetExpression(expr) => {
            let stored = column.generated.as_ref().is_none_or(|g| g.stored);
            column.generated = Some(Generated { expr: expr.clone(), stored });
        }
        ColumnOption::DropExpression => column.generated = None,
        ColumnOption::AlterIdentity
        | ColumnOption::Statistics
        | ColumnOption::Storage
        | ColumnOption::Compression
        | ColumnOption::Parameters
        | ColumnOption::Visibility => {}
    }
}
