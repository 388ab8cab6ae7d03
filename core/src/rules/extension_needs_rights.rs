//! The extension has to be there.

use super::asking::note;
use super::{Rule, RuleCx, RuleFinding};
use crate::change::{Change, ObjectKind, ObjectVerb};

/// The rule.
pub const RULE: Rule = Rule {
    id: "extension-needs-rights",
    title: "The extension has to be there",
    when: "An extension is created.",
    effect: "It fails where the package is not installed or the role may not create it.",
    why: "Its files belong to the server, not to the database.",
    instead: "Look at pg_available_extensions on every server first.",
    sources: &["PostgreSQL manual: CREATE EXTENSION"],
    check,
};

fn check(cx: &RuleCx<'_>) -> Option<RuleFinding> {
    let Change::Object { verb: ObjectVerb::Create, kind: ObjectKind::Extension, .. } = &cx.action.change else {
        return None;
    };
    note("It has to be installed on the server, and allowed to this role.")
}
