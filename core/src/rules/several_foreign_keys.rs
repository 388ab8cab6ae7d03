//! Foreign keys to several tables in one transaction.

use super::asking::{by_use, new_keys};
use super::{Rule, RuleCx, RuleFinding};
use crate::change::Change;

/// The rule.
pub const RULE: Rule = Rule {
    id: "several-foreign-keys",
    title: "Foreign keys to several tables in one transaction",
    when: "One transaction adds foreign keys that refer to two tables in use.",
    effect: "Writes to all of these tables wait until COMMIT, and a writer that uses them in another order makes a deadlock.",
    why: "Each key locks both of its tables against writes, and locks are held to COMMIT.",
    instead: "One foreign key per transaction.",
    sources: &["PostgreSQL manual: Explicit Locking; ALTER TABLE"],
    check,
};

fn check(cx: &RuleCx<'_>) -> Option<RuleFinding> {
    let Change::AddConstraint { table, .. } = &cx.action.change else { return None };
    let keys = new_keys(&cx.action.change);
    let parent = keys.iter().map(|key| &key.key.references).find(|parent| cx.used(parent))?;
    let other =
        |held: &&crate::change::Name| cx.used(held) && !cx.same_table(held, parent) && !cx.same_table(held, table);
    let first = cx.session.parents.iter().find(other).filter(|_| cx.session.in_transaction)?;
    by_use(cx.used(table), format!("Writes to {first} and {parent} wait until COMMIT."))
}
