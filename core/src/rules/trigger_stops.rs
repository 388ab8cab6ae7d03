//! A trigger that no longer fires.

use super::asking::has;
use super::{Rule, RuleCx, RuleFinding};
use crate::change::{Change, ObjectKind, ObjectVerb, TableOption};
use crate::report::Severity;

/// The rule.
pub const RULE: Rule = Rule {
    id: "trigger-stops",
    title: "A trigger no longer fires",
    when: "A trigger of a table in use is dropped or switched off.",
    effect: "What it did no longer happens, silently; DISABLE TRIGGER ALL also switches foreign keys off.",
    why: "Rows written meanwhile are neither synchronised nor checked, and nothing does it for them later.",
    instead: "Make sure that no running code relies on it; drop it in the last phase, after the deploy that no longer needs it.",
    sources: &["PostgreSQL manual: DROP TRIGGER; ALTER TABLE, DISABLE TRIGGER", "MySQL manual: DROP TRIGGER"],
    check,
};

fn check(cx: &RuleCx<'_>) -> Option<RuleFinding> {
    let schema = cx.world.schema;
    let message = match &cx.action.change {
        Change::Object { verb: ObjectVerb::Drop, kind: ObjectKind::Trigger, name: Some(name), on, .. } => {
            let known = schema.object(ObjectKind::Trigger, name);
            let table = on.as_ref().or(known.and_then(|trigger| trigger.on.as_ref()));
            let gone = known.is_none() && schema.dropped_trigger(name).is_some();
            if gone
                || known.is_some_and(|trigger| trigger.new)
                || table.is_some_and(|table| schema.is_new(table))
                // `DROP TRIGGER IF EXISTS t …; CREATE TRIGGER t …`: it is made again in the same script.
                || cx.ahead.makes_trigger(cx.index, name)
            {
                return None;
            }
            format!("What the trigger {name} did no longer happens from now on.")
        }
        Change::SetTableOption { table, option: TableOption::Triggers }
            if !schema.is_new(table) && has(&cx.words(), " DISABLE TRIGGER ") =>
        {
            format!("What the trigger on {table} did no longer happens from now on.")
        }
        _ => return None,
    };
    Some(RuleFinding { severity: Severity::Warning, message })
}
