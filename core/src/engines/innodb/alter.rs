//! ALTER TABLE: locks, work and algorithm from the row of a server's table. The sentences of each change are in
//! `alter_columns`, `alter_keys` and `alter_table`.

use super::answer::{Answer, Mdl};
use super::case::Case;
use super::server::Server;
use super::table::Traits;
use super::way::{LockClause, Row};
use crate::change::{Name, TableDef};
use crate::facts::{Algorithm, Blocking, Certainty, IndexCost, WorkKind};
use crate::order::PushAll;
use crate::target::Version;
use crate::world::World;

/// The server and the world, asked together.
#[derive(Clone, Copy)]
pub(in crate::engines) struct Cx<'a> {
    /// Which server.
    pub(in crate::engines) server: &'a dyn Server,
    /// What is known.
    pub(in crate::engines) world: &'a World<'a>,
}

impl<'a> Cx<'a> {
    /// The version.
    pub(in crate::engines) fn version(self) -> Version {
        self.world.target.version
    }

    /// The table as it is, when it was given.
    pub(in crate::engines) fn def(self, table: &Name) -> Option<&'a TableDef> {
        self.world.schema.table(table).map(|t| &t.def)
    }
}

/// Locks, work and algorithm of an ALTER TABLE that is these cases at once.
pub(in crate::engines) fn alter(cx: Cx<'_>, table: &Name, cases: &[Case]) -> Answer {
    let traits = Traits::of(cx.world, table);
    let rows = cases.iter().map(|case| cx.server.row(*case, &traits, cx.version()));
    let Some(row) = rows.reduce(Row::with) else { return Answer::ddl(Certainty::Unknown, &[]) };
    let way = row.way;
    let mut answer = Answer::ddl(row.certainty, row.evidence)
        .algorithm(way.algorithm)
        .online(way.clause().filter(|_| way.online()))
        .lock(table, Mdl::Exclusive);
    answer = match way.lock {
        LockClause::None if way.algorithm == Algorithm::Instant => answer,
        LockClause::None => answer.lock(table, Mdl::SharedUpgradable),
        LockClause::Shared => answer.lock(table, Mdl::SharedNoWrite),
        LockClause::Exclusive => answer,
    };
    for work in work(cases, row) {
        answer = answer.work(work, table, way.lock.blocking());
    }
    answer = answer.work(WorkKind::Catalog, table, Blocking::ReadsAndWrites);
    taken_for_granted(cx, table, cases, row, &traits, answer)
}

/// What has to be done besides the catalog entry.
fn work(cases: &[Case], row: Row) -> Vec<WorkKind> {
    let mut work = match row.way.algorithm {
        Algorithm::Instant => return Vec::new(),
        Algorithm::NoCopy | Algorithm::Inplace => Vec::new(),
        Algorithm::InplaceRebuild => vec![WorkKind::InplaceRebuild],
        Algorithm::Copy => vec![WorkKind::Rewrite],
    };
    let copies = row.way.algorithm == Algorithm::Copy;
    work.push_all(cases.iter().filter_map(|case| match case {
        Case::AddFunctionalIndex | Case::ChangeCollation { indexed: true } if !copies => Some(build(IndexCost::Text)),
        Case::AddFulltext { .. } | Case::AddSpatial => Some(build(IndexCost::Inverted)),
        Case::DropIndex | Case::DropPartition | Case::TruncatePartition if !copies => Some(WorkKind::Unlink),
        Case::LookAtPartition if !copies => Some(WorkKind::Scan { passes: 1 }),
        Case::OptimizePartition if !copies => Some(WorkKind::InplaceRebuild),
        _ => None,
    }));
    work
}

/// An index, built in one go.
pub(super) fn build(key: IndexCost) -> WorkKind {
    WorkKind::IndexBuild { key, concurrently: false, share_percent: 100 }
}

/// What was not given and would make it slower, and the trap of MySQL's rebuild in place.
fn taken_for_granted(
    cx: Cx<'_>,
    table: &Name,
    cases: &[Case],
    row: Row,
    traits: &Traits,
    mut answer: Answer,
) -> Answer {
    let rebuilds = row.way.algorithm == Algorithm::InplaceRebuild;
    let adds = cases.iter().any(|case| matches!(case, Case::AddColumn { .. } | Case::DropColumn { .. }));
    if !traits.known && (rebuilds || adds) {
        answer = answer.grant(format!(
            "{table} is an InnoDB table without FULLTEXT or SPATIAL index and not ROW_FORMAT=COMPRESSED; otherwise it is rebuilt or copied"
        ));
    }
    let counted = |case: &Case| {
        use Case::{AddColumn, AddWithCheck, AddWithReferences, DropColumn, DropStored};
        matches!(case, AddColumn { .. } | AddWithCheck | AddWithReferences | DropColumn { .. } | DropStored { .. })
    };
    let limit = cx.server.row_versions(cx.version()).filter(|_| cases.iter().any(counted));
    if let (Some(limit), Algorithm::Instant) = (limit, row.way.algorithm) {
        answer = answer.grant(format!(
            "{table} has had fewer than {limit} INSTANT changes of columns since it was last made anew (runbook, row versions): the next one is refused (error 4092)"
        ));
    }
    if rebuilds && cx.server.false_duplicates() {
        let trap = "a rebuild in place fails with error 1062 when a concurrent statement meets a duplicate of a secondary UNIQUE key (INSERT IGNORE, ON DUPLICATE KEY UPDATE, REPLACE, a refused INSERT), although no duplicate exists";
        answer = match (traits.known, traits.secondary_unique) {
            (true, true) => answer.may_fail(trap),
            (true, false) => answer,
            (false, _) => {
                answer.grant(format!("{table} has no secondary UNIQUE key, or no upserts run meanwhile: {trap}"))
            }
        };
    }
    answer
}
