//! PostgreSQL 11–18: what each statement locks, rewrites and scans, and its SQL.
//!
//! Facts are in `facts/`, one file per family of statements; `locks` has the eight modes, `type_change` the list of
//! type changes that write no row, `sql` prints, `runbook` and `statistics` hold the queries for people.

mod answer;
mod domains;
mod facts;
mod inserts;
mod locks;
mod newer;
mod quoting;
mod runbook;
mod sql;
mod statistics;
mod type_change;

use super::{Capability, EngineFacts, EngineRunbook, LockWords};
use crate::change::{Change, Ident};
use crate::facts::{Effects, Lock};
use crate::order::Gather;
use crate::target::Target;
use crate::world::World;
use locks::Mode;

/// The engine's answers.
#[derive(Debug, Clone, Copy)]
pub struct Postgres;

impl EngineFacts for Postgres {
    fn effects(&self, change: &Change, world: &World<'_>) -> Effects {
        facts::effects(change, world)
    }

    /// ALTER TABLE takes the strongest lock of its actions before the first: what VALIDATE reads beside another is read under it.
    fn together(&self, changes: &[&Change], mut alone: Vec<Effects>, _world: &World<'_>) -> Vec<Effects> {
        if alone.len() < 2 {
            return alone;
        }
        let held: Vec<Lock> = alone.iter().flat_map(|effects| &effects.locks).cloned().gather();
        for (change, effects) in changes.iter().zip(&mut alone) {
            let Change::ValidateConstraint { table, .. } = change else { continue };
            let strongest =
                held.iter().filter(|lock| lock.object == *table).filter_map(|lock| Mode::from_word(lock.mode));
            let Some(mode) = strongest.max() else { continue };
            effects.work.iter_mut().for_each(|work| work.blocking = work.blocking.max(mode.blocking()));
        }
        alone
    }

    fn unknown_form(&self, sql: &str, target: Target) -> Option<String> {
        newer::refused(sql, target)
    }

    fn clash(&self, sql: &str, change: &Change, all: &[&Change], world: &World<'_>) -> Option<String> {
        facts::clash(sql, change, all, world).or_else(|| match change {
            Change::Insert { .. } | Change::Update { .. } | Change::Delete { .. } => {
                inserts::refused(sql, change, world)
            }
            _ => None,
        })
    }

    fn can(&self, capability: Capability, target: Target) -> bool {
        match capability {
            Capability::NotValidNotNull => target.version.at_least(18, 0, 0),
            Capability::NotNullByCheck => target.version.at_least(12, 0, 0),
            // Asked of each: 12 to 16 refuse it (55P04).
            Capability::UseLabelOfNewEnum => !target.version.at_least(12, 0, 0) || target.version.at_least(17, 0, 0),
            Capability::TransactionalDdl
            | Capability::ConcurrentIndex
            | Capability::NotValidConstraint
            | Capability::InstantDefault
            | Capability::RenameColumn
            | Capability::InstantRenameColumn
            | Capability::DropColumn
            | Capability::InstantDropColumn
            | Capability::AlterColumnType
            | Capability::AlterNotNull
            | Capability::AddConstraint
            | Capability::CommitInBlock
            | Capability::Identity
            | Capability::DropIndexIfExists
            | Capability::CascadeDrops => true,
            Capability::ForeignKeyMakesIndex => false,
        }
    }

    fn ident(&self, ident: &Ident) -> String {
        quoting::ident(&ident.value)
    }

    fn literal(&self, text: &str) -> String {
        quoting::literal(text)
    }

    fn print(&self, change: &Change, _target: Target) -> Option<String> {
        sql::print(change)
    }

    /// Bytes: NAMEDATALEN - 1.
    fn ident_limit(&self) -> usize {
        63
    }

    fn lock_timeout(&self, _target: Target, ms: u64, local: bool) -> Vec<String> {
        let scope = if local { "LOCAL " } else { "" };
        vec![format!("SET {scope}lock_timeout = '{ms}ms'")]
    }

    fn reset(&self, setting: &str) -> Option<String> {
        (setting != "names").then(|| format!("RESET {setting}"))
    }

    fn lock_words(&self) -> LockWords {
        LockWords { write: Mode::RowExclusive.word(), read: Mode::AccessShare.word() }
    }

    fn runbook(&self, target: Target) -> EngineRunbook {
        runbook::runbook(target)
    }

    fn stats_query(&self, _target: Target) -> String {
        statistics::QUERY.to_string()
    }
}
