//! The picture as a table: the same data, for those who would rather read.

use super::strip::strip;
use super::words::{range, time};
use crate::order::Gather;
use crate::report::{Report, Step, StepKind};

/// One row.
#[derive(Debug, Clone, PartialEq)]
pub struct DataRow {
    /// Step id, or `as pasted`.
    pub step: String,
    /// `1 · expand`.
    pub deploy: String,
    /// What is done.
    pub what: String,
    /// Time with its range.
    pub time: String,
    /// What reads feel.
    pub reads: String,
    /// What writes feel.
    pub writes: String,
    /// How it is undone.
    pub undo: String,
}

/// All rows: the statements as pasted, then the steps.
pub fn data_rows(report: &Report) -> Vec<DataRow> {
    let pasted = report.statements.iter().map(|statement| {
        let strip = strip(&statement.effects, &statement.duration);
        DataRow {
            step: "as pasted".to_string(),
            deploy: String::new(),
            what: statement.summary.clone(),
            time: time_cell(
                statement.duration.low_s,
                statement.duration.expected_s,
                statement.duration.high_s,
                statement.duration.unknown,
            ),
            reads: strip.reads.words,
            writes: strip.writes.words,
            undo: match &*statement.effects.reversible {
                "yes" => "free",
                "lossy" => "loses data",
                "no" => "no way back",
                _ => "not known",
            }
            .to_string(),
        }
    });
    let planned = report.phases.iter().flat_map(|phase| {
        phase.steps.iter().map(move |step| {
            let strip = strip(&step.effects, &step.duration);
            DataRow {
                step: step.id.clone(),
                deploy: format!("{} · {}", phase.deploy, phase.name.label()),
                what: step.title.clone(),
                time: step_time(step),
                reads: strip.reads.words,
                writes: strip.writes.words,
                undo: undo_words(step),
            }
        })
    });
    pasted.chain(planned).gather()
}

fn step_time(step: &Step) -> String {
    match step.kind {
        StepKind::Deploy | StepKind::Wait | StepKind::Approval => "up to you".to_string(),
        StepKind::Sql | StepKind::Backfill | StepKind::Verify => {
            let d = &step.duration;
            time_cell(d.low_s, d.expected_s, d.high_s, d.unknown)
        }
    }
}

fn time_cell(low: f64, expected: f64, high: f64, unknown: bool) -> String {
    if unknown {
        return "not known".to_string();
    }
    match range(low, high) {
        range if range.is_empty() || range == time(expected) => time(expected),
        range => format!("{} ({range})", time(expected)),
    }
}

fn undo_words(step: &Step) -> String {
    match (&step.irreversible, &step.undo) {
        (Some(why), _) => why.clone(),
        (None, Some(undo)) if !undo.lossy.is_empty() => undo.lossy.clone(),
        (None, Some(undo)) if undo.sql.is_empty() => undo.action.clone(),
        (None, Some(_)) => "free".to_string(),
        (None, None) => "nothing to undo".to_string(),
    }
}
