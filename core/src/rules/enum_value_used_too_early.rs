//! A new enum label used before the commit that makes it known.

use super::{Rule, RuleCx, RuleFinding};
use crate::change::Change;
use crate::report::Severity;

/// The rule.
pub const RULE: Rule = Rule {
    id: "enum-value-used-too-early",
    title: "The new label is used before its commit",
    when: "A label is added to an enum, and a later statement of the same transaction names it.",
    effect: "The server refuses the use (55P04), and the whole transaction is rolled back.",
    why: "A label added to an existing type may be used only after the transaction that adds it has committed.",
    instead: "Add the label in a migration of its own; use it in the next one.",
    sources: &["PostgreSQL manual: ALTER TYPE, Notes"],
    check,
};

fn check(cx: &RuleCx<'_>) -> Option<RuleFinding> {
    if matches!(cx.action.change, Change::AddEnumValue { .. } | Change::Object { .. }) {
        return None;
    }
    let text = cx.text.get(cx.action.span.start..cx.action.span.end)?;
    let quoted = |label: &&String| text.contains(&format!("'{}'", label.replace('\'', "''")));
    let label = cx.session.new_labels.iter().find(quoted)?;
    Some(RuleFinding {
        severity: Severity::Danger,
        message: format!(
            "The label '{label}' was added in this transaction; it cannot be used before the commit (55P04)."
        ),
    })
}
