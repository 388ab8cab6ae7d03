//! What ALTER TABLE cannot do: the table made anew under its own name, in one transaction.
//!
//! `foreign_keys` is switched off before the transaction, because inside it the switch does nothing, and with it on the
//! DROP deletes or changes child rows without an error. A guard inside the transaction fails when it is on all the same
//! (a runner had opened a transaction before), when a row is missing, or when a foreign key broke.

use super::ENGINE;
use super::shape::Shape;
use super::sql::{begin, commit, part, pragma};
use crate::change::{Change, ColumnDef, ConstraintKind, Expr, Ident, Name, ObjectKind, TableDef};
use crate::draft::{Draft, Run, StepDraft, UndoDraft};
use crate::recipes::shared::draft::{draft, undo_outside, verify};
use crate::recipes::shared::{names, titles, words};
use crate::recipes::{Cx, Recipe};
use crate::report::PhaseName::{self, Contract, Expand, Migrate, Switch};
use crate::report::StepKind;

/// The recipe.
pub static RECIPE: Recipe = Recipe {
    id: "sqlite-rebuild-table",
    title: "Table made anew under its own name, in one transaction",
    for_engine: ENGINE,
    draft: propose,
};

fn propose(cx: &Cx<'_>) -> Option<Draft> {
    let table = table_of(cx.change)?;
    // A column that this server drops or adds by itself needs no rebuild.
    if cx.effects.refused.is_none() && matches!(cx.change, Change::DropColumn { .. } | Change::AddColumn { .. }) {
        return None;
    }
    let shapes = Shape::of(cx, table).and_then(|from| Some((from.changed(cx, cx.change)?, from)));
    let Some((to, from)) = shapes else { return Some(unknown(cx, table)) };
    let phase = if matches!(cx.change, Change::DropColumn { .. }) { Contract } else { Migrate };
    let mut steps = looks(cx, table);
    if let Change::DropColumn { column, .. } = cx.change {
        steps.push(StepDraft::deploy(
            Switch,
            format!("Deploy code that neither reads nor writes {table}.{column}"),
            format!("Every statement that names {column} fails once it is gone."),
        ));
    }
    steps.push(step(cx, phase, table, &from, &to));
    Some(Draft { checklist: checklist(table), notes: notes(cx, table), ..draft(&RECIPE, titles::of(cx.change), steps) })
}

fn table_of(change: &Change) -> Option<&Name> {
    match change {
        Change::ChangeColumnType { table, .. }
        | Change::SetNotNull { table, .. }
        | Change::DropNotNull { table, .. }
        | Change::SetDefault { table, .. }
        | Change::DropDefault { table, .. }
        | Change::AddConstraint { table, .. }
        | Change::DropConstraint { table, .. }
        | Change::DropColumn { table, .. }
        | Change::AddColumn { table, .. } => Some(table),
        _ => None,
    }
}

/// The step that makes the table anew.
pub fn step(cx: &Cx<'_>, phase: PhaseName, table: &Name, from: &Shape, to: &Shape) -> StepDraft {
    let lost = from.columns.iter().find(|old| !to.columns.iter().any(|new| new.name == old.name));
    let undo = match lost {
        Some(column) => UndoDraft::Impossible(format!(
            "The values of {table}.{} are gone; only a copy of the file brings them back.",
            column.name
        )),
        None => undo_outside(statements(cx, table, to, from)),
    };
    StepDraft {
        kind: StepKind::Sql,
        why: format!(
            "SQLite has no ALTER for it. {table} is made anew, filled and renamed in one transaction: writers wait for \
             all of it, readers in WAL mode never. foreign_keys is off meanwhile, because with it on the DROP would \
             delete or change child rows without an error; a guard stops the transaction if it is on. \
             legacy_alter_table lets views and triggers of other tables keep naming {table}."
        ),
        transactional: false,
        undo,
        on_failure: "Before COMMIT nothing has happened: ROLLBACK, or close the connection. Then set PRAGMA \
                     legacy_alter_table = OFF and PRAGMA foreign_keys = ON again. \"CHECK constraint failed\" names what \
                     the guard found: foreign keys are on (run it outside any transaction), a row is missing, a foreign \
                     key broke."
            .to_string(),
        gate: "run it on one connection, outside a transaction that a migration tool opened".to_string(),
        ..StepDraft::sql(phase, format!("Make {table} anew"), statements(cx, table, from, to))
    }
}

fn statements(cx: &Cx<'_>, table: &Name, from: &Shape, to: &Shape) -> Vec<Run> {
    let working = names::helper_beside(cx, table, &["new"]);
    let (old, new) = (cx.name(table), cx.name(&working));
    let guard = cx.name(&Name::new(format!("{}_guard", names::PREFIX)));
    let before = cx.name(&Name::new(format!("{}_before", names::PREFIX)));
    let mut run = vec![pragma("busy_timeout", "10000"), pragma("foreign_keys", "OFF"), begin()];
    run.push(part(format!(
        "CREATE TEMP TABLE {guard} (foreign_keys_are_off CHECK (foreign_keys_are_off), rows_are_all_there CHECK \
         (rows_are_all_there), foreign_keys_hold CHECK (foreign_keys_hold))"
    )));
    run.push(part(format!(
        "INSERT INTO {guard} (foreign_keys_are_off) SELECT foreign_keys = 0 FROM pragma_foreign_keys"
    )));
    run.push(part(format!(
        "CREATE TEMP TABLE {before} AS SELECT count(*) AS broken, (SELECT count(*) FROM {old}) AS total FROM \
         pragma_foreign_key_check"
    )));
    run.push(pragma("legacy_alter_table", "ON"));
    let change =
        Change::RebuildTable { table: table.clone(), to: definition(cx, table, to), working_name: working.clone() };
    run.push(Run { sql: to.create(cx, &working), change });
    run.push(part(copy(cx, from, to, &old, &new)));
    if to.auto_increment {
        let literal = |name: &Name| cx.engine().literal(&name.object.value);
        run.push(part(format!("DELETE FROM sqlite_sequence WHERE name = {}", literal(&working))));
        run.push(part(format!(
            "INSERT INTO sqlite_sequence (name, seq) SELECT {}, seq FROM sqlite_sequence WHERE name = {}",
            literal(&working),
            literal(table)
        )));
    }
    run.push(part(format!("DROP TABLE {old}")));
    run.push(part(format!("ALTER TABLE {new} RENAME TO {}", cx.ident(&table.object))));
    run.extend(indexes(cx, table, to).into_iter().map(part));
    run.push(part(format!(
        "INSERT INTO {guard} (rows_are_all_there) SELECT count(*) = (SELECT total FROM {before}) FROM {old}"
    )));
    run.push(part(format!(
        "INSERT INTO {guard} (foreign_keys_hold) SELECT count(*) <= (SELECT broken FROM {before}) FROM \
         pragma_foreign_key_check"
    )));
    run.push(part(format!("DROP TABLE temp.{guard}")));
    run.push(part(format!("DROP TABLE temp.{before}")));
    run.extend([commit(), pragma("legacy_alter_table", "OFF"), pragma("foreign_keys", "ON")]);
    run
}

/// The rows, column by column; what the server computes is computed again.
fn copy(cx: &Cx<'_>, from: &Shape, to: &Shape, old: &str, new: &str) -> String {
    let kept =
        to.columns.iter().filter(|c| !c.generated && from.columns.iter().any(|o| o.name == c.name && !o.generated));
    let (mut into, mut values) = (Vec::new(), Vec::new());
    for column in kept {
        let name = cx.ident(&column.name);
        values.push(value(cx, &column.name, &name));
        into.push(name);
    }
    format!("INSERT INTO {new} ({}) SELECT {} FROM {old}", into.join(", "), values.join(", "))
}

/// A column that becomes NOT NULL takes its default where it was NULL; `USING` is used as written.
fn value(cx: &Cx<'_>, column: &Ident, name: &str) -> String {
    match cx.change {
        Change::SetNotNull { table, column: made } if made == column => {
            let default = cx.world.schema.column(table, column).and_then(|c| c.default.as_ref());
            default.map_or_else(|| name.to_string(), |d| format!("coalesce({name}, {})", d.text))
        }
        Change::ChangeColumnType { column: made, using: Some(Expr { text, .. }), .. } if made == column => text.clone(),
        _ => name.to_string(),
    }
}

/// CREATE INDEX as written, for those whose columns are still there.
fn indexes(cx: &Cx<'_>, table: &Name, to: &Shape) -> Vec<String> {
    let Some(known) = cx.world.schema.table(table) else { return Vec::new() };
    let gone = |text: &str| {
        let dropped = known.def.columns.iter().filter(|c| !to.columns.iter().any(|new| new.name == c.name));
        dropped.map(|c| &c.name).any(|name| words::mentions(text, name))
    };
    let written = known.def.indexes.iter().map(|index| match index.text.is_empty() {
        true => cx.run(Change::CreateIndex(Box::new(index.clone()))).sql,
        false => index.text.trim().trim_end_matches(';').to_string(),
    });
    written.filter(|text| !text.is_empty() && !gone(text)).collect()
}

/// The shape as a definition, for what is known of the table afterwards.
fn definition(cx: &Cx<'_>, table: &Name, to: &Shape) -> Option<Box<TableDef>> {
    let script = crate::parse::parse(&to.create(cx, table), cx.world.target);
    script.statements.into_iter().flat_map(|s| s.changes).find_map(|action| match action.change {
        Change::CreateTable(def) => Some(def),
        _ => None,
    })
}

/// Rows that the new definition would refuse.
fn looks(cx: &Cx<'_>, table: &Name) -> Vec<StepDraft> {
    match cx.change {
        Change::SetNotNull { column, .. } => {
            let filled = cx.world.schema.column(table, column).is_some_and(|c: &ColumnDef| c.default.is_some());
            if filled { Vec::new() } else { vec![no_nulls(cx, Expand, table, column)] }
        }
        Change::AddConstraint { constraint, .. } => violations(cx, table, &constraint.kind).into_iter().collect(),
        _ => Vec::new(),
    }
}

/// Rows that a new CHECK or foreign key would not hold for.
fn violations(cx: &Cx<'_>, table: &Name, kind: &ConstraintKind) -> Option<StepDraft> {
    let (what, sql) = match kind {
        ConstraintKind::Check { expr } => (
            "that the CHECK refuses".to_string(),
            format!("SELECT count(*) FROM {} WHERE NOT ({})", cx.name(table), expr.text),
        ),
        ConstraintKind::ForeignKey(key) => {
            let primary = cx.world.schema.primary_key(&key.references).map(<[Ident]>::to_vec);
            let parent = if key.referenced_columns.is_empty() { primary? } else { key.referenced_columns.clone() };
            let pairs = key.columns.iter().zip(&parent);
            let equal: Vec<_> = pairs.map(|(c, p)| format!("p.{} = c.{}", cx.ident(p), cx.ident(c))).collect();
            let given: Vec<_> = key.columns.iter().map(|c| format!("c.{} IS NOT NULL", cx.ident(c))).collect();
            (
                format!("without a row in {}", key.references),
                format!(
                    "SELECT count(*) FROM {} AS c WHERE {} AND NOT EXISTS (SELECT 1 FROM {} AS p WHERE {})",
                    cx.name(table),
                    given.join(" AND "),
                    cx.name(&key.references),
                    equal.join(" AND ")
                ),
            )
        }
        ConstraintKind::PrimaryKey { .. }
        | ConstraintKind::Unique { .. }
        | ConstraintKind::Exclude
        | ConstraintKind::NotNull { .. } => return None,
    };
    Some(StepDraft {
        why: "One such row makes the next step fail; nothing has happened then.".to_string(),
        ..verify(
            Expand,
            format!("Look for rows of {table} {what}"),
            sql,
            "0",
            "Repair or delete them, stop the code that writes them, look again.",
        )
    })
}

/// No row may be NULL.
pub fn no_nulls(cx: &Cx<'_>, phase: PhaseName, table: &Name, column: &Ident) -> StepDraft {
    StepDraft {
        why: "One such row makes the next step fail; nothing has happened then.".to_string(),
        ..verify(
            phase,
            format!("Look for rows of {table} whose {column} is NULL"),
            format!("SELECT count(*) FROM {} WHERE {} IS NULL", cx.name(table), cx.ident(column)),
            "0",
            "Fill them, deploy code that never writes NULL, look again.",
        )
    }
}

/// What every change of a file that matters has before it.
pub fn checklist(table: &Name) -> Vec<String> {
    vec![
        "A copy of the file taken: sqlite3 FILE \"VACUUM INTO 'before.db'\" (consistent while writers run)".to_string(),
        format!("Free disk for {table} once more, and for the write-ahead log as large as it"),
        "Every connection sets busy_timeout (5 to 20 s), writers use BEGIN IMMEDIATE".to_string(),
    ]
}

fn notes(cx: &Cx<'_>, table: &Name) -> Vec<String> {
    let mut notes: Vec<String> = cx
        .world
        .schema
        .objects_on(ObjectKind::Trigger, table)
        .iter()
        .map(|trigger| {
            format!(
                "Trigger {} of {table} goes with the old table. Save it before (SELECT sql FROM sqlite_schema WHERE type = \
                 'trigger' AND tbl_name = {}) and put its CREATE TRIGGER into the step, behind the indexes and before \
                 COMMIT.",
                trigger.name,
                cx.engine().literal(&table.object.value)
            )
        })
        .collect();
    notes.push(
        "Migration tools that wrap a file in a transaction make PRAGMA foreign_keys = OFF do nothing: the file has to run \
         outside one. The guard stops it otherwise."
            .to_string(),
    );
    notes
}

/// Without the whole definition the rebuild cannot be written.
fn unknown(cx: &Cx<'_>, table: &Name) -> Draft {
    let literal = cx.engine().literal(&table.object.value);
    let step = StepDraft {
        why: format!(
            "SQLite has no ALTER for it: {table} has to be made anew, and for that its whole definition must be known, \
             with its indexes and triggers. It was not given, or it cannot be edited with certainty."
        ),
        ..verify(
            Expand,
            format!("Give the definition of {table} and plan again"),
            format!("SELECT sql FROM sqlite_schema WHERE tbl_name = {literal}"),
            "the statements to give as the current schema (sqlite3 FILE .schema)",
            "Write the rebuild by hand: PRAGMA foreign_keys = OFF before BEGIN IMMEDIATE, new table, copy, drop, rename, \
             indexes and triggers, PRAGMA foreign_key_check, COMMIT.",
        )
    };
    draft(&RECIPE, titles::of(cx.change), vec![step])
}
