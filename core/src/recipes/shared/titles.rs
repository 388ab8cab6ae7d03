//! A change in a few words, for titles.

use crate::change::{Change, ConstraintKind, Maintenance, Name, ObjectKind, ObjectVerb, PartitionAction, TableOption};
use crate::order::Gather;

/// `Rename column users.name to full_name`.
pub fn of(change: &Change) -> String {
    match change {
        Change::CreateTable(table) => format!("Create table {}", table.name),
        Change::DropTable { tables, .. } => format!("Drop table {}", list(tables)),
        Change::RenameTable { table, to } => format!("Rename table {table} to {to}"),
        Change::Truncate { tables, .. } => format!("Empty table {}", list(tables)),
        Change::SetTableOption { table, option } => table_option(table, option),
        Change::Partition { table, action } => partition(table, action),
        Change::RebuildTable { table, .. } => format!("Rebuild table {table}"),
        Change::AddColumn { table, column, .. } => format!("Add column {table}.{}", column.name),
        Change::DropColumn { table, column, .. } => format!("Drop column {table}.{column}"),
        Change::RenameColumn { table, from, to } => format!("Rename {table}.{from} to {table}.{to}"),
        Change::ChangeColumnType { table, column, to, .. } => {
            format!("Change the type of {table}.{column} to {}", to.text)
        }
        Change::RedefineColumn { table, column, .. } => format!("Redefine column {table}.{column}"),
        Change::SetNotNull { table, column, .. } => format!("Make {table}.{column} NOT NULL"),
        Change::DropNotNull { table, column } => format!("Let {table}.{column} be NULL"),
        Change::SetDefault { table, column, .. } => format!("Set the default of {table}.{column}"),
        Change::DropDefault { table, column } => format!("Drop the default of {table}.{column}"),
        Change::SetColumnOption { table, column, .. } => format!("Set an option of column {table}.{column}"),
        Change::AddConstraint { table, constraint } => match &constraint.name {
            Some(name) => format!("Add {} {name} to {table}", constraint_word(&constraint.kind)),
            None => format!("Add a {} to {table}", constraint_word(&constraint.kind)),
        },
        Change::DropConstraint { table, name, .. } => match name {
            Some(name) => format!("Drop constraint {name} of {table}"),
            None => format!("Drop the primary key of {table}"),
        },
        Change::ValidateConstraint { table, name } => format!("Check the rows of {table} against {name}"),
        Change::AlterConstraint { table, name, .. } => format!("Alter constraint {name} of {table}"),
        Change::RenameConstraint { table, from, to } => format!("Rename constraint {from} of {table} to {to}"),
        Change::CreateIndex(index) => match &index.name {
            Some(name) => format!("Create index {} on {}", name.object, index.table),
            None => format!("Create an index on {}", index.table),
        },
        Change::DropIndex { name, .. } => format!("Drop index {}", name.object),
        Change::RenameIndex { name, to, .. } => format!("Rename index {} to {to}", name.object),
        Change::Reindex { name, .. } => match name {
            Some(name) => format!("Rebuild {name}"),
            None => "Rebuild indexes".to_string(),
        },
        Change::AlterIndex { name, .. } => match name {
            Some(name) => format!("Alter index {}", name.object),
            None => "Alter indexes".to_string(),
        },
        Change::CreateEnum { name, .. } => format!("Create enum {name}"),
        Change::AddEnumValue { name, value, .. } => format!("Add label {value} to enum {name}"),
        Change::RenameEnumValue { name, from, to } => format!("Rename label {from} of enum {name} to {to}"),
        Change::AlterDomainConstraint { name, .. } => format!("Change a constraint of domain {name}"),
        Change::CreateView { name, replace, .. } => match replace {
            true => format!("Replace view {name}"),
            false => format!("Create view {name}"),
        },
        Change::DropView { names, .. } => format!("Drop view {}", list(names)),
        Change::RefreshView { name, .. } => format!("Refresh {name}"),
        Change::Insert { table, .. } => format!("Insert rows into {table}"),
        Change::Update { table, .. } => format!("Update rows of {table}"),
        Change::Delete { table, .. } => format!("Delete rows of {table}"),
        Change::Query { .. } => "Run a query".to_string(),
        Change::Object { verb, kind, name, on, .. } => object(*verb, *kind, name.as_ref(), on.as_ref()),
        Change::Maintain { command, tables } => maintain(*command, tables),
        Change::LockTable { tables, .. } if tables.is_empty() => "Lock all tables".to_string(),
        Change::LockTable { tables, .. } => format!("Lock {}", list(tables)),
        Change::Transaction(_) => "Transaction control".to_string(),
        Change::Session(setting) => format!("Set {}", setting.name),
        Change::Opaque { form, .. } if form.is_empty() => "Run a statement that could not be read".to_string(),
        Change::Opaque { form, .. } => format!("Run {form}, whose effect cannot be read from its text"),
    }
}

/// Several changes as one title, those beyond the second counted.
pub fn of_several(changes: &[&Change]) -> String {
    match changes {
        [] => String::new(),
        [one] => of(one),
        [first, second] => format!("{}; {}", of(first), decapitalised(of(second))),
        [first, rest @ ..] => format!("{}, and {} more changes", of(first), rest.len()),
    }
}

fn decapitalised(title: String) -> String {
    let mut chars = title.chars();
    chars.next().map(|first| first.to_lowercase().chain(chars).collect()).unwrap_or_default()
}

/// What a constraint is, in words.
pub fn constraint_word(kind: &ConstraintKind) -> &'static str {
    match kind {
        ConstraintKind::PrimaryKey { .. } => "primary key",
        ConstraintKind::Unique { .. } => "unique constraint",
        ConstraintKind::Check { .. } => "check constraint",
        ConstraintKind::ForeignKey(_) => "foreign key",
        ConstraintKind::Exclude => "exclusion constraint",
        ConstraintKind::NotNull { .. } => "not-null constraint",
    }
}

/// The keywords of an object kind: `MATERIALIZED VIEW`.
pub fn kind_words(kind: ObjectKind) -> String {
    let mut words = String::new();
    for c in format!("{kind:?}").chars() {
        if c.is_ascii_uppercase() && !words.is_empty() {
            words.push(' ');
        }
        words.push(c.to_ascii_uppercase());
    }
    words
}

fn table_option(table: &Name, option: &TableOption) -> String {
    let what = match option {
        TableOption::Schema(schema) => return format!("Move table {table} to schema {schema}"),
        TableOption::Tablespace(_) => return format!("Move table {table} to another tablespace"),
        TableOption::Logged => return format!("Make table {table} logged"),
        TableOption::Unlogged => return format!("Make table {table} unlogged"),
        TableOption::ConvertCharset(_) => return format!("Convert table {table} to another character set"),
        TableOption::Inherit(parent) => return format!("Let table {table} inherit from {parent}"),
        TableOption::NoInherit(parent) => return format!("End the inheritance of table {table} from {parent}"),
        TableOption::Force | TableOption::OrderBy => return format!("Rebuild table {table}"),
        TableOption::SystemVersioning { .. } => return format!("Change the system versioning of table {table}"),
        TableOption::Owner(_) => "owner",
        TableOption::AccessMethod(_) => "access method",
        TableOption::Parameters(_) => "storage parameters",
        TableOption::ReplicaIdentity => "replica identity",
        TableOption::RowSecurity => "row security",
        TableOption::Triggers => "active triggers",
        TableOption::Rules => "active rules",
        TableOption::Engine(_) => "storage engine",
        TableOption::RowFormat(_) => "row format",
        TableOption::DefaultCharset(_) => "default character set",
        TableOption::Comment => "comment",
        TableOption::AutoIncrement => "next AUTO_INCREMENT value",
        TableOption::ClusterMark
        | TableOption::WithoutOids
        | TableOption::WithOids
        | TableOption::OfType
        | TableOption::Storage(_)
        | TableOption::Other(_)
        | TableOption::DiscardOrImportTablespace
        | TableOption::Keys
        | TableOption::RunHint { .. } => return format!("Set an option of table {table}"),
    };
    format!("Set the {what} of table {table}")
}

fn partition(table: &Name, action: &PartitionAction) -> String {
    match action {
        PartitionAction::Attach { partition, .. } => format!("Attach {partition} to {table}"),
        PartitionAction::Detach { partition, .. } => format!("Detach {partition} from {table}"),
        _ => format!("Change the partitions of {table}"),
    }
}

fn object(verb: ObjectVerb, kind: ObjectKind, name: Option<&Name>, on: Option<&Name>) -> String {
    let what = kind_words(kind).to_lowercase();
    let own = name;
    let name = name.map(|n| format!(" {n}")).unwrap_or_default();
    // The table that a sequence is dropped with says nothing about it.
    let on = on
        .filter(|on| Some(*on) != own && kind != ObjectKind::Sequence)
        .map(|n| format!(" on {n}"))
        .unwrap_or_default();
    match verb {
        ObjectVerb::Drop if kind == ObjectKind::Owned => format!("Drop everything that role{name} owns"),
        ObjectVerb::Alter if kind == ObjectKind::Owned => {
            format!("Give everything that role{name} owns to another role")
        }
        ObjectVerb::Create => format!("Create {what}{name}{on}"),
        ObjectVerb::Replace => format!("Replace {what}{name}{on}"),
        ObjectVerb::Alter => format!("Alter {what}{name}{on}"),
        ObjectVerb::Rename => format!("Rename {what}{name}{on}"),
        ObjectVerb::Drop => format!("Drop {what}{name}{on}"),
        ObjectVerb::Comment => format!("Comment on {what}{name}{on}"),
        ObjectVerb::Grant => format!("Grant rights on {what}{name}{on}"),
        ObjectVerb::Revoke => format!("Revoke rights on {what}{name}{on}"),
    }
}

fn maintain(command: Maintenance, tables: &[Name]) -> String {
    let word = match command {
        Maintenance::Vacuum => "Vacuum",
        Maintenance::VacuumFull => "Rewrite by VACUUM FULL",
        Maintenance::Cluster => "Cluster",
        Maintenance::Analyze => "Collect statistics of",
        Maintenance::Optimize => "Optimize",
        Maintenance::CheckTable => "Check",
        Maintenance::RepairTable => "Repair",
        Maintenance::MoveAll { .. } => "Move to another tablespace:",
    };
    let all = match command {
        Maintenance::MoveAll { views: true } => "all materialized views",
        _ => "all tables",
    };
    format!("{word} {}", if tables.is_empty() { all.to_string() } else { list(tables) })
}

fn list(names: &[Name]) -> String {
    names.iter().map(ToString::to_string).gather().join(", ")
}
