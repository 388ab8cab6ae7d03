//! The schema that was given does not know it.

use super::asking::note;
use super::{Rule, RuleCx, RuleFinding};
use crate::change::{Change, Ident, Name};

/// The rule.
pub const RULE: Rule = Rule {
    id: "not-in-schema",
    title: "The schema that was given does not know it",
    when: "A table or column is changed that the given schema does not have.",
    effect: "The answer rests on assumptions; on the server it may be an error.",
    why: "A typing mistake, or a schema that is out of date.",
    instead: "Check the name, or give the present schema.",
    sources: &["the schema as given"],
    check,
};

fn check(cx: &RuleCx<'_>) -> Option<RuleFinding> {
    let schema = cx.world.schema;
    if cx.schema_text.is_empty() || schema.is_empty() {
        return None;
    }
    let (table, column): (&Name, Option<&Ident>) = match &cx.action.change {
        Change::DropColumn { table, column, if_exists: false, .. }
        | Change::ChangeColumnType { table, column, .. }
        | Change::RedefineColumn { table, column, .. }
        | Change::SetNotNull { table, column, .. }
        | Change::DropNotNull { table, column }
        | Change::SetDefault { table, column, .. }
        | Change::DropDefault { table, column } => (table, Some(column)),
        Change::RenameColumn { table, from, .. } => (table, Some(from)),
        Change::AddColumn { table, .. } | Change::AddConstraint { table, .. } | Change::RenameTable { table, .. } => {
            (table, None)
        }
        Change::CreateIndex(index) => (&index.table, None),
        _ => return None,
    };
    match (schema.table(table), column) {
        (None, _) if schema.view(table).is_none() => note(format!("{table} is not in the schema.")),
        (Some(known), Some(column))
            if known.def.complete && !known.def.from_query && schema.column(table, column).is_none() =>
        {
            note(format!("{table} has no column {column} in the schema."))
        }
        _ => None,
    }
}
