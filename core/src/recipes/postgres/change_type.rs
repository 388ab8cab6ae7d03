//! ALTER COLUMN … TYPE that rewrites the table: the same name by a swap where code works with both types, else a new
//! column beside the old one.

use super::around::Around;
use super::replace_column::Replacement;
use super::swap_type::Swap;
use super::sync::{Convert, Pattern, Sync, default_of, plain_type, sentinel};
use super::{ENGINE, partitioned};
use crate::change::{Change, ColumnDef, DataType, Expr, Ident, Name, Volatility};
use crate::draft::Draft;
use crate::order::{Gather, PushAll};
use crate::recipes::shared::names;
use crate::recipes::{Cx, Recipe};
use crate::request::DualWrite;

/// The recipe.
pub static RECIPE: Recipe = Recipe {
    id: "postgres-change-type",
    title: "Column type changed through a second column, without a rewrite under a lock",
    for_engine: ENGINE,
    draft: propose,
};

fn propose(cx: &Cx<'_>) -> Option<Draft> {
    let Change::ChangeColumnType { table, column, to, using, collation } = cx.change else { return None };
    let collation = collation.as_ref();
    let table = cx.world.schema.known_name(table);
    if cx.world.schema.table(table).is_none() {
        return untold(cx, table, column, (to, collation), using.as_ref());
    }
    let known = cx.world.schema.column(table, column).filter(|c| c.generated.is_none())?;
    let before = known.data_type.as_ref()?;
    if partitioned::is_key(cx, table, column) {
        return None;
    }
    let conversion = Conversion::between(cx, column, before, to, using.as_ref());
    let by_trigger = cx.world.options.dual_write == DualWrite::Trigger;
    let title = format!("Change the type of {table}.{column} to {}", to.text);
    let around = Around::of(cx, table, column).filter(|_| by_trigger && works_with_both(cx, before, to));
    let mut draft = match around {
        Some(around) => {
            let (conversion, apart) = (&conversion, Vec::new());
            let (parent, default) = (None, None);
            Swap { cx: *cx, table, column, known, before, to, collation, conversion, around, apart, parent, default }
                .draft(&RECIPE, title)
        }
        None => beside(cx, table, known, before, (to, collation), &conversion, title),
    };
    draft.notes.push_all(conversion.note);
    Some(draft)
}

/// How values go from one type to the other and back.
pub struct Conversion {
    /// Old to new.
    pub to_new: Convert,
    /// New to old; NULL where the old type cannot hold the value.
    pub to_old: Convert,
    /// Not every new value fits the old type.
    pub narrow: bool,
    /// What the reader must know.
    pub note: Option<String>,
}

impl Conversion {
    /// The conversion that a change of type stands for.
    pub fn between(
        cx: &Cx<'_>,
        column: &Ident,
        before: &DataType,
        after: &DataType,
        using: Option<&Expr>,
    ) -> Conversion {
        let zoned = |t: &DataType| t.base == "timestamptz";
        let clock = |t: &DataType| zoned(t) || t.base == "timestamp";
        if using.is_none() && clock(before) && clock(after) && zoned(before) != zoned(after) {
            return Conversion {
                to_new: Convert::around("(", " AT TIME ZONE 'UTC')"),
                to_old: Convert::around("(", " AT TIME ZONE 'UTC')"),
                narrow: false,
                note: Some(format!(
                    "Without USING the server would take the time zone of the session that runs the change; the plan \
                     takes the values of {column} as UTC. Say USING {column} AT TIME ZONE '…' if they are not."
                )),
            };
        }
        let (to_old, narrow) = backwards(cx, before);
        Conversion { to_new: Conversion::there(column, after, using), to_old, narrow, note: None }
    }

    /// Old to new.
    fn there(column: &Ident, after: &DataType, using: Option<&Expr>) -> Convert {
        match using {
            Some(using) => Convert::over(&format!("({})", using.text), column),
            None => Convert::around("CAST(", &format!(" AS {})", after.text)),
        }
    }
}

/// Back to the old type.
fn backwards(cx: &Cx<'_>, before: &DataType) -> (Convert, bool) {
    let cast = format!(" AS {})", plain_type(before).text);
    let range = match before.base.as_str() {
        "smallint" => Some(("-32768", "32767")),
        "integer" => Some(("-2147483648", "2147483647")),
        "bigint" => Some(("-9223372036854775808", "9223372036854775807")),
        _ => None,
    };
    if let Some((low, high)) = range {
        let guarded = Convert::guarded(&format!("BETWEEN {low} AND {high}"), &cast);
        return (guarded, true);
    }
    if let Some(labels) = enum_labels(cx, before) {
        let list: Vec<String> = labels.iter().map(|label| cx.engine().literal(label)).gather();
        return (Convert::guarded(&format!("IN ({})", list.join(", ")), &cast), true);
    }
    (Convert::around("CAST(", &cast), true)
}

fn enum_labels<'a>(cx: &Cx<'a>, data_type: &DataType) -> Option<&'a [String]> {
    cx.world.schema.enum_labels(&data_type.name())
}

/// Every statement of old and of new code is valid against both types, and values mean the same.
pub fn works_with_both(cx: &Cx<'_>, before: &DataType, after: &DataType) -> bool {
    if before.array != after.array {
        return false;
    }
    const PAIRS: &[(&str, &str)] = &[
        ("smallint", "integer"),
        ("smallint", "bigint"),
        ("integer", "bigint"),
        ("smallint", "numeric"),
        ("integer", "numeric"),
        ("bigint", "numeric"),
        ("real", "double precision"),
        ("char", "text"),
        ("char", "varchar"),
        ("text", "varchar"),
        ("varchar", "text"),
    ];
    let same = before.base == after.base;
    same || PAIRS.contains(&(before.base.as_str(), after.base.as_str()))
        || (enum_labels(cx, before).is_some() && ["text", "varchar"].contains(&after.base.as_str()))
}

/// The new type under a new name.
fn beside(
    cx: &Cx<'_>,
    table: &Name,
    known: &ColumnDef,
    before: &DataType,
    (after, collation): (&DataType, Option<&Name>),
    conversion: &Conversion,
    title: String,
) -> Draft {
    let word: String = after.base.chars().map(|c| if c.is_alphanumeric() { c } else { '_' }).collect();
    let to = free_name(cx, table, &known.name, &word);
    let sync = Sync {
        table: table.clone(),
        old: known.name.clone(),
        new: to.clone(),
        old_type: Some(plain_type(before)),
        new_type: Some(after.clone()),
        to_new: conversion.to_new.clone(),
        to_old: conversion.to_old.clone(),
        pattern: pattern(known, before, after, conversion),
    };
    let replacement =
        Replacement { cx: *cx, table, from: &known.name, to: &to, column: Some(known), collation, sync, retyped: true };
    let mut draft = replacement.draft(&RECIPE, title);
    draft.notes.insert(
        0,
        format!(
            "Code has to change with this type, so the values move to a new column, {to}: two versions of the code \
             cannot use one name for two types. Choose its name now; renaming it later is a plan of its own."
        ),
    );
    draft
}

/// A column of a table that was not given, to a type for which the rows of every other are written anew.
fn untold(
    cx: &Cx<'_>,
    table: &Name,
    column: &Ident,
    (after, collation): (&DataType, Option<&Name>),
    using: Option<&Expr>,
) -> Option<Draft> {
    const WRITTEN_ANEW: &[&str] = &[
        "smallint",
        "integer",
        "bigint",
        "real",
        "double precision",
        "boolean",
        "date",
        "uuid",
        "json",
        "jsonb",
        "bytea",
    ];
    if after.array > 0 || !WRITTEN_ANEW.contains(&after.base.as_str()) {
        return None;
    }
    let to = free_name(cx, table, column, &after.base.replace(' ', "_"));
    let sync = Sync {
        table: table.clone(),
        old: column.clone(),
        new: to.clone(),
        old_type: None,
        new_type: Some(after.clone()),
        to_new: Conversion::there(column, after, using),
        to_old: Convert::same(),
        pattern: Pattern::Plain,
    };
    let replacement =
        Replacement { cx: *cx, table, from: column, to: &to, column: None, collation, sync, retyped: true };
    let mut draft = replacement.draft(&RECIPE, format!("Change the type of {table}.{column} to {}", after.text));
    draft.notes.push(format!(
        "With the schema the plan keeps the name {column} where code works with both types, carries over what hangs on the \
         column, or finds that no row is written."
    ));
    Some(draft)
}

/// Which side can show that a column was omitted.
fn pattern(known: &ColumnDef, before: &DataType, after: &DataType, conversion: &Conversion) -> Pattern {
    let Some(default) = default_of(Some(known)) else { return Pattern::Plain };
    let new_default = conversion.to_new.of(&default);
    if let Some(sentinel) = sentinel(after) {
        return Pattern::SentinelNew { sentinel, default: new_default };
    }
    let steady = known.default.as_ref().is_some_and(|d| d.volatility == Volatility::Constant);
    match sentinel(before).filter(|_| steady) {
        Some(sentinel) => Pattern::SentinelOld { sentinel, old_default: default, new_default },
        None => Pattern::Plain,
    }
}

/// `column_suffix`, or a helper's name when the table has such a column already.
pub fn free_name(cx: &Cx<'_>, table: &Name, column: &Ident, suffix: &str) -> Ident {
    let wanted = Ident::new(names::fit(&format!("{column}_{suffix}"), cx.engine().ident_limit()));
    match cx.world.schema.column(table, &wanted) {
        Some(_) => names::helper(cx, &[&column.value, suffix]),
        None => wanted,
    }
}
