//! Identifiers and qualified names.

use std::fmt;

/// One identifier. `value` is what the engine would store: unquoted names already folded the engine's way.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Ident {
    /// The name without quotes, escapes resolved, folded.
    pub value: String,
}

impl Ident {
    /// An identifier from its stored form.
    pub fn new(value: impl Into<String>) -> Self {
        Ident { value: value.into() }
    }
}

impl fmt::Display for Ident {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str(&self.value)
    }
}

/// A text in lower case as PostgreSQL folds names: letters of ASCII only.
pub fn lower(text: &str) -> String {
    text.to_ascii_lowercase()
}

/// A possibly qualified name: `[database.][schema.]object`.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Name {
    /// Schema (PostgreSQL), database (MySQL) or attached file (SQLite), if given.
    pub schema: Option<Ident>,
    /// The object's own name.
    pub object: Ident,
}

impl Name {
    /// An unqualified name.
    pub fn new(object: impl Into<String>) -> Self {
        Name { schema: None, object: Ident::new(object) }
    }

    /// A name with a schema.
    pub fn qualified(schema: impl Into<String>, object: impl Into<String>) -> Self {
        Name { schema: Some(Ident::new(schema)), object: Ident::new(object) }
    }

    /// The same schema, another object.
    pub fn sibling(&self, object: impl Into<String>) -> Self {
        Name { schema: self.schema.clone(), object: Ident::new(object) }
    }
}

/// For sentences, never for SQL: no quotes.
impl fmt::Display for Name {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.schema {
            Some(schema) => write!(out, "{schema}.{}", self.object),
            None => write!(out, "{}", self.object),
        }
    }
}
