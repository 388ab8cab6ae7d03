//! PRAGMA foreign_keys where it has no effect.

use super::{Rule, RuleCx, RuleFinding};
use crate::change::Change;
use crate::report::Severity;

/// The rule.
pub const RULE: Rule = Rule {
    id: "pragma-in-transaction",
    title: "PRAGMA foreign_keys does nothing here",
    when: "PRAGMA foreign_keys stands inside a transaction.",
    effect: "It is a silent no-op: foreign keys stay as they were, and a table rebuild can delete the rows of referencing tables.",
    why: "SQLite changes this setting outside transactions only.",
    instead: "Set it before BEGIN; where the framework opens the transaction, mark the file as non-transactional.",
    sources: &["SQLite manual: PRAGMA foreign_keys"],
    check,
};

fn check(cx: &RuleCx<'_>) -> Option<RuleFinding> {
    let Change::Session(setting) = &cx.action.change else { return None };
    let concerned = setting.verb == "pragma" && setting.name == "foreign_keys" && !setting.value.is_empty();
    (concerned && cx.session.in_transaction).then(|| RuleFinding {
        severity: Severity::Danger,
        message: "Inside a transaction this changes nothing, without an error.".to_string(),
    })
}
