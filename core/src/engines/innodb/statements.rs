//! Statements other than ALTER TABLE: whole tables, views, rows, locks, sessions.

use super::alter::Cx;
use super::answer::{Answer, Mdl};
use super::server::ParentDeed;
use crate::change::{ConstraintKind, Ident, Maintenance, Name, OpaqueWhy, RowFilter, TableDef};
use crate::facts::{Blocking, Certainty, Effects, Transactional, Undo, WorkKind};
use crate::order::Gather;
use crate::world::Touched;

/// Rows that a transaction may change before its locks and its undo log get in the way of others.
const MANY_ROWS: u64 = 10_000;

fn ddl(cx: Cx<'_>) -> Answer {
    Answer::ddl(Certainty::Proved, cx.server.evidence())
}

/// A form that another engine has.
pub(super) fn no_such_form(cx: Cx<'_>, form: &str, instead: &str) -> Effects {
    Answer::refused(cx.server.evidence(), format!("{} has no {form} (error 1064); use {instead}", cx.server.title()))
}

/// CREATE TABLE. A table made new stops nobody, but a foreign key waits for transactions on its parent.
pub(super) fn create_table(cx: Cx<'_>, def: &TableDef) -> Effects {
    let mut answer = ddl(cx).work(WorkKind::Catalog, &def.name, Blocking::Nobody);
    if cx.world.schema.table(&def.name).is_some() {
        answer = answer.lock(&def.name, Mdl::Exclusive);
    }
    if def.temporary {
        answer = answer
            .transactional(Transactional::Yes)
            .grant("a temporary table does not commit, and does not roll back either");
    }
    for parent in parents(def).filter(|parent| **parent != def.name) {
        if let Some(mode) = cx.server.parent_lock(ParentDeed::CreateChild, cx.version()) {
            answer = answer.lock(parent, mode).work(WorkKind::Catalog, parent, mode.blocking());
        }
    }
    if def.fills() {
        answer = match cx.world.reads_whole(&def.source) {
            Some(read) => answer.work(WorkKind::StoreQuery, read, read_blocks(cx)),
            None => answer.work(WorkKind::StoreQuery, &def.name, Blocking::Nobody),
        };
        answer = answer
            .grant("CREATE TABLE … SELECT waits for transactions that changed the tables it reads, and locks the rows it reads under REPEATABLE READ");
    }
    answer.done()
}

fn parents(def: &TableDef) -> impl Iterator<Item = &Name> {
    let inline = def.columns.iter().flat_map(|column| &column.constraints);
    def.constraints.iter().chain(inline).filter_map(|constraint| match &constraint.kind {
        ConstraintKind::ForeignKey(key) => Some(&key.references),
        _ => None,
    })
}

/// DROP TABLE.
pub(super) fn drop_table(cx: Cx<'_>, tables: &[Name]) -> Effects {
    let schema = cx.world.schema;
    let mut answer = ddl(cx).undo(Undo::No);
    for table in tables {
        answer = answer.lock(table, Mdl::Exclusive).work(WorkKind::Unlink, table, Blocking::ReadsAndWrites);
        let unchecked = schema.keys_are_unchecked();
        let children = schema.referencing(table);
        let other = children.iter().find(|(child, _)| !tables.contains(&child.def.name));
        if let Some((child, _)) = other.filter(|_| !unchecked) {
            answer = answer.refuse(format!("{} references {table} (error 3730, 1217 or 1451)", child.def.name));
        }
        for key in schema.foreign_keys(table) {
            if let ConstraintKind::ForeignKey(key) = &key.kind
                && let Some(mode) = cx.server.parent_lock(ParentDeed::DropChild, cx.version())
                && !tables.contains(&key.references)
            {
                answer = answer.lock(&key.references, mode).work(WorkKind::Catalog, &key.references, mode.blocking());
            }
        }
    }
    answer
        .breaks(format!("statements and views that name {} fail from now on (error 1146 or 1356)", names(tables)))
        .done()
}

/// DROP TEMPORARY TABLE: only the session that made the table sees it.
pub(super) fn drop_temporary(cx: Cx<'_>, tables: &[Name]) -> Effects {
    let answer = ddl(cx).transactional(Transactional::Yes).undo(Undo::No);
    tables
        .iter()
        .fold(answer, |answer, table| answer.work(WorkKind::Catalog, table, Blocking::Nobody))
        .grant("a temporary table does not commit, and does not roll back either")
        .done()
}

/// TRUNCATE: drops and creates again.
pub(super) fn truncate(cx: Cx<'_>, tables: &[Name]) -> Effects {
    let mut answer = ddl(cx).undo(Undo::No);
    for table in tables {
        answer = answer.lock(table, Mdl::Exclusive).work(WorkKind::Unlink, table, Blocking::ReadsAndWrites);
        let children = cx.world.schema.referencing(table);
        let other = children.iter().find(|(child, _)| child.def.name != *table);
        if let Some((child, _)) = other.filter(|_| !cx.world.schema.keys_are_unchecked()) {
            answer = answer.refuse(format!("{} references {table} (error 1701)", child.def.name));
        }
    }
    answer.breaks(format!("all rows of {} are gone; it commits and fires no trigger", names(tables))).done()
}

/// A copy under another name that takes the table's place: rows written after the copy are lost.
pub(super) fn rebuild_table(cx: Cx<'_>, table: &Name) -> Effects {
    // INSERT … SELECT locks what it reads.
    let waits = if cx.world.schema.reads_lock_nothing() { Blocking::Nobody } else { Blocking::Writes };
    ddl(cx)
        .catalog(table)
        .work(WorkKind::Rewrite, table, waits)
        .undo(Undo::Lossy)
        .breaks(format!("rows that are written to {table} between the copy and the rename are lost; triggers and foreign keys stay with the old table"))
        .done()
}

/// CREATE VIEW waits for users of the view, not of its tables.
pub(super) fn create_view(cx: Cx<'_>, name: &Name, replace: bool, materialized: bool, reads: &[Name]) -> Effects {
    if materialized {
        return no_such_form(cx, "a materialized view", "a table filled by a job");
    }
    let blocking = if replace { Blocking::ReadsAndWrites } else { Blocking::Nobody };
    let answer = ddl(cx).lock(name, Mdl::Exclusive).work(WorkKind::Catalog, name, blocking);
    let answer = reads.iter().fold(answer, |answer, table| answer.lock(table, Mdl::SharedRead));
    answer
        .when(replace, |answer| {
            answer
                .undo(Undo::Unknown)
                .remark(format!("code that names a column which {name} no longer has fails (error 1054)"))
        })
        .done()
}

/// DROP VIEW.
pub(super) fn drop_view(cx: Cx<'_>, views: &[Name], materialized: bool) -> Effects {
    if materialized {
        return no_such_form(cx, "a materialized view", "a table filled by a job");
    }
    let answer = views.iter().fold(ddl(cx), Answer::catalog);
    answer.breaks(format!("statements that name {} fail from now on (error 1146)", names(views))).done()
}

// ---- rows

/// INSERT, REPLACE, LOAD DATA.
pub(super) fn insert(
    cx: Cx<'_>,
    table: &Name,
    from_query: bool,
    rows: Option<u64>,
    source: &[(Name, RowFilter)],
) -> Effects {
    let read = cx.world.reads_whole(source);
    let batch = (!source.is_empty() && read.is_none()).then_some(MANY_ROWS);
    let rows = rows.or(if from_query { batch } else { Some(1) });
    let answer = Answer::plain(cx.server.evidence()).lock(table, Mdl::SharedWrite).work(
        WorkKind::InsertRows { rows },
        table,
        Blocking::Nobody,
    );
    let answer = match read {
        Some(read) => answer.lock(read, Mdl::SharedRead).work(WorkKind::StoreQuery, read, read_blocks(cx)),
        None => answer,
    };
    answer
        .undo(Undo::Lossy)
        .may_fail("a key that exists already, a value that does not fit (error 1062, 1264, 1406)")
        .when(from_query, |answer| {
            answer.grant(if cx.world.schema.reads_lock_nothing() {
                "under READ COMMITTED the rows that it reads are not locked; with binlog_format = STATEMENT the server refuses it (error 1665)"
            } else {
                "INSERT … SELECT locks the rows that it reads under REPEATABLE READ"
            })
        })
        .done()
}

/// Who waits for a query whose rows are stored.
fn read_blocks(cx: Cx<'_>) -> Blocking {
    if cx.world.schema.reads_lock_nothing() { Blocking::Nobody } else { Blocking::Writes }
}

/// UPDATE: every row that it reads stays locked to the end of the transaction.
pub(super) fn update(cx: Cx<'_>, table: &Name, columns: &[Ident], filter: &RowFilter) -> Effects {
    let indexed = columns.iter().any(|column| {
        let schema = cx.world.schema;
        schema.table(table).is_none() || !schema.indexes_of_column(table, column).is_empty()
    });
    let (rows, batch, blocking) = touched(cx.world.touched(table, filter));
    let answer = Answer::plain(cx.server.evidence()).lock(table, Mdl::SharedWrite).work(
        WorkKind::Update { batch, indexed, rows },
        table,
        blocking,
    );
    row_locks(cx, answer, table, filter, blocking).undo(Undo::Lossy).done()
}

/// DELETE.
pub(super) fn delete(cx: Cx<'_>, table: &Name, filter: &RowFilter) -> Effects {
    let (rows, batch, blocking) = touched(cx.world.touched(table, filter));
    let answer = Answer::plain(cx.server.evidence()).lock(table, Mdl::SharedWrite).work(
        WorkKind::Delete { batch, rows },
        table,
        blocking,
    );
    let answer = cx.world.schema.referencing(table).iter().fold(answer, |answer, (child, _)| {
        answer.may_fail(format!(
            "rows of {} still reference it (error 1451), or are changed by the cascade",
            child.def.name
        ))
    });
    row_locks(cx, answer, table, filter, blocking).undo(Undo::No).done()
}

fn row_locks(cx: Cx<'_>, answer: Answer, table: &Name, filter: &RowFilter, blocking: Blocking) -> Answer {
    let passes = blocking == Blocking::Nobody && cx.world.passes_over(table, filter);
    let answer = answer.when(passes, |answer| answer.work(WorkKind::Scan { passes: 1 }, table, Blocking::Writes));
    answer.when(passes || blocking != Blocking::Nobody, |answer| {
        answer.grant(format!(
            "InnoDB locks every row that the statement reads until the transaction ends: with no index for the condition that is all of {table}, and under REPEATABLE READ the gaps too, so that inserts wait"
        ))
    })
}

/// Rows touched as far as the text tells, the size of a batch, who waits.
fn touched(rows: Touched) -> (Option<u64>, Option<u64>, Blocking) {
    match rows {
        Touched::Few => (Some(1), None, Blocking::Nobody),
        Touched::Batch => (Some(MANY_ROWS), Some(MANY_ROWS), Blocking::Nobody),
        Touched::Unknown | Touched::All => (None, None, Blocking::Writes),
    }
}

/// SELECT and its kin.
pub(super) fn query(cx: Cx<'_>, calls_functions: bool) -> Effects {
    if calls_functions {
        return Effects::unknown("what the function that it calls does is not known");
    }
    Answer::plain(cx.server.evidence()).done()
}

// ---- maintenance, locks, sessions

/// OPTIMIZE, ANALYZE, CHECK, REPAIR.
pub(super) fn maintain(cx: Cx<'_>, command: Maintenance, tables: &[Name]) -> Effects {
    let each = |answer: Answer, step: &dyn Fn(Answer, &Name) -> Answer| tables.iter().fold(answer, step);
    match command {
        Maintenance::Optimize => each(ddl(cx), &|answer, table| {
            let traits = super::table::Traits::of(cx.world, table);
            let way = cx.server.row(super::case::Case::Rebuild, &traits, cx.version()).way;
            answer.lock(table, Mdl::Exclusive).work(WorkKind::InplaceRebuild, table, way.lock.blocking()).work(
                WorkKind::Catalog,
                table,
                Blocking::ReadsAndWrites,
            )
        })
        .done(),
        Maintenance::Analyze => each(ddl(cx), &|answer, table| {
            answer.lock(table, Mdl::SharedRead).work(WorkKind::Catalog, table, Blocking::Nobody)
        })
        .done(),
        Maintenance::CheckTable => each(ddl(cx), &|answer, table| {
            answer.lock(table, Mdl::SharedRead).work(WorkKind::Scan { passes: 1 }, table, Blocking::Nobody)
        })
        .done(),
        Maintenance::RepairTable => ddl(cx).remark("InnoDB does not support REPAIR TABLE; it does nothing").done(),
        Maintenance::Vacuum | Maintenance::VacuumFull => no_such_form(cx, "VACUUM", "OPTIMIZE TABLE"),
        Maintenance::MoveAll { .. } => no_such_form(cx, "ALL IN TABLESPACE", "ALTER TABLE of each"),
        Maintenance::Cluster => no_such_form(cx, "CLUSTER", "a primary key in that order"),
    }
}

/// LOCK TABLES: commits, and holds until UNLOCK TABLES.
pub(super) fn lock_table(cx: Cx<'_>, tables: &[Name], mode: &str) -> Effects {
    let write = mode.to_ascii_uppercase().contains("WRITE");
    let lock = if write { Mdl::SharedNoReadWrite } else { Mdl::SharedReadOnly };
    let answer = tables
        .iter()
        .fold(ddl(cx), |answer, table| answer.lock(table, lock).work(WorkKind::Unknown, table, lock.blocking()));
    answer.grant("the lock is held until UNLOCK TABLES").done()
}

/// Transaction control and settings touch no table.
pub(super) fn session(cx: Cx<'_>) -> Effects {
    Answer::plain(cx.server.evidence()).done()
}

/// What cannot be seen into.
pub(super) fn opaque(form: &str, why: OpaqueWhy, touches: &[Name]) -> Effects {
    let reason = match why {
        OpaqueWhy::RunsCode => "it runs code that decides at run time",
        OpaqueWhy::DynamicSql => "it runs SQL that is built at run time",
        OpaqueWhy::UnknownStatement => "the form of the statement is not known",
        OpaqueWhy::Unreadable => "its inside could not be read",
        OpaqueWhy::TooDeep => "it is nested too deeply to be read",
        OpaqueWhy::Template => "a placeholder stands where SQL should be",
        OpaqueWhy::Unterminated => "a quote, comment or block is not closed",
    };
    let form = if form.is_empty() { "the statement" } else { form };
    let mut effects = Effects::unknown(&format!("{form}: {reason}"));
    effects.work = touches
        .iter()
        .map(|table| crate::facts::Work {
            kind: WorkKind::Unknown,
            table: table.clone(),
            blocking: Blocking::ReadsAndWrites,
        })
        .gather();
    effects
}

fn names(tables: &[Name]) -> String {
    tables.iter().map(Name::to_string).gather().join(", ")
}
