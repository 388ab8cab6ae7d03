//! ALTER TABLE on columns: what is lost, what breaks, what rows can make it fail.

use super::alter::{Cx, alter, build};
use super::alter_keys;
use super::answer::Answer;
use super::case::{self, Case};
use super::column;
use super::statements::no_such_form;
use super::table::{self, Traits};
use crate::change::{
    ColumnDef, ColumnOption, ColumnPosition, ConstraintKind, Expr, Ident, Name, Nullability, TableDef,
};
use crate::facts::{Blocking, Effects, IndexCost, Undo};

/// ADD COLUMN.
pub(in crate::engines) fn add_column(cx: Cx<'_>, table: &Name, column: &ColumnDef) -> Effects {
    let cases = case::add_column(column);
    let mut answer = alter(cx, table, &cases).undo(Undo::Lossless);
    let algorithm =
        |last| cx.server.row(Case::AddColumn { last }, &Traits::of(cx.world, table), cx.version()).way.algorithm;
    if cases == [Case::AddColumn { last: false }] && algorithm(true) < algorithm(false) {
        answer = answer.grant(format!(
            "the place of {} matters: it costs a rebuild of {table} here, which leaving out FIRST or AFTER does not (INSTANT, in the last place)",
            column.name
        ));
    }
    for constraint in &column.constraints {
        answer = match &constraint.kind {
            ConstraintKind::ForeignKey(key) => {
                alter_keys::references(cx, answer, table, &key.references, cx.server.inline_references(cx.version()))
            }
            ConstraintKind::Unique { .. } | ConstraintKind::PrimaryKey { .. } if column.auto_number.is_none() => answer
                .work(build(IndexCost::Unknown), table, Blocking::Nobody)
                .when(column.default.is_some() || column.nullability == Nullability::NotNull, |answer| {
                    answer.may_fail(format!(
                        "all existing rows get the same value of {}: with two rows it fails (error 1062)",
                        column.name
                    ))
                }),
            _ => answer,
        };
    }
    let filled = column.default.is_some() || column.generated.is_some() || column.auto_number.is_some();
    if column.nullability == Nullability::NotNull && !filled {
        answer = answer.breaks(format!(
            "an INSERT that does not give {table}.{} fails from now on (error 1364 in strict SQL mode); give it a DEFAULT",
            column.name
        ));
        if is_date(column) {
            answer = answer.may_fail(format!(
                "existing rows would get the zero date in {} (error 1292 when sql_mode has NO_ZERO_DATE)",
                column.name
            ));
        }
    }
    answer.remark(format!("an INSERT into {table} without a column list fails from now on (error 1136); SELECT * returns one more column")).done()
}

fn is_date(column: &ColumnDef) -> bool {
    column.data_type.as_ref().is_some_and(|t| matches!(t.base.as_str(), "date" | "datetime" | "timestamp"))
}

/// DROP COLUMN.
pub(in crate::engines) fn drop_column(cx: Cx<'_>, table: &Name, column: &Ident) -> Effects {
    let def = cx.def(table);
    let mut answer = alter(cx, table, &[case::drop_column(def, column)])
        .undo(Undo::No)
        .breaks(format!("statements, triggers and views that name {table}.{column} fail from now on (error 1054)"));
    if let Some(key) = def.and_then(|def| table::foreign_key_on(def, column)) {
        let name = key.name.as_ref().map(Ident::to_string).unwrap_or_default();
        answer = answer
            .refuse(format!("{column} is needed in the foreign key {name}: drop that first (error 1828 or 1553)"));
    }
    answer.done()
}

/// RENAME COLUMN.
pub(in crate::engines) fn rename_column(cx: Cx<'_>, table: &Name, from: &Ident, to: &Ident) -> Effects {
    let referenced = cx.world.schema.referencing(table).iter().any(|(_, constraint)| match &constraint.kind {
        ConstraintKind::ForeignKey(key) if key.referenced_columns.is_empty() => {
            cx.def(table).is_some_and(|def| table::in_primary_key(def, from))
        }
        ConstraintKind::ForeignKey(key) => key.referenced_columns.iter().any(|column| table::same(column, from)),
        _ => false,
    });
    let case = if referenced { Case::RenameReferencedColumn } else { Case::RenameColumn };
    renamed(alter(cx, table, &[case]).undo(Undo::Lossless), table, from, to).done()
}

fn renamed(answer: Answer, table: &Name, from: &Ident, to: &Ident) -> Answer {
    answer.breaks(format!(
        "statements, views and triggers that name {table}.{from} fail from now on (error 1054), those that name {to} failed until then; a trigger keeps the old name and makes every write fail"
    ))
}

/// MODIFY, CHANGE.
pub(in crate::engines) fn redefine(
    cx: Cx<'_>,
    table: &Name,
    column: &Ident,
    to: &ColumnDef,
    position: Option<&ColumnPosition>,
) -> Effects {
    let traits = Traits::of(cx.world, table);
    let def = cx.def(table);
    let cases = case::redefine(def, column, to, position, &traits);
    let mut answer = alter(cx, table, &cases).undo(Undo::Lossless);
    for case in &cases {
        answer = match case {
            Case::Unknown => answer
                .assume(format!("the present definition of {table}.{column} is not known: taken for a change of its type, which copies the table"))
                .may_fail(format!("a value of {column} that does not fit the new definition (error 1265, 1366 or 1406 in strict SQL mode)"))
                .undo(Undo::Unknown),
            Case::ChangeType if def.is_some_and(|def| column::always_fits(def, column, to)) => answer,
            Case::ChangeType | Case::Shorten => answer.may_fail(format!(
                "a value of {column} that does not fit the new type (error 1264, 1265, 1366 or 1406 in strict SQL mode; without it the value is changed)"
            )),
            Case::MakeNotNull => answer
                .may_fail(format!("rows where {column} is NULL (error 1138)"))
                .remark(format!("writes that give NULL to {table}.{column} fail from now on (error 1048)")),
            Case::MakeNullable => answer.remark(format!("{table}.{column} may be NULL from now on: MODIFY says the whole column anew, so a NOT NULL that is not repeated is gone")),
            Case::AppendLabel => answer.undo(Undo::Lossy).remark(format!("running code meets the new members of {table}.{column} as soon as they are written")),
            Case::AddWithCheck => answer.may_fail(format!("rows that the CHECK of {column} does not allow (error 3819)")).breaks(
                format!("writes to {table}.{column} that the CHECK does not allow fail from now on (error 3819 or 4025)"),
            ),
            Case::AddIndex => answer.may_fail(format!("two rows with the same {column} (error 1062)")),
            Case::AddPrimaryKey if cx.world.schema.primary_key(table).is_some() => {
                answer.refuse("there is a primary key already (error 1068)")
            }
            Case::DropAutoIncrementAttribute => answer.breaks(format!(
                "MODIFY says the whole column anew, and the AUTO_INCREMENT of {table}.{column} is not repeated: an INSERT that \
                 does not give it fails from now on (error 1364 in strict SQL mode)"
            )),
            Case::ChangeCollation { .. } => answer.breaks(format!(
                "comparison and order of {table}.{column} change at once: the same query finds other rows"
            )),
            _ => answer,
        };
    }
    if loses_default(def, column, to) {
        answer = answer.breaks(format!(
            "MODIFY says the whole column anew, and the default of {table}.{column} is not repeated: an INSERT that does \
             not give it stores NULL or fails (error 1364 in strict SQL mode) from now on"
        ));
    }
    let old = def.and_then(|def| table::column(def, column));
    if to.on_update.is_none() && old.is_some_and(|old| old.on_update.is_some()) {
        answer = answer.breaks(format!(
            "MODIFY says the whole column anew, and the ON UPDATE of {table}.{column} is not repeated: an UPDATE no longer sets it"
        ));
    }
    let hidden = |column: &ColumnDef| column::says(column, "INVISIBLE");
    if hidden(to) && !old.is_some_and(hidden) {
        answer = answer.breaks(visibility(table));
    } else if !hidden(to) && old.is_some_and(hidden) {
        answer = answer.remark(visibility(table));
    }
    if to.name != *column {
        answer = renamed(answer, table, column, &to.name);
    }
    answer.done()
}

fn visibility(table: &Name) -> String {
    format!("SELECT * from {table} and INSERT without a column list change at once")
}

/// Whether the column had a default that the new definition leaves out.
fn loses_default(def: Option<&TableDef>, column: &Ident, to: &ColumnDef) -> bool {
    let old = def.and_then(|def| def.columns.iter().find(|old| table::same(&old.name, column)));
    let default = old.and_then(|old| old.default.as_ref());
    to.default.is_none() && default.is_some_and(|default| !default.text.eq_ignore_ascii_case("null"))
}

/// SET DEFAULT.
pub(in crate::engines) fn set_default(cx: Cx<'_>, table: &Name, default: Option<&Expr>) -> Effects {
    let expression = default.is_some_and(case::is_expression);
    alter(cx, table, &[if expression { Case::SetExpressionDefault } else { Case::ColumnMetadata }]).done()
}

/// DROP DEFAULT: in MySQL even a column that may be NULL has no default from then on.
pub(in crate::engines) fn drop_default(cx: Cx<'_>, table: &Name, column: &Ident) -> Effects {
    let nullable = cx.world.schema.is_not_null(table, column) == Some(false);
    let answer = alter(cx, table, &[Case::ColumnMetadata]);
    if nullable && cx.server.null_for_no_default() {
        return answer.remark(format!("an INSERT that does not give {table}.{column} stores NULL from now on")).done();
    }
    answer
        .breaks(format!(
            "an INSERT that does not give {table}.{column} fails from now on (error 1364 in strict SQL mode)"
        ))
        .done()
}

/// Visibility; anything else is PostgreSQL's.
pub(in crate::engines) fn column_option(cx: Cx<'_>, table: &Name, option: &ColumnOption) -> Effects {
    match case::column_option(option) {
        Some(case) => alter(cx, table, &[case]).breaks(visibility(table)).done(),
        None => no_such_form(cx, "this column option", "MODIFY with the whole column"),
    }
}
