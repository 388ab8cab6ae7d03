//! What the rules on blocking have in common: which work makes traffic wait, and for how long.

use super::RuleCx;
use crate::estimate;
use crate::facts::{Blocking, Work, WorkKind};
use crate::report::Severity;
use crate::words;

/// Work that traffic waits for.
pub(super) struct Blocked {
    /// By size: longer than the limit, or the size was not given.
    pub severity: Severity,
    /// `writes to users wait`, `reads and writes of users wait`.
    pub who: String,
    /// `for about 40 s at 12,000,000 rows`.
    pub how_long: String,
}

/// The blocking work of this change that `wanted` picks out; none when nobody waits or nobody uses the table yet.
pub(super) fn blocked(cx: &RuleCx<'_>, wanted: fn(&WorkKind) -> bool) -> Option<Blocked> {
    let counts = |w: &&Work| w.blocking != Blocking::Nobody && wanted(&w.kind) && !cx.world.schema.is_new(&w.table);
    let work = cx.effects.work.iter().find(counts)?;
    // Who waits for a stored query waits while its sources are read, too.
    let same = |w: &&Work| w.table == work.table || work.kind == WorkKind::StoreQuery;
    let all = cx.effects.work.iter().filter(counts).filter(same);
    let (mut expected, mut high, mut worst) = (0.0, 0.0, 0.0);
    for range in all.map(|w| estimate::seconds(w, &cx.world)) {
        expected += range.expected;
        high += range.high;
        worst += range.against_limit();
    }
    let rows = cx.world.sizes.rows(&cx.world, &work.table);
    let limit = cx.world.options.block_limit_ms as f64 / 1000.0;
    let severity = if worst > limit || !rows.known { Severity::Danger } else { Severity::Info };
    let who = match work.blocking {
        Blocking::ReadsAndWrites => format!("reads and writes of {} wait", work.table),
        Blocking::Writes | Blocking::Nobody => format!("writes to {} wait", work.table),
    };
    let time = if expected < 1.0 { "under 1 s".to_string() } else { format!("about {}", words::time(expected)) };
    let assumed = if rows.known { "" } else { " (assumed: its size was not given)" };
    let up_to = if high >= 1.0 && high > expected { format!(", up to {}", words::time(high)) } else { String::new() };
    let how_long = format!("for {time}{up_to} at {} rows{assumed}", words::count(rows.rows));
    Some(Blocked { severity, who, how_long })
}

/// Someone uses one of the relations that the change works on.
pub(super) fn in_use(cx: &RuleCx<'_>, table: &crate::change::Name) -> bool {
    !cx.world.schema.is_new(table)
}

/// First letter in upper case.
pub(super) fn sentence(text: &str) -> String {
    let mut chars = text.chars();
    match chars.next() {
        Some(first) => format!("{}{}", first.to_ascii_uppercase(), chars.as_str()),
        None => String::new(),
    }
}
