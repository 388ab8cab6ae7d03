//! What each engine answers: effects of a change, its SQL, its queries for the runbook.
//!
//! In: a change and the world. Out: [`Effects`] from the engine's fact table; SQL text in its dialect.
//! Never: a plan. Outside this folder nobody asks which engine it is; ask the trait.

use crate::change::{Change, Ident, Name};
use crate::facts::Effects;
use crate::report::RunbookItem;
use crate::target::{Engine, Target};
use crate::world::World;

pub mod index_cost;
mod forms;
mod gone;
mod twice;
mod written;
pub mod innodb;
pub mod mysql;
pub mod mariadb;
pub mod postgres;
pub mod sqlite;

/// What an engine can be asked.
pub trait EngineFacts: Sync {
    /// What the change does to the running system. Total: every change of every version has an answer,
    /// if only [`Effects::unknown`].
    fn effects(&self, change: &Change, world: &World<'_>) -> Effects;

    /// The answers to the actions of one statement, from the answers to each alone: an engine that runs them all by
    /// the way of the weakest, or that the statement itself binds (`ALGORITHM=INSTANT`), says so here.
    fn together(&self, changes: &[&Change], alone: Vec<Effects>, world: &World<'_>) -> Vec<Effects> {
        let _ = (changes, world);
        alone
    }

    /// Why this version refuses a statement by its form alone: an option that came later.
    fn unknown_form(&self, sql: &str, target: Target) -> Option<String> {
        let _ = (sql, target);
        None
    }

    /// Why a change of a statement as pasted is refused for a name that is taken, or for something that the known schema lacks;
    /// `all` are those of its statement.
    fn clash(&self, sql: &str, change: &Change, all: &[&Change], world: &World<'_>) -> Option<String> {
        let _ = (sql, change, all, world);
        None
    }

    /// Does this version offer it?
    fn can(&self, capability: Capability, target: Target) -> bool;

    /// An identifier, quoted when it must be, safe against any content.
    fn ident(&self, ident: &Ident) -> String;

    /// A string literal, safe against any content.
    fn literal(&self, text: &str) -> String;

    /// The statement for a change, without terminator. None for changes that have no single statement in this
    /// engine and version (a recipe then spells them out).
    fn print(&self, change: &Change, target: Target) -> Option<String>;

    /// The same with what is known of the database: MySQL then says the ALGORITHM and LOCK that keep traffic going.
    fn print_in(&self, change: &Change, world: &World<'_>) -> Option<String> {
        self.print(change, world.target)
    }

    /// Longest identifier, in bytes (PostgreSQL 63) or characters (MySQL 64).
    fn ident_limit(&self) -> usize;

    /// Statements that bound the lock wait, to be run before a step. `local` inside a transaction.
    fn lock_timeout(&self, target: Target, ms: u64, local: bool) -> Vec<String>;

    /// The statement that sets a setting of the session back, where there is one.
    fn reset(&self, setting: &str) -> Option<String>;

    /// Lock of a plain write and of a plain read, for the words of the plan.
    fn lock_words(&self) -> LockWords;

    /// What a DBA runs before, during and after: backup, locks, blocked sessions, progress, lag, invalid indexes.
    fn runbook(&self, target: Target) -> EngineRunbook;

    /// The query whose output is pasted as statistics.
    fn stats_query(&self, target: Target) -> String;
}

/// Words for what traffic takes.
#[derive(Debug, Clone, Copy)]
pub struct LockWords {
    /// Lock of INSERT, UPDATE, DELETE.
    pub write: &'static str,
    /// Lock of SELECT.
    pub read: &'static str,
}

/// Runbook entries that depend on the engine alone.
#[derive(Debug, Clone, Default)]
pub struct EngineRunbook {
    /// Backup and staging copy.
    pub before: Vec<RunbookItem>,
    /// Locks, blocked sessions, progress, replication lag.
    pub during: Vec<RunbookItem>,
    /// Invalid indexes, constraints not validated.
    pub after: Vec<RunbookItem>,
    /// Lock timeout, half-done statements.
    pub failure: Vec<RunbookItem>,
}

/// What a version may or may not offer. Asked instead of the engine's name.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Capability {
    /// DDL rolls back with its transaction.
    TransactionalDdl,
    /// CREATE INDEX CONCURRENTLY.
    ConcurrentIndex,
    /// Constraints can be added NOT VALID and validated later.
    NotValidConstraint,
    /// NOT NULL can be added NOT VALID (PostgreSQL 18).
    NotValidNotNull,
    /// SET NOT NULL skips its scan when a valid CHECK proves it.
    NotNullByCheck,
    /// A label that is added to an enum of the same transaction can be used before the commit.
    UseLabelOfNewEnum,
    /// Adding a column with a constant default does not rewrite.
    InstantDefault,
    /// RENAME COLUMN exists.
    RenameColumn,
    /// RENAME COLUMN without touching rows.
    InstantRenameColumn,
    /// DROP COLUMN exists.
    DropColumn,
    /// DROP COLUMN without touching rows.
    InstantDropColumn,
    /// Column type can be altered at all.
    AlterColumnType,
    /// NOT NULL can be altered at all.
    AlterNotNull,
    /// Constraints can be added to an existing table.
    AddConstraint,
    /// A server-side loop that commits (PostgreSQL `DO` with COMMIT).
    CommitInBlock,
    /// Identity columns.
    Identity,
    /// DROP INDEX IF EXISTS.
    DropIndexIfExists,
    /// DROP … CASCADE takes dependants along (elsewhere the word is read and ignored).
    CascadeDrops,
    /// A foreign key makes an index on the referencing columns when there is none.
    ForeignKeyMakesIndex,
}

/// The answers of an engine.
pub fn of(engine: Engine) -> &'static dyn EngineFacts {
    match engine {
        Engine::Postgres => &postgres::Postgres,
        Engine::MySql => &mysql::MySql,
        Engine::MariaDb => &mariadb::MariaDb,
        Engine::Sqlite => &sqlite::Sqlite,
    }
}

/// A name, each part quoted when it must be.
pub fn name_sql(engine: &dyn EngineFacts, name: &Name) -> String {
    match &name.schema {
        Some(schema) => format!("{}.{}", engine.ident(schema), engine.ident(&name.object)),
        None => engine.ident(&name.object),
    }
}

/// A name made of `base` and `suffix` that fits the engine's limit. What does not fit is cut off `base` on a character
/// boundary and replaced by a short hash of it, so that different names stay different and the same stays the same.
pub fn shorten(engine: &dyn EngineFacts, base: &str, suffix: &str) -> String {
    let limit = engine.ident_limit();
    let whole = format!("{base}{suffix}");
    if whole.len() <= limit {
        return whole;
    }
    let hash = format!("_{:06x}", fnv(whole.as_bytes()) & 0x00ff_ffff);
    let mut room = limit.saturating_sub(suffix.len() + hash.len());
    while !base.is_char_boundary(room) {
        room -= 1;
    }
    format!("{}{hash}{suffix}", base.get(..room).unwrap_or(""))
}

/// FNV-1a: short, and the same on every machine.
fn fnv(bytes: &[u8]) -> u64 {
    bytes.iter().fold(0xcbf2_9ce4_8422_2325, |hash, byte| (hash ^ u64::from(*byte)).wrapping_mul(0x0100_0000_01b3))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_fit_and_stay_apart() {
        let engine = of(Engine::Postgres);
        assert_eq!(shorten(engine, "users_name", "_idx"), "users_name_idx");
        let long = "ä".repeat(40);
        let (a, b) = (shorten(engine, &long, "_idx"), shorten(engine, &format!("{long}x"), "_idx"));
        assert!(a.len() <= 63 && b.len() <= 63 && a.ends_with("_idx"));
        assert_ne!(a, b);
        assert_eq!(a, shorten(engine, &long, "_idx"));
    }
}
