//! A column computed from others by a trigger.

use super::sync::differs;
use crate::change::{DataType, Ident, Name};
use crate::order::Gather;
use crate::recipes::Cx;
use crate::recipes::shared::words;

/// Columns of the table that an expression names.
pub fn sources<'a>(cx: &Cx<'a>, table: &Name, expression: &str) -> Vec<&'a Ident> {
    let columns = cx.world.schema.table(table).map(|t| t.def.columns.as_slice()).unwrap_or_default();
    columns.iter().map(|c| &c.name).filter(|name| words::mentions(expression, name)).gather()
}

/// The expression over the row that a trigger sees. None where a column is called like that row.
pub fn over_new(cx: &Cx<'_>, table: &Name, expression: &str) -> Option<String> {
    const TABLE: &str = "\u{1}";
    let sources = sources(cx, table, expression);
    let named = words::renamed(expression, &table.object, TABLE);
    // A column says its table, and no more than that.
    let bare = if named.contains(&format!(".{TABLE}")) { named } else { named.replace(&format!("{TABLE}."), "") };
    // Where a column is called like the row, renaming words would not be enough.
    let plain = !bare.contains(TABLE) && sources.iter().all(|name| name.value != "new");
    plain.then(|| {
        sources.iter().fold(bare, |text, name| words::renamed(&text, name, &format!("NEW.{}", cx.ident(name))))
    })
}

/// `NEW.a IS DISTINCT FROM OLD.a OR …`.
pub fn changed(cx: &Cx<'_>, table: &Name, columns: &[&Ident]) -> String {
    let one = |name: &&Ident| {
        let data_type: Option<&DataType> = cx.world.schema.column(table, name).and_then(|c| c.data_type.as_ref());
        let name = cx.ident(name);
        differs(data_type, &format!("NEW.{name}"), &format!("OLD.{name}"))
    };
    columns.iter().map(one).gather().join(" OR ")
}
