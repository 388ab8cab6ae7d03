//! The table has no primary key.

use super::asking::{new_constraints, note};
use super::{Rule, RuleCx, RuleFinding};
use crate::change::{Change, ConstraintKind};
use crate::target::Engine;

/// The rule.
pub const RULE: Rule = Rule {
    id: "table-without-key",
    title: "The table has no primary key",
    when: "A table is created without a primary key, and none is added in the same text.",
    effect: "Rows cannot be told apart: no batches by key, no logical replication of updates, no online rebuild by a tool.",
    why: "All of them find a row by its key.",
    instead: "Give it a primary key.",
    sources: &[
        "PostgreSQL manual: Logical Replication, Replica Identity",
        "MySQL manual: Restrictions on Online DDL tools",
    ],
    check,
};

fn check(cx: &RuleCx<'_>) -> Option<RuleFinding> {
    let Change::CreateTable(def) = &cx.action.change else { return None };
    let elsewhere = def.temporary || def.external || !def.complete || def.like.is_some() || def.partition_of.is_some();
    // In SQLite every row has its rowid.
    if elsewhere || !def.inherits.is_empty() || cx.world.target.engine() == Engine::Sqlite {
        return None;
    }
    let is_key = |kind: &ConstraintKind| matches!(kind, ConstraintKind::PrimaryKey { .. });
    let has_key = new_constraints(&cx.action.change).any(|(_, _, c)| is_key(&c.kind));
    let gets_key = || {
        cx.later().any(|action| match &action.change {
            Change::AddConstraint { table, constraint } => cx.same_table(table, &def.name) && is_key(&constraint.kind),
            _ => false,
        })
    };
    if has_key || gets_key() { None } else { note(format!("Nothing tells the rows of {} apart.", def.name)) }
}
