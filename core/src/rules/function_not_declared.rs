//! The function does not say what it does with data.

use super::asking::{has, warn};
use super::{Rule, RuleCx, RuleFinding};
use crate::change::{Change, ObjectKind, ObjectVerb};
use crate::target::Engine;

/// The rule.
pub const RULE: Rule = Rule {
    id: "function-not-declared",
    title: "The function does not say what it does with data",
    when: "MySQL: CREATE FUNCTION without DETERMINISTIC, NO SQL or READS SQL DATA.",
    effect: "Where the server writes a binary log (from 8.0 on it does unless it is told not to) and log_bin_trust_function_creators is off, it refuses the statement (error 1418).",
    why: "A function whose value differs, or that writes, could give replicas other rows than the source.",
    instead: "Say what is true: DETERMINISTIC, NO SQL or READS SQL DATA.",
    sources: &["MySQL manual: Stored Program Binary Logging"],
    check,
};

fn check(cx: &RuleCx<'_>) -> Option<RuleFinding> {
    let Change::Object { verb: ObjectVerb::Create, kind: ObjectKind::Function, name: Some(name), .. } =
        &cx.action.change
    else {
        return None;
    };
    let said = cx.statement_says(" DETERMINISTIC ") && !cx.statement_says(" NOT DETERMINISTIC ")
        || [" NO SQL ", " READS SQL DATA ", " SONAME "].into_iter().any(|words| cx.statement_says(words));
    let before = cx.text.get(..cx.statement.span.start).unwrap_or_default();
    if said || cx.world.target.engine() != Engine::MySql || has(before, "LOG_BIN_TRUST_FUNCTION_CREATORS") {
        return None;
    }
    warn(format!(
        "{name} says neither DETERMINISTIC nor NO SQL nor READS SQL DATA: refused (error 1418) where there is a binary log and log_bin_trust_function_creators is off."
    ))
}
