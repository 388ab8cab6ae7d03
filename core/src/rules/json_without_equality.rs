//! A json column cannot be compared.

use super::asking::{by_use, columns_of_type};
use super::{Rule, RuleCx, RuleFinding};
use crate::change::Change;
use crate::target::Engine;

/// The rule.
pub const RULE: Rule = Rule {
    id: "json-without-equality",
    title: "A json column cannot be compared",
    when: "A column of type json is added or created (PostgreSQL).",
    effect: "SELECT DISTINCT, GROUP BY, UNION and ORDER BY over it fail (42883), so a SELECT DISTINCT * that runs today fails too.",
    why: "The type json has no equality operator.",
    instead: "Use jsonb.",
    sources: &["PostgreSQL manual: JSON Types"],
    check,
};

fn check(cx: &RuleCx<'_>) -> Option<RuleFinding> {
    let postgres = cx.world.target.engine() == Engine::Postgres;
    let columns = columns_of_type(&cx.action.change, |t| postgres && t.base == "json")?;
    let used = matches!(&cx.action.change, Change::AddColumn { table, .. } if cx.used(table));
    by_use(used, format!("SELECT DISTINCT, GROUP BY and UNION over {columns} fail."))
}
