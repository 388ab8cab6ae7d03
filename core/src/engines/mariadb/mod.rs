//! MariaDB 10.3–11.8 with InnoDB.
//!
//! In: a change and the world. Out: effects from the table in `algorithms`, SQL, runbook. Never: a row without evidence.

mod algorithms;
mod refusals;
#[cfg(test)]
mod tests;

use super::innodb::answer::Mdl;
use super::innodb::case::Case;
use super::innodb::server::{ParentDeed, Server};
use super::innodb::table::Traits;
use super::innodb::way::Row;
use super::innodb::{effects, names, print, runbook};
use super::{Capability, EngineFacts, EngineRunbook, LockWords};
use crate::change::{Change, Ident};
use crate::facts::{Effects, Evidence};
use crate::target::{Target, Version};
use crate::world::World;

/// The engine's answers.
#[derive(Debug, Clone, Copy)]
pub struct MariaDb;

impl Server for MariaDb {
    fn title(&self) -> &'static str {
        "MariaDB"
    }

    fn row(&self, case: Case, table: &Traits, version: Version) -> Row {
        algorithms::row(case, table, version)
    }

    fn refusal(&self, change: &Change, world: &World<'_>) -> Option<String> {
        refusals::refusal(change, world.target.version)
    }

    /// A foreign key that comes or goes waits for writers of the parent; a new table waits for nobody.
    fn parent_lock(&self, deed: ParentDeed, _version: Version) -> Option<Mdl> {
        match deed {
            ParentDeed::AddKey | ParentDeed::DropKey | ParentDeed::DropChild => Some(Mdl::InnodbTable),
            ParentDeed::CreateChild => None,
        }
    }

    fn silence(&self, change: &Change, version: Version) -> Option<&'static str> {
        refusals::silence(change, version)
    }

    fn false_duplicates(&self) -> bool {
        false
    }

    fn inline_references(&self, version: Version) -> bool {
        version.at_least(10, 5, 0)
    }

    fn evidence(&self) -> &'static [Evidence] {
        &[Evidence::Observed("MariaDB 10.11.19, 11.8.6"), Evidence::Manual("Metadata Locking")]
    }
}

impl EngineFacts for MariaDb {
    fn effects(&self, change: &Change, world: &World<'_>) -> Effects {
        effects::effects(self, change, world)
    }

    fn can(&self, capability: Capability, target: Target) -> bool {
        let v = target.version;
        match capability {
            Capability::TransactionalDdl
            | Capability::CascadeDrops
            | Capability::ConcurrentIndex
            | Capability::NotValidConstraint
            | Capability::NotValidNotNull
            | Capability::NotNullByCheck
            | Capability::CommitInBlock
            | Capability::Identity => false,
            Capability::RenameColumn | Capability::InstantRenameColumn => v.at_least(10, 5, 2),
            Capability::InstantDropColumn => v.at_least(10, 4, 0),
            Capability::InstantDefault
            | Capability::DropColumn
            | Capability::AlterColumnType
            | Capability::AlterNotNull
            | Capability::AddConstraint
            | Capability::ForeignKeyMakesIndex
            | Capability::DropIndexIfExists
            | Capability::RedefinesWholeColumn => true,
        }
    }

    fn ident(&self, ident: &Ident) -> String {
        names::ident(ident)
    }

    fn literal(&self, text: &str) -> String {
        names::literal(text)
    }

    fn print(&self, change: &Change, target: Target) -> Option<String> {
        print::print(self, change, target)
    }

    fn ident_limit(&self) -> usize {
        64
    }

    fn lock_timeout(&self, ms: u64, _local: bool) -> Vec<String> {
        names::lock_timeout(ms)
    }

    fn lock_words(&self) -> LockWords {
        LockWords { write: Mdl::SharedWrite.word(), read: Mdl::SharedRead.word() }
    }

    fn runbook(&self, target: Target) -> EngineRunbook {
        runbook::mariadb(target.version)
    }

    fn stats_query(&self, _target: Target) -> String {
        names::STATS_QUERY.to_string()
    }
}
