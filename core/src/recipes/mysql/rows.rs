//! A large UPDATE or DELETE, in batches.

use super::ENGINES;
use super::sql::is_mariadb;
use crate::change::{Change, Ident, Name, RowFilter};
use crate::draft::Draft;
use crate::order::Gather;
use crate::recipes::shared::batches::{Batches, RowVerb};
use crate::recipes::shared::draft::draft;
use crate::recipes::shared::{key, words};
use crate::recipes::{Cx, Recipe, inverse};
use crate::report::PhaseName::Migrate;
use crate::world::Touched;

/// The recipe.
pub static RECIPE: Recipe = Recipe {
    id: "mysql-rows-in-batches",
    title: "Rows changed in batches, each committed",
    for_engine: ENGINES,
    draft: propose,
};

fn propose(cx: &Cx<'_>) -> Option<Draft> {
    let job = job(cx)?;
    let table = job.table.clone();
    let verb = if matches!(job.verb, RowVerb::Delete) { "Delete" } else { "Update" };
    let mut step = job.step(cx, Migrate, format!("{verb} rows of {table} in batches"));
    step.undo = inverse::of(cx);
    let mut notes: Vec<String> = key::of(cx, &table).assumption(&table).into_iter().gather();
    if matches!(job.verb, RowVerb::Delete) {
        notes.push(format!(
            "The space of deleted rows is used again by {table} but not given back to the disk; ALTER TABLE … FORCE gives \
             it back."
        ));
    }
    let partitioned = cx.world.schema.table(&table).is_some_and(|known| known.def.partition_by.is_some());
    if partitioned && matches!(job.verb, RowVerb::Delete) {
        notes.push(format!(
            "Rows that fill whole partitions of {table} go in a moment by ALTER TABLE … DROP PARTITION instead: plan that."
        ));
    }
    if is_mariadb(cx) || !cx.world.target.version.at_least(8, 0, 0) {
        notes.push("With binlog_format = STATEMENT the batches fail (error 1665): they need ROW or MIXED.".to_string());
    }
    Some(Draft { notes, ..draft(&RECIPE, format!("{verb} rows of {table}"), vec![step]) })
}

/// The statement taken apart; none when its batches would not do the same as the whole.
fn job(cx: &Cx<'_>) -> Option<Batches> {
    let sql = cx.sql.trim().trim_end_matches(';');
    let clause = |word: &str| words::find_clause(sql, word, 0);
    let plain =
        ["join", "order", "limit", "returning", "using", "with", "ignore"].iter().all(|word| clause(word).is_none());
    if !plain || aliased(sql, cx.change) {
        return None;
    }
    let tail = |at: usize, word: &str| sql.get(at + word.len()..).map(|text| text.trim().to_string());
    let condition = match clause("where") {
        Some(at) => tail(at, "where")?,
        None => String::new(),
    };
    match cx.change {
        Change::Update { table, columns, filter } => {
            let set_at = clause("set")?;
            let end = clause("where").unwrap_or(sql.len());
            let set = sql.get(set_at + 3..end)?.trim().to_string();
            let key = key::of(cx, table);
            (repeatable(&set, columns) && !moves(&key, columns) && !is_batch(cx, table, filter)).then(|| Batches {
                table: table.clone(),
                verb: RowVerb::Update { set, columns: columns.clone() },
                condition,
                key,
            })
        }
        Change::Delete { table, filter } => (!is_batch(cx, table, filter)).then(|| Batches {
            table: table.clone(),
            verb: RowVerb::Delete,
            condition,
            key: key::of(cx, table),
        }),
        _ => None,
    }
}

fn is_batch(cx: &Cx<'_>, table: &Name, filter: &RowFilter) -> bool {
    matches!(cx.world.touched(table, filter), Touched::Few | Touched::Batch)
}

/// After a stop it is run again, so no new value may depend on the one that it overwrites: the name of each column
/// assigned stands once, on the left.
fn repeatable(set: &str, columns: &[Ident]) -> bool {
    columns.iter().all(|column| words::count(set, column) == 1)
}

/// Batches know the table by its name only.
fn aliased(sql: &str, change: &Change) -> bool {
    let (from, to) = match change {
        Change::Update { .. } => (words::find_keyword(sql, "update").map(|at| at + 6), words::find_keyword(sql, "set")),
        _ => (
            words::find_keyword(sql, "from").map(|at| at + 4),
            Some(words::find_keyword(sql, "where").unwrap_or(sql.len())),
        ),
    };
    let between = from.zip(to).and_then(|(from, to)| sql.get(from..to));
    between.is_none_or(|between| between.split_whitespace().count() != 1)
}

/// An update of the key would move rows along the walk.
fn moves(key: &key::Key, columns: &[Ident]) -> bool {
    match key {
        key::Key::Integer(c) | key::Key::Assumed(c) => columns.contains(c),
        key::Key::Ordered(keys) => keys.iter().any(|c| columns.contains(c)),
        key::Key::Storage => false,
    }
}
