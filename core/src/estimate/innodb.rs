//! MariaDB and MySQL: midpoint and width of each kind of work.

use super::Middle;
use super::constants::bytes::{LARGE_PARENT_ROWS, SMALL_TABLE_ROWS};
use super::constants::{innodb as c, width};
use super::postgres::commits;
use super::size::Size;
use crate::facts::{IndexCost, WorkKind};

/// The middle of the range. `sorted_fill`: a copy fills its indexes by sorting, as recent MariaDB does.
pub(super) fn middle(kind: &WorkKind, size: &Size<'_>, parent: Option<&Size<'_>>, sorted_fill: bool) -> Middle {
    let (rows, gb) = (size.rows, size.gb);
    match kind {
        WorkKind::Catalog => Middle::catalog(c::CATALOG),
        WorkKind::Scan { passes } => {
            Middle::new((c::REBUILD_PER_ROW * rows + c::REBUILD_PER_GB * gb) * f64::from(*passes), width::REBUILD)
        }
        WorkKind::ForeignKeyScan { .. } => {
            let large = parent.is_none_or(|p| p.rows >= LARGE_PARENT_ROWS);
            let misses = if large { c::FK_LARGE_PER_ROW } else { 0.0 };
            Middle::new(rows * (c::FK_PER_ROW + misses), width::COPY)
        }
        WorkKind::IndexBuild { key, share_percent, .. } => {
            let share = f64::from(*share_percent) / 100.0;
            let seconds = c::INPLACE_START + build(*key, size) * share;
            Middle::new(seconds, if *key == IndexCost::Inverted { width::INVERTED_UNKNOWN } else { width::INDEX })
        }
        WorkKind::InplaceRebuild | WorkKind::Compact => {
            let indexes: f64 = size.indexes().iter().map(|key| build(*key, size)).sum();
            let table = c::INPLACE_START + c::REBUILD_PER_ROW * rows + c::REBUILD_PER_GB * gb;
            Middle::new(table + indexes, width::REBUILD)
        }
        WorkKind::Rewrite => Middle::new(copy(size) + filled(size, sorted_fill), width::COPY),
        WorkKind::StoreQuery | WorkKind::RefreshConcurrently => Middle::new(copy(size), width::COPY),
        WorkKind::Update { batch, indexed, rows: touched } => {
            let touched = touched.map_or(rows, |n| (n as f64).min(rows));
            let indexed = if *indexed { c::UPDATE_INDEXED + c::UPDATE_INDEXED_DOUBLING * growth(size) } else { 0.0 };
            let each = c::UPDATE_GROWS_PER_ROW + c::UPDATE_GROWS_PER_BYTE * size.row_bytes + indexed;
            Middle::new(touched * each + commits(touched, *batch, c::COMMIT), width::ROWS)
        }
        WorkKind::InsertRows { rows: Some(inserted) } => {
            let each = c::UPDATE_GROWS_PER_ROW + c::UPDATE_GROWS_PER_BYTE * size.row_bytes;
            let indexes = size.indexes().len() as f64 * (c::UPDATE_INDEXED + c::UPDATE_INDEXED_DOUBLING * growth(size));
            Middle::new(*inserted as f64 * (each + indexes) + c::COMMIT, width::ROWS)
        }
        WorkKind::Delete { batch, rows: touched } => {
            let touched = touched.map_or(rows, |n| (n as f64).min(rows));
            let each = c::DELETE_PER_ROW + c::DELETE_DOUBLING * growth(size) + c::DELETE_PER_BYTE * size.row_bytes;
            Middle::new(touched * each + commits(touched, *batch, c::COMMIT), width::ROWS)
        }
        WorkKind::Unlink => Middle::new(c::UNLINK, width::UNLINK),
        WorkKind::Vacuum => Middle::catalog(c::CATALOG),
        WorkKind::InsertRows { rows: None } | WorkKind::Unknown => Middle::unknown(),
    }
}

fn growth(size: &Size<'_>) -> f64 {
    (size.rows / SMALL_TABLE_ROWS).max(1.0).log2()
}

/// A secondary index built in place.
fn build(key: IndexCost, size: &Size<'_>) -> f64 {
    let per_row = match key {
        IndexCost::InOrder => c::IN_ORDER_PER_ROW,
        IndexCost::FixedWidth | IndexCost::Hash | IndexCost::Brin => size.doublings() * c::SORT_FIXED,
        IndexCost::Text | IndexCost::Expression | IndexCost::Unknown => size.doublings() * c::SORT_TEXT,
        // Not measured: full text and spatial indexes are taken to cost ten times a varchar index.
        IndexCost::Inverted => size.doublings() * c::SORT_TEXT * 10.0,
    };
    size.rows * per_row
}

fn copy(size: &Size<'_>) -> f64 {
    let strings = c::COPY_PER_STRING * size.strings();
    c::COPY_START + size.rows * (c::COPY_PER_ROW + strings) + c::COPY_PER_GB * size.gb
}

/// Secondary indexes of a copy.
fn filled(size: &Size<'_>, sorted_fill: bool) -> f64 {
    let per_row = |key: &IndexCost| match key {
        _ if !sorted_fill => c::COPY_INDEX_BY_ROW,
        IndexCost::FixedWidth | IndexCost::InOrder | IndexCost::Hash | IndexCost::Brin => c::COPY_INDEX_FIXED,
        IndexCost::Text | IndexCost::Expression | IndexCost::Unknown => c::COPY_INDEX_TEXT,
        IndexCost::Inverted => c::COPY_INDEX_BY_ROW,
    };
    size.indexes().iter().map(per_row).sum::<f64>() * size.rows * size.doublings()
}
