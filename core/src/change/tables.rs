//! Tables, their options and partitions.

use super::{ColumnDef, Constraint, ConstraintKind, Ident, IndexDef, Name, RowFilter};

/// A table as defined.
#[derive(Debug, Clone, PartialEq)]
pub struct TableDef {
    /// Its name.
    pub name: Name,
    /// Columns in order.
    pub columns: Vec<ColumnDef>,
    /// Table constraints (column constraints stay with their column).
    pub constraints: Vec<Constraint>,
    /// Indexes defined inside (MySQL).
    pub indexes: Vec<IndexDef>,
    /// IF NOT EXISTS.
    pub if_not_exists: bool,
    /// TEMPORARY.
    pub temporary: bool,
    /// UNLOGGED.
    pub unlogged: bool,
    /// `AS SELECT`: columns come of a query, and rows where it [`fills`](TableDef::fills).
    pub from_query: bool,
    /// The query certainly gives no row (`WHERE false`).
    pub empty: bool,
    /// Relations that the query reads, as far as tokens tell.
    pub reads: Vec<Name>,
    /// The tables that the query takes its rows from, and which of them.
    pub source: Vec<(Name, RowFilter)>,
    /// `LIKE other`.
    pub like: Option<Name>,
    /// `INHERITS (…)`.
    pub inherits: Vec<Name>,
    /// `OF type`: its columns are those of a composite type (PostgreSQL).
    pub of_type: Option<Name>,
    /// `PARTITION OF parent`.
    pub partition_of: Option<Name>,
    /// `PARTITION BY …` as written.
    pub partition_by: Option<String>,
    /// SQLite `WITHOUT ROWID`.
    pub without_rowid: bool,
    /// SQLite `STRICT`.
    pub strict: bool,
    /// SQLite virtual table, PostgreSQL foreign table.
    pub external: bool,
    /// False when the inside could not be read: columns are then unknown, not absent.
    pub complete: bool,
    /// Table options as written (`ENGINE=InnoDB …`, `WITH (…)`).
    pub options: String,
    /// The statement exactly as written; empty for one that we made.
    pub text: String,
}

impl TableDef {
    /// Was a constraint of the table written inside a column? As a schema has them: with the column filled in and, but for a CHECK
    /// or NOT NULL, without its text. What stands in the column and beside it is taken for one of the table.
    pub fn is_inline(&self, constraint: &Constraint, column: &ColumnDef) -> bool {
        let alone = |list: &[Ident]| {
            matches!(list, [own] if own.value.eq_ignore_ascii_case(&column.name.value)) && constraint.text.is_empty()
        };
        let says = |word: &str| column.text.to_ascii_uppercase().contains(word);
        match &constraint.kind {
            ConstraintKind::PrimaryKey { columns } => alone(columns) && says("PRIMARY"),
            ConstraintKind::Unique { columns, .. } => alone(columns) && says("UNIQUE"),
            ConstraintKind::ForeignKey(key) => alone(&key.columns) && says("REFERENCES"),
            ConstraintKind::Check { .. } | ConstraintKind::NotNull { .. } => {
                let alike = self.constraints.iter().filter(|own| own.text == constraint.text).count();
                !constraint.text.is_empty() && column.text.matches(&constraint.text).count() >= alike
            }
            ConstraintKind::Exclude => false,
        }
    }

    /// Rows of a query are written.
    pub fn fills(&self) -> bool {
        self.from_query && !self.empty
    }

    /// A table without anything.
    pub fn new(name: Name) -> Self {
        TableDef {
            name,
            columns: Vec::new(),
            constraints: Vec::new(),
            indexes: Vec::new(),
            if_not_exists: false,
            temporary: false,
            unlogged: false,
            from_query: false,
            empty: false,
            reads: Vec::new(),
            source: Vec::new(),
            like: None,
            inherits: Vec::new(),
            of_type: None,
            partition_of: None,
            partition_by: None,
            without_rowid: false,
            strict: false,
            external: false,
            complete: true,
            options: String::new(),
            text: String::new(),
        }
    }
}

/// An option of a table as a whole.
#[derive(Debug, Clone, PartialEq)]
pub enum TableOption {
    /// `SET SCHEMA`.
    Schema(super::Ident),
    /// `OWNER TO`; none for a word that stands for a role (`CURRENT_USER`).
    Owner(Option<super::Ident>),
    /// `SET TABLESPACE`, MySQL `TABLESPACE`; none where it was not read.
    Tablespace(Option<super::Ident>),
    /// `SET LOGGED`.
    Logged,
    /// `SET UNLOGGED`.
    Unlogged,
    /// `SET ACCESS METHOD`; none for `DEFAULT`.
    AccessMethod(Option<super::Ident>),
    /// `SET (…)` / `RESET (…)`: parameter names in lower case.
    Parameters(Vec<String>),
    /// `CLUSTER ON`, `SET WITHOUT CLUSTER`.
    ClusterMark,
    /// `SET WITHOUT OIDS`.
    WithoutOids,
    /// `SET WITH OIDS`, of old servers.
    WithOids,
    /// `REPLICA IDENTITY`.
    ReplicaIdentity,
    /// `ENABLE / DISABLE / FORCE / NO FORCE ROW LEVEL SECURITY`.
    RowSecurity,
    /// `ENABLE / DISABLE TRIGGER`.
    Triggers,
    /// `ENABLE / DISABLE RULE`.
    Rules,
    /// `INHERIT parent`.
    Inherit(Name),
    /// `NO INHERIT parent`.
    NoInherit(Name),
    /// `OF type` / `NOT OF`.
    OfType,
    /// MySQL `ENGINE=`; lower case.
    Engine(String),
    /// MySQL `ROW_FORMAT=`; lower case.
    RowFormat(String),
    /// MySQL `CONVERT TO CHARACTER SET`.
    ConvertCharset(super::Charset),
    /// MySQL `[DEFAULT] CHARACTER SET` / `COLLATE`.
    DefaultCharset(super::Charset),
    /// MySQL `COMMENT=`.
    Comment,
    /// MySQL `AUTO_INCREMENT=`.
    AutoIncrement,
    /// MySQL `FORCE`.
    Force,
    /// MySQL `ORDER BY`.
    OrderBy,
    /// MySQL `KEY_BLOCK_SIZE`, `ENCRYPTION`, `COMPRESSION`: rebuilds.
    Storage(String),
    /// MySQL `STATS_…`, `MAX_ROWS`, `CHECKSUM`, … : name in lower case.
    Other(String),
    /// MySQL `DISCARD / IMPORT TABLESPACE`.
    DiscardOrImportTablespace,
    /// `ENABLE KEYS` / `DISABLE KEYS`.
    Keys,
    /// `WITH / WITHOUT VALIDATION`, `ALGORITHM=`, `LOCK=`: how the statement shall run, not what it changes.
    RunHint {
        /// `algorithm`, `lock` or `validation`.
        name: String,
        /// The value in upper case.
        value: String,
    },
    /// MariaDB `ADD / DROP SYSTEM VERSIONING`, `PERIOD FOR …`.
    SystemVersioning {
        /// Takes it away, with the history.
        drop: bool,
    },
}

/// What is done to a partition.
#[derive(Debug, Clone, PartialEq)]
pub enum PartitionAction {
    /// `ATTACH PARTITION`.
    Attach {
        /// The table that becomes a partition.
        partition: Name,
        /// `DEFAULT`, or `FOR VALUES …` as written.
        bound: String,
    },
    /// `DETACH PARTITION`.
    Detach {
        /// The partition.
        partition: Name,
        /// `CONCURRENTLY`.
        concurrently: bool,
        /// `FINALIZE`.
        finalize: bool,
    },
    /// MySQL: `ADD PARTITION`.
    Add,
    /// MySQL: `DROP PARTITION` (its rows go with it).
    Drop,
    /// MySQL: `TRUNCATE PARTITION`.
    Truncate,
    /// MySQL: `REORGANIZE PARTITION`.
    Reorganize,
    /// MySQL: `COALESCE PARTITION`.
    Coalesce,
    /// MySQL: `EXCHANGE PARTITION … WITH TABLE`.
    Exchange {
        /// The table.
        with: Name,
        /// `WITHOUT VALIDATION`.
        without_validation: bool,
    },
    /// MySQL: `PARTITION BY …` on an existing table, as written.
    PartitionBy(String),
    /// MySQL: `REMOVE PARTITIONING`.
    RemovePartitioning,
    /// MySQL: `ANALYZE / CHECK / OPTIMIZE / REBUILD / REPAIR PARTITION`; the verb in lower case.
    Maintain(String),
    /// MySQL: `DISCARD / IMPORT PARTITION … TABLESPACE`.
    DiscardOrImport,
    /// MariaDB: `CONVERT PARTITION … TO TABLE` / `CONVERT TABLE … TO PARTITION`.
    Convert,
    /// PostgreSQL 17+: `SPLIT PARTITION` / `MERGE PARTITIONS`.
    SplitOrMerge,
}
