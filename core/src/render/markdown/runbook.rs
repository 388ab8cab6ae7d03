//! The runbook: before, during, after, failure, and the decision matrix.

use super::table;
use super::text::{fence, inline};
use crate::order::Gather;
use crate::report::{Report, RunbookItem};

/// All parts that have entries.
pub fn section(report: &Report) -> String {
    let book = &report.runbook;
    let mut out = String::new();
    for (title, items) in [
        ("Before", &book.before),
        ("During", &book.during),
        ("After", &book.after),
        ("When something fails", &book.failure),
    ] {
        out.push_str(&part(title, items));
    }
    if !book.decisions.is_empty() {
        let rows: Vec<_> = book.decisions.iter().map(|d| vec![d.situation.clone(), d.action.clone()]).gather();
        out.push_str(&format!("\n### Go back or go on?\n\n{}", table(&["What is seen", "What to do"], &rows)));
    }
    if out.is_empty() { out } else { format!("## Runbook\n{out}") }
}

fn part(title: &str, items: &[RunbookItem]) -> String {
    if items.is_empty() {
        return String::new();
    }
    let mut out = format!("\n### {title}\n");
    for item in items {
        out.push_str(&format!("\n**{}**", inline(&item.title)));
        if !item.text.is_empty() {
            out.push_str(&format!(" — {}", inline(&item.text)));
        }
        out.push('\n');
        if !item.code.is_empty() {
            out.push_str(&format!("\n{}", fence(&item.language, &item.code)));
        }
    }
    out
}
