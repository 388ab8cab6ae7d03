//! What domains are made of.

use crate::change::{DataType, Name};
use crate::parse::inside;
use crate::schema::Schema;

/// A type with the domains in it taken apart.
pub(super) struct Plain {
    /// The type below all domains.
    pub base: DataType,
    /// A domain on the way has a constraint or a default, which every value must be held against.
    pub bound: bool,
}

/// Domains over domains are followed this far.
const LEVELS: usize = 16;

/// The type below a domain; none when it is no domain whose definition is known.
pub(super) fn below(schema: &Schema, name: &Name) -> Option<Plain> {
    let mut found: Option<Plain> = None;
    let mut name = name.clone();
    for _ in 0..LEVELS {
        let Some(text) = schema.domain(&name) else { return found };
        let (base, bound) = inside::domain(text, schema.target())?;
        name = base.name();
        let bound = bound || found.is_some_and(|above| above.bound);
        let plain = base.array == 0;
        found = Some(Plain { base, bound });
        if !plain {
            return found;
        }
    }
    None
}
