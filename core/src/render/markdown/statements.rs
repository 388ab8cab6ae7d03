//! The change exactly as pasted: what each statement does to the running system.

use super::labelled;
use super::text::{code, fence, inline};
use super::why::severity;
use crate::order::Gather;
use crate::report::{Duration, EffectsReport, Finding, Report, StatementReport, Suppressed, Traffic};
use crate::words;

/// Every statement with its impact and findings.
pub fn section(report: &Report) -> String {
    if report.statements.is_empty() {
        return String::new();
    }
    let mut out = "## The change as pasted\n".to_string();
    for (at, statement) in report.statements.iter().enumerate() {
        out.push_str(&one(at + 1, statement));
    }
    out
}

fn one(number: usize, statement: &StatementReport) -> String {
    let summary = match (statement.summary.is_empty(), statement.understood) {
        (false, _) => inline(&statement.summary),
        (true, true) => inline(&statement.form),
        (true, false) => "Not understood".to_string(),
    };
    let mut out = format!("\n### {number}. {summary}\n\n{}\n", fence("sql", &statement.sql));
    out.push_str(&labelled("Safety", statement.verdict.label()));
    if !statement.understood {
        out.push_str(&labelled("Understood", "no; treated as if it could do anything"));
    }
    out.push_str(&effects(&statement.effects, &statement.duration));
    out.push_str(&labelled("Time as written", &words::duration(&statement.duration)));
    if !statement.effects.reversible.is_empty() {
        out.push_str(&labelled("Can be undone", &inline(&statement.effects.reversible)));
    }
    if !statement.steps.is_empty() {
        out.push_str(&labelled("In the plan", &steps(&statement.steps)));
    }
    for one in &statement.findings {
        out.push_str(&finding(one));
    }
    for Suppressed { finding, reason } in &statement.suppressed {
        let (title, rule) = (inline(&finding.title), code(&finding.rule));
        out.push_str(&format!("- **Ignored: {title}.** The text says why: {} ({rule})\n", inline(reason)));
    }
    out
}

fn finding(finding: &Finding) -> String {
    let (level, title, message) = (severity(finding.severity), inline(&finding.title), inline(&finding.message));
    let instead = match finding.instead.as_ref() {
        "" => String::new(),
        instead => format!(" Instead: {}", inline(instead)),
    };
    format!("- **{level}: {title}.** {message}{instead} ({}, line {})\n", code(&finding.rule), finding.span.line)
}

/// Locks, who waits, work, transaction, notes: as list items.
pub fn effects(effects: &EffectsReport, time: &Duration) -> String {
    let mut out = String::new();
    let locks: Vec<String> = effects
        .locks
        .iter()
        .map(|lock| format!("{} on {} ({})", code(&lock.mode), code(&lock.object), words::waits(lock)))
        .gather();
    out.push_str(&labelled("Lock", &locks.join("; ")));
    let reads = lane("reads", effects.reads, time.reads_blocked_s);
    let writes = lane("writes", effects.writes, time.writes_blocked_s);
    out.push_str(&labelled("Traffic", &format!("{reads}; {writes}")));
    out.push_str(&labelled("Writes anew", &names(&effects.rewrites)));
    out.push_str(&labelled("Reads in full", &names(&effects.scans)));
    out.push_str(&labelled("Builds an index on", &names(&effects.index_builds)));
    out.push_str(&labelled("Algorithm", &effects.algorithm.as_deref().map(code).unwrap_or_default()));
    if !effects.transactional.is_empty() {
        out.push_str(&labelled("Transaction", words::transactional(&effects.transactional)));
    }
    out.push_str(&labelled("Without blocking", &effects.online_form.as_deref().map(code).unwrap_or_default()));
    for note in &effects.notes {
        out.push_str(&format!("- {}\n", inline(note)));
    }
    if !effects.certainty.is_empty() {
        let sources: Vec<String> = effects.evidence.iter().map(|source| inline(source)).gather();
        let sources = if sources.is_empty() { String::new() } else { format!(" ({})", sources.join("; ")) };
        out.push_str(&labelled("Certainty", &format!("{}{sources}", inline(&effects.certainty))));
    }
    out
}

fn lane(lane: &str, felt: Traffic, seconds: f64) -> String {
    match felt {
        Traffic::WaitsBriefly | Traffic::Waits if seconds > 0.0 => {
            format!("{lane} {} ({})", words::traffic(felt), words::time(seconds))
        }
        _ => format!("{lane} {}", words::traffic(felt)),
    }
}

fn steps(ids: &[String]) -> String {
    let word = if ids.len() == 1 { "step" } else { "steps" };
    format!("{word} {}", inline(&ids.join(", ")))
}

fn names(names: &[String]) -> String {
    names.iter().map(|name| code(name)).gather().join(", ")
}
