//! A statement that fails on this server.

use super::{Rule, RuleCx, RuleFinding};
use crate::report::Severity;

/// The rule.
pub const RULE: Rule = Rule {
    id: "refused-by-server",
    title: "The server refuses it",
    when: "A statement that this version of the server does not accept, or that its rows cannot meet.",
    effect: "It fails, and the migration stops there.",
    why: "The form does not exist in this version, or something depends on what it changes.",
    instead: "Use the steps of the plan, or the version that has it.",
    sources: &["the fact table of the engine; see the evidence of the statement"],
    check,
};

fn check(cx: &RuleCx<'_>) -> Option<RuleFinding> {
    // The rule on NOT NULL without a default says it better.
    if (super::not_null_without_default::RULE.check)(cx).is_some() {
        return None;
    }
    let why = cx.effects.refused.as_ref()?;
    Some(RuleFinding { severity: Severity::Danger, message: format!("{} refuses it: {why}.", cx.world.target.title()) })
}
