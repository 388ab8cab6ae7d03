//! Which row of the servers' ALTER TABLE tables a change is.
//!
//! In: a change and the table as it is. Out: [`Case`]s, one for most changes, several for a MODIFY. Never: a version.

use super::column::{self, is_utf8mb3};
use super::table::{self, Traits};
use crate::change::{
    AutoNumber, Charset, ColumnDef, ColumnOption, ColumnPosition, ConstraintClass, ConstraintKind, Expr, Ident,
    IndexDef, IndexKind, Name, PartitionAction, TableDef, TableOption,
};
use crate::order::PushAll;

/// A row of the tables "Online DDL Operations" of the manuals, as finely as the servers tell cases apart.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(in crate::engines) enum Case {
    // ---- columns
    /// ADD COLUMN; `last` when no FIRST or AFTER is given.
    AddColumn { last: bool },
    /// ADD COLUMN … DEFAULT (expression); `per_row`: MariaDB too evaluates it for each row.
    AddWithExpression { per_row: bool },
    /// ADD COLUMN … CHECK (…).
    AddWithCheck,
    /// ADD COLUMN … REFERENCES ….
    AddWithReferences,
    /// ADD COLUMN … UNIQUE.
    AddWithUnique,
    /// ADD COLUMN … PRIMARY KEY.
    AddWithPrimaryKey,
    /// ADD COLUMN … AUTO_INCREMENT.
    AddAutoIncrement,
    /// ADD COLUMN … VIRTUAL.
    AddVirtual,
    /// ADD COLUMN … STORED.
    AddStored,
    /// DROP COLUMN.
    DropColumn { indexed: bool },
    /// DROP of a VIRTUAL column.
    DropVirtual { indexed: bool },
    /// DROP of a STORED column.
    DropStored { indexed: bool },
    /// DROP of a column of the primary key.
    DropKeyColumn,
    /// RENAME COLUMN, or CHANGE of the name.
    RenameColumn,
    /// The same for a column that a foreign key of another table references.
    RenameReferencedColumn,
    /// MODIFY … FIRST / AFTER.
    MoveColumn,
    /// The same for a VIRTUAL column.
    MoveVirtual,
    /// The same for a STORED column.
    MoveStored,
    /// Default, comment, or nothing at all.
    ColumnMetadata,
    /// SET DEFAULT (expression).
    SetExpressionDefault,
    /// SET VISIBLE / INVISIBLE.
    ColumnVisibility,
    /// NOT NULL to NULL.
    MakeNullable,
    /// NULL to NOT NULL.
    MakeNotNull,

    // ---- types
    /// A longer VARCHAR or VARBINARY whose length is stored in as many bytes as before.
    LengthSameClass,
    /// A longer one that needs two bytes for its length; `small`: it had at most 127 bytes, or the row format is REDUNDANT.
    LengthAcross { small: bool },
    /// A shorter VARCHAR or VARBINARY.
    Shorten,
    /// ENUM or SET members added at the end.
    AppendLabel,
    /// utf8mb3 to utf8mb4.
    WidenCharset { indexed: bool },
    /// Another collation of the same character set.
    ChangeCollation { indexed: bool },
    /// Any other type.
    ChangeType,
    /// The expression of a generated column.
    ChangeExpression { stored: bool },
    /// VIRTUAL to STORED or to an ordinary column, or the reverse.
    ChangeVirtualStatus,
    /// AUTO_INCREMENT given to a column.
    AddAutoIncrementAttribute,
    /// AUTO_INCREMENT taken from a column.
    DropAutoIncrementAttribute,
    /// MODIFY of a column whose present definition was not given.
    Unknown,

    // ---- indexes and keys
    /// ADD INDEX, ADD UNIQUE.
    AddIndex,
    /// An index on an expression.
    AddFunctionalIndex,
    /// ADD FULLTEXT; `first` of the table.
    AddFulltext { first: bool },
    /// ADD SPATIAL.
    AddSpatial,
    /// DROP INDEX.
    DropIndex,
    /// DROP of the UNIQUE NOT NULL index that stands for the primary key.
    DropClusteringIndex,
    /// DROP INDEX and ADD INDEX of the same name and columns in one statement.
    SameIndex,
    /// RENAME INDEX.
    RenameIndex,
    /// ALTER INDEX … INVISIBLE, IGNORED.
    IndexVisibility,
    /// ENABLE / DISABLE KEYS.
    Keys,
    /// ADD PRIMARY KEY.
    AddPrimaryKey,
    /// DROP PRIMARY KEY; `replaced`: a UNIQUE key over NOT NULL columns takes its place at once.
    DropPrimaryKey { replaced: bool },

    // ---- constraints
    /// ADD FOREIGN KEY, with foreign_key_checks on.
    AddForeignKey,
    /// ADD FOREIGN KEY, with foreign_key_checks off.
    AddForeignKeyUnchecked,
    /// DROP FOREIGN KEY.
    DropForeignKey,
    /// ADD CHECK.
    AddCheck,
    /// ADD CHECK … NOT ENFORCED.
    AddCheckNotEnforced,
    /// ALTER CHECK … ENFORCED.
    EnforceCheck,
    /// ALTER CHECK … NOT ENFORCED.
    UnenforceCheck,
    /// DROP CHECK.
    DropCheck,

    // ---- partitions
    /// ADD PARTITION to a RANGE or LIST table; `hash`: to a HASH or KEY table.
    AddPartition { hash: bool },
    /// DROP PARTITION.
    DropPartition,
    /// TRUNCATE PARTITION.
    TruncatePartition,
    /// REORGANIZE, REBUILD PARTITION.
    ReorganizePartition,
    /// COALESCE PARTITION.
    CoalescePartition,
    /// EXCHANGE PARTITION; `validated`: the rows of the table are read.
    ExchangePartition { validated: bool },
    /// ANALYZE, CHECK, REPAIR PARTITION.
    LookAtPartition,
    /// OPTIMIZE PARTITION.
    OptimizePartition,
    /// PARTITION BY.
    PartitionBy,
    /// REMOVE PARTITIONING.
    RemovePartitioning,
    /// DISCARD / IMPORT PARTITION … TABLESPACE.
    DiscardPartition,
    /// CONVERT PARTITION, CONVERT TABLE.
    ConvertPartition,

    // ---- table
    /// RENAME TO, RENAME TABLE.
    RenameTable,
    /// FORCE, ENGINE=InnoDB, ROW_FORMAT, KEY_BLOCK_SIZE.
    Rebuild,
    /// Another storage engine.
    ChangeEngine,
    /// COMMENT, AUTO_INCREMENT=, statistics options.
    TableMetadata,
    /// DEFAULT CHARACTER SET.
    DefaultCharset,
    /// CONVERT TO utf8mb4 of a utf8mb3 table.
    ConvertWiden { indexed: bool },
    /// CONVERT TO another collation of the same character set.
    ConvertCollation { indexed: bool },
    /// CONVERT TO of a table without character columns.
    ConvertNothing,
    /// CONVERT TO otherwise.
    ConvertCharset,
    /// ORDER BY.
    OrderBy,
    /// ENCRYPTION.
    Encryption,
    /// DISCARD / IMPORT TABLESPACE.
    DiscardTablespace,
    /// ADD SYSTEM VERSIONING (MariaDB).
    AddSystemVersioning,
    /// DROP SYSTEM VERSIONING (MariaDB).
    DropSystemVersioning,
}

/// ADD COLUMN.
pub(in crate::engines) fn add_column(column: &ColumnDef) -> Vec<Case> {
    let last = column.position.is_none();
    let mut cases = vec![match (&column.generated, &column.auto_number, &column.default) {
        (Some(generated), _, _) if generated.stored => Case::AddStored,
        (Some(_), _, _) => Case::AddVirtual,
        (None, Some(AutoNumber::AutoIncrement | AutoNumber::Serial), _) => Case::AddAutoIncrement,
        (None, _, Some(default)) if is_expression(default) => Case::AddWithExpression { per_row: is_per_row(default) },
        (None, _, _) => Case::AddColumn { last },
    }];
    cases.push_all(column.constraints.iter().filter_map(|constraint| match constraint.kind {
        ConstraintKind::PrimaryKey { .. } => Some(Case::AddWithPrimaryKey),
        ConstraintKind::Unique { .. } => Some(Case::AddWithUnique),
        ConstraintKind::Check { .. } if constraint.not_enforced => None,
        ConstraintKind::Check { .. } => Some(Case::AddWithCheck),
        ConstraintKind::ForeignKey(_) => Some(Case::AddWithReferences),
        ConstraintKind::Exclude | ConstraintKind::NotNull { .. } => None,
    }));
    cases
}

/// DEFAULT (expression), as opposed to a literal or CURRENT_TIMESTAMP.
pub(in crate::engines) fn is_expression(default: &Expr) -> bool {
    default.text.trim_start().starts_with('(')
}

fn is_per_row(default: &Expr) -> bool {
    let text = default.text.to_ascii_lowercase();
    !default.columns.is_empty() || ["uuid", "nextval", "next value", "sys_guid"].iter().any(|call| text.contains(call))
}

/// DROP COLUMN.
pub(in crate::engines) fn drop_column(def: Option<&TableDef>, column: &Ident) -> Case {
    let Some(def) = def else { return Case::DropColumn { indexed: false } };
    let indexed = table::is_indexed(def, column);
    let generated = table::column(def, column).and_then(|c| c.generated.as_ref());
    match generated {
        _ if table::in_primary_key(def, column) => Case::DropKeyColumn,
        Some(generated) if generated.stored => Case::DropStored { indexed },
        Some(_) => Case::DropVirtual { indexed },
        None => Case::DropColumn { indexed },
    }
}

/// MODIFY, CHANGE.
pub(in crate::engines) fn redefine(
    def: Option<&TableDef>,
    column: &Ident,
    to: &ColumnDef,
    position: Option<&ColumnPosition>,
    traits: &Traits,
) -> Vec<Case> {
    let old = def.and_then(|def| Some((def, table::column(def, column)?)));
    match old {
        Some((def, old)) => column::cases(def, old, to, position, traits),
        None => vec![Case::Unknown],
    }
}

/// Identity, visibility, … of one column; none where the servers have no such thing.
pub(in crate::engines) fn column_option(option: &ColumnOption) -> Option<Case> {
    match option {
        ColumnOption::Visibility => Some(Case::ColumnVisibility),
        ColumnOption::AddIdentity { .. }
        | ColumnOption::AlterIdentity
        | ColumnOption::DropIdentity
        | ColumnOption::SetExpression(_)
        | ColumnOption::DropExpression
        | ColumnOption::Statistics
        | ColumnOption::Storage
        | ColumnOption::Compression
        | ColumnOption::Parameters => None,
    }
}

/// ADD CONSTRAINT; none for what the servers do not have.
pub(in crate::engines) fn add_constraint(kind: &ConstraintKind, not_enforced: bool) -> Option<Case> {
    match kind {
        ConstraintKind::PrimaryKey { .. } => Some(Case::AddPrimaryKey),
        ConstraintKind::Unique { .. } => Some(Case::AddIndex),
        ConstraintKind::Check { .. } if not_enforced => Some(Case::AddCheckNotEnforced),
        ConstraintKind::Check { .. } => Some(Case::AddCheck),
        ConstraintKind::ForeignKey(_) => Some(Case::AddForeignKey),
        ConstraintKind::Exclude | ConstraintKind::NotNull { .. } => None,
    }
}

/// What a DROP CONSTRAINT drops: as it says, or as the table knows.
pub(in crate::engines) fn constraint_class(
    def: Option<&TableDef>,
    name: Option<&Ident>,
    said: Option<ConstraintClass>,
) -> Option<ConstraintClass> {
    let known = || {
        let (def, name) = (def?, name?);
        let constraint = def.constraints.iter().find(|c| c.name.as_ref().is_some_and(|n| table::same(n, name)));
        let by_constraint = constraint.and_then(|constraint| match constraint.kind {
            ConstraintKind::PrimaryKey { .. } => Some(ConstraintClass::PrimaryKey),
            ConstraintKind::Unique { .. } => Some(ConstraintClass::Unique),
            ConstraintKind::Check { .. } => Some(ConstraintClass::Check),
            ConstraintKind::ForeignKey(_) => Some(ConstraintClass::ForeignKey),
            ConstraintKind::Exclude | ConstraintKind::NotNull { .. } => None,
        });
        let is_index = || def.indexes.iter().any(|i| i.name.as_ref().is_some_and(|n| table::same(&n.object, name)));
        by_constraint.or_else(|| is_index().then_some(ConstraintClass::Unique))
    };
    said.or_else(known)
}

/// CREATE INDEX, ADD INDEX.
pub(in crate::engines) fn add_index(index: &IndexDef, traits: &Traits) -> Case {
    match index.kind {
        IndexKind::Fulltext => Case::AddFulltext { first: traits.fulltext == 0 },
        IndexKind::Spatial => Case::AddSpatial,
        // A vector index, and MariaDB's unique hash, come with a column that is computed: the table is copied.
        IndexKind::Plain if index.method.as_deref() == Some("vector") => Case::ChangeType,
        IndexKind::Plain if index.unique && traits.hashes && index.method.as_deref() == Some("hash") => {
            Case::ChangeType
        }
        IndexKind::Plain if index.parts.iter().any(|part| part.column.is_none()) => Case::AddFunctionalIndex,
        IndexKind::Plain => Case::AddIndex,
    }
}

/// DROP PRIMARY KEY.
pub(in crate::engines) fn drop_primary_key(def: Option<&TableDef>) -> Case {
    Case::DropPrimaryKey { replaced: def.is_some_and(table::has_spare_key) }
}

/// DROP INDEX.
pub(in crate::engines) fn drop_index(def: Option<&TableDef>, index: &Name) -> Case {
    if index.object.value.eq_ignore_ascii_case("primary") {
        return drop_primary_key(def);
    }
    let clusters = def.is_some_and(|def| {
        let index_columns =
            def.indexes.iter().find(|i| i.unique && table::is_named(i, &index.object)).and_then(columns_of);
        let unique = def.constraints.iter().find(|c| c.name.as_ref().is_some_and(|n| table::same(n, &index.object)));
        let key_columns = unique.and_then(|constraint| match &constraint.kind {
            ConstraintKind::Unique { columns, .. } => Some(columns.clone()),
            _ => None,
        });
        index_columns.or(key_columns).is_some_and(|columns| table::clusters(def, &columns))
    });
    if clusters { Case::DropClusteringIndex } else { Case::DropIndex }
}

/// The columns of an index that has no expression.
fn columns_of(index: &IndexDef) -> Option<Vec<Ident>> {
    index.parts.iter().map(|part| part.column.clone()).collect()
}

/// A partition action; none for PostgreSQL's.
pub(in crate::engines) fn partition(def: Option<&TableDef>, action: &PartitionAction) -> Option<Case> {
    Some(match action {
        PartitionAction::Add => Case::AddPartition { hash: def.is_some_and(is_hash) },
        PartitionAction::Drop => Case::DropPartition,
        PartitionAction::Truncate => Case::TruncatePartition,
        PartitionAction::Reorganize => Case::ReorganizePartition,
        PartitionAction::Coalesce => Case::CoalescePartition,
        PartitionAction::Exchange { without_validation, .. } => {
            Case::ExchangePartition { validated: !without_validation }
        }
        PartitionAction::PartitionBy(_) => Case::PartitionBy,
        PartitionAction::RemovePartitioning => Case::RemovePartitioning,
        PartitionAction::Maintain(verb) => match verb.as_str() {
            "rebuild" => Case::ReorganizePartition,
            "optimize" => Case::OptimizePartition,
            _ => Case::LookAtPartition,
        },
        PartitionAction::DiscardOrImport => Case::DiscardPartition,
        PartitionAction::Convert => Case::ConvertPartition,
        PartitionAction::Attach { .. } | PartitionAction::Detach { .. } | PartitionAction::SplitOrMerge => return None,
    })
}

fn is_hash(def: &TableDef) -> bool {
    let by = def.partition_by.as_deref().unwrap_or_default().to_ascii_lowercase();
    by.contains("hash") || by.contains("key")
}

/// A table option; none for what the servers do not have and for hints that change nothing.
pub(in crate::engines) fn table_option(def: Option<&TableDef>, option: &TableOption, traits: &Traits) -> Option<Case> {
    Some(match option {
        TableOption::Engine(engine) if engine != "innodb" => Case::ChangeEngine,
        // A table that is not known may well be of another engine: that copies, a rebuild in place would not.
        TableOption::Engine(_) if traits.foreign_engine || def.is_none() => Case::ChangeEngine,
        TableOption::Engine(_) | TableOption::RowFormat(_) | TableOption::Force => Case::Rebuild,
        TableOption::Storage(name) if name.eq_ignore_ascii_case("encryption") => Case::Encryption,
        TableOption::Storage(_) | TableOption::Tablespace(_) => Case::Rebuild,
        TableOption::ConvertCharset(to) => convert(def, to, traits),
        TableOption::DefaultCharset(_) => Case::DefaultCharset,
        TableOption::Comment | TableOption::AutoIncrement | TableOption::Other(_) => Case::TableMetadata,
        TableOption::OrderBy => Case::OrderBy,
        TableOption::DiscardOrImportTablespace => Case::DiscardTablespace,
        TableOption::Keys => Case::Keys,
        TableOption::SystemVersioning { drop: false } => Case::AddSystemVersioning,
        TableOption::SystemVersioning { drop: true } => Case::DropSystemVersioning,
        TableOption::RunHint { .. }
        | TableOption::Schema(_)
        | TableOption::Owner(_)
        | TableOption::Logged
        | TableOption::Unlogged
        | TableOption::AccessMethod(_)
        | TableOption::Parameters(_)
        | TableOption::ClusterMark
        | TableOption::WithoutOids
        | TableOption::WithOids
        | TableOption::ReplicaIdentity
        | TableOption::RowSecurity
        | TableOption::Triggers
        | TableOption::Rules
        | TableOption::Inherit(_)
        | TableOption::NoInherit(_)
        | TableOption::OfType => return None,
    })
}

fn convert(def: Option<&TableDef>, to: &Charset, traits: &Traits) -> Case {
    let Some(def) = def.filter(|_| traits.known) else { return Case::ConvertCharset };
    if !traits.text {
        return Case::ConvertNothing;
    }
    let from = def.charset();
    let own =
        def.columns.iter().any(|c| c.collation.is_some() || c.data_type.as_ref().is_some_and(|t| t.charset.is_some()));
    match (from.as_deref(), to.charset.as_deref()) {
        (Some(from), Some(to)) if !own && is_utf8mb3(from) && to == "utf8mb4" => {
            Case::ConvertWiden { indexed: traits.indexed_text }
        }
        (Some(from), Some(to)) if !own && from == to => Case::ConvertCollation { indexed: traits.indexed_text },
        _ => Case::ConvertCharset,
    }
}
