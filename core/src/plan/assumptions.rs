//! What was taken for granted, and what would change if it were otherwise.

use super::analyse::{Analysis, Fixed};
use crate::order::PushAll;
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
    let asked = cx.options.dual_write == DualWrite::Trigger;
    let drafts = || analysis.statements.iter().flat_map(|statement| &statement.drafted.drafts);
    let by_code = drafts().any(|draft| draft.kept_by.1);
    // Where code writes both by choice, triggers only carry deletes over.
    let by_trigger = (asked || !by_code) && drafts().any(|draft| draft.kept_by.0);
    if let Some(words) = dual_write_words(by_trigger, by_code).filter(|_| several) {
        let effect = match by_code && asked {
            true => "triggers were asked for and cannot do it here; see below",
            false => "by trigger, old code needs no change before the switch",
        };
        out.push(assumption("dual_write", words.to_string(), effect));
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
    out.push_all(from_facts(analysis));
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

/// Who keeps old and new the same; none where nothing has to.
fn dual_write_words(by_trigger: bool, by_code: bool) -> Option<&'static str> {
    match (by_trigger, by_code) {
        (true, true) => Some("old and new are kept in step by a trigger; where none can, the application writes both"),
        (true, false) => Some("old and new are kept in step by a trigger"),
        (false, true) => Some("the application writes both, old and new"),
        (false, false) => None,
    }
}
