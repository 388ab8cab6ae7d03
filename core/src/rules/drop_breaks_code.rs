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
    when: "Something that the application may use is dropped or changed so that its statements fail: a view, type, constraint, index, sequence, function, default.",
    effect: "Queries that name it fail from the moment this commits.",
    why: "Old code runs until the last instance is replaced.",
    instead: "Make code that works with and without it first, deploy that, then change or drop it; the plan has the steps.",
    sources: &["PostgreSQL manual: Dependency Tracking"],
    check,
};

fn check(cx: &RuleCx<'_>) -> Option<RuleFinding> {
    // These have rules of their own, which say the same and more.
    let elsewhere = matches!(
        cx.action.change,
        Change::DropTable { .. }
            | Change::DropColumn { .. }
            | Change::Truncate { .. }
            | Change::Delete { .. }
            | Change::AddColumn { .. }
    );
    let renames = (super::rename_breaks_code::RULE.check)(cx).is_some();
    let RunningCode::Breaks(what) = &cx.effects.running_code else { return None };
    (!elsewhere && !renames && !cx.on_new_objects).then(|| RuleFinding {
        severity: Severity::Danger,
        message: format!("{}.", sentence(what.trim_end_matches('.'))),
    })
}
