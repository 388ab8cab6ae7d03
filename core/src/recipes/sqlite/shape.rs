//! A table's definition as it was written, and the same with one change made to its text.
//!
//! The text is edited, not printed anew, so that whatever a definition says (AUTOINCREMENT, ON CONFLICT, COLLATE,
//! comments) stays as it is.

use crate::change::{Change, ColumnDef, Constraint, ConstraintKind, Ident, Name, Nullability, TableDef};
use crate::parse;
use crate::recipes::Cx;
use crate::recipes::shared::words;
use crate::schema::Schema;

/// Columns and constraints as written.
#[derive(Debug, Clone)]
pub struct Shape {
    /// Per column: its name, its definition from the name on, and whether the server computes it.
    pub columns: Vec<Column>,
    /// Table constraints, `CONSTRAINT name` included.
    pub constraints: Vec<String>,
    /// Behind the closing parenthesis.
    pub options: String,
    /// Ids are never given twice.
    pub auto_increment: bool,
}

/// A column as written.
#[derive(Debug, Clone)]
pub struct Column {
    /// Its name.
    pub name: Ident,
    /// From the name on.
    pub text: String,
    /// Computed by the server: never in an INSERT.
    pub generated: bool,
}

impl Shape {
    /// The table as it is known, when its definition was given in full.
    pub fn of(cx: &Cx<'_>, table: &Name) -> Option<Shape> {
        let known = &cx.world.schema.table(table)?.def;
        if known.external || !known.complete || known.columns.is_empty() {
            return None;
        }
        let written = as_written(cx, &known.text)?;
        let mut fresh = Schema::new(cx.world.target);
        fresh.apply(&Change::CreateTable(Box::new(written.clone())));
        let mut shape = Shape::from(cx, &written)?;
        shape.catch_up(cx, &fresh.table(&written.name)?.def, known)?;
        Some(shape)
    }

    /// What was altered since the definition was written: none when it cannot be told with certainty.
    fn catch_up(&mut self, cx: &Cx<'_>, then: &TableDef, now: &TableDef) -> Option<()> {
        let has = |def: &TableDef, name: &Ident| def.columns.iter().any(|c| same(&c.name, name));
        self.columns.retain(|c| has(now, &c.name));
        for new in now.columns.iter().filter(|c| !has(then, &c.name)) {
            self.columns.push(column(new)?);
        }
        let order = self.columns.iter().zip(&now.columns).all(|(a, b)| same(&a.name, &b.name));
        if !order || self.columns.len() != now.columns.len() {
            return None;
        }
        for (old, new) in now
            .columns
            .iter()
            .filter(|c| c.text.is_empty())
            .filter_map(|new| then.columns.iter().find(|c| same(&c.name, &new.name)).map(|old| (old, new)))
        {
            self.edit(&new.name, |text| altered(text, old, new))?;
        }
        let alike = |a: &Constraint, b: &Constraint| a.name == b.name && a.kind == b.kind;
        for gone in then.constraints.iter().filter(|c| !now.constraints.iter().any(|other| alike(c, other))) {
            let own = format!("CONSTRAINT {} ", cx.ident(gone.name.as_ref()?));
            let before = self.constraints.len();
            self.constraints.retain(|text| !text.starts_with(&own));
            if self.constraints.len() == before {
                return None;
            }
        }
        for new in now.constraints.iter().filter(|c| !then.constraints.iter().any(|other| alike(c, other))) {
            self.constraints.push(constraint(cx, new)?);
        }
        Some(())
    }

    fn from(cx: &Cx<'_>, def: &TableDef) -> Option<Shape> {
        let columns: Option<Vec<Column>> = def.columns.iter().map(column).collect();
        let mut options = Vec::new();
        if def.without_rowid {
            options.push("WITHOUT ROWID");
        }
        if def.strict {
            options.push("STRICT");
        }
        Some(Shape {
            columns: columns?,
            constraints: def.constraints.iter().map(|c| constraint(cx, c)).collect::<Option<_>>()?,
            options: options.join(", "),
            auto_increment: def.columns.iter().any(|c| c.auto_number.is_some()),
        })
    }

    /// `CREATE TABLE name (…)`.
    pub fn create(&self, cx: &Cx<'_>, name: &Name) -> String {
        let lines: Vec<&str> =
            self.columns.iter().map(|c| c.text.as_str()).chain(self.constraints.iter().map(String::as_str)).collect();
        let options = if self.options.is_empty() { String::new() } else { format!(" {}", self.options) };
        format!("CREATE TABLE {} (\n  {}\n){options}", cx.name(name), lines.join(",\n  "))
    }

    /// The shape after the change; none when its text cannot be edited with certainty.
    pub fn changed(&self, cx: &Cx<'_>, change: &Change) -> Option<Shape> {
        let mut shape = self.clone();
        match change {
            Change::AddColumn { column: new, .. } => shape.columns.push(column(new)?),
            Change::DropColumn { column, .. } => {
                shape.columns.retain(|c| !same(&c.name, column));
                let uses = |text: &String| words::mentions(text, column);
                if shape.constraints.iter().any(uses) || shape.columns.iter().any(|c| words::mentions(&rest(c), column))
                {
                    return None;
                }
            }
            Change::ChangeColumnType { table, column, to, .. } => {
                let known = cx.world.schema.column(table, column)?.data_type.as_ref()?.text.clone();
                shape.edit(column, |text| replace_once(text, &known, &to.text))?;
            }
            Change::SetNotNull { column, .. } => shape.edit(column, |text| Some(format!("{text} NOT NULL")))?,
            Change::DropNotNull { column, .. } => shape.edit(column, without_not_null)?,
            Change::SetDefault { table, column, default } => {
                let old = cx.world.schema.column(table, column)?.default.as_ref().map(|d| d.text.clone());
                shape.edit(column, |text| {
                    let bare = match &old {
                        Some(old) => without_default(text, old)?,
                        None => text.to_string(),
                    };
                    Some(format!("{bare} DEFAULT {}", default.text))
                })?;
            }
            Change::DropDefault { table, column } => {
                let old = cx.world.schema.column(table, column)?.default.as_ref()?.text.clone();
                shape.edit(column, |text| without_default(text, &old))?;
            }
            Change::AddConstraint { constraint: new, .. } => match (&new.kind, new.text.is_empty()) {
                (ConstraintKind::NotNull { .. } | ConstraintKind::Exclude, _) | (_, true) => return None,
                _ => shape.constraints.push(constraint(cx, new)?),
            },
            Change::DropConstraint { name: Some(name), .. } => {
                let own = format!("CONSTRAINT {} ", cx.ident(name));
                let before = shape.constraints.len();
                shape.constraints.retain(|text| !text.starts_with(&own));
                if shape.constraints.len() == before {
                    return None;
                }
            }
            _ => return None,
        }
        Some(shape)
    }

    fn edit(&mut self, column: &Ident, edit: impl Fn(&str) -> Option<String>) -> Option<()> {
        let found = self.columns.iter_mut().find(|c| same(&c.name, column))?;
        found.text = edit(&found.text)?;
        Some(())
    }
}

/// The definition of a column with the type, NULL rule and default that it has now; none when more has changed.
fn altered(text: &str, old: &ColumnDef, new: &ColumnDef) -> Option<String> {
    let mut text = text.to_string();
    if let (Some(from), Some(to)) = (&old.data_type, &new.data_type)
        && from != to
    {
        text = replace_once(&text, &from.text, &to.text)?;
    }
    let (demanded, demands) = (old.nullability == Nullability::NotNull, new.nullability == Nullability::NotNull);
    text = match (demanded, demands) {
        (true, false) => without_not_null(&text)?,
        (false, true) => format!("{text} NOT NULL"),
        _ => text,
    };
    if old.default != new.default {
        if let Some(default) = &old.default {
            text = without_default(&text, &default.text)?;
        }
        if let Some(default) = &new.default {
            text = format!("{text} DEFAULT {}", default.text);
        }
    }
    let rest = |c: &ColumnDef| (c.collation.clone(), c.generated.clone(), c.auto_number.clone());
    (rest(old) == rest(new)).then_some(text)
}

fn as_written(cx: &Cx<'_>, text: &str) -> Option<TableDef> {
    let script = parse::parse(text, cx.world.target);
    let changes = script.statements.into_iter().flat_map(|s| s.changes);
    changes.into_iter().find_map(|action| match action.change {
        Change::CreateTable(def) if def.complete && !def.from_query => Some(*def),
        _ => None,
    })
}

fn column(def: &ColumnDef) -> Option<Column> {
    let text = def.text.trim().to_string();
    let generated = def.generated.is_some();
    (!text.is_empty()).then(|| Column { name: def.name.clone(), text, generated })
}

fn constraint(cx: &Cx<'_>, constraint: &Constraint) -> Option<String> {
    let named = constraint.name.as_ref().map(|name| format!("CONSTRAINT {} ", cx.ident(name))).unwrap_or_default();
    (!constraint.text.is_empty()).then(|| format!("{named}{}", constraint.text.trim()))
}

/// The definition behind the name.
fn rest(column: &Column) -> String {
    column.text.split_once(char::is_whitespace).map(|(_, rest)| rest.to_string()).unwrap_or_default()
}

/// SQLite compares names without case.
fn same(a: &Ident, b: &Ident) -> bool {
    a.value.eq_ignore_ascii_case(&b.value)
}

/// The type stands once, right behind the name.
fn replace_once(text: &str, from: &str, to: &str) -> Option<String> {
    let (name, rest) = text.split_once(char::is_whitespace)?;
    let rest = rest.trim_start();
    let tail = rest.strip_prefix(from)?;
    Some(format!("{name} {to}{tail}"))
}

/// Without `[CONSTRAINT name] NOT NULL`; with an ON CONFLICT clause behind it is left to a person.
fn without_not_null(text: &str) -> Option<String> {
    let at = words::find_clause(text, "not", 0)?;
    let end = words::find_clause(text, "null", at)? + "null".len();
    let between = text.get(at + "not".len()..end.checked_sub("null".len())?)?;
    let tail = text.get(end..)?;
    let head = text.get(..at)?;
    let conflict =
        words::find_clause(tail, "on", 0).is_some_and(|on| tail.get(..on).is_some_and(|t| t.trim().is_empty()));
    let named = words::find_clause(head, "constraint", 0).is_some();
    if !between.trim().is_empty() || conflict || named {
        return None;
    }
    Some(format!("{}{tail}", head.trim_end()))
}

/// Without `DEFAULT value`.
fn without_default(text: &str, value: &str) -> Option<String> {
    let at = words::find_clause(text, "default", 0)?;
    let behind = text.get(at + "default".len()..)?;
    let open = behind.find(value)?;
    let lead = behind.get(..open)?.trim();
    let mut tail = behind.get(open + value.len()..)?;
    match lead {
        "" => {}
        "(" => tail = tail.trim_start().strip_prefix(')')?,
        _ => return None,
    }
    Some(format!("{}{tail}", text.get(..at)?.trim_end()))
}

/// A column that an INSERT must give or that has a value of its own.
pub fn fills_itself(column: &ColumnDef) -> bool {
    column.default.is_some() || column.generated.is_some() || column.nullability != Nullability::NotNull
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn definitions_are_edited_in_place() {
        assert_eq!(without_not_null("a INT NOT NULL DEFAULT 1").as_deref(), Some("a INT DEFAULT 1"));
        assert_eq!(without_not_null("a INT NOT NULL ON CONFLICT ABORT"), None);
        assert_eq!(without_default("a INT DEFAULT 1 NOT NULL", "1").as_deref(), Some("a INT NOT NULL"));
        assert_eq!(
            without_default("a TEXT DEFAULT (lower('X')) UNIQUE", "(lower('X'))").as_deref(),
            Some("a TEXT UNIQUE")
        );
        assert_eq!(
            replace_once("a VARCHAR(10) NOT NULL", "VARCHAR(10)", "INTEGER").as_deref(),
            Some("a INTEGER NOT NULL")
        );
    }
}
