//! Tables, columns, constraints and indexes, spelled out.

use super::{conc, id, idents, name, names};
use crate::change::{
    AutoNumber, ColumnDef, Constraint, ConstraintKind, Expr, ForeignKey, Ident, IndexDef, IndexKind, Nullability,
    ReferentialAction, TableDef,
};
use crate::order::{Gather, PushAll};

pub(super) fn parenthesised(expr: &Expr) -> String {
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

pub(super) fn create_table(def: &TableDef) -> Option<String> {
    if !def.text.is_empty() {
        return Some(def.text.clone());
    }
    if !def.complete || def.from_query || def.external || def.of_type.is_some() {
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
    parts.push_all(def.like.iter().map(|like| format!("LIKE {} INCLUDING ALL", name(like))));
    for constraint in &def.constraints {
        parts.push(constraint_def(constraint)?);
    }
    let inherits = names(&def.inherits).map(|n| format!(" INHERITS ({n})")).unwrap_or_default();
    let partition_by = def.partition_by.as_ref().map(|by| format!(" {by}")).unwrap_or_default();
    let options = if def.options.is_empty() { String::new() } else { format!(" {}", def.options) };
    if let Some(parent) = &def.partition_of {
        let own = if parts.is_empty() { String::new() } else { format!(" (\n  {}\n)", parts.join(",\n  ")) };
        let parent = name(parent);
        return Some(format!(
            "CREATE {kind}TABLE {exists}{} PARTITION OF {parent}{own}{options}{partition_by}",
            name(&def.name)
        ));
    }
    let body = if parts.is_empty() { "()".to_string() } else { format!("(\n  {}\n)", parts.join(",\n  ")) };
    Some(format!("CREATE {kind}TABLE {exists}{} {body}{inherits}{partition_by}{options}", name(&def.name)))
}

pub(super) fn column_def(column: &ColumnDef) -> Option<String> {
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

pub(super) fn constraint_def(constraint: &Constraint) -> Option<String> {
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
    let said = said.split_whitespace().gather().join(" ");
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

pub(super) fn create_index(index: &IndexDef) -> Option<String> {
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
    let parts: Vec<String> = index.parts.iter().map(part).gather();
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
