//! A table made anew, where ALTER cannot say the difference (SQLite).

use crate::change::{Change, TableDef};
use crate::engines::{EngineFacts, name_sql};
use crate::order::{Gather, PushAll};
use crate::target::Target;

/// The documented procedure: foreign keys off, new table, copy, drop, rename, indexes, check, foreign keys on. Triggers follow
/// when all tables are changed.
pub(super) fn statements(old: &TableDef, new: &TableDef, engine: &dyn EngineFacts, target: Target) -> Vec<String> {
    let working = new.name.sibling(format!("zz_lockstep_{}", new.name.object));
    let constraints =
        new.constraints.iter().filter(|c| !new.columns.iter().any(|column| new.is_inline(c, column))).cloned().gather();
    let def = TableDef { name: working.clone(), indexes: Vec::new(), text: String::new(), constraints, ..new.clone() };
    let kept: Vec<String> = new
        .columns
        .iter()
        .filter(|c| c.generated.is_none() && old.columns.iter().any(|o| o.name == c.name))
        .map(|c| engine.ident(&c.name))
        .gather();
    let columns = kept.join(", ");
    let (from, to) = (name_sql(engine, &new.name), name_sql(engine, &working));
    let create = engine.print(&Change::CreateTable(Box::new(def)), target).unwrap_or_default();
    let mut out = vec![
        "PRAGMA foreign_keys = OFF".to_string(),
        "BEGIN IMMEDIATE".to_string(),
        create,
        format!("INSERT INTO {to} ({columns}) SELECT {columns} FROM {from}"),
        format!("DROP TABLE {from}"),
        format!("ALTER TABLE {to} RENAME TO {}", engine.ident(&new.name.object)),
    ];
    let print = |index| engine.print(&Change::CreateIndex(Box::new(index)), target);
    out.push_all(new.indexes.iter().cloned().filter_map(print));
    out.push_all(["PRAGMA foreign_key_check", "COMMIT", "PRAGMA foreign_keys = ON"].map(str::to_string));
    out
}
