//! A limit on the length is hard to change.

use super::asking::{columns_of_type, note};
use super::{Rule, RuleCx, RuleFinding};
use crate::target::Engine;

/// The rule.
pub const RULE: Rule = Rule {
    id: "varchar-limit",
    title: "A limit on the length is hard to change",
    when: "A column of type varchar(n) is defined (PostgreSQL).",
    effect: "A lower limit later has to check every row under a lock, and refuses rows that are longer.",
    why: "The limit is part of the type; text is stored the same way and is as fast.",
    instead: "Use text, with a CHECK on the length where one is needed: it can be replaced NOT VALID.",
    sources: &["PostgreSQL manual: Character Types"],
    check,
};

fn check(cx: &RuleCx<'_>) -> Option<RuleFinding> {
    let postgres = cx.world.target.engine() == Engine::Postgres;
    let columns = columns_of_type(&cx.action.change, |t| postgres && t.base == "varchar" && !t.args.is_empty())?;
    note(format!("The limit of {columns} is part of the type."))
}
