//! MySQL's table: which algorithm each case uses in a version, and the weakest lock that it accepts.
//!
//! Source: the manual's tables "Online DDL Operations", corrected by what 5.7.22, 8.0.15 and 9.7.4 did. INSTANT came
//! with 8.0.12, at any position and for DROP with 8.0.29, for RENAME with 8.0.28.

use crate::engines::innodb::case::Case;
use crate::engines::innodb::table::Traits;
use crate::engines::innodb::way::{
    COPY, INPLACE, INPLACE_EXCLUSIVE, INPLACE_SHARED, INSTANT, INSTANT_EXCLUSIVE, REBUILD, REBUILD_SHARED, Row, Way,
};
use crate::facts::{Algorithm, Certainty, Evidence};
use crate::target::Version;

const SERVERS: Evidence = Evidence::Observed("MySQL 5.7.22, 8.0.15, 9.7.4");
const COLUMNS: &[Evidence] = &[SERVERS, Evidence::Manual("InnoDB and Online DDL, Column Operations")];
const GENERATED: &[Evidence] = &[SERVERS, Evidence::Manual("InnoDB and Online DDL, Generated Column Operations")];
const INDEXES: &[Evidence] = &[SERVERS, Evidence::Manual("InnoDB and Online DDL, Index Operations")];
const KEYS: &[Evidence] = &[SERVERS, Evidence::Manual("InnoDB and Online DDL, Primary Key Operations")];
const FOREIGN: &[Evidence] = &[SERVERS, Evidence::Manual("InnoDB and Online DDL, Foreign Key Operations")];
const CHECKS: &[Evidence] = &[SERVERS, Evidence::Manual("CREATE TABLE, CHECK Constraints")];
const PARTITIONS: &[Evidence] = &[SERVERS, Evidence::Manual("InnoDB and Online DDL, Partitioning Operations")];
const TABLES: &[Evidence] = &[SERVERS, Evidence::Manual("InnoDB and Online DDL, Table Operations")];
const MANUAL: &[Evidence] = &[Evidence::Manual("InnoDB and Online DDL, Table Operations")];

/// How the case runs on a table in a version.
pub(super) fn row(case: Case, table: &Traits, v: Version) -> Row {
    on_table(case, ordinary(case, table, v), table)
}

/// The row for an ordinary InnoDB table.
fn ordinary(case: Case, table: &Traits, v: Version) -> Row {
    use Case::*;
    let instant = v.at_least(8, 0, 12);
    let instant_anywhere = v.at_least(8, 0, 29);
    let instant_rename = v.at_least(8, 0, 28);
    let checks = v.at_least(8, 0, 16);
    let nine = v.at_least(9, 0, 0);
    match case {
        // ---- columns
        AddColumn { .. } if instant_anywhere => since(v, INSTANT, COLUMNS),
        AddColumn { last: true } if instant => since(v, INSTANT, COLUMNS),
        AddColumn { .. } => since(v, REBUILD, COLUMNS),
        AddWithExpression { .. } => same(COPY, COLUMNS),
        AddWithCheck if checks => since(v, COPY, CHECKS),
        AddWithCheck if instant => since(v, INSTANT, CHECKS),
        AddWithCheck => since(v, REBUILD, CHECKS),
        AddWithReferences if nine => since(v, COPY, FOREIGN),
        AddWithReferences if instant => since(v, INSTANT, FOREIGN),
        AddWithReferences => since(v, REBUILD, FOREIGN),
        AddWithUnique | AddWithPrimaryKey => same(REBUILD, COLUMNS),
        AddAutoIncrement => same(REBUILD_SHARED, COLUMNS),
        AddVirtual if instant => since(v, INSTANT, GENERATED),
        AddVirtual if table.partitioned => since(v, COPY, GENERATED),
        AddVirtual => since(v, INPLACE, GENERATED),
        AddStored => same(COPY, GENERATED),
        DropColumn { indexed: false } if instant_anywhere => since(v, INSTANT, COLUMNS),
        DropColumn { .. } => same(REBUILD, COLUMNS),
        DropVirtual { indexed: false } if instant => since(v, INSTANT, GENERATED),
        DropVirtual { .. } => same(INPLACE, GENERATED),
        DropStored { indexed: false } if nine => since(v, INSTANT, GENERATED),
        DropStored { .. } => since(v, REBUILD, GENERATED),
        DropKeyColumn => same(COPY, KEYS),
        RenameColumn if instant_rename => since(v, INSTANT, COLUMNS),
        RenameColumn | RenameReferencedColumn => since(v, INPLACE, COLUMNS),
        MoveColumn => same(REBUILD, COLUMNS),
        MoveVirtual if nine => since(v, INSTANT, GENERATED),
        MoveStored if nine => since(v, REBUILD, GENERATED),
        MoveVirtual | MoveStored => since(v, COPY, GENERATED),
        ColumnMetadata | SetExpressionDefault if instant => since(v, INSTANT, COLUMNS),
        ColumnMetadata | SetExpressionDefault => since(v, INPLACE, COLUMNS),
        ColumnVisibility => since(v, INSTANT, COLUMNS),
        MakeNullable | MakeNotNull => same(REBUILD, COLUMNS),

        // ---- types
        LengthSameClass => same(INPLACE, COLUMNS),
        LengthAcross { .. } | Shorten | ChangeType | Unknown => same(COPY, COLUMNS),
        AppendLabel if instant => since(v, INSTANT, COLUMNS),
        AppendLabel => since(v, INPLACE, COLUMNS),
        WidenCharset { indexed: false } | ChangeCollation { indexed: false } if v.at_least(8, 0, 0) => {
            since(v, INPLACE, COLUMNS)
        }
        WidenCharset { .. } | ChangeCollation { .. } => same(COPY, COLUMNS),
        ChangeExpression { .. } | ChangeVirtualStatus => same(COPY, GENERATED),
        AddAutoIncrementAttribute | DropAutoIncrementAttribute => same(COPY, COLUMNS),

        // ---- indexes and keys
        AddIndex => same(INPLACE, INDEXES),
        AddFunctionalIndex => since(v, INPLACE_SHARED, INDEXES),
        AddFulltext { first: true } => same(REBUILD_SHARED, INDEXES),
        AddFulltext { first: false } | AddSpatial => same(INPLACE_SHARED, INDEXES),
        DropIndex | RenameIndex => same(INPLACE, INDEXES),
        SameIndex if instant => since(v, INSTANT, INDEXES),
        SameIndex => since(v, INPLACE, INDEXES),
        DropClusteringIndex => same(COPY, KEYS),
        IndexVisibility => since(v, INPLACE, INDEXES),
        Keys if instant => since(v, INSTANT_EXCLUSIVE, INDEXES),
        Keys => since(v, INPLACE_EXCLUSIVE, INDEXES),
        AddPrimaryKey => same(REBUILD, KEYS),
        DropPrimaryKey { .. } => same(COPY, KEYS),

        // ---- constraints
        AddForeignKey => same(COPY, FOREIGN),
        AddForeignKeyUnchecked | DropForeignKey => same(INPLACE, FOREIGN),
        AddCheck | EnforceCheck if checks => since(v, COPY, CHECKS),
        AddCheckNotEnforced | UnenforceCheck | DropCheck if checks => since(v, INSTANT, CHECKS),
        AddCheck | EnforceCheck | AddCheckNotEnforced | UnenforceCheck | DropCheck if instant => {
            since(v, INSTANT, CHECKS)
        }
        AddCheck | EnforceCheck | AddCheckNotEnforced | UnenforceCheck | DropCheck => since(v, INPLACE, CHECKS),

        // ---- partitions
        AddPartition { hash: false } | DropPartition if v.at_least(8, 0, 0) => since(v, INPLACE, PARTITIONS),
        AddPartition { hash: false } | DropPartition => since(v, INPLACE_EXCLUSIVE.unsaid(), PARTITIONS),
        AddPartition { hash: true } | ReorganizePartition | CoalescePartition if v.at_least(8, 0, 0) => {
            since(v, REBUILD_SHARED, PARTITIONS)
        }
        AddPartition { hash: true } | ReorganizePartition | CoalescePartition => {
            since(v, REBUILD_SHARED.unsaid(), PARTITIONS)
        }
        // These take any ALGORITHM and LOCK, and heed none.
        TruncatePartition => same(INPLACE_EXCLUSIVE.unsaid(), PARTITIONS),
        ExchangePartition { validated: true } => same(INPLACE_SHARED.unsaid(), PARTITIONS),
        ExchangePartition { .. } | LookAtPartition | OptimizePartition => same(INPLACE.unsaid(), PARTITIONS),
        PartitionBy | RemovePartitioning => same(COPY, PARTITIONS),
        DiscardPartition => same(INPLACE_EXCLUSIVE.unsaid(), PARTITIONS),
        ConvertPartition => said(COPY, MANUAL),

        // ---- table
        RenameTable if instant => since(v, INSTANT_EXCLUSIVE, TABLES),
        RenameTable => since(v, INPLACE_EXCLUSIVE, TABLES),
        Rebuild => same(REBUILD, TABLES),
        ChangeEngine | OrderBy | ConvertCharset => same(COPY, TABLES),
        TableMetadata | DefaultCharset | ConvertNothing => same(INPLACE, TABLES),
        ConvertWiden { indexed: false } | ConvertCollation { indexed: false } if nine => since(v, INPLACE, TABLES),
        ConvertWiden { indexed: false } | ConvertCollation { indexed: false } if v.at_least(8, 0, 0) => {
            since(v, REBUILD, TABLES)
        }
        ConvertWiden { .. } | ConvertCollation { .. } => since(v, COPY, TABLES),
        Encryption => said(COPY, MANUAL),
        DiscardTablespace => same(INPLACE_EXCLUSIVE.unsaid(), TABLES),
        AddSystemVersioning | DropSystemVersioning => said(COPY, MANUAL),
    }
}

/// What the kind of table makes of it: no INSTANT columns in a COMPRESSED table, no rebuild in place with a FULLTEXT
/// index, a lock with a SPATIAL one, nothing but COPY outside InnoDB.
fn on_table(case: Case, row: Row, table: &Traits) -> Row {
    let column = matches!(case, Case::AddColumn { .. } | Case::DropColumn { .. } | Case::DropStored { .. });
    let way = match row.way.algorithm {
        Algorithm::Instant if column && table.fulltext > 0 => COPY,
        Algorithm::Instant if column && table.compressed => REBUILD,
        Algorithm::InplaceRebuild if table.fulltext > 0 => COPY,
        Algorithm::InplaceRebuild if table.spatial => Way { sayable: row.way.sayable, ..REBUILD_SHARED },
        Algorithm::Instant | Algorithm::Inplace | Algorithm::InplaceRebuild
            if table.foreign_engine && moves_rows(case) =>
        {
            COPY
        }
        _ => row.way,
    };
    Row { way, ..row }
}

/// In another engine than InnoDB all but names, defaults and comments copies.
fn moves_rows(case: Case) -> bool {
    use Case::*;
    !matches!(case, RenameTable | ColumnMetadata | TableMetadata | RenameColumn | DropCheck | AppendLabel | Keys)
}

/// Observed alike on all three servers: holds for the versions between.
fn same(way: Way, evidence: &'static [Evidence]) -> Row {
    Row { way, certainty: Certainty::Proved, evidence }
}

/// Differs between versions: observed on the lines of the three servers, read in the manual for the others.
fn since(v: Version, way: Way, evidence: &'static [Evidence]) -> Row {
    let observed = !v.at_least(8, 0, 0) || v.at_least(9, 0, 0) || v.at_least(8, 0, 12) && !v.at_least(8, 0, 16);
    Row { way, certainty: if observed { Certainty::Proved } else { Certainty::Documented }, evidence }
}

/// From the manual alone.
fn said(way: Way, evidence: &'static [Evidence]) -> Row {
    Row { way, certainty: Certainty::Documented, evidence }
}
