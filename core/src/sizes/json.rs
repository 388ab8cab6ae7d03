//! Sizes as JSON: an object by table, a list of objects, or either under `tables`.

use super::columns::{Kind, kind, whole};
use super::number::{self, Cell};
use super::{Found, table_name};
use crate::source::Span;
use crate::world::TableStats;
use serde_json::{Map, Value};

/// Reads a JSON text.
pub(super) fn read(text: &str, found: &mut Found) {
    match serde_json::from_str::<Value>(text.trim_start_matches('\u{feff}')) {
        Ok(value) => top(text, &value, found),
        Err(error) => {
            let span = line_span(text, error.line());
            found.problem(span, format!("the JSON cannot be read: {error}"), "nothing of it is used; rows are assumed");
        }
    }
}

fn line_span(text: &str, line: usize) -> Span {
    let mut start = 0;
    for (at, content) in text.split_inclusive('\n').enumerate() {
        if at + 1 == line.max(1) {
            return Span::new(start, start + content.trim_end().len());
        }
        start += content.len();
    }
    Span::new(start, start)
}

fn top(text: &str, value: &Value, found: &mut Found) {
    match value {
        Value::Array(items) => items.iter().for_each(|item| list_item(text, item, found)),
        Value::Object(fields) => {
            let server = fields.get("server").and_then(Value::as_object).unwrap_or(fields);
            server_fields(server, found);
            match fields.get("tables") {
                Some(tables @ (Value::Array(_) | Value::Object(_))) => top(text, tables, found),
                _ => fields.iter().for_each(|(name, value)| table(text, name, None, value, found)),
            }
        }
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => {}
    }
}

fn server_fields(fields: &Map<String, Value>, found: &mut Found) {
    for (name, value) in fields {
        match kind(name) {
            Some(Kind::LongestTransaction) => found.server.longest_transaction_s = value.as_f64(),
            Some(Kind::HardwareFactor) => found.server.hardware_factor = value.as_f64(),
            _ => {}
        }
    }
}

/// `{"table": "users", "rows": 12000000}`.
fn list_item(text: &str, item: &Value, found: &mut Found) {
    let Some(fields) = item.as_object() else { return };
    let by_kind = |wanted: Kind| fields.iter().find(|(name, _)| kind(name) == Some(wanted)).map(|(_, v)| v);
    match by_kind(Kind::Table).and_then(Value::as_str) {
        Some(name) => table(text, name, by_kind(Kind::Schema).and_then(Value::as_str), item, found),
        None => found.problem(
            Span::new(0, text.len().min(1)),
            "an entry of the list has no field \"table\"".to_string(),
            "name the table in each entry; the entry is left out",
        ),
    }
    server_fields(fields, found);
}

fn table(text: &str, name: &str, schema: Option<&str>, value: &Value, found: &mut Found) {
    let is_server = matches!(kind(name), Some(Kind::LongestTransaction | Kind::HardwareFactor)) || name == "server";
    let Some(parsed) = table_name(name, schema).filter(|_| !is_server) else { return };
    let span = place_of(text, name);
    let mut stats = TableStats::default();
    match value {
        Value::Object(fields) => {
            for (field, value) in fields {
                match kind(field) {
                    Some(Kind::Rows) => {
                        stats.rows = number(value, number::count, name, "the number of rows", span, found).map(whole)
                    }
                    Some(Kind::TableBytes) => {
                        stats.table_bytes =
                            number(value, number::bytes, name, "the table size", span, found).map(whole);
                    }
                    Some(Kind::IndexBytes) => {
                        stats.index_bytes =
                            number(value, number::bytes, name, "the index size", span, found).map(whole);
                    }
                    Some(Kind::Writes) => {
                        stats.writes_per_s = number(value, number::plain, name, "the writes per second", span, found);
                    }
                    Some(Kind::Schema | Kind::Table | Kind::LongestTransaction | Kind::HardwareFactor) | None => {}
                }
            }
        }
        Value::Null => {}
        other => stats.rows = number(other, number::count, name, "the number of rows", span, found).map(whole),
    }
    if stats != TableStats::default() {
        found.add(parsed, stats);
    }
}

fn place_of(text: &str, name: &str) -> Span {
    let quoted = format!("\"{name}\"");
    text.find(&quoted).map_or(Span::new(0, 0), |at| Span::new(at, at + quoted.len()))
}

fn number(
    value: &Value,
    read: fn(&str) -> Cell,
    table: &str,
    what: &str,
    span: Span,
    found: &mut Found,
) -> Option<f64> {
    let text = match value {
        Value::Null => return None,
        Value::String(text) => text.clone(),
        other => other.to_string(),
    };
    match read(&text) {
        Cell::Number(number) => Some(number),
        Cell::Nothing => None,
        Cell::Unreadable => {
            found.not_a_number(span, table, what, &text);
            None
        }
    }
}
