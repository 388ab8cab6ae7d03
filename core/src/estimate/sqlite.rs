//! SQLite: orders of magnitude, nothing was measured.

use super::Middle;
use super::constants::{sqlite as c, width};
use super::postgres::commits;
use super::size::Size;
use crate::facts::WorkKind;

/// The middle of the range, with a width that says how little is known.
pub(super) fn middle(kind: &WorkKind, size: &Size<'_>) -> Middle {
    let (rows, gb) = (size.rows, size.gb);
    let scan = c::SCAN_PER_ROW * rows + c::SCAN_PER_GB * gb;
    let index = c::INDEX * rows * size.doublings();
    let seconds = match kind {
        WorkKind::Catalog => return Middle::catalog(c::CATALOG),
        WorkKind::Scan { passes } => scan * f64::from(*passes),
        WorkKind::ForeignKeyScan { .. } => scan + c::CHANGE_PER_INDEX * rows,
        WorkKind::IndexBuild { .. } => scan + index,
        WorkKind::Rewrite | WorkKind::InplaceRebuild | WorkKind::Compact => {
            c::WRITE_PER_ROW * rows + c::WRITE_PER_GB * gb + index * size.indexes().len() as f64
        }
        WorkKind::StoreQuery | WorkKind::RefreshConcurrently => c::WRITE_PER_ROW * rows + c::WRITE_PER_GB * gb,
        WorkKind::Update { batch, rows: touched, .. } | WorkKind::Delete { batch, rows: touched } => {
            // Rows that the statement names it names by a key; any other condition reads the whole table.
            let search = if touched.is_some() { 0.0 } else { scan.min(c::CHANGE_PER_ROW * rows) };
            let touched = touched.map_or(rows, |n| (n as f64).min(rows));
            search + changed(touched, size) + commits(touched, *batch, c::COMMIT)
        }
        WorkKind::InsertRows { rows: Some(inserted) } => changed(*inserted as f64, size) + c::COMMIT,
        WorkKind::Unlink => c::CATALOG + c::SCAN_PER_GB * gb,
        WorkKind::Vacuum => scan,
        WorkKind::InsertRows { rows: None } | WorkKind::Unknown => return Middle::unknown(),
    };
    Middle::new(seconds, width::SQLITE)
}

fn changed(rows: f64, size: &Size<'_>) -> f64 {
    rows * (c::CHANGE_PER_ROW + c::CHANGE_PER_INDEX * size.indexes().len() as f64)
}
