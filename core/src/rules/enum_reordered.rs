//! Labels move inside the enum.

use super::asking::warn;
use super::enum_label_removed::labels;
use super::{Rule, RuleCx, RuleFinding};

/// The rule.
pub const RULE: Rule = Rule {
    id: "enum-reordered",
    title: "Labels move inside the enum",
    when: "MODIFY or CHANGE puts a label before others of an ENUM or SET, or changes their order (MySQL, MariaDB).",
    effect: "The whole table is copied while writes wait, and ORDER BY gives another order.",
    why: "Rows hold the label's number; only labels at the end leave the numbers as they are.",
    instead: "Add new labels at the end.",
    sources: &["MySQL manual: Online DDL Operations, Modifying ENUM"],
    check,
};

fn check(cx: &RuleCx<'_>) -> Option<RuleFinding> {
    let (table, old, new) = labels(cx)?;
    let kept = old.iter().all(|label| new.contains(label));
    let moved = kept && !new.starts_with(old) && cx.used(table);
    if moved { warn(format!("Every row of {table} that has a later label is written anew.")) } else { None }
}
