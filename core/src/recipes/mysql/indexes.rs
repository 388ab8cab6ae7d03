//! Indexes and keys that hang on a column: made for the column that replaces it, dropped with the old one.

use super::sql::{LOCK_FAILURE, is_mariadb, online};
use crate::change::{
    Change, Constraint, ConstraintClass, ConstraintKind, ForeignKey, Ident, IndexDef, IndexPart, Name,
};
use crate::draft::{StepDraft, UndoDraft};
use crate::order::{Gather, PushAll};
use crate::recipes::Cx;
use crate::recipes::shared::draft::undo_outside;
use crate::recipes::shared::names::carried_over;
use crate::recipes::shared::words;
use crate::report::PhaseName::{self, Contract, Migrate};

/// Why a long build gets a longer lock wait.
const BUILD: &str = "Reads and writes go on while it is built. It takes the metadata lock again at its end: a \
     transaction that is open then makes it fail after all its work, so end long transactions first.";

/// What carrying over takes.
#[derive(Default)]
pub struct Carried {
    /// Built on the new column before the switch.
    pub build: Vec<StepDraft>,
    /// Dropped before the old column goes.
    pub drop: Vec<StepDraft>,
    /// Old and new name of each index.
    pub names: Vec<(Ident, Ident)>,
    /// What is not carried.
    pub notes: Vec<String>,
    /// The column is part of something that cannot be built beside: the primary key, a generated column.
    pub blocked: Option<String>,
}

/// Everything that the schema knows to hang on the column. `name` makes the new name of an index.
pub fn carried(cx: &Cx<'_>, table: &Name, from: &Ident, to: &Ident) -> Carried {
    let mut carried = Carried::default();
    let schema = cx.world.schema;
    for index in schema.indexes_of_column(table, from) {
        let Some(old) = index.name.as_ref().map(|n| n.object.clone()) else { continue };
        if schema.constraint(table, &old).is_some() {
            continue;
        }
        let new = Ident::new(carried_over(cx, &old.value, table, from, to));
        carried.build.push(build(cx, Migrate, &moved(cx, index, from, to, &new)));
        carried.drop.push(drop_step(cx, Contract, table, &old, Some(index)));
        carried.names.push((old, new));
    }
    for constraint in schema.constraints_of_column(table, from) {
        match &constraint.kind {
            ConstraintKind::Unique { columns, .. } => unique(cx, table, from, to, constraint, columns, &mut carried),
            ConstraintKind::PrimaryKey { .. } => {
                carried.blocked = Some(format!("{from} is part of the primary key of {table}"));
            }
            ConstraintKind::ForeignKey(key) => foreign_key(cx, table, from, to, constraint, key, &mut carried),
            ConstraintKind::Check { .. } => carried.notes.push(format!(
                "The CHECK {} of {from} is not carried over: adding one copies the table while writes wait. Add it in a \
                 window, or keep it in a trigger.",
                constraint.name.as_ref().map_or("without a name", |n| &n.value)
            )),
            ConstraintKind::Exclude | ConstraintKind::NotNull { .. } => {}
        }
    }
    if let Some(generated) = generated_from(cx, table, from) {
        carried.blocked = Some(format!("the generated column {generated} is computed from {from}"));
    }
    for view in schema.views_on(table).into_iter().filter(|v| words::mentions(&v.query, from)) {
        carried.notes.push(format!(
            "View {} names {from}: recreate it with {to} before the contract phase, or it fails (error 1356).",
            view.name
        ));
    }
    carried
}

/// A generated column that is computed from the column.
pub fn generated_from(cx: &Cx<'_>, table: &Name, column: &Ident) -> Option<Ident> {
    let known = cx.world.schema.table(table)?;
    let uses = |c: &&crate::change::ColumnDef| {
        c.name != *column && c.generated.as_ref().is_some_and(|g| words::mentions(&g.expr.text, column))
    };
    known.def.columns.iter().find(uses).map(|c| c.name.clone())
}

fn moved(cx: &Cx<'_>, index: &IndexDef, from: &Ident, to: &Ident, name: &Ident) -> IndexDef {
    let quoted = cx.ident(to);
    // A column with the length of a prefix looks like a call.
    let text = |part: &IndexPart| match (&part.column, part.text.split_once('(')) {
        (Some(column), Some((_, length))) if column == from => format!("{quoted}({length}"),
        _ => words::renamed(&part.text, from, &quoted),
    };
    let part = |part: &IndexPart| IndexPart {
        column: part.column.as_ref().map(|c| if c == from { to.clone() } else { c.clone() }),
        text: text(part),
    };
    IndexDef {
        name: Some(Name { schema: None, object: name.clone() }),
        parts: index.parts.iter().map(part).gather(),
        text: String::new(),
        ..index.clone()
    }
}

fn unique(
    cx: &Cx<'_>,
    table: &Name,
    from: &Ident,
    to: &Ident,
    constraint: &Constraint,
    columns: &[Ident],
    carried: &mut Carried,
) {
    let Some(old) = constraint.name.clone() else { return };
    let new = Ident::new(carried_over(cx, &old.value, table, from, to));
    let columns: Vec<Ident> = columns.iter().map(|c| if c == from { to.clone() } else { c.clone() }).gather();
    let name = Name { schema: None, object: new.clone() };
    let index = IndexDef { unique: true, ..IndexDef::on(name, table.clone(), &columns) };
    carried.build.push(build(cx, Migrate, &index));
    carried.drop.push(drop_step(cx, Contract, table, &old, None));
    carried.names.push((old, new));
}

fn foreign_key(
    cx: &Cx<'_>,
    table: &Name,
    from: &Ident,
    to: &Ident,
    constraint: &Constraint,
    key: &ForeignKey,
    carried: &mut Carried,
) {
    let Some(old) = constraint.name.clone() else { return };
    let columns: Vec<Ident> = key.columns.iter().map(|c| if c == from { to.clone() } else { c.clone() }).gather();
    let new = Constraint {
        name: Some(Ident::new(carried_over(cx, &old.value, table, from, to))),
        kind: ConstraintKind::ForeignKey(ForeignKey { columns, ..key.clone() }),
        text: String::new(),
        ..constraint.clone()
    };
    carried.build.push_all(super::add_foreign_key::steps(cx, Migrate, table, &new));
    let change = Change::DropConstraint {
        table: table.clone(),
        name: Some(old.clone()),
        kind: Some(ConstraintClass::ForeignKey),
        if_exists: false,
        cascade: false,
    };
    carried.drop.push(StepDraft {
        why: format!("{} is checked through the new column already.", key.references),
        transactional: false,
        undo: UndoDraft::Sql {
            run: super::add_foreign_key::add(cx, table, constraint),
            transactional: false,
            lossy: String::new(),
        },
        on_failure: LOCK_FAILURE.to_string(),
        ..StepDraft::sql(Contract, format!("Drop foreign key {old} of {table}"), vec![online(cx, change)])
    });
}

/// `ADD INDEX`, online.
pub fn build(cx: &Cx<'_>, phase: PhaseName, index: &IndexDef) -> StepDraft {
    let change = Change::CreateIndex(Box::new(IndexDef { text: String::new(), ..index.clone() }));
    let word = if index.unique { "unique index" } else { "index" };
    let name = index.name.as_ref().map(|n| n.object.value.clone()).unwrap_or_default();
    let undo = index
        .name
        .as_ref()
        .map_or(UndoDraft::Nothing, |name| undo_outside(vec![online(cx, drop_change(&index.table, &name.object))]));
    let duplicates = if index.unique {
        " A duplicate written meanwhile ends it with error 1062; repair, and run it again."
    } else {
        ""
    };
    StepDraft {
        why: format!("{BUILD}{duplicates}"),
        transactional: false,
        undo,
        on_failure: "A failed build leaves nothing behind: remove the cause, run it again.".to_string(),
        ..StepDraft::sql(phase, format!("Build {word} {name} on {}", index.table), vec![online(cx, change)])
    }
}

/// `DROP INDEX`, online; its undo builds it again.
pub fn drop_step(cx: &Cx<'_>, phase: PhaseName, table: &Name, name: &Ident, index: Option<&IndexDef>) -> StepDraft {
    let undo = match index {
        Some(index) => undo_outside(build(cx, phase, index).run),
        None => match cx.world.schema.constraint(table, name).map(|c| &c.kind) {
            Some(ConstraintKind::Unique { columns, .. }) => {
                let name = Name { schema: None, object: name.clone() };
                let index = IndexDef { unique: true, ..IndexDef::on(name, table.clone(), columns) };
                undo_outside(build(cx, phase, &index).run)
            }
            _ => UndoDraft::Action(format!("build index {name} again")),
        },
    };
    StepDraft {
        why: "Only an entry of the catalog; the column without index is then dropped without touching rows where the \
              server can."
            .to_string(),
        transactional: false,
        undo,
        on_failure: LOCK_FAILURE.to_string(),
        ..StepDraft::sql(phase, format!("Drop index {name} of {table}"), vec![online(cx, drop_change(table, name))])
    }
}

/// The old name back, once its index is gone: queries may name it in a hint. None where the server cannot rename one.
pub fn named_as_before(cx: &Cx<'_>, table: &Name, from: &Ident, to: &Ident) -> Option<StepDraft> {
    let v = cx.world.target.version;
    let can = if is_mariadb(cx) { v.at_least(10, 5, 2) } else { v.at_least(5, 7, 0) };
    let rename = |from: &Ident, to: &Ident| {
        let name = Name { schema: None, object: from.clone() };
        online(cx, Change::RenameIndex { name, table: Some(table.clone()), to: to.clone() })
    };
    (can && from != to).then(|| StepDraft {
        why: format!("The name that {to} always had: hints may use it, and the schema is as if nothing had happened."),
        transactional: false,
        undo: undo_outside(vec![rename(to, from)]),
        on_failure: LOCK_FAILURE.to_string(),
        ..StepDraft::sql(Contract, format!("Rename index {from} of {table} to {to}"), vec![rename(from, to)])
    })
}

fn drop_change(table: &Name, name: &Ident) -> Change {
    Change::DropIndex {
        name: Name { schema: None, object: name.clone() },
        table: Some(table.clone()),
        concurrently: false,
        if_exists: false,
        cascade: false,
    }
}
