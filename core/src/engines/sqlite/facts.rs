//! SQLite's table: what each change does to a database file, by version.
//!
//! A file has one writer: while a statement (or its transaction) changes it, RESERVED keeps every other writer out;
//! readers go on until the commit, which in rollback-journal mode takes EXCLUSIVE for a moment, in WAL mode never.
//! Locks stand on the object `main`, the file.

use super::answer::{Answer, not_offered, rebuild_needed};
use super::{columns, objects};
use crate::change::{
    Change, ConstraintClass, ConstraintKind, Ident, IndexDef, Maintenance, Name, OpaqueWhy, RowFilter, SessionSetting,
    TableDef, TransactionVerb,
};
use crate::engines::index_cost;
use crate::facts::{Blocking, Effects, IndexCost, Transactional, Undo, WorkKind};
use crate::order::Gather;
use crate::world::{Touched, World};

/// What the change does.
pub(super) fn effects(change: &Change, world: &World<'_>) -> Effects {
    match change {
        // ---- tables
        Change::CreateTable(def) => create_table(def, world),
        Change::DropTable { tables, .. } => drop_table(tables, world),
        Change::RenameTable { table, to } => rename_table(table, to),
        Change::Truncate { .. } => not_offered("TRUNCATE", "DELETE without WHERE, which frees the pages at once"),
        Change::SetTableOption { .. } => not_offered("table options", "a rebuild of the table"),
        Change::Partition { .. } => not_offered("partitions", "one table"),
        Change::RebuildTable { table, to, .. } => rebuild(table, to.as_deref(), world),

        // ---- columns
        Change::AddColumn { table, column, if_not_exists } => columns::add(table, column, *if_not_exists, world),
        Change::DropColumn { table, column, if_exists, .. } => columns::drop(table, column, *if_exists, world),
        Change::RenameColumn { table, from, to } => columns::rename(table, from, to),
        Change::ChangeColumnType { table, .. } | Change::RedefineColumn { table, .. } => {
            rebuild_needed(table, "change the type of a column")
        }
        Change::SetNotNull { table, column, .. } => columns::set_not_null(table, column, world),
        Change::DropNotNull { table, .. } => columns::drop_not_null(table, world),
        Change::SetDefault { table, .. } | Change::DropDefault { table, .. } => {
            rebuild_needed(table, "change the default of a column")
        }
        Change::SetColumnOption { table, .. } => rebuild_needed(table, "change this of a column"),

        // ---- constraints
        Change::AddConstraint { table, constraint } => add_constraint(table, &constraint.kind, world),
        Change::DropConstraint { table, name, kind, .. } => drop_constraint(table, name.as_ref(), *kind, world),
        Change::ValidateConstraint { table, .. } | Change::AlterConstraint { table, .. } => {
            rebuild_needed(table, "alter a constraint")
        }
        Change::RenameConstraint { table, .. } => rebuild_needed(table, "rename a constraint"),

        // ---- indexes
        Change::CreateIndex(index) => create_index(index, world),
        Change::DropIndex { name, .. } => drop_index(name, world),
        Change::RenameIndex { .. } => not_offered("RENAME INDEX", "DROP INDEX and CREATE INDEX in one transaction"),
        Change::Reindex { name, .. } => reindex(name.as_ref(), world),
        Change::AlterIndex { .. } => not_offered("ALTER INDEX", "DROP INDEX and CREATE INDEX in one transaction"),

        // ---- types, views
        Change::CreateEnum { .. }
        | Change::AddEnumValue { .. }
        | Change::RenameEnumValue { .. }
        | Change::AlterDomainConstraint { .. } => not_offered("a type of its own", "TEXT with a CHECK"),
        Change::CreateView { name, replace, materialized, .. } => create_view(name, *replace, *materialized),
        Change::DropView { names, .. } => {
            let list = names.iter().map(Name::to_string).gather().join(", ");
            Answer::ddl().breaks(format!("statements that name {list} fail from now on")).done()
        }
        Change::RefreshView { .. } => not_offered("a materialized view", "a table filled by the application"),

        // ---- data
        Change::Insert { table, from_query, rows, source } => {
            let read = world.reads_whole(source);
            let batch = || (!source.is_empty() && read.is_none()).then_some(world.options.batch_size);
            let rows = if *from_query { rows.or_else(batch) } else { rows.or(Some(1)) };
            let answer = Answer::write(WorkKind::InsertRows { rows }, table);
            let answer = match read {
                Some(read) => answer.work(WorkKind::StoreQuery, read, Blocking::Writes),
                None => answer,
            };
            answer.undo(Undo::Lossy).may_fail("a key that exists already, a CHECK or NOT NULL").done()
        }
        Change::Update { table, columns, filter } => update(table, columns, filter, world),
        Change::Delete { table, filter } => delete(table, filter, world),
        Change::Query { calls_functions, .. } if *calls_functions => {
            Effects::unknown("what the function that it calls does is not known")
        }
        Change::Query { .. } => Effects::none(),

        // ---- everything else
        Change::Object { verb, kind, name, on, text } => {
            objects::effects(*verb, *kind, name.as_ref(), on.as_ref(), text, world)
        }
        Change::Maintain { command: Maintenance::Analyze, .. } if world.schema.analyses_some() => {
            Answer::ddl().remark("plans of queries can change").done()
        }
        Change::Maintain { command, tables } => maintain(*command, tables),
        Change::LockTable { .. } => not_offered("LOCK TABLE", "BEGIN IMMEDIATE, which locks the file against writers"),
        Change::Transaction(verb) => transaction(verb),
        Change::Session(setting) => session(setting),
        Change::Opaque { form, why, .. } => opaque(form, *why),
    }
}

// ---- tables

fn create_table(def: &TableDef, world: &World<'_>) -> Effects {
    let v = world.target.version;
    if def.strict && !v.at_least(3, 37, 0) {
        return not_offered("STRICT tables before 3.37", "an ordinary table with CHECKs");
    }
    const STRICT: [&str; 6] = ["int", "integer", "real", "text", "blob", "any"];
    let known = |column: &&crate::change::ColumnDef| {
        let written = column.data_type.as_ref().map_or("", |data_type| &data_type.text);
        STRICT.iter().any(|name| written.eq_ignore_ascii_case(name))
    };
    if let Some(column) = def.columns.iter().find(|column| def.strict && def.complete && !known(column)) {
        return not_offered(
            &format!("such a type for {} of a STRICT table", column.name),
            "INTEGER, REAL, TEXT, BLOB or ANY",
        );
    }
    let mut constraints = def.columns.iter().flat_map(|column| &column.constraints).chain(&def.constraints);
    if def.without_rowid && def.complete && !constraints.any(|c| matches!(c.kind, ConstraintKind::PrimaryKey { .. })) {
        return not_offered("WITHOUT ROWID without a PRIMARY KEY", "a primary key");
    }
    if def.temporary {
        // In a file of the connection's own.
        return Answer::read().done();
    }
    if !def.fills() {
        return Answer::ddl().done();
    }
    match world.reads_whole(&def.source) {
        Some(read) => Answer::write(WorkKind::StoreQuery, read).done(),
        None => Answer::write(WorkKind::InsertRows { rows: Some(world.options.batch_size) }, &def.name).done(),
    }
}

/// Reads every page of the table to free it.
fn drop_table(tables: &[Name], world: &World<'_>) -> Effects {
    let list = tables.iter().map(Name::to_string).gather().join(", ");
    let mut answer = tables
        .iter()
        .fold(Answer::ddl(), |answer, table| answer.work(WorkKind::Scan { passes: 1 }, table, Blocking::Writes))
        .undo(Undo::No)
        .breaks(format!("statements and views that name {list} fail from now on"));
    for table in tables {
        for (child, _) in world.schema.referencing(table) {
            answer = answer.may_fail(format!(
                "{} references {table}: with foreign_keys=ON its rows are deleted or changed by the cascade in silence, or it fails",
                child.def.name
            ));
        }
    }
    if tables.len() > 1 {
        answer.refuse("SQLite drops one table per statement (syntax error)").done()
    } else {
        answer.done()
    }
}

fn rename_table(table: &Name, to: &Name) -> Effects {
    Answer::ddl()
        .breaks(format!("statements that name {table} fail from now on, those that name {to} failed until then; triggers, views and foreign keys follow (from 3.26)"))
        .may_fail("a view or trigger that names something which does not exist makes every RENAME fail")
        .done()
}

/// The 12 steps: new table, copy, drop, rename.
fn rebuild(table: &Name, to: Option<&TableDef>, world: &World<'_>) -> Effects {
    let kept = |column: &crate::change::ColumnDef| {
        to.is_some_and(|to| to.columns.iter().any(|c| c.name.value.eq_ignore_ascii_case(&column.name.value)))
    };
    let lost: Vec<String> = world
        .schema
        .table(table)
        .filter(|_| to.is_some())
        .map(|t| t.def.columns.iter().filter(|c| !kept(c)).map(|c| c.name.to_string()).gather())
        .unwrap_or_default();
    let answer = Answer::write(WorkKind::Rewrite, table)
        .commits_with(Undo::Lossless)
        .may_fail("rows that violate the new definition; foreign_keys=ON inside the transaction, which deletes or changes child rows")
        .grant("PRAGMA foreign_keys=OFF was set before the transaction: inside it does nothing");
    if lost.is_empty() {
        return answer.done();
    }
    answer.undo(Undo::No).breaks(format!("statements that name {} of {table} fail from now on", lost.join(", "))).done()
}

// ---- constraints

fn add_constraint(table: &Name, kind: &ConstraintKind, world: &World<'_>) -> Effects {
    match kind {
        ConstraintKind::Check { .. } if world.target.version.at_least(3, 53, 0) => {
            Answer::write(WorkKind::Scan { passes: 1 }, table)
                .observed("SQLite 3.53.0, 3.54.1")
                .may_fail("rows that violate it")
                .remark(format!("writes to {table} that violate it fail from now on"))
                .done()
        }
        ConstraintKind::Check { .. } => rebuild_needed(table, "add a CHECK (3.53 can)"),
        ConstraintKind::Unique { .. } => rebuild_needed(
            table,
            "add a UNIQUE constraint; CREATE UNIQUE INDEX does the same without it, so nobody has to",
        ),
        ConstraintKind::PrimaryKey { .. } => rebuild_needed(table, "add a primary key"),
        ConstraintKind::ForeignKey(_) => rebuild_needed(table, "add a foreign key"),
        ConstraintKind::Exclude | ConstraintKind::NotNull { .. } => rebuild_needed(table, "add this constraint"),
    }
}

fn drop_constraint(table: &Name, name: Option<&Ident>, kind: Option<ConstraintClass>, world: &World<'_>) -> Effects {
    let droppable = world.target.version.at_least(3, 53, 0) && name.is_some();
    let known = kind.or_else(|| {
        world.schema.constraint(table, name?).and_then(|c| match c.kind {
            ConstraintKind::Check { .. } => Some(ConstraintClass::Check),
            ConstraintKind::NotNull { .. } => Some(ConstraintClass::NotNull),
            ConstraintKind::ForeignKey(_) => Some(ConstraintClass::ForeignKey),
            ConstraintKind::Unique { .. } => Some(ConstraintClass::Unique),
            ConstraintKind::PrimaryKey { .. } => Some(ConstraintClass::PrimaryKey),
            ConstraintKind::Exclude => None,
        })
    });
    match known {
        Some(ConstraintClass::Check | ConstraintClass::NotNull) if droppable => Answer::ddl()
            .observed("SQLite 3.53.0, 3.54.1")
            .remark("values that it refused are accepted from now on")
            .done(),
        None if droppable => Answer::ddl()
            .assume("the constraint is a CHECK or a NOT NULL: UNIQUE, primary and foreign keys cannot be dropped")
            .undo(Undo::Unknown)
            .done(),
        _ => rebuild_needed(table, "drop a constraint"),
    }
}

// ---- indexes

fn create_index(index: &IndexDef, world: &World<'_>) -> Effects {
    let table = &index.table;
    let key = index_cost::of_index(index, world.schema);
    let answer = Answer::write(WorkKind::IndexBuild { key, concurrently: false, share_percent: 100 }, table);
    let answer = if index.concurrently {
        answer.refuse("SQLite has no CREATE INDEX CONCURRENTLY (syntax error)")
    } else {
        answer
    };
    if index.unique {
        answer
            .may_fail("two rows with the same key")
            .remark(format!("writes to {table} that repeat the key fail from now on"))
            .done()
    } else {
        answer.done()
    }
}

fn drop_index(name: &Name, world: &World<'_>) -> Effects {
    let answer = Answer::ddl().remark(format!("queries that used {name} get slower, and INDEXED BY {name} fails"));
    let answer = if name.object.value.to_ascii_lowercase().starts_with("sqlite_autoindex") {
        answer.refuse("an index of a UNIQUE or PRIMARY KEY constraint cannot be dropped")
    } else {
        answer
    };
    match world.schema.index_with_table(name) {
        Some((_, table)) => answer.work(WorkKind::Unlink, table, Blocking::Writes).done(),
        None => answer.done(),
    }
}

fn reindex(name: Option<&Name>, world: &World<'_>) -> Effects {
    let table =
        name.map(|name| world.schema.index_with_table(name).map_or_else(|| name.clone(), |(_, table)| table.clone()));
    match table {
        Some(table) => Answer::write(
            WorkKind::IndexBuild { key: IndexCost::Unknown, concurrently: false, share_percent: 100 },
            &table,
        )
        .done(),
        None => {
            Answer::write(WorkKind::Unknown, &Name::new("main")).assume("every index of the file is built anew").done()
        }
    }
}

// ---- views, rows

fn create_view(name: &Name, replace: bool, materialized: bool) -> Effects {
    if materialized {
        return not_offered("a materialized view", "a table filled by the application");
    }
    let answer = Answer::ddl();
    if replace {
        return answer
            .refuse("SQLite has no CREATE OR REPLACE VIEW (syntax error): DROP VIEW and CREATE VIEW in one transaction")
            .done();
    }
    answer.grant(format!("a name in {name} that does not exist is noticed only when the view is read")).done()
}

fn update(table: &Name, columns: &[Ident], filter: &RowFilter, world: &World<'_>) -> Effects {
    let schema = world.schema;
    let indexed =
        schema.table(table).is_none() || columns.iter().any(|c| !schema.indexes_of_column(table, c).is_empty());
    let (rows, batch) = touched(world, table, filter);
    Answer::write(WorkKind::Update { batch, indexed, rows }, table).undo(Undo::Lossy).done()
}

fn delete(table: &Name, filter: &RowFilter, world: &World<'_>) -> Effects {
    let (rows, batch) = touched(world, table, filter);
    let answer = Answer::write(WorkKind::Delete { batch, rows }, table).undo(Undo::No);
    if world.schema.referencing(table).is_empty() {
        return answer.done();
    }
    answer.may_fail("rows that other tables reference, when foreign_keys is ON; a cascade changes those").done()
}

fn touched(world: &World<'_>, table: &Name, filter: &RowFilter) -> (Option<u64>, Option<u64>) {
    let batch = Some(world.options.batch_size);
    match world.touched(table, filter) {
        Touched::Few => (Some(1), None),
        Touched::Batch => (batch, batch),
        Touched::Unknown | Touched::All => (None, None),
    }
}

// ---- maintenance, sessions

fn maintain(command: Maintenance, tables: &[Name]) -> Effects {
    let file = Name::new("main");
    let table = tables.first().unwrap_or(&file);
    match command {
        Maintenance::Vacuum | Maintenance::VacuumFull => Answer::write(WorkKind::Compact, table)
            .transactional(Transactional::Refused)
            .grant("VACUUM needs the size of the file again on disk and fails while any other connection is in a statement")
            .done(),
        Maintenance::Analyze => Answer::write(WorkKind::Scan { passes: 1 }, table).remark("plans of queries can change").done(),
        Maintenance::Cluster
        | Maintenance::Optimize
        | Maintenance::CheckTable
        | Maintenance::RepairTable
        | Maintenance::MoveAll { .. } => not_offered("this command", "VACUUM or PRAGMA integrity_check"),
    }
}

/// BEGIN alone takes no lock; BEGIN IMMEDIATE takes RESERVED, which its first write would take anyway.
fn transaction(verb: &TransactionVerb) -> Effects {
    match verb {
        TransactionVerb::Begin
        | TransactionVerb::Commit
        | TransactionVerb::Rollback
        | TransactionVerb::Savepoint(_)
        | TransactionVerb::RollbackTo(_)
        | TransactionVerb::Release => Effects::none(),
        TransactionVerb::TwoPhase => not_offered("two-phase commit", "one transaction"),
    }
}

fn session(setting: &SessionSetting) -> Effects {
    let Some(name) = Some(setting.name.as_str()).filter(|_| setting.verb == "pragma") else { return Effects::none() };
    match name {
        "foreign_keys" => {
            Answer::read().grant("PRAGMA foreign_keys does nothing inside a transaction, without a message").done()
        }
        "writable_schema" if !setting.value.is_empty() => {
            Answer::ddl().undo(Undo::Unknown).breaks("a wrong edit of sqlite_schema makes the file unreadable").done()
        }
        "journal_mode" if !setting.value.is_empty() => Answer::write(WorkKind::Catalog, &Name::new("main"))
            .grant("it needs the file to itself, for a moment")
            .done(),
        "incremental_vacuum" | "rekey" if setting.value.is_empty() || name == "rekey" => {
            Answer::write(WorkKind::Compact, &Name::new("main"))
                .assume("every free page is moved, or every page encrypted anew")
                .done()
        }
        "user_version" | "application_id" if !setting.value.is_empty() => Answer::ddl().done(),
        _ => Effects::none(),
    }
}

fn opaque(form: &str, why: OpaqueWhy) -> Effects {
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
    Effects::unknown(&format!("{form}: {reason}"))
}
