//! Rows written while the lock of a structure change is held.

use super::{Rule, RuleCx, RuleFinding};
use crate::change::Change;
use crate::report::Severity;
use crate::world::Touched;

/// The rule.
pub const RULE: Rule = Rule {
    id: "schema-and-data-together",
    title: "Schema and data in one transaction",
    when: "Rows are changed in the transaction that also changes the structure.",
    effect: "Every lock of the structure change is held while the rows are written: all traffic on the table waits.",
    why: "Locks are released at COMMIT only.",
    instead: "Put the data change into a migration of its own, in batches, after the structure change has committed.",
    sources: &["PostgreSQL manual: Explicit Locking"],
    check,
};

fn check(cx: &RuleCx<'_>) -> Option<RuleFinding> {
    let table = match &cx.action.change {
        Change::Update { table, filter, .. } | Change::Delete { table, filter } => {
            (cx.world.touched(table, filter) != Touched::Few).then_some(table)?
        }
        Change::Insert { table, from_query: true, .. } => table,
        _ => return None,
    };
    if !cx.session.ddl_in_transaction {
        return None;
    }
    let held = cx.session.held.iter().find(|lock| !cx.world.schema.is_new(&lock.object) && lock.blocks_writes)?;
    Some(RuleFinding {
        severity: if cx.world.schema.is_new(table) && held.object == *table {
            Severity::Info
        } else {
            Severity::Danger
        },
        message: format!(
            "The transaction holds {} on {}: traffic on it waits until these rows are written and the transaction commits.",
            held.mode, held.object
        ),
    })
}
