//! The rows of a query fill a new table at once.

use super::asking::note;
use super::{Rule, RuleCx, RuleFinding};
use crate::change::Change;

/// The rule.
pub const RULE: Rule = Rule {
    id: "table-from-query",
    title: "The rows of a query fill a new table at once",
    when: "CREATE TABLE … AS SELECT, or SELECT INTO.",
    effect: "It runs as long as the query, in one transaction; constraints, defaults and indexes of the source do not come along; InnoDB locks the rows it reads.",
    why: "It is one INSERT of everything.",
    instead: "Create the table first, then fill it in batches.",
    sources: &["PostgreSQL manual: CREATE TABLE AS", "MySQL manual: CREATE TABLE ... SELECT"],
    check,
};

fn check(cx: &RuleCx<'_>) -> Option<RuleFinding> {
    let Change::CreateTable(def) = &cx.action.change else { return None };
    if def.fills() && !def.temporary { note(format!("{} is filled in one statement.", def.name)) } else { None }
}
