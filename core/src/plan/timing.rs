//! From work to seconds, and who waits for how long.

use crate::change::Name;
use crate::estimate::{self, Range};
use crate::facts::{Blocking, Certainty, Effects, Lock, Work, WorkKind};
use crate::order::Gather;
use crate::report::Duration;
use crate::world::World;

/// Seconds of one statement or of one step.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
pub(super) struct Timing {
    /// All of it.
    pub range: Range,
    /// Writers wait, expected seconds.
    pub writes_blocked: f64,
    /// Readers wait, expected seconds.
    pub reads_blocked: f64,
    /// Writers wait, seconds at the high end.
    pub writes_blocked_high: f64,
    /// Readers wait, seconds at the high end.
    pub reads_blocked_high: f64,
    /// Traffic waits for as long as a table is large, and its size was not given.
    pub blocks_by_unknown_size: bool,
}

/// A catalog change holds its lock this long at most, seconds; measured 0.3–6 ms (duration model, catalog class).
const CATALOG_SECONDS: f64 = 0.005;

impl Timing {
    /// One after the other.
    pub fn then(self, next: Timing) -> Timing {
        Timing {
            range: Range {
                low: self.range.low + next.range.low,
                expected: self.range.expected + next.range.expected,
                high: self.range.high + next.range.high,
                unknown: self.range.unknown || next.range.unknown,
            },
            writes_blocked: self.writes_blocked + next.writes_blocked,
            reads_blocked: self.reads_blocked + next.reads_blocked,
            writes_blocked_high: self.writes_blocked_high + next.writes_blocked_high,
            reads_blocked_high: self.reads_blocked_high + next.reads_blocked_high,
            blocks_by_unknown_size: self.blocks_by_unknown_size || next.blocks_by_unknown_size,
        }
    }

    /// As the report says it.
    pub fn report(self, rows: u64, rows_known: bool) -> Duration {
        Duration {
            rows,
            rows_known,
            low_s: round(self.range.low),
            expected_s: round(self.range.expected),
            high_s: round(self.range.high),
            writes_blocked_s: round(self.writes_blocked),
            reads_blocked_s: round(self.reads_blocked),
            unknown: self.range.unknown,
        }
    }
}

/// Milliseconds are as exact as an estimate gets.
fn round(seconds: f64) -> f64 {
    (seconds * 1000.0).round() / 1000.0
}

/// Time of one statement whose actions have these effects. `held` are locks that its transaction holds already:
/// whoever waits for them waits for this statement too.
pub(super) fn statement(effects: &[&Effects], held: &[Lock], world: &World<'_>) -> Timing {
    let work = merged(effects);
    let (blocks_writes, blocks_reads) = blocked(held.iter(), world);
    let mut timing = Timing::default();
    for work in &work {
        let range = estimate::seconds(work, world);
        let unused = world.schema.is_new(&work.table);
        // Nobody can make the freeing of storage smaller, and its size is not the table's: its middle has to do.
        let worst = if work.kind == WorkKind::Unlink { range.expected } else { range.against_limit() };
        let blocking = if unused { Blocking::Nobody } else { work.blocking };
        let writes = blocks_writes || blocking >= Blocking::Writes;
        let reads = blocks_reads || blocking >= Blocking::ReadsAndWrites;
        timing = timing.then(Timing {
            range,
            writes_blocked: if writes { range.expected } else { 0.0 },
            reads_blocked: if reads { range.expected } else { 0.0 },
            writes_blocked_high: if writes { worst } else { 0.0 },
            reads_blocked_high: if reads { worst } else { 0.0 },
            blocks_by_unknown_size: writes
                && grows_with_rows(&work.kind)
                && !unused
                && !world.sizes.rows(world, &work.table).known,
        });
    }
    timing.then(catalog_wait(effects, world)).mark_unknown(effects)
}

/// The moment for which any statement with a blocking lock holds it, work or not.
fn catalog_wait(effects: &[&Effects], world: &World<'_>) -> Timing {
    let seconds = |blocks: bool| if blocks { CATALOG_SECONDS } else { 0.0 };
    let (writes, reads) = blocked(effects.iter().flat_map(|e| &e.locks), world);
    Timing {
        range: Range::default(),
        writes_blocked: seconds(writes),
        reads_blocked: seconds(reads),
        writes_blocked_high: seconds(writes),
        reads_blocked_high: seconds(reads),
        blocks_by_unknown_size: false,
    }
}

/// Whether these locks keep writers and readers waiting; nobody waits for a table that the script made.
fn blocked<'l>(locks: impl Iterator<Item = &'l Lock>, world: &World<'_>) -> (bool, bool) {
    let (mut writes, mut reads) = (false, false);
    for lock in locks {
        let more = (lock.blocks_writes && !writes) || (lock.blocks_reads && !reads);
        if more && !world.schema.is_new(&lock.object) {
            (writes, reads) = (writes || lock.blocks_writes, reads || lock.blocks_reads);
        }
    }
    (writes, reads)
}

/// Does it take longer on a larger table?
fn grows_with_rows(kind: &WorkKind) -> bool {
    match kind {
        WorkKind::Catalog | WorkKind::Unlink | WorkKind::Vacuum => false,
        WorkKind::Update { rows, .. } | WorkKind::Delete { rows, .. } | WorkKind::InsertRows { rows } => rows.is_none(),
        WorkKind::Scan { .. }
        | WorkKind::ForeignKeyScan { .. }
        | WorkKind::IndexBuild { .. }
        | WorkKind::Rewrite
        | WorkKind::InplaceRebuild
        | WorkKind::Compact
        | WorkKind::StoreQuery
        | WorkKind::RefreshConcurrently
        | WorkKind::Unknown => true,
    }
}

impl Timing {
    fn mark_unknown(mut self, effects: &[&Effects]) -> Self {
        self.range.unknown |= effects.iter().any(|e| e.certainty == Certainty::Unknown);
        self
    }
}

/// Work of several actions of one statement: the server writes a table anew once, and reads it once, for all of them.
fn merged(effects: &[&Effects]) -> Vec<Work> {
    let mut all: Vec<Work> = Vec::new();
    for work in effects.iter().flat_map(|e| &e.work) {
        match all.iter_mut().find(|w| same_pass(w, work)) {
            Some(known) => known.blocking = known.blocking.max(work.blocking),
            None => all.push(work.clone()),
        }
    }
    let rewritten: Vec<Name> = all.iter().filter(|w| w.kind == WorkKind::Rewrite).map(|w| w.table.clone()).gather();
    all.retain(|w| w.kind == WorkKind::Rewrite || !done_by_rewrite(w) || !rewritten.contains(&w.table));
    all
}

fn same_pass(a: &Work, b: &Work) -> bool {
    a.table == b.table
        && matches!(
            (&a.kind, &b.kind),
            (WorkKind::Scan { .. }, WorkKind::Scan { .. })
                | (WorkKind::Rewrite, WorkKind::Rewrite)
                | (WorkKind::InplaceRebuild, WorkKind::InplaceRebuild)
                | (WorkKind::Catalog, WorkKind::Catalog)
        )
}

fn done_by_rewrite(work: &Work) -> bool {
    matches!(work.kind, WorkKind::Scan { .. } | WorkKind::InplaceRebuild | WorkKind::Catalog)
}
