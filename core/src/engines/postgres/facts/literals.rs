//! Literals that are none of the type of their column (22P02, of times 22007 or 22008, of others 42804; seen on 11–18).
//!
//! Only what is sure: a text that may be read is not judged.

use super::{Facts, types};
use crate::change::{Change, ColumnDef, DataType, Expr, Ident, Name};
use crate::engines::postgres::{domains, type_change};
use crate::order::Gather;
use crate::parse::inside;

/// Characters of a literal that a sentence shows.
const SHOWN: usize = 60;

/// Why a default is none of its column's type.
pub(super) fn refused(facts: Facts<'_>, change: &Change, all: &[&Change]) -> Option<String> {
    match change {
        Change::AddColumn { column, .. } => of_column(facts, column, true),
        Change::CreateTable(def) => def.columns.iter().find_map(|column| of_column(facts, column, false)),
        Change::SetDefault { table, column, default } => {
            of_default(facts, default, || retyped(all, column).or(known(facts, table, column)), false)
        }
        _ => None,
    }
}

fn of_column(facts: Facts<'_>, column: &ColumnDef, stored: bool) -> Option<String> {
    of_default(facts, column.default.as_ref()?, || column.data_type.as_ref(), stored)
}

fn of_default<'t>(
    facts: Facts<'_>,
    default: &Expr,
    to: impl FnOnce() -> Option<&'t DataType>,
    stored: bool,
) -> Option<String> {
    let name = default.text.trim().trim_matches('"');
    if default.columns.iter().any(|column| column.value.eq_ignore_ascii_case(name)) && name != "system_user" {
        return Some(format!(
            "{name} is taken for a column, which no default may name (42703 or 0A000): a text stands in single quotes"
        ));
    }
    unfit(facts, &default.text, to()?, stored)
}

/// Types are changed before defaults, whatever the order in the statement.
pub(super) fn retyped<'a>(all: &[&'a Change], column: &Ident) -> Option<&'a DataType> {
    all.iter().find_map(|other| match other {
        Change::ChangeColumnType { column: own, to, .. } if own == column => Some(to),
        Change::AddColumn { column: own, .. } if own.name == *column => own.data_type.as_ref(),
        _ => None,
    })
}

pub(super) fn known<'a>(facts: Facts<'a>, table: &Name, column: &Ident) -> Option<&'a DataType> {
    facts.schema().column(table, column)?.data_type.as_ref()
}

/// Why an expression is no value of a type; `stored`: it is written to a row at once, so that its length counts.
pub(super) fn unfit(facts: Facts<'_>, value: &str, to: &DataType, stored: bool) -> Option<String> {
    let below = domains::below(facts.schema(), &to.name()).filter(|_| to.array == 0);
    let to = below.as_ref().map_or(to, |below| &below.base);
    let value = value.trim();
    let (literal, cast) = value.rsplit_once("::").map_or((value, None), |(literal, cast)| {
        (literal.trim_end(), inside::data_type(cast, facts.world.target).filter(|_| literal.starts_with('\'')))
    });
    let text = text(literal).filter(|_| cast.is_some() || literal == value);
    let of = match (&text, cast) {
        (Some(_), None) => None,
        (_, Some(cast)) => Some(cast),
        (None, None) => type_of(value),
    };
    let read = of.as_ref().unwrap_or(to);
    let shown: String = literal.chars().take(SHOWN).collect();
    if text.as_ref().is_some_and(|text| !reads(facts, text, read)) {
        return Some(format!("{shown} is no value of type {} (22P02, of times 22007 or 22008)", read.text));
    }
    let long = |text: &String| stored && of.is_none() && is_long(text, to);
    if text.as_ref().is_some_and(long) {
        return Some(format!("{shown} is longer than {} (22001)", to.text));
    }
    let most = match to.base.as_str() {
        "smallint" => i64::from(i16::MAX),
        "integer" => i64::from(i32::MAX),
        _ => i64::MAX,
    };
    if stored && to.array == 0 && value.parse::<i64>().is_ok_and(|number| number > most) {
        return Some(format!("{value} is out of the range of {} (22003)", to.text));
    }
    let is_enum = facts.schema().enum_labels(&to.name()).is_some();
    let of = of.filter(|of| types::is_built_in(&of.base))?;
    (type_change::needs_using(&of, to) || is_enum).then(|| format!("{value} is not of type {} (42804)", to.text))
}

/// What stands in plain quotes.
fn text(literal: &str) -> Option<String> {
    let inner = literal.strip_prefix('\'')?.strip_suffix('\'')?;
    (!inner.replace("''", "").contains('\'')).then(|| inner.replace("''", "'"))
}

/// The type of what is no text.
fn type_of(value: &str) -> Option<DataType> {
    let number = value.trim_start_matches(['-', '+', ' ']);
    let base = match value.to_ascii_lowercase().as_str() {
        "true" | "false" => "boolean",
        "now()" | "current_timestamp" => "timestamptz",
        "current_date" => "date",
        "gen_random_uuid()" => "uuid",
        _ if !number.starts_with(|c: char| c.is_ascii_digit()) => return None,
        _ if number.chars().all(|c| c.is_ascii_digit()) => "integer",
        _ if number.chars().all(|c| c.is_ascii_digit() || c == '.') => "numeric",
        _ => return None,
    };
    Some(DataType::simple(base))
}

fn is_long(text: &str, to: &DataType) -> bool {
    let most = to.args.first().filter(|_| matches!(to.base.as_str(), "varchar" | "char") && to.array == 0);
    most.is_some_and(|most| text.trim_end_matches(' ').chars().count() > *most as usize)
}

/// A text that begins with year, month and day in this order names a day that there is; others are not judged.
fn is_day(text: &str) -> bool {
    let (date, time) = text.split_at(text.find([' ', 't']).unwrap_or(text.len()));
    let parts: Vec<&str> = date.split('-').gather();
    let ([year, month, day], true) = (parts.as_slice(), parts.iter().all(|part| part.parse::<u32>().is_ok())) else {
        return true;
    };
    if year.len() != 4 || month.len() > 2 || day.len() > 2 {
        return true;
    }
    let [year, month, day] = [year, month, day].map(|part| part.parse().unwrap_or(0_u32));
    // Years before Christ are counted otherwise.
    let leap = time.contains("bc") || (year % 4 == 0 && (year % 100 != 0 || year % 400 == 0));
    let days = match month {
        2 if leap => 29,
        2 => 28,
        4 | 6 | 9 | 11 => 30,
        _ => 31,
    };
    year > 0 && (1..=12).contains(&month) && (1..=days).contains(&day)
}

/// Whether the server may read the text as a value of the type.
fn reads(facts: Facts<'_>, text: &str, to: &DataType) -> bool {
    const MOMENTS: [&str; 7] = ["now", "today", "tomorrow", "yesterday", "epoch", "infinity", "allballs"];
    let trimmed = text.trim();
    let lower = trimmed.to_ascii_lowercase();
    let digits = lower.contains(|c: char| c.is_ascii_digit());
    let says = |words: &[&str]| words.iter().any(|word| lower.contains(word));
    if to.array > 0 {
        return trimmed.starts_with('{') || trimmed.starts_with('[') && trimmed.contains('=');
    }
    match to.base.as_str() {
        "smallint" | "integer" | "bigint" => {
            let number = lower.trim_start_matches(['-', '+']);
            digits && number.chars().all(|c| c.is_ascii_alphanumeric() || c == '_')
        }
        "numeric" | "real" | "double precision" => digits || says(&["nan", "inf"]),
        "boolean" => {
            let words = ["true", "false", "yes", "no", "on", "off", "1", "0"];
            !lower.is_empty() && words.iter().any(|word| word.starts_with(&lower))
        }
        "uuid" => {
            let digit = |c: &char| c.is_ascii_hexdigit();
            text.chars().filter(digit).count() == 32 && text.chars().all(|c| digit(&c) || matches!(c, '-' | '{' | '}'))
        }
        "date" | "timestamp" | "timestamptz" => (digits && is_day(&lower)) || says(&MOMENTS),
        "time" | "timetz" => digits || says(&MOMENTS),
        "interval" => digits || says(&["inf"]),
        "json" | "jsonb" => match trimmed.chars().next() {
            Some('{') => trimmed.ends_with('}'),
            Some('[') => trimmed.ends_with(']'),
            Some('"') => trimmed.ends_with('"'),
            Some(c) if c == '-' || c.is_ascii_digit() => true,
            _ => matches!(trimmed, "true" | "false" | "null"),
        },
        "inet" | "cidr" => !trimmed.is_empty(),
        _ => facts.schema().enum_labels(&to.name()).is_none_or(|labels| labels.iter().any(|label| label == text)),
    }
}
