//! Adding the key can hang for good.

use super::asking::{new_keys, warn};
use super::{Rule, RuleCx, RuleFinding};
use crate::change::Change;
use crate::target::Engine;

/// The rule.
pub const RULE: Rule = Rule {
    id: "foreign-key-hangs",
    title: "Adding the key can hang for good",
    when: "MySQL 5.7 adds a foreign key with foreign_key_checks on.",
    effect: "A row of the parent that an open transaction has changed stops the copy; even KILL does not end it, and writes to the table wait.",
    why: "The copy waits for row locks in the parent, and the wait cannot be interrupted.",
    instead: "SET SESSION foreign_key_checks = 0, add the key INPLACE, switch it on, then look for orphans.",
    sources: &["MySQL manual: Online DDL, Foreign Key Operations"],
    check,
};

fn check(cx: &RuleCx<'_>) -> Option<RuleFinding> {
    let Change::AddConstraint { table, .. } = &cx.action.change else { return None };
    let old = cx.world.target.engine() == Engine::MySql && !cx.world.target.version.at_least(8, 0, 0);
    let keys = new_keys(&cx.action.change);
    let key = keys.first().filter(|_| old && !cx.session.foreign_keys_off && cx.used(table))?;
    warn(format!("An open transaction on {} can stop it for good.", key.key.references))
}
