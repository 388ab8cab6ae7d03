//! The plan step by step, and the way back per phase.

use super::labelled;
use super::statements::effects;
use super::text::{code, fence, inline};
use crate::render::script::{Script, first_word};
use crate::report::{Phase, Report, Step, StepKind, UndoStep};
use crate::words;

/// Every phase with its steps.
pub fn section(report: &Report) -> String {
    let script = Script::of(report);
    let mut out = String::new();
    for phase in &report.phases {
        out.push_str(&head(phase));
        for step in &phase.steps {
            out.push_str(&one(script, step));
        }
    }
    if out.is_empty() { out } else { format!("## The plan, step by step\n{out}") }
}

fn head(phase: &Phase) -> String {
    let title = if phase.title.is_empty() { String::new() } else { format!(": {}", inline(&phase.title)) };
    let mut out = format!("\n### Deploy {} · {}{title}\n", phase.deploy, phase.name.label());
    if !phase.code.is_empty() {
        out.push_str(&format!("\nApplication: {}\n", inline(&phase.code)));
    }
    out
}

fn one(script: Script, step: &Step) -> String {
    let mut out = format!("\n#### Step {} · {}\n\n", inline(&step.id), inline(&step.title));
    if !step.why.is_empty() {
        out.push_str(&format!("{}\n\n", inline(&step.why)));
    }
    if !step.sql.is_empty() {
        out.push_str(&fence("sql", &script.statements(&step.sql)));
        out.push('\n');
    }
    out.push_str(&labelled("Kind", kind(step)));
    if !step.sql.is_empty() {
        out.push_str(&effects(&step.effects, &step.duration));
        out.push_str(&labelled("Time", &words::duration(&step.duration)));
    }
    if let Some(check) = &step.check {
        let expected = inline(&check.expected);
        out.push_str(&labelled("Check", &format!("{} must return {expected}", code(&check.sql))));
    }
    out.push_str(&undo(script, step));
    out.push_str(&labelled("If it fails", &inline(&step.on_failure)));
    out.push_str(&labelled("Go on when", &inline(&step.gate)));
    for way in &step.other_ways {
        out.push_str(&format!(
            "\nAnother way, {}: {}\n\n{}",
            inline(&way.tool),
            inline(&way.when),
            fence(language(&way.command), &way.command)
        ));
    }
    out
}

/// A command line, or SQL to be run by hand.
fn language(command: &str) -> &'static str {
    match first_word(command).as_str() {
        "SELECT" | "SET" | "CREATE" | "PRAGMA" | "UPDATE" | "DELETE" | "INSERT" | "ALTER" => "sql",
        _ => "sh",
    }
}

fn kind(step: &Step) -> &'static str {
    match (step.kind, step.transactional) {
        (StepKind::Sql, true) => "SQL, one transaction",
        (StepKind::Sql, false) => "SQL, each statement on its own, outside a transaction",
        (StepKind::Backfill, _) => "backfill in batches, outside a transaction, resumable",
        (StepKind::Deploy, _) => "deploy of the application",
        (StepKind::Verify, _) => "look, and go on only if it is right",
        (StepKind::Wait, _) => "wait",
        (StepKind::Approval, _) => "approval by a person",
    }
}

fn undo(script: Script, step: &Step) -> String {
    match (&step.undo, &step.irreversible) {
        (_, Some(reason)) => labelled("Undo", &format!("no way back: {}", inline(reason))),
        (Some(undo), None) => undo_words(script, undo),
        (None, None) if step.sql.is_empty() => String::new(),
        (None, None) => labelled("Undo", "nothing to undo"),
    }
}

fn undo_words(script: Script, undo: &UndoStep) -> String {
    let mut words = Vec::new();
    if !undo.action.is_empty() {
        words.push(inline(&undo.action));
    }
    if !undo.sql.is_empty() {
        words.push(if undo.transactional { "one transaction" } else { "outside a transaction" }.to_string());
    }
    words.push(match undo.lossy.is_empty() {
        true => "nothing is lost".to_string(),
        false => format!("lost: {}", inline(&undo.lossy)),
    });
    if !undo.waits.is_empty() {
        words.push(inline(&undo.waits));
    }
    let mut out = labelled("Undo", &words.join("; "));
    if !undo.sql.is_empty() {
        out.push('\n');
        out.push_str(&fence("sql", &script.statements(&undo.sql)));
    }
    out
}

/// The way back per phase, last phase first.
pub fn rollback(report: &Report) -> String {
    if report.rollback.is_empty() {
        return String::new();
    }
    let script = Script::of(report);
    let mut out = "## Rollback by phase\n".to_string();
    for entry in &report.rollback {
        out.push_str(&format!(
            "\n### Undo deploy {} · {}\n\n{}\n\n",
            entry.deploy,
            entry.phase.label(),
            inline(&entry.title)
        ));
        out.push_str(&labelled("Possible", &inline(&entry.until)));
        out.push_str(&labelled("Loses data", if entry.lossy { "yes" } else { "no" }));
        if !entry.sql.is_empty() {
            out.push_str(&format!("\n{}", fence("sql", &script.statements(&entry.sql))));
        }
    }
    out
}
