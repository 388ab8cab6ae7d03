//! What the answer rests on: reasons, assumptions, sizes, what goes to a person, what could not be read.

use super::text::{code, inline};
use super::{labelled, table};
use crate::order::Gather;
use crate::report::{Diagnostic, Report, Severity};
use crate::words;

/// Headline, reasons, escalations, assumptions and sizes.
pub fn section(report: &Report) -> String {
    let mut out = format!("## Why this plan\n\n{}\n", facts(report));
    if !report.headline.is_empty() {
        out.push_str(&format!("{}\n\n", inline(&report.headline)));
    }
    for reason in &report.reasons {
        out.push_str(&format!("- {}\n", inline(reason)));
    }
    out.push_str(&escalations(report));
    out.push_str(&assumptions(report));
    out.push_str(&sizes(report));
    out
}

fn facts(report: &Report) -> String {
    let coverage = &report.coverage;
    let mut out = labelled("Server", &inline(&report.engine_title));
    out.push_str(&labelled("Risk of the change as pasted", risk(report)));
    out.push_str(&labelled("Statements understood", &format!("{} of {}", coverage.understood, coverage.total)));
    out.push_str(&labelled("Deploys of the application", &report.deploys.to_string()));
    out.push_str(&match &report.point_of_no_return {
        Some(step) => labelled("Point of no return", &format!("step {}", inline(step))),
        None => labelled("Point of no return", "none, every step can be undone without loss"),
    });
    out
}

fn risk(report: &Report) -> &'static str {
    use crate::report::Risk;
    match report.risk {
        Risk::Low => "low",
        Risk::Medium => "medium",
        Risk::High => "high",
    }
}

fn escalations(report: &Report) -> String {
    if report.escalations.is_empty() {
        return String::new();
    }
    let rows: Vec<_> = report.escalations.iter().map(|e| vec![e.situation.clone(), e.action.clone()]).gather();
    format!("\n### Goes to a person\n\n{}", table(&["Situation", "What to do"], &rows))
}

fn assumptions(report: &Report) -> String {
    if report.assumptions.is_empty() {
        return String::new();
    }
    let rows: Vec<_> = report.assumptions.iter().map(|a| vec![a.text.clone(), a.effect.clone()]).gather();
    format!("\n### Assumptions\n\n{}", table(&["Assumed", "What would change otherwise"], &rows))
}

fn sizes(report: &Report) -> String {
    if report.tables.is_empty() {
        return String::new();
    }
    let rows: Vec<_> = report
        .tables
        .iter()
        .map(|size| {
            let origin = match (size.new, size.rows_known) {
                (true, _) => "made by this change",
                (false, true) => "given",
                (false, false) => "assumed",
            };
            let writes =
                size.writes_per_s.map(|n| words::count(n.round() as u64)).unwrap_or_else(|| "not given".to_string());
            vec![code(&size.name), words::count(size.rows), bytes(size.bytes), writes, origin.to_string()]
        })
        .gather();
    format!(
        "\n### Sizes used\n\n{}",
        table(&["Table", "Rows", "Bytes without indexes", "Writes per second", "Origin"], &rows)
    )
}

fn bytes(bytes: u64) -> String {
    let (mut number, mut unit) = (bytes as f64, "B");
    for larger in ["KiB", "MiB", "GiB", "TiB"] {
        if number < 1_000.0 {
            break;
        }
        (number, unit) = (number / 1_024.0, larger);
    }
    if unit == "B" { format!("{bytes} B") } else { format!("{} {unit}", words::tenths(number)) }
}

/// What could not be read, where, and what was done instead.
pub fn diagnostics(report: &Report) -> String {
    let (comments, unread): (Vec<_>, Vec<_>) = report.diagnostics.iter().partition(|d| d.id.contains("suppression"));
    let section = |title: &str, items: &[&Diagnostic]| match items.is_empty() {
        true => String::new(),
        false => format!("## {title}\n\n{}\n", list(items)),
    };
    section("What could not be read", &unread) + &section("Comments without effect", &comments)
}

fn list(items: &[&Diagnostic]) -> String {
    let mut out = String::new();
    for item in items {
        let place = match item.span.line {
            0 => inline(&item.input),
            line => format!("{}, line {line}, column {}", inline(&item.input), item.span.column),
        };
        out.push_str(&format!("- **{}** ({place}): {}", severity(item.severity), inline(&item.message)));
        if !item.instead.is_empty() {
            out.push_str(&format!(" {}", inline(&item.instead)));
        }
        out.push_str(&format!(" ({})\n", code(&item.id)));
    }
    out
}

/// How bad, in a word.
pub fn severity(severity: Severity) -> &'static str {
    match severity {
        Severity::Info => "Note",
        Severity::Warning => "Warning",
        Severity::Danger => "Danger",
    }
}

/// Which version said all this.
pub fn made_by(report: &Report) -> String {
    format!(
        "---\n\nMade by Lockstep {} for {} (report schema {}).\n",
        inline(&report.planner_version),
        inline(&report.engine_title),
        report.schema_version
    )
}
