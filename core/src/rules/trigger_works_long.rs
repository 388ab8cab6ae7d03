//! A trigger whose body reads or writes all of another table.

use super::asking::warn;
use super::{Rule, RuleCx, RuleFinding};
use crate::change::{BATCH_AT_MOST, Change, Name, ObjectKind, ObjectVerb, RowFilter};
use crate::parse::{self, Step};
use crate::target::Engine;

/// The rule.
pub const RULE: Rule = Rule {
    id: "trigger-works-long",
    title: "Every write runs a long statement",
    when: "A trigger is made on a table in use, and a statement in its body goes over a large table without a key or an index that leads to few rows (MySQL, MariaDB, SQLite).",
    effect: "Every row that is written waits for that statement, and its transaction keeps the locks that the statement takes.",
    why: "The body runs once for each row, inside the statement that writes it.",
    instead: "Find the rows of the body by a key or an index (WHERE id = NEW.…), or do that work in a job.",
    sources: &[
        "MySQL manual: Trigger Syntax and Examples; Locks Set by Different SQL Statements in InnoDB",
        "SQLite manual: CREATE TRIGGER",
    ],
    check,
};

/// A scan of fewer rows goes unnoticed.
const FEW: u64 = BATCH_AT_MOST / 10;

fn check(cx: &RuleCx<'_>) -> Option<RuleFinding> {
    let Change::Object { verb: ObjectVerb::Create | ObjectVerb::Replace, kind: ObjectKind::Trigger, on, text, .. } =
        &cx.action.change
    else {
        return None;
    };
    let target = cx.world.target;
    if target.engine() == Engine::Postgres || on.as_ref().is_some_and(|table| !cx.used(table)) {
        return None;
    }
    let body = parse::body(text, target);
    let (does, table) = body.steps.iter().find_map(|step| works_on(cx, step))?;
    warn(format!("Each row that is written {does} {table}."))
}

/// The large table that a statement goes over, and what it does there.
fn works_on(cx: &RuleCx<'_>, step: &Step) -> Option<(&'static str, Name)> {
    let long = |table: &Name, filter: &RowFilter| {
        let rows = cx.world.sizes.rows(&cx.world, table);
        !cx.world.looks_up(table, filter) && (rows.rows > FEW || !rows.known)
    };
    let script = parse::parse(&step.sql, cx.world.target);
    for action in script.statements.into_iter().flat_map(|statement| statement.changes) {
        match action.change {
            Change::Update { table, filter, .. } | Change::Delete { table, filter } if long(&table, &filter) => {
                return Some(("changes rows all over", table));
            }
            Change::Insert { source, .. } => {
                if let Some(table) = cx
                    .world
                    .reads_whole(&source)
                    .filter(|table| source.iter().all(|(read, filter)| read != *table || long(read, filter)))
                {
                    return Some(("reads all of", table.clone()));
                }
            }
            _ => {}
        }
    }
    let reads = parse::inside::reads(&step.sql, cx.world.target);
    reads.into_iter().find(|(table, filter)| long(table, filter)).map(|(table, _)| ("reads all of", table))
}
