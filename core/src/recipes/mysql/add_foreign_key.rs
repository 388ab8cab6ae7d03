//! ADD FOREIGN KEY without the copy: not checked against rows that exist, which are checked by a query.

use super::ENGINES;
use super::indexes::build;
use super::sql::{HALF_WAY, set_session};
use crate::change::{Change, Constraint, ConstraintClass, ConstraintKind, ForeignKey, Ident, Name};
use crate::draft::{Draft, Run, StepDraft};
use crate::order::{Gather, PushAll};
use crate::recipes::shared::draft::{draft, undo_outside, verify};
use crate::recipes::shared::key::missing_index;
use crate::recipes::shared::names::fit;
use crate::recipes::{Cx, Recipe};
use crate::report::PhaseName::{self, Expand, Migrate};

/// The recipe.
pub static RECIPE: Recipe = Recipe {
    id: "mysql-add-foreign-key",
    title: "Foreign key added in place, rows that exist checked by a query",
    for_engine: ENGINES,
    draft: propose,
};

fn propose(cx: &Cx<'_>) -> Option<Draft> {
    let Change::AddConstraint { table, constraint } = cx.change else { return None };
    let ConstraintKind::ForeignKey(key) = &constraint.kind else { return None };
    let named = Constraint { name: Some(name_of(cx, table, constraint)), ..(**constraint).clone() };
    let mut steps = vec![orphans(cx, Expand, table, key)];
    steps.push_all(self::steps(cx, Migrate, table, &named));
    let list: Vec<&str> = key.columns.iter().map(|c| c.value.as_str()).gather();
    Some(Draft {
        checklist: vec![format!(
            "No running code writes ({}) values to {table} that are missing in {} (from the key on, such a write fails)",
            list.join(", "),
            key.references
        )],
        notes: vec![format!(
            "The server takes the key for true without having read the rows: an orphan that stays makes later writes of \
             its row fail (error 1452), and can make a copying ALTER fail years later. Types, signedness, character set \
             and collation of both sides must be equal (error 3780, 1215), and ({}) must be indexed in {}.",
            list.join(", "),
            key.references
        )],
        ..draft(&RECIPE, format!("Add a foreign key from {table} to {}", key.references), steps)
    })
}

/// The index if it is missing, the key, the look at rows that exist.
pub fn steps(cx: &Cx<'_>, phase: PhaseName, table: &Name, constraint: &Constraint) -> Vec<StepDraft> {
    let ConstraintKind::ForeignKey(key) = &constraint.kind else { return Vec::new() };
    // Else the server would build it inside the same statement.
    let index = missing_index(cx, table, &key.columns).map(|index| build(cx, phase, &index));
    let mut steps: Vec<StepDraft> = index.into_iter().gather();
    steps.push(StepDraft {
        why: format!(
            "With foreign_key_checks on, the server copies {table} while writes wait. Off, for this session only, it adds \
             the key in place, and checks every row written from then on. It waits for open transactions on {table} and \
             {}.",
            key.references
        ),
        transactional: false,
        undo: undo_outside(vec![drop(cx, table, constraint)]),
        on_failure: HALF_WAY.to_string(),
        ..StepDraft::sql(phase, format!("Add the foreign key from {table} to {}", key.references), add(cx, table, constraint))
    });
    steps.push(orphans(cx, phase, table, key));
    steps
}

/// The key, added without a look at rows that exist.
pub fn add(cx: &Cx<'_>, table: &Name, constraint: &Constraint) -> Vec<Run> {
    let change = Change::AddConstraint { table: table.clone(), constraint: Box::new(constraint.clone()) };
    let printed = cx.run(change.clone()).sql;
    let bare = printed.split(", ALGORITHM=").next().unwrap_or(&printed).to_string();
    vec![
        set_session("foreign_key_checks", "0"),
        Run { sql: format!("{bare}, ALGORITHM=INPLACE, LOCK=NONE"), change: in_place(change) },
        set_session("foreign_key_checks", "1"),
    ]
}

/// To the table of facts the key without a check of rows is one that is not validated.
fn in_place(change: Change) -> Change {
    match change {
        Change::AddConstraint { table, constraint } => {
            Change::AddConstraint { table, constraint: Box::new(Constraint { not_valid: true, ..*constraint }) }
        }
        other => other,
    }
}

fn drop(cx: &Cx<'_>, table: &Name, constraint: &Constraint) -> Run {
    super::sql::online(
        cx,
        Change::DropConstraint {
            table: table.clone(),
            name: Some(name_of(cx, table, constraint)),
            kind: Some(ConstraintClass::ForeignKey),
            if_exists: false,
            cascade: false,
        },
    )
}

fn name_of(cx: &Cx<'_>, table: &Name, constraint: &Constraint) -> Ident {
    let taken = |name: &str| cx.world.schema.constraint(table, &Ident::new(name)).is_some();
    let default = cx.world.schema.free_constraint_name(table, &constraint.kind, &taken);
    let own = || Ident::new(fit(&format!("{}_fk", table.object), cx.engine().ident_limit()));
    constraint.name.clone().or(default).unwrap_or_else(own)
}

/// Rows without a parent.
fn orphans(cx: &Cx<'_>, phase: PhaseName, table: &Name, key: &ForeignKey) -> StepDraft {
    let parent = referenced(cx, key);
    let given: Vec<_> = key.columns.iter().map(|c| format!("c.{} IS NOT NULL", cx.ident(c))).gather();
    let equal = key.columns.iter().zip(&parent);
    let equal: Vec<_> = equal.map(|(c, p)| format!("p.{} = c.{}", cx.ident(p), cx.ident(c))).gather();
    StepDraft {
        why: match phase {
            Expand => "The key would be added over such rows all the same, and writes of them would fail.",
            _ => "Rows written before the key was there are not checked by the server.",
        }
        .to_string(),
        ..verify(
            phase,
            format!("Look for rows of {table} without a row in {}", key.references),
            format!(
                "SELECT COUNT(*) FROM {} AS c WHERE {} AND NOT EXISTS (SELECT 1 FROM {} AS p WHERE {})",
                cx.name(table),
                given.join(" AND "),
                cx.name(&key.references),
                equal.join(" AND ")
            ),
            "0",
            "Repair or delete them in batches (keep a copy of what is deleted), stop the code that writes them, look \
             again.",
        )
    }
}

/// Columns of the parent: as written, else its primary key, else the usual `id`.
fn referenced(cx: &Cx<'_>, key: &ForeignKey) -> Vec<Ident> {
    if !key.referenced_columns.is_empty() {
        return key.referenced_columns.clone();
    }
    let primary = cx.world.schema.primary_key(&key.references);
    primary.map_or_else(|| vec![Ident::new("id")], <[Ident]>::to_vec)
}
