//! A column computed from others by triggers, and those from it where that can be turned round.
//!
//! The expression is the one that was pasted, so an error in it (a text too long, a number out of range) would reach
//! the code that writes: the trigger catches it and leaves the column NULL, which the comparison then finds.

use super::change_type::{Fits, decimal, integer_bytes};
use super::sql::{differ, has_expression_default, is_text, literal_default};
use crate::change::{ColumnDef, ConstraintKind, DataType, Ident, Name, Nullability, Volatility, lower};
use crate::order::{Gather, GatherAll};
use crate::parse::inside;
use crate::recipes::Cx;
use crate::recipes::shared::copied::{Filled, is_written};
use crate::recipes::shared::words;

/// A new column, what it is made of, and the way back.
pub struct Computed<'a> {
    cx: Cx<'a>,
    /// The new column while old code runs: it takes an INSERT that leaves it out, and a NULL.
    pub interim: ColumnDef,
    /// The new column as it ends.
    pub wanted: ColumnDef,
    /// The expression, as written.
    pub value: &'a str,
    /// The columns that it names.
    pub sources: Vec<&'a ColumnDef>,
    /// The one source that can be computed from the new column.
    pub back: Option<Back<'a>>,
}

/// The way from the new column to its source.
pub struct Back<'a> {
    /// The source.
    pub column: &'a ColumnDef,
    /// An expression over the new value.
    pub of: Inverse,
}

/// How a value is turned back.
pub enum Inverse {
    /// It is the same value.
    Same,
    /// The new type holds more.
    Cut(Fits),
    /// So many times the old one.
    Times(String, Fits),
}

impl<'a> Computed<'a> {
    /// None where the expression may give another value when it is computed again, or cannot be compared.
    pub fn read(cx: &Cx<'a>, table: &Name, filled: &'a Filled<'a>) -> Option<Computed<'a>> {
        let expr = inside::expr(&filled.value, cx.world.target);
        let column = |name: &Ident| cx.world.schema.column(table, name);
        let sources = expr.columns.iter().map(column).gather_all()?;
        // `"name"` is a text here; the words of an expression are taken for columns wherever they are quoted.
        let quoted = sources.iter().any(|c| filled.value.contains(&format!("\"{}\"", c.name)));
        // Where a text holds an escaped quote, what follows cannot be told from columns.
        let escaped = ["\\'", "\\\""].iter().any(|quote| filled.value.contains(quote));
        // Its digits come back without the zeros where they are converted.
        let padded = |c: &&ColumnDef| c.data_type.as_ref().is_some_and(|t| lower(&t.text).contains("zerofill"));
        let unclear = quoted || escaped || sources.iter().any(padded);
        if expr.volatility != Volatility::Constant || sources.is_empty() || unclear {
            return None;
        }
        let written = ColumnDef { text: String::new(), ..filled.again.unwrap_or(filled.column).clone() };
        let same_type = filled.column.data_type.as_ref()?.same_as(written.data_type.as_ref()?);
        let nullability = if filled.not_null { Nullability::NotNull } else { written.nullability };
        let computed = Computed {
            cx: *cx,
            interim: ColumnDef { nullability: Nullability::Null, text: String::new(), ..filled.column.clone() },
            wanted: ColumnDef { nullability, position: None, ..written },
            value: &filled.value,
            back: Back::of(&filled.value, filled, &sources),
            sources,
        };
        let literal = !has_expression_default(filled.column);
        let qualified = computed.over_new().split_whitespace().collect::<String>().contains(".NEW.");
        (same_type && literal && !qualified && computed.stored().is_some()).then_some(computed)
    }

    /// The interim definition where nothing says a place: what is there before the final one.
    pub fn interim_at_the_end(&self) -> ColumnDef {
        ColumnDef { position: None, ..self.interim.clone() }
    }

    /// It ends as another column than it is in the meantime.
    pub fn ends_otherwise(&self) -> bool {
        self.wanted.nullability == Nullability::NotNull
    }

    /// The setting of the session on which the value depends.
    pub fn setting(&self) -> Option<&'static str> {
        let base = |column: &ColumnDef| column.data_type.as_ref().map(|t| t.base.clone());
        let stamps = self.sources.iter().any(|c| base(c).as_deref() == Some("timestamp"));
        let same = self.back.as_ref().is_some_and(|back| matches!(back.of, Inverse::Same));
        let text = lower(self.value);
        let calls = |name: &str| text.split(|c: char| !c.is_alphanumeric() && c != '_').any(|word| word == name);
        match () {
            () if stamps && !same || calls("from_unixtime") => Some("time_zone"),
            () if ["date_format", "dayname", "monthname"].into_iter().any(calls) => Some("lc_time_names"),
            () => None,
        }
    }

    fn name(&self) -> String {
        self.cx.ident(&self.interim.name)
    }

    /// `NEW.column` is what an INSERT without it stores.
    fn omitted(&self) -> String {
        let new = format!("NEW.{}", self.name());
        match literal_default(&self.interim) {
            Some(value) => format!("{new} IS NULL OR {new} = {value}"),
            None => format!("{new} IS NULL"),
        }
    }

    /// The expression over the row that a trigger sees.
    fn over_new(&self) -> String {
        let over_new =
            |text: String, name: &Ident| words::renamed(&text, name, &format!("NEW.{}", self.cx.ident(name)));
        let named = inside::expr(self.value, self.cx.world.target).columns;
        named.iter().fold(self.value.to_string(), over_new)
    }

    /// `NEW.column := expression`.
    fn forward(&self) -> String {
        let (new, value) = (self.name(), self.over_new());
        format!("BEGIN DECLARE CONTINUE HANDLER FOR SQLEXCEPTION SET NEW.{new} = NULL; SET NEW.{new} = {value}; END;")
    }

    /// `NEW.source := expression over the column`.
    fn backward(&self, back: &Back<'_>) -> String {
        let new = format!("NEW.{}", self.name());
        let value = match &back.of {
            Inverse::Same => new,
            Inverse::Cut(fits) => fits.within_old(&new),
            Inverse::Times(factor, fits) => fits.within_old(&format!("{new} / {factor}")),
        };
        format!("SET NEW.{} = {value};", self.cx.ident(&back.column.name))
    }

    /// A line of the trigger before UPDATE; `both` ways or from old to new.
    pub fn on_update(&self, both: bool) -> String {
        let changed = |column: &ColumnDef| {
            let name = self.cx.ident(&column.name);
            differ(is_text(Some(column)), &format!("NEW.{name}"), &format!("OLD.{name}"))
        };
        let sources: Vec<String> = self.sources.iter().map(|source| changed(source)).gather();
        let (written, sources, forward) = (changed(&self.interim), sources.join(" OR "), self.forward());
        match self.back.as_ref().filter(|_| both) {
            Some(back) => {
                format!("  IF {written} THEN {}\n  ELSEIF {sources} THEN {forward} END IF;\n", self.backward(back))
            }
            None => format!("  IF ({sources}) AND NOT ({written}) THEN {forward} END IF;\n"),
        }
    }

    /// A line of the trigger before INSERT.
    pub fn on_insert(&self, both: bool) -> String {
        let (omitted, forward) = (self.omitted(), self.forward());
        match self.back.as_ref().filter(|_| both) {
            Some(back) => format!("  IF {omitted} THEN {forward}\n  ELSE {} END IF;\n", self.backward(back)),
            None => format!("  IF {omitted} THEN {forward} END IF;\n"),
        }
    }

    /// Rows whose column is not what it is computed to be.
    pub fn differ(&self) -> String {
        let (column, value) = self.stored().unwrap_or_default();
        format!("NOT ({column} <=> {value})")
    }

    /// The column, and the expression as the column stores it, both for a comparison. None for types whose values do
    /// not come back as they were given.
    fn stored(&self) -> Option<(String, String)> {
        let (column, value) = (self.name(), self.value);
        let data_type = self.interim.data_type.as_ref()?;
        let same = self.back.as_ref().is_some_and(|back| matches!(back.of, Inverse::Same));
        let bytes = |text: &str| format!("CAST(CONVERT({text} USING utf8mb4) AS BINARY)");
        let digits = data_type.args.iter().map(u32::to_string).gather().join(", ");
        let digits = if digits.is_empty() { digits } else { format!("({digits})") };
        let kind = match data_type.base.as_str() {
            "char" => return Some((bytes(&column), bytes(&format!("TRIM(TRAILING ' ' FROM {value})")))),
            "varchar" | "tinytext" | "text" | "mediumtext" | "longtext" => {
                return Some((bytes(&column), bytes(value)));
            }
            _ if same && is_text(Some(&self.interim)) => {
                return Some((format!("CAST({column} AS BINARY)"), format!("CAST({value} AS BINARY)")));
            }
            _ if same => return Some((column, value.to_string())),
            base if integer_bytes(data_type).is_some() && base != "year" => {
                if data_type.unsigned {
                    "UNSIGNED".to_string()
                } else {
                    "SIGNED".to_string()
                }
            }
            "decimal" | "numeric" => format!("DECIMAL{digits}"),
            "date" => "DATE".to_string(),
            "datetime" => format!("DATETIME{digits}"),
            "time" => format!("TIME{digits}"),
            _ => return None,
        };
        Some((column, format!("CAST({value} AS {kind})")))
    }
}

impl<'a> Back<'a> {
    fn of(value: &str, filled: &Filled<'_>, sources: &[&'a ColumnDef]) -> Option<Back<'a>> {
        let [column] = sources else { return None };
        let (old, new) = (column.data_type.as_ref()?, filled.column.data_type.as_ref()?);
        let takes_null = column.nullability != Nullability::NotNull || filled.not_null;
        let copied = is_name(value, &column.name);
        let of = if copied && old.same_as(new) && old.charset == new.charset {
            Inverse::Same
        } else if copied {
            Inverse::Cut(Fits::between(old, new)?)
        } else {
            let factor = factor(value, &column.name)?;
            exact(factor, old, new).then_some(())?;
            Inverse::Times(factor.to_string(), Fits::decimal(old)?)
        };
        takes_null.then_some(Back { column, of })
    }
}

fn is_name(text: &str, column: &Ident) -> bool {
    text.trim().trim_matches('`').eq_ignore_ascii_case(&column.value)
}

/// `price * 100` and `100 * price`.
fn factor<'t>(value: &'t str, column: &Ident) -> Option<&'t str> {
    let (left, right) = value.split_once('*')?;
    let (left, right) = (left.trim(), right.trim());
    let number = if is_name(left, column) { right } else { is_name(right, column).then_some(left)? };
    let zeros = number.strip_prefix('1')?;
    zeros.bytes().all(|digit| digit == b'0').then_some(number)
}

/// A number with so many digits behind the point, times ten so often, is whole; and each whole number, divided, has no
/// more digits.
fn exact(factor: &str, old: &DataType, new: &DataType) -> bool {
    let zeros = factor.len().saturating_sub(1);
    let scale = decimal(old).map(|(_, scale)| scale as usize);
    scale == Some(zeros) && integer_bytes(new).is_some() && (new.unsigned || !old.unsigned)
}

/// A column that the server lets go, and that lives twice for a while.
pub fn can_go(cx: &Cx<'_>, table: &Name, column: &ColumnDef) -> bool {
    let schema = cx.world.schema;
    let name = &column.name;
    let held = schema.constraints_of_column(table, name).iter().any(|c| {
        matches!(c.kind, ConstraintKind::PrimaryKey { .. } | ConstraintKind::Check { .. } | ConstraintKind::Exclude)
    });
    let pointed_at = schema.referencing(table).iter().any(|(_, c)| match &c.kind {
        ConstraintKind::ForeignKey(key) => key.referenced_columns.iter().any(|other| schema.same(other, name)),
        _ => false,
    });
    let by = schema.table(table).and_then(|t| t.def.partition_by.as_deref()).unwrap_or_default();
    let held = held || pointed_at || words::mentions(by, name);
    is_written(column) && !held && super::indexes::generated_from(cx, table, name).is_none()
}
