//! Statements that are taken over as they were written: new tables and what belongs to them, types, functions, triggers, comments.

use super::side::made;
use super::{Writer, in_order, views};
use crate::change::{
    Change, ColumnDef, ConstraintKind, Name, ObjectKind, ObjectVerb, PartitionAction, TableDef, TableOption,
};
use crate::engines::name_sql;
use crate::order::{Gather, PushAll};
use crate::schema::{Table, mentions};
use crate::source::{Dialect, Lexer, TokenKind, says_the_same};
use crate::target::{Engine, Target};

/// When a statement has its turn.
enum Turn {
    /// Before tables change.
    First,
    /// After tables changed.
    Late,
    /// With triggers, after views.
    Last,
}

/// Kinds that belong to a relation and go with it.
fn is_belonging(kind: ObjectKind) -> bool {
    matches!(kind, ObjectKind::Trigger | ObjectKind::Policy | ObjectKind::Rule)
}

fn is_routine(kind: ObjectKind) -> bool {
    matches!(kind, ObjectKind::Function | ObjectKind::Procedure)
}

/// The arguments of a routine and what it returns, which CREATE OR REPLACE of PostgreSQL cannot change.
fn signature(sql: &str, target: Target) -> &str {
    const BEHIND: [&str; 14] = [
        "language",
        "as",
        "immutable",
        "stable",
        "volatile",
        "strict",
        "security",
        "parallel",
        "cost",
        "rows",
        "set",
        "window",
        "begin",
        "return",
    ];
    let mut lexer = Lexer::new(sql, Dialect::of(target));
    let (mut depth, mut start, mut end) = (0, None, sql.len());
    while let Some(token) = lexer.next_token() {
        let at = token.start as usize;
        match token.kind {
            TokenKind::OpenParen => {
                start.get_or_insert(at);
                depth += 1;
            }
            TokenKind::CloseParen => depth -= 1,
            TokenKind::Word
                if depth == 0
                    && start.is_some()
                    && BEHIND.iter().any(|word| token.of(sql).eq_ignore_ascii_case(word)) =>
            {
                end = at;
                break;
            }
            _ => {}
        }
    }
    sql.get(start.unwrap_or(0)..end).unwrap_or_default()
}

impl Writer<'_> {
    /// Types, sequences, routines; tables behind those that they refer to; what is added to tables.
    pub(super) fn new_objects(&mut self) {
        let new = self.new;
        let (mut tables, mut rest) = (Vec::new(), Vec::new());
        for statement in &new.script.statements {
            let sql = new.sql(statement);
            let Some(change) = statement.changes.first().map(|action| &action.change) else { continue };
            match change {
                Change::CreateEnum { name, labels } if self.old.schema.enum_labels(name).is_some() => {
                    self.enum_type(name, labels);
                    continue;
                }
                _ => {}
            }
            match (self.turn(change, sql), change) {
                (Some(Turn::First), Change::CreateTable(def)) => tables.push((&**def, sql)),
                (Some(Turn::First), Change::Object { .. } | Change::CreateEnum { .. }) => {
                    let sql = self.replacing(change, sql);
                    self.statements.push(sql);
                }
                (Some(Turn::First), _) => rest.push(sql.to_string()),
                (Some(Turn::Late), _) => self.late.push(sql.to_string()),
                (Some(Turn::Last), _) => self.last.push(sql.to_string()),
                (None, _) => {}
            }
        }
        let needs = |(def, _): &(&TableDef, &str)| {
            let keys = new.schema.foreign_keys(&def.name).into_iter().filter_map(|key| match &key.kind {
                ConstraintKind::ForeignKey(key) => Some(&key.references),
                _ => None,
            });
            keys.chain(&def.partition_of).chain(&def.like).chain(&def.inherits).cloned().gather()
        };
        let ordered = in_order(tables, |(def, _)| &def.name, needs);
        self.statements.push_all(ordered.into_iter().map(|(_, sql)| sql.to_string()));
        self.statements.push_all(rest);
    }

    fn turn(&mut self, change: &Change, sql: &str) -> Option<Turn> {
        let relation = change.relations().first().copied();
        let index = match change {
            Change::Object { kind: ObjectKind::Index, name: Some(name), .. } => self.table_of_index(name),
            _ => None,
        };
        if change.relations().into_iter().chain(index).any(|relation| self.is_aside(relation)) {
            return None;
        }
        let made_here = relation.is_some_and(|relation| self.old.table(relation).is_none());
        match change {
            Change::CreateTable(def) => {
                let parent = def.partition_of.as_ref();
                (made_here && parent.is_none_or(|parent| self.takes_partitions(parent))).then_some(Turn::First)
            }
            Change::CreateEnum { .. } => Some(Turn::First),
            Change::CreateIndex(index) if self.new.schema.view(&index.table).is_some() => {
                let known = self
                    .old
                    .schema
                    .view(&index.table)
                    .is_some_and(|view| view.indexes.iter().any(|own| super::same::index(own, index)));
                (self.is_remade(&index.table) || !known).then_some(Turn::Last)
            }
            Change::AddConstraint { constraint, .. } if made_here => {
                let late = matches!(constraint.kind, ConstraintKind::ForeignKey(_));
                Some(if late { Turn::Late } else { Turn::First })
            }
            Change::Partition { table, action: PartitionAction::Attach { partition, .. } } => {
                let attached = self.old.table(partition).is_some_and(|was| was.def.partition_of.is_some());
                (!attached && self.takes_partitions(table)).then_some(Turn::Late)
            }
            Change::Object { kind, .. } => match made(change) {
                Some((kind, name, on)) if is_belonging(kind) => {
                    self.belonging(kind, name, on, sql).then_some(Turn::Last)
                }
                Some((kind, name, _)) => self.object(kind, name, sql),
                None if self.stands(change, sql) => None,
                // A sequence is given to its new column before the old one goes.
                None if *kind == ObjectKind::Sequence => Some(Turn::Late),
                None => Some(Turn::Last),
            },
            Change::SetTableOption { option: TableOption::RowSecurity, .. } if !made_here => None,
            Change::SetTableOption { .. } | Change::SetColumnOption { .. } | Change::AlterDomainConstraint { .. } => {
                (!self.stands(change, sql)).then_some(Turn::Last)
            }
            // What is attached to the index of a table needs one that takes partitions.
            Change::AlterIndex { name, .. } => {
                let takes =
                    name.as_ref().and_then(|name| self.table_of_index(name)).is_none_or(|t| self.takes_partitions(t));
                (takes && !self.stands(change, sql)).then_some(Turn::Last)
            }
            Change::Opaque { form, .. } => {
                if !self.old.says(sql) {
                    self.leave(format!("a statement is not compared ({form}): its effect cannot be seen"));
                }
                None
            }
            _ => (made_here && relation.is_some() && is_definition(change)).then_some(Turn::First),
        }
    }

    /// The table of an index, which may be that of a key.
    fn table_of_index(&self, index: &Name) -> Option<&Name> {
        let new = &self.new.schema;
        let of_key = || {
            let is_key = |table: &&Table| table.def.constraints.iter().any(|c| c.name.as_ref() == Some(&index.object));
            new.tables().find(is_key).map(|table| &table.def.name)
        };
        new.index_with_table(index).map(|(_, table)| table).or_else(of_key)
    }

    /// Said of the old schema, too, and of nothing that is made again.
    fn stands(&self, change: &Change, sql: &str) -> bool {
        let name = match change {
            Change::Object { name, .. } => name.as_ref(),
            _ => None,
        };
        let remade = change.relations().into_iter().chain(name).any(|relation| self.is_remade(relation));
        self.old.says(sql) && !remade && !self.again.iter().any(|dropped| mentions(sql, &dropped.object.value))
    }

    /// A partition can be added: the table is partitioned already, or is new.
    fn takes_partitions(&self, parent: &Name) -> bool {
        self.old.table(parent).is_none_or(|table| table.def.partition_by.is_some())
    }

    fn object(&mut self, kind: ObjectKind, name: &Name, sql: &str) -> Option<Turn> {
        match self.old.maker(kind, name, None) {
            None => Some(Turn::First),
            Some(was) if super::same::text(was, sql) => None,
            Some(_) if is_routine(kind) => Some(Turn::First),
            Some(_) => {
                self.leave(format!("{name} is another one in the new schema: write its ALTER by hand"));
                None
            }
        }
    }

    /// A routine that exists is put in the place of the old one.
    fn replacing(&mut self, change: &Change, sql: &str) -> String {
        let Some((kind, name, _)) = made(change).filter(|(kind, _, _)| is_routine(*kind)) else {
            return sql.to_string();
        };
        let Some(was) = self.old.maker(kind, name, None) else { return sql.to_string() };
        let same = || says_the_same(signature(was, self.target), signature(sql, self.target), self.target);
        if self.target.engine() == Engine::Postgres && same() {
            let rest = sql.get(..7).filter(|word| word.eq_ignore_ascii_case("create ")).and_then(|_| sql.get(7..));
            let plain =
                rest.filter(|rest| !rest.trim_start().get(..3).is_some_and(|or| or.eq_ignore_ascii_case("or ")));
            return plain.map_or_else(|| sql.to_string(), |rest| format!("CREATE OR REPLACE {rest}"));
        }
        let word = if kind == ObjectKind::Function { "FUNCTION" } else { "PROCEDURE" };
        self.statements.push(format!("DROP {word} {}", name_sql(self.engine, name)));
        sql.to_string()
    }

    /// New, changed, or gone with the view or the table that it belongs to.
    fn belonging(&self, kind: ObjectKind, name: &Name, on: Option<&Name>, sql: &str) -> bool {
        let gone =
            |on: &Name| self.is_fresh(on) || self.rebuilt.iter().any(|own| self.new.schema.same_relation(own, on));
        self.old.maker(kind, name, on).is_none_or(|was| !super::same::text(was, sql))
            || on.is_some_and(gone)
            || self.is_in_the_way(on, sql)
    }

    /// It names a column that goes or gets another type.
    fn is_in_the_way(&self, on: Option<&Name>, sql: &str) -> bool {
        let pair = on.and_then(|on| Some((self.old.table(on)?, self.new.table(on)?)));
        !self.target.engine().is_mysql_family()
            && pair.is_some_and(|(old, new)| views::in_the_way(&old.def, &new.def, sql))
    }

    /// Triggers, policies and rules that are gone, changed or in the way.
    /// Row-level security of tables that both have: made behind the policies, without which nobody sees a row, and gone before them.
    pub(super) fn row_security(&mut self, made: bool) {
        let (old, new) = (self.old, self.new);
        for table in new.schema.tables().map(|table| &table.def.name) {
            if self.is_aside(table) || old.table(table).is_none() {
                continue;
            }
            let states = old.row_security(table).into_iter().zip(new.row_security(table));
            for (verbs, (was, is)) in [["DISABLE", "ENABLE"], ["NO FORCE", "FORCE"]].into_iter().zip(states) {
                if was != is && is == made {
                    let [off, on] = verbs;
                    let (table, verb) = (name_sql(self.engine, table), if is { on } else { off });
                    self.statements.push(format!("ALTER TABLE {table} {verb} ROW LEVEL SECURITY"));
                }
            }
        }
    }

    pub(super) fn drop_triggers(&mut self) {
        let old = self.old;
        for statement in &old.script.statements {
            let found = statement.changes.first().and_then(|action| made(&action.change));
            let Some((kind, name, Some(on))) = found.filter(|(kind, _, _)| is_belonging(*kind)) else { continue };
            if self.is_aside(on) {
                continue;
            }
            let stays = self.new.table(on).is_some() || (self.new.schema.view(on).is_some() && !self.is_remade(on));
            let sql = old.sql(statement);
            let same = self.new.maker(kind, name, Some(on)).is_some_and(|now| super::same::text(now, sql));
            if !stays || (same && !self.is_in_the_way(Some(on), sql)) {
                continue;
            }
            let word = match kind {
                ObjectKind::Policy => "POLICY",
                ObjectKind::Rule => "RULE",
                _ => "TRIGGER",
            };
            self.again.push(name.clone());
            let (name, on) = (name_sql(self.engine, name), name_sql(self.engine, on));
            let of = if self.target.engine() == Engine::Postgres { format!(" ON {on}") } else { String::new() };
            self.statements.push(format!("DROP {word} {name}{of}"));
        }
    }

    /// Routines and types that are gone, when nothing needs them any more; of others it is said.
    pub(super) fn drop_objects(&mut self) {
        let old = self.old;
        for statement in old.script.statements.iter().rev() {
            let Some(change) = statement.changes.first().map(|action| &action.change) else { continue };
            let word = match change {
                Change::CreateEnum { name, .. } if self.new.schema.enum_labels(name).is_none() => Some(("TYPE", name)),
                _ => match made(change) {
                    Some((kind, name, _)) if !is_belonging(kind) && self.new.maker(kind, name, None).is_none() => {
                        match kind {
                            ObjectKind::Function => Some(("FUNCTION", name)),
                            ObjectKind::Procedure => Some(("PROCEDURE", name)),
                            ObjectKind::Domain => Some(("DOMAIN", name)),
                            ObjectKind::Sequence if self.goes_with_its_column(name) => None,
                            _ => {
                                self.leave(format!("{name} is in the old schema only: drop it when nothing needs it"));
                                None
                            }
                        }
                    }
                    _ => None,
                },
            };
            if let Some((word, name)) = word {
                self.statements.push(format!("DROP {word} {}", name_sql(self.engine, name)));
            }
        }
    }

    /// A sequence that a column owns which is gone.
    fn goes_with_its_column(&self, sequence: &Name) -> bool {
        let (old, new) = (self.old, self.new);
        let owner = old.script.statements.iter().find(|s| match s.changes.first().map(|action| &action.change) {
            Some(Change::Object { verb: ObjectVerb::Alter, kind: ObjectKind::Sequence, name: Some(name), .. }) => {
                old.schema.same_relation(name, sequence) && old.sql(s).to_ascii_uppercase().contains("OWNED BY")
            }
            _ => false,
        });
        let gone = |table: &Table, column: &ColumnDef| {
            let kept = new.table(&table.def.name).is_some_and(|t| t.def.columns.iter().any(|c| c.name == column.name));
            !kept
                && owner.is_some_and(|s| {
                    mentions(old.sql(s), &column.name.value) && mentions(old.sql(s), &table.def.name.object.value)
                })
        };
        old.schema.tables().any(|table| table.def.columns.iter().any(|column| gone(table, column)))
    }

    fn enum_type(&mut self, name: &Name, labels: &[String]) {
        let old = self.old.schema.enum_labels(name).unwrap_or_default();
        let literal = |label: &str| format!("'{}'", label.replace('\'', "''"));
        let called = name_sql(self.engine, name);
        let mut before: Option<&String> = None;
        for (at, label) in labels.iter().enumerate() {
            if !old.contains(label) {
                let next = labels.iter().skip(at).find(|next| old.contains(next));
                let place = match (before, next) {
                    (_, None) => String::new(),
                    (Some(before), _) => format!(" AFTER {}", literal(before)),
                    (None, Some(next)) => format!(" BEFORE {}", literal(next)),
                };
                self.statements.push(format!("ALTER TYPE {called} ADD VALUE {}{place}", literal(label)));
            }
            before = Some(label);
        }
        let gone: Vec<&str> = old.iter().filter(|label| !labels.contains(label)).map(String::as_str).gather();
        if !gone.is_empty() {
            self.leave(format!(
                "labels {} of {name} are gone; a label cannot be dropped, only renamed",
                gone.join(", ")
            ));
        }
    }
}

/// Definitions of a table that are statements of their own in a dump.
fn is_definition(change: &Change) -> bool {
    matches!(
        change,
        Change::SetDefault { .. }
            | Change::SetNotNull { .. }
            | Change::CreateIndex(_)
            | Change::AddColumn { .. }
            | Change::DropNotNull { .. }
            | Change::DropDefault { .. }
    )
}
