//! The key has another type than what it refers to.

use super::asking::{by_use, column, danger, new_keys};
use super::{Rule, RuleCx, RuleFinding};
use crate::change::{DataType, Ident};
use crate::target::Engine;

/// The rule.
pub const RULE: Rule = Rule {
    id: "foreign-key-types-differ",
    title: "The key has another type than what it refers to",
    when: "A foreign key is added between columns whose known types differ.",
    effect: "MySQL and MariaDB refuse it (3780, 1005), PostgreSQL too where the types cannot be compared (42804); where they can, the narrower side runs out first.",
    why: "Every look-up compares the two.",
    instead: "Make both the same type before the key is added.",
    sources: &["PostgreSQL manual: Foreign Keys", "MySQL manual: FOREIGN KEY Constraints"],
    check,
};

fn check(cx: &RuleCx<'_>) -> Option<RuleFinding> {
    new_keys(&cx.action.change).into_iter().find_map(|key| {
        let primary = cx.world.schema.primary_key(&key.key.references).unwrap_or_default();
        let referenced: &[Ident] =
            if key.key.referenced_columns.is_empty() { primary } else { &key.key.referenced_columns };
        key.columns.iter().zip(referenced).find_map(|(child, parent)| {
            let own = column(cx, key.table, child)?.data_type.as_ref()?;
            let other = cx.world.schema.column(&key.key.references, parent)?.data_type.as_ref()?;
            let message =
                format!("{}.{child} is {}, {}.{parent} is {}.", key.table, own.text, key.key.references, other.text);
            match compare(own, other, cx.world.target.engine())? {
                Difference::Refused => danger(message),
                Difference::Width => by_use(cx.used(key.table), message),
            }
        })
    })
}

enum Difference {
    Refused,
    Width,
}

fn compare(a: &DataType, b: &DataType, engine: Engine) -> Option<Difference> {
    const WHOLE: [&str; 6] = ["tinyint", "smallint", "mediumint", "int", "integer", "bigint"];
    const TEXT: [&str; 3] = ["text", "varchar", "char"];
    let (known, whole) =
        (|t: &DataType| class(t, &WHOLE, &TEXT).is_some(), |t: &DataType| WHOLE.contains(&t.base.as_str()));
    if engine == Engine::Sqlite || !known(a) || !known(b) {
        return None;
    }
    let same_class = class(a, &WHOLE, &TEXT) == class(b, &WHOLE, &TEXT);
    let same = a.base == b.base && a.unsigned == b.unsigned;
    match (same_class, whole(a)) {
        (false, _) => Some(Difference::Refused),
        (true, true) if !same && engine.is_mysql_family() => Some(Difference::Refused),
        (true, true) if !same => Some(Difference::Width),
        _ => None,
    }
}

fn class(t: &DataType, whole: &[&str], text: &[&str]) -> Option<u8> {
    match t.base.as_str() {
        base if whole.contains(&base) => Some(0),
        base if text.contains(&base) => Some(1),
        "uuid" => Some(2),
        _ => None,
    }
}
