//! Rows in batches from a client: SQLite has no loop of its own.

use super::rebuild;
use super::sql::row_number;
use crate::change::{Ident, Name, ObjectKind, TableDef};
use crate::draft::UndoDraft;
use crate::recipes::Cx;
use crate::recipes::dialect::{Dialect, DropForm};
use crate::recipes::shared::batches::Batches;
use crate::recipes::shared::key::Key;
use crate::report::OtherWay;

/// The helper SQL of SQLite.
pub struct Sqlite;

impl Dialect for Sqlite {
    fn other_ways(&self, cx: &Cx<'_>, job: &Batches) -> Vec<OtherWay> {
        let key = match &job.key {
            Key::Integer(column) | Key::Assumed(column) => column.clone(),
            Key::Ordered(_) | Key::Storage => {
                let known = cx.world.schema.table(&job.table);
                Ident::new(known.and_then(|t| row_number(&t.def)).unwrap_or("rowid"))
            }
        };
        let (table, key) = (cx.name(&job.table), cx.ident(&key));
        let change = job.statement(cx, &format!("{key} > :low AND {key} <= :high"));
        vec![OtherWay {
            tool: "loop in a client".to_string(),
            when: "writers must not wait for the whole statement. Each batch is a transaction of its own; 10,000 rows are a \
                   good size, and :low starts below the first key."
                .to_string(),
            command: format!(
                "PRAGMA busy_timeout = 10000;\n-- repeat until :high is NULL\nSELECT max({key}) FROM (SELECT {key} FROM {table} \
                 WHERE {key} > :low ORDER BY {key} LIMIT 10000); -- :high\n{change};\n-- :low = :high"
            ),
        }]
    }

    fn undo_rebuild(&self, cx: &Cx<'_>, table: &Name, made: &TableDef) -> Option<UndoDraft> {
        rebuild::undo_of_pasted(cx, table, made)
    }

    fn drop_of(&self, kind: ObjectKind) -> DropForm {
        if kind == ObjectKind::Trigger { DropForm::Named } else { DropForm::ByHand }
    }
}
