//! Bytes of a row from its column types.
//!
//! In: column types. Out: bytes per row in a packed table. Values of variable length are assumed average.

use super::constants::{bytes, innodb};
use crate::change::{ColumnDef, DataType};
use crate::target::Engine;

/// Size and alignment of a stored value; varying ones give their assumed payload.
#[derive(Clone, Copy)]
enum Stored {
    Fixed { size: u64, align: u64 },
    Varying { payload: u64 },
}

/// Average payload of values whose length the type does not bound; assumed.
const TEXT_PAYLOAD: u64 = 40;
const DOCUMENT_PAYLOAD: u64 = 200;
const ARRAY_PAYLOAD: u64 = 60;
/// Larger values are stored beside the heap, which keeps a pointer.
const TOAST_THRESHOLD: u64 = 2000;
const TOAST_POINTER: u64 = 18;

/// Bytes of a row, page overhead included; none when no column is known.
pub(super) fn per_row(columns: &[ColumnDef], engine: Engine) -> Option<f64> {
    if columns.is_empty() {
        return None;
    }
    Some(match engine {
        Engine::Postgres => postgres_row(columns),
        Engine::MySql | Engine::MariaDb => innodb_row(columns),
        Engine::Sqlite => sqlite_row(columns),
    })
}

fn align(offset: u64, to: u64) -> u64 {
    offset.div_ceil(to) * to
}

/// Tuple header of 24 bytes, columns in order with their alignment, 4 bytes of line pointer, whole rows per page.
fn postgres_row(columns: &[ColumnDef]) -> f64 {
    let data = columns.iter().fold(0, |offset, column| match column.data_type.as_ref().map_or(UNKNOWN, stored) {
        Stored::Fixed { size, align: to } => align(offset, to) + size,
        Stored::Varying { payload } if payload > TOAST_THRESHOLD => offset + TOAST_POINTER,
        Stored::Varying { payload } if payload <= 126 => offset + 1 + payload,
        Stored::Varying { payload } => align(offset, 4) + 4 + payload,
    });
    let tuple = align(24 + data, 8) + 4;
    8192.0 / (8168 / tuple.clamp(1, 8168)) as f64
}

/// Record header, transaction id and roll pointer of 18 bytes, length bytes, whole rows per page.
fn innodb_row(columns: &[ColumnDef]) -> f64 {
    let data: u64 = columns
        .iter()
        .map(|column| match column.data_type.as_ref().map_or(UNKNOWN, innodb_stored) {
            Stored::Fixed { size, .. } => size,
            Stored::Varying { payload } if payload > TOAST_THRESHOLD => 1 + 20,
            Stored::Varying { payload } => payload + if payload > 127 { 2 } else { 1 },
        })
        .sum();
    let record = 18 + (columns.len() as u64).div_ceil(8) + data;
    record as f64 / innodb::FILL
}

/// A varint per column, and values as short as they are.
fn sqlite_row(columns: &[ColumnDef]) -> f64 {
    let data: u64 = columns
        .iter()
        .map(|column| match column.data_type.as_ref().map_or(UNKNOWN, stored) {
            Stored::Fixed { size, .. } => 1 + size.min(4),
            Stored::Varying { payload } => 1 + payload,
        })
        .sum();
    (data + 8) as f64 * 1.1
}

const UNKNOWN: Stored = Stored::Varying { payload: TEXT_PAYLOAD };

fn stored(data_type: &DataType) -> Stored {
    let fixed = |size, align| Stored::Fixed { size, align };
    if data_type.array > 0 {
        return Stored::Varying { payload: ARRAY_PAYLOAD };
    }
    let length = data_type.args.first().map(|n| u64::from(*n));
    match data_type.base.as_str() {
        "boolean" | "bool" => fixed(1, 1),
        "smallint" => fixed(2, 2),
        "integer" | "int" | "date" | "real" | "oid" => fixed(4, 4),
        "bigint" | "timestamp" | "timestamptz" | "time" | "double precision" | "double" | "money" => fixed(8, 8),
        "uuid" => fixed(16, 1),
        interval if interval.starts_with("interval") => fixed(16, 8),
        "timetz" => fixed(12, 8),
        "numeric" | "decimal" => Stored::Varying { payload: 3 + 2 * length.unwrap_or(12).div_ceil(4) },
        "inet" | "cidr" => Stored::Varying { payload: 7 },
        "char" | "bpchar" => Stored::Varying { payload: length.unwrap_or(1) },
        "varchar" => Stored::Varying { payload: length.map_or(TEXT_PAYLOAD, half_filled) },
        "json" | "jsonb" | "xml" | "tsvector" | "bytea" => Stored::Varying { payload: DOCUMENT_PAYLOAD },
        _ => Stored::Varying { payload: TEXT_PAYLOAD },
    }
}

/// A bounded string is assumed half full, and never fuller than an unbounded one on average.
fn half_filled(length: u64) -> u64 {
    (length / 2).clamp(1, TEXT_PAYLOAD)
}

fn innodb_stored(data_type: &DataType) -> Stored {
    let fixed = |size| Stored::Fixed { size, align: 1 };
    let length = data_type.args.first().map(|n| u64::from(*n));
    match data_type.base.as_str() {
        "tinyint" | "boolean" | "bool" | "year" => fixed(1),
        "smallint" => fixed(2),
        "mediumint" | "date" => fixed(3),
        "int" | "integer" | "float" | "timestamp" => fixed(4),
        "datetime" => fixed(5),
        "time" => fixed(3),
        "bigint" | "double" => fixed(8),
        "decimal" | "numeric" => fixed(length.unwrap_or(10).div_ceil(2)),
        "binary" | "char" => fixed(length.unwrap_or(1)),
        "enum" | "set" => fixed(2),
        "varchar" | "varbinary" => Stored::Varying { payload: length.map_or(TEXT_PAYLOAD, half_filled) },
        "json" | "text" | "mediumtext" | "longtext" | "blob" | "mediumblob" | "longblob" | "geometry" => {
            Stored::Varying { payload: DOCUMENT_PAYLOAD }
        }
        _ => Stored::Varying { payload: TEXT_PAYLOAD },
    }
}

/// Bytes of a row when nothing is known.
pub(super) fn unknown_row() -> f64 {
    bytes::ROW as f64
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::change::Ident;

    fn columns(types: &[(&str, &[u32])]) -> Vec<ColumnDef> {
        types
            .iter()
            .map(|(base, args)| {
                ColumnDef::new(Ident::new("c"), DataType { args: args.to_vec(), ..DataType::simple(*base) })
            })
            .collect()
    }

    #[test]
    fn rows_are_as_wide_as_measured() {
        let narrow =
            columns(&[("bigint", &[]), ("integer", &[]), ("integer", &[]), ("integer", &[]), ("timestamptz", &[])]);
        assert_eq!(per_row(&narrow, Engine::Postgres).map(|b| (b * 10.0).round()), Some(602.0));
        let narrow = columns(&[("bigint", &[]), ("int", &[]), ("int", &[]), ("int", &[]), ("datetime", &[])]);
        let bytes = per_row(&narrow, Engine::MariaDb).unwrap_or_default();
        assert!((46.0..=50.0).contains(&bytes), "{bytes}");
        assert_eq!(per_row(&[], Engine::Postgres), None);
    }
}
