//! MariaDB's table: which algorithm each case uses in a version, and the weakest lock that it accepts.
//!
//! Source: the pages "InnoDB Online DDL Operations with the INSTANT / NOCOPY / INPLACE Alter Algorithm", corrected by
//! what 10.11.19 and 11.8.6 did. INSTANT columns came with 10.3.2, at any position and for DROP with 10.4; COPY lets
//! writers go on from 11.2.

use crate::engines::innodb::case::Case;
use crate::engines::innodb::table::Traits;
use crate::engines::innodb::way::{
    COPY, COPY_ONLINE, INPLACE_EXCLUSIVE, INSTANT, INSTANT_EXCLUSIVE, NOCOPY, NOCOPY_SHARED, REBUILD, REBUILD_SHARED,
    Row, Way,
};
use crate::facts::{Algorithm, Certainty, Evidence};
use crate::target::Version;

const SERVERS: Evidence = Evidence::Observed("MariaDB 10.11.19, 11.8.6");
const INSTANT_PAGE: &[Evidence] = &[SERVERS, Evidence::Manual("InnoDB Online DDL Operations with INSTANT")];
const NOCOPY_PAGE: &[Evidence] = &[SERVERS, Evidence::Manual("InnoDB Online DDL Operations with NOCOPY")];
const INPLACE_PAGE: &[Evidence] = &[SERVERS, Evidence::Manual("InnoDB Online DDL Operations with INPLACE")];
const COPY_PAGE: &[Evidence] = &[SERVERS, Evidence::Manual("Online Schema Change")];
const PARTITIONS: &[Evidence] = &[SERVERS, Evidence::Manual("ALTER TABLE, Partition Operations")];

/// How the case runs on a table in a version.
pub(super) fn row(case: Case, table: &Traits, v: Version) -> Row {
    online_copy(case, on_table(case, ordinary(case, table, v), table), table, v)
}

/// The row for an ordinary InnoDB table, COPY as it was before 11.2.
fn ordinary(case: Case, table: &Traits, v: Version) -> Row {
    use Case::*;
    let anywhere = v.at_least(10, 4, 0);
    let free_format = v.at_least(10, 4, 3);
    match case {
        // ---- columns
        AddColumn { last: true } => row_of(v, INSTANT, INSTANT_PAGE),
        AddColumn { last: false } if anywhere => row_of(v, INSTANT, INSTANT_PAGE),
        AddColumn { last: false } => row_of(v, REBUILD, INPLACE_PAGE),
        AddWithExpression { per_row: true } => row_of(v, COPY, COPY_PAGE),
        AddWithExpression { per_row: false } => row_of(v, INSTANT, INSTANT_PAGE),
        AddWithCheck => row_of(v, INSTANT, INSTANT_PAGE),
        AddWithReferences if v.at_least(10, 5, 0) => row_of(v, COPY, COPY_PAGE),
        AddWithReferences => row_of(v, INSTANT, INSTANT_PAGE),
        AddWithUnique | AddWithPrimaryKey => row_of(v, REBUILD, INPLACE_PAGE),
        AddAutoIncrement => row_of(v, REBUILD_SHARED, INPLACE_PAGE),
        AddVirtual if table.partitioned => row_of(v, COPY, COPY_PAGE),
        AddVirtual => row_of(v, INSTANT, INSTANT_PAGE),
        AddStored => row_of(v, COPY, COPY_PAGE),
        DropColumn { indexed: false } | DropStored { indexed: false } if anywhere => row_of(v, INSTANT, INSTANT_PAGE),
        DropColumn { indexed: true } | DropStored { indexed: true } if anywhere => row_of(v, NOCOPY, NOCOPY_PAGE),
        DropColumn { .. } | DropStored { .. } => row_of(v, REBUILD, INPLACE_PAGE),
        DropVirtual { indexed: false } => row_of(v, INSTANT, INSTANT_PAGE),
        DropVirtual { indexed: true } => row_of(v, NOCOPY, NOCOPY_PAGE),
        DropKeyColumn => row_of(v, COPY, COPY_PAGE),
        RenameColumn | RenameReferencedColumn => row_of(v, INSTANT, INSTANT_PAGE),
        MoveColumn if anywhere => row_of(v, INSTANT, INSTANT_PAGE),
        MoveColumn => row_of(v, REBUILD, INPLACE_PAGE),
        MoveVirtual | MoveStored => row_of(v, COPY, COPY_PAGE),
        ColumnMetadata | SetExpressionDefault | ColumnVisibility => row_of(v, INSTANT, INSTANT_PAGE),
        MakeNullable if free_format && table.redundant => row_of(v, INSTANT, INSTANT_PAGE),
        MakeNullable | MakeNotNull => row_of(v, REBUILD, INPLACE_PAGE),

        // ---- types
        LengthSameClass => row_of(v, INSTANT, INSTANT_PAGE),
        LengthAcross { small: true } if free_format => row_of(v, INSTANT, INSTANT_PAGE),
        LengthAcross { .. } | Shorten | ChangeType | Unknown => row_of(v, COPY, COPY_PAGE),
        AppendLabel => row_of(v, INSTANT, INSTANT_PAGE),
        WidenCharset { .. } if free_format => row_of(v, INSTANT, INSTANT_PAGE),
        ChangeCollation { indexed: false } if free_format => row_of(v, INSTANT, INSTANT_PAGE),
        ChangeCollation { indexed: true } if free_format => row_of(v, NOCOPY, NOCOPY_PAGE),
        WidenCharset { .. } | ChangeCollation { .. } => row_of(v, COPY, COPY_PAGE),
        ChangeExpression { stored: false } => row_of(v, INSTANT, INSTANT_PAGE),
        ChangeExpression { stored: true } | ChangeVirtualStatus => row_of(v, COPY, COPY_PAGE),
        AddAutoIncrementAttribute => row_of(v, COPY, COPY_PAGE),
        DropAutoIncrementAttribute => row_of(v, INSTANT, INSTANT_PAGE),

        // ---- indexes and keys
        AddIndex | DropIndex | SameIndex => row_of(v, NOCOPY, NOCOPY_PAGE),
        AddFunctionalIndex => row_of(v, NOCOPY_SHARED, NOCOPY_PAGE),
        AddFulltext { first: true } => row_of(v, REBUILD_SHARED, INPLACE_PAGE),
        AddFulltext { first: false } | AddSpatial => row_of(v, NOCOPY_SHARED, NOCOPY_PAGE),
        DropPrimaryKey { replaced: true } => row_of(v, REBUILD, INPLACE_PAGE),
        DropClusteringIndex | DropPrimaryKey { replaced: false } => row_of(v, COPY, INPLACE_PAGE),
        RenameIndex | IndexVisibility => row_of(v, INSTANT, INSTANT_PAGE),
        Keys => row_of(v, INSTANT_EXCLUSIVE, INSTANT_PAGE),
        AddPrimaryKey => row_of(v, REBUILD, INPLACE_PAGE),

        // ---- constraints
        AddForeignKey | AddCheck | EnforceCheck => row_of(v, COPY, COPY_PAGE),
        AddForeignKeyUnchecked => row_of(v, NOCOPY, NOCOPY_PAGE),
        DropForeignKey | DropCheck | AddCheckNotEnforced | UnenforceCheck => row_of(v, INSTANT, INSTANT_PAGE),

        // ---- partitions: no ALGORITHM or LOCK clause is taken
        AddPartition { hash: false } | DropPartition | ConvertPartition => {
            row_of(v, INPLACE_EXCLUSIVE.unsaid(), PARTITIONS)
        }
        AddPartition { hash: true } | ReorganizePartition | CoalescePartition => row_of(v, COPY.unsaid(), PARTITIONS),
        TruncatePartition => row_of(v, INPLACE_EXCLUSIVE.unsaid(), PARTITIONS),
        ExchangePartition { validated: true } => row_of(v, NOCOPY_SHARED.unsaid(), PARTITIONS),
        ExchangePartition { .. } | LookAtPartition | OptimizePartition => row_of(v, NOCOPY.unsaid(), PARTITIONS),
        PartitionBy | RemovePartitioning => row_of(v, COPY, PARTITIONS),
        DiscardPartition => row_of(v, INPLACE_EXCLUSIVE.unsaid(), PARTITIONS),

        // ---- table
        RenameTable => row_of(v, INSTANT_EXCLUSIVE, INSTANT_PAGE),
        Rebuild => row_of(v, REBUILD, INPLACE_PAGE),
        ChangeEngine | OrderBy | ConvertCharset => row_of(v, COPY, COPY_PAGE),
        TableMetadata | DefaultCharset | ConvertNothing => row_of(v, INSTANT, INSTANT_PAGE),
        ConvertWiden { .. } | ConvertCollation { indexed: false } if free_format => row_of(v, INSTANT, INSTANT_PAGE),
        ConvertCollation { indexed: true } if free_format => row_of(v, NOCOPY, NOCOPY_PAGE),
        ConvertWiden { .. } | ConvertCollation { .. } | Encryption => row_of(v, COPY, COPY_PAGE),
        DiscardTablespace => row_of(v, INPLACE_EXCLUSIVE.unsaid(), INPLACE_PAGE),
        AddSystemVersioning => row_of(v, COPY, COPY_PAGE),
        DropSystemVersioning => row_of(v, REBUILD_SHARED, INPLACE_PAGE),
    }
}

/// What the kind of table makes of it: no INSTANT columns with a FULLTEXT index or in a COMPRESSED table, a lock for a
/// rebuild with a FULLTEXT or SPATIAL index, COPY with two FULLTEXT indexes or outside InnoDB.
fn on_table(case: Case, row: Row, table: &Traits) -> Row {
    use Case::*;
    let column = matches!(case, AddColumn { .. } | DropColumn { .. } | DropStored { .. } | MoveColumn);
    let rebuild = match table.fulltext {
        0 if table.spatial => REBUILD_SHARED,
        0 => REBUILD,
        1 => REBUILD_SHARED,
        _ => COPY,
    };
    let way = match row.way.algorithm {
        Algorithm::Instant | Algorithm::NoCopy if column && (table.fulltext > 0 || table.compressed) => rebuild,
        Algorithm::InplaceRebuild => row.way.with(rebuild),
        Algorithm::Instant | Algorithm::NoCopy if table.foreign_engine && moves_rows(case) => COPY,
        _ => row.way,
    };
    Row { way, ..row }
}

/// In another engine than InnoDB all but names, defaults and comments copies.
fn moves_rows(case: Case) -> bool {
    use Case::*;
    !matches!(case, RenameTable | ColumnMetadata | TableMetadata | RenameColumn | DropCheck | AppendLabel | Keys)
}

/// From 11.2 a COPY lets writers go on and applies their changes at its end, with few exceptions.
fn online_copy(case: Case, row: Row, table: &Traits, v: Version) -> Row {
    // Rows keep the order of a primary key: ORDER BY is dropped then.
    let exception = table.cascading
        || matches!(case, Case::AddAutoIncrementAttribute | Case::Unknown)
        || case == Case::OrderBy && !table.primary_key;
    let applies = v.at_least(11, 2, 0) && row.way.algorithm == Algorithm::Copy && row.way.sayable && !exception;
    if applies { Row { way: COPY_ONLINE, evidence: COPY_PAGE, ..row } } else { row }
}

/// Observed on the lines of the two servers, read in the manual for the others.
fn row_of(v: Version, way: Way, evidence: &'static [Evidence]) -> Row {
    let observed = v.at_least(10, 11, 0) && !v.at_least(11, 0, 0) || v.at_least(11, 8, 0);
    Row { way, certainty: if observed { Certainty::Proved } else { Certainty::Documented }, evidence }
}
