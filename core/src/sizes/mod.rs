//! Table sizes as pasted.
//!
//! In: text (JSON, CSV, output of a statistics query in any of the forms that clients print). Out: sizes per table,
//! what it says of the server, and what could not be read. Never: a guess; a size that cannot be read is not given.

mod columns;
mod grid;
#[cfg(feature = "json-sizes")]
mod json;
mod number;

use crate::change::{Ident, Name};
use crate::order::Map;
use crate::parse::Problem;
use crate::report::Severity;
use crate::source::Span;
use crate::world::TableStats;

/// What the text says of the server as a whole.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
pub struct ServerStats {
    /// How long the longest transaction has been running, seconds.
    pub longest_transaction_s: Option<f64>,
    /// How much slower than the reference machine the server is.
    pub hardware_factor: Option<f64>,
}

/// Reads pasted sizes; what cannot be read is a problem with its place, the rest counts.
pub fn read(text: &str) -> (Map<Name, TableStats>, Vec<Problem>) {
    let found = read_all(text);
    (found.tables, found.problems)
}

/// What the same text says of the server.
pub fn server(text: &str) -> ServerStats {
    read_all(text).server
}

/// Everything that was found.
#[derive(Debug, Default)]
struct Found {
    tables: Map<Name, TableStats>,
    server: ServerStats,
    problems: Vec<Problem>,
}

fn read_all(text: &str) -> Found {
    let mut found = Found::default();
    let start = text.trim_start_matches('\u{feff}').trim_start();
    if start.is_empty() {
        return found;
    }
    if start.starts_with(['{', '[']) {
        read_json(text, &mut found);
    } else {
        columns::read(&grid::read(text), &mut found);
    }
    if found.tables.is_empty() && found.problems.is_empty() && found.server == ServerStats::default() {
        found.problem(
            Span::new(0, text.len()),
            "no table sizes were found in the text".to_string(),
            "paste the output of the statistics query, CSV with a header (table,rows), or JSON such as {\"users\": 12000000}",
        );
    }
    found
}

#[cfg(feature = "json-sizes")]
fn read_json(text: &str, found: &mut Found) {
    json::read(text, found);
}

/// In a build that leaves JSON to its caller.
#[cfg(not(feature = "json-sizes"))]
fn read_json(text: &str, found: &mut Found) {
    let span = Span::new(0, text.len());
    found.problem(span, "this build reads no sizes as JSON".to_string(), "give them as CSV with a header (table,rows)");
}

impl Found {
    fn add(&mut self, name: Name, stats: TableStats) {
        self.tables.insert(name, stats);
    }

    fn problem(&mut self, span: Span, message: String, instead: &str) {
        self.problems.push(Problem {
            id: "unreadable-size",
            severity: Severity::Warning,
            message,
            instead: instead.to_string(),
            span,
        });
    }

    fn not_a_number(&mut self, span: Span, table: &str, what: &str, value: &str) {
        self.problem(
            span,
            format!("{what} of {table} cannot be read: \"{value}\""),
            "write a number such as 12000000, 12,000,000, 12M or 2.1 GiB; until then it counts as not given",
        );
    }
}

/// `users`, `public.users`, `"Users"`, `` `app`.`users` ``: as the catalog spells it, so nothing is folded.
fn table_name(text: &str, schema: Option<&str>) -> Option<Name> {
    let mut parts: Vec<String> = vec![String::new()];
    let mut quote = None;
    for c in text.trim().chars() {
        match (quote, c) {
            (Some(open), c) if c == open => quote = None,
            (None, '"' | '`') => quote = Some(c),
            (None, '[') => quote = Some(']'),
            (None, '.') => parts.push(String::new()),
            (_, c) => parts.last_mut()?.push(c),
        }
    }
    let object = parts.pop().filter(|p| !p.is_empty())?;
    let own = parts.pop().filter(|p| !p.is_empty());
    let given = schema.map(str::trim).filter(|s| !s.is_empty()).map(str::to_string);
    Some(Name { schema: own.or(given).map(Ident::new), object: Ident::new(object) })
}

#[cfg(test)]
mod tests;
