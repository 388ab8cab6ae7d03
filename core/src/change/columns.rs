//! Columns and what belongs to one.

use super::{Constraint, DataType, Ident, Name};

/// A column as defined.
#[derive(Debug, Clone, PartialEq)]
pub struct ColumnDef {
    /// Its name.
    pub name: Ident,
    /// Its type; none where the engine allows that (SQLite) or when it could not be read.
    pub data_type: Option<DataType>,
    /// NOT NULL, NULL, or not said.
    pub nullability: Nullability,
    /// DEFAULT.
    pub default: Option<Expr>,
    /// GENERATED ALWAYS AS (…).
    pub generated: Option<Generated>,
    /// Identity, serial, AUTO_INCREMENT, AUTOINCREMENT.
    pub auto_number: Option<AutoNumber>,
    /// Inline constraints: PRIMARY KEY, UNIQUE, CHECK, REFERENCES.
    pub constraints: Vec<Constraint>,
    /// COLLATE.
    pub collation: Option<Name>,
    /// COMMENT (MySQL).
    pub comment: Option<String>,
    /// ON UPDATE … (MySQL).
    pub on_update: Option<Expr>,
    /// FIRST / AFTER (MySQL).
    pub position: Option<ColumnPosition>,
    /// The definition exactly as written, from the name on, position clause excluded; empty for one that we made.
    pub text: String,
}

impl ColumnDef {
    /// A nullable column without anything else.
    pub fn new(name: Ident, data_type: DataType) -> Self {
        ColumnDef {
            name,
            data_type: Some(data_type),
            nullability: Nullability::Unsaid,
            default: None,
            generated: None,
            auto_number: None,
            constraints: Vec::new(),
            collation: None,
            comment: None,
            on_update: None,
            position: None,
            text: String::new(),
        }
    }
}

/// Whether a column may hold NULL, as far as its definition says.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Nullability {
    /// NOT NULL.
    NotNull,
    /// NULL.
    Null,
    /// Nothing said: nullable, unless it is (part of) the primary key.
    Unsaid,
}

/// DEFAULT expression; an alias that reads well in signatures.
pub type Default = Expr;

/// An SQL expression as written.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Expr {
    /// Source text.
    pub text: String,
    /// When its value can change.
    pub volatility: Volatility,
    /// Columns it names, as far as tokens tell.
    pub columns: Vec<Ident>,
}

/// When the value of an expression can change. PostgreSQL's words.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Volatility {
    /// A literal, or literals combined by operators and casts.
    Constant,
    /// The same within one statement (`now()`, `CURRENT_TIMESTAMP`).
    Stable,
    /// Differs per row (`random()`, `gen_random_uuid()`, `clock_timestamp()`, `nextval(…)`).
    Volatile,
    /// Calls something that is not in the table of known functions.
    Unknown,
}

/// A generated column.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Generated {
    /// The expression.
    pub expr: Expr,
    /// STORED (true) or VIRTUAL (false).
    pub stored: bool,
}

/// Values given by the server.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub enum AutoNumber {
    /// `GENERATED … AS IDENTITY`.
    Identity {
        /// ALWAYS (true) or BY DEFAULT (false).
        always: bool,
        /// Sequence options as written.
        options: String,
    },
    /// `serial`, `bigserial`, `smallserial`.
    Serial,
    /// `AUTO_INCREMENT` (MySQL), `AUTOINCREMENT` (SQLite).
    AutoIncrement,
}

/// Where a MySQL column goes.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub enum ColumnPosition {
    /// FIRST.
    First,
    /// AFTER this column.
    After(Ident),
}

/// A MySQL character set and collation.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Charset {
    /// `utf8mb4`; none when only a collation was given.
    pub charset: Option<String>,
    /// `utf8mb4_general_ci`.
    pub collation: Option<String>,
}

/// What can be set on one column besides type, NULL and DEFAULT.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub enum ColumnOption {
    /// `ADD GENERATED … AS IDENTITY`.
    AddIdentity {
        /// ALWAYS (true) or BY DEFAULT (false).
        always: bool,
    },
    /// `SET GENERATED`, `RESTART`, `SET INCREMENT`, … of an identity column.
    AlterIdentity,
    /// `DROP IDENTITY`.
    DropIdentity,
    /// `SET EXPRESSION AS (…)`.
    SetExpression(Expr),
    /// `DROP EXPRESSION`.
    DropExpression,
    /// `SET STATISTICS n`.
    Statistics,
    /// `SET STORAGE …`.
    Storage,
    /// `SET COMPRESSION …`.
    Compression,
    /// `SET (n_distinct = …)`, `RESET (…)`.
    Parameters,
    /// `SET VISIBLE` / `SET INVISIBLE`.
    Visibility,
}
