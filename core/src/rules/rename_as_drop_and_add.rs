//! A rename written as drop and add.

use super::asking::warn;
use super::{Rule, RuleCx, RuleFinding};
use crate::change::{Change, Ident, Name};

/// The rule.
pub const RULE: Rule = Rule {
    id: "rename-as-drop-and-add",
    title: "A rename written as drop and add",
    when: "One text drops a column and adds another of the same type, or of the same name, to the same table.",
    effect: "The values of the old column are lost; the new one starts empty.",
    why: "Tools that compare schemas cannot see a rename, and write it as drop and add.",
    instead: "Rename, or add the new column, fill it from the old one, switch, then drop.",
    sources: &["PostgreSQL manual: ALTER TABLE"],
    check,
};

fn check(cx: &RuleCx<'_>) -> Option<RuleFinding> {
    let Change::DropColumn { table, column, .. } = &cx.action.change else { return None };
    let old = cx.world.schema.column(table, column);
    let beside = cx.statement.changes.iter().chain(cx.earlier()).chain(cx.later());
    let added = beside.filter_map(|action| alike(cx, &action.change, table, column, old)).next()?;
    if cx.used(table) {
        warn(format!("{table}.{added} is added here, and {column} is dropped with its values."))
    } else {
        None
    }
}

/// The column that is added in place of the old one.
fn alike<'c>(
    cx: &RuleCx<'_>,
    change: &'c Change,
    table: &Name,
    column: &Ident,
    old: Option<&crate::change::ColumnDef>,
) -> Option<&'c Ident> {
    let Change::AddColumn { table: of, column: new, .. } = change else { return None };
    let same_type = match (old.and_then(|old| old.data_type.as_ref()), &new.data_type) {
        (Some(old), Some(new)) => old.same_as(new),
        _ => false,
    };
    (cx.same_table(of, table) && (same_type || cx.same(&new.name, column))).then_some(&new.name)
}
