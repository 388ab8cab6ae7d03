//! Rows written meanwhile are missed.

use super::asking::{has, warn};
use super::{Rule, RuleCx, RuleFinding};
use crate::change::{Change, ObjectKind, ObjectVerb};
use crate::world::Touched;

/// The rule.
pub const RULE: Rule = Rule {
    id: "backfill-before-trigger",
    title: "Rows written meanwhile are missed",
    when: "A statement fills a column, and the trigger that keeps the column in step comes later.",
    effect: "Rows that old code writes between the two have no value, and nothing looks for them again.",
    why: "The bounds of the backfill were read before the trigger was in force for everybody.",
    instead: "Create the trigger, commit, and only then read the bounds and fill.",
    sources: &["PostgreSQL manual: Explicit Locking"],
    check,
};

fn check(cx: &RuleCx<'_>) -> Option<RuleFinding> {
    let Change::Update { table, columns, filter } = &cx.action.change else { return None };
    if !cx.used(table) || cx.world.touched(table, filter) == Touched::Few {
        return None;
    }
    let triggers = |change: &Change| match change {
        Change::Object {
            verb: ObjectVerb::Create | ObjectVerb::Replace,
            kind: ObjectKind::Trigger,
            on: Some(on),
            ..
        } => cx.same_table(on, table),
        _ => false,
    };
    if !cx.later().any(|action| triggers(&action.change)) {
        return None;
    }
    let behind = cx.text_behind();
    let kept = columns.iter().find(|column| has(behind, &format!("NEW.{}", column.value.to_ascii_uppercase())))?;
    warn(format!("Rows of {table} written before the trigger is there keep an old {kept}."))
}
