//! Constraints.

use crate::change::{Constraint, ConstraintClass, ConstraintKind, Ident, IndexDef, Name, Nullability};
use crate::order::Gather;
use crate::schema::{self, Schema, keys::Key, naming, numbered::Of};

impl Schema {
    pub(super) fn add_constraint(&mut self, table: &Name, mut constraint: Constraint) {
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

    pub(super) fn edit_nullability(&mut self, table: &Name, column: &Ident) {
        let target = self.target;
        self.edit_table(table, |t| {
            if let Some(column) = t.def.columns.iter_mut().find(|c| schema::same_ident(target, &c.name, column)) {
                column.nullability = Nullability::NotNull;
            }
        });
    }

    /// `ADD CONSTRAINT … USING INDEX`: the index goes on as the constraint's, under its name.
    pub(super) fn index_becomes_constraint(&mut self, key: &Key, index: &Ident, constraint: &mut Constraint) {
        let Some(table) = self.tables.get_mut(key) else { return };
        let position = table.def.indexes.iter().position(|i| i.name.as_ref().is_some_and(|n| n.object == *index));
        let Some(position) = position else { return };
        let found = table.def.indexes.remove(position);
        self.name_becomes_free(key);
        let columns: Vec<Ident> = found.parts.iter().filter_map(|p| p.column.clone()).gather();
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

    pub(super) fn drop_constraint(&mut self, table: &Name, name: Option<&Ident>, kind: Option<ConstraintClass>) {
        let target = self.target;
        let Some(known) = self.table(table) else { return };
        let named = |c: &&Constraint| match (name, kind) {
            (Some(name), _) => c.name.as_ref().is_some_and(|n| schema::same_ident(target, n, name)),
            (None, Some(ConstraintClass::PrimaryKey)) => matches!(c.kind, ConstraintKind::PrimaryKey { .. }),
            (None, _) => false,
        };
        let Some(constraint) = known.def.constraints.iter().find(named).cloned() else { return };
        self.remove_constraint(table, &constraint);
        self.leave_index(table, &constraint);
    }

    /// MySQL makes an index for a foreign key where none begins with its columns; it stays when the key goes.
    fn leave_index(&mut self, table: &Name, constraint: &Constraint) {
        let (ConstraintKind::ForeignKey(key), Some(name)) = (&constraint.kind, &constraint.name) else { return };
        let Some(known) = self.table(table).filter(|_| self.target.engine().is_mysql_family()) else { return };
        let begins = |own: &[Ident]| own.iter().zip(&key.columns).filter(|(a, b)| a == b).count() == key.columns.len();
        let by_key = known.def.constraints.iter().any(|c| match &c.kind {
            ConstraintKind::PrimaryKey { columns } | ConstraintKind::Unique { columns, .. } => begins(columns),
            ConstraintKind::ForeignKey(other) => begins(&other.columns),
            _ => false,
        });
        let by_index = known.def.indexes.iter().any(|index| {
            let columns: Vec<Ident> = index.parts.iter().filter_map(|part| part.column.clone()).gather();
            begins(&columns)
        });
        if !by_key && !by_index {
            self.create_index(IndexDef::on(Name::new(name.value.clone()), table.clone(), &key.columns));
        }
    }

    pub(super) fn remove_constraint(&mut self, table: &Name, constraint: &Constraint) {
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

    pub(super) fn edit_constraint(&mut self, table: &Name, name: &Ident, edit: impl FnOnce(&mut Constraint)) {
        let target = self.target;
        self.edit_table(table, |t| {
            let named = |c: &&mut Constraint| c.name.as_ref().is_some_and(|n| schema::same_ident(target, n, name));
            if let Some(constraint) = t.def.constraints.iter_mut().find(named) {
                edit(constraint);
            }
        });
    }
}

pub(super) fn constraint_columns(constraint: &mut Constraint) -> &mut [Ident] {
    match &mut constraint.kind {
        ConstraintKind::PrimaryKey { columns } | ConstraintKind::Unique { columns, .. } => columns,
        ConstraintKind::ForeignKey(fk) => &mut fk.columns,
        ConstraintKind::Check { expr } => &mut expr.columns,
        ConstraintKind::NotNull { column } => std::slice::from_mut(column),
        ConstraintKind::Exclude => &mut [],
    }
}
