//! Privileges taken away.

use super::{Rule, RuleCx, RuleFinding};
use crate::change::{Change, ObjectVerb};
use crate::report::Severity;

/// The rule.
pub const RULE: Rule = Rule {
    id: "revoke-breaks-code",
    title: "Privileges are taken away",
    when: "A privilege on something that exists is revoked.",
    effect: "Queries that need the privilege fail from the moment this commits.",
    why: "Old code runs until the last instance is replaced, with the role that it has.",
    instead: "Make sure that no running code uses the privilege; revoke it after the deploy that no longer needs it.",
    sources: &["PostgreSQL manual: REVOKE", "MySQL manual: REVOKE"],
    check,
};

fn check(cx: &RuleCx<'_>) -> Option<RuleFinding> {
    let Change::Object { verb: ObjectVerb::Revoke, kind, name, on, .. } = &cx.action.change else { return None };
    let schema = cx.world.schema;
    let new = name
        .iter()
        .chain(on)
        .any(|name| schema.is_new(name) || schema.object(*kind, name).is_some_and(|object| object.new));
    let what = name.as_ref().or(on.as_ref()).map(|name| format!(" on {name}")).unwrap_or_default();
    (!new).then(|| RuleFinding {
        severity: Severity::Warning,
        message: format!("Queries that need the privilege{what} fail from now on."),
    })
}
