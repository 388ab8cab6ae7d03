//! DDL in a transaction that it silently ends.

use super::{Rule, RuleCx, RuleFinding};
use crate::facts::Transactional;
use crate::report::Severity;

/// The rule.
pub const RULE: Rule = Rule {
    id: "implicit-commit",
    title: "DDL commits the open transaction",
    when: "DDL stands in a transaction block of an engine that commits before and after every DDL statement.",
    effect: "What came before is committed, and ROLLBACK does not take it back.",
    why: "The engine has no transactional DDL.",
    instead: "One DDL statement per file, data changes in files of their own.",
    sources: &["MySQL manual: Statements That Cause an Implicit Commit"],
    check,
};

fn check(cx: &RuleCx<'_>) -> Option<RuleFinding> {
    let explicit = cx.statement.transaction.is_some();
    let commits = cx.effects.transactional == Transactional::ImplicitCommit;
    (commits && explicit).then(|| RuleFinding {
        severity: Severity::Warning,
        message: "This commits the open transaction; a later ROLLBACK does not undo it.".to_string(),
    })
}
