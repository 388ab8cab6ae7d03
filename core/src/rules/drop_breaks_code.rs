//! Something that running code may use goes away or changes.

use super::blocking::sentence;
use super::{Rule, RuleCx, RuleFinding};
use crate::change::Change;
use crate::facts::RunningCode;
use crate::report::Severity;

/// The rule.
pub const RULE: Rule = Rule {
    id: "drop-breaks-code",
    title: "Running code breaks at once",
    when: "A view, type, constraint, index, sequence or function that the application may use is dropped or changed.",
    effect: "Queries that name it fail from the moment this commits.",
    why: "Old code runs until the last instance is replaced.",
    instead: "Make code that works with and without it first, deploy that, then change or drop it; the plan has the steps.",
    sources: &["PostgreSQL manual: Dependency Tracking"],
    check,
};

fn check(cx: &RuleCx<'_>) -> Option<RuleFinding> {
    let concerned = matches!(
        cx.action.change,
        Change::DropView { .. }
            | Change::Object { .. }
            | Change::DropIndex { .. }
            | Change::DropConstraint { .. }
            | Change::ChangeColumnType { .. }
            | Change::RedefineColumn { .. }
            | Change::Partition { .. }
            | Change::SetColumnOption { .. }
            | Change::CreateView { .. }
    );
    let renames = (super::rename_breaks_code::RULE.check)(cx).is_some();
    let RunningCode::Breaks(what) = &cx.effects.running_code else { return None };
    (concerned && !renames).then(|| RuleFinding {
        severity: Severity::Danger,
        message: format!("{}.", sentence(what.trim_end_matches('.'))),
        instead: RULE.instead.to_string(),
        span: None,
    })
}
