//! The batch reads the whole table.

use super::asking::warn;
use super::{Rule, RuleCx, RuleFinding};
use crate::change::{Change, RowFilter};

/// The rule.
pub const RULE: Rule = Rule {
    id: "row-constructor-paging",
    title: "The batch reads the whole table",
    when: "MySQL or MariaDB is given a range of several columns as (a, b) > (x, y).",
    effect: "No index is used for it: each batch reads, and in UPDATE and DELETE locks, the whole table.",
    why: "The optimizer takes row constructors apart for equality only.",
    instead: "a > x OR (a = x AND b > y), with a >= x beside it.",
    sources: &["MySQL manual: Row Constructor Expression Optimization"],
    check,
};

fn check(cx: &RuleCx<'_>) -> Option<RuleFinding> {
    let (Change::Update { table, filter, .. } | Change::Delete { table, filter }) = &cx.action.change else {
        return None;
    };
    let RowFilter::Where { condition, .. } = filter else { return None };
    let found = cx.world.target.engine().is_mysql_family() && compares_rows(&condition.text) && cx.used(table);
    if found { warn(format!("Each batch reads all of {table}.")) } else { None }
}

/// `(a, b) >= (…`.
fn compares_rows(text: &str) -> bool {
    let mut inside: Option<bool> = None;
    let mut row_closed = false;
    for c in text.chars().filter(|c| !c.is_whitespace()) {
        match (c, inside) {
            ('(', _) => inside = Some(false),
            (',', Some(_)) => inside = Some(true),
            (')', Some(several)) => (row_closed, inside) = (several, None),
            ('<' | '>', None) if row_closed => return true,
            _ => row_closed = false,
        }
    }
    false
}
