//! A hash index answers equality only.

use super::asking::note;
use super::{Rule, RuleCx, RuleFinding};
use crate::change::Change;
use crate::target::Engine;

/// The rule.
pub const RULE: Rule = Rule {
    id: "hash-index",
    title: "A hash index answers equality only",
    when: "An index USING hash is made (PostgreSQL).",
    effect: "It serves no order, no range, no unique constraint and no second column.",
    why: "It keeps hash codes, not values.",
    instead: "Use a btree unless the values are long and only compared for equality.",
    sources: &["PostgreSQL manual: Index Types"],
    check,
};

fn check(cx: &RuleCx<'_>) -> Option<RuleFinding> {
    let Change::CreateIndex(index) = &cx.action.change else { return None };
    let hash = index.method.as_deref() == Some("hash") && cx.world.target.engine() == Engine::Postgres;
    if hash { note("Only = can use it.") } else { None }
}
