//! Rows and bytes to seconds.
//!
//! In: sizes (given or assumed) and [`Work`]. Out: a [`Range`]. Never: a number that is not in the table of constants.

use crate::facts::Work;
use crate::world::World;

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

/// Seconds for a piece of work at the sizes of the world.
pub fn seconds(work: &Work, world: &World<'_>) -> Range {
    let _ = (work, world);
    Range::default()
}

/// Bytes of a table without its indexes: given, or computed from its rows.
pub fn table_bytes(table: &crate::change::Name, world: &World<'_>) -> u64 {
    const ROW_BYTES: u64 = 200;
    world.sizes.table(table).and_then(|t| t.table_bytes).unwrap_or(world.sizes.rows(world, table).rows * ROW_BYTES)
}
