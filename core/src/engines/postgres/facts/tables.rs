//! Tables as a whole: made, dropped, renamed, emptied, their options.

use super::super::answer::Answer;
use super::super::locks::Mode::{AccessExclusive, AccessShare, ShareRowExclusive, ShareUpdateExclusive};
use super::{Facts, foreign, list, same};
use crate::change::{Constraint, ConstraintKind, Ident, Name, TableDef, TableOption};
use crate::facts::{Blocking, Undo, WorkKind};
use crate::order::Gather;
use crate::schema::KeptBy;

const DEFINE: &str = "tablecmds.c DefineRelation";
const REMOVE: &str = "tablecmds.c RemoveRelations; dependency.c deleteOneObject";
const LEVEL: &str = "tablecmds.c AlterTableGetLockLevel";

/// `CREATE TABLE`.
pub(super) fn create(facts: Facts<'_>, def: &TableDef) -> Answer {
    let answer = Answer::observed(DEFINE)
        .locks(&def.like, AccessShare)
        .locks(&def.inherits, ShareUpdateExclusive)
        .assume_if(!def.complete, || {
            format!(
                "the definition of {} could not be read; a table that its foreign keys point at is locked \
                     SHARE ROW EXCLUSIVE",
                def.name
            )
        })
        .locks(&def.reads, AccessShare)
        .when(def.fills(), |a| {
            a.reads(&def.reads, Blocking::Nobody)
                .work_blocking(WorkKind::StoreQuery, &def.name, Blocking::Nobody)
                .assume("how many rows the query returns is not known")
        })
        .when(!def.fills(), |a| a.work_blocking(WorkKind::Catalog, &def.name, Blocking::Nobody));
    let answer = match &def.partition_of {
        Some(parent) => partition_of(facts, answer, parent, &def.options),
        None => answer,
    };
    let keys = def.columns.iter().flat_map(|c| &c.constraints).chain(&def.constraints);
    keys.fold(answer, |answer, constraint| new_key(facts, answer, &def.name, constraint))
}

/// A constraint of a table that is being made.
fn new_key(facts: Facts<'_>, answer: Answer, table: &Name, constraint: &Constraint) -> Answer {
    match &constraint.kind {
        ConstraintKind::ForeignKey(key) => {
            let mut parents = Vec::new();
            facts.add_with_heirs(&key.references, table, &mut parents);
            let other = super::constraints::unmatched(facts, key).filter(|_| !super::same(&key.references, table));
            answer
                .locks(&parents, ShareRowExclusive)
                .refuse_if(other.is_some(), || other.clone().unwrap_or_default())
                .refuse_if(facts.is_partitioned(&key.references) && !facts.since(12), || {
                    "a foreign key cannot point at a partitioned table before PostgreSQL 12 (42809)".to_string()
                })
                .when(constraint.not_enforced, |a| facts.needs(18, "NOT ENFORCED", a))
        }
        ConstraintKind::Unique { nulls_not_distinct: true, .. } => facts.needs(15, "NULLS NOT DISTINCT", answer),
        ConstraintKind::PrimaryKey { .. }
        | ConstraintKind::Unique { .. }
        | ConstraintKind::Check { .. }
        | ConstraintKind::Exclude
        | ConstraintKind::NotNull { .. } => answer,
    }
}

/// `PARTITION OF`: the parent is locked, and a default partition is read for rows that belong to the new one.
fn partition_of(facts: Facts<'_>, answer: Answer, parent: &Name, bound: &str) -> Answer {
    let answer = answer
        .lock(parent, AccessExclusive)
        .when(facts.since(12), |a| a.locks(&facts.references(parent), ShareRowExclusive))
        .when(!facts.since(12), |a| a.locks(&facts.references(parent), AccessShare))
        .when(facts.since(12), |a| {
            a.online(
                "CREATE TABLE … (LIKE parent INCLUDING ALL), then ALTER TABLE parent ATTACH PARTITION, \
                      which locks the parent SHARE UPDATE EXCLUSIVE",
            )
        });
    match facts.default_partition(parent) {
        Some(default) if super::bounds::excluded(facts, parent, default, bound) => answer
            .lock(default, AccessExclusive)
            .assume(format!("a CHECK on {default} is taken to exclude the rows of the new bound")),
        Some(default) => answer
            .lock(default, AccessExclusive)
            .scan(default, 1, AccessExclusive)
            .may_fail(format!("a row in {default} that belongs to the new partition (23514)")),
        None => answer.assume_if(facts.table(parent).is_none(), || {
            format!("{parent} is taken to have no default partition; one would be read in full under ACCESS EXCLUSIVE")
        }),
    }
}

/// `DROP TABLE`.
pub(super) fn drop(facts: Facts<'_>, tables: &[Name], cascade: bool) -> Answer {
    let answer = Answer::observed(REMOVE)
        .undo(Undo::No)
        .breaks(format!("every statement that names {} fails", list(tables)))
        .locks(tables, AccessExclusive);
    tables.iter().fold(answer, |answer, table| drop_one(facts, answer, table, tables, cascade))
}

fn drop_one(facts: Facts<'_>, answer: Answer, table: &Name, dropped: &[Name], cascade: bool) -> Answer {
    let left = |name: &&Name| !dropped.iter().any(|d| same(d, name));
    let children: Vec<&Name> = facts.referencing(table).into_iter().filter(left).gather();
    let views: Vec<&Name> = facts.schema().views_on(table).into_iter().map(|v| &v.name).gather();
    let partitions: Vec<&Name> = facts.schema().partitions(table).into_iter().map(|t| &t.def.name).gather();
    let answer = answer
        .locks(&facts.references(table), AccessExclusive)
        .locks(partitions.iter().copied(), AccessExclusive)
        .work(WorkKind::Unlink, table, AccessExclusive)
        .refuse_if(!cascade && !children.is_empty(), || {
            format!(
                "foreign keys of {} point at {table}; without CASCADE the server refuses (2BP01)",
                list(children.clone())
            )
        })
        .refuse_if(!cascade && !views.is_empty(), || {
            format!("{} is built on {table}; without CASCADE the server refuses (2BP01)", list(views.clone()))
        })
        .when(cascade, |a| {
            a.locks(children.iter().copied(), AccessExclusive).locks(views.iter().copied(), AccessExclusive)
        })
        .assume_if(facts.table(table).is_none(), || {
            format!(
                "foreign keys of {table} are not known; every table that they point at is locked ACCESS EXCLUSIVE too"
            )
        });
    match facts.schema().partition_parent(table) {
        Some(parent) => answer.lock(parent, AccessExclusive).locks(facts.default_partition(parent), AccessExclusive),
        None => answer,
    }
}

/// `RENAME TO`.
pub(super) fn rename(table: &Name) -> Answer {
    Answer::observed("tablecmds.c RenameRelation")
        .catalog(table, AccessExclusive)
        .breaks(format!("every statement that names {table} fails from the moment of the commit"))
        .online("in one transaction, RENAME and CREATE VIEW under the old name, which takes reads and simple writes")
}

/// `TRUNCATE`.
pub(super) fn truncate(facts: Facts<'_>, tables: &[Name], cascade: bool) -> Answer {
    let answer = Answer::observed("tablecmds.c ExecuteTruncateGuts")
        .undo(Undo::No)
        .locks(tables, AccessExclusive)
        .remark("queries find the table empty, older snapshots too");
    tables.iter().fold(answer, |answer, table| {
        let left = |name: &&Name| !tables.iter().any(|d| same(d, name));
        let children: Vec<&Name> = facts.referencing(table).into_iter().filter(left).gather();
        let parent = facts.schema().partition_parent(table).filter(|_| !facts.since(14));
        answer
            .locks(facts.heirs(table), AccessExclusive)
            .locks(parent, AccessShare)
            .work(WorkKind::Unlink, table, AccessExclusive)
            .refuse_if(!cascade && !children.is_empty(), || {
                format!(
                    "foreign keys of {} point at {table}; without CASCADE the server refuses (0A000)",
                    list(children.clone())
                )
            })
            .when(cascade, |a| {
                children
                    .iter()
                    .fold(a, |a, child| a.lock(child, AccessExclusive).work(WorkKind::Unlink, child, AccessExclusive))
            })
            .assume_if(cascade && facts.table(table).is_none(), || {
                format!("tables with foreign keys to {table} are not known; CASCADE empties them all")
            })
    })
}

/// A table made anew and put in the place of the old one by renaming.
pub(super) fn rebuild(table: &Name) -> Answer {
    Answer::documented("ALTER TABLE")
        .lock(table, AccessExclusive)
        .work(WorkKind::Rewrite, table, AccessExclusive)
        .undo(Undo::No)
        .assume(format!(
            "rows that are written to {table} between the copy and the rename are lost unless it is locked first"
        ))
}

/// Storage parameters whose change lets reads and writes go on (reloptions.c, column lockmode).
fn parameter_is_light(name: &str) -> bool {
    let name = name.strip_prefix("toast.").unwrap_or(name);
    name.starts_with("autovacuum_")
        || matches!(
            name,
            "fillfactor"
                | "toast_tuple_target"
                | "parallel_workers"
                | "log_autovacuum_min_duration"
                | "vacuum_truncate"
                | "vacuum_index_cleanup"
                | "vacuum_max_eager_freeze_failure_rate"
        )
}

/// `ALTER TABLE` of the table as a whole.
pub(super) fn option(facts: Facts<'_>, table: &Name, option: &TableOption) -> Answer {
    let exclusive = || Answer::observed(LEVEL).catalog(table, AccessExclusive);
    let shared = || Answer::observed(LEVEL).catalog(table, ShareUpdateExclusive);
    let rewrite =
        || Answer::observed(LEVEL).lock(table, AccessExclusive).work(WorkKind::Rewrite, table, AccessExclusive);
    let moved = |answer: Answer| answer.assume("it is another one than now; with the same no row is written");
    let is_now = |to: &Option<Ident>, now: fn(&KeptBy) -> &Option<Ident>| {
        to.is_some() && facts.table(table).is_some_and(|known| now(&known.kept_by) == to)
    };
    match option {
        TableOption::Schema(to) => {
            exclusive().breaks(format!("statements that name {table} fail unless schema {to} is in their search_path"))
        }
        TableOption::Owner(_) => exclusive().remark("privileges of the old owner end with the ownership"),
        TableOption::Tablespace(_) if facts.is_partitioned(table) => exclusive(),
        TableOption::Tablespace(to) if is_now(to, |kept| &kept.tablespace) => exclusive(),
        TableOption::Tablespace(_) => moved(rewrite()).online("pg_repack with --tablespace"),
        TableOption::Logged if facts.table(table).is_some_and(|t| !t.def.unlogged) => exclusive(),
        TableOption::Logged => rewrite(),
        TableOption::Unlogged => {
            let children = facts.referencing(table);
            rewrite()
                .undo(Undo::Lossy)
                .remark("the table is emptied after a crash and is not on replicas")
                .refuse_if(!children.is_empty(), || {
                    format!("{} references the table and is logged (42P16)", list(children.clone()))
                })
        }
        TableOption::AccessMethod(_) if facts.is_partitioned(table) => {
            facts.needs(17, "SET ACCESS METHOD on a partitioned table", exclusive())
        }
        TableOption::AccessMethod(to) => {
            let answer = if is_now(to, |kept| &kept.access_method) { exclusive() } else { moved(rewrite()) };
            facts.needs(15, "SET ACCESS METHOD", answer)
        }
        TableOption::Parameters(names) => {
            let answer = if names.iter().all(|name| parameter_is_light(name)) { shared() } else { exclusive() };
            answer
                .refuse_if(facts.is_partitioned(table), || {
                    "a partitioned table takes no storage parameters; set them on its partitions (42809)".to_string()
                })
                .refuse_if(
                    !facts.since(12)
                        && names.iter().any(|n| n.contains("vacuum_truncate") || n.contains("vacuum_index_cleanup")),
                    || "vacuum_truncate and vacuum_index_cleanup exist since PostgreSQL 12 (22023)".to_string(),
                )
        }
        TableOption::ClusterMark => shared(),
        TableOption::WithoutOids => exclusive().assume_if(!facts.since(12), || {
            format!("{table} is taken to have no OIDs; with them, the whole table is written anew")
        }),
        TableOption::WithOids => {
            exclusive().work(WorkKind::Rewrite, table, AccessExclusive).refuse_if(facts.since(12), || {
                "tables WITH OIDS ended with PostgreSQL 11: syntax error (42601)".to_string()
            })
        }
        TableOption::ReplicaIdentity => exclusive(),
        TableOption::RowSecurity => exclusive()
            .remark("rows may vanish for roles without a policy, or appear again: row security decides what is seen"),
        TableOption::Triggers => Answer::observed(LEVEL)
            .catalog(table, ShareRowExclusive)
            .locks(facts.heirs(table), ShareRowExclusive)
            .remark("while triggers are disabled, what they keep in step is not kept, foreign keys included with ALL"),
        TableOption::Rules => exclusive(),
        TableOption::Inherit(parent) => exclusive().lock(parent, ShareUpdateExclusive),
        TableOption::NoInherit(parent) => exclusive().lock(parent, AccessShare),
        TableOption::OfType => exclusive(),
        TableOption::Engine(_) => foreign("ENGINE"),
        TableOption::RowFormat(_) => foreign("ROW_FORMAT"),
        TableOption::ConvertCharset(_) | TableOption::DefaultCharset(_) => foreign("CHARACTER SET"),
        TableOption::Comment => foreign("COMMENT as a table option"),
        TableOption::AutoIncrement => foreign("AUTO_INCREMENT"),
        TableOption::Force => foreign("FORCE"),
        TableOption::OrderBy => foreign("ORDER BY in ALTER TABLE"),
        TableOption::Storage(name) | TableOption::Other(name) => foreign(name),
        TableOption::DiscardOrImportTablespace => foreign("DISCARD and IMPORT TABLESPACE"),
        TableOption::Keys => foreign("ENABLE and DISABLE KEYS"),
        TableOption::RunHint { name, .. } => foreign(name),
        TableOption::SystemVersioning { .. } => foreign("SYSTEM VERSIONING"),
    }
}
