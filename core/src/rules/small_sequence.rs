//! The sequence ends early.

use super::asking::{has, note};
use super::{Rule, RuleCx, RuleFinding};
use crate::change::{Change, ObjectKind, ObjectVerb};

/// The rule.
pub const RULE: Rule = Rule {
    id: "small-sequence",
    title: "The sequence ends early",
    when: "A sequence of type integer or smallint is created (PostgreSQL).",
    effect: "nextval fails after 2,147,483,647 (or 32,767) numbers.",
    why: "Numbers are used up by rolled-back inserts too.",
    instead: "Leave AS away: a sequence is bigint.",
    sources: &["PostgreSQL manual: CREATE SEQUENCE"],
    check,
};

fn check(cx: &RuleCx<'_>) -> Option<RuleFinding> {
    let Change::Object { verb: ObjectVerb::Create, kind: ObjectKind::Sequence, .. } = &cx.action.change else {
        return None;
    };
    let small = has(cx.sql(), " AS INT") || has(cx.sql(), " AS SMALLINT");
    if small { note("Its numbers end before those of a bigint column do.") } else { None }
}
