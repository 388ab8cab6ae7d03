//! What of a table uses a column.

use super::Schema;
use super::keys::{is_not_null_test, mentions};
use crate::change::{Constraint, ConstraintKind, Ident, IndexDef, IndexPart, Name};
use crate::order::Gather;

impl Schema {
    /// Indexes that use a column: as a key part, included, in an expression or in the condition.
    pub fn indexes_of_column(&self, table: &Name, column: &Ident) -> Vec<&IndexDef> {
        let Some(table) = self.table(table) else { return Vec::new() };
        table.def.indexes.iter().filter(|index| self.index_uses(index, column)).gather()
    }

    fn index_uses(&self, index: &IndexDef, column: &Ident) -> bool {
        let part = |p: &IndexPart| match &p.column {
            Some(name) => self.same(name, column),
            None => mentions(&p.text, &column.value),
        };
        index.parts.iter().any(part)
            || index.include.iter().any(|name| self.same(name, column))
            || index.filter.as_ref().is_some_and(|f| mentions(&f.text, &column.value))
    }

    /// Constraints that use a column.
    pub fn constraints_of_column(&self, table: &Name, column: &Ident) -> Vec<&Constraint> {
        let Some(table) = self.table(table) else { return Vec::new() };
        table.def.constraints.iter().filter(|c| self.constraint_uses(c, column)).gather()
    }

    /// Does the constraint use the column?
    pub fn constraint_uses(&self, constraint: &Constraint, column: &Ident) -> bool {
        let has = |columns: &[Ident]| columns.iter().any(|c| self.same(c, column));
        match &constraint.kind {
            ConstraintKind::PrimaryKey { columns } | ConstraintKind::Unique { columns, .. } => has(columns),
            ConstraintKind::Check { expr } => has(&expr.columns) || mentions(&expr.text, &column.value),
            ConstraintKind::ForeignKey(fk) => has(&fk.columns),
            ConstraintKind::NotNull { column: name } => self.same(name, column),
            ConstraintKind::Exclude => mentions(&constraint.text, &column.value),
        }
    }

    /// A validated CHECK proves that the column holds no NULL, by the simple form `column IS NOT NULL`.
    pub fn not_null_proved_by_check(&self, table: &Name, column: &Ident) -> bool {
        let proves = |c: &&Constraint| match &c.kind {
            ConstraintKind::Check { expr } => !c.not_valid && !c.not_enforced && is_not_null_test(&expr.text, column),
            _ => false,
        };
        self.constraints(table).iter().any(|c| proves(&c))
    }
}
