//! Every number that an estimate is made of: one row a constant, with where it comes from.
//!
//! Measured on 2 virtual cores, a disk of 300 MB/s and 0.2 ms per small synchronous write; PostgreSQL 15.18 with 391,
//! MariaDB 10.11.19 with 207 measured cases. Seconds; GB is 10⁹ bytes. "fit" means fitted to those cases,
//! "assumed" that nothing was measured.

/// PostgreSQL.
pub(super) mod postgres {
    /// Catalog change: 0.3–6 ms measured.
    pub const CATALOG: f64 = 3e-3;
    /// Start of an index build; fit.
    pub const BUILD_START: f64 = 1e-3;
    /// Reading a row for an index build; fit.
    pub const BUILD_SCAN_PER_ROW: f64 = 99.1e-9;
    /// Reading a GB of heap; fit.
    pub const SCAN_PER_GB: f64 = 0.0436;
    /// Sorting, per row and doubling: numbers, dates, uuid, text in collation C; fit.
    pub const SORT_FIXED: f64 = 20e-9;
    /// Sorting, per row and doubling: text in a linguistic collation; fit.
    pub const SORT_TEXT: f64 = 107e-9;
    /// Keys that lie in heap order, per row; fit.
    pub const IN_ORDER_PER_ROW: f64 = 0.133e-6;
    /// `lower(text)`, per row; fit.
    pub const EXPRESSION_PER_ROW: f64 = 0.13e-6;
    /// Hash index, per row and doubling; fit.
    pub const HASH: f64 = 68e-9;
    /// GIN, per entry; fit.
    pub const GIN_PER_ENTRY: f64 = 0.972e-6;
    /// Entries per row of a GIN index; assumed.
    pub const GIN_ENTRIES_PER_ROW: f64 = 10.0;
    /// Second pass of a concurrent build, per row; fit.
    pub const CONCURRENT_PER_ROW: f64 = 117e-9;
    /// CHECK and NOT NULL scan: start; fit.
    pub const CHECK_START: f64 = 0.71e-3;
    /// CHECK and NOT NULL scan, per row; fit.
    pub const CHECK_PER_ROW: f64 = 31.5e-9;
    /// Foreign key, per referencing row; fit.
    pub const FK_PER_ROW: f64 = 83.2e-9;
    /// Foreign key, per referenced row; fit.
    pub const FK_PER_PARENT_ROW: f64 = 0.182e-6;
    /// Foreign key, per referencing row when the referenced table is large; fit.
    pub const FK_LARGE_PER_ROW: f64 = 0.615e-6;
    /// Rewrite: start; fit.
    pub const REWRITE_START: f64 = 2e-3;
    /// Rewrite, per row; fit.
    pub const REWRITE_PER_ROW: f64 = 0.325e-6;
    /// Rewrite, per GB; fit.
    pub const REWRITE_PER_GB: f64 = 2.15;
    /// VACUUM FULL, per row; fit.
    pub const COMPACT_PER_ROW: f64 = 0.231e-6;
    /// VACUUM FULL, per GB; fit.
    pub const COMPACT_PER_GB: f64 = 2.76;
    /// Storing a query's rows, per row; fit.
    pub const STORE_PER_ROW: f64 = 0.318e-6;
    /// REFRESH CONCURRENTLY, per row; fit.
    pub const REFRESH_PER_ROW: f64 = 3.72e-6;
    /// REFRESH CONCURRENTLY, per GB; fit.
    pub const REFRESH_PER_GB: f64 = 7.7;
    /// New row version, per row; fit.
    pub const UPDATE_PER_ROW: f64 = 2.34e-6;
    /// New row version, per byte; fit.
    pub const UPDATE_PER_BYTE: f64 = 3.01e-9;
    /// New row version, per index beyond the first; fit.
    pub const UPDATE_PER_INDEX: f64 = 2.91e-6;
    /// The same, per doubling of the table over 100,000 rows; fit.
    pub const UPDATE_PER_INDEX_DOUBLING: f64 = 0.534e-6;
    /// New row version with a text index; fit.
    pub const UPDATE_TEXT_INDEX: f64 = 5.06e-6;
    /// Commit of a batch; fit.
    pub const COMMIT: f64 = 1.1e-3;
    /// Deleted row; fit.
    pub const DELETE_PER_ROW: f64 = 1.09e-6;
    /// Deleted row, per byte; fit.
    pub const DELETE_PER_BYTE: f64 = 0.00666e-9;
    /// Deleted row that lies scattered; fit.
    pub const DELETE_SCATTERED: f64 = 0.61e-6;
    /// VACUUM, per GB of heap; fit.
    pub const VACUUM_PER_GB: f64 = 0.019;
    /// VACUUM, per GB of indexes; fit.
    pub const VACUUM_PER_INDEX_GB: f64 = 4.54;
    /// Freeing storage, per GB; fit.
    pub const UNLINK_PER_GB: f64 = 0.31;
    /// B-tree entry of 16 bytes of overhead plus key, pages 88.8 % full: bytes per row with an 8-byte key; computed.
    pub const INDEX_BYTES_FIXED: f64 = 22.5;
    /// The same for text of 20 characters; computed.
    pub const INDEX_BYTES_TEXT: f64 = 40.6;
}

/// MariaDB and MySQL with InnoDB; fitted to MariaDB, MySQL was not measured.
pub(super) mod innodb {
    /// Instant change: 2–45 ms measured.
    pub const CATALOG: f64 = 10e-3;
    /// Start of an in-place build or rebuild; fit.
    pub const INPLACE_START: f64 = 10e-3;
    /// Secondary index in place, per row and doubling: numbers, dates, binary; fit.
    pub const SORT_FIXED: f64 = 36.2e-9;
    /// The same: varchar; fit.
    pub const SORT_TEXT: f64 = 39.2e-9;
    /// Key in primary-key order, per row; fit.
    pub const IN_ORDER_PER_ROW: f64 = 0.381e-6;
    /// In-place rebuild, per row; fit.
    pub const REBUILD_PER_ROW: f64 = 0.215e-6;
    /// In-place rebuild, per GB; fit.
    pub const REBUILD_PER_GB: f64 = 1.69;
    /// Copy: start; fit.
    pub const COPY_START: f64 = 8.8e-3;
    /// Copy, per row; fit.
    pub const COPY_PER_ROW: f64 = 0.804e-6;
    /// Copy, per row and string or binary column; fit.
    pub const COPY_PER_STRING: f64 = 0.47e-6;
    /// Copy, per GB; fit.
    pub const COPY_PER_GB: f64 = 4.12;
    /// Copy with sorted index filling, per row and doubling, fixed width; fit.
    pub const COPY_INDEX_FIXED: f64 = 38.1e-9;
    /// The same for varchar; fit.
    pub const COPY_INDEX_TEXT: f64 = 24.4e-9;
    /// Copy with indexes filled row by row (MySQL, older MariaDB), per row and doubling; fit.
    pub const COPY_INDEX_BY_ROW: f64 = 0.132e-6;
    /// Foreign key, per row; fit.
    pub const FK_PER_ROW: f64 = 0.95e-6;
    /// Foreign key, per row when the referenced table is large; fit.
    pub const FK_LARGE_PER_ROW: f64 = 3.6e-6;
    /// Update that makes the row grow (a fresh NULL column is filled), per row; fit.
    pub const UPDATE_GROWS_PER_ROW: f64 = 4.89e-6;
    /// The same, per byte; fit.
    pub const UPDATE_GROWS_PER_BYTE: f64 = 8.03e-9;
    /// Update of an indexed column, on top, per row; fit.
    pub const UPDATE_INDEXED: f64 = 4.24e-6;
    /// The same, per doubling of the table over 100,000 rows; fit.
    pub const UPDATE_INDEXED_DOUBLING: f64 = 1.84e-6;
    /// Commit of a batch; fit.
    pub const COMMIT: f64 = 1.4e-3;
    /// Deleted row; fit.
    pub const DELETE_PER_ROW: f64 = 6.67e-6;
    /// The same, per doubling of the table over 100,000 rows; fit.
    pub const DELETE_DOUBLING: f64 = 1.07e-6;
    /// Deleted row, per byte; fit.
    pub const DELETE_PER_BYTE: f64 = 3.69e-9;
    /// DROP INDEX: 0.05–0.7 s measured, whatever the size.
    pub const UNLINK: f64 = 0.1;
    /// Pages are filled to 15/16, and 2 % go to the tree.
    pub const FILL: f64 = 0.9375 / 1.02;
}

/// SQLite: nothing was measured; orders of magnitude for one connection and a local disk.
pub(super) mod sqlite {
    /// Change of the schema table; assumed.
    pub const CATALOG: f64 = 5e-3;
    /// Reading a row; assumed.
    pub const SCAN_PER_ROW: f64 = 0.3e-6;
    /// Reading a GB; assumed.
    pub const SCAN_PER_GB: f64 = 1.0;
    /// Writing a row anew; assumed.
    pub const WRITE_PER_ROW: f64 = 2e-6;
    /// Writing a GB; assumed.
    pub const WRITE_PER_GB: f64 = 10.0;
    /// Index entry, per row and doubling; assumed.
    pub const INDEX: f64 = 0.1e-6;
    /// Changed or deleted row; assumed.
    pub const CHANGE_PER_ROW: f64 = 5e-6;
    /// Changed row, per index; assumed.
    pub const CHANGE_PER_INDEX: f64 = 3e-6;
    /// Commit; assumed.
    pub const COMMIT: f64 = 5e-3;
}

/// How far off an estimate may be: midpoint divided by, and multiplied with. 1.15 times the 95 % residual of the fit,
/// with a floor per class.
pub(super) mod width {
    /// CHECK and NOT NULL scan.
    pub const SCAN: f64 = 1.6;
    /// Foreign key.
    pub const FOREIGN_KEY: f64 = 1.7;
    /// B-tree, hash and BRIN build.
    pub const INDEX: f64 = 1.7;
    /// Build that lets writers go on.
    pub const CONCURRENT: f64 = 1.8;
    /// GIN and GiST.
    pub const INVERTED: f64 = 2.5;
    /// GIN and GiST whose number of entries is not known; assumed.
    pub const INVERTED_UNKNOWN: f64 = 5.0;
    /// Rewrite, VACUUM FULL, materialized view.
    pub const REWRITE: f64 = 1.7;
    /// InnoDB in-place rebuild.
    pub const REBUILD: f64 = 2.0;
    /// InnoDB copy.
    pub const COPY: f64 = 1.8;
    /// UPDATE, DELETE, INSERT.
    pub const ROWS: f64 = 2.2;
    /// VACUUM.
    pub const VACUUM: f64 = 2.0;
    /// InnoDB DROP INDEX.
    pub const UNLINK: f64 = 4.0;
    /// Anything on SQLite; assumed.
    pub const SQLITE: f64 = 5.0;
    /// Factor for MySQL, which was not measured; assumed.
    pub const MYSQL: f64 = 1.5;
    /// Factor while the server's speed was not measured (section "from midpoint to range"); assumed.
    pub const UNCALIBRATED: f64 = 3.0;
    /// Factor on the high end while bytes are computed from rows; assumed.
    pub const BYTES_UNKNOWN: f64 = 1.3;
    /// Factor while the number of rows is assumed; assumed.
    pub const ROWS_ASSUMED: f64 = 3.0;
    /// Parallel workers may halve an index build; assumed.
    pub const PARALLEL: f64 = 2.0;
    /// Below the low end, seconds.
    pub const SLACK_LOW: f64 = 0.03;
    /// Above the high end, seconds.
    pub const SLACK_HIGH: f64 = 0.05;
    /// High end of a catalog change, seconds.
    pub const CATALOG_HIGH: f64 = 0.1;
}

/// Bytes.
pub(super) mod bytes {
    /// A row when no column is known; assumed.
    pub const ROW: u64 = 200;
    /// A heap that lives under updates, against the packed one; assumed.
    pub const BLOAT: f64 = 1.2;
    /// Rows from which on a referenced table no longer fits a small hash; between the measured 1,000 and 1,000,000.
    pub const LARGE_PARENT_ROWS: f64 = 100_000.0;
    /// Table size from which on index maintenance gets dearer with each doubling.
    pub const SMALL_TABLE_ROWS: f64 = 100_000.0;
    /// A GB.
    pub const GB: f64 = 1e9;
}
