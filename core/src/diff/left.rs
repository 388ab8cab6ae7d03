//! What the statements leave different. They are applied to the old schema as any script would be, and the outcome is compared with
//! the new schema: so nothing that is modelled can be forgotten in silence.

use super::columns::same_type;
use super::side::{Side, apply, exactly};
use super::{options, same};
use crate::change::{ColumnDef, Constraint, Ident, TableDef};
use crate::order::{Gather, PushAll};
use crate::parse;
use crate::schema::{Schema, Table};
use crate::target::{Engine, Target};

/// One line for each thing that is still another one.
pub(super) fn different(old: &Side<'_>, sql: &str, new: &Side<'_>, target: Target) -> Vec<String> {
    let mut made = old.schema.clone();
    apply(&mut made, sql, &parse::parse(sql, target));
    let wanted = &new.schema;
    let mut out = Vec::new();
    for table in wanted.tables() {
        let name = &table.def.name;
        match exactly(&made, name) {
            None => out.push(format!(
                "{name} is not made: the text of the new schema has no statement that can be taken over"
            )),
            Some(now) => {
                let comes_along = |column: &Ident| comes_along(&made, wanted, &table.def, column);
                let notes = table_notes(now, table, old, target.engine(), comes_along);
                out.push_all(notes.into_iter().map(|what| still(&name.to_string(), &what)));
            }
        }
    }
    let extra = made.tables().filter(|table| exactly(wanted, &table.def.name).is_none());
    out.push_all(extra.map(|table| format!("{} is left", table.def.name)));
    out.push_all(views(&made, wanted));
    out
}

fn still(what: &str, differs: &str) -> String {
    format!("{what} still differs in {differs}: write that by hand")
}

fn views(made: &Schema, wanted: &Schema) -> Vec<String> {
    let other =
        wanted.views().filter(|view| made.view(&view.name).is_none_or(|now| !same::text(&now.query, &view.query)));
    let gone = made.views().filter(|view| wanted.view(&view.name).is_none());
    other.chain(gone).map(|view| still(&view.name.to_string(), "its query")).gather()
}

/// A column of a partition, which is as that of the table above all of them is made.
fn comes_along(made: &Schema, wanted: &Schema, partition: &TableDef, column: &Ident) -> bool {
    let mut top = partition;
    // A table is a partition of one other; the cap holds for contradictory input.
    for _ in 0..100 {
        let above = top.partition_of.as_ref().and_then(|parent| exactly(wanted, parent));
        let Some(above) = above else { break };
        top = &above.def;
    }
    let of = |def: &TableDef| def.columns.iter().find(|own| own.name == *column).cloned();
    let same = |a: Option<ColumnDef>, b: Option<ColumnDef>| match (a, b) {
        (Some(a), Some(b)) => same_column(&a, &b, Engine::Postgres),
        (a, b) => a.is_none() && b.is_none(),
    };
    let now = exactly(made, &top.name).map(|table| &table.def).filter(|_| partition.partition_of.is_some());
    now.is_some_and(|now| same(of(now), of(top)) && same(of(top), of(partition)))
}

fn table_notes(
    now: &Table,
    wanted: &Table,
    old: &Side<'_>,
    engine: Engine,
    comes_along: impl Fn(&Ident) -> bool,
) -> Vec<String> {
    let (a, b) = (&now.def, &wanted.def);
    let mut out = Vec::new();
    for column in b.columns.iter().filter(|column| !comes_along(&column.name)) {
        match a.columns.iter().find(|c| c.name == column.name) {
            None => out.push(format!("column {}", column.name)),
            Some(own) if !same_column(own, column, engine) => {
                out.push(format!("the definition of column {}", column.name))
            }
            Some(_) => {}
        }
    }
    let gone = |c: &&ColumnDef| !b.columns.iter().any(|own| own.name == c.name) && !comes_along(&c.name);
    let left = a.columns.iter().filter(gone);
    out.push_all(left.map(|c| format!("column {}", c.name)));
    let is_in = |c: &Constraint, list: &[Constraint]| list.iter().any(|own| same::constraint(c, own, engine));
    let constraints = b.constraints.iter().filter(|c| !is_in(c, &a.constraints));
    let constraints = constraints
        .chain(a.constraints.iter().filter(|c| !is_in(c, &b.constraints) && !old.attaches(c.name.as_ref(), b)));
    out.push_all(constraints.map(|c| format!("constraint {}", c.name.as_ref().map_or(c.text.as_str(), |n| &n.value))));
    let indexes = b.indexes.iter().filter(|i| !a.indexes.iter().any(|own| same::index(i, own)));
    let indexes = indexes.chain(a.indexes.iter().filter(|i| {
        !b.indexes.iter().any(|own| same::index(i, own)) && !old.attaches(i.name.as_ref().map(|n| &n.object), b)
    }));
    out.push_all(indexes.map(|i| format!("index {}", i.name.as_ref().map_or(String::new(), |n| n.object.to_string()))));
    out.push_all(table_parts(a, b, engine).map(str::to_string));
    out
}

fn same_column(a: &ColumnDef, b: &ColumnDef, engine: Engine) -> bool {
    same_type(a, b)
        && same::default(a.default.as_ref(), b.default.as_ref())
        && same::nullability(a, b)
        && same::rest(a, b, engine)
}

/// What is said of a table as a whole.
fn table_parts(a: &TableDef, b: &TableDef, engine: Engine) -> impl Iterator<Item = &'static str> {
    let by = |def: &TableDef| def.partition_by.clone().unwrap_or_default();
    let parts = [
        ("its partitioning", same::text(&by(a), &by(b))),
        ("the table that it is a partition of", a.partition_of == b.partition_of),
        ("what it inherits from", a.inherits == b.inherits),
        ("UNLOGGED", a.unlogged == b.unlogged),
        ("WITHOUT ROWID", a.without_rowid == b.without_rowid),
        ("STRICT", a.strict == b.strict),
        ("its options", same_options(a, b, engine)),
    ];
    parts.into_iter().filter(|(_, same)| !same).map(|(what, _)| what)
}

fn same_options(a: &TableDef, b: &TableDef, engine: Engine) -> bool {
    same::text(&a.options, &b.options) || (engine.is_mysql_family() && options::same(a, b))
}
