//! The report as JSON: the public contract, `schema_version` 1.

use crate::report::Report;

/// The report as indented JSON, its fields in the order of the contract, with a line end.
pub fn json(report: &Report) -> String {
    // Plain structs, lists and strings always serialise; numbers that are not finite become null.
    let mut text = serde_json::to_string_pretty(report).unwrap_or_default();
    text.push('\n');
    text
}
