//! A trigger whose body reads or writes all of another table.

use super::asking::warn;
use super::{Rule, RuleCx, RuleFinding};
use crate::change::{BATCH_AT_MOST, Change, Name, ObjectKind, ObjectVerb, RowFilter};
use crate::order::Gather;
use crate::parse::{self, Action, Statement, Step};
use crate::schema::{self, Object};
use crate::target::Engine;

/// The rule.
pub const RULE: Rule = Rule {
    id: "trigger-works-long",
    title: "Every write runs a long statement",
    when: "A trigger is made on a table in use, or its function is replaced, and a statement in the body goes over a large table without a key or an index that leads to few rows, or locks one.",
    effect: "Every row that is written waits for that statement, and its transaction keeps the locks that the statement takes.",
    why: "The body runs for each row or statement, inside the transaction that writes.",
    instead: "Find the rows of the body by a key or an index (WHERE id = NEW.…), or do that work in a job.",
    sources: &[
        "MySQL manual: Trigger Syntax and Examples; Locks Set by Different SQL Statements in InnoDB",
        "PostgreSQL manual: Overview of Trigger Behavior",
        "SQLite manual: CREATE TRIGGER",
    ],
    check,
};

/// A scan of fewer rows goes unnoticed.
const FEW: u64 = BATCH_AT_MOST / 10;

fn check(cx: &RuleCx<'_>) -> Option<RuleFinding> {
    let (each, body) = runs(cx)?;
    let body = parse::body(body, cx.world.target);
    let (does, table) = body.steps.iter().find_map(|step| works_on(cx, step))?;
    warn(format!("{each} {does} {table}."))
}

/// How often code begins to run by this change, and the statement that has the code.
fn runs<'a>(cx: &RuleCx<'a>) -> Option<(&'static str, &'a str)> {
    let Change::Object { verb: ObjectVerb::Create | ObjectVerb::Replace, kind, name, on, text } = &cx.action.change
    else {
        return None;
    };
    match kind {
        ObjectKind::Trigger if on.as_ref().is_some_and(|table| !cx.used(table)) => None,
        ObjectKind::Trigger if cx.world.target.engine() == Engine::Postgres => {
            let is_run = |statement: &&Statement| {
                let made = |action: &Action| match &action.change {
                    Change::Object {
                        verb: ObjectVerb::Create | ObjectVerb::Replace, kind, name: Some(name), ..
                    } => *kind == ObjectKind::Function && schema::runs(text, name),
                    _ => false,
                };
                statement.changes.iter().any(made)
            };
            Some((often(text), cx.script.statements.iter().rfind(is_run)?.span.of(cx.text)))
        }
        ObjectKind::Trigger => Some((ROW, text)),
        ObjectKind::Function => {
            let triggers = cx.world.schema.triggers_that_run(name.as_ref()?);
            let used = |trigger: &&&Object| trigger.on.as_ref().is_some_and(|table| cx.used(table));
            Some((often(&triggers.iter().find(used)?.text), cx.statement.span.of(cx.text)))
        }
        _ => None,
    }
}

const ROW: &str = "Each row that is written";

/// As PostgreSQL says it.
fn often(trigger: &str) -> &'static str {
    let words: Vec<&str> = trigger.split_whitespace().gather();
    let by_row = words.windows(2).any(|pair| {
        matches!(pair, [each, row] if row.eq_ignore_ascii_case("row") && ["for", "each"].iter().any(|w| each.eq_ignore_ascii_case(w)))
    });
    if by_row { ROW } else { "Each statement that writes" }
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
            Change::LockTable { tables, .. } => return tables.into_iter().next().map(|table| ("locks", table)),
            _ => {}
        }
    }
    let reads = parse::inside::reads(&step.sql, cx.world.target);
    reads.into_iter().find(|(table, filter)| long(table, filter)).map(|(table, _)| ("reads all of", table))
}
