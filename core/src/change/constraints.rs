//! Table and column constraints.

use super::{ConstraintClass, Expr, Ident, Name};

/// A constraint as defined.
#[derive(Debug, Clone, PartialEq)]
pub struct Constraint {
    /// Its name, if given.
    pub name: Option<Ident>,
    /// What it demands.
    pub kind: ConstraintKind,
    /// `NOT VALID`: existing rows are not checked yet.
    pub not_valid: bool,
    /// `NOT ENFORCED`.
    pub not_enforced: bool,
    /// `DEFERRABLE [INITIALLY …]` as written; empty when not said.
    pub deferrable: String,
    /// `USING INDEX name`.
    pub using_index: Option<Ident>,
    /// `ALTER TABLE ONLY`: of a partitioned table alone, its partitions left out.
    pub only: bool,
    /// The definition exactly as written, `CONSTRAINT name` excluded.
    pub text: String,
}

/// What a constraint demands.
#[derive(Debug, Clone, PartialEq)]
pub enum ConstraintKind {
    /// PRIMARY KEY.
    PrimaryKey {
        /// Key columns; empty for a column constraint (the column itself).
        columns: Vec<Ident>,
    },
    /// UNIQUE.
    Unique {
        /// Key columns; empty for a column constraint.
        columns: Vec<Ident>,
        /// NULLS NOT DISTINCT.
        nulls_not_distinct: bool,
    },
    /// CHECK (…).
    Check {
        /// The condition.
        expr: Expr,
    },
    /// FOREIGN KEY … REFERENCES …
    ForeignKey(ForeignKey),
    /// EXCLUDE …, as written.
    Exclude,
    /// `NOT NULL column` as a table constraint (PostgreSQL 18).
    NotNull {
        /// The column.
        column: Ident,
    },
}

impl ConstraintKind {
    /// Its class, for statements that have to say it (`DROP FOREIGN KEY`).
    pub fn class(&self) -> ConstraintClass {
        match self {
            ConstraintKind::PrimaryKey { .. } => ConstraintClass::PrimaryKey,
            ConstraintKind::Unique { .. } => ConstraintClass::Unique,
            ConstraintKind::Check { .. } => ConstraintClass::Check,
            ConstraintKind::ForeignKey(_) => ConstraintClass::ForeignKey,
            ConstraintKind::Exclude => ConstraintClass::Exclusion,
            ConstraintKind::NotNull { .. } => ConstraintClass::NotNull,
        }
    }
}

/// A foreign key.
#[derive(Debug, Clone, PartialEq)]
pub struct ForeignKey {
    /// Referencing columns; empty for a column constraint.
    pub columns: Vec<Ident>,
    /// The referenced table.
    pub references: Name,
    /// Referenced columns; empty means the primary key.
    pub referenced_columns: Vec<Ident>,
    /// ON DELETE.
    pub on_delete: ReferentialAction,
    /// ON UPDATE.
    pub on_update: ReferentialAction,
    /// MATCH FULL.
    pub match_full: bool,
}

/// What happens to referencing rows.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum ReferentialAction {
    /// Not said, or NO ACTION.
    NoAction,
    /// RESTRICT.
    Restrict,
    /// CASCADE.
    Cascade,
    /// SET NULL.
    SetNull,
    /// SET DEFAULT.
    SetDefault,
}
