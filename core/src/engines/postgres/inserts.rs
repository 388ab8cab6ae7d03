//! INSERT and UPDATE of a table that is known: its columns, as many values, each of the type, and for `ON CONFLICT (columns)` a
//! unique key of just these (seen on 11–18).

use super::facts::{columns_in_words, is_built_in, is_whole, lacking, unconditional, unfit, unknown_function};
use crate::change::{AutoNumber, Change, ColumnDef, Ident, Name, Nullability, ObjectKind, RowFilter, Volatility};
use crate::engines::twice;
use crate::engines::written::bracketed;
use crate::order::{Gather, GatherAll, Set};
use crate::schema::Table;
use crate::source::{Dialect, Lexer, TokenKind, has, named};
use crate::world::World;

/// Words that are looked at where nothing at the end matters: a statement can be megabytes of rows.
const MOST: usize = 2_000;

/// Rows that are looked at.
const ROWS: usize = 200;

/// Tokens of a value that is looked at.
const SHORT: usize = 5;

/// Why the server refuses the statement, where its table is known.
pub(super) fn refused(sql: &str, change: &Change, world: &World<'_>) -> Option<String> {
    if world.schema.is_blurred() {
        return None;
    }
    let upsert = has(sql, "conflict");
    let mut lexer = Lexer::new(sql, Dialect::of(world.target));
    let tokens = std::iter::from_fn(|| lexer.next_token()).filter(|token| token.kind != TokenKind::Comment);
    let words: Vec<&str> = tokens.take(if upsert { usize::MAX } else { MOST }).map(|token| token.of(sql)).gather();
    let (verb, table, rest) = target(&words)?;
    let known = world.schema.table(&table)?;
    let of = Of { world, table: &table, known };
    let call = || unknown_function(world, sql);
    match change {
        Change::Insert { .. } => of.insert(rest).or_else(|| of.unmatched(rest)).or_else(|| whose(&words)),
        Change::Update { filter, .. } => of.update(rest).or_else(|| of.condition(verb, rest, filter)).or_else(call),
        Change::Delete { filter, .. } => of.condition(verb, rest, filter).or_else(call),
        _ => None,
    }
}

fn is(word: &str, wanted: &str) -> bool {
    word.eq_ignore_ascii_case(wanted)
}

/// The verb, the table, and what stands behind that and a name for it.
fn target<'w>(words: &'w [&'w str]) -> Option<(&'w str, Name, &'w [&'w str])> {
    let (verb, rest) = match words {
        [verb, into, rest @ ..] if is(verb, "insert") && is(into, "into") => (*verb, rest),
        [verb, from, rest @ ..] if is(verb, "delete") && is(from, "from") => (*verb, rest),
        [verb, rest @ ..] if is(verb, "update") => (*verb, rest),
        _ => return None,
    };
    let rest = rest.split_first().filter(|(only, _)| is(only, "only")).map_or(rest, |(_, rest)| rest);
    let (table, rest) = match rest {
        [schema, ".", object, rest @ ..] => (Name::qualified(named(schema), named(object)), rest),
        [object, rest @ ..] => (Name::new(named(object)), rest),
        [] => return None,
    };
    match rest {
        [r#as, _, rest @ ..] if is(r#as, "as") => Some((verb, table, rest)),
        _ => Some((verb, table, rest)),
    }
}

/// Where one of these words stands outside of all brackets.
fn outside(words: &[&str], wanted: &[&str]) -> Option<usize> {
    let mut depth = 0_usize;
    words.iter().position(|word| {
        match *word {
            "(" => depth += 1,
            ")" => depth = depth.saturating_sub(1),
            _ => {}
        }
        depth == 0 && wanted.iter().any(|other| is(word, other))
    })
}

/// A known table of a statement.
#[derive(Clone, Copy)]
struct Of<'a> {
    world: &'a World<'a>,
    table: &'a Name,
    known: &'a Table,
}

impl<'a> Of<'a> {
    fn insert(self, rest: &[&str]) -> Option<String> {
        let (listed, rest) = match bracketed(rest) {
            Some((columns, rest)) => (Some(columns.iter().map(|item| single(item)).gather_all()?), rest),
            None => (None, rest),
        };
        if let Some(why) = self.lacks(listed.as_deref().unwrap_or_default()) {
            return Some(why);
        }
        let mut seen = Set::default();
        if let Some(twice) = listed.iter().flatten().find(|column| !seen.insert(*column)) {
            return Some(format!("{twice} is named twice (42701)"));
        }
        if listed.is_none() && !is_whole(&self.known.def) {
            return None;
        }
        let own = || self.known.def.columns.iter().map(|column| column.name.clone()).gather();
        let columns = listed.clone().unwrap_or_else(own);
        match rest {
            [values, rows @ ..] if is(values, "values") => self
                .rows(&columns, listed.is_some(), rows)
                .or_else(|| self.left_out(&columns, rows))
                .or_else(|| self.twice(&columns, rows)),
            [select, items @ ..] if is(select, "select") && miscounted(columns.len(), listed.is_some(), items) => {
                Some(format!(
                    "the query gives another number of columns than the {} of {} (42601)",
                    columns.len(),
                    self.table
                ))
            }
            [select, ..] if is(select, "select") && listed.is_some() => {
                columns.iter().find_map(|column| self.given(self.column(column)?, true))
            }
            [default, ..] if is(default, "default") => {
                self.known.def.columns.iter().find_map(|column| self.missing(column))
            }
            _ => None,
        }
    }

    /// Another number of values than of columns, or a value that a column does not take.
    fn rows(self, columns: &[Ident], listed: bool, mut rest: &[&str]) -> Option<String> {
        for _ in 0..ROWS {
            let (row, behind) = bracketed(rest)?;
            let (wanted, given) = (columns.len(), row.len());
            if given > wanted || (listed && given < wanted) {
                return Some(format!("{given} values for {wanted} columns of {} (42601)", self.table));
            }
            let mut pairs = columns.iter().zip(&row);
            if let Some(why) = pairs.find_map(|(column, value)| self.value(self.column(column)?, value, true)) {
                return Some(why);
            }
            // Without a list the columns behind the values are left out.
            if let Some(why) =
                columns.get(given..).and_then(|rest| rest.iter().find_map(|column| self.missing(self.column(column)?)))
            {
                return Some(why);
            }
            rest = behind.split_first().filter(|(comma, _)| **comma == ",").map_or(&[], |(_, rest)| rest);
        }
        None
    }

    /// Two of the rows have the same key, by literals.
    fn twice(self, columns: &[Ident], mut rest: &[&str]) -> Option<String> {
        let mut rows = Vec::new();
        while let Some((row, behind)) = bracketed(rest).filter(|_| rows.len() < ROWS) {
            rows.push(row);
            rest = behind.split_first().filter(|(comma, _)| **comma == ",").map_or(behind, |(_, rest)| rest);
        }
        let upsert = rest.first().is_some_and(|word| is(word, "on"));
        if rows.len() < 2 || upsert || !self.is_bare() {
            return None;
        }
        let place = |column: &Ident| Some((columns.iter().position(|own| own == column)?, false));
        let [key, values] = twice::key(&self.known.def, &rows, false, &place)?;
        Some(format!("two rows have the unique key ({key}) = ({values}) (23505)"))
    }

    /// A column that the list does not name and that has to have a value.
    fn left_out(self, columns: &[Ident], rows: &[&str]) -> Option<String> {
        bracketed(rows)?;
        let mut others = self.known.def.columns.iter().filter(|column| !columns.contains(&column.name));
        others.find_map(|column| self.missing(column))
    }

    /// `SET column = value, …`.
    fn update(self, words: &[&str]) -> Option<String> {
        let at = words.iter().take(2).position(|word| is(word, "set"))?;
        let rest = words.get(at + 1..)?;
        let end = outside(rest, &["from", "where", "returning", ";"]).unwrap_or(rest.len());
        let alone = rest.get(end).is_none_or(|word| !is(word, "from"));
        let mut assignments = vec!["("];
        assignments.extend(rest.get(..end)?);
        assignments.push(")");
        let (items, _) = bracketed(&assignments)?;
        items.iter().find_map(|item| match item {
            [_, "=", word] if alone && word.starts_with('"') => self.lacks(&[Ident::new(named(word))]),
            [column, "=", value @ ..] => self.value(self.column(&single(&[column])?)?, value, false),
            [row, ".", _, "=", ..] => self.lacks(&[Ident::new(named(row))]),
            _ => None,
        })
    }

    /// What follows the table and its assignments: words of another product, and columns that the table has not.
    fn condition(self, verb: &str, words: &[&str], filter: &RowFilter) -> Option<String> {
        let head = words.get(..outside(words, &["set", "where", "using"]).unwrap_or(words.len()))?;
        let foreign = outside(head, &["join"]).or_else(|| outside(words, &["limit"]));
        if let Some(word) = foreign.and_then(|at| words.get(at)) {
            return Some(format!("{verb} takes no {word}: syntax error (42601)"));
        }
        let alone = outside(words, &["from", "using"]).is_none();
        match filter {
            RowFilter::Where { condition, .. } if alone && condition.volatility != Volatility::Unknown => {
                let row = condition.columns.contains(&self.table.object);
                let unconditional = || unconditional(self.world, self.known, &condition.text);
                self.lacks(&condition.columns).filter(|_| !row).or_else(unconditional)
            }
            RowFilter::Where { .. } | RowFilter::All => None,
        }
    }

    fn lacks(self, columns: &[Ident]) -> Option<String> {
        lacking(self.world, self.table, columns)
    }

    fn column(self, name: &Ident) -> Option<&'a ColumnDef> {
        self.known.def.columns.iter().find(|column| column.name == *name)
    }

    /// Why a column does not take a value.
    fn value(self, column: &ColumnDef, value: &[&str], new: bool) -> Option<String> {
        match value {
            [default] if is(default, "default") => self.missing(column).filter(|_| new),
            [name] if new && name.starts_with('"') => Some(format!(
                "{name} is the name of a column, which VALUES may not hold (42703): a text stands in single quotes"
            )),
            [null] if is(null, "null") && column.generated.is_none() => {
                let required = column.nullability == Nullability::NotNull && self.is_bare() && (new || self.has_rows());
                let rows = if new { "" } else { " in the first row that it meets" };
                self.given(column, new)
                    .or_else(|| required.then(|| format!("{} is NOT NULL and gets NULL{rows} (23502)", column.name)))
            }
            _ => self.given(column, new).or_else(|| {
                let short = value.len() <= SHORT;
                unfit(self.world, &value.concat(), column.data_type.as_ref()?).filter(|_| short)
            }),
        }
    }

    /// A column that takes no value but its own.
    fn given(self, column: &ColumnDef, new: bool) -> Option<String> {
        let identity = matches!(column.auto_number, Some(AutoNumber::Identity { always: true, .. }));
        let what = if column.generated.is_some() { "generated" } else { "GENERATED ALWAYS AS IDENTITY" };
        let way = if new && identity { ", without OVERRIDING SYSTEM VALUE" } else { "" };
        (identity || column.generated.is_some())
            .then(|| format!("{} is {what} and takes no other value{way} (428C9)", column.name))
    }

    /// A column without a value, which has to have one.
    fn missing(self, column: &ColumnDef) -> Option<String> {
        let valued = column.default.as_ref().is_some_and(|default| !is(default.text.trim(), "null"))
            || column.generated.is_some()
            || column.auto_number.is_some();
        let plain = column
            .data_type
            .as_ref()
            .is_some_and(|own| is_built_in(&own.base) || self.world.schema.enum_labels(&own.name()).is_some());
        let refused = column.nullability == Nullability::NotNull && !valued && plain && self.is_bare();
        refused.then(|| format!("{} is NOT NULL, has no default and gets no value (23502)", column.name))
    }

    /// No trigger or rule gives other values; of partitions they are not looked for.
    fn is_bare(self) -> bool {
        let none = |kind| self.world.schema.objects_on(kind, self.table).is_empty();
        none(ObjectKind::Trigger) && none(ObjectKind::Rule) && self.known.def.partition_by.is_none()
    }

    fn has_rows(self) -> bool {
        let rows = self.world.sizes.rows(self.world, self.table);
        !rows.known || rows.rows > 0
    }

    fn unmatched(self, rest: &[&str]) -> Option<String> {
        let (world, table, def) = (self.world, self.table, &self.known.def);
        let whole = def.complete && (&def.like, &def.partition_of) == (&None, &None) && !def.external;
        let columns = conflict(rest).filter(|_| whole)?;
        (!world.schema.has_key(table, &columns)).then(|| {
            format!("{table} has no unique key of ({}) in the schema that is known (42P10)", columns_in_words(&columns))
        })
    }
}

/// Words that end the list of a query's columns.
const BEHIND: &str =
    "from where group having window order limit offset fetch for union intersect except on returning ;";

/// A query gives more columns than there are, or fewer than are listed, as far as they can be counted.
fn miscounted(wanted: usize, listed: bool, words: &[&str]) -> bool {
    let is_end = |at: usize| {
        let before = at.checked_sub(1).and_then(|at| words.get(at)).copied().unwrap_or_default();
        // IS DISTINCT FROM, WITHIN GROUP, and names that need no quotes there.
        let part = ["distinct", "within", "as", "."].iter().any(|word| is(before, word));
        !part && words.get(at).is_some_and(|word| BEHIND.split(' ').any(|end| is(word, end)))
    };
    let (mut depth, mut given) = (0_usize, 1);
    for (at, word) in words.iter().enumerate() {
        match *word {
            "(" | "[" => depth += 1,
            ")" | "]" => depth = depth.saturating_sub(1),
            "," if depth == 0 => given += 1,
            // A star for all columns stands alone or behind a dot; as a sign it is not told apart.
            "*" if depth == 0 => return false,
            _ if depth == 0 && is_end(at) => return given > wanted || (listed && given < wanted),
            _ => {}
        }
    }
    words.len() < MOST / 2 && (given > wanted || (listed && given < wanted))
}

/// A name alone.
fn single(words: &[&str]) -> Option<Ident> {
    match words {
        [name] if !name.contains('&') => Some(Ident::new(named(name))),
        _ => None,
    }
}

/// DO UPDATE has to say of which key.
fn whose(words: &[&str]) -> Option<String> {
    let unsaid =
        |four: &[&str]| four.iter().zip(["on", "conflict", "do", "update"]).all(|(word, wanted)| is(word, wanted));
    words.windows(4).any(unsaid).then(|| "ON CONFLICT DO UPDATE names no key (42601)".to_string())
}

/// The columns of `ON CONFLICT (a, b)`; none where there are expressions, or a condition that means a partial index.
fn conflict(words: &[&str]) -> Option<Vec<Ident>> {
    let at = words.windows(3).position(
        |three| matches!(three, [on, conflict, open] if is(on, "on") && is(conflict, "conflict") && *open == "("),
    )?;
    let (items, behind) = bracketed(words.get(at + 2..)?)?;
    let filtered = behind.first().is_some_and(|word| is(word, "where"));
    items.into_iter().map(single).gather_all().filter(|_| !filtered)
}
