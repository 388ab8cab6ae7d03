//! MariaDB 10.3–11.8 with InnoDB.
//!
//! In: a change and the world. Out: effects from the table in `algorithms`, SQL, runbook. Never: a row without evidence.

mod algorithms;
mod newer;
mod refusals;

use super::innodb::answer::Mdl;
use super::innodb::case::Case;
use super::innodb::server::{Deed, Mix, ParentDeed, Server};
use super::innodb::table::Traits;
use super::innodb::way::{COPY, LockClause, NOCOPY_SHARED, REBUILD, Row, Way};
use super::innodb::{clash, effects, names, nested, print, runbook, together};
use super::{Capability, EngineFacts, EngineRunbook, LockWords, forms};
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
        refusals::refusal(change, world)
    }

    /// A foreign key that comes or goes waits for writers of the parent; a new table waits for nobody.
    fn parent_lock(&self, deed: ParentDeed, _version: Version) -> Option<Mdl> {
        match deed {
            ParentDeed::AddKey | ParentDeed::DropKey | ParentDeed::DropChild => Some(Mdl::InnodbTable),
            ParentDeed::CreateChild => None,
        }
    }

    fn lock_on_parent(&self, _deed: Deed, _version: Version) -> Option<Mdl> {
        Some(Mdl::ByForeignKey)
    }

    fn lock_on_child(&self, _deed: Deed, _version: Version) -> Option<Mdl> {
        Some(Mdl::ByForeignKey)
    }

    fn silence(&self, change: &Change, version: Version) -> Option<&'static str> {
        refusals::silence(change, version)
    }

    fn false_duplicates(&self) -> bool {
        false
    }

    fn row_versions(&self, _version: Version) -> Option<u32> {
        None
    }

    fn null_for_no_default(&self) -> bool {
        true
    }

    fn inline_references(&self, version: Version) -> bool {
        version.at_least(10, 5, 0)
    }

    /// A column that comes or goes at once beside a new index is a rebuild; two FULLTEXT indexes copy the table.
    fn mixed(&self, mix: Mix, weakest: Way, version: Version) -> Way {
        let copy = Way { lock: self.copy_lock(version), ..COPY };
        match mix {
            Mix { fulltext: 2.., .. } => copy,
            Mix { instant_column: true, adds_index: true, .. } => weakest.with(REBUILD),
            Mix { indexes_new_virtual: true, .. } => weakest.with(NOCOPY_SHARED),
            _ => weakest,
        }
    }

    fn refuses_mix(&self, _mix: Mix) -> Option<&'static str> {
        None
    }

    fn knows(&self, algorithm: &str, _version: Version) -> bool {
        matches!(algorithm, "INSTANT" | "NOCOPY" | "INPLACE" | "COPY")
    }

    fn instant_takes_lock(&self) -> bool {
        true
    }

    fn copy_lock(&self, version: Version) -> LockClause {
        if version.at_least(11, 2, 0) { LockClause::None } else { LockClause::Shared }
    }

    fn evidence(&self) -> &'static [Evidence] {
        &[Evidence::Observed("MariaDB 10.11.19, 11.8.6"), Evidence::Manual("Metadata Locking")]
    }
}

impl EngineFacts for MariaDb {
    fn effects(&self, change: &Change, world: &World<'_>) -> Effects {
        effects::effects(self, change, world)
    }

    fn together(&self, changes: &[&Change], alone: Vec<Effects>, world: &World<'_>) -> Vec<Effects> {
        together::together(self, changes, alone, world)
    }

    fn unknown_form(&self, sql: &str, target: Target) -> Option<String> {
        forms::refused(sql, target, newer::FORMS).or_else(|| nested::refused(sql, target))
    }

    fn clash(&self, sql: &str, change: &Change, all: &[&Change], world: &World<'_>) -> Option<String> {
        clash::clash(sql, change, all, world)
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
            | Capability::UseLabelOfNewEnum
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
            | Capability::DropIndexIfExists => true,
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

    fn print_in(&self, change: &Change, world: &World<'_>) -> Option<String> {
        print::print_in(self, change, world)
    }

    fn ident_limit(&self) -> usize {
        64
    }

    fn lock_timeout(&self, _target: Target, ms: u64, _local: bool) -> Vec<String> {
        names::lock_timeout(ms, true)
    }

    fn reset(&self, setting: &str) -> Option<String> {
        names::reset(setting)
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
