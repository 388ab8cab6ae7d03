//! SQL in SQLite's dialect; none for what takes the 12 steps.

use super::names::{ident, name};
use crate::change::{
    Change, ColumnDef, Constraint, ConstraintKind, ForeignKey, Ident, IndexDef, Maintenance, Nullability, ObjectKind,
    ObjectVerb, ReferentialAction, SessionSetting, TableDef, TransactionVerb,
};
use crate::order::{Gather, GatherAll, PushAll};
use crate::target::Target;

/// The statement for a change.
pub(super) fn print(change: &Change, target: Target) -> Option<String> {
    let v = target.version;
    let constraints = v.at_least(3, 53, 0);
    let exists = |said: bool| if said { "IF EXISTS " } else { "" };
    match change {
        Change::CreateTable(def) => table(def),
        Change::DropTable { tables, if_exists, .. } => match tables.as_slice() {
            [table] => Some(format!("DROP TABLE {}{}", exists(*if_exists), name(table))),
            _ => None,
        },
        Change::RenameTable { table, to } => {
            Some(format!("ALTER TABLE {} RENAME TO {}", name(table), ident(&to.object)))
        }
        Change::AddColumn { table, column: def, .. } => {
            Some(format!("ALTER TABLE {} ADD COLUMN {}", name(table), column(def)?))
        }
        Change::DropColumn { table, column, .. } if v.at_least(3, 35, 0) => {
            Some(format!("ALTER TABLE {} DROP COLUMN {}", name(table), ident(column)))
        }
        Change::RenameColumn { table, from, to } => {
            Some(format!("ALTER TABLE {} RENAME COLUMN {} TO {}", name(table), ident(from), ident(to)))
        }
        Change::SetNotNull { table, column, .. } if constraints => {
            Some(format!("ALTER TABLE {} ALTER COLUMN {} SET NOT NULL", name(table), ident(column)))
        }
        Change::DropNotNull { table, column } if constraints => {
            Some(format!("ALTER TABLE {} ALTER COLUMN {} DROP NOT NULL", name(table), ident(column)))
        }
        Change::AddConstraint { table, constraint: def }
            if constraints && matches!(def.kind, ConstraintKind::Check { .. }) =>
        {
            Some(format!("ALTER TABLE {} ADD {}", name(table), constraint(def)))
        }
        Change::DropConstraint { table, name: Some(own), .. } if constraints => {
            Some(format!("ALTER TABLE {} DROP CONSTRAINT {}", name(table), ident(own)))
        }
        Change::CreateIndex(def) => index(def),
        Change::DropIndex { name: index, if_exists, .. } => {
            Some(format!("DROP INDEX {}{}", exists(*if_exists), name(index)))
        }
        Change::Reindex { name: Some(object), .. } => Some(format!("REINDEX {}", name(object))),
        Change::Reindex { name: None, .. } => Some("REINDEX".to_string()),
        Change::CreateView { name: view, replace: false, materialized: false, query, .. } => {
            Some(format!("CREATE VIEW {} AS {query}", name(view)))
        }
        Change::DropView { names, materialized: false, if_exists, .. } => match names.as_slice() {
            [view] => Some(format!("DROP VIEW {}{}", exists(*if_exists), name(view))),
            _ => None,
        },
        Change::Object { verb: ObjectVerb::Drop, kind: ObjectKind::Trigger, name: Some(trigger), .. } => {
            Some(format!("DROP TRIGGER {}", name(trigger)))
        }
        Change::Maintain { command: Maintenance::Vacuum, .. } => Some("VACUUM".to_string()),
        Change::Maintain { command: Maintenance::Analyze, tables } => match tables.first() {
            Some(table) => Some(format!("ANALYZE {}", name(table))),
            None => Some("ANALYZE".to_string()),
        },
        Change::Transaction(TransactionVerb::Begin) => Some("BEGIN IMMEDIATE".to_string()),
        Change::Transaction(TransactionVerb::Commit) => Some("COMMIT".to_string()),
        Change::Transaction(TransactionVerb::Rollback) => Some("ROLLBACK".to_string()),
        Change::Session(SessionSetting { verb, name, value, .. }) if verb == "pragma" => {
            Some(if value.is_empty() { format!("PRAGMA {name}") } else { format!("PRAGMA {name} = {value}") })
        }
        _ => None,
    }
}

/// A column from its name on.
fn column(column: &ColumnDef) -> Option<String> {
    if !column.text.is_empty() {
        return Some(column.text.clone());
    }
    let mut sql = ident(&column.name);
    if let Some(data_type) = &column.data_type {
        sql += &format!(" {}", data_type.text);
    }
    if column.nullability == Nullability::NotNull {
        sql += " NOT NULL";
    }
    if let Some(default) = &column.default {
        sql += &format!(" DEFAULT {}", default.text);
    }
    if let Some(collation) = &column.collation {
        sql += &format!(" COLLATE {}", ident(&collation.object));
    }
    for inline in &column.constraints {
        sql += &format!(" {}", constraint(inline));
    }
    if let Some(generated) = &column.generated {
        let kind = if generated.stored { "STORED" } else { "VIRTUAL" };
        sql += &format!(" GENERATED ALWAYS AS {} {kind}", wrapped(&generated.expr.text));
    }
    Some(sql)
}

fn wrapped(expr: &str) -> String {
    let whole = expr.starts_with('(') && expr.ends_with(')') && !expr.contains(") ");
    if whole { expr.to_string() } else { format!("({expr})") }
}

fn constraint(constraint: &Constraint) -> String {
    let named = constraint.name.as_ref().map(|name| format!("CONSTRAINT {} ", ident(name))).unwrap_or_default();
    if !constraint.text.is_empty() {
        return format!("{named}{}", constraint.text);
    }
    let body = match &constraint.kind {
        ConstraintKind::PrimaryKey { columns } => format!("PRIMARY KEY{}", list(columns)),
        ConstraintKind::Unique { columns, .. } => format!("UNIQUE{}", list(columns)),
        ConstraintKind::Check { expr } => format!("CHECK {}", wrapped(&expr.text)),
        ConstraintKind::ForeignKey(key) => foreign_key(key),
        ConstraintKind::NotNull { column } => format!("CHECK ({} IS NOT NULL)", ident(column)),
        ConstraintKind::Exclude => String::new(),
    };
    format!("{named}{body}")
}

fn list(columns: &[Ident]) -> String {
    let columns: Vec<String> = columns.iter().map(ident).gather();
    if columns.is_empty() { String::new() } else { format!(" ({})", columns.join(", ")) }
}

fn foreign_key(key: &ForeignKey) -> String {
    let own = if key.columns.is_empty() { String::new() } else { format!("FOREIGN KEY{} ", list(&key.columns)) };
    let action = |prefix: &str, action: ReferentialAction| match action {
        ReferentialAction::NoAction => String::new(),
        ReferentialAction::Restrict => format!("{prefix}RESTRICT"),
        ReferentialAction::Cascade => format!("{prefix}CASCADE"),
        ReferentialAction::SetNull => format!("{prefix}SET NULL"),
        ReferentialAction::SetDefault => format!("{prefix}SET DEFAULT"),
    };
    format!(
        "{own}REFERENCES {}{}{}{}",
        name(&key.references),
        list(&key.referenced_columns),
        action(" ON DELETE ", key.on_delete),
        action(" ON UPDATE ", key.on_update)
    )
}

fn index(index: &IndexDef) -> Option<String> {
    let unique = if index.unique { "UNIQUE " } else { "" };
    let unless = if index.if_not_exists { "IF NOT EXISTS " } else { "" };
    let part = |part: &crate::change::IndexPart| match &part.column {
        Some(column) if part.text.is_empty() => ident(column),
        Some(_) | None => part.text.clone(),
    };
    let parts: Vec<String> = index.parts.iter().map(part).gather();
    let filter = index.filter.as_ref().map(|filter| format!(" WHERE {}", filter.text)).unwrap_or_default();
    let own_name = name(index.name.as_ref()?);
    Some(format!(
        "CREATE {unique}INDEX {unless}{own_name} ON {} ({}){filter}",
        ident(&index.table.object),
        parts.join(", ")
    ))
}

fn table(def: &TableDef) -> Option<String> {
    if !def.text.is_empty() {
        return Some(def.text.clone());
    }
    let temporary = if def.temporary { "TEMP " } else { "" };
    let unless = if def.if_not_exists { "IF NOT EXISTS " } else { "" };
    let mut lines = def.columns.iter().map(column).gather_all()?;
    lines.push_all(def.constraints.iter().map(constraint));
    let kinds: Vec<&str> = [(def.without_rowid, "WITHOUT ROWID"), (def.strict, "STRICT")]
        .into_iter()
        .filter(|k| k.0)
        .map(|k| k.1)
        .gather();
    let kinds = if kinds.is_empty() { String::new() } else { format!(" {}", kinds.join(", ")) };
    let known = def.complete && !def.from_query && !def.external && !lines.is_empty();
    known.then(|| format!("CREATE {temporary}TABLE {unless}{} (\n  {}\n){kinds}", name(&def.name), lines.join(",\n  ")))
}
