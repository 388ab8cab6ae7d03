//! UPDATE or DELETE of many rows at once.

use super::blocking::blocked;
use super::{Rule, RuleCx, RuleFinding};
use crate::change::Change;
use crate::facts::WorkKind;
use crate::world::Touched;

/// The rule.
pub const RULE: Rule = Rule {
    id: "big-write-in-one-statement",
    title: "Many rows in one statement",
    when: "An UPDATE or DELETE goes over many rows of a table in use in one statement.",
    effect: "Its row locks are held until it ends: writers of the same rows wait, replicas lag, dead rows pile up.",
    why: "One statement is one transaction; nothing of it is released before its end, and a failure near the end undoes all of it.",
    instead: "Go over the key in batches of some thousand rows, with a commit and a pause after each.",
    sources: &["PostgreSQL manual: Explicit Locking, Row-Level Locks", "MySQL manual: InnoDB Locking"],
    check,
};

fn check(cx: &RuleCx<'_>) -> Option<RuleFinding> {
    let (Change::Update { table, filter, .. } | Change::Delete { table, filter }) = &cx.action.change else {
        return None;
    };
    if matches!(cx.world.touched(table, filter), Touched::Few | Touched::Batch) {
        return None;
    }
    let blocked = blocked(cx, |work| matches!(work, WorkKind::Update { .. } | WorkKind::Delete { .. }))?;
    Some(RuleFinding {
        severity: blocked.severity,
        message: format!("Rows stay locked until the statement ends, {}; {} for them.", blocked.how_long, blocked.who),
    })
}
