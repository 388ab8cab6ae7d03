//! The schema that was given does not know it.

use super::asking::note;
use super::{Rule, RuleCx, RuleFinding};
use crate::change::{Change, Ident, Name, ObjectKind, ObjectVerb};
use crate::schema::mentions;
use crate::world::is_bookkeeping;

/// The rule.
pub const RULE: Rule = Rule {
    id: "not-in-schema",
    title: "The schema that was given does not know it",
    when: "A table, view, index or column is changed, written or dropped that the given schema does not have.",
    effect: "The answer rests on assumptions; on the server it may be an error.",
    why: "A typing mistake, or a schema that is out of date.",
    instead: "Check the name, or give the present schema.",
    sources: &["the schema as given"],
    check,
};

/// Statements that are looked at: what is longer is a load, and says itself what it makes.
const MOST: usize = 200;

fn check(cx: &RuleCx<'_>) -> Option<RuleFinding> {
    let schema = cx.world.schema;
    if cx.schema_text.is_empty() || schema.is_empty() {
        return None;
    }
    // What the script has named before, it may have made by a way that is not followed.
    let before = cx.text.get(..cx.statement.span.start).unwrap_or_default();
    let there = |name: &Name| {
        schema.table(name).is_some() || schema.view(name).is_some() || mentions(before, &name.object.value)
    };
    let several: &[Name] = match &cx.action.change {
        _ if cx.index > MOST => &[],
        Change::DropTable { tables, if_exists: false, .. } | Change::Truncate { tables, .. } => tables,
        Change::DropView { names, if_exists: false, .. } => names,
        Change::Insert { table, .. } | Change::Update { table, .. } | Change::Delete { table, .. }
            if !is_of_server(table) && !is_bookkeeping(table) =>
        {
            std::slice::from_ref(table)
        }
        _ => &[],
    };
    if let Some(name) = several.iter().find(|name| !there(name)) {
        return note(format!("{name} is not in the schema."));
    }
    if cx.index <= MOST
        && let Change::DropIndex { name, table: None, if_exists: false, .. } = &cx.action.change
    {
        let there = schema.index(name).is_some() || mentions(before, &name.object.value);
        return if !there { note(format!("{name} is not in the schema.")) } else { None };
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
        Change::AddColumn { table, .. }
        | Change::AddConstraint { table, .. }
        | Change::RenameTable { table, .. }
        | Change::DropIndex { table: Some(table), .. }
        | Change::Object { verb: ObjectVerb::Create, kind: ObjectKind::Trigger, on: Some(table), .. } => (table, None),
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

/// Tables of the server itself are in no schema that is given.
fn is_of_server(table: &Name) -> bool {
    let name = table.object.value.to_ascii_lowercase();
    table.schema.is_some() || ["pg_", "sqlite_"].iter().any(|head| name.starts_with(head))
}
