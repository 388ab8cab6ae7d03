//! The answer to every change: one row each, so that a new kind of change breaks the build until it has one.

use super::server::Server;
use super::{alter, alter_columns, alter_keys, alter_table, objects, refusals, related, statements, virtuals};
use crate::change::Change;
use crate::facts::Effects;
use crate::order::PushAll;
use crate::world::World;

/// What the change does on this server.
pub(in crate::engines) fn effects(server: &dyn Server, change: &Change, world: &World<'_>) -> Effects {
    let mut effects = virtuals::alone(server, change, answer(server, change, world), world);
    if let Some(why) = server.refusal(change, world).or_else(|| refusals::by_table(change, world)) {
        effects.refused.get_or_insert(why);
    }
    related::lock(server, change, world, &mut effects);
    effects.assumptions.push_all(server.silence(change, world.target.version).map(str::to_string));
    effects
}

fn answer(server: &dyn Server, change: &Change, world: &World<'_>) -> Effects {
    let cx = alter::Cx { server, world };
    match change {
        // ---- tables
        Change::CreateTable(def) => statements::create_table(cx, def),
        Change::DropTable { tables, temporary: true, .. } => statements::drop_temporary(cx, tables),
        Change::DropTable { tables, .. } => statements::drop_table(cx, tables),
        Change::RenameTable { table, to } => alter_table::rename_table(cx, table, to),
        Change::Truncate { tables, .. } => statements::truncate(cx, tables),
        Change::SetTableOption { table, option } => alter_table::table_option(cx, table, option),
        Change::Partition { table, action } => alter_table::partition(cx, table, action),
        Change::RebuildTable { table, .. } => statements::rebuild_table(cx, table),

        // ---- columns
        Change::AddColumn { table, column, .. } => alter_columns::add_column(cx, table, column),
        Change::DropColumn { table, column, .. } => alter_columns::drop_column(cx, table, column),
        Change::RenameColumn { table, from, to } => alter_columns::rename_column(cx, table, from, to),
        Change::ChangeColumnType { .. } => {
            statements::no_such_form(cx, "ALTER COLUMN … TYPE", "MODIFY with the whole column")
        }
        Change::RedefineColumn { table, column, to, position } => {
            alter_columns::redefine(cx, table, column, to, position.as_ref())
        }
        Change::SetNotNull { .. } => statements::no_such_form(cx, "SET NOT NULL", "MODIFY with the whole column"),
        Change::DropNotNull { .. } => statements::no_such_form(cx, "DROP NOT NULL", "MODIFY with the whole column"),
        Change::SetDefault { table, default, .. } => alter_columns::set_default(cx, table, Some(default)),
        Change::DropDefault { table, column } => alter_columns::drop_default(cx, table, column),
        Change::SetColumnOption { table, option, .. } => alter_columns::column_option(cx, table, option),

        // ---- constraints
        Change::AddConstraint { table, constraint } => alter_keys::add_constraint(cx, table, constraint),
        Change::DropConstraint { table, name, kind, .. } => {
            alter_keys::drop_constraint(cx, table, name.as_ref(), *kind)
        }
        Change::ValidateConstraint { .. } => {
            statements::no_such_form(cx, "VALIDATE CONSTRAINT", "a constraint that is checked when it is added")
        }
        Change::AlterConstraint { table, enforced, .. } => alter_keys::alter_check(cx, table, *enforced),
        Change::RenameConstraint { .. } => {
            statements::no_such_form(cx, "RENAME CONSTRAINT", "DROP and ADD in one ALTER TABLE")
        }

        // ---- indexes
        Change::CreateIndex(index) => alter_keys::create_index(cx, index),
        Change::DropIndex { name, table, .. } => alter_keys::drop_index(cx, name, table.as_ref()),
        Change::RenameIndex { name, table, .. } => alter_keys::rename_index(cx, name, table.as_ref()),
        Change::Reindex { .. } => statements::no_such_form(cx, "REINDEX", "ALTER TABLE … FORCE"),
        Change::AlterIndex { table, action, .. } => alter_keys::alter_index(cx, table.as_ref(), action),

        // ---- types, views
        Change::CreateEnum { .. }
        | Change::AddEnumValue { .. }
        | Change::RenameEnumValue { .. }
        | Change::AlterDomainConstraint { .. } => {
            statements::no_such_form(cx, "a type of its own", "ENUM(…) in the column")
        }
        Change::CreateView { name, replace, materialized, reads, .. } => {
            statements::create_view(cx, name, *replace, *materialized, reads)
        }
        Change::DropView { names, materialized, .. } => statements::drop_view(cx, names, *materialized),
        Change::RefreshView { .. } => statements::no_such_form(cx, "a materialized view", "a table filled by a job"),

        // ---- data
        Change::Insert { table, from_query, rows, source } => statements::insert(cx, table, *from_query, *rows, source),
        Change::Update { table, columns, filter } => statements::update(cx, table, columns, filter),
        Change::Delete { table, filter } => statements::delete(cx, table, filter),
        Change::Query { calls_functions, .. } => statements::query(cx, *calls_functions),

        // ---- everything else
        Change::Object { verb, kind, name, on, text } => {
            objects::effects(cx, *verb, *kind, name.as_ref(), on.as_ref(), text)
        }
        Change::Maintain { command, tables } => statements::maintain(cx, *command, tables),
        Change::LockTable { tables, mode } => statements::lock_table(cx, tables, mode),
        Change::Session(setting) if copies_from_now_on(setting) => {
            Effects::unknown("every ALTER TABLE of this session copies from now on, which is not followed here")
        }
        Change::Transaction(_) | Change::Session(_) => statements::session(cx),
        Change::Opaque { form, why, touches } => statements::opaque(form, *why, touches),
    }
}

/// ALTER TABLE without ALGORITHM then goes the slowest way.
fn copies_from_now_on(setting: &crate::change::SessionSetting) -> bool {
    let says = |word: &str| setting.plain() == word;
    setting.name.ends_with("old_alter_table") && !setting.is_off() && !says("default")
        || setting.name.ends_with("alter_algorithm") && says("copy")
}
