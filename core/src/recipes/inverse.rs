//! The undo of a change that runs as written.
//!
//! In: the change and what was known before it. Out: the inverse change, printed by the engine; or an action for a
//! person where the previous state was not given; or the reason why there is none.

use super::postgres::views;
use super::shared::names;
use super::shared::words::find_clause;
use super::{Cx, dialect, shared};
use crate::change::{
    Change, ColumnDef, ColumnOption, Constraint, ConstraintKind, DataType, Expr, IF_NOT_EXISTS, Ident, IndexDef, Name,
    ObjectKind, ObjectVerb, PartitionAction, TableOption,
};
use crate::draft::{Run, UndoDraft};
use crate::engines::Capability;
use crate::order::{Gather, GatherAll, PushAll};
use crate::schema::shape::lost;
use crate::schema::{Object, View};
use crate::source::first_words;
use crate::target::Engine;

/// How to take the change back.
pub fn of(cx: &Cx<'_>) -> UndoDraft {
    if was_there(cx) {
        return UndoDraft::Nothing;
    }
    match cx.change {
        Change::CreateTable(table) => create_table(cx, &table.name, table.if_not_exists),
        Change::DropTable { .. } => gone("The rows are gone with the table; only a backup brings them back."),
        Change::RenameTable { table, to } => {
            let new = Name { schema: to.schema.clone().or_else(|| table.schema.clone()), object: to.object.clone() };
            let to = Name { schema: None, object: table.object.clone() };
            back(cx, Change::RenameTable { table: new, to })
        }
        Change::Truncate { .. } => gone("The rows are gone; only a backup brings them back."),
        Change::SetTableOption { table, option } => table_option(cx, table, option),
        Change::Partition { table, action } => partition(cx, table, action),
        Change::RebuildTable { table, to, .. } => {
            let back = to.as_ref().and_then(|to| dialect::of(cx.world.target.engine()).undo_rebuild(cx, table, to));
            back.unwrap_or_else(|| {
                action(format!("rebuild {table} in its previous shape; the schema before has its definition"))
            })
        }
        Change::AddColumn { table, column, .. } => add_column(cx, table, column),
        Change::DropColumn { column, .. } => {
            gone(&format!("The values of {column} are gone with the column; only a backup brings them back."))
        }
        Change::RenameColumn { table, from, to } => {
            back(cx, Change::RenameColumn { table: table.clone(), from: to.clone(), to: from.clone() })
        }
        Change::ChangeColumnType { table, column, .. } => change_type(cx, table, column),
        Change::RedefineColumn { table, column, to, .. } => redefine(cx, table, column, &to.name),
        Change::SetNotNull { table, column, .. } => match cx.world.schema.is_not_null(table, column) {
            Some(true) => UndoDraft::Nothing,
            _ => back(cx, Change::DropNotNull { table: table.clone(), column: column.clone() }),
        },
        Change::DropNotNull { table, column } => lossy(
            cx,
            Change::SetNotNull { table: table.clone(), column: column.clone(), only: false },
            format!("fails while rows with NULL in {column} exist; it reads the whole table"),
        ),
        Change::SetDefault { table, column, .. } | Change::DropDefault { table, column } => default(cx, table, column),
        Change::SetColumnOption { table, column, option } => column_option(cx, table, column, option),
        Change::AddConstraint { table, constraint } => add_constraint(cx, table, constraint),
        Change::DropConstraint { table, name, .. } => drop_constraint(cx, table, name.as_ref()),
        Change::ValidateConstraint { .. } => UndoDraft::Nothing,
        Change::AlterConstraint { table, name, .. } => previous(&format!("the previous form of {name} on {table}")),
        Change::RenameConstraint { table, from, to } => {
            back(cx, Change::RenameConstraint { table: table.clone(), from: to.clone(), to: from.clone() })
        }
        Change::CreateIndex(index) => create_index(cx, index),
        Change::DropIndex { name, table, concurrently, .. } => drop_index(cx, name, table.as_ref(), *concurrently),
        Change::RenameIndex { name, table, to } => back(
            cx,
            Change::RenameIndex {
                name: Name { schema: name.schema.clone(), object: to.clone() },
                table: table.clone(),
                to: name.object.clone(),
            },
        ),
        Change::Reindex { .. } => UndoDraft::Nothing,
        Change::AlterIndex { name: Some(parent), action: attach, .. }
            if find_clause(attach, "attach", 0) == Some(0) =>
        {
            attached(cx, parent, attach)
        }
        Change::AlterIndex { name, .. } => {
            previous(&format!("the previous setting of {}", name.as_ref().map_or("the indexes", |n| &n.object.value)))
        }
        Change::CreateEnum { name, .. } => drop_object(cx, ObjectKind::Type, name, None),
        Change::AddEnumValue { .. } => {
            action("leave the label: it cannot be removed, and unused it does no harm".to_string())
        }
        Change::RenameEnumValue { name, from, to } => {
            back(cx, Change::RenameEnumValue { name: name.clone(), from: to.clone(), to: from.clone() })
        }
        Change::AlterDomainConstraint { validate: true, .. } => UndoDraft::Nothing,
        Change::AlterDomainConstraint { name, action: added, .. } => match domain_undo(added) {
            Some(action) => {
                let name = name.clone();
                back(cx, Change::AlterDomainConstraint { name, validate: false, not_valid: true, action })
            }
            None => action(format!("drop the constraint of domain {name} again")),
        },
        Change::CreateView { name, replace, materialized, .. } => create_view(cx, name, *replace, *materialized),
        Change::DropView { names, .. } => drop_views(cx, names),
        Change::RefreshView { .. } => UndoDraft::Nothing,
        Change::Insert { table, .. } => action(format!("delete the rows that it put into {table}; note their keys")),
        Change::Update { table, columns, .. } => action(format!(
            "restore the previous values from a copy made before: CREATE TABLE {} AS SELECT its key, {} FROM {table}",
            names::helper(cx, &[&table.object.value, "before"]),
            columns.iter().map(|c| c.value.as_str()).gather().join(", ")
        )),
        Change::Delete { table, .. } => gone(&format!(
            "The deleted rows of {table} are gone; copy them into another table before, where they matter."
        )),
        Change::Query { calls_functions: false, .. } => UndoDraft::Nothing,
        Change::Query { calls_functions: true, .. } => {
            action("undo by hand what the functions called have done".to_string())
        }
        Change::Object { verb, kind, name, on, .. } => object(cx, *verb, *kind, name.as_ref(), on.as_ref()),
        Change::Maintain { .. } | Change::LockTable { .. } | Change::Transaction(_) | Change::Session(_) => {
            UndoDraft::Nothing
        }
        Change::Opaque { .. } => gone("What it does is not known, so no undo can be written."),
    }
}

/// `IF NOT EXISTS`, or a block that asks before, finds it there: nothing is made.
fn was_there(cx: &Cx<'_>) -> bool {
    let schema = cx.world.schema;
    let block = || first_words(cx.sql, cx.world.target, 1).trim().eq_ignore_ascii_case("do");
    match cx.change {
        Change::AddColumn { table, column, if_not_exists: true } => schema.column(table, &column.name).is_some(),
        Change::CreateEnum { name, .. } => schema.has_type(name) && block(),
        Change::AddConstraint { table, constraint } => {
            constraint.name.as_ref().is_some_and(|name| schema.constraint(table, name).is_some()) && block()
        }
        Change::Object { verb: ObjectVerb::Create, kind, name: Some(name), on, text } => {
            schema.has_object(*kind, name, on.as_ref()) && (text == IF_NOT_EXISTS || block())
        }
        _ => false,
    }
}

/// A key made with the column goes with it, and then the drop is no entry of the catalog alone: the server chooses.
fn add_column(cx: &Cx<'_>, table: &Name, column: &ColumnDef) -> UndoDraft {
    let change =
        Change::DropColumn { table: table.clone(), column: column.name.clone(), if_exists: false, cascade: false };
    let mut undo = lossy(cx, change, format!("values written to {} since", column.name));
    if let (UndoDraft::Sql { run, .. }, false) = (&mut undo, column.constraints.is_empty()) {
        for run in run {
            run.sql = run.sql.split(", ALGORITHM=").next().unwrap_or_default().to_string();
        }
    }
    undo
}

/// The action of ALTER DOMAIN that takes back one that adds, where its text says the name.
pub fn domain_undo(added: &str) -> Option<String> {
    if find_clause(added, "set", 0) == Some(0) {
        return Some("DROP NOT NULL".to_string());
    }
    let from = find_clause(added, "constraint", 0)? + "constraint".len();
    let to = find_clause(added, "check", from).or_else(|| find_clause(added, "not", from))?;
    Some(format!("DROP CONSTRAINT {}", added.get(from..to)?.trim()))
}

// ---- tables

fn create_table(cx: &Cx<'_>, name: &Name, if_not_exists: bool) -> UndoDraft {
    if if_not_exists && cx.world.schema.table(name).is_some() {
        return UndoDraft::Nothing;
    }
    let drop = Change::drop_table(name.clone());
    lossy(cx, drop, format!("rows written to {name} since"))
}

fn table_option(cx: &Cx<'_>, table: &Name, option: &TableOption) -> UndoDraft {
    let set = |table: Name, option: TableOption| back(cx, Change::SetTableOption { table, option });
    match (option, &table.schema) {
        (TableOption::Schema(new), Some(old)) => {
            set(Name { schema: Some(new.clone()), object: table.object.clone() }, TableOption::Schema(old.clone()))
        }
        (TableOption::Logged, _) if cx.world.schema.table(table).is_some_and(|known| !known.def.unlogged) => {
            UndoDraft::Nothing
        }
        (TableOption::Logged, _) => set(table.clone(), TableOption::Unlogged),
        (TableOption::Unlogged, _) => set(table.clone(), TableOption::Logged),
        (TableOption::Inherit(parent), _) => set(table.clone(), TableOption::NoInherit(parent.clone())),
        (TableOption::NoInherit(parent), _) => set(table.clone(), TableOption::Inherit(parent.clone())),
        (TableOption::RunHint { .. } | TableOption::Force, _) => UndoDraft::Nothing,
        (TableOption::RowFormat(_), _) if cx.world.schema.table(table).is_some_and(|t| t.def.complete) => {
            set(table.clone(), TableOption::RowFormat(row_format(cx, table)))
        }
        _ => previous(&format!("the previous setting of {table}")),
    }
}

fn row_format(cx: &Cx<'_>, table: &Name) -> String {
    let options = cx.world.schema.table(table).map(|t| t.def.options.to_ascii_lowercase()).unwrap_or_default();
    let after = options.split_once("row_format").map_or("", |(_, after)| after);
    let word = after.split(|c: char| !c.is_ascii_alphanumeric()).find(|word| !word.is_empty());
    word.unwrap_or("default").to_string()
}

fn partition(cx: &Cx<'_>, table: &Name, change: &PartitionAction) -> UndoDraft {
    match change {
        PartitionAction::Attach { partition, .. } => {
            let detach = PartitionAction::Detach { partition: partition.clone(), concurrently: false, finalize: false };
            back(cx, Change::Partition { table: table.clone(), action: detach })
        }
        PartitionAction::Detach { partition, .. } => match cx.world.schema.table(partition).map(|t| &t.def.options) {
            Some(bound) if !bound.is_empty() => {
                let attach = PartitionAction::Attach { partition: partition.clone(), bound: bound.clone() };
                back(cx, Change::Partition { table: table.clone(), action: attach })
            }
            _ => action(format!("attach {partition} to {table} again with its previous bound")),
        },
        PartitionAction::Drop | PartitionAction::Truncate => {
            gone("The rows of the partition are gone; only a backup brings them back.")
        }
        PartitionAction::Maintain(_) => UndoDraft::Nothing,
        PartitionAction::Add
        | PartitionAction::Reorganize
        | PartitionAction::Coalesce
        | PartitionAction::Exchange { .. }
        | PartitionAction::PartitionBy(_)
        | PartitionAction::RemovePartitioning
        | PartitionAction::DiscardOrImport
        | PartitionAction::Convert
        | PartitionAction::SplitOrMerge => previous(&format!("the previous partitions of {table}")),
    }
}

// ---- columns

fn change_type(cx: &Cx<'_>, table: &Name, column: &Ident) -> UndoDraft {
    let before: Option<DataType> = cx.world.schema.column(table, column).and_then(|c| c.data_type.clone());
    match before {
        Some(to) => {
            let change = Change::ChangeColumnType {
                table: table.clone(),
                column: column.clone(),
                to,
                using: None,
                collation: None,
            };
            lossy(cx, change, "fails when values written since do not fit the previous type".to_string())
        }
        None => previous(&format!("the previous type of {table}.{column}")),
    }
}

fn redefine(cx: &Cx<'_>, table: &Name, column: &Ident, renamed: &Ident) -> UndoDraft {
    let before: Option<ColumnDef> = cx.world.schema.column(table, column).cloned();
    match before {
        Some(to) => {
            let change = Change::RedefineColumn {
                table: table.clone(),
                column: renamed.clone(),
                to: Box::new(ColumnDef { position: None, ..to }),
                position: None,
            };
            lossy(cx, change, "fails when values written since do not fit the previous definition".to_string())
        }
        None => previous(&format!("the previous definition of {table}.{column}")),
    }
}

fn default(cx: &Cx<'_>, table: &Name, column: &Ident) -> UndoDraft {
    let before: Option<Option<Expr>> = cx.world.schema.column(table, column).map(|c| c.default.clone());
    let (table, column) = (table.clone(), column.clone());
    match before {
        Some(Some(default)) => back(cx, Change::SetDefault { table, column, default }),
        Some(None) => back(cx, Change::DropDefault { table, column }),
        None => previous(&format!("the previous default of {table}.{column}")),
    }
}

fn column_option(cx: &Cx<'_>, table: &Name, column: &Ident, option: &ColumnOption) -> UndoDraft {
    match option {
        ColumnOption::AddIdentity { .. } => back(
            cx,
            Change::SetColumnOption {
                table: table.clone(),
                column: column.clone(),
                option: ColumnOption::DropIdentity,
            },
        ),
        ColumnOption::AlterIdentity
        | ColumnOption::DropIdentity
        | ColumnOption::SetExpression(_)
        | ColumnOption::DropExpression
        | ColumnOption::Statistics
        | ColumnOption::Storage
        | ColumnOption::Compression
        | ColumnOption::Parameters
        | ColumnOption::Visibility => previous(&format!("the previous setting of {table}.{column}")),
    }
}

// ---- constraints and indexes

fn add_constraint(cx: &Cx<'_>, table: &Name, constraint: &Constraint) -> UndoDraft {
    let taken = |name: &str| cx.world.schema.constraint(table, &Ident::new(name)).is_some();
    let given = constraint.name.clone().or_else(|| constraint.using_index.clone());
    let name = given.or_else(|| cx.world.schema.free_constraint_name(table, &constraint.kind, &taken));
    match name {
        Some(name) => {
            let drop = Change::DropConstraint {
                table: table.clone(),
                name: Some(name),
                kind: Some(constraint.kind.class()),
                if_exists: constraint.only || constraint.using_index.is_some() && may_be_attached(cx, table),
                cascade: false,
            };
            let mut run = vec![cx.run(drop)];
            run.push_all(not_null_by_key(cx, table, &constraint.kind));
            match run.iter().all(|r| !r.sql.is_empty()) {
                true => UndoDraft::Sql { run, transactional: true, lossy: String::new() },
                false => action(format!("drop the constraint of {table} again")),
            }
        }
        None => action(format!("drop the constraint of {table} again, under the name that the server gave it")),
    }
}

/// A primary key makes its columns NOT NULL, and they stay so when it is dropped.
fn not_null_by_key(cx: &Cx<'_>, table: &Name, kind: &ConstraintKind) -> Vec<Run> {
    let ConstraintKind::PrimaryKey { columns } = kind else { return Vec::new() };
    if !cx.can(Capability::AlterNotNull) {
        return Vec::new();
    }
    let were_nullable = columns.iter().filter(|c| cx.world.schema.is_not_null(table, c) == Some(false));
    were_nullable
        .map(|column| cx.run(Change::DropNotNull { table: table.clone(), column: column.clone() }))
        .filter(|run| !run.sql.is_empty())
        .gather()
}

fn drop_constraint(cx: &Cx<'_>, table: &Name, name: Option<&Ident>) -> UndoDraft {
    let is_primary = |c: &&Constraint| matches!(c.kind, ConstraintKind::PrimaryKey { .. });
    let known = match name {
        Some(name) => cx.world.schema.constraint(table, name),
        // Only DROP PRIMARY KEY names nothing.
        None => cx.world.schema.table(table).and_then(|t| t.def.constraints.iter().find(is_primary)),
    };
    match known {
        Some(constraint) => add_again(cx, table, constraint),
        None => previous(&format!("the constraint of {table}, from its definition")),
    }
}

fn add_again(cx: &Cx<'_>, table: &Name, constraint: &Constraint) -> UndoDraft {
    let again = Constraint { text: String::new(), using_index: None, ..constraint.clone() };
    let change = Change::AddConstraint { table: table.clone(), constraint: Box::new(again) };
    lossy(cx, change, "fails when rows written since violate it".to_string())
}

/// Nothing takes an index out of another, and the server drops it with that one only (2BP01). So what the script declared goes
/// with all that was attached to it, and the undo of the steps before finds that gone.
fn attached(cx: &Cx<'_>, parent: &Name, attach: &str) -> UndoDraft {
    if let Some(drop) = cx.world.schema.declared(parent) {
        return back(cx, drop.clone());
    }
    let child = attach.split_whitespace().last().unwrap_or_default();
    action(format!(
        "leave it: nothing takes {child} out of {} again, and the server drops it with that one only (2BP01); leave out what \
         drops {child} below",
        parent.object
    ))
}

/// It may be attached to another and gone with that one.
fn may_be_attached(cx: &Cx<'_>, table: &Name) -> bool {
    let schema = cx.world.schema;
    let unknown = || schema.view(table).is_none();
    cx.world.target.engine() == Engine::Postgres
        && schema.table(table).map_or_else(unknown, |table| table.def.partition_of.is_some())
}

fn create_index(cx: &Cx<'_>, index: &IndexDef) -> UndoDraft {
    let taken = |name: &str| cx.world.schema.index(&index.table.sibling(name)).is_some();
    let own = || cx.world.schema.free_index_name(index, &taken).map(|i| index.table.sibling(i.value));
    let Some(name) = index.name.clone().or_else(own) else {
        return action(format!("drop the index on {} again, under the name that the server gave it", index.table));
    };
    if index.if_not_exists && cx.world.schema.index(&name).is_some() {
        return UndoDraft::Nothing;
    }
    let name = Name { schema: name.schema.or_else(|| index.table.schema.clone()), object: name.object };
    let drop = Change::DropIndex {
        name,
        table: Some(index.table.clone()),
        concurrently: index.concurrently,
        // A constraint that took it over has dropped it with itself.
        if_exists: index.concurrently && index.unique || index.only || may_be_attached(cx, &index.table),
        cascade: false,
    };
    UndoDraft::Sql { run: vec![cx.run(drop)], transactional: !index.concurrently, lossy: String::new() }
}

fn drop_index(cx: &Cx<'_>, name: &Name, table: Option<&Name>, concurrently: bool) -> UndoDraft {
    let schema = cx.world.schema;
    let Some((index, _)) = schema.index_of(name, table) else {
        // MySQL drops a unique key by the name of its index.
        if let Some(table) = table
            && let Some(key) = schema.unique_of_index(table, &name.object)
        {
            let named = Constraint { name: Some(name.object.clone()), ..key.clone() };
            return add_again(cx, table, &named);
        }
        return previous(&format!("index {}, from its definition", name.object));
    };
    let again = IndexDef { concurrently, if_not_exists: false, text: String::new(), ..index.clone() };
    let run = vec![cx.run(Change::CreateIndex(Box::new(again)))];
    UndoDraft::Sql { run, transactional: !concurrently, lossy: String::new() }
}

// ---- views and objects

fn create_view(cx: &Cx<'_>, name: &Name, replace: bool, materialized: bool) -> UndoDraft {
    // PostgreSQL takes no column away from a view that it replaces.
    let shrinks = |view: &View| lost(cx.sql, view.said(), cx.world.target) != Some(None);
    match cx.world.schema.view(name).filter(|_| replace) {
        Some(view) if cx.world.target.engine() == Engine::Postgres && shrinks(view) => {
            UndoDraft::Sql { run: views::remade(cx, vec![view]), transactional: true, lossy: String::new() }
        }
        Some(view) => UndoDraft::Sql { run: vec![views::replace(cx, view)], transactional: true, lossy: String::new() },
        None if replace && !cx.world.schema.is_empty() => drop_view(cx, name, materialized),
        None if replace => previous(&format!("the previous definition of view {name}, or drop it if it was new")),
        None => drop_view(cx, name, materialized),
    }
}

fn drop_view(cx: &Cx<'_>, name: &Name, materialized: bool) -> UndoDraft {
    back(cx, Change::drop_view(name.clone(), materialized))
}

fn drop_views(cx: &Cx<'_>, names: &[Name]) -> UndoDraft {
    let known: Option<Vec<_>> = names.iter().map(|name| cx.world.schema.view(name)).gather_all();
    let Some(views) = known else {
        return previous("the views, from their definitions, with their rights and comments");
    };
    UndoDraft::Sql {
        run: views::up(cx, &views::sorted(cx, views)),
        transactional: cx.can(Capability::TransactionalDdl),
        lossy: "rights, comments and options of the view, unless they are given again".to_string(),
    }
}

fn object(cx: &Cx<'_>, verb: ObjectVerb, kind: ObjectKind, name: Option<&Name>, on: Option<&Name>) -> UndoDraft {
    let what = shared::titles::kind_words(kind).to_lowercase();
    let whose = name.or(on).map(|n| format!(" {n}")).unwrap_or_default();
    let about = matches!(verb, ObjectVerb::Comment | ObjectVerb::Grant | ObjectVerb::Revoke);
    if about && on.or(name).is_some_and(|of| made_here(cx, kind, of)) {
        return UndoDraft::Nothing;
    }
    match verb {
        ObjectVerb::Create => match name {
            Some(name) => drop_object(cx, kind, name, on),
            None => action(format!("drop the {what} again")),
        },
        ObjectVerb::Replace => previous(&format!("the previous definition of {what}{whose}, or drop it if it was new")),
        ObjectVerb::Alter | ObjectVerb::Rename => previous(&format!("the previous state of {what}{whose}")),
        ObjectVerb::Drop => {
            made_again(cx, kind, name, on).unwrap_or_else(|| previous(&format!("{what}{whose}, from its definition")))
        }
        ObjectVerb::Comment => previous(&format!("the previous comment of {what}{whose}")),
        ObjectVerb::Grant => rights(cx, "grant", "REVOKE", "to", "FROM"),
        ObjectVerb::Revoke => rights(cx, "revoke", "GRANT", "from", "TO"),
    }
}

/// An object as it was written.
pub fn made(object: &Object) -> Run {
    let change = Change::Object {
        verb: ObjectVerb::Create,
        kind: object.kind,
        name: Some(object.name.clone()),
        on: object.on.clone(),
        text: String::new(),
    };
    Run { sql: object.text.clone(), change }
}

/// The statement that made it, where the schema shows it.
fn made_again(cx: &Cx<'_>, kind: ObjectKind, name: Option<&Name>, on: Option<&Name>) -> Option<UndoDraft> {
    let (schema, name) = (cx.world.schema, name?);
    let of_table = |on: &Name| schema.objects_on(kind, on).into_iter().find(|object| object.name.object == name.object);
    let known = on.map_or_else(|| schema.object(kind, name), of_table).filter(|object| !object.text.is_empty())?;
    Some(UndoDraft::Sql {
        run: vec![made(known)],
        transactional: cx.can(Capability::TransactionalDdl),
        lossy: String::new(),
    })
}

/// Made by the script itself: what is said of it goes with the undo of its creation.
fn made_here(cx: &Cx<'_>, kind: ObjectKind, name: &Name) -> bool {
    let schema = cx.world.schema;
    schema.is_new(name)
        || schema.view(name).is_some_and(|view| view.new)
        || schema.object(kind, name).is_some_and(|object| object.new)
}

/// `DROP KIND name [ON table]`.
fn drop_object(cx: &Cx<'_>, kind: ObjectKind, name: &Name, on: Option<&Name>) -> UndoDraft {
    let named = match dialect::of(cx.world.target.engine()).drop_of(kind) {
        dialect::DropForm::Named => String::new(),
        dialect::DropForm::OnTable => on.map(|on| format!(" ON {}", cx.name(on))).unwrap_or_default(),
        dialect::DropForm::ByHand => {
            let what = shared::titles::kind_words(kind).to_lowercase();
            return action(format!("drop {what} {name} again"));
        }
    };
    let sql = format!("DROP {} {}{named}", shared::titles::kind_words(kind), cx.name(name));
    let change =
        Change::Object { verb: ObjectVerb::Drop, kind, name: Some(name.clone()), on: on.cloned(), text: String::new() };
    UndoDraft::Sql {
        run: vec![Run { sql, change }],
        transactional: cx.can(Capability::TransactionalDdl),
        lossy: String::new(),
    }
}

/// The opposite of GRANT or REVOKE, by its own words.
fn rights(cx: &Cx<'_>, verb: &str, opposite: &str, to: &str, from: &str) -> UndoDraft {
    let by_hand = || action(format!("{} the same rights again", opposite.to_lowercase()));
    let sql = cx.sql.trim().trim_end_matches(';');
    let plain = find_clause(sql, "option", 0).is_none() && find_clause(sql, "granted", 0).is_none();
    let Some((start, at)) = find_clause(sql, verb, 0).zip(find_clause(sql, to, 0)).filter(|_| plain) else {
        return by_hand();
    };
    let (Some(middle), Some(whom)) = (sql.get(start + verb.len()..at), sql.get(at + to.len()..)) else {
        return by_hand();
    };
    let whom = find_clause(whom, "cascade", 0).and_then(|end| whom.get(..end)).unwrap_or(whom);
    let sql = format!("{opposite}{middle}{from}{}", whom.trim_end());
    let change = match cx.change {
        Change::Object { verb, kind, name, on, text } => Change::Object {
            verb: if *verb == ObjectVerb::Grant { ObjectVerb::Revoke } else { ObjectVerb::Grant },
            kind: *kind,
            name: name.clone(),
            on: on.clone(),
            text: text.clone(),
        },
        other => other.clone(),
    };
    UndoDraft::Sql { run: vec![Run { sql, change }], transactional: true, lossy: String::new() }
}

// ---- short ways

/// The inverse, losing nothing. An engine without a statement for it leaves it to a person.
fn back(cx: &Cx<'_>, change: Change) -> UndoDraft {
    lossy(cx, change, String::new())
}

fn lossy(cx: &Cx<'_>, change: Change, lossy: String) -> UndoDraft {
    let title = shared::titles::of(&change);
    let run = cx.run(change);
    if run.sql.is_empty() {
        return action(format!("by hand: {title}"));
    }
    UndoDraft::Sql { run: vec![run], transactional: true, lossy }
}

fn previous(what: &str) -> UndoDraft {
    action(format!("restore {what}; save it before this step, it was not given"))
}

fn action(text: String) -> UndoDraft {
    UndoDraft::Action(text)
}

fn gone(why: &str) -> UndoDraft {
    UndoDraft::Impossible(why.to_string())
}
