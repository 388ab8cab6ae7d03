//! Worked examples of the duration model, and what widens a range.

#![allow(clippy::unwrap_used)]

use super::size::Indexes;
use super::*;
use crate::facts::{Blocking, IndexCost};
use crate::request::Options;
use crate::schema::Schema;
use crate::target::Target;
use crate::world::{Sizes, TableStats};

fn size(rows: f64, row_bytes: f64, indexes: &[IndexCost]) -> Size<'_> {
    Size {
        rows,
        rows_known: true,
        gb: rows * row_bytes / GB,
        bytes_known: true,
        row_bytes,
        index_gb: None,
        indexes: Indexes::Costs(indexes),
        def: None,
    }
}

fn build(key: IndexCost) -> WorkKind {
    WorkKind::IndexBuild { key, concurrently: false, share_percent: 100 }
}

/// Middle and range with a calibrated server of the same speed; index builds without the allowance for parallel workers.
fn model(middle: Middle, size: &Size<'_>) -> (f64, f64, f64) {
    let range = Middle { parallel: false, ..middle }.range(size, 1.0 + 1e-12);
    (range.expected, range.low, range.high)
}

/// As published, which is rounded, and computed from unrounded constants.
#[track_caller]
fn comes_out(got: (f64, f64, f64), published: (f64, f64, f64)) {
    let near = |a: f64, b: f64| (a - b).abs() <= 0.006 + b * 0.001;
    let all = near(got.0, published.0) && near(got.1, published.1) && near(got.2, published.2);
    assert!(all, "{got:?} is not {published:?}");
}

#[test]
fn the_worked_examples_come_out() {
    use IndexCost::{FixedWidth, InOrder};
    let three = [InOrder, FixedWidth, FixedWidth];

    let narrow = size(5e6, 60.2, &[]);
    comes_out(model(postgres::middle(&build(FixedWidth), &narrow, None), &narrow), (2.73, 1.58, 4.69));

    let indexed = size(1e6, 76.6, &three);
    comes_out(model(postgres::middle(&WorkKind::Rewrite, &indexed, None), &indexed), (1.73, 0.99, 2.99));

    let (child, parent) = (size(20e6, 60.2, &[]), size(1e6, 60.2, &[]));
    let key = WorkKind::ForeignKeyScan { parent: Name::new("p") };
    comes_out(model(postgres::middle(&key, &child, Some(&parent)), &child), (14.19, 8.32, 24.17));

    let full = size(5e6, 76.6, &three);
    comes_out(model(postgres::middle(&WorkKind::Compact, &full, None), &full), (8.86, 5.18, 15.11));

    // 1,000,000 rows of a table of 5,000,000, in batches of 5,000.
    let table = size(5e6, 68.3, &three);
    let update = WorkKind::Update { batch: Some(5_000), indexed: false, rows: Some(1_000_000) };
    comes_out(model(postgres::middle(&update, &table, None), &table), (14.61, 6.61, 32.19));

    let maria = size(1e6, 48.8, &[]);
    comes_out(model(innodb::middle(&build(FixedWidth), &maria, None, true), &maria), (0.73, 0.40, 1.30));

    let copied = size(4e6, 189.8, &[FixedWidth, FixedWidth]);
    comes_out(model(innodb::middle(&WorkKind::Rewrite, &copied, None, true), &copied), (18.67, 10.34, 33.66));

    let grows = size(1e6, 193.7, &[]);
    let update = WorkKind::Update { batch: Some(5_000), indexed: false, rows: None };
    comes_out(model(innodb::middle(&update, &grows, None, true), &grows), (6.73, 3.03, 14.86));
}

fn at(engine: &str, factor: f64, stats: Option<TableStats>, kind: WorkKind) -> Range {
    let target = Target::parse(engine).unwrap();
    let schema = Schema::new(target);
    let mut sizes = Sizes { assumed_rows: 1_000_000, ..Sizes::default() };
    if let Some(stats) = stats {
        sizes.tables.change(Name::new("t"), |own| *own = stats);
    }
    let options = Options { hardware_factor: factor, ..Options::default() };
    let world = World { target, schema: &schema, sizes: &sizes, options: &options };
    seconds(&Work { kind, table: Name::new("t"), blocking: Blocking::Nobody }, &world)
}

#[test]
fn what_is_not_known_widens_the_range() {
    let rows = TableStats { rows: Some(1_000_000), ..TableStats::default() };
    let all = TableStats { table_bytes: Some(240_000_000), ..rows };
    let spread = |range: Range| range.high / range.low.max(1e-6);
    let calibrated = at("postgres:16", 1.2, Some(all), WorkKind::Rewrite);
    let uncalibrated = at("postgres:16", 1.0, Some(all), WorkKind::Rewrite);
    let computed = at("postgres:16", 1.0, Some(rows), WorkKind::Rewrite);
    let assumed = at("postgres:16", 1.0, None, WorkKind::Rewrite);
    assert!(spread(calibrated) < spread(uncalibrated));
    assert!(spread(uncalibrated) < spread(computed));
    assert!(spread(computed) < spread(assumed));
    let (mysql, mariadb) = (
        at("mysql:8.0", 1.2, Some(all), WorkKind::InplaceRebuild),
        at("mariadb:10.11", 1.2, Some(all), WorkKind::InplaceRebuild),
    );
    assert!(spread(mysql) > spread(mariadb));
}

#[test]
fn twice_the_factor_is_twice_the_time() {
    let once = at("postgres:16", 1.5, None, WorkKind::Scan { passes: 1 });
    let twice = at("postgres:16", 3.0, None, WorkKind::Scan { passes: 1 });
    assert!((twice.expected / once.expected - 2.0).abs() < 1e-9);
}

#[test]
fn an_empty_table_takes_no_time_and_a_catalog_change_hardly_any() {
    let empty = TableStats { rows: Some(0), ..TableStats::default() };
    for engine in ["postgres:18", "mysql:8.4", "mariadb:11.8", "sqlite:3.45"] {
        let range = at(engine, 1.0, Some(empty), WorkKind::Rewrite);
        assert!(range.high < 0.3, "{engine} {range:?}");
        let range = at(engine, 1.0, None, WorkKind::Catalog);
        assert!(range.low == 0.0 && range.expected < 0.05 && range.high <= 0.1, "{engine} {range:?}");
    }
}

#[test]
fn no_number_of_rows_means_no_time() {
    assert!(at("postgres:16", 1.0, None, WorkKind::InsertRows { rows: None }).unknown);
    assert!(at("sqlite:3.45", 1.0, None, WorkKind::Unknown).unknown);
}

#[test]
fn more_rows_never_take_less_time() {
    let kinds = [
        WorkKind::Scan { passes: 1 },
        WorkKind::ForeignKeyScan { parent: Name::new("p") },
        build(IndexCost::Text),
        build(IndexCost::Inverted),
        WorkKind::Rewrite,
        WorkKind::InplaceRebuild,
        WorkKind::Compact,
        WorkKind::StoreQuery,
        WorkKind::RefreshConcurrently,
        WorkKind::Update { batch: Some(1_000), indexed: true, rows: None },
        WorkKind::Delete { batch: None, rows: None },
        WorkKind::Unlink,
        WorkKind::Vacuum,
    ];
    for engine in ["postgres:16", "mysql:8.0", "mariadb:10.5", "sqlite:3.45"] {
        for kind in &kinds {
            let mut last = 0.0;
            for rows in [0, 1, 1_000, 100_000, 10_000_000, 10_000_000_000] {
                let stats = TableStats { rows: Some(rows), ..TableStats::default() };
                let range = at(engine, 1.0, Some(stats), kind.clone());
                assert!(range.low <= range.expected && range.expected <= range.high, "{engine} {kind:?} {range:?}");
                assert!(range.expected >= last && range.high.is_finite(), "{engine} {kind:?} at {rows}");
                last = range.expected;
            }
        }
    }
}
