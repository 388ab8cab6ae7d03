//! A rebuild that leaves something behind.

use super::asking::{danger, warn};
use super::{Rule, RuleCx, RuleFinding};
use crate::change::{Change, ColumnDef, ConstraintKind, Copied, Ident, IndexDef, ObjectKind, TableDef, lower};
use crate::target::Engine;

/// The rule.
pub const RULE: Rule = Rule {
    id: "rebuild-loses-data",
    title: "The rebuild leaves something behind",
    when: "SQLite makes a table anew, and a column is filled from another one or not at all, rows overwrite each other, or an index or a trigger of the old table is not made again.",
    effect: "Values or rows are gone with the old table; what an index kept unique, or a trigger did, stops without an error.",
    why: "The new table has what the script puts there, and DROP TABLE takes indexes and triggers along.",
    instead: "Name the columns on both sides of the copy in the same order, and make every index and trigger again before COMMIT.",
    sources: &["SQLite manual: ALTER TABLE, Making Other Kinds Of Table Schema Changes", "SQLite manual: DROP TABLE"],
    check,
};

fn check(cx: &RuleCx<'_>) -> Option<RuleFinding> {
    let sqlite = cx.world.target.engine() == Engine::Sqlite;
    let Change::RebuildTable { table, to, copied, working_name } = &cx.action.change else { return None };
    if !sqlite || !cx.used(table) || copied.is_empty() {
        return None;
    }
    let to = to.as_deref();
    let schema = cx.world.schema;
    let old = schema.table(table).map(|table| table.def.columns.as_slice());
    if let Some(column) = copied.iter().find_map(|copy| lost(cx, old, to, copy)) {
        return danger(format!("{table}.{column} does not keep its values: they are not copied into it."));
    }
    let within = |change: &Change| match change {
        Change::Delete { table, .. } => cx.same_table(table, working_name),
        Change::Update { table, columns, filter } => {
            let overwrites = |column: &ColumnDef| columns.iter().any(|own| cx.same(own, &column.name));
            let kept = old.is_none_or(|old| old.iter().any(overwrites));
            cx.same_table(table, working_name) && kept && !filter.fills_only_nulls(columns)
        }
        _ => false,
    };
    if cx.script.members(cx.statement).iter().flat_map(|s| &s.changes).any(|action| within(&action.change)) {
        return danger(format!("Rows or values of {table} are deleted or written over in the copy."));
    }
    let keys = to.map(keys).unwrap_or_default();
    if copied.iter().any(|copy| copy.replaces) && keys.iter().any(|key| !schema.names_rows(table, key)) {
        return danger(format!("Rows of {table} with the same key overwrite each other in the copy."));
    }
    let members = cx.script.members(cx.statement).iter().flat_map(|s| &s.changes);
    let made: Vec<&IndexDef> = members
        .chain(cx.later())
        .filter_map(|action| match &action.change {
            Change::CreateIndex(index) => Some(&**index),
            _ => None,
        })
        .collect();
    let kept = |index: &IndexDef| {
        let columns = columns_of(index);
        let alike = |new: &&IndexDef| {
            new.name.as_ref().zip(index.name.as_ref()).is_some_and(|(new, old)| cx.same_table(new, old))
                || new.unique >= index.unique && new.parts.len() == index.parts.len() && columns_of(new) == columns
        };
        made.iter().any(alike) || keys.contains(&columns)
    };
    let indexes = schema.table(table).map(|table| table.def.indexes.as_slice()).unwrap_or_default();
    let index = indexes.iter().find(|index| !kept(index)).and_then(|index| index.name.as_ref());
    let from = cx.script.group(cx.statement).start;
    let triggers = schema.objects_on(ObjectKind::Trigger, table).into_iter();
    let trigger = triggers.map(|trigger| &trigger.name).find(|name| !cx.ahead.makes_trigger(from, name));
    let gone = trigger.map(|name| ("trigger", name)).or(index.map(|name| ("index", name)));
    gone.and_then(|(what, name)| warn(format!("The {what} {name} goes with the old table and is not made again.")))
}

/// A column of both tables that is not filled from itself.
fn lost<'a>(
    cx: &RuleCx<'_>,
    old: Option<&'a [ColumnDef]>,
    to: Option<&TableDef>,
    copy: &'a Copied,
) -> Option<&'a Ident> {
    // Without a schema the columns that the copy reads are those that are known.
    let known: Vec<&Ident> = match old {
        Some(columns) => columns.iter().map(|column| &column.name).collect(),
        None => copy.values.iter().filter(|value| value.len() == 1).flatten().collect(),
    };
    let is = |a: &Ident, b: &Ident| cx.same(a, b);
    let mut values: Vec<Vec<&Ident>> = Vec::new();
    for value in &copy.values {
        match value.as_slice() {
            [star] if star.value == "*" => values.extend(old?.iter().map(|column| vec![&column.name])),
            names => values.push(names.iter().collect()),
        }
    }
    let into: Vec<&Ident> = if copy.into.is_empty() { known.clone() } else { copy.into.iter().collect() };
    known.into_iter().find(|column| {
        let stays = |new: &ColumnDef| is(&new.name, column) && new.generated.is_none();
        let at = into.iter().position(|name| is(name, column));
        let value = at.and_then(|at| values.get(at));
        to.is_none_or(|to| to.columns.iter().any(stays))
            && !value.is_some_and(|names| names.iter().any(|n| is(n, column)))
    })
}

/// What the new table keeps unique, column lists.
fn keys(def: &TableDef) -> Vec<Vec<Ident>> {
    let inline = def.columns.iter().flat_map(|column| {
        column.constraints.iter().map(move |constraint| (&constraint.kind, std::slice::from_ref(&column.name)))
    });
    let own = def.constraints.iter().map(|constraint| (&constraint.kind, [].as_slice()));
    let constraints = inline.chain(own).filter_map(|(kind, column)| match kind {
        ConstraintKind::PrimaryKey { columns } | ConstraintKind::Unique { columns, .. } => {
            Some(lowered(if columns.is_empty() { column } else { columns }))
        }
        _ => None,
    });
    constraints.chain(def.indexes.iter().filter(|index| index.unique).map(columns_of)).collect()
}

fn columns_of(index: &IndexDef) -> Vec<Ident> {
    lowered(index.parts.iter().filter_map(|part| part.column.as_ref()))
}

/// As they are compared.
fn lowered<'a>(columns: impl IntoIterator<Item = &'a Ident>) -> Vec<Ident> {
    columns.into_iter().map(|column| Ident::new(lower(&column.value))).collect()
}
