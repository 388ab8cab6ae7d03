//! SQL for a change, with ALGORITHM and LOCK wherever traffic can go on: the server then refuses rather than copies.

use super::define::{self, column, constraint, index, mentions, name, position};
use super::effects::effects;
use super::names::ident;
use super::server::Server;
use crate::change::{
    Change, ConstraintClass, Ident, Maintenance, Name, ObjectKind, ObjectVerb, SessionSetting, TableOption,
    TransactionVerb,
};
use crate::order::Gather;
use crate::request::Options;
use crate::schema::Schema;
use crate::target::Target;
use crate::world::{Sizes, World};

/// The statement for a change of which only the version is known.
pub(in crate::engines) fn print(server: &dyn Server, change: &Change, target: Target) -> Option<String> {
    let (schema, sizes, options) = (Schema::new(target), Sizes::default(), Options::default());
    print_in(server, change, &World { target, schema: &schema, sizes: &sizes, options: &options })
}

/// The statement for a change; none for what takes several.
pub(in crate::engines) fn print_in(server: &dyn Server, change: &Change, world: &World<'_>) -> Option<String> {
    if let Some((table, action)) = alter_action(server, change, world) {
        let clause = clause(server, change, world).map(|clause| format!(", {clause}")).unwrap_or_default();
        return Some(format!("ALTER TABLE {} {action}{clause}", name(table)));
    }
    statement(change)
}

/// ALGORITHM and LOCK, where that keeps traffic going.
fn clause(server: &dyn Server, change: &Change, world: &World<'_>) -> Option<String> {
    effects(server, change, world).online_form.filter(|form| form.starts_with("ALGORITHM="))
}

/// The table and what follows `ALTER TABLE table`.
fn alter_action<'c>(server: &dyn Server, change: &'c Change, world: &World<'_>) -> Option<(&'c Name, String)> {
    let maria = server.title() == "MariaDB";
    let v = world.target.version;
    // Before 8.0.16 a CHECK is read and forgotten, so there is none to drop.
    let checks = maria || v.at_least(8, 0, 16);
    let exists = |said: bool| if said && maria { "IF EXISTS " } else { "" };
    Some(match change {
        Change::SetTableOption { table, option } => (table, table_option(option)?),
        Change::AddColumn { table, column: def, if_not_exists } => {
            let unless = if *if_not_exists && maria { "IF NOT EXISTS " } else { "" };
            (table, format!("ADD COLUMN {unless}{}{}", column(def)?, position(def.position.as_ref())))
        }
        Change::DropColumn { table, column, if_exists, .. } => {
            (table, format!("DROP COLUMN {}{}", exists(*if_exists), ident(column)))
        }
        Change::RenameColumn { table, from, to } => {
            let offered = if maria { v.at_least(10, 5, 2) } else { v.at_least(8, 0, 0) };
            (table, offered.then(|| format!("RENAME COLUMN {} TO {}", ident(from), ident(to)))?)
        }
        Change::RedefineColumn { table, column: old, to, position: at } => {
            let at = position(at.as_ref());
            let sql = column(to)?;
            (
                table,
                if to.name == *old {
                    format!("MODIFY COLUMN {sql}{at}")
                } else {
                    format!("CHANGE COLUMN {} {sql}{at}", ident(old))
                },
            )
        }
        Change::SetDefault { table, column, default } => {
            (table, format!("ALTER COLUMN {} SET DEFAULT {}", ident(column), default.text))
        }
        Change::DropDefault { table, column } => (table, format!("ALTER COLUMN {} DROP DEFAULT", ident(column))),
        Change::AddConstraint { table, constraint: def } => (table, format!("ADD {}", constraint(def, None))),
        Change::DropConstraint { table, name, kind, if_exists, .. } => (
            table,
            drop_constraint(name.as_ref(), *kind, exists(*if_exists), maria)
                .filter(|_| checks || *kind != Some(ConstraintClass::Check))?,
        ),
        Change::AlterConstraint { table, name, enforced: Some(enforced), .. } if !maria => {
            (table, format!("ALTER CHECK {} {}ENFORCED", ident(name), if *enforced { "" } else { "NOT " }))
        }
        Change::CreateIndex(def) if !mentions(&def.options, "algorithm") && !mentions(&def.options, "lock") => {
            (&def.table, format!("ADD {}", index(def)))
        }
        Change::DropIndex { name, table: Some(table), if_exists, .. } => {
            (table, format!("DROP INDEX {}{}", exists(*if_exists), ident(&name.object)))
        }
        Change::RenameIndex { name, table: Some(table), to } => {
            (table, format!("RENAME INDEX {} TO {}", ident(&name.object), ident(to)))
        }
        Change::AlterIndex { name: Some(name), table: Some(table), action } if is_visibility(action) => {
            (table, format!("ALTER INDEX {} {action}", ident(&name.object)))
        }
        _ => return None,
    })
}

fn is_visibility(action: &str) -> bool {
    matches!(action.to_ascii_uppercase().as_str(), "VISIBLE" | "INVISIBLE" | "IGNORED" | "NOT IGNORED")
}

fn table_option(option: &TableOption) -> Option<String> {
    match option {
        TableOption::Engine(engine) => Some(format!("ENGINE={engine}")),
        TableOption::RowFormat(format) => Some(format!("ROW_FORMAT={}", format.to_ascii_uppercase())),
        TableOption::Force => Some("FORCE".to_string()),
        TableOption::ConvertCharset(to) => {
            let collate = to.collation.as_ref().map(|c| format!(" COLLATE {c}")).unwrap_or_default();
            Some(format!("CONVERT TO CHARACTER SET {}{collate}", to.charset.as_ref()?))
        }
        TableOption::DefaultCharset(to) => {
            let charset = to.charset.as_ref().map(|c| format!("DEFAULT CHARACTER SET {c}"));
            let collate = to.collation.as_ref().map(|c| format!("COLLATE {c}"));
            let parts: Vec<String> = charset.into_iter().chain(collate).gather();
            (!parts.is_empty()).then(|| parts.join(" "))
        }
        _ => None,
    }
}

fn drop_constraint(name: Option<&Ident>, kind: Option<ConstraintClass>, exists: &str, maria: bool) -> Option<String> {
    let named = |what: &str| name.map(|name| format!("DROP {what} {exists}{}", ident(name)));
    match kind {
        Some(ConstraintClass::PrimaryKey) => Some("DROP PRIMARY KEY".to_string()),
        Some(ConstraintClass::ForeignKey) => named("FOREIGN KEY"),
        Some(ConstraintClass::Unique) => named("INDEX"),
        Some(ConstraintClass::Check) => named(if maria { "CONSTRAINT" } else { "CHECK" }),
        None => named("CONSTRAINT"),
        Some(ConstraintClass::Exclusion | ConstraintClass::NotNull) => None,
    }
}

/// Statements that are not ALTER TABLE.
fn statement(change: &Change) -> Option<String> {
    let list = |tables: &[Name]| tables.iter().map(name).gather().join(", ");
    let exists = |said: bool| if said { "IF EXISTS " } else { "" };
    match change {
        Change::CreateTable(def) => define::table(def),
        Change::DropTable { tables, if_exists, temporary, .. } => {
            let temporary = if *temporary { "TEMPORARY " } else { "" };
            Some(format!("DROP {temporary}TABLE {}{}", exists(*if_exists), list(tables)))
        }
        Change::RenameTable { table, to } => {
            Some(format!("RENAME TABLE {} TO {}", name(table), name(&beside(table, to))))
        }
        Change::Truncate { tables, .. } => match tables.as_slice() {
            [table] => Some(format!("TRUNCATE TABLE {}", name(table))),
            _ => None,
        },
        Change::CreateIndex(def) => {
            let own_name = ident(&def.name.as_ref()?.object);
            let sql = index(def);
            let (head, parts) = sql.split_once(" (")?;
            let kind = head.strip_suffix(&own_name)?.trim_end();
            Some(format!("CREATE {kind} {own_name} ON {} ({parts}", name(&def.table)))
        }
        Change::CreateView { name: view, replace, materialized: false, query, .. } => {
            let replace = if *replace { "OR REPLACE " } else { "" };
            Some(format!("CREATE {replace}VIEW {} AS {query}", name(view)))
        }
        Change::DropView { names, materialized: false, if_exists, .. } => {
            Some(format!("DROP VIEW {}{}", exists(*if_exists), list(names)))
        }
        Change::Object { verb: ObjectVerb::Drop, kind, name: Some(object), .. } => {
            Some(format!("DROP {} {}", droppable(*kind)?, name(object)))
        }
        Change::Maintain { command, tables } if !tables.is_empty() => {
            let verb = match command {
                Maintenance::Analyze => "ANALYZE",
                Maintenance::Optimize => "OPTIMIZE",
                Maintenance::CheckTable => "CHECK",
                Maintenance::RepairTable => "REPAIR",
                Maintenance::Vacuum | Maintenance::VacuumFull | Maintenance::Cluster | Maintenance::MoveAll { .. } => {
                    return None;
                }
            };
            Some(format!("{verb} TABLE {}", list(tables)))
        }
        Change::LockTable { tables, mode } => {
            let mode = if mentions(mode, "write") { "WRITE" } else { "READ" };
            let each: Vec<String> = tables.iter().map(|table| format!("{} {mode}", name(table))).gather();
            Some(format!("LOCK TABLES {}", each.join(", ")))
        }
        Change::Transaction(TransactionVerb::Begin) => Some("START TRANSACTION".to_string()),
        Change::Transaction(TransactionVerb::Commit) => Some("COMMIT".to_string()),
        Change::Transaction(TransactionVerb::Rollback) => Some("ROLLBACK".to_string()),
        Change::Session(SessionSetting { verb, name, value, .. }) if verb == "set" && !value.is_empty() => {
            Some(format!("SET SESSION {name} = {value}"))
        }
        _ => None,
    }
}

/// The new name lies in the database of the old one unless it says otherwise.
fn beside(table: &Name, to: &Name) -> Name {
    if to.schema.is_some() { to.clone() } else { table.sibling(to.object.value.clone()) }
}

fn droppable(kind: ObjectKind) -> Option<&'static str> {
    match kind {
        ObjectKind::Trigger => Some("TRIGGER"),
        ObjectKind::Function => Some("FUNCTION"),
        ObjectKind::Procedure => Some("PROCEDURE"),
        ObjectKind::Event => Some("EVENT"),
        ObjectKind::View => Some("VIEW"),
        ObjectKind::Sequence => Some("SEQUENCE"),
        _ => None,
    }
}
