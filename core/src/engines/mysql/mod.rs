//! MySQL 5.7, 8.0, 8.4, 9.x with InnoDB.
//!
//! In: a change and the world. Out: effects from the table in `algorithms`, SQL, runbook. Never: a row without evidence.

mod algorithms;
mod newer;
mod refusals;

use super::innodb::answer::Mdl;
use super::innodb::case::Case;
use super::innodb::server::{Deed, Mix, ParentDeed, Server};
use super::innodb::table::Traits;
use super::innodb::way::{INPLACE_SHARED, LockClause, REBUILD, Row, Way};
use super::innodb::{clash, effects, names, nested, print, runbook, together};
use super::{Capability, EngineFacts, EngineRunbook, LockWords, forms};
use crate::change::{Change, Ident};
use crate::facts::{Algorithm, Effects, Evidence};
use crate::target::{Target, Version};
use crate::world::World;

/// The engine's answers.
#[derive(Debug, Clone, Copy)]
pub struct MySql;

impl Server for MySql {
    fn title(&self) -> &'static str {
        "MySQL"
    }

    fn row(&self, case: Case, table: &Traits, version: Version) -> Row {
        algorithms::row(case, table, version)
    }

    fn refusal(&self, change: &Change, world: &World<'_>) -> Option<String> {
        refusals::refusal(change, world)
    }

    /// From 8.0 on metadata locks reach the other end of a foreign key; 5.7 knows only row locks there.
    /// 5.7 knows no metadata lock of a parent; the copy that adds a key locks its rows.
    fn parent_lock(&self, deed: ParentDeed, version: Version) -> Option<Mdl> {
        let by_rows = (deed == ParentDeed::AddKey).then_some(Mdl::ParentRows);
        if version.at_least(8, 0, 0) { Some(Mdl::Exclusive) } else { by_rows }
    }

    fn lock_on_parent(&self, deed: Deed, version: Version) -> Option<Mdl> {
        let mode = match deed {
            Deed::Alter | Deed::Truncate => Mdl::ByForeignKey,
            Deed::Rename => Mdl::Exclusive,
        };
        version.at_least(8, 0, 0).then_some(mode)
    }

    fn lock_on_child(&self, _deed: Deed, version: Version) -> Option<Mdl> {
        version.at_least(8, 0, 0).then_some(Mdl::Exclusive)
    }

    fn silence(&self, change: &Change, version: Version) -> Option<&'static str> {
        refusals::silence(change, version)
    }

    fn false_duplicates(&self) -> bool {
        true
    }

    /// Column Operations: 64 since 8.0.29, 255 since 9.1.0 (9.7.4 observed; 8.0.15 takes 300 without an end).
    fn row_versions(&self, version: Version) -> Option<u32> {
        let limit = if version.at_least(9, 1, 0) { 255 } else { 64 };
        version.at_least(8, 0, 29).then_some(limit)
    }

    fn null_for_no_default(&self) -> bool {
        false
    }

    fn inline_references(&self, version: Version) -> bool {
        version.at_least(9, 0, 0)
    }

    /// A column cannot be added or dropped at once beside anything that is not INSTANT.
    fn mixed(&self, mix: Mix, weakest: Way, _version: Version) -> Way {
        let not_instant = weakest.algorithm != Algorithm::Instant;
        match mix {
            Mix { instant_column: true, .. } if not_instant => weakest.with(REBUILD),
            Mix { indexes_new_virtual: true, .. } => weakest.with(INPLACE_SHARED),
            _ => weakest,
        }
    }

    fn refuses_mix(&self, mix: Mix) -> Option<&'static str> {
        (mix.fulltext > 1).then_some("one statement adds one FULLTEXT index at most (error 1795)")
    }

    fn knows(&self, algorithm: &str, version: Version) -> bool {
        match algorithm {
            "INSTANT" => version.at_least(8, 0, 12),
            other => matches!(other, "INPLACE" | "COPY"),
        }
    }

    fn instant_takes_lock(&self) -> bool {
        false
    }

    fn copy_lock(&self, _version: Version) -> LockClause {
        LockClause::Shared
    }

    fn evidence(&self) -> &'static [Evidence] {
        &[Evidence::Observed("MySQL 5.7.22, 8.0.15, 9.7.4"), Evidence::Manual("Metadata Locking")]
    }
}

impl EngineFacts for MySql {
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
            | Capability::Identity
            | Capability::DropIndexIfExists => false,
            Capability::InstantDefault => v.at_least(8, 0, 12),
            Capability::RenameColumn => v.at_least(8, 0, 0),
            Capability::InstantRenameColumn => v.at_least(8, 0, 28),
            Capability::InstantDropColumn => v.at_least(8, 0, 29),
            Capability::DropColumn
            | Capability::AlterColumnType
            | Capability::AlterNotNull
            | Capability::AddConstraint
            | Capability::ForeignKeyMakesIndex => true,
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

    fn lock_timeout(&self, target: Target, ms: u64, _local: bool) -> Vec<String> {
        // From 8.0 on, a transaction on a table that points at another holds a metadata lock on that one too.
        names::lock_timeout(ms, !target.version.at_least(8, 0, 0))
    }

    fn reset(&self, setting: &str) -> Option<String> {
        names::reset(setting)
    }

    fn lock_words(&self) -> LockWords {
        LockWords { write: Mdl::SharedWrite.word(), read: Mdl::SharedRead.word() }
    }

    fn runbook(&self, target: Target) -> EngineRunbook {
        runbook::mysql(target.version, self.row_versions(target.version))
    }

    fn stats_query(&self, target: Target) -> String {
        let fresh =
            if target.version.at_least(8, 0, 0) { "SET SESSION information_schema_stats_expiry = 0;\n" } else { "" };
        format!("{fresh}{}", names::STATS_QUERY)
    }
}
