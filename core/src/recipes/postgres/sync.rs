//! Keeping an old and a new column in step by a trigger while old and new code run side by side.
//!
//! A BEFORE trigger cannot tell an omitted column from one given as NULL, nor a default from a value. Where the old
//! column has a default, the new one gets a sentinel as its default, a value that no code writes, so that omission
//! shows. The rules were tried with every form of INSERT and UPDATE against what either schema alone would store.

use super::sql::{Trigger, expr};
use crate::change::{Change, ColumnDef, DataType, Ident, Name};
use crate::draft::Run;
use crate::recipes::Cx;
use crate::recipes::shared::{names, words};

/// Stands for the value in a [`Convert`]; no SQL text contains it.
const HOLE: &str = "\u{1}";

/// An expression with a hole for the value: `CAST(… AS bigint)`.
#[derive(Debug, Clone)]
pub struct Convert(String);

impl Convert {
    /// The value itself.
    pub fn same() -> Convert {
        Convert(HOLE.to_string())
    }

    /// An expression around the value: text before it, text behind it.
    pub fn around(before: &str, behind: &str) -> Convert {
        Convert(format!("{before}{HOLE}{behind}"))
    }

    /// An expression made of the value, wherever and however often it stands.
    pub fn written(expression: impl Fn(&str) -> String) -> Convert {
        Convert(expression(HOLE))
    }

    /// The value cast back when it passes the test, else NULL.
    pub fn guarded(test: &str, cast: &str) -> Convert {
        Convert(format!("CASE WHEN {HOLE} {test} THEN CAST({HOLE}{cast} END"))
    }

    /// An expression over a column, as the user wrote it after USING.
    pub fn over(expression: &str, column: &Ident) -> Convert {
        Convert(words::renamed(expression, column, HOLE))
    }

    /// The expression of a value.
    pub fn of(&self, value: &str) -> String {
        self.0.replace(HOLE, value)
    }
}

/// Two columns in step.
pub struct Sync {
    /// The table.
    pub table: Name,
    /// The old column.
    pub old: Ident,
    /// The new column.
    pub new: Ident,
    /// Type of the old one, as far as known.
    pub old_type: Option<DataType>,
    /// Type of the new one.
    pub new_type: Option<DataType>,
    /// Old to new.
    pub to_new: Convert,
    /// New to old.
    pub to_old: Convert,
    /// Which side shows omission.
    pub pattern: Pattern,
}

/// How omission is told from a value.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Pattern {
    /// NULL means omitted: right without a default.
    Plain,
    /// The new column's default is this sentinel (SQL); the second is its real default.
    SentinelNew {
        /// The value that no code writes.
        sentinel: String,
        /// What `SET new = DEFAULT` shall store.
        default: String,
    },
    /// The old column's default becomes this sentinel; the new one has its real default.
    SentinelOld {
        /// The value that no code writes.
        sentinel: String,
        /// The old column's own default.
        old_default: String,
        /// The new column's default.
        new_default: String,
    },
}

impl Sync {
    /// A new column of the same type.
    pub fn same_type(table: &Name, column: Option<&ColumnDef>, old: &Ident, new: &Ident) -> Sync {
        let data_type = column.and_then(|c| c.data_type.as_ref()).map(plain_type);
        let pattern = default_of(column)
            .and_then(|default| Some((sentinel(data_type.as_ref()?)?, default)))
            .map_or(Pattern::Plain, |(sentinel, default)| Pattern::SentinelNew { sentinel, default });
        Sync {
            table: table.clone(),
            old: old.clone(),
            new: new.clone(),
            old_type: data_type.clone(),
            new_type: data_type,
            to_new: Convert::same(),
            to_old: Convert::same(),
            pattern,
        }
    }

    /// The trigger.
    pub fn trigger(&self, cx: &Cx<'_>) -> Trigger {
        Trigger {
            name: names::helper_beside(cx, &self.table, &[&self.old.value]),
            table: self.table.clone(),
            fires: "BEFORE INSERT OR UPDATE",
            late: "",
            body: self.body(cx),
        }
    }

    /// Default of the columns while they are kept in step; the new column exists already.
    pub fn set_defaults(&self, cx: &Cx<'_>) -> Vec<Run> {
        match &self.pattern {
            Pattern::Plain => Vec::new(),
            Pattern::SentinelNew { sentinel, .. } => vec![set_default(cx, &self.table, &self.new, sentinel)],
            Pattern::SentinelOld { sentinel, new_default, .. } => vec![
                set_default(cx, &self.table, &self.old, sentinel),
                set_default(cx, &self.table, &self.new, new_default),
            ],
        }
    }

    /// The old column's default again.
    pub fn undo_defaults(&self, cx: &Cx<'_>) -> Vec<Run> {
        match &self.pattern {
            Pattern::SentinelOld { old_default, .. } => vec![set_default(cx, &self.table, &self.old, old_default)],
            Pattern::Plain | Pattern::SentinelNew { .. } => Vec::new(),
        }
    }

    /// The value that must not occur, as a count over the column that gets it.
    pub fn sentinel_check(&self, cx: &Cx<'_>) -> Option<String> {
        let sentinel = match &self.pattern {
            Pattern::Plain => return None,
            Pattern::SentinelNew { sentinel, .. } | Pattern::SentinelOld { sentinel, .. } => sentinel,
        };
        let value = match &self.pattern {
            Pattern::SentinelNew { .. } => self.to_new.of(&cx.ident(&self.old)),
            Pattern::Plain | Pattern::SentinelOld { .. } => cx.ident(&self.old),
        };
        Some(format!("SELECT count(*) FROM {} WHERE {value} = {sentinel}", cx.name(&self.table)))
    }

    /// Rows in which the columns disagree.
    pub fn disagreement(&self, cx: &Cx<'_>) -> String {
        let (old, new) = (cx.ident(&self.old), cx.ident(&self.new));
        format!("SELECT count(*) FROM {} WHERE {}", cx.name(&self.table), self.new_differs(&new, &self.to_new.of(&old)))
    }

    fn body(&self, cx: &Cx<'_>) -> String {
        let (old, new) = (cx.ident(&self.old), cx.ident(&self.new));
        let (now_old, now_new) = (format!("NEW.{old}"), format!("NEW.{new}"));
        let (forward, backward) = (self.to_new.of(&now_old), self.to_old.of(&now_new));
        let disagree = self.new_differs(&now_new, &forward);
        let back = self.back(&now_old, &backward);
        let new_wins = format!("ELSIF {disagree} THEN {back} END IF;");
        let (before, insert) = match &self.pattern {
            Pattern::Plain => {
                (String::new(), format!("    IF {now_new} IS NULL THEN {now_new} := {forward};\n    {new_wins}"))
            }
            Pattern::SentinelNew { sentinel, default } => {
                let omitted = format!("{now_new} IS NOT DISTINCT FROM {sentinel}");
                (
                    format!("  IF TG_OP = 'UPDATE' AND {omitted} THEN {now_new} := {default}; END IF;\n"),
                    format!("    IF {omitted} THEN {now_new} := {forward};\n    {new_wins}"),
                )
            }
            Pattern::SentinelOld { sentinel, old_default, new_default } => {
                let omitted = format!("{now_old} IS NOT DISTINCT FROM {sentinel}");
                (
                    format!("  IF TG_OP = 'UPDATE' AND {omitted} THEN {now_old} := {old_default}; END IF;\n"),
                    format!(
                        "    IF {omitted} THEN {now_old} := {backward};\n    ELSIF {now_new} IS NOT DISTINCT FROM \
                         {new_default} THEN {now_new} := {forward};\n    {new_wins}"
                    ),
                )
            }
        };
        format!(
            "{before}  IF TG_OP = 'INSERT' THEN
{insert}
  ELSIF {new_changed} THEN
    IF {disagree} THEN {back} END IF;
  ELSIF {old_changed} THEN
    {now_new} := {forward};
  END IF;
  RETURN NEW;
",
            new_changed = self.new_differs(&now_new, &format!("OLD.{new}")),
            old_changed = differs(self.old_type.as_ref(), &now_old, &format!("OLD.{old}")),
        )
    }

    /// Gives the old column its value; where its type is not known, NULL for what it cannot hold.
    fn back(&self, old: &str, value: &str) -> String {
        match self.old_type.is_none() && self.new_type.is_some() {
            true => format!("BEGIN {old} := {value}; EXCEPTION WHEN data_exception THEN {old} := NULL; END;"),
            false => format!("{old} := {value};"),
        }
    }

    /// Whether the new column holds another value than it should.
    pub fn new_differs(&self, a: &str, b: &str) -> String {
        differs(self.new_type.as_ref(), a, b)
    }
}

/// `serial` is no type: what it stands for is.
pub fn plain_type(data_type: &DataType) -> DataType {
    match data_type.text.to_ascii_lowercase().contains("serial") {
        true => DataType::simple(data_type.base.clone()),
        false => data_type.clone(),
    }
}

/// Two values differ, NULL counted as a value. Types without `=`, or whose `=` is coarser than the value (1.0 and
/// 1.00, citext), and types that are not known are compared as text.
pub fn differs(data_type: Option<&DataType>, a: &str, b: &str) -> String {
    const EXACT: &[&str] = &[
        "smallint",
        "integer",
        "bigint",
        "boolean",
        "text",
        "varchar",
        "uuid",
        "date",
        "timestamp",
        "timestamptz",
        "bytea",
        "inet",
    ];
    match data_type.is_some_and(|t| t.array == 0 && EXACT.contains(&t.base.as_str())) {
        true => format!("{a} IS DISTINCT FROM {b}"),
        false => format!("({a})::text COLLATE \"C\" IS DISTINCT FROM ({b})::text COLLATE \"C\""),
    }
}

/// A value of the type that no code writes; none for types with few values, or not known.
pub fn sentinel(data_type: &DataType) -> Option<String> {
    if data_type.array > 0 {
        return None;
    }
    let text = match data_type.base.as_str() {
        "smallint" => "'-32768'::smallint",
        "integer" => "'-2147483648'::integer",
        "bigint" => "'-9223372036854775808'::bigint",
        "numeric" => "'NaN'::numeric",
        "real" => "'NaN'::real",
        "double precision" => "'NaN'::double precision",
        "text" | "varchar" | "char" => "chr(1)",
        "date" => "'-infinity'::date",
        "timestamp" => "'-infinity'::timestamp",
        "timestamptz" => "'-infinity'::timestamptz",
        "interval" => "'-178000000 years'::interval",
        "uuid" => "'a5a5a5a5-0000-4000-8000-a5a5a5a5a5a5'::uuid",
        "bytea" => "'\\xa5a55a5aa5a55a5a'::bytea",
        _ => return None,
    };
    Some(text.to_string())
}

/// The default of a column, if it has one that a statement can fall back on.
pub fn default_of(column: Option<&ColumnDef>) -> Option<String> {
    let column = column.filter(|c| c.auto_number.is_none())?;
    let text = column.default.as_ref()?.text.trim();
    let is_sequence = text.to_ascii_lowercase().starts_with("nextval");
    (!is_sequence && !text.eq_ignore_ascii_case("null")).then(|| text.to_string())
}

/// `SET DEFAULT`.
pub fn set_default(cx: &Cx<'_>, table: &Name, column: &Ident, default: &str) -> Run {
    let change =
        Change::SetDefault { table: table.clone(), column: column.clone(), default: expr(default.to_string(), &[]) };
    cx.run(change)
}
