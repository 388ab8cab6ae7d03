//! A rename that running code notices.

use super::blocking::sentence;
use super::{Rule, RuleCx, RuleFinding};
use crate::change::{Change, Name, ObjectVerb, TableOption};
use crate::facts::RunningCode;
use crate::report::Severity;

/// The rule.
pub const RULE: Rule = Rule {
    id: "rename-breaks-code",
    title: "Running code breaks at once",
    when: "A column, table, view or enum label that the application uses is renamed in one step. A note where it is a constraint or an index.",
    effect: "Every query that names the old name fails from the moment this commits until all instances run new code.",
    why: "The rename is instant, a deploy is not: old and new code run side by side during every deploy, and only one of them knows the name.",
    instead: "Add the new name beside the old one, keep both in step, switch the code, then remove the old one.",
    sources: &["PostgreSQL manual: ALTER TABLE", "MySQL manual: ALTER TABLE"],
    check,
};

fn check(cx: &RuleCx<'_>) -> Option<RuleFinding> {
    if let Some(message) = named_by_some(cx) {
        return Some(RuleFinding { severity: Severity::Info, message });
    }
    let renamed = renamed(&cx.action.change)?;
    let RunningCode::Breaks(what) = &cx.effects.running_code else { return None };
    let (table, name) = renamed;
    if table.is_some_and(|table| cx.world.schema.is_new(table)) {
        return None;
    }
    Some(RuleFinding {
        severity: Severity::Danger,
        message: format!(
            "{}. The statement itself is instant; the damage is to {name}.",
            sentence(what.trim_end_matches('.'))
        ),
    })
}

/// Few statements name a constraint or an index, but those fail too.
fn named_by_some(cx: &RuleCx<'_>) -> Option<String> {
    let (table, from) = match &cx.action.change {
        Change::RenameConstraint { table, from, .. } => (Some(table), from),
        Change::RenameIndex { name, table, .. } => {
            let known = || cx.world.schema.index_with_table(name).map(|(_, table)| table);
            (table.as_ref().or_else(known), &name.object)
        }
        _ => return None,
    };
    let mysql = cx.world.target.engine().is_mysql_family();
    let by = match cx.action.change {
        _ if mysql => "FORCE INDEX",
        Change::RenameIndex { .. } => "REINDEX, or ON CONFLICT ON CONSTRAINT where it belongs to one",
        _ => "ON CONFLICT ON CONSTRAINT",
    };
    let used = table.is_none_or(|table| cx.used(table));
    used.then(|| format!("Code that names {from}, as in {by}, fails from now on, and so do scripts that expect it."))
}

/// The table concerned and the old name in words, when the change is a rename.
fn renamed(change: &Change) -> Option<(Option<&Name>, String)> {
    match change {
        Change::RenameColumn { table, from, .. } => Some((Some(table), format!("{table}.{from}"))),
        Change::RedefineColumn { table, column, to, .. } if *column != to.name => {
            Some((Some(table), format!("{table}.{column}")))
        }
        Change::RenameTable { table, .. } => Some((Some(table), table.to_string())),
        Change::SetTableOption { table, option: TableOption::Schema(_) } => Some((Some(table), table.to_string())),
        Change::RenameEnumValue { name, from, .. } => Some((None, format!("{name} '{from}'"))),
        Change::Object { verb: ObjectVerb::Rename, name, .. } => {
            Some((None, name.as_ref().map_or_else(|| "the object".to_string(), Name::to_string)))
        }
        _ => None,
    }
}
