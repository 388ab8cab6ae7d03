//! A failure leaves the file half applied.

use super::asking::note;
use super::{Rule, RuleCx, RuleFinding};
use crate::facts::Transactional;

/// The rule.
pub const RULE: Rule = Rule {
    id: "half-applied-file",
    title: "A failure leaves the file half applied",
    when: "One text has several statements, and the engine commits each by itself (MySQL, MariaDB).",
    effect: "When a later one fails, the earlier ones stay; the file cannot simply be run again.",
    why: "There is no transaction around DDL.",
    instead: "One statement per file.",
    sources: &["MySQL manual: Statements That Cause an Implicit Commit"],
    check,
};

fn check(cx: &RuleCx<'_>) -> Option<RuleFinding> {
    let commits = cx.effects.transactional == Transactional::ImplicitCommit;
    let first = cx.statement.changes.first().is_some_and(|first| std::ptr::eq(first, cx.action));
    if !(commits && first && cx.index > 0) {
        return None;
    }
    // Said once, at the second statement that matters.
    let control = |s: &crate::parse::Statement| {
        use crate::change::Change;
        s.changes.iter().all(|a| matches!(a.change, Change::Session(_) | Change::Transaction(_) | Change::Query { .. }))
    };
    let before = cx.script.statements.iter().take(cx.index).filter(|s| !control(s)).take(2).count();
    if before == 1 { note("What stands before it is committed, whatever happens here.") } else { None }
}
