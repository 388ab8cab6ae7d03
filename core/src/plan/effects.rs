//! Effects of one or several statements as the report says them.

use super::timing::Timing;
use crate::change::{Change, ColumnOption};
use crate::facts::{Algorithm, Certainty, Effects, Evidence, RunningCode, Transactional, Undo, WorkKind};
use crate::order::Set;
use crate::report::{EffectsReport, LockReport, Traffic};
use crate::schema::Schema;

/// A column loses its default or identity, and a later change of the transaction lets INSERTs go on that do not name it.
pub(super) fn gives_again(lost: &Change, given: &Change) -> bool {
    let (Change::DropDefault { table, column }
    | Change::SetColumnOption { table, column, option: ColumnOption::DropIdentity }) = lost
    else {
        return false;
    };
    match given {
        Change::SetDefault { table: of, column: same, .. }
        | Change::DropNotNull { table: of, column: same }
        | Change::SetColumnOption { table: of, column: same, option: ColumnOption::AddIdentity { .. } } => {
            of == table && same == column
        }
        _ => false,
    }
}

/// Puts effects together: all locks once, the weakest certainty, the worst traffic. `limit_s` is the wait that still
/// counts as brief; `used` says whether anybody uses the objects (nobody does when the script made them). Work on tables
/// that are empty in `schema` is not worth a word; without a schema all work is named.
pub(super) fn report(
    effects: &[&Effects],
    timing: &Timing,
    limit_s: f64,
    schema: Option<&Schema>,
    used: bool,
) -> EffectsReport {
    let mut out = EffectsReport {
        locks: Vec::with_capacity(effects.iter().map(|e| e.locks.len()).sum()),
        transactional: transactional(effects).into(),
        algorithm: effects.iter().filter_map(|e| e.algorithm).max().map(|a| algorithm(a).to_string()),
        online_form: effects.iter().find_map(|e| e.online_form.clone()),
        reversible: reversible(effects).into(),
        certainty: certainty(effects).into(),
        evidence: Vec::with_capacity(effects.iter().map(|e| e.evidence.len()).sum()),
        ..EffectsReport::default()
    };
    for effect in effects {
        // There can be thousands (partitions): whether one is new is looked up, not searched.
        let mut known: Set<String> = Set::default();
        for lock in &effect.locks {
            let lock = LockReport {
                object: lock.object.to_string(),
                mode: lock.mode.into(),
                blocks_reads: lock.blocks_reads,
                blocks_writes: lock.blocks_writes,
            };
            if out.locks.len() < MANY {
                push_new(&mut out.locks, lock);
                continue;
            }
            if known.is_empty() {
                known = out.locks.iter().map(|held| held.object.clone()).collect();
            }
            if known.insert(lock.object.clone()) || !out.locks.contains(&lock) {
                out.locks.push(lock);
            }
        }
        for work in effect.work.iter().filter(|w| !schema.is_some_and(|s| s.is_empty_table(&w.table))) {
            let table = work.table.to_string();
            match &work.kind {
                WorkKind::Rewrite | WorkKind::InplaceRebuild | WorkKind::Compact => push_new(&mut out.rewrites, table),
                WorkKind::Scan { .. } => push_new(&mut out.scans, table),
                WorkKind::ForeignKeyScan { parent } => {
                    push_new(&mut out.scans, table);
                    push_new(&mut out.scans, parent.to_string());
                }
                WorkKind::IndexBuild { .. } => push_new(&mut out.index_builds, table),
                WorkKind::Catalog
                | WorkKind::StoreQuery
                | WorkKind::RefreshConcurrently
                | WorkKind::Update { .. }
                | WorkKind::Delete { .. }
                | WorkKind::InsertRows { .. }
                | WorkKind::Unlink
                | WorkKind::Vacuum
                | WorkKind::Unknown => {}
            }
        }
        effect.evidence.iter().for_each(|e| push_new(&mut out.evidence, evidence(e)));
        notes(effect, used).for_each(|n| push_new(&mut out.notes, n));
    }
    let unknown = effects.iter().any(|e| e.certainty == Certainty::Unknown);
    out.reads = traffic(timing.reads_blocked, limit_s, unknown);
    out.writes = traffic(timing.writes_blocked, limit_s, unknown);
    if used && effects.iter().any(|e| matches!(e.running_code, RunningCode::Breaks(_))) {
        (out.reads, out.writes) = (Traffic::Fails, Traffic::Fails);
    }
    out
}

/// From so many locks on, a new one is not compared with each.
const MANY: usize = 32;

/// Most lists hold one item, and stay until the end: they get no room for more before it is needed.
fn push_new<T: PartialEq>(list: &mut Vec<T>, item: T) {
    if list.capacity() == 0 {
        list.reserve_exact(1);
    }
    if !list.contains(&item) {
        list.push(item);
    }
}

fn traffic(blocked_s: f64, limit_s: f64, unknown: bool) -> Traffic {
    match blocked_s {
        _ if unknown => Traffic::Unknown,
        s if s > limit_s => Traffic::Waits,
        s if s > 0.0 => Traffic::WaitsBriefly,
        _ => Traffic::Flows,
    }
}

fn transactional(effects: &[&Effects]) -> &'static str {
    let has = |wanted: Transactional| effects.iter().any(|e| e.transactional == wanted);
    if has(Transactional::Refused) {
        "refused"
    } else if has(Transactional::Unknown) {
        "unknown"
    } else if has(Transactional::ImplicitCommit) {
        "implicit_commit"
    } else {
        "yes"
    }
}

fn algorithm(algorithm: Algorithm) -> &'static str {
    match algorithm {
        Algorithm::Instant => "INSTANT",
        Algorithm::NoCopy => "NOCOPY",
        Algorithm::Inplace => "INPLACE",
        Algorithm::InplaceRebuild => "INPLACE (rebuild)",
        Algorithm::Copy => "COPY",
    }
}

fn reversible(effects: &[&Effects]) -> &'static str {
    match effects.iter().map(|e| e.undo).max() {
        None | Some(Undo::Lossless) => "yes",
        Some(Undo::Lossy) => "lossy",
        Some(Undo::No) => "no",
        Some(Undo::Unknown) => "unknown",
    }
}

fn certainty(effects: &[&Effects]) -> &'static str {
    match effects.iter().map(|e| e.certainty).max() {
        Some(Certainty::Proved) => "proved",
        None | Some(Certainty::Documented) => "documented",
        Some(Certainty::Assumed) => "assumed",
        Some(Certainty::Unknown) => "unknown",
    }
}

fn evidence(evidence: &Evidence) -> String {
    match evidence {
        Evidence::Manual(page) => ["manual: ", page].concat(),
        Evidence::Source(place) => ["source: ", place].concat(),
        Evidence::Observed(versions) => ["observed on ", versions].concat(),
        Evidence::ObservedElsewhere(versions) => ["observed on other versions: ", versions].concat(),
    }
}

fn notes(effects: &Effects, used: bool) -> impl Iterator<Item = String> {
    let running_code = match &effects.running_code {
        RunningCode::Breaks(text) | RunningCode::Remark(text) if used => Some(text.clone()),
        RunningCode::Breaks(_) | RunningCode::Remark(_) | RunningCode::Works | RunningCode::Unknown => None,
    };
    let refused = effects.refused.iter().map(|r| format!("refused: {r}"));
    let may_fail = effects.may_fail_on_data.iter().filter(move |_| used).cloned();
    running_code.into_iter().chain(refused).chain(may_fail).chain(effects.assumptions.iter().cloned())
}
