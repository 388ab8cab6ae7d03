//! The DDL between two schemas.
//!
//! In: two schemas as text. Out: the statements that make the second of the first, in an order that works.
//! Never: a guess at a rename; a column that is gone here and new there is dropped and added, and that is said.

mod columns;
mod rebuild;

use crate::change::{Change, Constraint, ConstraintKind, Ident, IndexDef, Name, ObjectKind, TableDef};
use crate::engines::{self, Capability, EngineFacts};
use crate::parse::{self, Problem, Script};
use crate::schema::{Schema, Table};
use crate::target::Target;

/// The difference as SQL.
#[derive(Debug, Clone, Default)]
pub struct Difference {
    /// Statements, each terminated, one below the other.
    pub sql: String,
    /// What could not be read in the old text.
    pub old_problems: Vec<Problem>,
    /// What could not be read in the new text.
    pub new_problems: Vec<Problem>,
    /// What the reader must know: differences that are not compared, columns that may be renames.
    pub notes: Vec<String>,
}

/// Compares two schemas.
pub fn diff(old_text: &str, new_text: &str, target: Target) -> Difference {
    let (old_script, old) = read(old_text, target);
    let (new_script, new) = read(new_text, target);
    let engine = engines::of(target.engine());
    let mut out = Writer { engine, target, old: &old, new: &new, statements: Vec::new(), notes: Vec::new() };
    out.all(new_text, &new_script);
    Difference {
        sql: out.statements.iter().map(|s| format!("{s};\n")).collect(),
        old_problems: old_script.problems,
        new_problems: new_script.problems,
        notes: out.notes,
    }
}

fn read(text: &str, target: Target) -> (Script, Schema) {
    let script = parse::parse(text, target);
    let mut schema = Schema::new(target);
    script.statements.iter().flat_map(|s| &s.changes).for_each(|action| schema.apply(&action.change));
    schema.settle();
    (script, schema)
}

/// Collects the statements.
struct Writer<'a> {
    engine: &'static dyn EngineFacts,
    target: Target,
    old: &'a Schema,
    new: &'a Schema,
    statements: Vec<String>,
    notes: Vec<String>,
}

impl Writer<'_> {
    /// What goes first must not need what comes later: old views out of the way, new objects in the order in which they
    /// were written, changes table by table, removals, views again.
    fn all(&mut self, new_text: &str, new_script: &Script) {
        self.drop_views();
        self.new_objects(new_text, new_script);
        let pairs: Vec<(Table, Table)> = self
            .new
            .tables()
            .filter_map(|table| Some((self.old.table(&table.def.name)?.clone(), table.clone())))
            .collect();
        for (old, new) in &pairs {
            self.table(&old.def, &new.def);
        }
        self.drop_tables();
        self.create_views();
    }

    fn emit(&mut self, change: &Change) {
        match self.engine.print(change, self.target) {
            Some(sql) => self.statements.push(sql),
            None => {
                let engine = self.target.title();
                self.note(format!("{engine} has no single statement for one of the differences; compare by hand"));
            }
        }
    }

    // ---- whole objects

    fn drop_views(&mut self) {
        let gone: Vec<Change> = self
            .old
            .views()
            .filter(|view| self.new.view(&view.name).is_none_or(|now| !same_text(&now.query, &view.query)))
            .map(|view| Change::DropView {
                names: vec![view.name.clone()],
                materialized: view.materialized,
                if_exists: false,
                cascade: false,
            })
            .collect();
        gone.iter().for_each(|change| self.emit(change));
    }

    fn create_views(&mut self) {
        let made: Vec<Change> = self
            .new
            .views()
            .filter(|view| self.old.view(&view.name).is_none_or(|was| !same_text(&was.query, &view.query)))
            .map(|view| Change::CreateView {
                name: view.name.clone(),
                replace: false,
                materialized: view.materialized,
                query: view.query.clone(),
                reads: view.reads.clone(),
                with_data: true,
            })
            .collect();
        made.iter().for_each(|change| self.emit(change));
    }

    /// Tables, types, sequences, functions that the old schema does not have: their statements as they were written.
    fn new_objects(&mut self, text: &str, script: &Script) {
        for statement in &script.statements {
            let sql = statement.span.of(text).to_string();
            for action in &statement.changes {
                match &action.change {
                    Change::CreateTable(def) if self.old.table(&def.name).is_none() => {
                        self.statements.push(sql.clone())
                    }
                    Change::CreateEnum { name, labels } => self.enum_type(name, labels, &sql),
                    Change::CreateIndex(index) if self.old.table(&index.table).is_none() => {
                        self.statements.push(sql.clone())
                    }
                    Change::AddConstraint { table, .. } if self.old.table(table).is_none() => {
                        self.statements.push(sql.clone());
                    }
                    Change::Object { kind, name: Some(name), .. }
                        if self.old.object(*kind, name).is_none() && self.new.object(*kind, name).is_some() =>
                    {
                        self.statements.push(sql.clone());
                    }
                    Change::Object { kind, name, .. } if is_code(*kind) => {
                        let name = name.as_ref().map(Name::to_string).unwrap_or_default();
                        self.note(format!("the body of {name} is not compared; if it changed, add its statement"));
                    }
                    _ => {}
                }
            }
        }
    }

    fn note(&mut self, note: String) {
        if !self.notes.contains(&note) {
            self.notes.push(note);
        }
    }

    fn enum_type(&mut self, name: &Name, labels: &[String], sql: &str) {
        let Some(old) = self.old.enum_labels(name) else {
            self.statements.push(sql.to_string());
            return;
        };
        let (old, gone): (Vec<String>, Vec<String>) = (old.to_vec(), missing(old, labels));
        for label in missing(labels, &old) {
            self.emit(&Change::AddEnumValue {
                name: name.clone(),
                value: label,
                positioned: false,
                if_not_exists: false,
            });
        }
        if !gone.is_empty() {
            self.note(format!(
                "labels {} of {name} are gone; a label cannot be dropped, only renamed",
                gone.join(", ")
            ));
        }
    }

    fn drop_tables(&mut self) {
        let gone: Vec<Name> =
            self.old.tables().map(|t| t.def.name.clone()).filter(|name| self.new.table(name).is_none()).collect();
        // Referencing tables before those that they refer to.
        let mut left = gone;
        while !left.is_empty() {
            let free = left.iter().position(|name| {
                let children = self.old.referencing(name);
                !children.iter().any(|(child, _)| child.def.name != *name && left.contains(&child.def.name))
            });
            let next = left.remove(free.unwrap_or(0));
            self.emit(&Change::drop_table(next));
        }
    }

    // ---- one table

    fn table(&mut self, old: &TableDef, new: &TableDef) {
        let changes = self.table_changes(old, new);
        if changes.is_empty() {
            return;
        }
        let capable = changes.iter().all(|change| self.alter_can(change));
        if capable {
            changes.iter().for_each(|change| self.emit(change));
        } else {
            let statements = rebuild::statements(old, new, self.new, self.engine, self.target);
            self.statements.extend(statements);
        }
    }

    /// Can this engine say it by ALTER, or is the table made anew?
    fn alter_can(&self, change: &Change) -> bool {
        let can = |capability| self.engine.can(capability, self.target);
        match change {
            Change::ChangeColumnType { .. } | Change::SetDefault { .. } | Change::DropDefault { .. } => {
                can(Capability::AlterColumnType)
            }
            Change::SetNotNull { .. } | Change::DropNotNull { .. } => can(Capability::AlterNotNull),
            Change::AddConstraint { .. } | Change::DropConstraint { .. } => can(Capability::AddConstraint),
            Change::DropColumn { .. } => can(Capability::DropColumn),
            _ => true,
        }
    }

    fn table_changes(&mut self, old: &TableDef, new: &TableDef) -> Vec<Change> {
        let table = &new.name;
        let (gone, made) = indexes(old, new);
        let mut changes: Vec<Change> = gone.iter().filter_map(|index| drop_index(index, table)).collect();
        let lost: Vec<&Constraint> =
            old.constraints.iter().filter(|c| !new.constraints.iter().any(|n| same_constraint(c, n))).collect();
        changes.extend(lost.iter().filter(|c| survives(c, new)).map(|c| drop_constraint(c, table)));
        let (columns, notes) = columns::changes(old, new, self.engine, self.target);
        changes.extend(columns);
        notes.into_iter().for_each(|note| self.note(note));
        let added = new.constraints.iter().filter(|c| !old.constraints.iter().any(|o| same_constraint(o, c)));
        changes.extend(added.map(|c| Change::AddConstraint { table: table.clone(), constraint: Box::new(c.clone()) }));
        changes.extend(made.into_iter().map(|index| Change::CreateIndex(Box::new(index))));
        changes
    }
}

/// Kinds whose text is a body that is not modelled.
fn is_code(kind: ObjectKind) -> bool {
    matches!(
        kind,
        ObjectKind::Function | ObjectKind::Procedure | ObjectKind::Trigger | ObjectKind::Rule | ObjectKind::Policy
    )
}

fn missing(wanted: &[String], known: &[String]) -> Vec<String> {
    wanted.iter().filter(|label| !known.contains(label)).cloned().collect()
}

/// A constraint on a column that goes away goes with it.
fn survives(constraint: &Constraint, new: &TableDef) -> bool {
    let here = |column: &Ident| new.columns.iter().any(|c| c.name == *column);
    match &constraint.kind {
        ConstraintKind::PrimaryKey { columns } | ConstraintKind::Unique { columns, .. } => columns.iter().all(here),
        ConstraintKind::ForeignKey(fk) => fk.columns.iter().all(here),
        ConstraintKind::Check { expr } => expr.columns.iter().all(here),
        ConstraintKind::NotNull { column } => here(column),
        ConstraintKind::Exclude => true,
    }
}

/// The same demand; names count only when both are written and text alone cannot tell.
fn same_constraint(a: &Constraint, b: &Constraint) -> bool {
    let same_name = a.name == b.name;
    let same_kind = match (&a.kind, &b.kind) {
        (ConstraintKind::PrimaryKey { columns: a }, ConstraintKind::PrimaryKey { columns: b }) => a == b,
        (
            ConstraintKind::Unique { columns: a, nulls_not_distinct: x },
            ConstraintKind::Unique { columns: b, nulls_not_distinct: y },
        ) => a == b && x == y && same_name,
        (ConstraintKind::ForeignKey(a), ConstraintKind::ForeignKey(b)) => a == b && same_name,
        (ConstraintKind::Check { expr: a }, ConstraintKind::Check { expr: b }) => same_text(&a.text, &b.text),
        (ConstraintKind::NotNull { column: a }, ConstraintKind::NotNull { column: b }) => a == b,
        (ConstraintKind::Exclude, ConstraintKind::Exclude) => same_name && same_text(&a.text, &b.text),
        _ => false,
    };
    same_kind && a.not_valid == b.not_valid && a.not_enforced == b.not_enforced && a.deferrable == b.deferrable
}

fn drop_constraint(constraint: &Constraint, table: &Name) -> Change {
    use crate::change::ConstraintClass as Class;
    let class = match &constraint.kind {
        ConstraintKind::PrimaryKey { .. } => Class::PrimaryKey,
        ConstraintKind::Unique { .. } => Class::Unique,
        ConstraintKind::Check { .. } => Class::Check,
        ConstraintKind::ForeignKey(_) => Class::ForeignKey,
        ConstraintKind::Exclude => Class::Exclusion,
        ConstraintKind::NotNull { .. } => Class::NotNull,
    };
    Change::DropConstraint {
        table: table.clone(),
        name: constraint.name.clone(),
        kind: Some(class),
        if_exists: false,
        cascade: false,
    }
}

/// Indexes that are gone, and those that are new; one that changed is both.
fn indexes(old: &TableDef, new: &TableDef) -> (Vec<IndexDef>, Vec<IndexDef>) {
    let same = |a: &IndexDef, b: &IndexDef| {
        a.name.as_ref().map(|n| &n.object) == b.name.as_ref().map(|n| &n.object)
            && a.unique == b.unique
            && a.method.as_deref().unwrap_or("btree") == b.method.as_deref().unwrap_or("btree")
            && a.parts.len() == b.parts.len()
            && a.parts.iter().zip(&b.parts).all(|(a, b)| a.column == b.column && same_text(&a.text, &b.text))
            && a.include == b.include
            && match (&a.filter, &b.filter) {
                (None, None) => true,
                (Some(a), Some(b)) => same_text(&a.text, &b.text),
                _ => false,
            }
    };
    let gone = old.indexes.iter().filter(|a| !new.indexes.iter().any(|b| same(a, b))).cloned().collect();
    let made = new.indexes.iter().filter(|b| !old.indexes.iter().any(|a| same(a, b))).cloned().collect();
    (gone, made)
}

fn drop_index(index: &IndexDef, table: &Name) -> Option<Change> {
    Some(Change::DropIndex {
        name: index.name.clone()?,
        table: Some(table.clone()),
        concurrently: false,
        if_exists: false,
        cascade: false,
    })
}

/// The same SQL but for case, white space, outer parentheses and PostgreSQL's casts of literals.
fn same_text(a: &str, b: &str) -> bool {
    let normal = |text: &str| {
        let text = text.trim().trim_end_matches(';').trim().to_lowercase();
        let bare: String = text.chars().filter(|c| !c.is_whitespace() && !matches!(c, '(' | ')' | '"' | '`')).collect();
        ["::text", "::charactervarying", "::varchar", "::regclass", "::bpchar"]
            .iter()
            .fold(bare, |t, cast| t.replace(cast, ""))
    };
    a == b || normal(a) == normal(b)
}
