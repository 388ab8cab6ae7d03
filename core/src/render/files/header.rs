//! What stands at the top of a file: the step in words.

use super::units::Unit;
use super::{Export, Placed};
use crate::report::File;
use crate::words;

/// The unit in words, one sentence a line, without comment marks.
pub fn words(export: &Export<'_>, unit: &Unit<'_>) -> String {
    match unit.parts {
        1 => of_step(export, unit),
        parts => lines(export, unit, &format!(", part {} of {parts}", unit.part), unit.part == parts),
    }
}

/// The same for a file that holds the whole step.
pub fn of_step(export: &Export<'_>, unit: &Unit<'_>) -> String {
    lines(export, unit, "", true)
}

fn lines(export: &Export<'_>, unit: &Unit<'_>, part: &str, last: bool) -> String {
    let step = unit.step;
    let mut lines = vec![
        export.report.title.clone(),
        format!("Step {}{part} (deploy {}, {}): {}", step.id, unit.deploy, unit.phase.label(), step.title),
    ];
    let mut line = |label: &str, text: &str| {
        if !text.is_empty() {
            lines.push(format!("{label}: {text}"));
        }
    };
    for before in &unit.before {
        line("BEFORE THIS FILE", before);
    }
    line("Locks", &words::locks_line(&step.effects));
    line("Time", &words::duration(&step.duration));
    line("No way back", step.irreversible.as_deref().unwrap_or(""));
    if let Some(check) = step.check.as_ref().filter(|_| last) {
        line("Check", &format!("{} must return {}", check.sql, check.expected));
    }
    line("If it fails", &step.on_failure);
    line("Go on when", &step.gate);
    for after in &unit.after {
        line("AFTER THIS FILE", after);
    }
    lines.join("\n")
}

/// A file of a unit.
pub fn placed(unit: &Unit<'_>, path: String, content: String, transactional: bool) -> Placed {
    Placed { release: unit.release, file: File { path, content, transactional } }
}
