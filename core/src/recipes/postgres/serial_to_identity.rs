//! ADD GENERATED … AS IDENTITY to a serial column: its sequence becomes the identity's, in one short transaction.

use super::ENGINE;
use super::number::sequence_of;
use super::sql::{dollar, lock};
use crate::change::{AutoNumber, Change, ColumnDef, ColumnOption, Ident, Name};
use crate::draft::{Draft, Run, StepDraft};
use crate::recipes::shared::draft::{draft, undo};
use crate::recipes::{Cx, Recipe};
use crate::report::PhaseName::Expand;

/// The recipe.
pub static RECIPE: Recipe = Recipe {
    id: "postgres-serial-to-identity",
    title: "Serial made an identity that goes on at the next number",
    for_engine: ENGINE,
    draft: propose,
};

fn propose(cx: &Cx<'_>) -> Option<Draft> {
    let Change::SetColumnOption { table, column, option: ColumnOption::AddIdentity { always } } = cx.change else {
        return None;
    };
    let known = cx.world.schema.column(table, column).filter(|c| is_serial(c))?;
    let table = cx.world.schema.known_name(table);
    let data_type = known.data_type.as_ref().map_or("bigint", |t| match t.base.as_str() {
        "smallint" => "smallint",
        "integer" => "integer",
        _ => "bigint",
    });
    let option =
        |option: ColumnOption| Change::SetColumnOption { table: table.clone(), column: column.clone(), option };
    let block = |body: String, change: Change| Run { sql: format!("DO {}", dollar(&body)), change };
    let when = if *always { "ALWAYS" } else { "BY DEFAULT" };
    let dropped = Change::DropDefault { table: table.clone(), column: column.clone() };
    let step = StepDraft {
        why: "The server refuses an identity while the column has a default. The default and its sequence go, and the identity \
              goes on at the next number, under the sequence's name."
            .to_string(),
        undo: undo(vec![
            lock(cx, table, "ACCESS EXCLUSIVE"),
            block(backward(cx, table, column, data_type), option(ColumnOption::DropIdentity)),
        ]),
        ..StepDraft::locked(
            Expand,
            format!("Make serial {table}.{column} an identity"),
            vec![
                lock(cx, table, "ACCESS EXCLUSIVE"),
                // Done by the block; no statement of its own.
                Run { sql: String::new(), change: dropped },
                block(forward(cx, table, column, when), option(ColumnOption::AddIdentity { always: *always })),
            ],
        )
    };
    let mut notes = vec![
        "Rights on the sequence are not needed for an identity and are not carried over; options of the sequence are set to \
         the defaults."
            .to_string(),
    ];
    if *always {
        notes.push(format!(
            "GENERATED ALWAYS refuses statements that write {column} themselves (428C9) unless they say OVERRIDING SYSTEM \
             VALUE: say BY DEFAULT if code, fixtures or a restore does that."
        ));
    }
    Some(Draft { notes, ..draft(&RECIPE, format!("Make serial {table}.{column} an identity"), vec![step]) })
}

fn is_serial(column: &ColumnDef) -> bool {
    let nextval = |text: &str| text.trim().to_ascii_lowercase().starts_with("nextval");
    matches!(column.auto_number, Some(AutoNumber::Serial)) || column.default.as_ref().is_some_and(|d| nextval(&d.text))
}

fn forward(cx: &Cx<'_>, table: &Name, column: &Ident, when: &str) -> String {
    format!(
        "
DECLARE
  zz_sequence text := {sequence};
  zz_next bigint := nextval(zz_sequence);
BEGIN
  ALTER TABLE {t} ALTER COLUMN {c} DROP DEFAULT;
  EXECUTE format('DROP SEQUENCE %s', zz_sequence);
  EXECUTE format('ALTER TABLE %s ALTER COLUMN %I ADD GENERATED {when} AS IDENTITY (SEQUENCE NAME %s)', {table}, {column}, zz_sequence);
  PERFORM setval(zz_sequence, zz_next, false);
END
",
        sequence = sequence_of(cx, table, column),
        t = cx.name(table),
        c = cx.ident(column),
        table = cx.engine().literal(&cx.name(table)),
        column = cx.engine().literal(&column.value),
    )
}

fn backward(cx: &Cx<'_>, table: &Name, column: &Ident, data_type: &str) -> String {
    format!(
        "
DECLARE
  zz_sequence text := {sequence};
  zz_next bigint := nextval(zz_sequence);
BEGIN
  ALTER TABLE {t} ALTER COLUMN {c} DROP IDENTITY;
  EXECUTE format('CREATE SEQUENCE %s AS {data_type} OWNED BY %s.%I', zz_sequence, {table}, {column});
  PERFORM setval(zz_sequence, zz_next, false);
  EXECUTE format('ALTER TABLE %s ALTER COLUMN %I SET DEFAULT nextval(%L)', {table}, {column}, zz_sequence);
END
",
        sequence = sequence_of(cx, table, column),
        t = cx.name(table),
        c = cx.ident(column),
        table = cx.engine().literal(&cx.name(table)),
        column = cx.engine().literal(&column.value),
    )
}
