//! The server chooses how it runs.

use super::asking::note;
use super::{Rule, RuleCx, RuleFinding};
use crate::facts::Algorithm;

/// The rule.
pub const RULE: Rule = Rule {
    id: "algorithm-not-said",
    title: "The server chooses how it runs",
    when: "ALTER TABLE or CREATE INDEX without ALGORITHM and LOCK (MySQL, MariaDB).",
    effect: "Where the good way is not possible, the server copies the table and blocks writes, without a word.",
    why: "DEFAULT takes the best that is left.",
    instead: "Say ALGORITHM=INSTANT, or INPLACE (MariaDB: NOCOPY) with LOCK=NONE: then it is refused instead.",
    sources: &["MySQL manual: ALTER TABLE, Performance and Space Requirements"],
    check,
};

fn check(cx: &RuleCx<'_>) -> Option<RuleFinding> {
    let algorithm = cx.effects.algorithm.filter(|_| cx.world.target.engine().is_mysql_family())?;
    let first = cx.statement.changes.first().is_some_and(|first| std::ptr::eq(first, cx.action));
    let form = cx.statement.form.as_str();
    let good = algorithm != Algorithm::Copy && (form.starts_with("alter table") || form.ends_with("index"));
    if !(first && good) || cx.on_new_objects {
        return None;
    }
    let said = [" ALGORITHM ", " LOCK = ", " LOCK NONE "].iter().any(|words| cx.statement_says(words));
    if said { None } else { note("If the server cannot do it online, it copies without a word.") }
}
