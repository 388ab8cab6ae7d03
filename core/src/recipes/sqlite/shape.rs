//! A table's definition as it was written, and the same with one change made to its text.
//!
//! The text is edited, not printed anew, so that whatever a definition says (AUTOINCREMENT, ON CONFLICT, COLLATE,
//! comments) stays as it is.

use super::sql::row_number;
use super::text::{behind_name, has_word, mentions, with_type, without_constraint, without_default, without_not_null};
use crate::change::{Change, ColumnDef, Constraint, ConstraintKind, Ident, Name, Nullability, TableDef};
use crate::order::{Gather, GatherAll};
use crate::parse;
use crate::recipes::Cx;
use crate::recipes::shared::words;
use crate::schema::Schema;

/// Columns and constraints as written.
#[derive(Debug, Clone)]
pub struct Shape {
    /// In order.
    pub columns: Vec<Column>,
    /// Of the table as a whole.
    pub constraints: Vec<TableConstraint>,
    /// Behind the closing parenthesis.
    options: String,
    /// Ids are never given twice.
    pub auto_increment: bool,
}

/// A column as written.
#[derive(Debug, Clone)]
pub struct Column {
    /// Its name.
    pub name: Ident,
    /// From the name on.
    text: String,
    /// Computed by the server: never in an INSERT.
    pub generated: bool,
    /// What it is computed from, and its own CHECKs.
    conditions: Vec<String>,
}

/// A constraint of the table as written.
#[derive(Debug, Clone)]
pub struct TableConstraint {
    /// `CONSTRAINT name` included.
    pub text: String,
    def: Constraint,
}

impl Shape {
    /// The table as it is known, when its definition was given in full.
    pub fn of(cx: &Cx<'_>, table: &Name) -> Option<Shape> {
        let known = &cx.world.schema.table(table)?.def;
        let elsewhere = table.schema.as_ref().is_some_and(|schema| !schema.value.eq_ignore_ascii_case("main"));
        if known.external || known.temporary || elsewhere || !known.complete || known.columns.is_empty() {
            return None;
        }
        let written = as_written(cx, &known.text)?;
        let mut fresh = Schema::new(cx.world.target);
        fresh.apply(&Change::CreateTable(Box::new(written.clone())));
        let mut shape = Shape::from(cx, &written)?;
        for (from, to) in renamed(&fresh.table(&written.name)?.def, known)? {
            shape.rename(cx, &written.name, &from, &to)?;
            fresh.apply(&Change::RenameColumn { table: written.name.clone(), from, to });
        }
        shape.catch_up(cx, &fresh.table(&written.name)?.def, known)?;
        Some(shape)
    }

    /// The column under another name, wherever the definition names it; none when that cannot be told with certainty.
    fn rename(&mut self, cx: &Cx<'_>, table: &Name, from: &Ident, to: &Ident) -> Option<()> {
        let quoted = cx.ident(to);
        for column in &mut self.columns {
            if same(&column.name, from) {
                column.name = to.clone();
                column.text = format!("{quoted}{}", column.text.get(behind_name(&column.text)?..)?);
            }
            for condition in &mut column.conditions {
                let new = replaced(condition, from, &quoted)?;
                column.text = column.text.replace(condition.as_str(), &new);
                *condition = new;
            }
            // A type of that name, or a reference to the table itself.
            let rest = column.text.get(behind_name(&column.text)?..)?;
            if mentions(rest, from) {
                return None;
            }
        }
        for constraint in &mut self.constraints {
            let references = match &mut constraint.def.kind {
                ConstraintKind::ForeignKey(key) => {
                    if same(&key.references.object, &table.object) {
                        None
                    } else {
                        words::find_clause(&constraint.text, "references", 0)
                    }
                }
                _ => None,
            };
            let (own, other) = constraint.text.split_at_checked(references.unwrap_or(constraint.text.len()))?;
            constraint.text = format!("{}{other}", replaced(own, from, &quoted)?);
            for column in columns_mut(&mut constraint.def.kind).into_iter().filter(|c| same(c, from)) {
                *column = to.clone();
            }
        }
        Some(())
    }

    /// What was altered since the definition was written: none when it cannot be told with certainty.
    fn catch_up(&mut self, cx: &Cx<'_>, then: &TableDef, now: &TableDef) -> Option<()> {
        let has = |def: &TableDef, name: &Ident| def.columns.iter().any(|c| same(&c.name, name));
        self.columns.retain(|c| has(now, &c.name));
        for new in now.columns.iter().filter(|c| !has(then, &c.name)) {
            let mut added = column(new)?;
            added.conditions.push(added.text.clone());
            self.columns.push(added);
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
        self.catch_up_constraints(cx, then, now)
    }

    fn catch_up_constraints(&mut self, cx: &Cx<'_>, then: &TableDef, now: &TableDef) -> Option<()> {
        let has = |def: &TableDef, name: &Ident| def.columns.iter().any(|c| same(&c.name, name));
        let alike = |a: &Constraint, b: &Constraint| a.name == b.name && a.kind == b.kind;
        for gone in then.constraints.iter().filter(|c| !now.constraints.iter().any(|other| alike(c, other))) {
            let before = self.constraints.len();
            self.constraints.retain(|c| !alike(&c.def, gone));
            // One inside a column that was dropped has gone with it.
            let mut dropped = then.columns.iter().filter(|c| !has(now, &c.name));
            let with_column = dropped.any(|c| own_columns(gone).contains(&c.name) || mentions(&gone.text, &c.name));
            if self.constraints.len() == before && !with_column {
                self.drop_constraint(gone.name.as_ref()?, &gone.text)?;
            }
        }
        for new in now.constraints.iter().filter(|c| !then.constraints.iter().any(|other| alike(c, other))) {
            // One inside a column that was added has come with it.
            let mut added = now.columns.iter().filter(|c| !has(then, &c.name));
            let with_column = added.any(|c| match new.text.trim() {
                "" => own_columns(new) == std::slice::from_ref(&c.name),
                text => c.text.contains(text),
            });
            if !with_column {
                self.constraints.push(constraint(cx, new)?);
            }
        }
        Some(())
    }

    /// The shape that a definition gives, as it was written.
    pub fn from(cx: &Cx<'_>, def: &TableDef) -> Option<Shape> {
        let columns: Option<Vec<Column>> = def.columns.iter().map(column).gather_all();
        let mut options = Vec::new();
        if def.without_rowid {
            options.push("WITHOUT ROWID");
        }
        if def.strict {
            options.push("STRICT");
        }
        Some(Shape {
            columns: columns?,
            constraints: def.constraints.iter().map(|c| constraint(cx, c)).gather_all()?,
            options: options.join(", "),
            auto_increment: def.columns.iter().any(|c| c.auto_number.is_some()),
        })
    }

    /// `CREATE TABLE name (…)`.
    pub fn create(&self, cx: &Cx<'_>, name: &Name) -> String {
        let columns = self.columns.iter().map(|c| c.text.as_str());
        let lines: Vec<&str> = columns.chain(self.constraints.iter().map(|c| c.text.as_str())).gather();
        let options = if self.options.is_empty() { String::new() } else { format!(" {}", self.options) };
        format!("CREATE TABLE {} (\n  {}\n){options}", cx.name(name), lines.join(",\n  "))
    }

    /// The shape as a definition.
    pub fn definition(&self, cx: &Cx<'_>, name: &Name) -> Option<TableDef> {
        as_written(cx, &self.create(cx, name))
    }

    /// The name by which the number of a row can be read and written, where the table keeps one that is no column.
    pub fn row_number(&self, cx: &Cx<'_>, name: &Name) -> Option<&'static str> {
        let def = self.definition(cx, name)?;
        let only = |columns: &[Ident], column: &ColumnDef| matches!(columns, [one] if same(one, &column.name));
        let key = |column: &ColumnDef| {
            let inline = column.constraints.iter().any(|c| matches!(c.kind, ConstraintKind::PrimaryKey { .. }));
            // Written inside a column, PRIMARY KEY DESC is by an old mistake not the number of the row.
            let number = inline && !has_word(&column.text, "desc");
            let of_table =
                |c: &Constraint| matches!(&c.kind, ConstraintKind::PrimaryKey { columns } if only(columns, column));
            number || def.constraints.iter().any(of_table)
        };
        let integer =
            |column: &&ColumnDef| column.data_type.as_ref().is_some_and(|t| t.text.eq_ignore_ascii_case("integer"));
        if def.columns.iter().filter(integer).any(key) { None } else { row_number(&def) }
    }

    /// Has it a column of this name?
    pub fn has(&self, column: &Ident) -> bool {
        self.columns.iter().any(|c| same(&c.name, column))
    }

    /// The shape after the change; none when its text cannot be edited with certainty.
    pub fn changed(&self, cx: &Cx<'_>, change: &Change) -> Option<Shape> {
        let mut shape = self.clone();
        match change {
            Change::AddColumn { column: new, .. } => shape.columns.push(column(new)?),
            Change::DropColumn { table, column, .. } => shape.drop_column(table, column)?,
            Change::ChangeColumnType { table, column, to, .. } => {
                let known = cx.world.schema.column(table, column)?.data_type.as_ref().map(|t| t.text.clone());
                shape.edit(column, |text| with_type(text, known.as_deref(), &to.text))?;
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
            Change::DropConstraint { table, name: Some(name), .. } => {
                let body = cx.world.schema.constraint(table, name).map(|c| c.text.clone()).unwrap_or_default();
                shape.drop_constraint(name, &body)?;
            }
            _ => return None,
        }
        Some(shape)
    }

    /// The column, and the constraints of the table that cannot be without it. Its part in the primary key, in a
    /// computed column or in the CHECK of another column is left to a person.
    fn drop_column(&mut self, table: &Name, column: &Ident) -> Option<()> {
        let named = |columns: &[Ident]| columns.iter().any(|c| same(c, column));
        let of_key =
            |c: &TableConstraint| matches!(&c.def.kind, ConstraintKind::PrimaryKey { columns } if named(columns));
        self.columns.retain(|c| !same(&c.name, column));
        let computed = self.columns.iter().flat_map(|c| &c.conditions).any(|text| mentions(text, column));
        if self.columns.is_empty() || computed || self.constraints.iter().any(of_key) {
            return None;
        }
        self.constraints.retain(|c| match &c.def.kind {
            ConstraintKind::Unique { columns, .. } => !named(columns),
            ConstraintKind::ForeignKey(key) => {
                let to_itself = same(&key.references.object, &table.object) && named(&key.referenced_columns);
                !named(&key.columns) && !to_itself
            }
            ConstraintKind::Check { .. }
            | ConstraintKind::PrimaryKey { .. }
            | ConstraintKind::Exclude
            | ConstraintKind::NotNull { .. } => !mentions(&c.text, column),
        });
        Some(())
    }

    fn drop_constraint(&mut self, name: &Ident, body: &str) -> Option<()> {
        let before = self.constraints.len();
        self.constraints.retain(|c| !c.def.name.as_ref().is_some_and(|own| same(own, name)));
        if self.constraints.len() < before {
            return Some(());
        }
        let column = self.columns.iter_mut().find(|c| !body.is_empty() && mentions(&c.text, name))?;
        column.text = without_constraint(&column.text, name, body)?;
        Some(())
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
    if let Some(to) = &new.data_type
        && old.data_type != new.data_type
    {
        text = with_type(&text, old.data_type.as_ref().map(|t| t.text.as_str()), &to.text)?;
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

/// Columns that have another name since: a rename forgets the text, and keeps the place. None when more than one reading is
/// possible.
fn renamed(then: &TableDef, now: &TableDef) -> Option<Vec<(Ident, Ident)>> {
    let has = |def: &TableDef, name: &Ident| def.columns.iter().any(|c| same(&c.name, name));
    let gone: Vec<&ColumnDef> = then.columns.iter().filter(|c| !has(now, &c.name)).gather();
    let come: Vec<&ColumnDef> = now.columns.iter().filter(|c| c.text.is_empty() && !has(then, &c.name)).gather();
    match come.len() {
        0 => Some(Vec::new()),
        n if n == gone.len() => {
            let pairs = gone.iter().zip(&come);
            Some(pairs.map(|(old, new)| (old.name.clone(), new.name.clone())).gather())
        }
        _ => None,
    }
}

/// The name replaced in a piece of text that names nothing but columns; none where it also stands for something else.
fn replaced(text: &str, from: &Ident, to: &str) -> Option<String> {
    if !mentions(text, from) {
        return Some(text.to_string());
    }
    let new = words::renamed(text, &Ident::new(from.value.to_lowercase()), to);
    (!mentions(&new, from) && !has_word(text, "as") && !mentions(text, &Ident::new("cast"))).then_some(new)
}

fn columns_mut(kind: &mut ConstraintKind) -> Vec<&mut Ident> {
    match kind {
        ConstraintKind::PrimaryKey { columns } | ConstraintKind::Unique { columns, .. } => columns.iter_mut().gather(),
        ConstraintKind::ForeignKey(key) => key.columns.iter_mut().gather(),
        ConstraintKind::Check { expr } => expr.columns.iter_mut().gather(),
        ConstraintKind::NotNull { column } => vec![column],
        ConstraintKind::Exclude => Vec::new(),
    }
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
    let checks = def.constraints.iter().filter_map(|c| match &c.kind {
        ConstraintKind::Check { expr } => Some(expr.text.clone()),
        _ => None,
    });
    let conditions = checks.chain(def.generated.iter().map(|g| g.expr.text.clone())).gather();
    let generated = def.generated.is_some();
    (!text.is_empty()).then(|| Column { name: def.name.clone(), text, generated, conditions })
}

fn constraint(cx: &Cx<'_>, def: &Constraint) -> Option<TableConstraint> {
    let named = def.name.as_ref().map(|name| format!("CONSTRAINT {} ", cx.ident(name))).unwrap_or_default();
    let text = format!("{named}{}", def.text.trim());
    (!def.text.is_empty()).then(|| TableConstraint { text, def: def.clone() })
}

/// The columns that a key or foreign key is made of.
fn own_columns(constraint: &Constraint) -> &[Ident] {
    match &constraint.kind {
        ConstraintKind::PrimaryKey { columns } | ConstraintKind::Unique { columns, .. } => columns,
        ConstraintKind::ForeignKey(key) => &key.columns,
        ConstraintKind::NotNull { column } => std::slice::from_ref(column),
        ConstraintKind::Check { .. } | ConstraintKind::Exclude => &[],
    }
}

/// SQLite compares names without case.
fn same(a: &Ident, b: &Ident) -> bool {
    a.value.eq_ignore_ascii_case(&b.value)
}

/// A column that an INSERT must give or that has a value of its own.
pub fn fills_itself(column: &ColumnDef) -> bool {
    column.default.is_some() || column.generated.is_some() || column.nullability != Nullability::NotNull
}
