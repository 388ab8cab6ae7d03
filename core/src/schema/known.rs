//! What is known of one table, view or other object.

use crate::change::{Change, Ident, IndexDef, Name, ObjectKind, TableDef};

/// A table as far as it is known.
#[derive(Debug, Clone, PartialEq)]
pub struct Table {
    /// Its definition. Constraints written inside a column are among `constraints`, with their columns filled in
    /// and the name that the server gives where none was written; columns of the primary key are NOT NULL.
    pub def: TableDef,
    /// Made by the script itself, so nobody uses it yet.
    pub new: bool,
    /// Made by the script and filled from a query, so its row count is not known.
    pub filled: bool,
    /// Its owner, tablespace and access method, as far as a statement said so.
    pub kept_by: KeptBy,
}

/// Who owns a table and how it is stored, as far as a statement said so.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct KeptBy {
    /// `OWNER TO`.
    pub owner: Option<Ident>,
    /// `SET TABLESPACE`.
    pub tablespace: Option<Ident>,
    /// `SET ACCESS METHOD`.
    pub access_method: Option<Ident>,
}

/// A view as far as it is known.
#[derive(Debug, Clone, PartialEq)]
pub struct View {
    /// Its name.
    pub name: Name,
    /// MATERIALIZED.
    pub materialized: bool,
    /// The query as written.
    pub query: String,
    /// Relations that it reads.
    pub reads: Vec<Name>,
    /// The whole statement as written, options and column list included; empty when not known.
    pub definition: String,
    /// What it reads was renamed since: the server keeps another text.
    pub stale: bool,
    /// Columns that what it reads got since, by relation: a `*` of it does not stand for them.
    pub later: Vec<(Ident, Ident)>,
    /// Made by the script itself.
    pub new: bool,
    /// Indexes (materialized views).
    pub indexes: Vec<IndexDef>,
}

impl View {
    /// The statement that made it; its query alone when that is not known.
    pub fn said(&self) -> &str {
        if self.definition.is_empty() { &self.query } else { &self.definition }
    }

    /// `CREATE [OR REPLACE] [MATERIALIZED] VIEW`, from its query.
    pub fn create(&self, replace: bool) -> Change {
        Change::CreateView {
            name: self.name.clone(),
            replace,
            materialized: self.materialized,
            query: self.query.clone(),
            reads: self.reads.clone(),
            with_data: true,
        }
    }
}

/// Another named object: trigger, sequence, function, policy, …
#[derive(Debug, Clone, PartialEq)]
pub struct Object {
    /// Its name.
    pub name: Name,
    /// What it is.
    pub kind: ObjectKind,
    /// The relation that it belongs to.
    pub on: Option<Name>,
    /// Made by the script itself.
    pub new: bool,
    /// The statement that made a trigger, policy, rule, statistics object or publication, as written; of a subscription the
    /// words of what made and changed it; empty for other objects, and once a rename has made the server write it anew.
    pub text: String,
    /// Its place in the order in which objects were made.
    pub order: usize,
}
