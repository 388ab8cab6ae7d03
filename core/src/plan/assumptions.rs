//! What was taken for granted, and what would change if it were otherwise.

use super::analyse::{Analysis, Fixed};
use crate::report::{Assumption, Phase, StepKind, TableSize};
use crate::request::DualWrite;
use crate::words;

/// All assumptions of the plan.
pub(super) fn assumptions(
    analysis: &Analysis<'_>,
    phases: &[Phase],
    tables: &[TableSize],
    schema_given: bool,
    cx: &Fixed<'_>,
) -> Vec<Assumption> {
    let mut out = Vec::new();
    for table in tables.iter().filter(|t| !t.rows_known && !t.new) {
        out.push(assumption(
            "rows",
            format!("{} has {} rows", table.name, words::count(table.rows)),
            "every time and the verdict scale with it; give the real size",
        ));
    }
    if !schema_given && !analysis.statements.is_empty() {
        out.push(assumption(
            "schema",
            "the current schema was not given".to_string(),
            "types, indexes, constraints and dependants of existing tables are not known; the conservative case is shown",
        ));
    }
    let steps = || phases.iter().flat_map(|p| &p.steps);
    if steps().any(|s| s.effects.locks.iter().any(|l| l.blocks_reads || l.blocks_writes)) {
        out.push(assumption(
            "lock_timeout",
            format!("each step waits at most {} ms for its lock, then gives up and is tried again", cx.options.lock_timeout_ms),
            "while it waits, traffic on that table waits behind it; a longer timeout means a longer stall, a shorter one more retries",
        ));
        out.push(assumption(
            "longest_transaction",
            format!("no transaction runs longer than {}", words::time(cx.options.longest_transaction_s.max(1.0))),
            "a lock cannot be had, and an online index build does not end, before older transactions have ended",
        ));
    }
    if steps().any(|s| s.kind == StepKind::Backfill) {
        out.push(assumption(
            "batch_size",
            format!(
                "batches of {} rows with a pause of {} ms",
                words::count(cx.options.batch_size),
                cx.options.pause_ms
            ),
            "larger batches hold row locks longer; shorter pauses raise replication lag",
        ));
    }
    let several = phases.iter().any(|p| p.name == crate::report::PhaseName::Switch);
    if several {
        out.push(assumption(
            "dual_write",
            dual_write_words(cx.options.dual_write).to_string(),
            "by trigger, old code needs no change before the switch",
        ));
    }
    if (cx.options.hardware_factor - 1.0).abs() > f64::EPSILON {
        out.push(assumption(
            "hardware",
            format!(
                "the server is {} times as slow as the reference machine",
                words::decimal(cx.options.hardware_factor, 2)
            ),
            "every time scales with it",
        ));
    } else if steps().any(|s| s.duration.high_s > 1.0) {
        out.push(assumption(
            "hardware",
            "the server is as fast as the reference machine (2 cores, 300 MB/s disk)".to_string(),
            "time one statement on your server and give the factor; the ranges get three times narrower",
        ));
    }
    out.extend(from_facts(analysis));
    out
}

fn assumption(key: &str, text: String, effect: &str) -> Assumption {
    Assumption { key: key.to_string(), text, effect: effect.to_string() }
}

/// More than this many assumptions of engines and recipes are not listed.
pub(super) const MOST: usize = 200;

/// What engines and recipes assumed, each once.
fn from_facts(analysis: &Analysis<'_>) -> Vec<Assumption> {
    let mut out: Vec<Assumption> = Vec::new();
    let notes = analysis.statements.iter().flat_map(|a| &a.drafted.drafts).flat_map(|d| &d.notes);
    let all = analysis.assumed.iter().map(|t| ("fact", t)).chain(notes.map(|t| ("note", t)));
    for (key, text) in all {
        if out.len() < MOST && !out.iter().any(|a| a.text == *text) {
            out.push(assumption(key, text.clone(), ""));
        }
    }
    out
}

fn dual_write_words(choice: DualWrite) -> &'static str {
    match choice {
        DualWrite::Trigger => "both columns are kept in step by a trigger",
        DualWrite::Application => "the application writes both columns",
    }
}
