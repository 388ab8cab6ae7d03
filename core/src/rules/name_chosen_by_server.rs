//! The server chooses the name.

use super::asking::note;
use super::{Rule, RuleCx, RuleFinding};
use crate::change::{Change, ConstraintKind};
use crate::target::Engine;

/// The rule.
pub const RULE: Rule = Rule {
    id: "name-chosen-by-server",
    title: "The server chooses the name",
    when: "A constraint or an index is added without a name.",
    effect: "Later migrations have to guess the name, and it can differ between two databases.",
    why: "Names are made from what is there at that moment.",
    instead: "Name it.",
    sources: &["PostgreSQL manual: ALTER TABLE", "MySQL manual: ALTER TABLE"],
    check,
};

fn check(cx: &RuleCx<'_>) -> Option<RuleFinding> {
    let what = match &cx.action.change {
        Change::AddConstraint { constraint, .. } if constraint.name.is_none() && constraint.using_index.is_none() => {
            match constraint.kind {
                ConstraintKind::PrimaryKey { .. } => return None,
                _ => "constraint",
            }
        }
        Change::CreateIndex(index) if index.name.is_none() && cx.world.target.engine() == Engine::Postgres => "index",
        _ => return None,
    };
    note(format!("This {what} gets a name that is not written anywhere."))
}
