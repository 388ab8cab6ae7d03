//! Columns in SQLite: which can be added and dropped, and what that writes.

use super::answer::{Answer, rebuild_needed};
use crate::change::{
    ColumnDef, Constraint, ConstraintKind, Expr, Ident, Name, Nullability, ObjectKind, TableDef, Volatility,
};
use crate::facts::{Blocking, Effects, Undo, WorkKind};
use crate::schema::{self, Object};
use crate::target::Version;
use crate::world::World;

/// ADD COLUMN: one page, unless a CHECK or NOT NULL has to be tested against the rows.
pub(super) fn add(table: &Name, column: &ColumnDef, if_not_exists: bool, world: &World<'_>) -> Effects {
    let v = world.target.version;
    let check = column.constraints.iter().any(|c| matches!(c.kind, ConstraintKind::Check { .. }));
    let tests_rows =
        v.at_least(3, 37, 0) && (check || column.generated.is_some() && column.nullability == Nullability::NotNull);
    let mut answer = Answer::ddl().undo(Undo::Lossless);
    if tests_rows {
        answer = answer
            .work(WorkKind::Scan { passes: 1 }, table, Blocking::Writes)
            .may_fail(format!("rows for which the CHECK or NOT NULL of {} does not hold", column.name));
    } else if check {
        answer = answer.grant("before 3.37 existing rows are not tested against the CHECK of a new column");
    }
    if world.schema.table(table).is_some_and(|known| known.def.external) {
        answer = answer.refuse("a virtual table may not be altered");
    }
    if world.schema.column(table, &column.name).is_some() {
        answer = answer.refuse(format!("{table} has a column {} already", column.name));
    }
    if let Some(why) = refused(column, if_not_exists, world.schema.is_empty_table(table), v) {
        answer = answer.refuse(why);
    }
    answer
        .remark(format!(
            "an INSERT into {table} without a column list fails from now on; SELECT * returns one more column"
        ))
        .done()
}

/// Why a column cannot be added. An empty table takes more.
fn refused(column: &ColumnDef, if_not_exists: bool, empty: bool, v: Version) -> Option<String> {
    let empty = empty && v.at_least(3, 33, 0);
    let inline = |wanted: fn(&Constraint) -> bool| column.constraints.iter().any(wanted);
    let name = &column.name;
    if if_not_exists {
        return Some("SQLite has no ADD COLUMN IF NOT EXISTS (syntax error)".to_string());
    }
    if inline(|c| matches!(c.kind, ConstraintKind::PrimaryKey { .. })) {
        return Some("a PRIMARY KEY column cannot be added: the table has to be made anew".to_string());
    }
    if inline(|c| matches!(c.kind, ConstraintKind::Unique { .. })) {
        return Some(format!("a UNIQUE column cannot be added: add {name}, then CREATE UNIQUE INDEX"));
    }
    match &column.generated {
        Some(_) if !v.at_least(3, 31, 0) => {
            return Some("generated columns came with SQLite 3.31 (syntax error)".to_string());
        }
        Some(generated) if generated.stored && !empty => {
            return Some(format!("a STORED column cannot be added: make {name} VIRTUAL, or make the table anew"));
        }
        Some(_) => return None,
        None => {}
    }
    let null_default = column.default.as_ref().is_none_or(|d| d.text.trim().eq_ignore_ascii_case("null"));
    if column.nullability == Nullability::NotNull && null_default && !empty {
        return Some(format!("a NOT NULL column needs a default that is not NULL: give {name} one"));
    }
    if column.default.as_ref().is_some_and(is_not_constant) && !empty {
        return Some(format!(
            "the default of an added column must be a literal: add {name} without it and fill the rows"
        ));
    }
    let references = inline(|c| matches!(c.kind, ConstraintKind::ForeignKey(_)));
    (references && !null_default).then(|| {
        format!("with foreign_keys=ON a REFERENCES column can only be added with a NULL default: {name} has another")
    })
}

/// `('x')`, `(1)`, `(NULL)`: every version takes it for the literal.
fn is_literal_in_brackets(text: &str) -> bool {
    let inner = text.trim_start_matches('(').trim_end_matches(')').trim();
    let quoted = inner.strip_prefix('\'').and_then(|rest| rest.strip_suffix('\''));
    let word = ["null", "true", "false"].iter().any(|word| inner.eq_ignore_ascii_case(word));
    word || quoted.is_some_and(|inside| !inside.contains('\'')) || inner.parse::<f64>().is_ok()
}

/// An expression in parentheses, or CURRENT_TIMESTAMP and its kin.
fn is_not_constant(default: &Expr) -> bool {
    let text = default.text.trim();
    text.starts_with('(') && !is_literal_in_brackets(text)
        || text.to_ascii_uppercase().starts_with("CURRENT_")
        || default.volatility > Volatility::Constant
}

/// DROP COLUMN writes every row, unless the column is VIRTUAL.
pub(super) fn drop(table: &Name, column: &Ident, if_exists: bool, world: &World<'_>) -> Effects {
    let v = world.target.version;
    if !v.at_least(3, 35, 0) {
        return rebuild_needed(table, "drop a column (3.35 can)");
    }
    let is_virtual =
        world.schema.column(table, column).is_some_and(|c| c.generated.as_ref().is_some_and(|g| !g.stored));
    let mut answer = if is_virtual { Answer::ddl() } else { Answer::write(WorkKind::Rewrite, table) }
        .undo(Undo::No)
        .breaks(format!("statements that name {table}.{column} fail from now on, also triggers that only assign it"));
    let why = if if_exists {
        Some("SQLite has no DROP COLUMN IF EXISTS (syntax error)".to_string())
    } else {
        world.schema.table(table).and_then(|t| undroppable(&t.def, column, world, table))
    };
    if let Some(trigger) = triggers_naming(table, column, world).next() {
        answer = answer.may_fail(format!(
            "the trigger {} names {column}: where it only assigns it, the drop succeeds and the writes that fire it fail",
            trigger.name
        ));
    }
    if let Some(why) = why {
        answer = answer.refuse(why);
    } else if world.schema.table(table).is_none() {
        answer = answer.grant(format!("{column} is not part of a key, an index, a CHECK of the table, a generated column, a view or a trigger's condition: it is refused then"));
    }
    answer.done()
}

fn undroppable(def: &TableDef, column: &Ident, world: &World<'_>, table: &Name) -> Option<String> {
    let same = |c: &Ident| c.value.eq_ignore_ascii_case(&column.value);
    if def.columns.len() == 1 {
        return Some(format!("{column} is the only column"));
    }
    let index = world
        .schema
        .indexes_of_column(table, column)
        .first()
        .map(|i| i.name.as_ref().map(Name::to_string).unwrap_or_default());
    if let Some(index) = index {
        return Some(format!("the index {index} uses {column}: drop it first"));
    }
    let generated = def
        .columns
        .iter()
        .find(|c| !same(&c.name) && c.generated.as_ref().is_some_and(|g| mentions(&g.expr.text, column)));
    if let Some(generated) = generated {
        return Some(format!("the generated column {} is computed from {column}", generated.name));
    }
    for view in world.schema.views_on(table) {
        if mentions(&view.query, column) {
            return Some(format!("the view {} names {column}: drop it first", view.name));
        }
    }
    let reads = |text: &str| ["new", "old"].iter().any(|row| qualified(text, row, column));
    if let Some(trigger) = triggers_naming(table, column, world).find(|trigger| reads(&trigger.text)) {
        return Some(format!("the trigger {} reads {column}: drop it first", trigger.name));
    }
    // What is written inside the column goes with it.
    let own = def.columns.iter().find(|c| same(&c.name));
    let inline = |constraint: &Constraint| own.is_some_and(|own| def.is_inline(constraint, own));
    def.constraints.iter().find_map(|constraint| match &constraint.kind {
        ConstraintKind::PrimaryKey { columns } if columns.iter().any(same) => {
            Some(format!("{column} is part of the primary key: the table has to be made anew"))
        }
        ConstraintKind::Unique { columns, .. } if columns.iter().any(same) => {
            Some(format!("{column} is UNIQUE: the table has to be made anew"))
        }
        ConstraintKind::Check { expr } if mentions(&expr.text, column) && !inline(constraint) => {
            Some(format!("a CHECK of the table names {column}: the table has to be made anew"))
        }
        ConstraintKind::ForeignKey(key) if key.columns.iter().any(same) && !inline(constraint) => {
            Some(format!("a foreign key of the table names {column}: the table has to be made anew"))
        }
        _ => None,
    })
}

fn mentions(text: &str, column: &Ident) -> bool {
    schema::mentions(text, &column.value)
}

/// Triggers of the table whose text names the column.
fn triggers_naming<'a>(table: &Name, column: &'a Ident, world: &World<'a>) -> impl Iterator<Item = &'a Object> {
    let own = world.schema.objects_on(ObjectKind::Trigger, table);
    own.into_iter().filter(|trigger| mentions(&trigger.text, column))
}

/// `NEW.column`, however it is spaced and quoted.
fn qualified(text: &str, row: &str, column: &Ident) -> bool {
    let unquoted = |text: &str| -> String {
        text.to_lowercase().chars().filter(|c| !matches!(c, '"' | '`' | '[' | ']')).collect()
    };
    let (bare, column) = (unquoted(text), unquoted(&column.value));
    let is_word = |c: char| c.is_alphanumeric() || c == '_';
    bare.match_indices('.').any(|(dot, _)| {
        let before = bare.get(..dot).unwrap_or_default().trim_end();
        let after = bare.get(dot + 1..).unwrap_or_default().trim_start();
        let of_row = before.strip_suffix(row).is_some_and(|rest| !rest.ends_with(is_word));
        of_row && after.strip_prefix(column.as_str()).is_some_and(|rest| !rest.starts_with(is_word))
    })
}

/// RENAME COLUMN rewrites the schema text alone, that of triggers, views and foreign keys too.
pub(super) fn rename(table: &Name, from: &Ident, to: &Ident) -> Effects {
    Answer::ddl()
        .breaks(format!("statements that name {table}.{from} fail from now on, those that name {to} failed until then; triggers, views and foreign keys follow"))
        .may_fail("a view or trigger that names something which does not exist makes every RENAME fail")
        .done()
}

/// SET NOT NULL reads the table.
pub(super) fn set_not_null(table: &Name, column: &Ident, world: &World<'_>) -> Effects {
    if !world.target.version.at_least(3, 53, 0) {
        return rebuild_needed(table, "set NOT NULL (3.53 can)");
    }
    Answer::write(WorkKind::Scan { passes: 1 }, table)
        .observed("SQLite 3.53.0, 3.54.1")
        .may_fail(format!("rows where {column} is NULL"))
        .remark(format!("writes that give NULL to {table}.{column} fail from now on"))
        .done()
}

/// DROP NOT NULL.
pub(super) fn drop_not_null(table: &Name, world: &World<'_>) -> Effects {
    if !world.target.version.at_least(3, 53, 0) {
        return rebuild_needed(table, "drop NOT NULL (3.53 can)");
    }
    Answer::ddl().observed("SQLite 3.53.0, 3.54.1").remark("running code may meet NULL from now on").done()
}
