//! The plan as Markdown: the standard plan first, everything a reviewer needs below it.
//!
//! In: a [`Report`]. Out: CommonMark with GitHub's tables and task lists. Never: markup from the report's own texts.

pub(super) mod text;
mod standard;
mod why;
mod statements;
mod phases;
mod timeline;
mod runbook;

use crate::order::Gather;
use crate::report::Report;

/// The whole report as Markdown.
pub fn markdown(report: &Report) -> String {
    let mut out = standard::plan(report);
    for section in [
        why::section(report),
        statements::section(report),
        phases::section(report),
        phases::rollback(report),
        timeline::section(report),
        runbook::section(report),
        why::diagnostics(report),
        why::made_by(report),
    ] {
        if !section.is_empty() {
            out.push_str(&format!("\n{}\n", section.trim_end()));
        }
    }
    out
}

/// Only the standard plan: the blocks from `MIGRATION PLAN:` to `Checklist:`.
pub fn standard_plan(report: &Report) -> String {
    standard::plan(report)
}

/// A Markdown table; nothing when it has no rows.
fn table(head: &[&str], rows: &[Vec<String>]) -> String {
    if rows.is_empty() {
        return String::new();
    }
    let mut out = format!("| {} |\n|{}\n", head.join(" | "), "---|".repeat(head.len()));
    for row in rows {
        let cells: Vec<String> = row.iter().map(|cell| text::cell(cell)).gather();
        out.push_str(&format!("| {} |\n", cells.join(" | ")));
    }
    out
}

/// `- **Label:** text`, nothing when there is no text.
fn labelled(label: &str, body: &str) -> String {
    if body.is_empty() { String::new() } else { format!("- **{label}:** {body}\n") }
}
