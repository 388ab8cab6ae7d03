//! What the user wants, in words that belong to no engine.
//!
//! In: nothing; these are types. Out: [`Change`], one per statement or per action of an ALTER.
//! Never: locks, algorithms, durations. Engines, rules and recipes match [`Change`] without a `_` arm,
//! so that a new kind of change breaks the build until each of them answers.

use crate::order::Gather;

mod columns;
mod constraints;
mod data;
mod indexes;
mod names;
mod objects;
mod tables;
mod types;

pub use columns::{
    AutoNumber, Charset, ColumnDef, ColumnOption, ColumnPosition, Default, Expr, Generated, Nullability, Volatility,
};
pub use constraints::{Constraint, ConstraintKind, ForeignKey, ReferentialAction};
pub use data::{BATCH_AT_MOST, Copied, RowFilter, SessionSetting, TransactionVerb};
pub use indexes::{IndexDef, IndexKind, IndexPart, ReindexScope};
pub use names::{Ident, Name, lower};
pub use objects::{IF_NOT_EXISTS, ObjectKind, ObjectVerb, OpaqueWhy};
pub use tables::{PartitionAction, TableDef, TableOption};
pub use types::DataType;

/// One change. A statement with several actions (`ALTER TABLE … a, b`) is several changes of one statement.
#[derive(Debug, Clone, PartialEq)]
pub enum Change {
    // ---- tables
    /// `CREATE TABLE`, also `… AS SELECT`, `LIKE`, `PARTITION OF`, temporary and virtual tables.
    CreateTable(Box<TableDef>),
    /// `DROP TABLE a, b`.
    DropTable {
        /// The tables named.
        tables: Vec<Name>,
        /// `IF EXISTS`.
        if_exists: bool,
        /// `CASCADE`.
        cascade: bool,
        /// `TEMPORARY` (MySQL, MariaDB): only a temporary table of that name goes.
        temporary: bool,
    },
    /// `ALTER TABLE … RENAME TO`, one pair of `RENAME TABLE`.
    RenameTable {
        /// Old name.
        table: Name,
        /// New name (without schema when the statement gave none).
        to: Name,
    },
    /// `TRUNCATE`.
    Truncate {
        /// The tables named.
        tables: Vec<Name>,
        /// `CASCADE`.
        cascade: bool,
    },
    /// An option of the table as a whole: tablespace, storage parameters, engine, character set, row security, …
    SetTableOption {
        /// The table.
        table: Name,
        /// Which option.
        option: TableOption,
    },
    /// Attach, detach, add, drop, exchange … a partition.
    Partition {
        /// The partitioned table.
        table: Name,
        /// What is done.
        action: PartitionAction,
    },
    /// The same table made anew under its own name: SQLite's 12 steps, or copy-and-rename, recognised as one change.
    RebuildTable {
        /// The table that is replaced.
        table: Name,
        /// Its shape afterwards, when it could be read.
        to: Option<Box<TableDef>>,
        /// The name that the new table had while it was filled.
        working_name: Name,
        /// How its rows got there, in order; empty for one of our own.
        copied: Vec<Copied>,
    },

    // ---- columns
    /// `ADD COLUMN`.
    AddColumn {
        /// The table.
        table: Name,
        /// The new column.
        column: Box<ColumnDef>,
        /// `IF NOT EXISTS`.
        if_not_exists: bool,
    },
    /// `DROP COLUMN`.
    DropColumn {
        /// The table.
        table: Name,
        /// The column.
        column: Ident,
        /// `IF EXISTS`.
        if_exists: bool,
        /// `CASCADE`.
        cascade: bool,
    },
    /// `RENAME COLUMN`; also a MySQL `CHANGE` that changes nothing but the name as far as is known.
    RenameColumn {
        /// The table.
        table: Name,
        /// Old name.
        from: Ident,
        /// New name.
        to: Ident,
    },
    /// `ALTER COLUMN … TYPE`.
    ChangeColumnType {
        /// The table.
        table: Name,
        /// The column.
        column: Ident,
        /// The new type.
        to: DataType,
        /// `USING expression`.
        using: Option<Expr>,
        /// `COLLATE`.
        collation: Option<Name>,
    },
    /// MySQL and MariaDB `MODIFY` / `CHANGE`: the whole column is said anew.
    RedefineColumn {
        /// The table.
        table: Name,
        /// The column as it is called now.
        column: Ident,
        /// What it shall be; `to.name` differs from `column` when it is renamed too.
        to: Box<ColumnDef>,
        /// `FIRST` / `AFTER`.
        position: Option<ColumnPosition>,
    },
    /// `SET NOT NULL`.
    SetNotNull {
        /// The table.
        table: Name,
        /// The column.
        column: Ident,
        /// `ALTER TABLE ONLY`.
        only: bool,
    },
    /// `DROP NOT NULL`.
    DropNotNull {
        /// The table.
        table: Name,
        /// The column.
        column: Ident,
    },
    /// `SET DEFAULT`.
    SetDefault {
        /// The table.
        table: Name,
        /// The column.
        column: Ident,
        /// The new default.
        default: Expr,
    },
    /// `DROP DEFAULT`.
    DropDefault {
        /// The table.
        table: Name,
        /// The column.
        column: Ident,
    },
    /// Identity, generation expression, statistics, storage, compression, visibility, … of one column.
    SetColumnOption {
        /// The table.
        table: Name,
        /// The column.
        column: Ident,
        /// Which option.
        option: ColumnOption,
    },

    // ---- constraints
    /// `ADD [CONSTRAINT name] …`, also `ADD PRIMARY KEY USING INDEX`.
    AddConstraint {
        /// The table.
        table: Name,
        /// The constraint.
        constraint: Box<Constraint>,
    },
    /// `DROP CONSTRAINT`, `DROP PRIMARY KEY`, `DROP FOREIGN KEY`, `DROP CHECK`.
    DropConstraint {
        /// The table.
        table: Name,
        /// Its name; none for `DROP PRIMARY KEY`.
        name: Option<Ident>,
        /// What it is when the statement says so (`DROP FOREIGN KEY`); otherwise ask the schema.
        kind: Option<ConstraintClass>,
        /// `IF EXISTS`.
        if_exists: bool,
        /// `CASCADE`.
        cascade: bool,
    },
    /// `VALIDATE CONSTRAINT`.
    ValidateConstraint {
        /// The table.
        table: Name,
        /// The constraint.
        name: Ident,
    },
    /// `ALTER CONSTRAINT` (deferrability, enforcement), MySQL `ALTER CHECK … [NOT] ENFORCED`.
    AlterConstraint {
        /// The table.
        table: Name,
        /// The constraint.
        name: Ident,
        /// `Some(true)` for ENFORCED, `Some(false)` for NOT ENFORCED, none when only deferrability changes.
        enforced: Option<bool>,
        /// `NO INHERIT` of a NOT NULL constraint.
        no_inherit: bool,
    },
    /// `RENAME CONSTRAINT`.
    RenameConstraint {
        /// The table.
        table: Name,
        /// Old name.
        from: Ident,
        /// New name.
        to: Ident,
    },

    // ---- indexes
    /// `CREATE INDEX`, `ADD INDEX`.
    CreateIndex(Box<IndexDef>),
    /// `DROP INDEX`.
    DropIndex {
        /// The index.
        name: Name,
        /// Its table where the statement names it (MySQL) or the schema knows it.
        table: Option<Name>,
        /// `CONCURRENTLY`.
        concurrently: bool,
        /// `IF EXISTS`.
        if_exists: bool,
        /// `CASCADE`.
        cascade: bool,
    },
    /// `ALTER INDEX … RENAME TO`, `RENAME INDEX`.
    RenameIndex {
        /// The index.
        name: Name,
        /// Its table where the statement names it.
        table: Option<Name>,
        /// New name.
        to: Ident,
    },
    /// `REINDEX`.
    Reindex {
        /// How much is rebuilt.
        scope: ReindexScope,
        /// The index, table, schema or database; none for all.
        name: Option<Name>,
        /// `CONCURRENTLY`.
        concurrently: bool,
    },
    /// `ALTER INDEX` other than rename (storage parameters, tablespace, attach, statistics), index visibility, `DISABLE KEYS`.
    AlterIndex {
        /// The index; none for all of a table.
        name: Option<Name>,
        /// Its table where the statement names it.
        table: Option<Name>,
        /// The action as written, upper-case keywords first: `SET (…)`, `ATTACH PARTITION x`, `INVISIBLE`.
        action: String,
    },

    // ---- types, views
    /// `CREATE TYPE … AS ENUM`.
    CreateEnum {
        /// The type.
        name: Name,
        /// Its labels.
        labels: Vec<String>,
    },
    /// `ALTER TYPE … ADD VALUE`.
    AddEnumValue {
        /// The type.
        name: Name,
        /// The label.
        value: String,
        /// `BEFORE` or `AFTER` a label was given.
        positioned: bool,
        /// `IF NOT EXISTS`.
        if_not_exists: bool,
    },
    /// `ALTER TYPE … RENAME VALUE`.
    RenameEnumValue {
        /// The type.
        name: Name,
        /// Old label.
        from: String,
        /// New label.
        to: String,
    },
    /// `ALTER DOMAIN` that adds or validates a constraint (anything else of a domain is [`Change::Object`]).
    AlterDomainConstraint {
        /// The domain.
        name: Name,
        /// `VALIDATE CONSTRAINT` rather than add.
        validate: bool,
        /// `NOT VALID`.
        not_valid: bool,
        /// The action as written.
        action: String,
    },
    /// `CREATE [OR REPLACE] [MATERIALIZED] VIEW`.
    CreateView {
        /// The view.
        name: Name,
        /// `OR REPLACE`.
        replace: bool,
        /// `MATERIALIZED`.
        materialized: bool,
        /// The query as written.
        query: String,
        /// Relations that the query reads, as far as tokens tell.
        reads: Vec<Name>,
        /// False for `WITH NO DATA`.
        with_data: bool,
    },
    /// `DROP [MATERIALIZED] VIEW`.
    DropView {
        /// The views.
        names: Vec<Name>,
        /// `MATERIALIZED`.
        materialized: bool,
        /// `IF EXISTS`.
        if_exists: bool,
        /// `CASCADE`.
        cascade: bool,
    },
    /// `REFRESH MATERIALIZED VIEW`.
    RefreshView {
        /// The view.
        name: Name,
        /// `CONCURRENTLY`.
        concurrently: bool,
        /// False for `WITH NO DATA`.
        with_data: bool,
    },

    // ---- data
    /// `INSERT`, `REPLACE`, `COPY … FROM`, `LOAD DATA`.
    Insert {
        /// The table.
        table: Name,
        /// Rows come from a query, a file or another table: their number is not in the text.
        from_query: bool,
        /// Rows written in the statement's VALUES, when counted.
        rows: Option<u64>,
        /// The tables that a query takes its rows from, and which of them.
        source: Vec<(Name, RowFilter)>,
    },
    /// `UPDATE`.
    Update {
        /// The table.
        table: Name,
        /// Columns assigned.
        columns: Vec<Ident>,
        /// Which rows.
        filter: RowFilter,
    },
    /// `DELETE`.
    Delete {
        /// The table.
        table: Name,
        /// Which rows.
        filter: RowFilter,
    },
    /// `SELECT`, `TABLE`, `VALUES`, `EXPLAIN`, `SHOW`: reads only, as far as the words tell.
    Query {
        /// A function is called whose effect cannot be seen (`SELECT my_migration()`).
        calls_functions: bool,
        /// The tables whose rows it locks (`FOR UPDATE`, `FOR SHARE`, …), and which rows.
        locks: Vec<(Name, RowFilter)>,
    },

    // ---- everything else that has a name
    /// An object whose change is one catalog entry: sequence, trigger, function, grant, comment, extension, …
    Object {
        /// What is done.
        verb: ObjectVerb,
        /// To what.
        kind: ObjectKind,
        /// Its name, if any.
        name: Option<Name>,
        /// The relation it belongs to (trigger, rule, policy, comment, grant).
        on: Option<Name>,
        /// A CREATE TRIGGER or CREATE DOMAIN as written. PostgreSQL's ALTER and DROP, and CREATE of a subscription,
        /// publication, policy or rule: the words behind the name, a space around each, in lower case but for quoted names (which
        /// `source::named` reads), so never empty. SECURITY LABEL: its form.
        /// [`IF_NOT_EXISTS`] where it says so. Else empty.
        text: String,
    },
    /// `VACUUM`, `OPTIMIZE TABLE`, `CLUSTER`, `ANALYZE`, `CHECK TABLE`.
    Maintain {
        /// Which command.
        command: Maintenance,
        /// The tables; empty for all.
        tables: Vec<Name>,
    },
    /// `LOCK TABLE`.
    LockTable {
        /// The tables.
        tables: Vec<Name>,
        /// The mode as written.
        mode: String,
    },
    /// `BEGIN`, `COMMIT`, `ROLLBACK`, savepoints.
    Transaction(TransactionVerb),
    /// `SET`, `PRAGMA`, `USE`, `RESET`, `DISCARD`: the session, not the data.
    Session(SessionSetting),
    /// What cannot be seen into: `DO` blocks, `CALL`, `EXECUTE`, unreadable text. Never part of a safe verdict.
    Opaque {
        /// The form as the header names it (`DO`, `CALL`, …), or empty when not even that is known.
        form: String,
        /// Why it is opaque.
        why: OpaqueWhy,
        /// Relations that its text names together with a DDL or DML keyword, as far as tokens tell.
        touches: Vec<Name>,
    },
}

impl Change {
    /// A query that reads, and does nothing else.
    pub fn reads() -> Self {
        Change::Query { calls_functions: false, locks: Vec::new() }
    }

    /// The tables (or views) that a change works on, the named one first.
    pub fn relations(&self) -> Vec<&Name> {
        match self {
            Change::CreateTable(def) => vec![&def.name],
            Change::DropTable { tables, .. }
            | Change::Truncate { tables, .. }
            | Change::Maintain { tables, .. }
            | Change::LockTable { tables, .. } => tables.iter().gather(),
            Change::RenameTable { table, .. }
            | Change::SetTableOption { table, .. }
            | Change::RebuildTable { table, .. }
            | Change::AddColumn { table, .. }
            | Change::DropColumn { table, .. }
            | Change::RenameColumn { table, .. }
            | Change::ChangeColumnType { table, .. }
            | Change::RedefineColumn { table, .. }
            | Change::SetNotNull { table, .. }
            | Change::DropNotNull { table, .. }
            | Change::SetDefault { table, .. }
            | Change::DropDefault { table, .. }
            | Change::SetColumnOption { table, .. }
            | Change::DropConstraint { table, .. }
            | Change::ValidateConstraint { table, .. }
            | Change::AlterConstraint { table, .. }
            | Change::RenameConstraint { table, .. }
            | Change::Insert { table, .. }
            | Change::Update { table, .. }
            | Change::Delete { table, .. } => vec![table],
            Change::Partition { table, action } => {
                use PartitionAction as P;
                match action {
                    P::Attach { partition, .. } | P::Detach { partition, .. } => vec![table, partition],
                    P::Exchange { with, .. } => vec![table, with],
                    P::Add
                    | P::Drop
                    | P::Truncate
                    | P::Reorganize
                    | P::Coalesce
                    | P::PartitionBy(_)
                    | P::RemovePartitioning
                    | P::Maintain(_)
                    | P::DiscardOrImport
                    | P::Convert
                    | P::SplitOrMerge => vec![table],
                }
            }
            Change::AddConstraint { table, constraint } => {
                let mut tables = vec![table];
                if let ConstraintKind::ForeignKey(fk) = &constraint.kind {
                    tables.push(&fk.references);
                }
                tables
            }
            Change::CreateIndex(index) => vec![&index.table],
            Change::DropIndex { table, .. } | Change::RenameIndex { table, .. } | Change::AlterIndex { table, .. } => {
                table.iter().gather()
            }
            Change::Reindex { name, .. } => name.iter().gather(),
            Change::CreateView { name, reads, .. } => std::iter::once(name).chain(reads).gather(),
            Change::DropView { names, .. } => names.iter().gather(),
            Change::RefreshView { name, .. } => vec![name],
            Change::Object { on, .. } => on.iter().gather(),
            Change::Opaque { touches, .. } => touches.iter().gather(),
            Change::CreateEnum { .. }
            | Change::AddEnumValue { .. }
            | Change::RenameEnumValue { .. }
            | Change::AlterDomainConstraint { .. }
            | Change::Query { .. }
            | Change::Transaction(_)
            | Change::Session(_) => Vec::new(),
        }
    }

    /// `DROP TABLE name`, and nothing else.
    pub fn drop_table(name: Name) -> Self {
        Change::DropTable { tables: vec![name], if_exists: false, cascade: false, temporary: false }
    }

    /// `DROP [MATERIALIZED] VIEW name`, and nothing else.
    pub fn drop_view(name: Name, materialized: bool) -> Self {
        Change::DropView { names: vec![name], materialized, if_exists: false, cascade: false }
    }
}

/// What kind of constraint a statement says it drops.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum ConstraintClass {
    /// `DROP PRIMARY KEY`.
    PrimaryKey,
    /// A unique constraint.
    Unique,
    /// `DROP CHECK`.
    Check,
    /// `DROP FOREIGN KEY`.
    ForeignKey,
    /// An exclusion constraint.
    Exclusion,
    /// A named NOT NULL (PostgreSQL 18).
    NotNull,
}

/// Commands that rewrite or read a table without changing what it means.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Maintenance {
    /// `VACUUM` (in SQLite: rewrites the whole file).
    Vacuum,
    /// `VACUUM FULL`.
    VacuumFull,
    /// `CLUSTER`.
    Cluster,
    /// `ANALYZE`.
    Analyze,
    /// `OPTIMIZE TABLE`.
    Optimize,
    /// `CHECK TABLE`, `REPAIR TABLE`, `CHECKSUM TABLE`.
    CheckTable,
    /// `REPAIR TABLE`.
    RepairTable,
    /// `ALTER TABLE ALL IN TABLESPACE … SET TABLESPACE`, or that of materialized views.
    MoveAll {
        /// The views rather than the tables.
        views: bool,
    },
}
