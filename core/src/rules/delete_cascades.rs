//! Deletes reach into another table.

use super::asking::{new_keys, note};
use super::{Rule, RuleCx, RuleFinding};
use crate::change::ReferentialAction;

/// The rule.
pub const RULE: Rule = Rule {
    id: "delete-cascades",
    title: "Deletes reach into another table",
    when: "A foreign key is added with ON DELETE CASCADE.",
    effect: "One delete in the parent deletes any number of child rows in the same statement, under locks; code that relied on the error changes its meaning.",
    why: "The server follows the key by itself.",
    instead: "Without the clause a delete that is not expected fails; delete many children in batches first.",
    sources: &["PostgreSQL manual: Foreign Keys", "MySQL manual: FOREIGN KEY Constraints"],
    check,
};

fn check(cx: &RuleCx<'_>) -> Option<RuleFinding> {
    let keys = new_keys(&cx.action.change);
    let key = keys.iter().find(|key| key.key.on_delete == ReferentialAction::Cascade)?;
    note(format!("A delete in {} deletes rows of {}.", key.key.references, key.table))
}
