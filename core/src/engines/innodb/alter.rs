//! ALTER TABLE: locks and work from the row of a server's table, sentences from the change.

use super::answer::{Answer, Mdl};
use super::case::{self, Case};
use super::column;
use super::server::{ParentDeed, Server};
use super::statements::no_such_form;
use super::table::{self, Traits};
use super::way::{LockClause, Row};
use crate::change::{
    ColumnDef, ColumnOption, ColumnPosition, Constraint, ConstraintClass, ConstraintKind, Expr, Ident, IndexDef, Name,
    Nullability, PartitionAction, TableDef, TableOption,
};
use crate::engines::index_cost;
use crate::facts::{Algorithm, Blocking, Effects, IndexCost, Undo, WorkKind};
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
    let Some(row) = rows.reduce(Row::with) else { return Answer::ddl(crate::facts::Certainty::Unknown, &[]) };
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
    for work in work(cx, table, cases, row) {
        answer = answer.work(work, table, way.lock.blocking());
    }
    answer = answer.work(WorkKind::Catalog, table, Blocking::ReadsAndWrites);
    taken_for_granted(cx, table, cases, row, &traits, answer)
}

/// What has to be done besides the catalog entry.
fn work(cx: Cx<'_>, table: &Name, cases: &[Case], row: Row) -> Vec<WorkKind> {
    let mut work = match row.way.algorithm {
        Algorithm::Instant => return Vec::new(),
        Algorithm::NoCopy | Algorithm::Inplace => Vec::new(),
        Algorithm::InplaceRebuild => vec![WorkKind::InplaceRebuild],
        Algorithm::Copy => vec![WorkKind::Rewrite],
    };
    let copies = row.way.algorithm == Algorithm::Copy;
    work.extend(cases.iter().filter_map(|case| match case {
        Case::AddFunctionalIndex | Case::ChangeCollation { indexed: true } if !copies => Some(build(IndexCost::Text)),
        Case::AddFulltext { .. } | Case::AddSpatial => Some(build(IndexCost::Inverted)),
        Case::DropIndex | Case::DropPartition | Case::TruncatePartition if !copies => Some(WorkKind::Unlink),
        Case::ExchangePartition | Case::LookAtPartition if !copies => Some(WorkKind::Scan { passes: 1 }),
        Case::OptimizePartition if !copies => Some(WorkKind::InplaceRebuild),
        _ => None,
    }));
    let _ = (cx, table);
    work
}

fn build(key: IndexCost) -> WorkKind {
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

// ---- columns

/// ADD COLUMN.
pub(in crate::engines) fn add_column(cx: Cx<'_>, table: &Name, column: &ColumnDef) -> Effects {
    let mut answer = alter(cx, table, &case::add_column(column)).undo(Undo::Lossless);
    for constraint in &column.constraints {
        answer = match &constraint.kind {
            ConstraintKind::ForeignKey(key) => {
                references(cx, answer, table, &key.references, cx.server.inline_references(cx.version()))
            }
            ConstraintKind::Unique { .. } | ConstraintKind::PrimaryKey { .. } if column.auto_number.is_none() => answer
                .work(build(IndexCost::Unknown), table, Blocking::Nobody)
                .when(column.default.is_some() || column.nullability == Nullability::NotNull, |answer| {
                    answer.may_fail(format!(
                        "all existing rows get the same value of {}: with two rows it fails (error 1062)",
                        column.name
                    ))
                }),
            _ => answer,
        };
    }
    let filled = column.default.is_some() || column.generated.is_some() || column.auto_number.is_some();
    if column.nullability == Nullability::NotNull && !filled {
        answer = answer.breaks(format!(
            "an INSERT that does not give {table}.{} fails from now on (error 1364 in strict SQL mode); give it a DEFAULT",
            column.name
        ));
        if is_date(column) {
            answer = answer.may_fail(format!(
                "existing rows would get the zero date in {} (error 1292 when sql_mode has NO_ZERO_DATE)",
                column.name
            ));
        }
    }
    answer.remark(format!("an INSERT into {table} without a column list fails from now on (error 1136); SELECT * returns one more column")).done()
}

fn is_date(column: &ColumnDef) -> bool {
    column.data_type.as_ref().is_some_and(|t| matches!(t.base.as_str(), "date" | "datetime" | "timestamp"))
}

/// DROP COLUMN.
pub(in crate::engines) fn drop_column(cx: Cx<'_>, table: &Name, column: &Ident) -> Effects {
    let def = cx.def(table);
    let mut answer = alter(cx, table, &[case::drop_column(def, column)])
        .undo(Undo::No)
        .breaks(format!("statements, triggers and views that name {table}.{column} fail from now on (error 1054)"));
    if let Some(key) = def.and_then(|def| table::foreign_key_on(def, column)) {
        let name = key.name.as_ref().map(Ident::to_string).unwrap_or_default();
        answer = answer
            .refuse(format!("{column} is needed in the foreign key {name}: drop that first (error 1828 or 1553)"));
    }
    answer.done()
}

/// RENAME COLUMN.
pub(in crate::engines) fn rename_column(cx: Cx<'_>, table: &Name, from: &Ident, to: &Ident) -> Effects {
    let referenced = cx.world.schema.referencing(table).iter().any(|(_, constraint)| match &constraint.kind {
        ConstraintKind::ForeignKey(key) if key.referenced_columns.is_empty() => {
            cx.def(table).is_some_and(|def| table::in_primary_key(def, from))
        }
        ConstraintKind::ForeignKey(key) => key.referenced_columns.iter().any(|column| table::same(column, from)),
        _ => false,
    });
    let case = if referenced { Case::RenameReferencedColumn } else { Case::RenameColumn };
    renamed(alter(cx, table, &[case]).undo(Undo::Lossless), table, from, to).done()
}

fn renamed(answer: Answer, table: &Name, from: &Ident, to: &Ident) -> Answer {
    answer.breaks(format!(
        "statements, views and triggers that name {table}.{from} fail from now on (error 1054), those that name {to} failed until then; a trigger keeps the old name and makes every write fail"
    ))
}

/// MODIFY, CHANGE.
pub(in crate::engines) fn redefine(
    cx: Cx<'_>,
    table: &Name,
    column: &Ident,
    to: &ColumnDef,
    position: Option<&ColumnPosition>,
) -> Effects {
    let traits = Traits::of(cx.world, table);
    let def = cx.def(table);
    let cases = case::redefine(def, column, to, position, &traits);
    let mut answer = alter(cx, table, &cases).undo(Undo::Lossless);
    for case in &cases {
        answer = match case {
            Case::Unknown => answer
                .assume(format!("the present definition of {table}.{column} is not known: taken for a change of its type, which copies the table"))
                .may_fail(format!("a value of {column} that does not fit the new definition (error 1265, 1366 or 1406 in strict SQL mode)"))
                .undo(Undo::Unknown),
            Case::ChangeType if def.is_some_and(|def| column::always_fits(def, column, to)) => answer,
            Case::ChangeType | Case::Shorten => answer.may_fail(format!(
                "a value of {column} that does not fit the new type (error 1264, 1265, 1366 or 1406 in strict SQL mode; without it the value is changed)"
            )),
            Case::MakeNotNull => answer
                .may_fail(format!("rows where {column} is NULL (error 1138)"))
                .remark(format!("writes that give NULL to {table}.{column} fail from now on (error 1048)")),
            Case::MakeNullable => answer.remark(format!("{table}.{column} may be NULL from now on: MODIFY says the whole column anew, so a NOT NULL that is not repeated is gone")),
            Case::AppendLabel => answer.undo(Undo::Lossy).remark(format!("running code meets the new members of {table}.{column} as soon as they are written")),
            Case::ChangeCollation { .. } => answer.remark(format!("comparison and order of {table}.{column} change at once")),
            _ => answer,
        };
    }
    if to.name != *column {
        answer = renamed(answer, table, column, &to.name);
    }
    answer.done()
}

/// SET DEFAULT.
pub(in crate::engines) fn set_default(cx: Cx<'_>, table: &Name, default: Option<&Expr>) -> Effects {
    let expression = default.is_some_and(case::is_expression);
    alter(cx, table, &[if expression { Case::SetExpressionDefault } else { Case::ColumnMetadata }]).done()
}

/// DROP DEFAULT.
pub(in crate::engines) fn drop_default(cx: Cx<'_>, table: &Name, column: &Ident) -> Effects {
    let text = format!(
        "an INSERT that does not give {table}.{column} fails from now on (error 1364), also when the column may be NULL"
    );
    alter(cx, table, &[Case::ColumnMetadata]).breaks(text).done()
}

/// Visibility; anything else is PostgreSQL's.
pub(in crate::engines) fn column_option(cx: Cx<'_>, table: &Name, option: &ColumnOption) -> Effects {
    match case::column_option(option) {
        Some(case) => {
            alter(cx, table, &[case]).remark("SELECT * and INSERT without a column list change at once").done()
        }
        None => no_such_form(cx, "this column option", "MODIFY with the whole column"),
    }
}

// ---- constraints

/// ADD CONSTRAINT.
pub(in crate::engines) fn add_constraint(cx: Cx<'_>, table: &Name, constraint: &Constraint) -> Effects {
    let Some(case) = case::add_constraint(&constraint.kind, constraint.not_enforced) else {
        return no_such_form(cx, "this kind of constraint", "a CHECK, a UNIQUE key or MODIFY … NOT NULL");
    };
    let answer = alter(cx, table, &[case]);
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
    columns.iter().map(Ident::to_string).collect::<Vec<_>>().join(", ")
}

/// The locks on a referenced table.
fn references(cx: Cx<'_>, answer: Answer, table: &Name, parent: &Name, counts: bool) -> Answer {
    if !counts || parent == table {
        return answer;
    }
    match cx.server.parent_lock(ParentDeed::AddKey, cx.version()) {
        Some(mode) => answer.lock(parent, mode).work(WorkKind::Catalog, parent, mode.blocking()),
        None => answer.grant(format!(
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
        Some(ConstraintClass::PrimaryKey) => alter(cx, table, &[Case::DropPrimaryKey])
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
    let case = case::add_index(index, &traits);
    let way = cx.server.row(case, &traits, cx.version()).way;
    let mut answer = alter(cx, table, &[case]);
    if case == Case::AddIndex {
        answer = answer.work(build(index_cost::of_index(index, cx.world.schema)), table, way.lock.blocking());
    }
    if index.unique {
        let columns: Vec<Ident> = index.parts.iter().filter_map(|part| part.column.clone()).collect();
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
    alter(cx, table, &[case::drop_index(def, index)])
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

// ---- partitions, table

/// Partition clauses.
pub(in crate::engines) fn partition(cx: Cx<'_>, table: &Name, action: &PartitionAction) -> Effects {
    let Some(case) = case::partition(cx.def(table), action) else {
        return no_such_form(cx, "ATTACH, DETACH, SPLIT or MERGE PARTITION", "EXCHANGE or REORGANIZE PARTITION");
    };
    let answer = alter(cx, table, &[case]);
    match action {
        PartitionAction::Drop | PartitionAction::Truncate => answer
            .undo(Undo::No)
            .breaks(format!("the rows of the partition are gone; no trigger of {table} fires for them"))
            .done(),
        PartitionAction::Exchange { with, without_validation } => answer
            .lock(with, Mdl::Exclusive)
            .when(!without_validation, |answer| answer.may_fail("rows of the table that belong to another partition (error 1737)"))
            .when(*without_validation, |answer| answer.undo(Undo::Lossy))
            .done(),
        PartitionAction::Add if cx.def(table).is_none() => answer
            .assume(format!("{table} is partitioned by RANGE or LIST: on a HASH or KEY table every partition is rebuilt while writers wait"))
            .done(),
        PartitionAction::Add
        | PartitionAction::Reorganize
        | PartitionAction::Coalesce
        | PartitionAction::PartitionBy
        | PartitionAction::RemovePartitioning
        | PartitionAction::Maintain(_)
        | PartitionAction::DiscardOrImport
        | PartitionAction::Convert
        | PartitionAction::Attach { .. }
        | PartitionAction::Detach { .. }
        | PartitionAction::SplitOrMerge => answer.done(),
    }
}

/// RENAME TO, RENAME TABLE.
pub(in crate::engines) fn rename_table(cx: Cx<'_>, table: &Name, to: &Name) -> Effects {
    alter(cx, table, &[Case::RenameTable])
        .lock(to, Mdl::Exclusive)
        .online(None)
        .breaks(format!("statements and views that name {table} fail from now on (error 1146 or 1356), those that name {to} failed until then"))
        .done()
}

/// Table options.
pub(in crate::engines) fn table_option(cx: Cx<'_>, table: &Name, option: &TableOption) -> Effects {
    let traits = Traits::of(cx.world, table);
    if matches!(option, TableOption::RunHint { .. }) {
        return Answer::ddl(crate::facts::Certainty::Documented, cx.server.evidence()).done();
    }
    let Some(case) = case::table_option(cx.def(table), option, &traits) else {
        return no_such_form(cx, "this table option", "the options of CREATE TABLE");
    };
    let answer = alter(cx, table, &[case]);
    match option {
        TableOption::Engine(engine) if engine != "innodb" => answer
            .undo(Undo::Lossy)
            .breaks(format!("{table} loses transactions and foreign keys: MyISAM and its kind lock the whole table for every write"))
            .done(),
        TableOption::DiscardOrImportTablespace => {
            answer.undo(Undo::No).breaks(format!("{table} cannot be read until a tablespace is imported (error 1814)")).done()
        }
        TableOption::ConvertCharset(_) => answer
            .when(!traits.known, |answer| answer.assume(format!("character set and indexes of {table} are not known: taken for a conversion that copies the table")))
            .may_fail("text that has no counterpart in the new character set, keys that become too long (error 1071) or equal (error 1062)")
            .remark("comparison and order of text change at once")
            .done(),
        TableOption::DefaultCharset(_) => answer.remark("columns that exist keep their character set; only new ones get it").done(),
        TableOption::SystemVersioning => answer.undo(Undo::Lossy).grant("DROP SYSTEM VERSIONING deletes the history").done(),
        _ => answer.done(),
    }
}
