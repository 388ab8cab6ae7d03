//! The standard plan: its blocks, their order and their wording are fixed.

use super::text::{fence, inline};
use crate::render::script::{Script, comment};
use crate::report::{Phase, Report, Step, StepKind, Traffic};
use crate::words;

/// `MIGRATION PLAN: …` to the last line of the checklist.
pub fn plan(report: &Report) -> String {
    format!(
        "MIGRATION PLAN: {}\n\nSafety: {}\nEstimated duration: {}\n\nSteps:\n{}\nRollback:\n{}\nChecklist:\n{}",
        inline(&report.title),
        report.verdict.label(),
        duration(report),
        steps(report),
        fence("sql", &rollback(report)),
        checklist(report),
    )
}

/// `38 minutes on 12,000,000 rows (26–61 min; writes blocked for under 1 s in total)`.
fn duration(report: &Report) -> String {
    let d = &report.duration;
    let minutes = match d.expected_s {
        s if s < 60.0 => "under 1 minute".to_string(),
        s => words::plural((s / 60.0).round() as u64, "minute", "minutes"),
    };
    let mut notes = Vec::new();
    if !d.rows_known && d.rows > 0 {
        notes.push("rows assumed".to_string());
    }
    if d.high_s >= 1.0 {
        notes.push(words::time_range(d.low_s, d.high_s));
    }
    notes.push(words::blocked("writes", d.writes_blocked_s));
    if d.reads_blocked_s >= 1.0 {
        notes.push(words::blocked("reads", d.reads_blocked_s));
    }
    let minutes = match d.unknown {
        true => format!("not known, at least {minutes}"),
        false => minutes,
    };
    format!("{minutes} on {} ({})", words::plural(d.rows, "row", "rows"), notes.join("; "))
}

/// One line per numbered step; `3a` and `3b` share the line of step 3.
fn steps(report: &Report) -> String {
    let mut lines: Vec<(String, String)> = Vec::new();
    for phase in &report.phases {
        for step in &phase.steps {
            let number = number_of(&step.id);
            match lines.last_mut() {
                Some((last, line)) if *last == number => line.push_str(&format!("; {}", step_words(report, step))),
                _ => lines.push((number, format!("{}{}", place(report, phase), step_words(report, step)))),
            }
        }
    }
    if lines.is_empty() {
        return "1. Nothing to run\n".to_string();
    }
    lines.iter().enumerate().map(|(at, (_, line))| format!("{}. {line}\n", at + 1)).collect()
}

fn number_of(id: &str) -> String {
    let digits: String = id.chars().take_while(char::is_ascii_digit).collect();
    if digits.is_empty() { id.to_string() } else { digits }
}

/// `Deploy 2 · switch — `, left out when there is only one phase.
fn place(report: &Report, phase: &Phase) -> String {
    if report.phases.len() < 2 {
        return String::new();
    }
    format!("Deploy {} · {} — ", phase.deploy, phase.name.label())
}

fn step_words(report: &Report, step: &Step) -> String {
    let mut notes = Vec::new();
    if matches!(step.kind, StepKind::Sql | StepKind::Backfill) {
        match step.duration.unknown {
            true => notes.push("time not known".to_string()),
            false if step.duration.expected_s >= 1.0 => {
                notes.push(format!("about {}", words::time(step.duration.expected_s)));
            }
            false => {}
        }
        if !notes.is_empty() && step.effects.writes == Traffic::Flows && step.effects.reads == Traffic::Flows {
            notes.push("no blocking lock".to_string());
        }
        if step.duration.writes_blocked_s >= 1.0 {
            notes.push(words::blocked("writes", step.duration.writes_blocked_s));
        }
        if step.irreversible.is_some() {
            notes.push("irreversible: needs approval".to_string());
        } else if report.point_of_no_return.as_deref() == Some(&step.id) {
            notes.push("no free way back from here".to_string());
        }
    }
    match notes.is_empty() {
        true => inline(&step.title),
        false => format!("{} ({})", inline(&step.title), notes.join(", ")),
    }
}

/// The way back as one script, last phase first.
fn rollback(report: &Report) -> String {
    let script = Script::of(report);
    let mut parts = Vec::new();
    for entry in &report.rollback {
        let until = if entry.until.is_empty() { String::new() } else { format!(" ({})", entry.until) };
        let lossy = if entry.lossy { ", loses data" } else { "" };
        let title = entry.title.trim_end_matches('.');
        let head = format!("Deploy {} · {}: {title}{lossy}{until}", entry.deploy, entry.phase.label());
        let mut part = comment("--", &head);
        if !entry.sql.is_empty() {
            part.push('\n');
            part.push_str(&script.statements(&entry.sql));
        }
        parts.push(part);
    }
    for step in report.phases.iter().flat_map(|phase| &phase.steps) {
        if let Some(reason) = &step.irreversible {
            parts.push(comment("--", &format!("Step {} has no way back: {reason}", step.id)));
        }
    }
    if parts.is_empty() {
        let runs = report.phases.iter().flat_map(|phase| &phase.steps).any(|step| !step.sql.is_empty());
        let words =
            if runs { "No way back is known." } else { "Nothing is changed, so there is nothing to take back." };
        parts.push(comment("--", words));
    }
    parts.join("\n\n")
}

fn checklist(report: &Report) -> String {
    if report.checklist.is_empty() {
        return "- [ ] Tested on a production-sized copy\n".to_string();
    }
    report.checklist.iter().map(|line| format!("- [ ] {}\n", inline(line))).collect()
}
