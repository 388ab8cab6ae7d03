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
    when: "A table, view, index, column or constraint is changed, written or dropped that the given schema does not have.",
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
    if let Some((table, name)) = constraint(&cx.action.change)
        && cx.index <= MOST
        && !may_have(cx, table, name)
    {
        return note(format!("{table} has no constraint {name} in the schema."));
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

/// The constraint that has to be there.
fn constraint(change: &Change) -> Option<(&Name, &Ident)> {
    match change {
        Change::DropConstraint { table, name: Some(name), if_exists: false, .. }
        | Change::ValidateConstraint { table, name }
        | Change::AlterConstraint { table, name, .. }
        | Change::RenameConstraint { table, from: name, .. } => Some((table, name)),
        _ => None,
    }
}

/// Not all constraints of the table are known with their names, or one of them, or a key, has this one.
fn may_have(cx: &RuleCx<'_>, table: &Name, name: &Ident) -> bool {
    let schema = cx.world.schema;
    let Some(known) = schema.table(table).filter(|known| known.def.complete && !known.def.from_query) else {
        return true;
    };
    let named = |own: &Option<Ident>| own.as_ref().is_none_or(|own| schema.same(own, name));
    let inline = known.def.columns.iter().flat_map(|column| &column.constraints);
    let copied = known.def.like.is_some() || known.def.partition_of.is_some() || !known.def.inherits.is_empty();
    // From PostgreSQL 18 on a NOT NULL is a constraint, with a name by the server.
    copied
        || name.value.contains("not_null")
        || known.def.constraints.iter().chain(inline).any(|constraint| named(&constraint.name))
        || known.def.columns.iter().any(|column| mentions(&column.text, &name.value))
        || schema.index(&table.sibling(name.value.clone())).is_some()
        || mentions(cx.text.get(..cx.statement.span.start).unwrap_or_default(), &name.value)
}

/// Tables of the server itself are in no schema that is given.
fn is_of_server(table: &Name) -> bool {
    let name = table.object.value.to_ascii_lowercase();
    table.schema.is_some() || ["pg_", "sqlite_"].iter().any(|head| name.starts_with(head))
}
