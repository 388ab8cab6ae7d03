//! DROP … CASCADE.

use super::asking::has;
use super::blocking::in_use;
use super::{Rule, RuleCx, RuleFinding};
use crate::change::{Change, ObjectVerb};
use crate::engines::{self, Capability};
use crate::report::Severity;

/// The rule.
pub const RULE: Rule = Rule {
    id: "cascade-takes-along",
    title: "CASCADE drops what is not named",
    when: "Something is dropped with CASCADE.",
    effect: "Views, foreign keys, functions and other dependants disappear with it, without being named.",
    why: "The list is decided by the server at run time, and differs between staging and production when they differ.",
    instead: "Name the dependants, drop them one by one, and leave CASCADE out: the server then refuses what was forgotten.",
    sources: &["PostgreSQL manual: Dependency Tracking"],
    check,
};

fn check(cx: &RuleCx<'_>) -> Option<RuleFinding> {
    let cascades = match &cx.action.change {
        Change::DropTable { tables, cascade, .. } => *cascade && tables.iter().any(|t| in_use(cx, t)),
        Change::DropColumn { table, cascade, .. } | Change::DropConstraint { table, cascade, .. } => {
            *cascade && in_use(cx, table)
        }
        Change::DropView { names, cascade, .. } => *cascade && !cx.on_new_objects && !names.is_empty(),
        Change::DropIndex { cascade, .. } => *cascade,
        Change::Object { verb: ObjectVerb::Drop, .. } => has(&cx.words(), " CASCADE "),
        _ => false,
    };
    // MySQL reads the word and ignores it; there nothing is taken along.
    let ignored = !engines::of(cx.world.target.engine()).can(Capability::CascadeDrops, cx.world.target);
    (cascades && !ignored).then(|| RuleFinding {
        severity: Severity::Warning,
        message: "Whatever depends on it is dropped too, without being named.".to_string(),
    })
}
