//! A domain's constraint is hard to change.

use super::asking::{has, note};
use super::{Rule, RuleCx, RuleFinding};
use crate::change::{Change, ObjectKind, ObjectVerb};

/// The rule.
pub const RULE: Rule = Rule {
    id: "domain-with-constraint",
    title: "A domain's constraint is hard to change",
    when: "A domain is created with a CHECK or NOT NULL (PostgreSQL).",
    effect: "A column of it is added by writing the table anew, and a change of the constraint reads every table that uses it, under locks.",
    why: "The constraint belongs to the type, not to a table.",
    instead: "Put the CHECK on the column, where it can be added NOT VALID.",
    sources: &["PostgreSQL manual: CREATE DOMAIN; ALTER DOMAIN"],
    check,
};

fn check(cx: &RuleCx<'_>) -> Option<RuleFinding> {
    let Change::Object { verb: ObjectVerb::Create, kind: ObjectKind::Domain, .. } = &cx.action.change else {
        return None;
    };
    let bound = has(cx.sql(), "CHECK") || has(cx.sql(), "NOT NULL");
    if bound { note("It is part of the type of every column that uses it.") } else { None }
}
