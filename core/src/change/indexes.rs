//! Indexes.

use super::{Expr, Ident, Name};

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
    /// A partition's index that the server takes for this one of its parent (PostgreSQL's `CompareIndexInfo`): the order of the
    /// keys' values does not matter.
    pub fn is_served_by(&self, other: &IndexDef) -> bool {
        let method = |index: &IndexDef| index.method.clone().unwrap_or_else(|| "btree".to_string());
        let filter = |index: &IndexDef| index.filter.as_ref().map(|filter| bare(&filter.text));
        (self.unique, self.nulls_not_distinct, &self.include)
            == (other.unique, other.nulls_not_distinct, &other.include)
            && method(self) == method(other)
            && filter(self) == filter(other)
            && self.parts.iter().map(IndexPart::key).eq(other.parts.iter().map(IndexPart::key))
    }

    /// A plain index on columns.
    pub fn on(name: Name, table: Name, columns: &[Ident]) -> Self {
        IndexDef {
            name: Some(name),
            table,
            parts: columns.iter().map(|c| IndexPart { column: Some(c.clone()), text: String::new() }).collect(),
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
    /// The column, and its collation and operator class; or the expression.
    fn key(&self) -> (Option<&Ident>, String) {
        let text = self.text.to_ascii_lowercase();
        let name = self.column.as_ref().map_or_else(String::new, |column| column.value.to_ascii_lowercase());
        let behind = text.trim_start_matches('"').strip_prefix(&name).unwrap_or(&text).trim_start_matches('"');
        let order = |word: &&str| !["asc", "desc", "nulls", "first", "last"].contains(word);
        let words: Vec<&str> = behind.split_whitespace().filter(order).collect();
        (self.column.as_ref(), bare(&words.concat()))
    }
}

/// Without white space and the brackets around it.
fn bare(text: &str) -> String {
    text.split_whitespace().collect::<String>().trim_matches(['(', ')']).to_ascii_lowercase()
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
