//! Columns.

use super::constraints::constraint_columns;
use super::objects::rewritten;
use crate::change::{
    AutoNumber, ColumnDef, ColumnOption, Constraint, ConstraintKind, ForeignKey, Generated, Ident, IndexDef, Name,
};
use crate::order::Gather;
use crate::schema::{self, Schema};
use crate::target::{Engine, Target};

impl Schema {
    pub(super) fn add_column(&mut self, table: &Name, column: &ColumnDef) {
        if self.column(table, &column.name).is_some() {
            return;
        }
        self.views_go_without(table, &column.name);
        let mut column = column.clone();
        let inline = take_inline(&mut column);
        let new_table = self.is_new(table);
        self.edit_table(table, |t| t.def.columns.push(column));
        for constraint in inline {
            self.add_constraint(table, constraint);
        }
        debug_assert_eq!(self.is_new(table), new_table);
    }

    pub(super) fn drop_column(&mut self, table: &Name, column: &Ident) {
        let gone_constraints: Vec<Constraint> = self.constraints_of_column(table, column).into_iter().cloned().gather();
        let gone_indexes: Vec<IndexDef> = self.indexes_of_column(table, column).into_iter().cloned().gather();
        for constraint in gone_constraints {
            self.remove_constraint(table, &constraint);
        }
        for index in gone_indexes {
            if let Some(name) = &index.name {
                self.drop_index(name, Some(table));
            }
        }
        let target = self.target;
        self.edit_table(table, |t| t.def.columns.retain(|c| !schema::same_ident(target, &c.name, column)));
    }

    pub(super) fn edit_column(&mut self, table: &Name, column: &Ident, edit: impl FnOnce(&mut ColumnDef)) {
        let target = self.target;
        self.edit_table(table, |t| {
            if let Some(column) = t.def.columns.iter_mut().find(|c| schema::same_ident(target, &c.name, column)) {
                edit(column);
                column.text.clear();
            }
        });
    }

    pub(super) fn rename_column(&mut self, table: &Name, from: &Ident, to: &Ident) {
        self.views_go_stale(table, from);
        let target = self.target;
        let rename = |ident: &mut Ident| {
            if schema::same_ident(target, ident, from) {
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
                        && schema::same_ident(target, column, from)
                    {
                        *column = to.clone();
                        part.text = behind_name(&part.text)
                            .map(|rest| format!("{}{rest}", plain(target, to)))
                            .unwrap_or_default();
                    }
                });
                index.include.iter_mut().for_each(rename);
                if schema::keys::mentions(&index.text, &from.value) {
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

    pub(super) fn redefine_column(&mut self, table: &Name, column: &Ident, to: &ColumnDef) {
        if !schema::same_ident(self.target, column, &to.name) {
            self.rename_column(table, column, &to.name);
        }
        let mut to = to.clone();
        let inline = take_inline(&mut to);
        let name = to.name.clone();
        let target = self.target;
        // It is said as a whole, so that its text holds.
        self.edit_table(table, |t| {
            if let Some(column) = t.def.columns.iter_mut().find(|c| schema::same_ident(target, &c.name, &name)) {
                *column = to;
            }
        });
        for constraint in inline {
            self.add_constraint(table, constraint);
        }
    }
}

/// Takes the constraints out of a column definition, with the column filled in.
pub(super) fn take_inline(column: &mut ColumnDef) -> Vec<Constraint> {
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

pub(super) fn set_column_option(column: &mut ColumnDef, option: &ColumnOption) {
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
