//! What only the words of a statement tell, of tables and views that are known.

use super::{bounds, definitions};
use crate::change::{Change, ColumnDef, Name, ObjectKind, ObjectVerb, PartitionAction};
use crate::engines::written;
use crate::source::{first_words, has};
use crate::target::Engine;
use crate::world::World;

/// Why the server refuses the statement as written.
pub(in crate::engines) fn clash(sql: &str, change: &Change, world: &World<'_>) -> Option<String> {
    match change {
        Change::CreateView { name, replace, .. } => {
            let asks = has(&first_words(sql, world.target, 16), " IF NOT EXISTS ");
            let table = world.schema.table(name).is_some_and(|table| !table.def.temporary);
            if table && *replace {
                return Some(format!("{name} is a table (error 1347)"));
            }
            let there = table || world.schema.view(name).is_some();
            (there && !replace && !asks).then(|| format!("{name} exists already (error 1050)"))
        }
        Change::Object { verb: ObjectVerb::Create, kind, name: Some(name), on, .. } => {
            let view = |on: &&Name| world.schema.view(on).is_some() && world.schema.table(on).is_none();
            let on = on.as_ref().filter(|_| *kind == ObjectKind::Trigger).filter(view);
            let named = matches!(kind, ObjectKind::Trigger | ObjectKind::Procedure | ObjectKind::Function);
            let there = named && world.schema.object(*kind, name).is_some() && !world.schema.is_blurred();
            let asks = there && has(&first_words(sql, world.target, 16), " IF NOT EXISTS ");
            on.map(|on| format!("{on} is a view, which has no triggers (error 1347)"))
                .or_else(|| (there && !asks).then(|| format!("{name} exists already (error 1304 or 1359)")))
        }
        Change::AddColumn { table, .. } | Change::DropColumn { table, .. } | Change::RedefineColumn { table, .. } => {
            let view = world.schema.view(table).is_some() && world.schema.table(table).is_none();
            view.then(|| format!("{table} is a view (error 1347)"))
        }
        Change::Partition { action: PartitionAction::Exchange { with, .. }, .. } => bounds::exchanged(with, world),
        Change::Partition { .. } => bounds::of_statement(sql, change, world),
        _ => written::refused(sql, change, world, takes),
    }
}

/// A literal that is a value of the type; words may be anything.
fn takes(text: &str, column: &ColumnDef, world: &World<'_>) -> bool {
    let literal = text.starts_with(|c: char| c.is_ascii_digit() || matches!(c, '\'' | '-'));
    let Some(of) = column.data_type.as_ref().filter(|_| literal) else { return true };
    definitions::fits(&written::literal(text), of, world.target.engine() == Engine::MySql, world)
}
