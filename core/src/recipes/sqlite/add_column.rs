//! ADD COLUMN that this server refuses: UNIQUE apart, NOT NULL once the rows are filled.

use super::ENGINE;
use super::carried::Carried;
use super::looks::no_nulls;
use super::rebuild::{checklist, step};
use super::shape::{Shape, fills_itself};
use super::sql::LOCK_FAILURE;
use super::steps::Rebuild;
use super::text::without_not_null;
use crate::change::{Change, ColumnDef, ConstraintKind, IndexDef, Name, Nullability};
use crate::draft::{Draft, StepDraft, UndoDraft};
use crate::recipes::shared::draft::{draft, undo};
use crate::recipes::shared::names;
use crate::recipes::{Cx, Recipe};
use crate::report::PhaseName::{Contract, Expand, Switch};

/// The recipe.
pub static RECIPE: Recipe = Recipe {
    id: "sqlite-add-column",
    title: "Column added as the server allows, then given what it refused",
    for_engine: ENGINE,
    draft: propose,
};

fn propose(cx: &Cx<'_>) -> Option<Draft> {
    let Change::AddColumn { table, column, .. } = cx.change else { return None };
    cx.effects.refused.as_ref()?;
    let unique = column.constraints.iter().any(|c| matches!(c.kind, ConstraintKind::Unique { .. }));
    let others = column.constraints.iter().any(|c| !matches!(c.kind, ConstraintKind::Unique { .. }));
    let steps = if !fills_itself(column) && !others && !unique {
        not_null(cx, table, column)?
    } else if unique && !others && fills_itself(column) && column.generated.is_none() && column.default.is_none() {
        vec![add(cx, table, &plain(column)), index(cx, table, column)]
    } else {
        return None;
    };
    Some(Draft { checklist: checklist(table), ..draft(&RECIPE, format!("Add column {table}.{}", column.name), steps) })
}

/// The column as the server takes it.
fn plain(column: &ColumnDef) -> ColumnDef {
    ColumnDef { nullability: Nullability::Unsaid, constraints: Vec::new(), text: String::new(), ..column.clone() }
}

fn add(cx: &Cx<'_>, table: &Name, column: &ColumnDef) -> StepDraft {
    let change = Change::AddColumn { table: table.clone(), column: Box::new(column.clone()), if_not_exists: false };
    let name = &column.name;
    let native = cx.world.target.version.at_least(3, 35, 0);
    StepDraft {
        why: "Old code keeps running: it does not know the column and may leave it out.".to_string(),
        undo: match native {
            true => UndoDraft::Sql {
                run: vec![cx.run(Change::DropColumn {
                    table: table.clone(),
                    column: name.clone(),
                    if_exists: false,
                    cascade: false,
                })],
                transactional: true,
                lossy: format!("values written to {name} since"),
            },
            false => {
                UndoDraft::Action(format!("leave {name}: unused it does no harm, and this version cannot drop it"))
            }
        },
        on_failure: LOCK_FAILURE.to_string(),
        ..StepDraft::sql(Expand, format!("Add {table}.{name}"), vec![cx.run(change)])
    }
}

fn index(cx: &Cx<'_>, table: &Name, column: &ColumnDef) -> StepDraft {
    let name = names::fit(&format!("{}_{}_key", table.object, column.name), cx.engine().ident_limit());
    let def = IndexDef {
        unique: true,
        ..IndexDef::on(table.sibling(name.clone()), table.clone(), std::slice::from_ref(&column.name))
    };
    let drop = Change::DropIndex {
        name: table.sibling(name),
        table: Some(table.clone()),
        concurrently: false,
        if_exists: false,
        cascade: false,
    };
    StepDraft {
        why: "A unique index refuses the same duplicates as UNIQUE in the definition.".to_string(),
        undo: undo(vec![cx.run(drop)]),
        on_failure: LOCK_FAILURE.to_string(),
        ..StepDraft::sql(
            Expand,
            format!("Make {table}.{} unique", column.name),
            vec![cx.run(Change::CreateIndex(Box::new(def)))],
        )
    }
}

/// Nullable first; the table is made anew when every row and all code have a value.
fn not_null(cx: &Cx<'_>, table: &Name, column: &ColumnDef) -> Option<Vec<StepDraft>> {
    let from = Shape::of(cx, table)?;
    let nullable = from.changed(
        cx,
        &Change::AddColumn {
            table: table.clone(),
            column: Box::new(ColumnDef { text: without_not_null(&column.text)?, ..column.clone() }),
            if_not_exists: false,
        },
    )?;
    let wanted = from.changed(cx, cx.change)?;
    let carried = Carried::of(cx, table, &nullable, &wanted).ok()?;
    let name = &column.name;
    let changes = std::slice::from_ref(cx);
    let forward = Rebuild { table, from: &nullable, to: &wanted, carried: &carried, changes, forward: true };
    Some(vec![
        add(cx, table, &plain(column)),
        StepDraft::deploy(
            Switch,
            format!("Deploy code that always writes {table}.{name}"),
            format!("From the last step on an INSERT without {name} fails. Fill the rows that exist meanwhile."),
        ),
        no_nulls(cx, Contract, table, name),
        step(cx, Contract, &forward),
    ])
}
