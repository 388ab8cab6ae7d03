//! The statement for a change. What was pasted is quoted as it was; only what we made ourselves is spelled out.

mod definitions;

use super::quoting::{ident, literal};
use crate::change::{
    Change, ColumnOption, Ident, Maintenance, Name, PartitionAction, ReindexScope, TableOption, TransactionVerb,
};
use crate::order::Gather;
use definitions::{column_def, constraint_def, create_index, create_table, parenthesised};

/// One statement without terminator; none when the change has no single statement here or its text is not kept.
pub(super) fn print(change: &Change) -> Option<String> {
    Some(match change {
        Change::CreateTable(def) => create_table(def)?,
        Change::DropTable { tables, if_exists, cascade, .. } => {
            format!("DROP TABLE {}{}{}", exists(*if_exists), names(tables)?, behind(*cascade))
        }
        Change::RenameTable { table, to } => alter(table, &format!("RENAME TO {}", ident(&to.object.value))),
        Change::Truncate { tables, cascade } => format!("TRUNCATE TABLE {}{}", names(tables)?, behind(*cascade)),
        Change::SetTableOption { table, option } => alter(table, &table_option(option)?),
        Change::Partition { table, action } => alter(table, &partition(action)?),
        Change::AddColumn { table, column, if_not_exists } => {
            let exists = if *if_not_exists { "IF NOT EXISTS " } else { "" };
            alter(table, &format!("ADD COLUMN {exists}{}", column_def(column)?))
        }
        Change::DropColumn { table, column, if_exists, cascade } => {
            alter(table, &format!("DROP COLUMN {}{}{}", exists(*if_exists), id(column), behind(*cascade)))
        }
        Change::RenameColumn { table, from, to } => alter(table, &format!("RENAME COLUMN {} TO {}", id(from), id(to))),
        Change::ChangeColumnType { table, column, to, using, collation } => {
            let collate = collation.as_ref().map(|c| format!(" COLLATE {}", name(c))).unwrap_or_default();
            let using = using.as_ref().map(|e| format!(" USING {}", e.text)).unwrap_or_default();
            alter_column(table, column, &format!("TYPE {}{collate}{using}", to.text))
        }
        Change::SetNotNull { table, column, only } => only_if(*only, alter_column(table, column, "SET NOT NULL")),
        Change::DropNotNull { table, column } => alter_column(table, column, "DROP NOT NULL"),
        Change::SetDefault { table, column, default } => {
            alter_column(table, column, &format!("SET DEFAULT {}", default.text))
        }
        Change::DropDefault { table, column } => alter_column(table, column, "DROP DEFAULT"),
        Change::SetColumnOption { table, column, option } => alter_column(table, column, &column_option(option)?),
        Change::AddConstraint { table, constraint } => {
            only_if(constraint.only, alter(table, &format!("ADD {}", constraint_def(constraint)?)))
        }
        Change::DropConstraint { table, name: Some(constraint), if_exists, cascade, .. } => {
            alter(table, &format!("DROP CONSTRAINT {}{}{}", exists(*if_exists), id(constraint), behind(*cascade)))
        }
        Change::ValidateConstraint { table, name } => alter(table, &format!("VALIDATE CONSTRAINT {}", id(name))),
        Change::AlterConstraint { table, name, enforced: Some(enforced), .. } => {
            let word = if *enforced { "ENFORCED" } else { "NOT ENFORCED" };
            alter(table, &format!("ALTER CONSTRAINT {} {word}", id(name)))
        }
        Change::RenameConstraint { table, from, to } => {
            alter(table, &format!("RENAME CONSTRAINT {} TO {}", id(from), id(to)))
        }
        Change::CreateIndex(index) => create_index(index)?,
        Change::DropIndex { name: index, concurrently, if_exists, cascade, .. } => {
            format!("DROP INDEX {}{}{}{}", conc(*concurrently), exists(*if_exists), name(index), behind(*cascade))
        }
        Change::RenameIndex { name: index, to, .. } => format!("ALTER INDEX {} RENAME TO {}", name(index), id(to)),
        Change::Reindex { scope, name: Some(what), concurrently } => {
            format!("REINDEX {} {}{}", reindex_scope(*scope)?, conc(*concurrently), name(what))
        }
        Change::AlterIndex { name: Some(index), action, .. } => format!("ALTER INDEX {} {action}", name(index)),
        Change::CreateEnum { name: type_name, labels } => {
            let labels: Vec<String> = labels.iter().map(|label| literal(label)).gather();
            format!("CREATE TYPE {} AS ENUM ({})", name(type_name), labels.join(", "))
        }
        Change::AddEnumValue { name: type_name, value, positioned: false, if_not_exists } => {
            let exists = if *if_not_exists { "IF NOT EXISTS " } else { "" };
            format!("ALTER TYPE {} ADD VALUE {exists}{}", name(type_name), literal(value))
        }
        Change::RenameEnumValue { name: type_name, from, to } => {
            format!("ALTER TYPE {} RENAME VALUE {} TO {}", name(type_name), literal(from), literal(to))
        }
        Change::AlterDomainConstraint { name: domain, action, .. } => format!("ALTER DOMAIN {} {action}", name(domain)),
        Change::CreateView { name: view, replace, materialized, query, with_data, .. } => {
            let replace = if *replace { "OR REPLACE " } else { "" };
            let materialized = if *materialized { "MATERIALIZED " } else { "" };
            let data = if *with_data { "" } else { " WITH NO DATA" };
            format!("CREATE {replace}{materialized}VIEW {} AS {query}{data}", name(view))
        }
        Change::DropView { names: views, materialized, if_exists, cascade } => {
            let materialized = if *materialized { "MATERIALIZED " } else { "" };
            format!("DROP {materialized}VIEW {}{}{}", exists(*if_exists), names(views)?, behind(*cascade))
        }
        Change::RefreshView { name: view, concurrently, with_data } => {
            let data = if *with_data { "" } else { " WITH NO DATA" };
            format!("REFRESH MATERIALIZED VIEW {}{}{data}", conc(*concurrently), name(view))
        }
        Change::Maintain { command, tables } => maintain(*command, tables)?,
        Change::LockTable { tables, mode } => {
            let mode = super::locks::Mode::from_word(mode)?.word();
            format!("LOCK TABLE {} IN {mode} MODE", names(tables)?)
        }
        Change::Transaction(verb) => transaction(verb)?.to_string(),
        Change::RebuildTable { .. }
        | Change::RedefineColumn { .. }
        | Change::DropConstraint { name: None, .. }
        | Change::AlterConstraint { enforced: None, .. }
        | Change::Reindex { name: None, .. }
        | Change::AlterIndex { name: None, .. }
        | Change::AddEnumValue { positioned: true, .. }
        | Change::Insert { .. }
        | Change::Update { .. }
        | Change::Delete { .. }
        | Change::Query { .. }
        | Change::Object { .. }
        | Change::Session(_)
        | Change::Opaque { .. } => return None,
    })
}

fn id(value: &Ident) -> String {
    ident(&value.value)
}

fn name(value: &Name) -> String {
    match &value.schema {
        Some(schema) => format!("{}.{}", id(schema), id(&value.object)),
        None => id(&value.object),
    }
}

fn names(values: &[Name]) -> Option<String> {
    let names: Vec<String> = values.iter().map(name).gather();
    (!names.is_empty()).then(|| names.join(", "))
}

fn idents(values: &[Ident]) -> String {
    values.iter().map(id).gather().join(", ")
}

fn alter(table: &Name, action: &str) -> String {
    format!("ALTER TABLE {} {action}", name(table))
}

/// `ALTER TABLE ONLY …`.
fn only_if(only: bool, sql: String) -> String {
    if only { sql.replacen("ALTER TABLE ", "ALTER TABLE ONLY ", 1) } else { sql }
}

fn alter_column(table: &Name, column: &Ident, action: &str) -> String {
    alter(table, &format!("ALTER COLUMN {} {action}", id(column)))
}

fn exists(if_exists: bool) -> &'static str {
    if if_exists { "IF EXISTS " } else { "" }
}

fn behind(cascade: bool) -> &'static str {
    if cascade { " CASCADE" } else { "" }
}

fn conc(concurrently: bool) -> &'static str {
    if concurrently { "CONCURRENTLY " } else { "" }
}

fn reindex_scope(scope: ReindexScope) -> Option<&'static str> {
    match scope {
        ReindexScope::Index => Some("INDEX"),
        ReindexScope::Table => Some("TABLE"),
        ReindexScope::Schema => Some("SCHEMA"),
        ReindexScope::Database => Some("DATABASE"),
        ReindexScope::System => Some("SYSTEM"),
        ReindexScope::Any => None,
    }
}

fn table_option(option: &TableOption) -> Option<String> {
    Some(match option {
        TableOption::Schema(schema) => format!("SET SCHEMA {}", id(schema)),
        TableOption::Logged => "SET LOGGED".to_string(),
        TableOption::Unlogged => "SET UNLOGGED".to_string(),
        TableOption::WithoutOids => "SET WITHOUT OIDS".to_string(),
        TableOption::WithOids => "SET WITH OIDS".to_string(),
        TableOption::Inherit(parent) => format!("INHERIT {}", name(parent)),
        TableOption::NoInherit(parent) => format!("NO INHERIT {}", name(parent)),
        TableOption::Owner(_)
        | TableOption::Tablespace(_)
        | TableOption::AccessMethod(_)
        | TableOption::Parameters(_)
        | TableOption::ClusterMark
        | TableOption::ReplicaIdentity
        | TableOption::RowSecurity
        | TableOption::Triggers
        | TableOption::Rules
        | TableOption::OfType
        | TableOption::Engine(_)
        | TableOption::RowFormat(_)
        | TableOption::ConvertCharset(_)
        | TableOption::DefaultCharset(_)
        | TableOption::Comment
        | TableOption::AutoIncrement
        | TableOption::Force
        | TableOption::OrderBy
        | TableOption::Storage(_)
        | TableOption::Other(_)
        | TableOption::DiscardOrImportTablespace
        | TableOption::Keys
        | TableOption::RunHint { .. }
        | TableOption::SystemVersioning { .. } => return None,
    })
}

fn partition(action: &PartitionAction) -> Option<String> {
    Some(match action {
        PartitionAction::Attach { partition, bound } => format!("ATTACH PARTITION {} {bound}", name(partition)),
        PartitionAction::Detach { partition, concurrently, finalize } => {
            let how = match (concurrently, finalize) {
                (_, true) => " FINALIZE",
                (true, false) => " CONCURRENTLY",
                (false, false) => "",
            };
            format!("DETACH PARTITION {}{how}", name(partition))
        }
        PartitionAction::Add
        | PartitionAction::Drop
        | PartitionAction::Truncate
        | PartitionAction::Reorganize
        | PartitionAction::Coalesce
        | PartitionAction::Exchange { .. }
        | PartitionAction::PartitionBy(_)
        | PartitionAction::RemovePartitioning
        | PartitionAction::Maintain(_)
        | PartitionAction::DiscardOrImport
        | PartitionAction::Convert
        | PartitionAction::SplitOrMerge => return None,
    })
}

fn column_option(option: &ColumnOption) -> Option<String> {
    Some(match option {
        ColumnOption::AddIdentity { always } => {
            let when = if *always { "ALWAYS" } else { "BY DEFAULT" };
            format!("ADD GENERATED {when} AS IDENTITY")
        }
        ColumnOption::DropIdentity => "DROP IDENTITY".to_string(),
        ColumnOption::SetExpression(expr) => format!("SET EXPRESSION AS {}", parenthesised(expr)),
        ColumnOption::DropExpression => "DROP EXPRESSION".to_string(),
        ColumnOption::AlterIdentity
        | ColumnOption::Statistics
        | ColumnOption::Storage
        | ColumnOption::Compression
        | ColumnOption::Parameters
        | ColumnOption::Visibility => return None,
    })
}

fn maintain(command: Maintenance, tables: &[Name]) -> Option<String> {
    let verb = match command {
        Maintenance::Vacuum => "VACUUM",
        Maintenance::VacuumFull => "VACUUM (FULL)",
        Maintenance::Cluster if tables.len() > 1 => return None,
        Maintenance::Cluster => "CLUSTER",
        Maintenance::Analyze => "ANALYZE",
        Maintenance::Optimize | Maintenance::CheckTable | Maintenance::RepairTable | Maintenance::MoveAll { .. } => {
            return None;
        }
    };
    Some(names(tables).map_or_else(|| verb.to_string(), |tables| format!("{verb} {tables}")))
}

fn transaction(verb: &TransactionVerb) -> Option<&'static str> {
    match verb {
        TransactionVerb::Begin => Some("BEGIN"),
        TransactionVerb::Commit => Some("COMMIT"),
        TransactionVerb::Rollback => Some("ROLLBACK"),
        TransactionVerb::Savepoint(_)
        | TransactionVerb::RollbackTo(_)
        | TransactionVerb::Release
        | TransactionVerb::TwoPhase => None,
    }
}
