//! UNIQUE, PRIMARY KEY and unique indexes: duplicates are looked for before the build meets them at its end.

use super::ENGINES;
use super::indexes::build;
use super::sql::{LOCK_FAILURE, online};
use crate::change::{Change, Constraint, ConstraintClass, ConstraintKind, Ident, IndexDef, Name};
use crate::draft::{Draft, StepDraft};
use crate::order::{Gather, GatherAll};
use crate::recipes::shared::draft::{draft, undo_outside, verify};
use crate::recipes::{Cx, Recipe};
use crate::report::PhaseName::{Expand, Migrate};
use crate::schema::default_constraint_name;

/// The recipe.
pub static RECIPE: Recipe = Recipe {
    id: "mysql-add-unique",
    title: "Unique index or primary key built online, after a look for duplicates",
    for_engine: ENGINES,
    draft: propose,
};

fn propose(cx: &Cx<'_>) -> Option<Draft> {
    let (table, columns, build) = match cx.change {
        Change::CreateIndex(index) if index.unique => {
            let columns: Vec<Ident> = index.parts.iter().map(|p| p.column.clone()).gather_all()?;
            (&index.table, columns, build(cx, Migrate, index))
        }
        Change::AddConstraint { table, constraint } => match &constraint.kind {
            ConstraintKind::Unique { columns, .. } => {
                let name = name_of(cx, table, constraint)?;
                let index = IndexDef {
                    unique: true,
                    ..IndexDef::on(Name { schema: None, object: name }, table.clone(), columns)
                };
                (table, columns.clone(), build(cx, Migrate, &index))
            }
            ConstraintKind::PrimaryKey { columns } => (table, columns.clone(), primary(cx, table, constraint, columns)),
            ConstraintKind::Check { .. }
            | ConstraintKind::ForeignKey(_)
            | ConstraintKind::Exclude
            | ConstraintKind::NotNull { .. } => return None,
        },
        _ => return None,
    };
    let list = cx.idents(&columns);
    let steps = vec![duplicates(cx, table, &columns), build];
    Some(Draft {
        checklist: vec![format!("No running code writes duplicates of ({list}) to {table}")],
        ..draft(&RECIPE, format!("Make ({list}) of {table} unique"), steps)
    })
}

fn name_of(cx: &Cx<'_>, table: &Name, constraint: &Constraint) -> Option<Ident> {
    let taken = |name: &str| cx.world.schema.table_index(table, &Name::new(name)).is_some();
    let default = || default_constraint_name(cx.world.target, &table.object, &constraint.kind, &taken);
    constraint.name.clone().or_else(default)
}

fn duplicates(cx: &Cx<'_>, table: &Name, columns: &[Ident]) -> StepDraft {
    let list = cx.idents(columns);
    let given: Vec<_> = columns.iter().map(|c| format!("{} IS NOT NULL", cx.ident(c))).gather();
    StepDraft {
        why:
            "A duplicate makes the build fail at its end, after its whole time. What counts as equal is decided by the \
              collation of the column."
                .to_string(),
        ..verify(
            Expand,
            format!("Look for duplicates of ({list}) in {table}"),
            format!(
                "SELECT {list}, COUNT(*) FROM {} WHERE {} GROUP BY {list} HAVING COUNT(*) > 1 LIMIT 20",
                cx.name(table),
                given.join(" AND ")
            ),
            "no rows",
            "Merge or repair the duplicates in batches, deploy code that no longer writes them, look again.",
        )
    }
}

fn primary(cx: &Cx<'_>, table: &Name, constraint: &Constraint, columns: &[Ident]) -> StepDraft {
    let add = Change::AddConstraint { table: table.clone(), constraint: Box::new(constraint.clone()) };
    let drop = Change::DropConstraint {
        table: table.clone(),
        name: None,
        kind: Some(ConstraintClass::PrimaryKey),
        if_exists: false,
        cascade: false,
    };
    let list = cx.idents(columns);
    StepDraft {
        why:
            "The rows lie in the order of the primary key, so the table is rebuilt in place while reads and writes go \
              on. A statement that meets a duplicate of another UNIQUE key meanwhile can end it with error 1062."
                .to_string(),
        transactional: false,
        undo: undo_outside(vec![online(cx, drop)]),
        on_failure: LOCK_FAILURE.to_string(),
        other_ways: super::tools::online_change(cx, table, &format!("ADD PRIMARY KEY ({list})")),
        ..StepDraft::sql(Migrate, format!("Add the primary key ({list}) to {table}"), vec![online(cx, add)])
    }
}
