//! The index has many columns.

use super::asking::note;
use super::{Rule, RuleCx, RuleFinding};
use crate::change::Change;

/// The rule.
pub const RULE: Rule = Rule {
    id: "wide-index",
    title: "The index has many columns",
    when: "An index on more than three columns is made.",
    effect: "It is large, every write maintains it, and few queries use more than its first columns.",
    why: "Only a query that gives the leading columns can use the later ones.",
    instead: "Keep the columns that the query filters by; INCLUDE what it only reads (PostgreSQL).",
    sources: &["PostgreSQL manual: Multicolumn Indexes"],
    check,
};

fn check(cx: &RuleCx<'_>) -> Option<RuleFinding> {
    let Change::CreateIndex(index) = &cx.action.change else { return None };
    let count = index.parts.len();
    if count > 3 && !index.unique { note(format!("It has {count} columns.")) } else { None }
}
