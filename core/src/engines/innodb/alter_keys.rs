//! ALTER TABLE on constraints and indexes.

use super::alter::{Cx, alter, build};
use super::answer::{Answer, Mdl};
use super::case::{self, Case};
use super::definitions;
use super::server::ParentDeed;
use super::statements::no_such_form;
use super::table::{self, Traits};
use crate::change::{Constraint, ConstraintClass, ConstraintKind, Ident, IndexDef, Name};
use crate::engines::index_cost;
use crate::facts::{Blocking, Effects, Undo, WorkKind};
use crate::order::Gather;
use crate::schema::mentions;

/// ADD CONSTRAINT.
pub(in crate::engines) fn add_constraint(cx: Cx<'_>, table: &Name, constraint: &Constraint) -> Effects {
    let Some(case) = case::add_constraint(&constraint.kind, constraint.not_enforced) else {
        return no_such_form(cx, "this kind of constraint", "a CHECK, a UNIQUE key or MODIFY … NOT NULL");
    };
    if let (ConstraintKind::ForeignKey(key), true) = (&constraint.kind, cx.world.schema.keys_are_unchecked()) {
        return unchecked_key(cx, table, &key.references);
    }
    // A unique hash, and a key over periods that may not overlap, copy the table.
    let copies = mentions(&constraint.text, "hash") && Traits::of(cx.world, table).hashes
        || mentions(&constraint.text, "overlaps")
        || needs_hash(cx, table, constraint);
    let copies = copies && matches!(case, Case::AddIndex | Case::AddPrimaryKey);
    let answer = alter(cx, table, &[if copies { Case::ChangeType } else { case }]);
    match &constraint.kind {
        ConstraintKind::PrimaryKey { columns } => primary_key(cx, answer, table, columns).done(),
        ConstraintKind::Unique { columns, .. } => unique(cx, answer, table, columns).done(),
        ConstraintKind::ForeignKey(key) => {
            let scan = WorkKind::ForeignKeyScan { parent: key.references.clone() };
            let blocking = cx.server.row(case, &Traits::of(cx.world, table), cx.version()).way.lock.blocking();
            references(cx, answer.work(scan, table, blocking), table, &key.references, true)
                .online(Some(format!("SET foreign_key_checks = 0, then the same with ALGORITHM=INPLACE, LOCK=NONE: rows that exist are not checked, look for orphans first and after ({} is then trusted)", key.references)))
                .may_fail(format!("rows without a match in {} (error 1452)", key.references))
                .remark(format!("writes to {table} are checked against {}, and deletes there against {table}, from now on", key.references))
                .done()
        }
        ConstraintKind::Check { expr } if case == Case::AddCheck => answer
            .may_fail(format!("rows for which {} is false (error 3819 or 4025)", expr.text))
            .remark(format!("writes to {table} that violate it fail from now on"))
            .done(),
        ConstraintKind::Check { .. } | ConstraintKind::Exclude | ConstraintKind::NotNull { .. } => answer.done(),
    }
}

/// MariaDB makes a hash of a UNIQUE that is too long for an index, which needs a column more.
fn needs_hash(cx: Cx<'_>, table: &Name, constraint: &Constraint) -> bool {
    let ConstraintKind::Unique { columns, .. } = &constraint.kind else { return false };
    let whole = Traits::of(cx.world, table).hashes && definitions::takes_whole(&constraint.text);
    whole && cx.def(table).is_some_and(|def| definitions::needs_hash(def, columns.iter()))
}

/// ADD FOREIGN KEY with foreign_key_checks off: in place, and no row that exists is looked at.
fn unchecked_key(cx: Cx<'_>, table: &Name, parent: &Name) -> Effects {
    let answer = alter(cx, table, &[Case::AddForeignKeyUnchecked]);
    let answer = match cx.server.parent_lock(ParentDeed::AddKey, cx.version()) {
        Some(mode) if parent != table => answer.lock(parent, mode).work(WorkKind::Catalog, parent, mode.blocking()),
        _ => answer,
    };
    answer
        .remark(format!("rows of {table} that exist are not checked: look for those without a match in {parent}"))
        .done()
}

fn primary_key(cx: Cx<'_>, answer: Answer, table: &Name, columns: &[Ident]) -> Answer {
    let has = cx.def(table).and_then(table::primary_key).is_some();
    answer
        .when(has, |answer| {
            answer.refuse(format!("{table} has a primary key already (error 1068): drop it in the same ALTER TABLE"))
        })
        .may_fail(format!("rows where {} is NULL or not unique (error 1138 or 1062)", list(columns)))
}

fn unique(cx: Cx<'_>, answer: Answer, table: &Name, columns: &[Ident]) -> Answer {
    answer
        .work(build(index_cost::of_columns(table, columns, cx.world.schema)), table, Blocking::Nobody)
        .may_fail(format!("two rows with the same {} (error 1062)", list(columns)))
        .remark(format!("writes to {table} that repeat {} fail from now on (error 1062)", list(columns)))
}

fn list(columns: &[Ident]) -> String {
    columns.iter().map(Ident::to_string).gather().join(", ")
}

/// The locks on a referenced table.
pub(super) fn references(cx: Cx<'_>, answer: Answer, table: &Name, parent: &Name, counts: bool) -> Answer {
    if !counts || parent == table {
        return answer;
    }
    match cx.server.parent_lock(ParentDeed::AddKey, cx.version()) {
        Some(mode) if mode != Mdl::ParentRows => answer.lock(parent, mode).work(WorkKind::Catalog, parent, mode.blocking()),
        _ => answer.lock(parent, Mdl::ParentRows).work(WorkKind::Catalog, parent, Blocking::Writes).grant(format!(
            "no transaction holds a changed row of {parent} open: the copy waits for it without end, neither lock_wait_timeout nor innodb_lock_wait_timeout bounds that"
        )),
    }
}

/// DROP CONSTRAINT, DROP PRIMARY KEY, DROP FOREIGN KEY, DROP CHECK.
pub(in crate::engines) fn drop_constraint(
    cx: Cx<'_>,
    table: &Name,
    name: Option<&Ident>,
    said: Option<ConstraintClass>,
) -> Effects {
    let def = cx.def(table);
    let class = case::constraint_class(def, name, said);
    match class {
        Some(ConstraintClass::PrimaryKey) => alter(cx, table, &[case::drop_primary_key(def)])
            .remark(format!("rows of {table} are no longer told apart; row-based replication reads the table for each changed row"))
            .done(),
        Some(ConstraintClass::Unique) => {
            let case = name.map_or(Case::DropIndex, |name| case::drop_index(def, &Name::new(name.value.clone())));
            alter(cx, table, &[case]).remark("duplicates are accepted from now on").done()
        }
        Some(ConstraintClass::Check) => {
            alter(cx, table, &[Case::DropCheck]).remark("values that it refused are accepted from now on").done()
        }
        Some(ConstraintClass::ForeignKey) => drop_foreign_key(cx, table, name),
        Some(ConstraintClass::Exclusion | ConstraintClass::NotNull) => {
            no_such_form(cx, "this kind of constraint", "MODIFY … NULL")
        }
        None => alter(cx, table, &[Case::DropClusteringIndex])
            .assume("which constraint this is is not known: taken for the slowest, a unique key that stands for the primary key")
            .undo(Undo::Unknown)
            .done(),
    }
}

fn drop_foreign_key(cx: Cx<'_>, table: &Name, name: Option<&Ident>) -> Effects {
    let parent = cx.def(table).and_then(|def| {
        def.constraints.iter().find_map(|constraint| match &constraint.kind {
            ConstraintKind::ForeignKey(key) if constraint.name.as_ref() == name => Some(key.references.clone()),
            _ => None,
        })
    });
    let mut answer = alter(cx, table, &[Case::DropForeignKey]);
    if let (Some(parent), Some(mode)) = (&parent, cx.server.parent_lock(ParentDeed::DropKey, cx.version())) {
        answer = answer.lock(parent, mode).work(WorkKind::Catalog, parent, mode.blocking());
    }
    answer.remark("orphans are accepted from now on; cascades stop").done()
}

/// ALTER CHECK … [NOT] ENFORCED.
pub(in crate::engines) fn alter_check(cx: Cx<'_>, table: &Name, enforced: Option<bool>) -> Effects {
    match enforced {
        Some(true) => alter(cx, table, &[Case::EnforceCheck]).may_fail("rows that violate it (error 3819)").done(),
        Some(false) => alter(cx, table, &[Case::UnenforceCheck]).done(),
        None => no_such_form(cx, "DEFERRABLE", "constraints that are checked at once"),
    }
}

// ---- indexes

/// CREATE INDEX, ADD INDEX.
pub(in crate::engines) fn create_index(cx: Cx<'_>, index: &IndexDef) -> Effects {
    let table = &index.table;
    let traits = Traits::of(cx.world, table);
    let whole = index.parts.iter().filter(|part| !part.text.contains('(')).filter_map(|part| part.column.as_ref());
    let hashed = traits.hashes && index.unique && cx.def(table).is_some_and(|def| definitions::needs_hash(def, whole));
    let copies = hashed || mentions(&index.text, "overlaps");
    let case = if copies { Case::ChangeType } else { case::add_index(index, &traits) };
    let way = cx.server.row(case, &traits, cx.version()).way;
    let mut answer = alter(cx, table, &[case]);
    if case == Case::AddIndex {
        answer = answer.work(build(index_cost::of_index(index, cx.world.schema)), table, way.lock.blocking());
    }
    if index.unique {
        let columns: Vec<Ident> = index.parts.iter().filter_map(|part| part.column.clone()).gather();
        answer = answer
            .may_fail(format!("two rows with the same {} (error 1062)", list(&columns)))
            .remark(format!("writes to {table} that repeat {} fail from now on (error 1062)", list(&columns)));
    }
    let unnamed = index.concurrently.then_some("CREATE INDEX CONCURRENTLY");
    let partial = index.filter.is_some().then_some("a partial index");
    match unnamed.or(partial) {
        Some(form) => answer.refuse(format!("{} has no {form} (error 1064)", cx.server.title())).done(),
        None => answer.done(),
    }
}

/// DROP INDEX.
pub(in crate::engines) fn drop_index(cx: Cx<'_>, index: &Name, table: Option<&Name>) -> Effects {
    let Some(table) = table else {
        return no_such_form(cx, "DROP INDEX without a table", "DROP INDEX … ON table");
    };
    let def = cx.def(table);
    let named = |own: &&IndexDef| table::is_named(own, &index.object);
    let fulltext = def
        .and_then(|def| def.indexes.iter().find(named))
        .is_some_and(|own| own.kind == crate::change::IndexKind::Fulltext);
    alter(cx, table, &[case::drop_index(def, index)])
        .when(fulltext, |answer| {
            answer.breaks(format!(
                "MATCH … AGAINST on {table} that needs {} fails from now on (error 1191)",
                index.object
            ))
        })
        .when(def.is_none(), |answer| {
            answer.assume(format!("{} of {table} is not unique, and no foreign key needs it", index.object))
        })
        .remark(format!(
            "queries that used {} get slower, and those that name it in a hint fail (error 1176)",
            index.object
        ))
        .done()
}

/// RENAME INDEX.
pub(in crate::engines) fn rename_index(cx: Cx<'_>, index: &Name, table: Option<&Name>) -> Effects {
    let Some(table) = table else {
        return no_such_form(cx, "ALTER INDEX", "ALTER TABLE … RENAME INDEX");
    };
    alter(cx, table, &[Case::RenameIndex])
        .remark(format!("queries that name {} in a hint fail from now on (error 1176)", index.object))
        .done()
}

/// ALTER INDEX … INVISIBLE, IGNORED; DISABLE KEYS.
pub(in crate::engines) fn alter_index(cx: Cx<'_>, table: Option<&Name>, action: &str) -> Effects {
    let keys = action.to_ascii_uppercase().contains("KEYS");
    match table {
        Some(table) if keys => alter(cx, table, &[Case::Keys]).done(),
        Some(table) => alter(cx, table, &[Case::IndexVisibility])
            .remark("plans of queries that use the index change at once")
            .done(),
        None => no_such_form(cx, "ALTER INDEX", "ALTER TABLE … ALTER INDEX"),
    }
}
