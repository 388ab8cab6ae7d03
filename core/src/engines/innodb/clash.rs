//! What only the words of a statement tell, of tables and views that are known.

use super::{bounds, charsets, definitions, table};
use crate::change::{Change, ColumnDef, Name, ObjectKind, ObjectVerb, PartitionAction};
use crate::engines::{gone, written};
use crate::source::{first_words, has};
use crate::target::Engine;
use crate::world::World;

/// Why the server refuses the statement as written.
pub(in crate::engines) fn clash(sql: &str, change: &Change, all: &[&Change], world: &World<'_>) -> Option<String> {
    let asks = || has(&first_words(sql, world.target, 5), " IF EXISTS ");
    gone::named(change, all, world)
        .filter(|_| !asks())
        .map(|gone| format!("{gone} is not there any more: it was dropped or renamed before (error 1146 or 1051)"))
        .or_else(|| charsets::refused(sql, change, world))
        .or_else(|| again(change, all))
        .or_else(|| in_words(sql, change, world))
}

/// A column is redefined twice in one statement: the second action finds none of that name.
fn again(change: &Change, all: &[&Change]) -> Option<String> {
    let Change::RedefineColumn { column, .. } = change else { return None };
    let own = |other: &&&Change| match other {
        Change::RedefineColumn { column: other, .. }
        | Change::SetDefault { column: other, .. }
        | Change::DropDefault { column: other, .. } => table::same(other, column),
        _ => false,
    };
    (all.iter().filter(own).count() > 1).then(|| format!("{column} is changed twice in one statement (error 1054)"))
}

fn in_words(sql: &str, change: &Change, world: &World<'_>) -> Option<String> {
    match change {
        Change::CreateView { name, replace, reads, .. } => {
            let passing = |name: &&Name| world.schema.table(name).is_some_and(|table| table.def.temporary);
            if let Some(read) = reads.iter().find(passing) {
                return Some(format!("{read} is temporary, and no view reads it (error 1352)"));
            }
            let asks = has(&first_words(sql, world.target, 16), " IF NOT EXISTS ");
            let table = world.schema.table(name).is_some_and(|table| !table.def.temporary);
            if table && *replace {
                return Some(format!("{name} is a table (error 1347)"));
            }
            let there = table || world.schema.view(name).is_some();
            (there && !replace && !asks).then(|| format!("{name} exists already (error 1050)"))
        }
        Change::Object { verb: ObjectVerb::Drop, kind: ObjectKind::Trigger, name: Some(name), .. } => {
            let asks = || has(&first_words(sql, world.target, 5), " IF EXISTS ");
            (gone::trigger(name, world) && !asks())
                .then(|| format!("the trigger {name} was dropped before (error 1360)"))
        }
        Change::Object { verb: ObjectVerb::Create, kind, name: Some(name), on, .. } => {
            let view = |on: &&Name| match world.schema.table(on) {
                Some(table) => table.def.temporary,
                None => world.schema.view(on).is_some(),
            };
            let on = on.as_ref().filter(|_| *kind == ObjectKind::Trigger).filter(view);
            let named = matches!(kind, ObjectKind::Trigger | ObjectKind::Procedure | ObjectKind::Function);
            let there = named && world.schema.object(*kind, name).is_some() && !world.schema.is_blurred();
            let asks = there && has(&first_words(sql, world.target, 16), " IF NOT EXISTS ");
            on.map(|on| format!("{on} is a view or temporary, and has no triggers (error 1347 or 1361)"))
                .or_else(|| (there && !asks).then(|| format!("{name} exists already (error 1304 or 1359)")))
        }
        Change::AddColumn { table, .. } | Change::DropColumn { table, .. } | Change::RedefineColumn { table, .. } => {
            let view = world.schema.view(table).is_some() && world.schema.table(table).is_none();
            view.then(|| format!("{table} is a view (error 1347)"))
        }
        Change::Partition { table, action: PartitionAction::Exchange { with, .. } } => {
            bounds::exchanged(table, with, world)
        }
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
