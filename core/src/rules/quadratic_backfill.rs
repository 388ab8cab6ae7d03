//! Each batch reads all that is done already.

use super::asking::note;
use super::{Rule, RuleCx, RuleFinding};
use crate::change::{Change, RowFilter};

/// The rule.
pub const RULE: Rule = Rule {
    id: "quadratic-backfill",
    title: "Each batch reads all that is done already",
    when: "A batch is cut off by LIMIT and finds its rows by the column that it fills, not by the key.",
    effect: "The time of a batch grows with every batch: on large tables hours become days.",
    why: "Rows that are done stay in front of those that are not.",
    instead: "Walk the key: WHERE id > last AND id <= next, with the next bound read by ORDER BY id LIMIT n.",
    sources: &["PostgreSQL manual: LIMIT and OFFSET", "MySQL manual: LIMIT Query Optimization"],
    check,
};

fn check(cx: &RuleCx<'_>) -> Option<RuleFinding> {
    let (Change::Update { table, filter, .. } | Change::Delete { table, filter }) = &cx.action.change else {
        return None;
    };
    let RowFilter::Where { by_range, batch: true, .. } = filter else { return None };
    let walks = cx.world.schema.names_rows(table, by_range);
    if cx.used(table) && !walks { note("The later the batch, the more rows it passes over.") } else { None }
}
