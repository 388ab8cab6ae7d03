//! The statement for a change. What was pasted is quoted as it was; only what we made ourselves is spelled out.

use super::quoting::{ident, literal};
use crate::change::{
    AutoNumber, Change, ColumnDef, ColumnOption, Constraint, ConstraintKind, Expr, ForeignKey, Ident, IndexDef,
    IndexKind, Maintenance, Name, Nullability, PartitionAction, ReferentialAction, ReindexScope, TableDef, TableOption,
    TransactionVerb,
};

/// One statement without terminator; none when the change has no single statement here or its text is not kept.
pub(super) fn print(change: &Change) -> Option<String> {
    Some(match change {
        Change::CreateTable(def) => create_table(def)?,
        Change::DropTable { tables, if_exists, cascade } => {
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
        Change::SetNotNull { table, column } => alter_column(table, column, "SET NOT NULL"),
        Change::DropNotNull { table, column } => alter_column(table, column, "DROP NOT NULL"),
        Change::SetDefault { table, column, default } => {
            alter_column(table, column, &format!("SET DEFAULT {}", default.text))
        }
        Change::DropDefault { table, column } => alter_column(table, column, "DROP DEFAULT"),
        Change::SetColumnOption { table, column, option } => alter_column(table, column, &column_option(option)?),
        Change::AddConstraint { table, constraint } => alter(table, &format!("ADD {}", constraint_def(constraint)?)),
        Change::DropConstraint { table, name: Some(constraint), if_exists, cascade, .. } => {
            alter(table, &format!("DROP CONSTRAINT {}{}{}", exists(*if_exists), id(constraint), behind(*cascade)))
        }
        Change::ValidateConstraint { table, name } => alter(table, &format!("VALIDATE CONSTRAINT {}", id(name))),
        Change::AlterConstraint { table, name, enforced: Some(enforced) } => {
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
            let labels: Vec<String> = labels.iter().map(|label| literal(label)).collect();
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
        Change::CreateView { name: view, replace, materialized, query, .. } => {
            let replace = if *replace { "OR REPLACE " } else { "" };
            let materialized = if *materialized { "MATERIALIZED " } else { "" };
            format!("CREATE {replace}{materialized}VIEW {} AS {query}", name(view))
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
        Change::Transaction(verb) => transaction(*verb)?.to_string(),
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
    let names: Vec<String> = values.iter().map(name).collect();
    (!names.is_empty()).then(|| names.join(", "))
}

fn idents(values: &[Ident]) -> String {
    values.iter().map(id).collect::<Vec<_>>().join(", ")
}

fn alter(table: &Name, action: &str) -> String {
    format!("ALTER TABLE {} {action}", name(table))
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

fn parenthesised(expr: &Expr) -> String {
    let text = expr.text.trim();
    if is_wrapped(text) { text.to_string() } else { format!("({text})") }
}

/// One pair of parentheses around the whole text.
fn is_wrapped(text: &str) -> bool {
    let mut depth = 0usize;
    let mut quote = None;
    let last = text.chars().count().saturating_sub(1);
    for (at, c) in text.chars().enumerate() {
        match (quote, c) {
            (Some(open), _) if c == open => quote = None,
            (Some(_), _) => {}
            (None, '\'' | '"') => quote = Some(c),
            (None, '(') => depth += 1,
            (None, ')') => depth = depth.saturating_sub(1),
            (None, _) => {}
        }
        if depth == 0 && quote.is_none() && at < last {
            return false;
        }
    }
    text.starts_with('(') && depth == 0
}

fn create_table(def: &TableDef) -> Option<String> {
    if !def.text.is_empty() {
        return Some(def.text.clone());
    }
    if !def.complete || def.from_query || def.external {
        return None;
    }
    let kind = match (def.temporary, def.unlogged) {
        (true, _) => "TEMPORARY ",
        (false, true) => "UNLOGGED ",
        (false, false) => "",
    };
    let exists = if def.if_not_exists { "IF NOT EXISTS " } else { "" };
    let mut parts: Vec<String> = Vec::new();
    for column in &def.columns {
        parts.push(column_def(column)?);
    }
    parts.extend(def.like.iter().map(|like| format!("LIKE {} INCLUDING ALL", name(like))));
    for constraint in &def.constraints {
        parts.push(constraint_def(constraint)?);
    }
    let inherits = names(&def.inherits).map(|n| format!(" INHERITS ({n})")).unwrap_or_default();
    let partition_by = def.partition_by.as_ref().map(|by| format!(" {by}")).unwrap_or_default();
    let options = if def.options.is_empty() { String::new() } else { format!(" {}", def.options) };
    let body = if parts.is_empty() { "()".to_string() } else { format!("(\n  {}\n)", parts.join(",\n  ")) };
    Some(format!("CREATE {kind}TABLE {exists}{} {body}{inherits}{partition_by}{options}", name(&def.name)))
}

fn column_def(column: &ColumnDef) -> Option<String> {
    if !column.text.is_empty() {
        return Some(column.text.clone());
    }
    let data_type = match (&column.auto_number, &column.data_type) {
        (Some(AutoNumber::Serial), Some(data_type)) => serial_word(&data_type.base)?.to_string(),
        (Some(AutoNumber::AutoIncrement), _) => return None,
        (_, Some(data_type)) => data_type.text.clone(),
        (_, None) => return None,
    };
    let mut sql = format!("{} {data_type}", id(&column.name));
    if let Some(collation) = &column.collation {
        sql.push_str(&format!(" COLLATE {}", name(collation)));
    }
    match column.nullability {
        Nullability::NotNull => sql.push_str(" NOT NULL"),
        Nullability::Null => sql.push_str(" NULL"),
        Nullability::Unsaid => {}
    }
    if let Some(default) = &column.default {
        sql.push_str(&format!(" DEFAULT {}", default.text));
    }
    if let Some(generated) = &column.generated {
        let kind = if generated.stored { "STORED" } else { "VIRTUAL" };
        sql.push_str(&format!(" GENERATED ALWAYS AS {} {kind}", parenthesised(&generated.expr)));
    }
    if let Some(AutoNumber::Identity { always, options }) = &column.auto_number {
        let when = if *always { "ALWAYS" } else { "BY DEFAULT" };
        sql.push_str(&format!(" GENERATED {when} AS IDENTITY"));
        if !options.trim().is_empty() {
            sql.push_str(&format!(" ({})", options.trim().trim_start_matches('(').trim_end_matches(')')));
        }
    }
    for constraint in &column.constraints {
        sql.push_str(&format!(" {}", constraint_def(constraint)?));
    }
    Some(sql)
}

fn serial_word(base: &str) -> Option<&'static str> {
    match base {
        "smallint" => Some("smallserial"),
        "integer" => Some("serial"),
        "bigint" => Some("bigserial"),
        _ => None,
    }
}

fn constraint_def(constraint: &Constraint) -> Option<String> {
    let named = constraint.name.as_ref().map(|n| format!("CONSTRAINT {} ", id(n))).unwrap_or_default();
    if !constraint.text.is_empty() {
        return Some(format!("{named}{}{}", constraint.text, missing_suffix(constraint)));
    }
    let body = match &constraint.kind {
        ConstraintKind::PrimaryKey { columns } => format!("PRIMARY KEY{}", key(columns, constraint)),
        ConstraintKind::Unique { columns, nulls_not_distinct } => {
            let nulls = if *nulls_not_distinct { " NULLS NOT DISTINCT" } else { "" };
            format!("UNIQUE{nulls}{}", key(columns, constraint))
        }
        ConstraintKind::Check { expr } => format!("CHECK {}", parenthesised(expr)),
        ConstraintKind::ForeignKey(key) => foreign_key(key),
        ConstraintKind::NotNull { column } => format!("NOT NULL {}", id(column)),
        ConstraintKind::Exclude => return None,
    };
    let deferrable =
        if constraint.deferrable.is_empty() { String::new() } else { format!(" {}", constraint.deferrable) };
    let not_valid = if constraint.not_valid { " NOT VALID" } else { "" };
    let not_enforced = if constraint.not_enforced { " NOT ENFORCED" } else { "" };
    Some(format!("{named}{body}{deferrable}{not_enforced}{not_valid}"))
}

/// A recipe may turn a pasted constraint into one that is NOT VALID.
fn missing_suffix(constraint: &Constraint) -> &'static str {
    let said = constraint.text.to_ascii_uppercase();
    let said = said.split_whitespace().collect::<Vec<_>>().join(" ");
    if constraint.not_valid && !said.ends_with("NOT VALID") { " NOT VALID" } else { "" }
}

fn key(columns: &[Ident], constraint: &Constraint) -> String {
    match &constraint.using_index {
        Some(index) => format!(" USING INDEX {}", id(index)),
        None if columns.is_empty() => String::new(),
        None => format!(" ({})", idents(columns)),
    }
}

fn foreign_key(key: &ForeignKey) -> String {
    let own = if key.columns.is_empty() { String::new() } else { format!("FOREIGN KEY ({}) ", idents(&key.columns)) };
    let referenced = if key.referenced_columns.is_empty() {
        String::new()
    } else {
        format!(" ({})", idents(&key.referenced_columns))
    };
    let full = if key.match_full { " MATCH FULL" } else { "" };
    let update = action(key.on_update).map(|a| format!(" ON UPDATE {a}")).unwrap_or_default();
    let delete = action(key.on_delete).map(|a| format!(" ON DELETE {a}")).unwrap_or_default();
    format!("{own}REFERENCES {}{referenced}{full}{delete}{update}", name(&key.references))
}

fn action(action: ReferentialAction) -> Option<&'static str> {
    match action {
        ReferentialAction::NoAction => None,
        ReferentialAction::Restrict => Some("RESTRICT"),
        ReferentialAction::Cascade => Some("CASCADE"),
        ReferentialAction::SetNull => Some("SET NULL"),
        ReferentialAction::SetDefault => Some("SET DEFAULT"),
    }
}

fn create_index(index: &IndexDef) -> Option<String> {
    if index.kind != IndexKind::Plain || index.parts.is_empty() {
        return None;
    }
    if !index.text.is_empty() {
        return Some(index.text.clone());
    }
    let unique = if index.unique { "UNIQUE " } else { "" };
    let exists = if index.if_not_exists { "IF NOT EXISTS " } else { "" };
    // The index goes into the schema of its table; a schema is not allowed before its name.
    let named = index.name.as_ref().map(|n| format!("{exists}{} ", id(&n.object))).unwrap_or_default();
    let only = if index.only { "ONLY " } else { "" };
    let method = index.method.as_ref().map(|m| format!(" USING {m}")).unwrap_or_default();
    let part = |p: &crate::change::IndexPart| match &p.column {
        Some(column) if p.text.is_empty() => id(column),
        _ => p.text.clone(),
    };
    let parts: Vec<String> = index.parts.iter().map(part).collect();
    let include =
        if index.include.is_empty() { String::new() } else { format!(" INCLUDE ({})", idents(&index.include)) };
    let nulls = if index.nulls_not_distinct { " NULLS NOT DISTINCT" } else { "" };
    let options = if index.options.is_empty() { String::new() } else { format!(" {}", index.options) };
    let filter = index.filter.as_ref().map(|f| format!(" WHERE {}", f.text)).unwrap_or_default();
    Some(format!(
        "CREATE {unique}INDEX {}{named}ON {only}{}{method} ({}){include}{nulls}{options}{filter}",
        conc(index.concurrently),
        name(&index.table),
        parts.join(", ")
    ))
}

fn reindex_scope(scope: ReindexScope) -> Option<&'static str> {
    match scope {
        ReindexScope::Index => Some("INDEX"),
        ReindexScope::Table => Some("TABLE"),
        ReindexScope::Schema => Some("SCHEMA"),
        ReindexScope::Database => Some("DATABASE"),
        ReindexScope::Any => None,
    }
}

fn table_option(option: &TableOption) -> Option<String> {
    Some(match option {
        TableOption::Schema(schema) => format!("SET SCHEMA {}", id(schema)),
        TableOption::Logged => "SET LOGGED".to_string(),
        TableOption::Unlogged => "SET UNLOGGED".to_string(),
        TableOption::WithoutOids => "SET WITHOUT OIDS".to_string(),
        TableOption::Inherit(parent) => format!("INHERIT {}", name(parent)),
        TableOption::NoInherit(parent) => format!("NO INHERIT {}", name(parent)),
        TableOption::Owner
        | TableOption::Tablespace
        | TableOption::AccessMethod
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
        | TableOption::SystemVersioning => return None,
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
        | PartitionAction::PartitionBy
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
        Maintenance::Optimize | Maintenance::CheckTable | Maintenance::RepairTable => return None,
    };
    Some(names(tables).map_or_else(|| verb.to_string(), |tables| format!("{verb} {tables}")))
}

fn transaction(verb: TransactionVerb) -> Option<&'static str> {
    match verb {
        TransactionVerb::Begin => Some("BEGIN"),
        TransactionVerb::Commit => Some("COMMIT"),
        TransactionVerb::Rollback => Some("ROLLBACK"),
        TransactionVerb::Savepoint | TransactionVerb::TwoPhase => None,
    }
}
