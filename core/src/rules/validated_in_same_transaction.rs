//! NOT VALID gains nothing here.

use super::{Rule, RuleCx, RuleFinding};
use crate::change::Change;
use crate::estimate;
use crate::parse::Action;
use crate::report::Severity;

/// The rule.
pub const RULE: Rule = Rule {
    id: "validated-in-same-transaction",
    title: "NOT VALID gains nothing here",
    when: "A constraint is added NOT VALID and validated in the same transaction.",
    effect: "The lock of the ADD is held while every row is read: traffic waits as if NOT VALID were not there.",
    why: "Locks are released at COMMIT only.",
    instead: "Commit between the two; in a framework, write two migrations.",
    sources: &["PostgreSQL manual: ALTER TABLE, VALIDATE CONSTRAINT"],
    check,
};

fn check(cx: &RuleCx<'_>) -> Option<RuleFinding> {
    let Change::ValidateConstraint { table, name } = &cx.action.change else { return None };
    let added =
        |(of, own): &(crate::change::Name, crate::change::Ident)| cx.same_table(of, table) && cx.same(own, name);
    // Or in the statement itself.
    let beside = |action: &Action| match &action.change {
        Change::AddConstraint { table: of, constraint } => {
            constraint.not_valid
                && constraint.name.as_ref().is_some_and(|own| cx.same_table(of, table) && cx.same(own, name))
        }
        _ => false,
    };
    let held = cx.session.not_valid.iter().any(added) || cx.statement.changes.iter().any(beside);
    if !cx.used(table) || !held {
        return None;
    }
    let seconds: f64 = cx.effects.work.iter().map(|w| estimate::seconds(w, &cx.world).against_limit()).sum();
    let short = seconds <= cx.world.options.block_limit_ms as f64 / 1000.0;
    let known = cx.world.sizes.rows(&cx.world, table).known;
    let severity = if short && known { Severity::Info } else { Severity::Danger };
    Some(RuleFinding {
        severity,
        message: format!("The lock on {table} from adding {name} is held while every row is read."),
    })
}
