//! The report as JSON: the public contract, `schema_version` 1.

use crate::report::Report;

/// Writes the same bytes as [`json`] without holding them all in memory.
pub fn json_into(report: &Report, out: &mut dyn std::io::Write) -> std::io::Result<()> {
    serde_json::to_writer_pretty(&mut *out, report)?;
    out.write_all(b"\n")
}

/// The report as indented JSON, its fields in the order of the contract, with a line end.
pub fn json(report: &Report) -> String {
    // Plain structs, lists and strings always serialise; numbers that are not finite become null.
    let mut text = serde_json::to_string_pretty(report).unwrap_or_default();
    text.push('\n');
    text
}
