//! Values may not fit the new type.

use super::asking::{column, warn};
use super::{Rule, RuleCx, RuleFinding};
use crate::change::{Change, DataType};

/// The rule.
pub const RULE: Rule = Rule {
    id: "type-narrows",
    title: "Values may not fit the new type",
    when: "A column gets a type that holds less than the one it has.",
    effect: "The change fails on the first row that does not fit, or, in MySQL without strict mode, cuts values off.",
    why: "Every value has to be stored again in less room.",
    instead: "PostgreSQL: Prove that all values fit first: a CHECK added NOT VALID and validated, or a query; then change the type.\n\
              MySQL and MariaDB: Prove that all values fit first, by a query; then change the type under a strict sql_mode, which refuses what does not fit.\n\
              SQLite: Prove that all values fit first, by a query: a type alone refuses nothing here unless the table is STRICT.",
    sources: &["PostgreSQL manual: ALTER TABLE", "MySQL manual: Server SQL Modes"],
    check,
};

fn check(cx: &RuleCx<'_>) -> Option<RuleFinding> {
    let (table, name, to) = match &cx.action.change {
        Change::ChangeColumnType { table, column, to, .. } => (table, column, to),
        Change::RedefineColumn { table, column, to, .. } => (table, column, to.data_type.as_ref()?),
        _ => return None,
    };
    let from = column(cx, table, name)?.data_type.as_ref()?;
    let narrower = cx.used(table) && narrows(from, to);
    if narrower { warn(format!("{name} was {}; {} holds less.", from.text, to.text)) } else { None }
}

fn narrows(from: &DataType, to: &DataType) -> bool {
    const WHOLE: [&str; 6] = ["tinyint", "smallint", "mediumint", "int", "integer", "bigint"];
    const TEXT: [&str; 6] = ["char", "varchar", "tinytext", "text", "mediumtext", "longtext"];
    let rank = |list: &[&str], t: &DataType| list.iter().position(|base| *base == t.base);
    if let (Some(a), Some(b)) = (rank(&WHOLE, from), rank(&WHOLE, to)) {
        return b < a && !(from.base.starts_with("int") && to.base.starts_with("int"));
    }
    if let (Some(a), Some(b)) = (rank(&TEXT, from), rank(&TEXT, to)) {
        return match (from.args.first(), to.args.first()) {
            (Some(old), Some(new)) => new < old,
            (None, Some(_)) => a > 0,
            (None, None) => b >= 2 && b < a,
            (Some(_), None) => false,
        };
    }
    let digits = |t: &DataType| matches!(t.base.as_str(), "numeric" | "decimal") && !t.args.is_empty();
    let part = |t: &DataType, at: usize| t.args.get(at).copied().unwrap_or(0);
    let before_point = |t: &DataType| part(t, 0).saturating_sub(part(t, 1));
    digits(from) && digits(to) && (before_point(to) < before_point(from) || part(to, 1) < part(from, 1))
}
