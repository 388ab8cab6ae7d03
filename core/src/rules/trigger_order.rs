//! The INSERT trigger comes before the UPDATE trigger.

use super::asking::{has, note, words};
use super::{Rule, RuleCx, RuleFinding};
use crate::change::{Change, Name, ObjectKind, ObjectVerb};

/// The rule.
pub const RULE: Rule = Rule {
    id: "trigger-order",
    title: "The INSERT trigger comes before the UPDATE trigger",
    when: "Triggers that keep two columns in step are made one by one, the one for INSERT first (MySQL, MariaDB).",
    effect: "A row inserted and then updated between the two keeps a value that is old but not NULL: a backfill that looks for NULL never finds it.",
    why: "Each CREATE TRIGGER commits, and traffic goes on in between.",
    instead: "UPDATE first, INSERT second; drop them in the reverse order; let the backfill compare values.",
    sources: &["MySQL manual: CREATE TRIGGER"],
    check,
};

fn check(cx: &RuleCx<'_>) -> Option<RuleFinding> {
    let table = made(&cx.action.change)?;
    if !cx.world.target.engine().is_mysql_family() || !cx.used(table) || !has(&cx.words(), " INSERT ON ") {
        return None;
    }
    let later = cx.later().filter(|action| made(&action.change).is_some_and(|on| cx.same_table(on, table)));
    let update = later.into_iter().any(|action| has(&words(action.span.of(cx.text), cx.world.target), " UPDATE ON "));
    if update {
        note(format!("A row of {table} that is written between the two triggers can stay out of step."))
    } else {
        None
    }
}

fn made(change: &Change) -> Option<&Name> {
    match change {
        Change::Object { verb: ObjectVerb::Create | ObjectVerb::Replace, kind: ObjectKind::Trigger, on, .. } => {
            on.as_ref()
        }
        _ => None,
    }
}
