//! Short ways to write the parts of a report.

use lockstep_core::report::*;

/// A report without content.
pub fn empty(title: &str, engine: &str, engine_title: &str) -> Report {
    Report {
        schema_version: SCHEMA_VERSION,
        planner_version: "0.0.0".to_string(),
        title: title.to_string(),
        engine: engine.to_string(),
        engine_title: engine_title.to_string(),
        verdict: Verdict::Safe,
        headline: String::new(),
        reasons: Vec::new(),
        risk: Risk::Low,
        coverage: Coverage { understood: 1, total: 1 },
        duration: Duration::default(),
        assumptions: Vec::new(),
        tables: Vec::new(),
        statements: Vec::new(),
        phases: Vec::new(),
        deploys: 1,
        point_of_no_return: None,
        rollback: Vec::new(),
        checklist: Vec::new(),
        escalations: Vec::new(),
        runbook: Runbook::default(),
        files: Vec::new(),
        diagnostics: Vec::new(),
        derived_sql: None,
    }
}

/// A step without content.
pub fn step(id: &str, kind: StepKind, title: &str) -> Step {
    Step {
        id: id.to_string(),
        kind,
        title: title.to_string(),
        why: String::new(),
        sql: Vec::new(),
        transactional: false,
        effects: EffectsReport::default(),
        duration: Duration::default(),
        check: None,
        undo: None,
        irreversible: None,
        on_failure: String::new(),
        other_ways: Vec::new(),
        gate: String::new(),
        statements: vec![0],
    }
}

/// An undo that loses nothing.
pub fn undo(sql: &[&str], transactional: bool) -> Option<UndoStep> {
    Some(UndoStep { sql: texts(sql), transactional, ..UndoStep::default() })
}

/// An undo that is an action.
pub fn action(words: &str) -> Option<UndoStep> {
    Some(UndoStep { action: words.to_string(), ..UndoStep::default() })
}

/// Effects with one lock.
pub fn lock(mode: &str, object: &str, reads: bool, writes: bool, transactional: &str) -> EffectsReport {
    let felt = |waits: bool| if waits { Traffic::WaitsBriefly } else { Traffic::Flows };
    EffectsReport {
        locks: vec![LockReport {
            object: object.to_string(),
            mode: mode.to_string().into(),
            blocks_reads: reads,
            blocks_writes: writes,
        }],
        transactional: transactional.to_string().into(),
        reads: felt(reads),
        writes: felt(writes),
        certainty: "proved".into(),
        ..EffectsReport::default()
    }
}

/// A time on known rows.
pub fn time(rows: u64, low_s: f64, expected_s: f64, high_s: f64) -> Duration {
    Duration { rows, rows_known: true, low_s, expected_s, high_s, ..Duration::default() }
}

/// Owned strings.
pub fn texts(parts: &[&str]) -> Vec<String> {
    parts.iter().map(|part| part.to_string()).collect()
}

/// A runbook entry.
pub fn item(title: &str, text: &str, code: &str, language: &str) -> RunbookItem {
    RunbookItem {
        title: title.to_string(),
        text: text.to_string(),
        code: code.to_string(),
        language: language.to_string(),
    }
}
