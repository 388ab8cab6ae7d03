//! The function trusts the caller's search path.

use super::asking::{has, note};
use super::{Rule, RuleCx, RuleFinding};
use crate::change::{Change, ObjectKind, ObjectVerb};

/// The rule.
pub const RULE: Rule = Rule {
    id: "definer-without-search-path",
    title: "The function trusts the caller's search path",
    when: "A SECURITY DEFINER function is made without SET search_path (PostgreSQL).",
    effect: "Who calls it can put an object of their own in front of one that it names, and run it with the owner's rights.",
    why: "Names are looked up by the search path of the caller.",
    instead: "SET search_path = pg_catalog, and qualify the names.",
    sources: &["PostgreSQL manual: CREATE FUNCTION, Writing SECURITY DEFINER Functions Safely"],
    check,
};

fn check(cx: &RuleCx<'_>) -> Option<RuleFinding> {
    let Change::Object {
        verb: ObjectVerb::Create | ObjectVerb::Replace,
        kind: ObjectKind::Function | ObjectKind::Procedure,
        ..
    } = &cx.action.change
    else {
        return None;
    };
    let open = has(cx.sql(), "SECURITY DEFINER") && !has(cx.sql(), "SEARCH_PATH");
    if open { note("It runs with its owner's rights and the caller's search path.") } else { None }
}
