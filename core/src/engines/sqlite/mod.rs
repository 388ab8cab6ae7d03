//! SQLite 3.25–3.54.
//!
//! In: a change and the world. Out: effects on the file, SQL, runbook. Never: the 12 steps; a recipe spells them out.

pub mod affinity;
mod names;
mod lacking;
mod newer;
mod answer;
mod facts;
mod columns;
mod objects;
mod print;
mod runbook;
#[cfg(test)]
mod tests;

use super::{Capability, EngineFacts, EngineRunbook, LockWords, forms, gone, written};
use crate::change::{Change, Ident, ObjectKind};
use crate::facts::{Effects, RunningCode};
use crate::schema::mentions;
use crate::target::Target;
use crate::world::World;

/// The engine's answers.
#[derive(Debug, Clone, Copy)]
pub struct Sqlite;

impl EngineFacts for Sqlite {
    fn effects(&self, change: &Change, world: &World<'_>) -> Effects {
        let mut effects = facts::effects(change, world);
        if let Some(why) = lacking::refused(change, world) {
            effects.refused.get_or_insert(why);
        }
        effects
    }

    /// ALTER TABLE takes one action. The statement that stands for a rebuild has its own action besides the rebuild.
    fn together(&self, changes: &[&Change], mut alone: Vec<Effects>, world: &World<'_>) -> Vec<Effects> {
        let rebuild = changes.iter().any(|change| matches!(change, Change::RebuildTable { .. }));
        if let ([_, _, ..], Some(first), false) = (changes, alone.first_mut(), rebuild) {
            first.refused.get_or_insert_with(|| "SQLite takes one action per ALTER TABLE (syntax error)".to_string());
        }
        // A trigger that a rebuild makes again refuses what it refused before.
        for (change, effects) in changes.iter().zip(&mut alone).filter(|_| rebuild) {
            if let Change::Object { kind: ObjectKind::Trigger, name: Some(name), .. } = change
                && let RunningCode::Breaks(_) = effects.running_code
                && world.schema.object(ObjectKind::Trigger, name).is_some_and(|old| mentions(&old.text, "raise"))
            {
                effects.running_code = RunningCode::Works;
            }
        }
        alone
    }

    fn unknown_form(&self, sql: &str, target: Target) -> Option<String> {
        let built = || forms::refused(sql, target, newer::BUILT);
        let unless = |why| why + ", unless it is built with SQLITE_ENABLE_UPDATE_DELETE_LIMIT";
        forms::refused(sql, target, newer::FORMS).or_else(|| built().map(unless))
    }

    fn clash(&self, sql: &str, change: &Change, all: &[&Change], world: &World<'_>) -> Option<String> {
        gone::named(change, all, world)
            .map(|gone| format!("{gone} is not there any more: it was dropped or renamed before"))
            .or_else(|| lacking::clash(sql, change, all, world))
            .or_else(|| written::refused(sql, change, world, |_, _, _| true))
    }

    fn can(&self, capability: Capability, target: Target) -> bool {
        let v = target.version;
        match capability {
            Capability::TransactionalDdl
            | Capability::InstantDefault
            | Capability::RenameColumn
            | Capability::InstantRenameColumn
            | Capability::DropIndexIfExists => true,
            Capability::DropColumn => v.at_least(3, 35, 0),
            Capability::AlterNotNull => v.at_least(3, 53, 0),
            // Only a CHECK, from 3.53 on; a recipe that adds another constraint needs a rebuild in every version.
            Capability::AddConstraint
            | Capability::ConcurrentIndex
            | Capability::CascadeDrops
            | Capability::ForeignKeyMakesIndex
            | Capability::NotValidConstraint
            | Capability::NotValidNotNull
            | Capability::NotNullByCheck
            | Capability::UseLabelOfNewEnum
            | Capability::InstantDropColumn
            | Capability::AlterColumnType
            | Capability::CommitInBlock
            | Capability::Identity => false,
        }
    }

    fn ident(&self, ident: &Ident) -> String {
        names::ident(ident)
    }

    fn literal(&self, text: &str) -> String {
        // A NUL would end the statement's text.
        if text.contains('\0') {
            let digits: String = text.bytes().map(|byte| format!("{byte:02X}")).collect();
            return format!("CAST(x'{digits}' AS TEXT)");
        }
        format!("'{}'", text.replace('\'', "''"))
    }

    fn print(&self, change: &Change, target: Target) -> Option<String> {
        print::print(change, target)
    }

    fn ident_limit(&self) -> usize {
        // No limit but that of a statement; a name longer than this helps nobody.
        255
    }

    fn lock_timeout(&self, _target: Target, ms: u64, _local: bool) -> Vec<String> {
        vec![format!("PRAGMA busy_timeout = {ms}")]
    }

    fn reset(&self, _setting: &str) -> Option<String> {
        None
    }

    fn lock_words(&self) -> LockWords {
        LockWords { write: "RESERVED", read: "SHARED" }
    }

    fn runbook(&self, _target: Target) -> EngineRunbook {
        runbook::runbook()
    }

    fn stats_query(&self, _target: Target) -> String {
        STATS_QUERY.to_string()
    }
}

/// Pages and rows by the dbstat table, which the sqlite3 shell has; it reads the whole file.
const STATS_QUERY: &str = "SELECT s.tbl_name AS \"table\",
       sum(CASE WHEN s.type = 'table' AND d.pagetype = 'leaf' THEN d.ncell ELSE 0 END) AS \"rows\",
       sum(CASE WHEN s.type = 'table' THEN d.pgsize ELSE 0 END) AS table_bytes,
       sum(CASE WHEN s.type = 'index' THEN d.pgsize ELSE 0 END) AS index_bytes
  FROM dbstat AS d JOIN sqlite_master AS s ON s.name = d.name
 GROUP BY s.tbl_name ORDER BY table_bytes DESC;
-- without dbstat: SELECT 'TABLE' AS \"table\", count(*) AS \"rows\" FROM TABLE; for each table
";
