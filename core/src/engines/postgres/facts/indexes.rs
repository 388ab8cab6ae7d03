//! Indexes: built, dropped, renamed, rebuilt.

use super::super::answer::Answer;
use super::super::locks::Mode::{AccessExclusive, AccessShare, Share, ShareUpdateExclusive};
use super::types::is_built_in;
use super::{Facts, foreign};
use crate::change::{ConstraintKind, Ident, IndexDef, IndexKind, IndexPart, Name, ObjectKind, ReindexScope};
use crate::engines::index_cost;
use crate::facts::{Blocking, IndexCost, WorkKind};
use crate::order::Gather;
use crate::schema::Table;

const DEFINE: &str = "indexcmds.c DefineIndex";
const REINDEX: &str = "indexcmds.c ReindexIndex, ReindexTable, ReindexRelationConcurrently";
const DROP: &str = "tablecmds.c RemoveRelations; index.c index_drop";

/// Rows of a partial index when nothing is known of its condition: all, so the estimate is never too low.
const PARTIAL_SHARE_PERCENT: u8 = 100;

/// `CREATE INDEX`.
pub(super) fn create(facts: Facts<'_>, index: &IndexDef) -> Answer {
    if index.kind != IndexKind::Plain {
        return foreign("FULLTEXT and SPATIAL indexes");
    }
    let mode = if index.concurrently { ShareUpdateExclusive } else { Share };
    let table = &index.table;
    let exists = index.if_not_exists && index.name.as_ref().is_some_and(|n| facts.schema().index(n).is_some());
    let partitioned = facts.is_partitioned(table);
    let answer = Answer::observed(DEFINE)
        .lock(table, mode)
        .when(index.concurrently, Answer::not_in_transaction)
        .when(index.nulls_not_distinct, |a| facts.needs(15, "NULLS NOT DISTINCT", a));
    // ONLY spares the partitions; a table that has none is read all the same.
    let hollow = index.only && (partitioned || facts.schema().table(table).is_none());
    if exists || hollow {
        return answer.work(WorkKind::Catalog, table, mode);
    }
    let work = WorkKind::IndexBuild {
        key: index_cost::of_index(index, facts.schema()),
        concurrently: index.concurrently,
        share_percent: PARTIAL_SHARE_PERCENT,
    };
    let unknown = index_cost::of_index(index, facts.schema()) == IndexCost::Unknown;
    answer
        .when(!index.concurrently, |a| a.locks(facts.schema().partitions(table).into_iter().map(|t| &t.def.name), mode))
        .work(work, table, mode)
        .refuse_if(partitioned && index.concurrently, || {
            "an index on a partitioned table cannot be created concurrently; create it ON ONLY the parent, \
             concurrently on each partition, and attach (0A000)"
                .to_string()
        })
        .refuse_if(matches!(index.method.as_deref(), None | Some("btree" | "hash")) && unordered(facts, index), || {
            "a column is of a type that has no order; name an operator class, or use another method (42704)".to_string()
        })
        .refuse_if(index.method.as_deref() == Some("gin") && undivided(facts, index), || {
            "no column is of a type that holds several values, which GIN finds; name an operator class such as gin_trgm_ops, or \
             give the extension btree_gin with the schema (42704)"
                .to_string()
        })
        .refuse_if(!index.include.is_empty() && matches!(index.method.as_deref(), Some("brin" | "gin" | "hash")), || {
            "an index of this method has no INCLUDE (0A000)".to_string()
        })
        .refuse_if(index.parts.iter().any(|p| is_virtual(facts, table, p.column.as_ref())), || {
            "indexes on virtual generated columns are not supported (0A000)".to_string()
        })
        .assume_if(unknown, || "the types of the key are not known; it is taken to be text, the dearest to sort".to_string())
        .when(index.unique, |a| {
            a.may_fail("two rows with the same key (23505); a concurrent build then leaves an INVALID index behind")
                .remark("INSERT and UPDATE of values that exist already fail from now on")
        })
        .when(!index.concurrently, |a| {
            a.online(if partitioned {
                "CREATE INDEX ON ONLY the parent, CREATE INDEX CONCURRENTLY on each partition, then ALTER INDEX … ATTACH PARTITION"
            } else {
                "CREATE INDEX CONCURRENTLY"
            })
        })
}

/// A bare column is of a type that no operator class serves by itself (asked of 11 and 18).
fn unordered(facts: Facts<'_>, index: &IndexDef) -> bool {
    let bare = index.parts.iter().filter(|part| !part.text.trim().contains(' '));
    bare.filter_map(|part| part.column.as_ref()).any(|column| has_no_order(facts, &index.table, column))
}

/// Bare columns of single values all of them. With another column an extension is taken to be there, which serves them besides.
fn undivided(facts: Facts<'_>, index: &IndexDef) -> bool {
    let single = |column: &Ident| {
        let known = facts.schema().column(&index.table, column).and_then(|column| column.data_type.as_ref());
        known.is_some_and(|known| {
            known.array == 0 && is_built_in(&known.base) && !matches!(known.base.as_str(), "jsonb" | "tsvector")
        })
    };
    let bare = |part: &IndexPart| !part.text.trim().contains(' ') && part.column.as_ref().is_some_and(single);
    let extensions = facts.schema().objects_of(ObjectKind::Extension);
    index.parts.iter().all(bare) && !extensions.iter().any(|extension| extension.name.object.value == "btree_gin")
}

/// Neither a B-tree nor a hash index can be made of its type alone.
pub(super) fn has_no_order(facts: Facts<'_>, table: &Name, column: &Ident) -> bool {
    let known = facts.schema().column(table, column).and_then(|column| column.data_type.as_ref());
    known.is_some_and(|known| {
        known.array == 0
            && matches!(
                known.base.as_str(),
                "json" | "xml" | "point" | "line" | "lseg" | "box" | "path" | "polygon" | "circle"
            )
    })
}

fn is_virtual(facts: Facts<'_>, table: &Name, column: Option<&Ident>) -> bool {
    column
        .and_then(|column| facts.schema().column(table, column))
        .and_then(|column| column.generated.as_ref())
        .is_some_and(|generated| !generated.stored)
}

/// The table of an index: as said, or as the schema knows it.
fn table_of(facts: Facts<'_>, index: &Name, said: Option<&Name>) -> Option<Name> {
    said.cloned().or_else(|| facts.schema().index_with_table(index).map(|(_, table)| table.clone())).or_else(|| {
        let owns = |t: &crate::schema::Table| key_constraint(t, index).is_some();
        facts.schema().tables_where(owns).next().map(|t| t.def.name.clone())
    })
}

/// The key constraint that an index stands behind.
fn key_constraint<'t>(table: &'t crate::schema::Table, index: &Name) -> Option<&'t crate::change::Constraint> {
    table.def.constraints.iter().find(|c| {
        c.name.as_ref() == Some(&index.object)
            && matches!(
                c.kind,
                ConstraintKind::PrimaryKey { .. } | ConstraintKind::Unique { .. } | ConstraintKind::Exclude
            )
    })
}

/// `DROP INDEX`.
pub(super) fn drop(
    facts: Facts<'_>,
    name: &Name,
    said: Option<&Name>,
    concurrently: bool,
    if_exists: bool,
    cascade: bool,
) -> Answer {
    let table = table_of(facts, name, said);
    let index_mode = if concurrently { ShareUpdateExclusive } else { AccessExclusive };
    let behind = table.as_ref().and_then(|t| facts.table(t)).and_then(|t| key_constraint(t, name));
    let unique = facts.schema().index(name).is_some_and(|i| i.unique);
    let partitioned = table.as_ref().is_some_and(|t| facts.is_partitioned(t));
    let answer = Answer::observed(DROP)
        .when(concurrently, Answer::not_in_transaction)
        .lock(name, index_mode)
        .remark(if unique {
            "INSERT … ON CONFLICT on its columns fails from now on (42P10), duplicates are accepted, queries that used it slow down"
        } else {
            "queries that used it slow down"
        })
        .when(!concurrently && !partitioned, |a| a.online("DROP INDEX CONCURRENTLY"))
        .refuse_if(behind.is_some(), || format!("{name} stands behind a constraint; drop the constraint (2BP01)"))
        .refuse_if(concurrently && cascade, || "DROP INDEX CONCURRENTLY does not support CASCADE (0A000)".to_string());
    match &table {
        Some(table) => answer
            .lock(table, index_mode)
            .refuse_if(concurrently && partitioned, || {
                "a partitioned index cannot be dropped concurrently (0A000)".to_string()
            })
            .when(!concurrently, |a| a.locks(facts.heirs(table), AccessExclusive))
            .work(WorkKind::Unlink, name, index_mode),
        None => {
            answer.work(WorkKind::Unlink, name, index_mode).assume_if(!if_exists || facts.schema().is_empty(), || {
                format!("the table of {name} is not known; it is locked {} too", index_mode.word())
            })
        }
    }
}

/// `ALTER INDEX … RENAME TO`.
pub(super) fn rename(facts: Facts<'_>, name: &Name) -> Answer {
    let mode = if facts.since(12) { ShareUpdateExclusive } else { AccessExclusive };
    Answer::observed("tablecmds.c RenameRelation").catalog(name, mode)
}

/// `REINDEX`. Queries open every index of their table while they are planned, so an exclusive lock on one index
/// stops reads of the table too.
pub(super) fn reindex(facts: Facts<'_>, scope: ReindexScope, name: Option<&Name>, concurrently: bool) -> Answer {
    let answer = Answer::observed(REINDEX);
    let answer =
        if concurrently { facts.needs(12, "REINDEX … CONCURRENTLY", answer).not_in_transaction() } else { answer };
    let online = |a: Answer| a.when(!concurrently && facts.since(12), |a| a.online("REINDEX … CONCURRENTLY"));
    match (scope, name) {
        (ReindexScope::Index, Some(index)) => online(reindex_index(facts, answer, index, concurrently)),
        (ReindexScope::Table, Some(table)) => online(reindex_table(facts, answer, table, concurrently)),
        (ReindexScope::System, _) => {
            let catalogs = Name::new("the system catalogs");
            let key = IndexCost::FixedWidth;
            answer
                .not_in_transaction()
                .lock(&catalogs, Share)
                .work(WorkKind::IndexBuild { key, concurrently: false, share_percent: 100 }, &catalogs, AccessExclusive)
                .assume("every statement reads the catalogs: it waits for the index that is rebuilt")
        }
        (ReindexScope::Schema | ReindexScope::Database | ReindexScope::Any, _) | (_, None) => {
            let stored = facts.schema().views().filter(|v| v.materialized && !v.indexes.is_empty());
            // Of a partitioned table it takes the partitions alone.
            let tables = facts
                .schema()
                .tables()
                .map(|t| &t.def.name)
                .filter(|t| !facts.is_partitioned(t) || facts.heirs(t).is_empty());
            let tables: Vec<Name> = tables.chain(stored.map(|v| &v.name)).cloned().gather();
            let tables = super::or_every_table(tables);
            let answer = online(answer.not_in_transaction())
                .assume("every table of the schema or database is rebuilt in turn, each in its own transaction");
            tables.iter().fold(answer, |answer, table| reindex_table(facts, answer, table, concurrently))
        }
    }
}

fn reindex_index(facts: Facts<'_>, answer: Answer, index: &Name, concurrently: bool) -> Answer {
    let table = table_of(facts, index, None);
    let key = cost_of(facts, index, table.as_ref());
    let over = table.clone().unwrap_or_else(|| index.clone());
    let partitioned = table.as_ref().is_some_and(|t| facts.is_partitioned(t));
    let constraint = table.as_ref().and_then(|t| facts.table(t)).and_then(|t| key_constraint(t, index));
    let excludes = constraint.is_some_and(|c| c.kind == ConstraintKind::Exclude);
    let (index_mode, table_mode) =
        if concurrently { (ShareUpdateExclusive, ShareUpdateExclusive) } else { (AccessExclusive, Share) };
    answer
        .lock(index, index_mode)
        .locks(&table, table_mode)
        .work(WorkKind::IndexBuild { key, concurrently, share_percent: 100 }, &over, index_mode)
        .refuse_if(concurrently && excludes, || {
            "the index of an exclusion constraint cannot be rebuilt concurrently (0A000)".to_string()
        })
        .when(partitioned, |a| {
            partitions(facts, a, &over).refuse_if(!facts.since(14), || {
                "a partitioned index cannot be rebuilt before PostgreSQL 14; rebuild those of its partitions (0A000)".to_string()
            })
        })
        .assume_if(table.is_none(), || {
            format!("the table of {index} is not known; it is locked {} too, and its rows are assumed", table_mode.word())
        })
}

fn cost_of(facts: Facts<'_>, index: &Name, table: Option<&Name>) -> IndexCost {
    if let Some(known) = facts.schema().index(index) {
        return index_cost::of_index(known, facts.schema());
    }
    let constraint = table.and_then(|t| facts.table(t)).and_then(|t| key_constraint(t, index).map(|c| (t, c)));
    match constraint.map(|(t, c)| (t, &c.kind)) {
        Some((t, ConstraintKind::PrimaryKey { columns } | ConstraintKind::Unique { columns, .. })) => {
            index_cost::of_columns(&t.def.name, columns, facts.schema())
        }
        Some(_) => IndexCost::Inverted,
        None => IndexCost::Unknown,
    }
}

fn reindex_table(facts: Facts<'_>, answer: Answer, table: &Name, concurrently: bool) -> Answer {
    let mode = if concurrently { ShareUpdateExclusive } else { Share };
    let partitioned = facts.is_partitioned(table);
    let costs = all_index_costs(facts, table);
    let answer = answer.lock(table, mode).when(partitioned && facts.since(14), |a| partitions(facts, a, table));
    if partitioned && !facts.since(14) {
        return answer.work(WorkKind::Catalog, table, mode);
    }
    let blocking = if concurrently { Blocking::Nobody } else { Blocking::ReadsAndWrites };
    let answer =
        answer.assume_if(costs.is_none(), || format!("the indexes of {table} are not known; one on text is assumed"));
    costs.unwrap_or_else(|| vec![IndexCost::Unknown]).into_iter().fold(answer, |answer, key| {
        answer.work_blocking(WorkKind::IndexBuild { key, concurrently, share_percent: 100 }, table, blocking)
    })
}

/// The partitions are listed under SHARE, even where they are then rebuilt concurrently.
fn partitions(facts: Facts<'_>, answer: Answer, table: &Name) -> Answer {
    answer.not_in_transaction().locks(facts.heirs(table), Share)
}

/// Costs of all indexes of a table, those behind keys included; none when the table is not known.
pub(super) fn all_index_costs(facts: Facts<'_>, table: &Name) -> Option<Vec<IndexCost>> {
    if let Some(view) = facts.schema().view(table) {
        return Some(view.indexes.iter().map(|index| index_cost::of_index(index, facts.schema())).gather());
    }
    let known = facts.table(table)?;
    // Each index of the parent is there again in the partition.
    let parent = known.def.partition_of.as_ref().and_then(|parent| facts.table(parent));
    Some(std::iter::once(known).chain(parent).flat_map(|table| own_index_costs(facts, table)).gather())
}

fn own_index_costs(facts: Facts<'_>, known: &Table) -> Vec<IndexCost> {
    let plain = known.def.indexes.iter().map(|index| index_cost::of_index(index, facts.schema()));
    let keys = known.def.constraints.iter().filter_map(|c| match &c.kind {
        ConstraintKind::PrimaryKey { columns } | ConstraintKind::Unique { columns, .. } => {
            Some(index_cost::of_columns(&known.def.name, columns, facts.schema()))
        }
        ConstraintKind::Exclude => Some(IndexCost::Inverted),
        ConstraintKind::Check { .. } | ConstraintKind::ForeignKey(_) | ConstraintKind::NotNull { .. } => None,
    });
    plain.chain(keys).gather()
}

/// Index parameters whose change needs the exclusive lock (reloptions.c).
const HEAVY_PARAMETERS: [&str; 5] =
    ["fastupdate", "gin_pending_list_limit", "pages_per_range", "autosummarize", "buffering"];

/// `ALTER INDEX` other than rename.
pub(super) fn alter(facts: Facts<'_>, name: Option<&Name>, table: Option<&Name>, action: &str) -> Answer {
    let Some(index) = name else { return foreign("ENABLE and DISABLE KEYS") };
    let upper = action.trim().to_ascii_uppercase();
    let words: Vec<&str> = upper.split(|c: char| !(c.is_alphanumeric() || c == '_')).filter(|w| !w.is_empty()).gather();
    let answer = Answer::observed("tablecmds.c AlterTableGetLockLevel");
    match words.as_slice() {
        ["SET", "TABLESPACE", ..] => answer.lock(index, AccessExclusive).work(
            WorkKind::IndexBuild { key: IndexCost::FixedWidth, concurrently: false, share_percent: 100 },
            &table_of(facts, index, table).unwrap_or_else(|| index.clone()),
            AccessExclusive,
        ),
        ["SET", "SCHEMA", ..] => foreign("ALTER INDEX … SET SCHEMA"),
        ["SET" | "RESET", parameters @ ..] => {
            let partitioned = table_of(facts, index, table).is_some_and(|t| facts.is_partitioned(&t));
            let heavy = parameters.iter().any(|p| HEAVY_PARAMETERS.contains(&p.to_ascii_lowercase().as_str()));
            let late = parameters.contains(&"DEDUPLICATE_ITEMS") && !facts.since(13);
            answer
                .catalog(index, if heavy { AccessExclusive } else { ShareUpdateExclusive })
                .refuse_if(partitioned, || {
                    "parameters of a partitioned index are set on those of its partitions (42809)".to_string()
                })
                .refuse_if(late, || "deduplicate_items exists since PostgreSQL 13 (22023)".to_string())
        }
        ["ATTACH", "PARTITION", ..] => {
            let mode = if facts.since(12) { ShareUpdateExclusive } else { AccessExclusive };
            let child = action.trim().get("ATTACH PARTITION".len()..).map(|n| n.trim().trim_matches('"').to_string());
            let child = child.map(|n| n.rsplit('.').next().unwrap_or(&n).trim_matches('"').to_string());
            let child = child.map(|object| index.sibling(object));
            let child_table = child.as_ref().and_then(|c| table_of(facts, c, None));
            answer
                .catalog(index, mode)
                .locks(&child, AccessExclusive)
                .locks(&table_of(facts, index, table), AccessShare)
                .locks(&child_table, AccessShare)
        }
        ["ALTER", ..] => answer.catalog(index, ShareUpdateExclusive),
        ["DEPENDS" | "NO" | "OWNER", ..] => answer.catalog(index, AccessExclusive),
        ["VISIBLE" | "INVISIBLE" | "IGNORED" | "NOT", ..] => foreign("index visibility"),
        _ => answer.catalog(index, AccessExclusive).assume("the action is not known; the strongest lock is assumed"),
    }
}
