//! Indexes.

use super::{Expr, Ident, Name};
use crate::order::Gather;

/// An index as defined.
#[derive(Debug, Clone, PartialEq)]
pub struct IndexDef {
    /// Its name; none lets the server choose.
    pub name: Option<Name>,
    /// The table.
    pub table: Name,
    /// Key parts in order.
    pub parts: Vec<IndexPart>,
    /// UNIQUE.
    pub unique: bool,
    /// NULLS NOT DISTINCT.
    pub nulls_not_distinct: bool,
    /// Plain, FULLTEXT or SPATIAL.
    pub kind: IndexKind,
    /// `USING` method in lower case: `btree`, `gin`, …
    pub method: Option<String>,
    /// INCLUDE columns.
    pub include: Vec<Ident>,
    /// Partial index condition.
    pub filter: Option<Expr>,
    /// CONCURRENTLY.
    pub concurrently: bool,
    /// IF NOT EXISTS.
    pub if_not_exists: bool,
    /// `ON ONLY` (PostgreSQL partitioned tables).
    pub only: bool,
    /// Everything after the key parts, as written (`WITH (…) TABLESPACE …`, MySQL index options).
    pub options: String,
    /// The statement exactly as written; empty for one that we made.
    pub text: String,
}

impl IndexDef {
    /// A partition's index that the server takes for this one of its parent (PostgreSQL's `CompareIndexInfo`), as far as their
    /// texts tell.
    pub fn is_served_by(&self, other: &IndexDef) -> bool {
        let method = |index: &IndexDef| index.method.as_deref().unwrap_or("btree") == "btree";
        self.unique == other.unique
            && self.nulls_not_distinct == other.nulls_not_distinct
            && self.include == other.include
            && (self.method == other.method || method(self) && method(other))
            && self.filter.as_ref().map(|filter| &filter.text) == other.filter.as_ref().map(|filter| &filter.text)
            && self.parts.len() == other.parts.len()
            && self.parts.iter().zip(&other.parts).all(|(a, b)| a.is_like(b))
    }

    /// A plain index on columns.
    pub fn on(name: Name, table: Name, columns: &[Ident]) -> Self {
        IndexDef {
            name: Some(name),
            table,
            parts: columns.iter().map(|c| IndexPart { column: Some(c.clone()), text: String::new() }).gather(),
            unique: false,
            nulls_not_distinct: false,
            kind: IndexKind::Plain,
            method: None,
            include: Vec::new(),
            filter: None,
            concurrently: false,
            if_not_exists: false,
            only: false,
            options: String::new(),
            text: String::new(),
        }
    }
}

/// One key part.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct IndexPart {
    /// The column, when the part is a bare column (with or without order, collation, operator class, prefix length).
    pub column: Option<Ident>,
    /// The part as written; empty for one that we made from `column`.
    pub text: String,
}

impl IndexPart {
    /// The same column without a word more, or the same text.
    fn is_like(&self, other: &IndexPart) -> bool {
        let plain = |part: &IndexPart| part.column.is_some() && !part.text.trim().contains(' ');
        self.column == other.column && (plain(self) && plain(other) || self.text.eq_ignore_ascii_case(&other.text))
    }
}

/// The kind of index.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum IndexKind {
    /// Anything ordered or hashed, by its method.
    Plain,
    /// MySQL FULLTEXT.
    Fulltext,
    /// MySQL SPATIAL.
    Spatial,
}

/// How much REINDEX rebuilds.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum ReindexScope {
    /// One index.
    Index,
    /// All indexes of a table.
    Table,
    /// A schema.
    Schema,
    /// A database.
    Database,
    /// The catalogs of a database.
    System,
    /// SQLite: a table, an index, a collation or everything.
    Any,
}
