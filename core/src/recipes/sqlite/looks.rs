//! Queries before a rebuild: the rows that would make it fail, or that it would change.

use crate::change::{Change, ColumnDef, ConstraintKind, DataType, Ident, Name};
use crate::draft::StepDraft;
use crate::engines::sqlite::affinity::Affinity;
use crate::order::Gather;
use crate::recipes::Cx;
use crate::recipes::shared::draft::verify;
use crate::report::PhaseName::{self, Expand};

/// Rows that the new definition would refuse.
pub fn before(cx: &Cx<'_>, table: &Name) -> Vec<StepDraft> {
    match cx.change {
        Change::SetNotNull { column, .. } => {
            let filled = cx.world.schema.column(table, column).is_some_and(|c: &ColumnDef| c.default.is_some());
            if filled { Vec::new() } else { vec![no_nulls(cx, Expand, table, column)] }
        }
        Change::AddConstraint { constraint, .. } => violations(cx, table, &constraint.kind).into_iter().gather(),
        Change::ChangeColumnType { column, to, using: None, .. } => {
            respelled(cx, table, column, to).into_iter().gather()
        }
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
            let equal: Vec<_> = pairs.map(|(c, p)| format!("p.{} = c.{}", cx.ident(p), cx.ident(c))).gather();
            let given: Vec<_> = key.columns.iter().map(|c| format!("c.{} IS NOT NULL", cx.ident(c))).gather();
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

/// Text that is stored as a number afterwards, spelled otherwise, or that is no number and stays text.
fn respelled(cx: &Cx<'_>, table: &Name, column: &Ident, to: &DataType) -> Option<StepDraft> {
    let declared = cx.world.schema.column(table, column)?.data_type.as_ref().map_or("", |t| t.text.as_str());
    if !Affinity::of(declared).reads_numbers(Affinity::of(&to.text)) {
        return None;
    }
    let (table_sql, name) = (cx.name(table), cx.ident(column));
    Some(StepDraft {
        why: "What looks like a number becomes one and loses how it was spelled ('007', '1.50'); what does not stays text, or \
              fails in a STRICT table. Where none is found, the step can be undone without loss."
            .to_string(),
        ..verify(
            Expand,
            format!("Look for values of {table}.{column} that {} changes", to.text),
            format!(
                "SELECT count(*) FROM {table_sql} WHERE {name} IS NOT NULL AND CAST(CAST({name} AS NUMERIC) AS TEXT) IS NOT \
                 CAST({name} AS TEXT)"
            ),
            "0, or only values that shall change",
            "Repair them, or decide what they shall become.",
        )
    })
}
