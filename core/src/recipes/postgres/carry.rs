//! What a column carries, made again for the column that replaces it.
//!
//! Online where the server has a form for it; what cannot be carried is said.

use super::parts::{add_not_valid, build_index, constraint_name, drop_constraint, index_name, validate};
use super::sql::{lock, transaction};
use super::{add_unique, not_null, partitioned};
use crate::change::{
    AutoNumber, Change, Constraint, ConstraintKind, Expr, ForeignKey, Ident, IndexDef, IndexPart, Name, Nullability,
    ObjectKind, ObjectVerb,
};
use crate::draft::{Run, StepDraft, UndoDraft};
use crate::order::{Gather, PushAll};
use crate::recipes::Cx;
use crate::recipes::shared::names::{carried_over, fit};
use crate::recipes::shared::words;
use crate::report::PhaseName::{self, Contract, Migrate};

/// The new column in place of the old one.
pub struct Replaced<'a> {
    /// The table.
    pub table: &'a Name,
    /// The old column.
    pub from: &'a Ident,
    /// The new column.
    pub to: &'a Ident,
    /// Foreign keys of other tables that point at the column and are moved with a column of theirs.
    pub apart: &'a [Incoming],
    /// The column that foreign keys of this one point at from now on: a parent whose key is replaced too.
    pub parent: Option<Parent<'a>>,
}

impl<'a> Replaced<'a> {
    /// A column on its own.
    pub fn alone(table: &'a Name, from: &'a Ident, to: &'a Ident) -> Replaced<'a> {
        Replaced { table, from, to, apart: &[], parent: None }
    }
}

/// A foreign key that points at a column.
#[derive(Debug, Clone)]
pub struct Incoming {
    /// The table that it belongs to.
    pub child: Name,
    /// Its name.
    pub name: Ident,
    /// As it is.
    pub constraint: Constraint,
}

/// A key that is replaced.
#[derive(Debug, Clone)]
pub struct Parent<'a> {
    /// The table.
    pub table: &'a Name,
    /// The column of the key.
    pub from: &'a Ident,
    /// The column that replaces it.
    pub to: Ident,
}

/// Steps and statements that carry over.
#[derive(Default)]
pub struct Carried {
    /// Before the switch: indexes, constraints, keys on the new column.
    pub migrate: Vec<StepDraft>,
    /// Before the old column goes, each a step of its own.
    pub contract: Vec<StepDraft>,
    /// The primary key, whose index is built; the key itself moves with the old column's end.
    pub primary_key: Option<MovedKey>,
    /// Old and new names of what was made again.
    pub renamed: Vec<Renamed>,
    /// What is not carried.
    pub notes: Vec<String>,
}

/// A primary key about to move.
#[derive(Debug, Clone)]
pub struct MovedKey {
    /// Its name.
    pub name: Ident,
    /// The index that it takes over.
    pub index: Ident,
    /// Its columns, the old one among them.
    pub columns: Vec<Ident>,
}

impl MovedKey {
    /// The old key goes; the new one takes its name. `columns` are those at that moment.
    pub fn exchange(&self, cx: &Cx<'_>, table: &Name, columns: &[Ident]) -> [Run; 2] {
        let kind = ConstraintKind::PrimaryKey { columns: columns.to_vec() };
        let key = Constraint {
            using_index: Some(self.index.clone()),
            ..super::parts::constraint(self.name.clone(), kind, false)
        };
        [drop_constraint(cx, table, &self.name), super::parts::add_constraint(cx, table, key)]
    }
}

/// Something made again under another name.
#[derive(Debug, Clone)]
pub struct Renamed {
    /// Its name on the old column.
    pub old: Ident,
    /// Its name on the new column.
    pub new: Ident,
    /// What it is.
    pub what: What,
}

/// What was made again.
#[derive(Debug, Clone)]
pub enum What {
    /// An index without a constraint.
    Index,
    /// A unique or check constraint.
    Constraint,
    /// A foreign key of the table, as it is on the old column.
    ForeignKey(Box<Constraint>),
    /// Extended statistics, in the schema of their own name.
    Statistics(Name),
}

/// Everything that the schema knows to hang on the column.
pub fn over(cx: &Cx<'_>, replaced: &Replaced<'_>) -> Carried {
    let mut carried = Carried::default();
    not_null(cx, replaced, &mut carried);
    indexes(cx, replaced, &mut carried);
    constraints(cx, replaced, &mut carried);
    incoming_keys(cx, replaced, &mut carried);
    statistics(cx, replaced, &mut carried);
    notes(cx, replaced, &mut carried);
    carried
}

fn not_null(cx: &Cx<'_>, replaced: &Replaced<'_>, carried: &mut Carried) {
    let column = cx.world.schema.column(replaced.table, replaced.from);
    if column.is_some_and(|c| c.nullability == Nullability::NotNull) {
        let in_key = cx.world.schema.primary_key(replaced.table).is_some_and(|key| key.contains(replaced.from));
        let identity = column.is_some_and(|c| matches!(c.auto_number, Some(AutoNumber::Identity { .. })));
        let proved = match in_key || identity {
            true => not_null::demand(cx, Migrate, replaced.table, replaced.to),
            false => not_null::prove(cx, Migrate, replaced.table, replaced.to),
        };
        carried.migrate.push_all(proved.steps);
        carried.notes.push_all(proved.note);
    }
}

// ---- indexes

fn indexes(cx: &Cx<'_>, replaced: &Replaced<'_>, carried: &mut Carried) {
    let schema = cx.world.schema;
    for index in schema.indexes_of_column(replaced.table, replaced.from) {
        let name = index_name(cx, index);
        if schema.constraint(replaced.table, &name.object).is_some() {
            continue;
        }
        let new = moved_index(cx, replaced, index);
        let new_name = index_name(cx, &new).object;
        carried.renamed.push(Renamed { old: name.object, new: new_name, what: What::Index });
        match partitioned::is_partitioned(cx, replaced.table) {
            true => carried.migrate.push_all(partitioned::index(cx, Migrate, &new)),
            false => carried.migrate.push(build_index(cx, Migrate, &new)),
        }
    }
}

/// The same index with the new column in place of the old one.
pub fn moved_index(cx: &Cx<'_>, replaced: &Replaced<'_>, index: &IndexDef) -> IndexDef {
    let quoted = cx.ident(replaced.to);
    let name = index_name(cx, index);
    let part = |part: &IndexPart| IndexPart {
        column: part.column.as_ref().map(|c| moved(replaced, c)),
        text: words::renamed(&part.text, replaced.from, &quoted),
    };
    let new_name = carried_over(cx, &name.object.value, replaced.table, replaced.from, replaced.to);
    IndexDef {
        name: Some(name.sibling(new_name)),
        parts: index.parts.iter().map(part).gather(),
        include: index.include.iter().map(|c| moved(replaced, c)).gather(),
        filter: index.filter.as_ref().map(|f| moved_expr(cx, replaced, f)),
        text: String::new(),
        ..index.clone()
    }
}

fn moved(replaced: &Replaced<'_>, column: &Ident) -> Ident {
    if column == replaced.from { replaced.to.clone() } else { column.clone() }
}

/// The columns with the new one in place of the old one.
pub fn moved_all(replaced: &Replaced<'_>, columns: &[Ident]) -> Vec<Ident> {
    columns.iter().map(|c| moved(replaced, c)).gather()
}

fn moved_expr(cx: &Cx<'_>, replaced: &Replaced<'_>, expr: &Expr) -> Expr {
    Expr {
        text: words::renamed(&expr.text, replaced.from, &cx.ident(replaced.to)),
        volatility: expr.volatility,
        columns: moved_all(replaced, &expr.columns),
    }
}

// ---- constraints of the table

fn constraints(cx: &Cx<'_>, replaced: &Replaced<'_>, carried: &mut Carried) {
    for constraint in cx.world.schema.constraints_of_column(replaced.table, replaced.from) {
        let name = constraint_name(cx, replaced.table, constraint);
        let new = Constraint {
            name: Some(Ident::new(carried_over(cx, &name.value, replaced.table, replaced.from, replaced.to))),
            text: String::new(),
            using_index: None,
            ..constraint.clone()
        };
        let what = match &constraint.kind {
            ConstraintKind::NotNull { .. } | ConstraintKind::PrimaryKey { .. } => None,
            ConstraintKind::ForeignKey(_) => Some(What::ForeignKey(Box::new(constraint.clone()))),
            ConstraintKind::Unique { .. } | ConstraintKind::Check { .. } | ConstraintKind::Exclude => {
                Some(What::Constraint)
            }
        };
        let new_name = constraint_name(cx, replaced.table, &new);
        carried.renamed.push_all(what.map(|what| Renamed { old: name.clone(), new: new_name, what }));
        match &constraint.kind {
            ConstraintKind::NotNull { .. } => {}
            ConstraintKind::PrimaryKey { columns } => primary_key(cx, replaced, &name, columns, carried),
            ConstraintKind::Unique { columns, nulls_not_distinct } => {
                let kind = ConstraintKind::Unique {
                    columns: moved_all(replaced, columns),
                    nulls_not_distinct: *nulls_not_distinct,
                };
                carried.migrate.push_all(unique(cx, replaced.table, &Constraint { kind, ..new }));
            }
            ConstraintKind::Check { expr } => {
                let kind = ConstraintKind::Check { expr: moved_expr(cx, replaced, expr) };
                carried.migrate.push_all(halves(cx, Migrate, replaced.table, &Constraint { kind, ..new }));
            }
            ConstraintKind::ForeignKey(key) => {
                let kind = ConstraintKind::ForeignKey(moved_key(cx, replaced, key));
                carried.migrate.push_all(halves(cx, Migrate, replaced.table, &Constraint { kind, ..new }));
            }
            ConstraintKind::Exclude => {
                let text = words::renamed(&constraint.text, replaced.from, &cx.ident(replaced.to));
                carried.migrate.push(exclusion(cx, replaced.table, Constraint { text, ..new }));
            }
        }
    }
}

fn unique(cx: &Cx<'_>, table: &Name, wanted: &Constraint) -> Vec<StepDraft> {
    match partitioned::is_partitioned(cx, table) {
        true => partitioned::unique(cx, Migrate, table, wanted),
        false => add_unique::built_and_taken_over(cx, Migrate, table, wanted),
    }
}

fn halves(cx: &Cx<'_>, phase: PhaseName, table: &Name, wanted: &Constraint) -> Vec<StepDraft> {
    let first = add_not_valid(cx, phase, table, wanted);
    match wanted.not_valid || wanted.not_enforced {
        true => vec![first],
        false => vec![first, validate(cx, phase, table, &constraint_name(cx, table, wanted))],
    }
}

/// The key of a table that points at itself is moved on both sides.
fn moved_key(cx: &Cx<'_>, replaced: &Replaced<'_>, key: &ForeignKey) -> ForeignKey {
    let columns = moved_all(replaced, &key.columns);
    match replaced.parent.as_ref().filter(|parent| cx.world.schema.same_relation(&key.references, parent.table)) {
        Some(parent) => {
            let own = Replaced::alone(parent.table, parent.from, &parent.to);
            let referenced_columns = moved_all(&own, &super::add_foreign_key::referenced(cx, key));
            ForeignKey { columns, referenced_columns, ..key.clone() }
        }
        None => ForeignKey { columns, ..key.clone() },
    }
}

fn exclusion(cx: &Cx<'_>, table: &Name, wanted: Constraint) -> StepDraft {
    let name = constraint_name(cx, table, &wanted);
    StepDraft {
        why: "An exclusion constraint has no form that does not block: reads and writes wait while every row is \
              probed. Run it in a window."
            .to_string(),
        undo: super::parts::undo_constraint(cx, table, &name, None),
        gate: "traffic is low".to_string(),
        ..StepDraft::locked(
            Migrate,
            format!("Add exclusion constraint {name} to {table}, in a window"),
            vec![super::parts::add_constraint(cx, table, wanted)],
        )
    }
}

/// The primary key moves in the transaction that drops the old column; its index is built before.
fn primary_key(cx: &Cx<'_>, replaced: &Replaced<'_>, name: &Ident, columns: &[Ident], carried: &mut Carried) {
    let table = replaced.table;
    if partitioned::is_partitioned(cx, table) {
        carried.notes.push(format!(
            "{table} is partitioned and {} is part of its primary key: the key cannot be moved to {} without a window.",
            replaced.from, replaced.to
        ));
        return;
    }
    let moved_columns = moved_all(replaced, columns);
    let index_name = fit(&format!("{name}_new"), cx.engine().ident_limit());
    let index =
        IndexDef { unique: true, ..IndexDef::on(table.sibling(index_name.clone()), table.clone(), &moved_columns) };
    carried.migrate.push(build_index(cx, Migrate, &index));
    carried.primary_key =
        Some(MovedKey { name: name.clone(), index: Ident::new(index_name), columns: columns.to_vec() });
}

// ---- foreign keys that point at the column

/// Foreign keys that point at a column.
pub fn incoming(cx: &Cx<'_>, table: &Name, column: &Ident) -> Vec<Incoming> {
    let keys = cx.world.schema.referencing(table).into_iter();
    let pointing = keys.filter(|(_, constraint)| match &constraint.kind {
        ConstraintKind::ForeignKey(key) => super::add_foreign_key::referenced(cx, key).contains(column),
        _ => false,
    });
    pointing
        .map(|(child, constraint)| Incoming {
            child: child.def.name.clone(),
            name: constraint_name(cx, &child.def.name, constraint),
            constraint: constraint.clone(),
        })
        .gather()
}

/// The same key, pointing at other columns under another name.
pub fn pointing(cx: &Cx<'_>, replaced: &Replaced<'_>, incoming: &Incoming, name: &Ident) -> Constraint {
    let ConstraintKind::ForeignKey(key) = &incoming.constraint.kind else { return incoming.constraint.clone() };
    let referenced = moved_all(replaced, &super::add_foreign_key::referenced(cx, key));
    let own = match incoming.child == *replaced.table {
        true => ForeignKey { columns: moved_all(replaced, &key.columns), ..key.clone() },
        false => key.clone(),
    };
    let kind = ConstraintKind::ForeignKey(ForeignKey { referenced_columns: referenced, ..own });
    Constraint { name: Some(name.clone()), kind, text: String::new(), ..incoming.constraint.clone() }
}

fn incoming_keys(cx: &Cx<'_>, replaced: &Replaced<'_>, carried: &mut Carried) {
    let apart = |key: &Incoming| replaced.apart.iter().any(|a| a.child == key.child && a.name == key.name);
    for key in incoming(cx, replaced.table, replaced.from).into_iter().filter(|key| !apart(key)) {
        let beside = Ident::new(fit(&format!("{}_new", key.name), cx.engine().ident_limit()));
        let new = pointing(cx, replaced, &key, &beside);
        carried.migrate.push_all(halves(cx, Migrate, &key.child, &new));
        carried.contract.push(exchange_key(cx, replaced.table, &key.child, &key.name, &beside, &key.constraint));
    }
}

// ---- extended statistics

fn statistics(cx: &Cx<'_>, replaced: &Replaced<'_>, carried: &mut Carried) {
    for object in super::bound::objects(cx, ObjectKind::Statistics, replaced.table, replaced.from) {
        let own = &object.name;
        let new = own.sibling(carried_over(cx, &own.object.value, replaced.table, replaced.from, replaced.to));
        let Some(sql) = statistics_sql(cx, replaced, &object.text, &new) else {
            carried.notes.push(format!("Statistics {own} are not carried over: their definition was not given."));
            continue;
        };
        let statement = |verb: ObjectVerb, sql: String| {
            super::sql::object(verb, ObjectKind::Statistics, &new, Some(replaced.table), sql)
        };
        let drop = statement(ObjectVerb::Drop, format!("DROP STATISTICS {}", cx.name(&new)));
        carried.migrate.push(StepDraft {
            why: format!("As {own}; filled by the ANALYZE that follows."),
            undo: crate::recipes::shared::draft::undo(vec![drop]),
            ..StepDraft::locked(
                Migrate,
                format!("Create statistics {}", new.object),
                vec![statement(ObjectVerb::Create, sql)],
            )
        });
        carried.renamed.push(Renamed {
            old: own.object.clone(),
            new: new.object.clone(),
            what: What::Statistics(own.clone()),
        });
    }
}

/// `CREATE STATISTICS name (kinds) ON columns FROM table`, its columns renamed.
fn statistics_sql(cx: &Cx<'_>, replaced: &Replaced<'_>, definition: &str, new: &Name) -> Option<String> {
    let on = words::find_clause(definition, "on", 0)?;
    let from = words::find_clause(definition, "from", on)?;
    let kinds = definition.get(..on)?.find('(').and_then(|at| definition.get(at..on)).unwrap_or("");
    let columns = words::renamed(definition.get(on..from)?, replaced.from, &cx.ident(replaced.to));
    Some(format!("CREATE STATISTICS {} {kinds}{columns}{}", cx.name(new), definition.get(from..)?))
}

/// The old foreign key goes, the new one takes its name.
pub fn exchange_key(
    cx: &Cx<'_>,
    parent: &Name,
    child: &Name,
    name: &Ident,
    beside: &Ident,
    old: &Constraint,
) -> StepDraft {
    let rename = |from: &Ident, to: &Ident| {
        cx.run(Change::RenameConstraint { table: child.clone(), from: from.clone(), to: to.clone() })
    };
    let mut run: Vec<Run> = Vec::new();
    if parent != child {
        run.push(lock(cx, parent, "ACCESS EXCLUSIVE"));
    }
    run.push(drop_constraint(cx, child, name));
    run.push(rename(beside, name));
    let mut back = Vec::new();
    if parent != child {
        back.push(lock(cx, parent, "ACCESS EXCLUSIVE"));
    }
    back.push(rename(name, beside));
    let again = Constraint { name: Some(name.clone()), ..old.clone() };
    back.push(super::parts::half(cx, child, &again));
    let mut back = transaction(back);
    back.push(cx.run(Change::ValidateConstraint { table: child.clone(), name: name.clone() }));
    StepDraft {
        why: format!(
            "Rows of {child} are checked by the new key already. {parent} is locked first, as writers lock, so that no \
             transaction of the application is a deadlock victim."
        ),
        undo: UndoDraft::Sql { run: back, transactional: false, lossy: String::new() },
        ..StepDraft::locked(Contract, format!("Exchange foreign key {name} of {child}"), run)
    }
}

// ---- what is left to a person

fn notes(cx: &Cx<'_>, replaced: &Replaced<'_>, carried: &mut Carried) {
    let (table, from) = (replaced.table, replaced.from);
    for name in super::bound::computed(cx, table, from) {
        carried.notes.push(format!(
            "Generated column {table}.{name} is computed from {from} and stands in the way of the drop: plan its own change \
             first."
        ));
    }
    for publication in super::bound::publications(cx, table, from) {
        carried.notes.push(format!(
            "Publication {} lists {from} by itself: give it the new column (ALTER PUBLICATION … SET TABLE) before the old \
             one is dropped, or the server refuses the drop.",
            publication.name
        ));
    }
}
