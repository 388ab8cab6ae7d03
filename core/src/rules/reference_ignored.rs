//! The reference is read and ignored.

use super::asking::{by_use, has, new_columns, words};
use super::{Rule, RuleCx, RuleFinding};
use crate::target::Engine;

/// The rule.
pub const RULE: Rule = Rule {
    id: "reference-ignored",
    title: "The reference is read and ignored",
    when: "A column is defined with REFERENCES behind it, in MySQL before 9 or MariaDB before 10.5.",
    effect: "No foreign key is made, without an error.",
    why: "These servers take foreign keys only as FOREIGN KEY (…) of the table.",
    instead: "Write FOREIGN KEY (column) REFERENCES … as a part of its own.",
    sources: &["MySQL manual: FOREIGN KEY Constraint Differences", "MariaDB manual: Foreign Keys"],
    check,
};

fn check(cx: &RuleCx<'_>) -> Option<RuleFinding> {
    let version = cx.world.target.version;
    let ignores = match cx.world.target.engine() {
        Engine::MySql => !version.at_least(9, 0, 0),
        Engine::MariaDb => !version.at_least(10, 5, 0),
        Engine::Postgres | Engine::Sqlite => false,
    };
    let columns = if ignores { new_columns(&cx.action.change) } else { return None };
    let (table, column) =
        columns.into_iter().find(|(_, column)| has(&words(&column.text, cx.world.target), " REFERENCES "))?;
    by_use(cx.used(table), format!("{} gets no foreign key.", column.name))
}
