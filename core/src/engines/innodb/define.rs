//! Definitions of columns, constraints and indexes as SQL: the user's text where there is one.

use super::names::{ident, literal};
use crate::change::{
    ColumnDef, ColumnPosition, Constraint, ConstraintKind, Ident, IndexDef, IndexKind, IndexPart, Name, Nullability,
    ReferentialAction, TableDef,
};
use crate::order::{Gather, GatherAll, PushAll};

/// `schema.table`.
pub(super) fn name(name: &Name) -> String {
    match &name.schema {
        Some(schema) => format!("{}.{}", ident(schema), ident(&name.object)),
        None => ident(&name.object),
    }
}

/// `a, b`.
pub(super) fn idents(idents: &[Ident]) -> String {
    idents.iter().map(ident).gather().join(", ")
}

/// A column from its name on, without FIRST or AFTER. None when its type is not known.
pub(super) fn column(column: &ColumnDef) -> Option<String> {
    if !column.text.is_empty() {
        return Some(column.text.clone());
    }
    let type_text = &column.data_type.as_ref()?.text;
    let mut sql = format!("{} {type_text}", ident(&column.name));
    if let Some(generated) = &column.generated {
        let kind = if generated.stored { "STORED" } else { "VIRTUAL" };
        sql += &format!(" GENERATED ALWAYS AS ({}) {kind}", unwrapped(&generated.expr.text));
    }
    if let Some(collation) = column.collation.as_ref().filter(|_| !mentions(type_text, "collate")) {
        sql += &format!(" COLLATE {}", ident(&collation.object));
    }
    match column.nullability {
        Nullability::NotNull => sql += " NOT NULL",
        Nullability::Null => sql += " NULL",
        Nullability::Unsaid => {}
    }
    if let Some(default) = &column.default {
        sql += &format!(" DEFAULT {}", default.text);
    }
    if let Some(on_update) = &column.on_update {
        sql += &format!(" ON UPDATE {}", on_update.text);
    }
    if column.auto_number.is_some() {
        sql += " AUTO_INCREMENT";
    }
    if let Some(comment) = &column.comment {
        sql += &format!(" COMMENT {}", literal(comment));
    }
    for inline in &column.constraints {
        sql += &format!(" {}", constraint(inline, None));
    }
    Some(sql)
}

fn unwrapped(expr: &str) -> &str {
    let inner = expr.trim().strip_prefix('(').and_then(|e| e.strip_suffix(')'));
    let balanced = |text: &str| {
        let mut depth = 0_i32;
        text.chars().all(|c| {
            depth += i32::from(c == '(') - i32::from(c == ')');
            depth >= 0
        })
    };
    inner.filter(|inner| balanced(inner)).unwrap_or(expr)
}

/// ` FIRST`, ` AFTER a`, or nothing.
pub(super) fn position(position: Option<&ColumnPosition>) -> String {
    match position {
        Some(ColumnPosition::First) => " FIRST".to_string(),
        Some(ColumnPosition::After(column)) => format!(" AFTER {}", ident(column)),
        None => String::new(),
    }
}

/// A constraint with its name; `columns` of a table constraint come from its kind.
pub(super) fn constraint(constraint: &Constraint, fallback: Option<&[Ident]>) -> String {
    let named = constraint.name.as_ref().map(|name| format!("CONSTRAINT {} ", ident(name))).unwrap_or_default();
    if !constraint.text.is_empty() {
        return format!("{named}{}", constraint.text);
    }
    let list = |columns: &[Ident]| {
        let columns = if columns.is_empty() { fallback.unwrap_or_default() } else { columns };
        if columns.is_empty() { String::new() } else { format!(" ({})", idents(columns)) }
    };
    let body = match &constraint.kind {
        ConstraintKind::PrimaryKey { columns } => return format!("PRIMARY KEY{}", list(columns)),
        ConstraintKind::Unique { columns, .. } => format!("UNIQUE{}", list(columns)),
        ConstraintKind::Check { expr } => {
            let enforced = if constraint.not_enforced { " NOT ENFORCED" } else { "" };
            format!("CHECK ({}){enforced}", unwrapped(&expr.text))
        }
        ConstraintKind::ForeignKey(key) => {
            let own =
                if key.columns.is_empty() { String::new() } else { format!("FOREIGN KEY{} ", list(&key.columns)) };
            let target = if key.referenced_columns.is_empty() {
                String::new()
            } else {
                format!(" ({})", idents(&key.referenced_columns))
            };
            format!(
                "{own}REFERENCES {}{target}{}{}",
                name(&key.references),
                action(" ON DELETE ", key.on_delete),
                action(" ON UPDATE ", key.on_update)
            )
        }
        ConstraintKind::Exclude => constraint.text.clone(),
        ConstraintKind::NotNull { column } => format!("CHECK ({} IS NOT NULL)", ident(column)),
    };
    format!("{named}{body}")
}

fn action(prefix: &str, action: ReferentialAction) -> String {
    let word = match action {
        ReferentialAction::NoAction => return String::new(),
        ReferentialAction::Restrict => "RESTRICT",
        ReferentialAction::Cascade => "CASCADE",
        ReferentialAction::SetNull => "SET NULL",
        ReferentialAction::SetDefault => "SET DEFAULT",
    };
    format!("{prefix}{word}")
}

/// `UNIQUE INDEX i (a, b) options`.
pub(super) fn index(index: &IndexDef) -> String {
    let kind = match index.kind {
        IndexKind::Fulltext => "FULLTEXT ",
        IndexKind::Spatial => "SPATIAL ",
        IndexKind::Plain if index.unique => "UNIQUE ",
        IndexKind::Plain => "",
    };
    let own_name = index.name.as_ref().map(|name| format!(" {}", ident(&name.object))).unwrap_or_default();
    let parts: Vec<String> = index.parts.iter().map(part).gather();
    let method = match (&index.method, index.kind) {
        (Some(method), IndexKind::Plain) if !mentions(&index.options, "using") => {
            format!(" USING {}", method.to_ascii_uppercase())
        }
        _ => String::new(),
    };
    let options = if index.options.is_empty() { String::new() } else { format!(" {}", index.options) };
    format!("{kind}INDEX{own_name} ({}){method}{options}", parts.join(", "))
}

fn part(part: &IndexPart) -> String {
    match &part.column {
        Some(column) if part.text.is_empty() => ident(column),
        Some(_) | None => part.text.clone(),
    }
}

pub(super) fn mentions(text: &str, word: &str) -> bool {
    text.to_ascii_lowercase().contains(word)
}

/// `CREATE TABLE …`.
pub(super) fn table(def: &TableDef) -> Option<String> {
    if !def.text.is_empty() {
        return Some(def.text.clone());
    }
    let temporary = if def.temporary { "TEMPORARY " } else { "" };
    let if_not_exists = if def.if_not_exists { "IF NOT EXISTS " } else { "" };
    let head = format!("CREATE {temporary}TABLE {if_not_exists}{}", name(&def.name));
    if let Some(like) = &def.like {
        return Some(format!("{head} LIKE {}", name(like)));
    }
    let mut lines = def.columns.iter().map(column).gather_all()?;
    lines.push_all(def.constraints.iter().map(|c| constraint(c, None)));
    lines.push_all(def.indexes.iter().map(index));
    let options = if def.options.is_empty() { String::new() } else { format!(" {}", def.options) };
    let known = def.complete && !def.from_query && !lines.is_empty();
    known.then(|| format!("{head} (\n  {}\n){options}", lines.join(",\n  ")))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn parentheses_are_taken_off_only_when_they_enclose_all() {
        assert_eq!(unwrapped("(a > 0)"), "a > 0");
        assert_eq!(unwrapped("(a) + (b)"), "(a) + (b)");
        assert_eq!(unwrapped("a"), "a");
    }
}
