//! Tables that both schemas have.

use super::side::Side;
use super::{Writer, columns, options, rebuild, same};
use crate::change::{
    AutoNumber, Change, ColumnDef, Constraint, ConstraintClass, ConstraintKind, Ident, IndexDef, Name, Nullability,
    PartitionAction, TableDef, Volatility,
};
use crate::engines::Capability;
use crate::order::{Gather, PushAll};
use crate::schema::{Table, View};
use crate::target::Engine;

/// A table that both have, and what happens to it, in this order; foreign keys apart, because they need two tables.
pub(super) struct Pair<'a> {
    pub(super) old: &'a TableDef,
    pub(super) new: &'a TableDef,
    pub(super) keys_gone: Vec<Change>,
    pub(super) changes: Vec<Change>,
    pub(super) keys_made: Vec<Change>,
}

impl<'a> Writer<'a> {
    pub(super) fn pairs(&mut self) -> Vec<Pair<'a>> {
        let (old, new): (&'a Side<'a>, &'a Side<'a>) = (self.old, self.new);
        let here = |table: &&'a Table| !self.is_aside(&table.def.name);
        let both = new.schema.tables().filter(here).filter_map(|table| Some((old.table(&table.def.name)?, table)));
        let mut pairs: Vec<Pair<'a>> = both.map(|(old, new)| self.pair(&old.def, &new.def)).gather();
        self.keys_apart(&mut pairs);
        self.rebuilt = pairs.iter().filter(|pair| !self.can_all(pair)).map(|pair| pair.new.name.clone()).gather();
        pairs
    }

    /// Partitions that are tables of their own now.
    pub(super) fn detach_partitions(&mut self, pairs: &[Pair<'_>]) {
        for Pair { old, new, .. } in pairs {
            if let (Some(parent), None) = (&old.partition_of, &new.partition_of) {
                let partition = new.name.clone();
                let action = PartitionAction::Detach { partition, concurrently: false, finalize: false };
                self.emit(&Change::Partition { table: parent.clone(), action });
                if !self.old.schema.foreign_keys(parent).is_empty() {
                    let partition = &new.name;
                    self.leave(format!(
                        "{partition} keeps the foreign keys of {parent} as its own: drop those that it shall not have"
                    ));
                }
            }
        }
    }

    pub(super) fn drop_foreign_keys(&mut self, pairs: &[Pair<'_>]) {
        for pair in pairs.iter().filter(|pair| !self.rebuilt.contains(&pair.new.name)).gather() {
            pair.keys_gone.iter().for_each(|change| self.emit(change));
        }
    }

    pub(super) fn change_tables(&mut self, pairs: Vec<Pair<'_>>) {
        for Pair { old, new, changes, keys_made, .. } in pairs {
            columns::maybe_renamed(old, new).into_iter().for_each(|note| self.note(note));
            self.maybe_moved(old, new);
            if self.rebuilt.contains(&new.name) {
                let statements = rebuild::statements(old, new, self.engine, self.target);
                self.statements.push_all(statements);
                continue;
            }
            let at = self.statements.len();
            let gone = |column: &Ident| new.columns.iter().all(|c| c.name != *column);
            let goes_last = |change: &Change| {
                self.target.engine() == Engine::Postgres
                    && matches!(change, Change::DropColumn { column, .. } if gone(column))
            };
            let (last, changes): (Vec<Change>, Vec<Change>) = changes.into_iter().partition(goes_last);
            self.dropped.push_all(last);
            changes.iter().for_each(|change| self.emit(change));
            self.key_in_one_statement(&changes, &new.name, at);
            let at = self.statements.len();
            keys_made.iter().for_each(|change| self.emit(change));
            let keys = self.statements.split_off(at);
            self.late.push_all(keys);
        }
    }

    /// Columns that are gone while a new table has one of the same name and type, and sequences that stay as they are.
    fn maybe_moved(&mut self, old: &TableDef, new: &TableDef) {
        let (was, now): (&'a Side<'a>, &'a Side<'a>) = (self.old, self.new);
        for column in &old.columns {
            let table = &new.name;
            let name = &column.name;
            let Some(kept) = new.columns.iter().find(|c| c.name == *name) else {
                let alike = |c: &ColumnDef| c.name == *name && columns::same_type(c, column);
                let mut made = now.schema.tables().filter(|t| was.table(&t.def.name).is_none());
                if let Some(to) = made.find(|t| t.def.columns.iter().any(alike)) {
                    let to = &to.def.name;
                    self.note(format!(
                        "{table}.{name} is gone and {to}.{name} is new: if it moves there, write INSERT INTO {to} … SELECT \
                         before the DROP"
                    ));
                }
                continue;
            };
            if column.auto_number == Some(AutoNumber::Serial) && !columns::same_type(column, kept) {
                self.note(format!(
                    "the sequence of {table}.{name} still counts in the old type: ALTER SEQUENCE … AS the new one"
                ));
            }
        }
    }

    /// MySQL: the column that counts must be a key at every moment, so another primary key takes one statement.
    fn key_in_one_statement(&mut self, changes: &[Change], table: &Name, at: usize) {
        let is_key = |change: &Change| match change {
            Change::DropConstraint { kind: Some(ConstraintClass::PrimaryKey), .. } => true,
            Change::AddConstraint { constraint, .. } => matches!(constraint.kind, ConstraintKind::PrimaryKey { .. }),
            _ => false,
        };
        if !self.target.engine().is_mysql_family() || !changes.iter().any(is_key) {
            return;
        }
        let lead = format!("ALTER TABLE {} ", crate::engines::name_sql(self.engine, table));
        let all = self.statements.split_off(at);
        let (actions, others): (Vec<String>, Vec<String>) = all.into_iter().partition(|sql| sql.starts_with(&lead));
        let actions: Vec<&str> = actions.iter().filter_map(|sql| sql.strip_prefix(&lead)).gather();
        self.statements.push_all(others);
        self.statements.push(format!("{lead}{}", actions.join(", ")));
    }

    pub(super) fn drop_tables(&mut self) {
        let old: &'a Side<'a> = self.old;
        let gone: Vec<&Name> = old
            .schema
            .tables()
            .map(|t| &t.def.name)
            .filter(|name| self.new.table(name).is_none() && !self.is_aside(name))
            .gather();
        for name in &gone {
            let shape = |table: &Table| table.def.columns.iter().map(|c| c.name.clone()).gather();
            let was = old.table(name).map(shape);
            let like = self.new.schema.tables().find(|t| old.table(&t.def.name).is_none() && Some(shape(t)) == was);
            if let Some(like) = like {
                let new = &like.def.name;
                self.note(format!("{name} is gone and {new} with the same columns is new: if that is a rename, write RENAME TO instead"));
            }
        }
        // Referencing tables before those that they refer to.
        let children = |name: &&Name| old.schema.referencing(name).iter().map(|(t, _)| t.def.name.clone()).gather();
        for name in super::in_order(gone, |name| name, children) {
            self.emit(&Change::drop_table(name.clone()));
        }
    }

    /// Can this engine say all of it by ALTER, or is the table made anew?
    fn can_all(&self, pair: &Pair<'_>) -> bool {
        let all = [&pair.keys_gone, &pair.changes, &pair.keys_made];
        self.target.engine() != Engine::Sqlite || all.into_iter().flatten().all(|change| self.can(change, pair.old))
    }

    /// Of SQLite, which has few forms of ALTER.
    fn can(&self, change: &Change, old: &TableDef) -> bool {
        let can = |capability| self.engine.can(capability, self.target);
        match change {
            Change::SetNotNull { .. } | Change::DropNotNull { .. } => can(Capability::AlterNotNull),
            Change::AddColumn { column, .. } => {
                let constant = column.default.as_ref().is_none_or(|e| e.volatility == Volatility::Constant);
                let filled = column.nullability != Nullability::NotNull || column.default.is_some();
                let stored = column.generated.as_ref().is_some_and(|generated| generated.stored);
                constant && filled && !stored
            }
            Change::DropColumn { column, .. } => {
                can(Capability::DropColumn)
                    && old.constraints.iter().all(|own| !self.old.schema.constraint_uses(own, column))
            }
            Change::CreateIndex(_) | Change::DropIndex { .. } => true,
            _ => false,
        }
    }

    fn pair<'t>(&self, old: &'t TableDef, new: &'t TableDef) -> Pair<'t> {
        let table = &new.name;
        let engine = self.target.engine();
        let (gone, made) = indexes(old, new);
        let mut changes: Vec<Change> = gone
            .iter()
            .filter(|i| !self.old.attaches(i.name.as_ref().map(|n| &n.object), new))
            .filter_map(|i| drop_index(i, table))
            .gather();
        let same = |a: &Constraint, b: &Constraint| same::constraint(a, b, engine);
        // In PostgreSQL columns go last, elsewhere what is on them goes with them.
        let gone_columns = || old.columns.iter().filter(|c| new.columns.iter().all(|own| own.name != c.name));
        let goes = |c: &Constraint| {
            engine != Engine::Postgres && gone_columns().any(|column| self.old.schema.constraint_uses(c, &column.name))
        };
        let lost = old.constraints.iter().filter(|c| {
            !new.constraints.iter().any(|n| same(c, n)) && !goes(c) && !self.old.attaches(c.name.as_ref(), new)
        });
        let mut lost: Vec<&Constraint> = lost.gather();
        let mut added: Vec<&Constraint> =
            new.constraints.iter().filter(|c| !old.constraints.iter().any(|o| same(c, o))).gather();
        let mut renamed = Vec::new();
        if engine == Engine::Postgres {
            lost.retain(|was| match added.iter().position(|now| same::demand(was, now)) {
                Some(at) => {
                    renamed.push((*was, added.remove(at)));
                    false
                }
                None => true,
            });
        }
        for (was, now) in renamed {
            if let (Some(from), Some(to)) = (&was.name, &now.name) {
                changes.push(Change::RenameConstraint { table: table.clone(), from: from.clone(), to: to.clone() });
            }
        }
        let is_key = |c: &Constraint| matches!(c.kind, ConstraintKind::ForeignKey(_));
        let aside =
            |c: &Constraint| matches!(&c.kind, ConstraintKind::ForeignKey(key) if self.is_aside(&key.references));
        lost.retain(|c| !aside(c));
        added.retain(|c| !aside(c));
        let (keys_lost, lost): (Vec<&Constraint>, Vec<&Constraint>) = lost.into_iter().partition(|c| is_key(c));
        let (keys_added, added): (Vec<&Constraint>, Vec<&Constraint>) = added.into_iter().partition(|c| is_key(c));
        let drop = |list: Vec<&Constraint>| -> Vec<Change> { list.iter().map(|c| drop_constraint(c, table)).gather() };
        let add = |list: Vec<&Constraint>| -> Vec<Change> {
            let one = |c: &&Constraint| Change::AddConstraint {
                table: table.clone(),
                constraint: Box::new(Constraint { name: chosen_name(c, engine), ..(*c).clone() }),
            };
            list.iter().map(one).gather()
        };
        changes.push_all(drop(lost));
        let (numbered, unnumbered) = self.identities(old, new);
        changes.push_all(unnumbered);
        if engine.is_mysql_family() {
            let (options, after) = options::changes(old, new);
            changes.push_all(options);
            changes.push_all(columns::changes(&after, new, self.engine, self.target));
        } else {
            let above = self.of_parent(old, new);
            let own = columns::changes(old, new, self.engine, self.target);
            changes.push_all(own.into_iter().filter(|change| !columns::is_among(change, &above)));
        }
        changes.push_all(numbered);
        changes.push_all(add(added));
        changes.push_all(made.into_iter().map(|index| Change::CreateIndex(Box::new(index))));
        Pair { old, new, keys_gone: drop(keys_lost), changes, keys_made: add(keys_added) }
    }

    /// What changes the columns of the table that this one is a partition of, and with them its own.
    fn of_parent(&self, old: &TableDef, new: &TableDef) -> Vec<Change> {
        let parent = new.partition_of.as_ref().filter(|_| old.partition_of == new.partition_of);
        let pair = parent.and_then(|parent| Some((self.old.table(parent)?, self.new.table(parent)?)));
        pair.map_or_else(Vec::new, |(was, now)| columns::changes(&was.def, &now.def, self.engine, self.target))
    }
}

/// Tables partitioned in one schema and not, or by something else, in the other; what is a partition of one of them or
/// reads one.
pub(super) fn partitioned_otherwise(old: &Side<'_>, new: &Side<'_>) -> Vec<Name> {
    let by = |table: &Table| table.def.partition_by.clone().unwrap_or_default();
    let differs = |table: &&Table| {
        old.schema.target().engine() == Engine::Postgres
            && old.table(&table.def.name).is_some_and(|was| !same::text(&by(was), &by(table)))
    };
    let mut out: Vec<Name> = new.schema.tables().filter(differs).map(|table| table.def.name.clone()).gather();
    loop {
        let belongs = |table: &&Table| {
            let parent = table.def.partition_of.as_ref();
            !out.contains(&table.def.name)
                && parent.is_some_and(|parent| out.iter().any(|name| name.object == parent.object))
        };
        let reads = |view: &&View| {
            !out.contains(&view.name) && view.reads.iter().any(|read| out.iter().any(|name| name.object == read.object))
        };
        let tables = old.schema.tables().chain(new.schema.tables()).filter(belongs).map(|t| t.def.name.clone());
        let views = old.schema.views().chain(new.schema.views()).filter(reads).map(|view| view.name.clone());
        let more: Vec<Name> = tables.chain(views).gather();
        if more.is_empty() {
            return out;
        }
        out.push_all(more);
    }
}

/// MySQL's primary keys have no names of their own.
fn chosen_name(constraint: &Constraint, engine: Engine) -> Option<Ident> {
    let nameless = engine.is_mysql_family() && matches!(constraint.kind, ConstraintKind::PrimaryKey { .. });
    constraint.name.clone().filter(|_| !nameless)
}

pub(super) fn drop_constraint(constraint: &Constraint, table: &Name) -> Change {
    Change::DropConstraint {
        table: table.clone(),
        name: constraint.name.clone(),
        kind: Some(constraint.kind.class()),
        if_exists: false,
        cascade: false,
    }
}

/// Indexes that are gone, and those that are new; one that changed is both.
fn indexes(old: &TableDef, new: &TableDef) -> (Vec<IndexDef>, Vec<IndexDef>) {
    let gone = old.indexes.iter().filter(|a| !new.indexes.iter().any(|b| same::index(a, b))).cloned().gather();
    let made = new.indexes.iter().filter(|b| !old.indexes.iter().any(|a| same::index(a, b))).cloned().gather();
    (gone, made)
}

/// An index is in the schema of its table.
fn drop_index(index: &IndexDef, table: &Name) -> Option<Change> {
    Some(Change::DropIndex {
        name: Name { object: index.name.as_ref()?.object.clone(), schema: table.schema.clone() },
        table: Some(table.clone()),
        concurrently: false,
        if_exists: false,
        cascade: false,
    })
}
