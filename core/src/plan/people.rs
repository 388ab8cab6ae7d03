//! What goes to people: checklist and escalations.

use super::analyse::{Analysed, Fixed};
use crate::change::Change;
use crate::order::Gather;
use crate::report::{Escalation, Phase, StepKind, TableSize};
use crate::schema::Schema;
use crate::words;

/// Rows above which a change goes to a person, as the standard plan asks.
const LARGE_TABLE_ROWS: u64 = 1_000_000;

/// Lines to be ticked before it runs.
pub(super) fn checklist(analysed: &[Analysed<'_>], phases: &[Phase], cx: &Fixed<'_>) -> Vec<String> {
    let mut lines: Vec<String> = vec![
        "Tested on a production-sized copy".to_string(),
        "Rollback rehearsed on that copy".to_string(),
        "Backup taken and its restore checked".to_string(),
    ];
    let own = analysed.iter().flat_map(|a| &a.drafted.drafts).flat_map(|d| &d.checklist);
    for line in own {
        if !lines.contains(line) {
            lines.push(line.clone());
        }
    }
    let steps = || phases.iter().flat_map(|p| &p.steps);
    for step in steps().filter(|s| s.kind == StepKind::Approval) {
        lines.push(format!("Approval for step {} ({}) by: ____________", step.id, step.title));
    }
    let long: f64 = steps().map(|s| s.duration.expected_s).sum();
    if long > 60.0 {
        lines.push(format!("Scheduled off-peak (about {} of work)", words::time(long)));
    }
    let waiting: Vec<&str> = steps()
        .filter(|s| s.effects.locks.iter().any(|l| l.blocks_reads || l.blocks_writes))
        .map(|s| s.id.as_str())
        .gather();
    if !waiting.is_empty() {
        let listed = list(&waiting, 8);
        lines.push(format!(
            "No transaction open for longer than {} before {} {listed}",
            words::time(cx.options.longest_transaction_s.max(1.0)),
            if waiting.len() == 1 { "step" } else { "steps" }
        ));
    }
    lines
}

/// `1, 3 and 5`; long lists are cut with a count.
pub(super) fn list(items: &[&str], most: usize) -> String {
    match items {
        [] => String::new(),
        [one] => (*one).to_string(),
        _ if items.len() > most => {
            let shown: Vec<&str> = items.iter().take(most).copied().gather();
            format!("{} and {} more", shown.join(", "), items.len() - most)
        }
        [first @ .., last] => format!("{} and {last}", first.join(", ")),
    }
}

/// Situations that are not the tool's to decide.
pub(super) fn escalations(
    analysed: &[Analysed<'_>],
    phases: &[Phase],
    tables: &[TableSize],
    baseline: &Schema,
    baseline_given: bool,
) -> Vec<Escalation> {
    let mut out = Vec::new();
    let heavy: Vec<&TableSize> = tables.iter().filter(|t| !t.new && t.rows > LARGE_TABLE_ROWS).gather();
    if !heavy.is_empty() {
        let named: Vec<String> = heavy.iter().map(|t| format!("{} ({} rows)", t.name, words::count(t.rows))).gather();
        out.push(escalation(
            "large_table",
            format!("Large table: {}", named.join(", ")),
            "Use the batched steps of this plan, check the estimate on a copy, and agree on a time with whoever runs the database.",
        ));
    }
    let irreversible: Vec<&str> =
        phases.iter().flat_map(|p| &p.steps).filter(|s| s.irreversible.is_some()).map(|s| s.id.as_str()).gather();
    if !irreversible.is_empty() {
        out.push(escalation(
            "irreversible",
            format!("Irreversible: step {}", list(&irreversible, 8)),
            "Get an explicit approval from the owner of the data before it runs.",
        ));
    }
    let drift = drift(analysed, baseline, baseline_given);
    if !drift.is_empty() {
        let listed: Vec<&str> = drift.iter().map(String::as_str).gather();
        out.push(escalation(
            "drift",
            format!("The schema given does not match the change: {}", list(&listed, 8)),
            "Compare production with the schema given before anything runs; the plan may rest on a schema that is not there.",
        ));
    }
    let opaque = analysed.iter().filter(|a| is_unknown(a)).count();
    if opaque > 0 {
        out.push(escalation(
            "unknown_impact",
            format!("Impact not known: {}", words::plural(opaque as u64, "statement", "statements")),
            "Run it on a production-sized copy first, watch locks and time, and have a person read it.",
        ));
    }
    out
}

fn is_unknown(one: &Analysed<'_>) -> bool {
    !one.statement.understood
        || one.statement.changes.iter().any(|a| matches!(a.change, Change::Opaque { .. }))
        || one.timing.range.unknown
}

fn escalation(key: &str, situation: String, action: &str) -> Escalation {
    Escalation { key: key.to_string(), situation, action: action.to_string() }
}

/// Tables and columns that the change needs and the schema given does not have.
fn drift(analysed: &[Analysed<'_>], baseline: &Schema, given: bool) -> Vec<String> {
    if !given {
        return Vec::new();
    }
    let mut known = baseline.clone();
    let mut missing: Vec<String> = Vec::new();
    for one in analysed {
        for action in &one.statement.changes {
            if let Some(what) = missing_object(&action.change, &known)
                && !missing.contains(&what)
            {
                missing.push(what);
            }
            if !super::drafting::is_group_member(one.statement) {
                known.apply(&action.change);
            }
        }
    }
    missing
}

fn missing_object(change: &Change, known: &Schema) -> Option<String> {
    let (table, column) = match change {
        Change::DropColumn { table, column, if_exists: false, .. }
        | Change::ChangeColumnType { table, column, .. }
        | Change::RedefineColumn { table, column, .. }
        | Change::SetNotNull { table, column, .. }
        | Change::DropNotNull { table, column }
        | Change::SetDefault { table, column, .. }
        | Change::DropDefault { table, column } => (table, Some(column)),
        Change::RenameColumn { table, from, .. } => (table, Some(from)),
        Change::AddColumn { table, .. } | Change::RenameTable { table, .. } | Change::AddConstraint { table, .. } => {
            (table, None)
        }
        Change::CreateIndex(index) => (&index.table, None),
        _ => return None,
    };
    let Some(found) = known.table(table) else {
        return known.view(table).is_none().then(|| format!("table {table} is not in it"));
    };
    let column = column?;
    (found.def.complete
        && found.def.like.is_none()
        && found.def.inherits.is_empty()
        && found.def.partition_of.is_none())
    .then(|| known.column(table, column).is_none())
    .filter(|absent| *absent)
    .map(|_| format!("column {table}.{column} is not in it"))
}
