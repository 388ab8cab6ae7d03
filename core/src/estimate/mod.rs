//! Rows and bytes to seconds.
//!
//! In: sizes (given or assumed) and [`Work`]. Out: a [`Range`]. Never: a number that is not in the table of constants,
//! and never the time spent waiting for a lock.

mod bytes;
mod constants;
mod innodb;
mod postgres;
mod size;
mod sqlite;

use crate::change::Name;
use crate::facts::{Work, WorkKind};
use crate::target::Engine;
use crate::world::World;
use constants::{bytes::GB, width};
use size::Size;

/// Seconds from … to, with a middle.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
pub struct Range {
    /// Low end.
    pub low: f64,
    /// Middle.
    pub expected: f64,
    /// High end.
    pub high: f64,
    /// Cannot be known.
    pub unknown: bool,
}

impl Range {
    /// What a limit is held against: the high end, so that a slow disk does not make a wrong "safe", but not more than
    /// eight times the middle: a range wider than that says that nothing was measured, not that it takes so long.
    pub fn against_limit(self) -> f64 {
        const WIDEST: f64 = 8.0;
        self.high.min(self.expected * WIDEST)
    }
}

/// Seconds for a piece of work at the sizes of the world.
pub fn seconds(work: &Work, world: &World<'_>) -> Range {
    let size = Size::of(&work.table, world);
    let parent = match &work.kind {
        WorkKind::ForeignKeyScan { parent } => Some(Size::of(parent, world)),
        _ => None,
    };
    let middle = match world.target.engine() {
        Engine::Postgres => postgres::middle(&work.kind, &size, parent.as_ref()),
        Engine::MariaDb => {
            let sorted_fill = world.target.version.at_least(10, 11, 0);
            innodb::middle(&work.kind, &size, parent.as_ref(), sorted_fill)
        }
        Engine::MySql => innodb::middle(&work.kind, &size, parent.as_ref(), false).wider(width::MYSQL),
        Engine::Sqlite => sqlite::middle(&work.kind, &size),
    };
    middle.range(&size, world.options.hardware_factor)
}

/// Bytes of a table without its indexes: given, or computed from its rows and column types.
pub fn table_bytes(table: &Name, world: &World<'_>) -> u64 {
    (Size::of(table, world).gb * GB).round() as u64
}

/// What the times of an engine rest on, one sentence each, for the list of assumptions.
pub fn basis(world: &World<'_>) -> Vec<&'static str> {
    let mut out = vec![match world.target.engine() {
        Engine::Postgres => {
            "times are those of the machine the model was fitted on (2 cores, 300 MB/s disk, table in memory)"
        }
        Engine::MariaDb => {
            "times are those of the machine the model was fitted on (2 cores, 300 MB/s disk, table in the buffer pool)"
        }
        Engine::MySql => "times were fitted on MariaDB; MySQL was not measured, so the ranges are wider",
        Engine::Sqlite => "times for SQLite are orders of magnitude; nothing was measured",
    }];
    if !is_calibrated(world.options.hardware_factor) {
        out.push("the speed of your server is not known, so the ranges are three times as wide; give a hardware factor to narrow them");
    }
    out
}

/// A factor of exactly 1 is the default: nobody measured.
fn is_calibrated(factor: f64) -> bool {
    factor > 0.0 && factor != 1.0
}

/// The middle of a range and how wide it is.
#[derive(Debug, Clone, Copy)]
struct Middle {
    seconds: f64,
    width: f64,
    /// Parallel workers may shorten it.
    parallel: bool,
    catalog: bool,
    unknown: bool,
}

impl Middle {
    fn new(seconds: f64, width: f64) -> Self {
        Middle { seconds, width, parallel: false, catalog: false, unknown: false }
    }

    fn parallel(seconds: f64, width: f64) -> Self {
        Middle { parallel: true, ..Middle::new(seconds, width) }
    }

    fn catalog(seconds: f64) -> Self {
        Middle { catalog: true, ..Middle::new(seconds, 1.0) }
    }

    fn unknown() -> Self {
        Middle { unknown: true, ..Middle::new(0.0, 1.0) }
    }

    fn wider(self, factor: f64) -> Self {
        Middle { width: self.width * factor, ..self }
    }

    fn range(self, size: &Size<'_>, hardware_factor: f64) -> Range {
        let factor = if hardware_factor > 0.0 { hardware_factor } else { 1.0 };
        let expected = self.seconds * factor;
        if self.unknown {
            return Range { unknown: true, ..Range::default() };
        }
        if self.catalog {
            return Range { low: 0.0, expected, high: (3.0 * expected).max(width::CATALOG_HIGH), unknown: false };
        }
        let when = |condition: bool, factor: f64| if condition { factor } else { 1.0 };
        let width = self.width
            * when(!is_calibrated(hardware_factor), width::UNCALIBRATED)
            * when(!size.rows_known, width::ROWS_ASSUMED);
        let shortest = expected / (width * when(self.parallel, width::PARALLEL));
        let longest = expected * width * when(!size.bytes_known, width::BYTES_UNKNOWN);
        Range {
            low: (shortest - width::SLACK_LOW).max(0.0),
            expected,
            high: longest + width::SLACK_HIGH,
            unknown: false,
        }
    }
}

#[cfg(test)]
mod tests;
