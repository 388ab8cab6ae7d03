//! PostgreSQL: midpoint and width of each kind of work.

use super::Middle;
use super::constants::bytes::{GB, LARGE_PARENT_ROWS, SMALL_TABLE_ROWS};
use super::constants::{postgres as c, width};
use super::size::Size;
use crate::facts::{IndexCost, WorkKind};

/// The middle of the range. `parent` is the size of a referenced table.
pub(super) fn middle(kind: &WorkKind, size: &Size<'_>, parent: Option<&Size<'_>>) -> Middle {
    let (rows, gb) = (size.rows, size.gb);
    match kind {
        WorkKind::Catalog => Middle::catalog(c::CATALOG),
        WorkKind::Scan { passes } => {
            let once = c::CHECK_START + c::CHECK_PER_ROW * rows + c::SCAN_PER_GB * gb;
            Middle::new(once * f64::from(*passes), width::SCAN)
        }
        WorkKind::ForeignKeyScan { .. } => {
            let parents = parent.map_or(rows, |p| p.rows);
            let misses = if parents >= LARGE_PARENT_ROWS { c::FK_LARGE_PER_ROW * rows } else { 0.0 };
            let seconds = c::FK_PER_ROW * rows + c::SCAN_PER_GB * gb + c::FK_PER_PARENT_ROW * parents + misses;
            Middle::new(seconds, width::FOREIGN_KEY)
        }
        WorkKind::IndexBuild { key, concurrently, share_percent } => {
            let share = f64::from(*share_percent) / 100.0;
            let again = if *concurrently { c::SCAN_PER_GB * gb + c::CONCURRENT_PER_ROW * rows } else { 0.0 };
            let middle = build(*key, size, share);
            Middle {
                seconds: middle.seconds + again,
                width: if *concurrently { middle.width.max(width::CONCURRENT) } else { middle.width },
                ..middle
            }
        }
        WorkKind::Rewrite | WorkKind::InplaceRebuild => Middle::new(
            c::REWRITE_START + c::REWRITE_PER_ROW * rows + c::REWRITE_PER_GB * gb + all_indexes(size),
            width::REWRITE,
        ),
        WorkKind::Compact => Middle::new(
            c::REWRITE_START + c::COMPACT_PER_ROW * rows + c::COMPACT_PER_GB * gb + all_indexes(size),
            width::REWRITE,
        ),
        WorkKind::StoreQuery => Middle::new(c::STORE_PER_ROW * rows + c::REWRITE_PER_GB * gb, width::REWRITE),
        WorkKind::RefreshConcurrently => {
            Middle::new(c::REFRESH_PER_ROW * rows + c::REFRESH_PER_GB * gb, width::REWRITE)
        }
        WorkKind::Update { batch, rows: touched, .. } => {
            let touched = touched.map_or(rows, |n| (n as f64).min(rows));
            Middle::new(touched * per_updated_row(size) + commits(touched, *batch, c::COMMIT), width::ROWS)
        }
        WorkKind::InsertRows { rows: Some(inserted) } => {
            let inserted = *inserted as f64;
            Middle::new(inserted * per_updated_row(size) + c::COMMIT, width::ROWS)
        }
        WorkKind::Delete { batch, rows: touched } => {
            let touched = touched.map_or(rows, |n| (n as f64).min(rows));
            let each = c::DELETE_PER_ROW + c::DELETE_PER_BYTE * size.row_bytes + c::DELETE_SCATTERED;
            Middle::new(touched * each + commits(touched, *batch, c::COMMIT), width::ROWS)
        }
        WorkKind::Unlink => Middle::catalog(c::BUILD_START + c::UNLINK_PER_GB * (gb + index_gb(size))),
        WorkKind::Vacuum => Middle::new(c::VACUUM_PER_GB * gb + c::VACUUM_PER_INDEX_GB * index_gb(size), width::VACUUM),
        WorkKind::InsertRows { rows: None } | WorkKind::Unknown => Middle::unknown(),
    }
}

/// One commit per batch.
pub(super) fn commits(rows: f64, batch: Option<u64>, each: f64) -> f64 {
    batch.filter(|b| *b > 0).map_or(each, |batch| (rows / batch as f64).ceil().max(1.0) * each)
}

/// A new version of a row, not HOT: every index gets an entry.
fn per_updated_row(size: &Size<'_>) -> f64 {
    let doublings = (size.rows / SMALL_TABLE_ROWS).max(1.0).log2();
    let indexes = size.indexes();
    let others = indexes.len().saturating_sub(1) as f64;
    let text = indexes.iter().any(|i| matches!(i, IndexCost::Text | IndexCost::Expression | IndexCost::Unknown));
    c::UPDATE_PER_ROW
        + c::UPDATE_PER_BYTE * size.row_bytes
        + others * (c::UPDATE_PER_INDEX + c::UPDATE_PER_INDEX_DOUBLING * doublings)
        + if text { c::UPDATE_TEXT_INDEX } else { 0.0 }
}

fn build(key: IndexCost, size: &Size<'_>, share: f64) -> Middle {
    let entries = size.rows * share;
    let doublings = entries.max(2.0).log2();
    let scan = c::BUILD_SCAN_PER_ROW * size.rows + c::SCAN_PER_GB * size.gb;
    let sorted = |per_row: f64| Middle::parallel(c::BUILD_START + scan + entries * per_row, width::INDEX);
    match key {
        IndexCost::FixedWidth => sorted(doublings * c::SORT_FIXED),
        IndexCost::Text | IndexCost::Unknown => sorted(doublings * c::SORT_TEXT),
        IndexCost::Expression => sorted(doublings * c::SORT_TEXT + c::EXPRESSION_PER_ROW),
        IndexCost::InOrder => sorted(c::IN_ORDER_PER_ROW),
        IndexCost::Hash => {
            Middle::new(c::BUILD_START + c::SCAN_PER_GB * size.gb + c::HASH * entries * doublings, width::INDEX)
        }
        IndexCost::Inverted => Middle::new(
            scan + entries * c::GIN_ENTRIES_PER_ROW * c::GIN_PER_ENTRY,
            width::INVERTED.max(width::INVERTED_UNKNOWN),
        ),
        IndexCost::Brin => Middle::new(scan, width::INDEX),
    }
}

fn all_indexes(size: &Size<'_>) -> f64 {
    size.indexes().iter().map(|key| build(*key, size, 1.0).seconds - c::BUILD_START).sum()
}

fn index_gb(size: &Size<'_>) -> f64 {
    let each = |key: &IndexCost| match key {
        IndexCost::Text | IndexCost::Expression | IndexCost::Unknown | IndexCost::Inverted => c::INDEX_BYTES_TEXT,
        IndexCost::FixedWidth | IndexCost::InOrder | IndexCost::Hash => c::INDEX_BYTES_FIXED,
        IndexCost::Brin => 0.0,
    };
    size.index_gb.unwrap_or_else(|| size.indexes().iter().map(each).sum::<f64>() * size.rows / GB)
}
