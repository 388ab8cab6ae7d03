//! char(n) pads with spaces.

use super::asking::{columns_of_type, note};
use super::{Rule, RuleCx, RuleFinding};
use crate::target::Engine;

/// The rule.
pub const RULE: Rule = Rule {
    id: "padded-char",
    title: "char(n) pads with spaces",
    when: "A column of type char(n) is defined (PostgreSQL).",
    effect: "Values are filled up with spaces, and trailing spaces get lost in comparisons.",
    why: "The standard says so; it saves neither space nor time.",
    instead: "Use text or varchar.",
    sources: &["PostgreSQL manual: Character Types"],
    check,
};

fn check(cx: &RuleCx<'_>) -> Option<RuleFinding> {
    let postgres = cx.world.target.engine() == Engine::Postgres;
    let columns = columns_of_type(&cx.action.change, |t| postgres && matches!(t.base.as_str(), "char" | "bpchar"))?;
    note(format!("Values of {columns} are filled up with spaces."))
}
