//! Rows of cells to sizes, by the names of their columns.

use super::grid::{Field, Row};
use super::number::{self, Cell};
use super::{Found, table_name};
use crate::order::Gather;
use crate::world::TableStats;

/// What a column holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    Schema,
    Table,
    Rows,
    TableBytes,
    IndexBytes,
    Writes,
    LongestTransaction,
    HardwareFactor,
}

/// The kind of a column by its name, in the words of our queries, of the catalogs and of people.
pub(super) fn kind(name: &str) -> Option<Kind> {
    let letters: String = name.chars().filter(char::is_ascii_alphanumeric).collect::<String>().to_ascii_lowercase();
    Some(match letters.as_str() {
        "schema" | "schemaname" | "tableschema" | "nspname" | "database" | "db" => Kind::Schema,
        "table" | "tablename" | "relname" | "relation" | "name" | "tbl" => Kind::Table,
        "rows" | "tablerows" | "rowcount" | "rowestimate" | "estimatedrows" | "reltuples" | "nlivetup" | "count"
        | "estimate" | "tuples" | "numrows" => Kind::Rows,
        "tablebytes" | "bytes" | "datalength" | "tablesize" | "datasize" | "size" | "heapbytes" | "databytes" => {
            Kind::TableBytes
        }
        "indexbytes" | "indexlength" | "indexsize" | "indexessize" | "indexesbytes" => Kind::IndexBytes,
        "writespers" | "writes" | "writespersecond" | "wps" => Kind::Writes,
        "longesttransactions" | "longesttransaction" => Kind::LongestTransaction,
        "hardwarefactor" => Kind::HardwareFactor,
        _ => return None,
    })
}

/// Without a header: the table, then its numbers in this order.
const UNNAMED: [Option<Kind>; 5] =
    [Some(Kind::Table), Some(Kind::Rows), Some(Kind::TableBytes), Some(Kind::IndexBytes), Some(Kind::Writes)];

/// Reads rows; a row of column names says what those after it hold.
pub(super) fn read(rows: &[Row], found: &mut Found) {
    let mut header: Vec<Option<Kind>> = UNNAMED.to_vec();
    for row in rows {
        if let Some(named) = as_header(row) {
            header = named;
        } else {
            read_row(row, &header, found);
        }
    }
}

/// A row that names the table column and at least one size. A table may be called `rows`, its number may not.
fn as_header(row: &Row) -> Option<Vec<Option<Kind>>> {
    let kinds: Vec<Option<Kind>> = row.iter().map(|f| kind(&f.text)).gather();
    let sized = kinds.iter().any(|k| matches!(k, Some(Kind::Rows | Kind::TableBytes | Kind::LongestTransaction)));
    (kinds.contains(&Some(Kind::Table)) && sized).then_some(kinds)
}

fn read_row(row: &Row, header: &[Option<Kind>], found: &mut Found) {
    let cell = |wanted: Kind| -> Option<&Field> {
        let at = header.iter().position(|k| *k == Some(wanted))?;
        row.get(at)
    };
    let name = cell(Kind::Table).and_then(|f| table_name(&f.text, cell(Kind::Schema).map(|s| s.text.as_str())));
    let Some(name) = name else {
        if let Some(first) = row.first() {
            found.problem(
                first.span,
                "a line has no table name".to_string(),
                "the first column, or the one called table, must name the table; the line is left out",
            );
        }
        return;
    };
    let said = name.to_string();
    let mut number = |wanted: Kind, what: &str, read: fn(&str) -> Cell| -> Option<f64> {
        let field = cell(wanted)?;
        match read(&field.text) {
            Cell::Number(number) => Some(number),
            Cell::Nothing => None,
            Cell::Unreadable => {
                found.not_a_number(field.span, &said, what, &field.text);
                None
            }
        }
    };
    let stats = TableStats {
        rows: number(Kind::Rows, "the number of rows", number::count).map(whole),
        table_bytes: number(Kind::TableBytes, "the table size", number::bytes).map(whole),
        index_bytes: number(Kind::IndexBytes, "the index size", number::bytes).map(whole),
        writes_per_s: number(Kind::Writes, "the writes per second", number::plain),
    };
    let longest = number(Kind::LongestTransaction, "the longest transaction", number::plain);
    let factor = number(Kind::HardwareFactor, "the hardware factor", number::plain);
    found.server.longest_transaction_s = longest.or(found.server.longest_transaction_s);
    found.server.hardware_factor = factor.or(found.server.hardware_factor);
    if stats != TableStats::default() {
        found.add(name, stats);
    }
}

/// Counts and bytes have no fractions.
pub(super) fn whole(number: f64) -> u64 {
    number.round() as u64
}
