//! ADD COLUMN that would copy the table, or break an INSERT that leaves the column out.

use super::ENGINES;
use super::indexes::build;
use super::redefine_column::{no_nulls, strict};
use super::sql::{
    LOCK_FAILURE, add_column, drop_column, drop_default, has_expression_default, is_mariadb, keeping_stamps, modify,
    neutral, online, set_default,
};
use crate::change::{
    Change, ColumnDef, Constraint, ConstraintKind, Expr, ForeignKey, Ident, IndexDef, Name, Nullability, Volatility,
};
use crate::draft::{Draft, StepDraft, UndoDraft};
use crate::order::PushAll;
use crate::recipes::shared::batches::{Batches, RowVerb};
use crate::recipes::shared::draft::{draft, undo_outside};
use crate::recipes::shared::{key, names};
use crate::recipes::{Cx, Recipe};
use crate::report::PhaseName::{Contract, Expand, Migrate, Switch};

/// The recipe.
pub static RECIPE: Recipe = Recipe {
    id: "mysql-add-column",
    title: "Column added so that rows and INSERTs of running code stay as they are",
    for_engine: ENGINES,
    draft: propose,
};

fn propose(cx: &Cx<'_>) -> Option<Draft> {
    let Change::AddColumn { table, column, .. } = cx.change else { return None };
    let keyed = column.constraints.iter().any(|c| matches!(c.kind, ConstraintKind::PrimaryKey { .. }));
    if column.generated.is_some() || column.auto_number.is_some() || keyed || !takes_default(cx, column) {
        return None;
    }
    let wanted = ColumnDef { constraints: Vec::new(), text: String::new(), ..(**column).clone() };
    let bare = wanted.nullability == Nullability::NotNull && wanted.default.is_none();
    let mut steps = Vec::new();
    if has_expression_default(&wanted) && !is_now(&wanted) {
        steps.push_all(computed(cx, table, &wanted));
    } else if bare {
        steps.push_all(demanded(cx, table, &wanted));
    } else {
        steps.push(plain(cx, table, wanted.clone()));
    }
    // Keys come once every row has its value, before nobody leaves the column out any more.
    let at = steps.iter().position(|s| matches!(s.phase, Switch | Contract)).unwrap_or(steps.len());
    let keys = keys(cx, table, column);
    steps.splice(at..at, keys);
    Some(draft(&RECIPE, format!("Add column {table}.{}", column.name), steps))
}

/// A computed default came with MySQL 8.0.13; what the server refuses for another reason is written anew.
fn takes_default(cx: &Cx<'_>, column: &ColumnDef) -> bool {
    let computed = has_expression_default(column) && !is_now(column);
    let known = is_mariadb(cx) || cx.world.target.version.at_least(8, 0, 13);
    if computed { known } else { cx.effects.refused.is_none() }
}

/// `CURRENT_TIMESTAMP` as a default is no expression to the server.
fn is_now(column: &ColumnDef) -> bool {
    let text = column.default.as_ref().map(|d| d.text.trim().to_ascii_uppercase()).unwrap_or_default();
    ["CURRENT_TIMESTAMP", "NOW(", "LOCALTIME"].iter().any(|word| text.starts_with(word))
}

fn plain(cx: &Cx<'_>, table: &Name, column: ColumnDef) -> StepDraft {
    let name = column.name.clone();
    StepDraft {
        why: "Old code keeps running: it does not know the column and may leave it out.".to_string(),
        transactional: false,
        undo: undo_add(cx, table, &name),
        on_failure: LOCK_FAILURE.to_string(),
        ..StepDraft::sql(Expand, format!("Add {table}.{name}"), vec![add_column(cx, table, column)])
    }
}

fn undo_add(cx: &Cx<'_>, table: &Name, name: &Ident) -> UndoDraft {
    UndoDraft::Sql {
        run: vec![drop_column(cx, table, name)],
        transactional: false,
        lossy: format!("values written to {name} since"),
    }
}

/// NOT NULL without a default: a neutral one while old code runs, or NULL where the type has none.
fn demanded(cx: &Cx<'_>, table: &Name, wanted: &ColumnDef) -> Vec<StepDraft> {
    let name = &wanted.name;
    let deploy = StepDraft::deploy(
        Switch,
        format!("Deploy code that always writes {table}.{name}"),
        format!("From the next step on an INSERT without {name} fails (error 1364)."),
    );
    match neutral(wanted) {
        Some(value) => {
            let default = Some(Expr { text: value.to_string(), volatility: Volatility::Constant, columns: Vec::new() });
            let drop = StepDraft {
                why: format!("The default {value} was only for code that did not know {name}."),
                transactional: false,
                undo: undo_outside(vec![set_default(cx, table, name, value)]),
                on_failure: LOCK_FAILURE.to_string(),
                gate: "no instance of the old version runs".to_string(),
                ..StepDraft::sql(
                    Contract,
                    format!("Drop the default of {table}.{name}"),
                    vec![drop_default(cx, table, name)],
                )
            };
            vec![plain(cx, table, ColumnDef { default, ..wanted.clone() }), deploy, drop]
        }
        None => {
            let interim = ColumnDef { nullability: Nullability::Null, ..wanted.clone() };
            let mut steps = vec![plain(cx, table, interim.clone()), deploy, no_nulls(cx, Contract, table, name)];
            steps.push(not_null(cx, table, wanted, interim));
            steps
        }
    }
}

/// MODIFY that makes a filled column NOT NULL.
pub fn not_null(cx: &Cx<'_>, table: &Name, wanted: &ColumnDef, interim: ColumnDef) -> StepDraft {
    let name = wanted.name.clone();
    StepDraft {
        why: "Every row has a value. Strict mode, because without it the server turns NULL into 0 or an empty string."
            .to_string(),
        transactional: false,
        undo: undo_outside(vec![modify(cx, table, interim)]),
        on_failure: "Error 1138 or 1265: a row is NULL; nothing was done. Fill it, run it again. Error 1062 without a \
                     duplicate: an upsert met the rebuild; pause upserts, run it again."
            .to_string(),
        ..StepDraft::sql(
            Contract,
            format!("Make {table}.{name} NOT NULL"),
            vec![strict(), modify(cx, table, wanted.clone())],
        )
    }
}

/// A computed default: MySQL copies the table for it in one statement, and not in three.
fn computed(cx: &Cx<'_>, table: &Name, wanted: &ColumnDef) -> Vec<StepDraft> {
    let name = wanted.name.clone();
    let interim = ColumnDef { nullability: Nullability::Null, default: None, ..wanted.clone() };
    let default = wanted.default.clone().unwrap_or(Expr {
        text: "NULL".to_string(),
        volatility: Volatility::Constant,
        columns: Vec::new(),
    });
    let set = online(cx, Change::SetDefault { table: table.clone(), column: name.clone(), default: default.clone() });
    let column = cx.ident(&name);
    let job = Batches {
        table: table.clone(),
        verb: RowVerb::Update {
            set: keeping_stamps(cx, table, format!("{column} = {}", default.text)),
            columns: vec![name.clone()],
        },
        condition: format!("{column} IS NULL"),
        key: key::of(cx, table),
    };
    let mut steps = vec![
        plain(cx, table, interim.clone()),
        StepDraft {
            why: "For new rows only; rows that exist are filled by the next step.".to_string(),
            transactional: false,
            undo: undo_outside(vec![set_default(cx, table, &name, "NULL")]),
            on_failure: LOCK_FAILURE.to_string(),
            ..StepDraft::sql(Expand, format!("Give {table}.{name} its default"), vec![set])
        },
        job.step(cx, Migrate, format!("Fill {table}.{name} for the rows that exist")),
    ];
    if wanted.nullability == Nullability::NotNull {
        let interim = ColumnDef { default: Some(default), ..interim };
        steps.push(no_nulls(cx, Contract, table, &name));
        steps.push(not_null(cx, table, wanted, interim));
    }
    steps
}

/// UNIQUE and REFERENCES of the column, as steps of their own.
fn keys(cx: &Cx<'_>, table: &Name, column: &ColumnDef) -> Vec<StepDraft> {
    let own = std::slice::from_ref(&column.name);
    let mut steps = Vec::new();
    for constraint in &column.constraints {
        match &constraint.kind {
            ConstraintKind::Unique { .. } => {
                let name = constraint.name.clone().unwrap_or_else(|| column.name.clone());
                let name = Name { schema: None, object: name };
                steps.push(build(cx, Migrate, &IndexDef { unique: true, ..IndexDef::on(name, table.clone(), own) }));
            }
            ConstraintKind::ForeignKey(key) => {
                let name = names::fit(&format!("{}_{}_fk", table.object, column.name), cx.engine().ident_limit());
                let wanted = Constraint {
                    name: constraint.name.clone().or_else(|| Some(Ident::new(name))),
                    kind: ConstraintKind::ForeignKey(ForeignKey { columns: own.to_vec(), ..key.clone() }),
                    text: String::new(),
                    ..constraint.clone()
                };
                steps.push_all(super::add_foreign_key::steps(cx, Migrate, table, &wanted));
            }
            ConstraintKind::PrimaryKey { .. }
            | ConstraintKind::Check { .. }
            | ConstraintKind::Exclude
            | ConstraintKind::NotNull { .. } => {}
        }
    }
    steps
}
