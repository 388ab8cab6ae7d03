//! The time has no time zone.

use super::asking::{columns_of_type, note};
use super::{Rule, RuleCx, RuleFinding};
use crate::target::Engine;

/// The rule.
pub const RULE: Rule = Rule {
    id: "timestamp-without-time-zone",
    title: "The time has no time zone",
    when: "A column of type timestamp, without time zone, is defined (PostgreSQL).",
    effect: "The same value means other moments to sessions with other time zones.",
    why: "Nothing says which zone the stored time is in.",
    instead: "Use timestamptz, unless a time of day without a place is meant.",
    sources: &["PostgreSQL manual: Date/Time Types"],
    check,
};

fn check(cx: &RuleCx<'_>) -> Option<RuleFinding> {
    let postgres = cx.world.target.engine() == Engine::Postgres;
    let columns = columns_of_type(&cx.action.change, |t| postgres && t.base == "timestamp")?;
    note(format!("Nothing says which time zone {columns} is in."))
}
