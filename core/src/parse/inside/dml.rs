//! `INSERT`, `REPLACE`, `UPDATE`, `DELETE`.
//!
//! In: tokens of the statement. Out: the target table, columns assigned, rows counted, and which rows a WHERE picks. Only the
//! condition becomes a syntax tree: an INSERT of ten thousand rows is counted by its brackets.
//! Never: the table of a subquery; a statement whose WITH writes too.

use super::cursor::Cursor;
use super::tokens::Kind;
use super::{Unread, exprs};
use crate::change::{Change, Expr, Ident, Name, RowFilter, Volatility};
use sqlparser::ast::{BinaryOperator, Expr as Tree};

/// Reads the statement to its end.
pub(super) fn change(cursor: &mut Cursor<'_>) -> Result<Change, Unread> {
    let limited = with(cursor)?;
    if cursor.eat_any(&["INSERT", "REPLACE"]) {
        insert(cursor)
    } else if cursor.eat("UPDATE") {
        update(cursor, limited)
    } else if cursor.eat("DELETE") {
        delete(cursor, limited)
    } else {
        cursor.refuse("INSERT, REPLACE, UPDATE or DELETE")
    }
}

/// Steps over `WITH …`; tells whether a query in it has a LIMIT. One that writes is more than one change can say.
fn with(cursor: &mut Cursor<'_>) -> Result<bool, Unread> {
    if !cursor.eat("WITH") {
        return Ok(false);
    }
    cursor.eat("RECURSIVE");
    let mut limited = false;
    while !cursor.at_end() && !cursor.is_any(&["INSERT", "REPLACE", "UPDATE", "DELETE", "MERGE"]) {
        if let Some(query) = cursor.group() {
            if query.is_any(&["INSERT", "UPDATE", "DELETE", "MERGE"]) {
                return Err(Unread::Disagrees("a WITH clause that writes".to_string()));
            }
            limited |= has_limit(query);
        } else {
            cursor.step();
        }
    }
    Ok(limited)
}

/// Whether a query is cut off by LIMIT or FETCH FIRST at its own level.
fn has_limit(mut query: Cursor<'_>) -> bool {
    query.until(|here| here.is("LIMIT") || (here.is("FETCH") && (here.is_at(1, "FIRST") || here.is_at(1, "NEXT"))));
    !query.at_end() && !query.is_at(1, "ALL")
}

// ---- INSERT

fn insert(cursor: &mut Cursor<'_>) -> Result<Change, Unread> {
    while cursor.eat_any(&["LOW_PRIORITY", "DELAYED", "HIGH_PRIORITY", "IGNORE"]) || or_action(cursor) {}
    cursor.eat("INTO");
    let table = cursor.want_name("a table")?;
    let mut from_query = true;
    let mut rows = None;
    while !cursor.at_end() {
        if cursor.eat("OVERRIDING") {
            cursor.eat_any(&["SYSTEM", "USER"]);
            cursor.eat("VALUE");
        } else if cursor.eat_any(&["VALUES", "VALUE"]) {
            (from_query, rows) = (false, Some(count_rows(cursor)?));
            break;
        } else if cursor.eat_all(&["DEFAULT", "VALUES"]) || cursor.eat("SET") {
            (from_query, rows) = (false, Some(1));
            break;
        } else if starts_query(cursor) {
            break;
        }
        // Alias, partitions, column list, OVERRIDING.
        cursor.step();
    }
    if cursor.at_end() && from_query {
        return cursor.refuse("VALUES or a query");
    }
    cursor.take_rest();
    Ok(Change::Insert { table, from_query, rows })
}

fn starts_query(cursor: &Cursor<'_>) -> bool {
    cursor.is_any(&["SELECT", "WITH", "TABLE", "EXECUTE"])
        || (cursor.kind(0) == Some(Kind::Open) && (cursor.is_at(1, "SELECT") || cursor.is_at(1, "WITH")))
}

/// SQLite's `OR REPLACE`, `OR IGNORE`, …
fn or_action(cursor: &mut Cursor<'_>) -> bool {
    cursor.eat("OR") && cursor.step().is_some()
}

/// The bracketed rows behind VALUES: `(1, 2), (3, 4)`, MySQL also `ROW(1, 2)`.
fn count_rows(cursor: &mut Cursor<'_>) -> Result<u64, Unread> {
    let mut rows = 0;
    loop {
        cursor.eat("ROW");
        if cursor.group().is_none() {
            return cursor.refuse("a row in brackets");
        }
        rows += 1;
        if !cursor.eat_kind(Kind::Comma) {
            return Ok(rows);
        }
    }
}

// ---- UPDATE and DELETE

/// A table in the statement with the alias that stands for it.
struct Source {
    name: Name,
    alias: Option<Ident>,
}

impl Source {
    fn is_called(&self, name: &Ident) -> bool {
        match &self.alias {
            Some(alias) => alias.value.eq_ignore_ascii_case(&name.value),
            None => self.name.object.value.eq_ignore_ascii_case(&name.value),
        }
    }
}

fn update(cursor: &mut Cursor<'_>, limited: bool) -> Result<Change, Unread> {
    while cursor.eat_any(&["LOW_PRIORITY", "IGNORE", "ONLY"]) || or_action(cursor) {}
    let mut sources = sources(&cursor.until(|here| here.is("SET")))?;
    if !cursor.eat("SET") {
        return cursor.refuse("SET");
    }
    let assigned = cursor.until(|here| here.is_any(&["FROM", "WHERE", "ORDER", "LIMIT", "RETURNING"]));
    let (columns, qualifier) = assigned_columns(&assigned)?;
    let joins = cursor.is("FROM") || sources.len() > 1;
    let limited = limited | from_is_limited(cursor);
    let target = pick(&mut sources, qualifier.as_ref(), cursor)?;
    let filter = filter(cursor, &target, joins, limited)?;
    Ok(Change::Update { table: target.name, columns, filter })
}

/// `FROM (SELECT … LIMIT n) batch`: steps up to WHERE and tells whether such a subquery stands there.
fn from_is_limited(cursor: &mut Cursor<'_>) -> bool {
    let mut limited = false;
    while !cursor.at_end() && !cursor.is_any(&["WHERE", "ORDER", "LIMIT", "RETURNING"]) {
        match cursor.group() {
            Some(group) => limited |= has_limit(group),
            None => {
                cursor.step();
            }
        }
    }
    limited
}

fn delete(cursor: &mut Cursor<'_>, limited: bool) -> Result<Change, Unread> {
    const STOPS: [&str; 5] = ["USING", "WHERE", "ORDER", "LIMIT", "RETURNING"];
    while cursor.eat_any(&["LOW_PRIORITY", "QUICK", "IGNORE"]) {}
    // MySQL: `DELETE a, b FROM a JOIN b …` names the tables first.
    let named = if cursor.is("FROM") { Vec::new() } else { sources(&cursor.until(|here| here.is("FROM")))? };
    if !cursor.eat("FROM") {
        return cursor.refuse("FROM");
    }
    cursor.eat("ONLY");
    let mut sources = sources(&cursor.until(|here| here.is_any(&STOPS)))?;
    let joins = cursor.is("USING") || sources.len() > 1;
    let limited = limited | from_is_limited(cursor);
    if named.len() > 1 {
        return Err(Unread::Disagrees("a DELETE from several tables".to_string()));
    }
    let target = pick(&mut sources, named.first().map(|source| &source.name.object), cursor)?;
    let filter = filter(cursor, &target, joins, limited)?;
    Ok(Change::Delete { table: target.name, filter })
}

/// The table that is called so, or the first.
fn pick(sources: &mut Vec<Source>, called: Option<&Ident>, cursor: &Cursor<'_>) -> Result<Source, Unread> {
    if sources.is_empty() {
        return cursor.refuse("a table");
    }
    let target = called.and_then(|name| sources.iter().position(|source| source.is_called(name)));
    Ok(sources.swap_remove(target.unwrap_or(0)))
}

/// Tables of a list with commas and joins.
fn sources(list: &Cursor<'_>) -> Result<Vec<Source>, Unread> {
    let mut sources = Vec::new();
    for mut part in list.parts() {
        loop {
            part.eat("ONLY");
            if let Some(name) = part.name() {
                part.eat_operator("*");
                // `DELETE t.* FROM t …`
                if part.eat_kind(Kind::Dot) {
                    part.eat_operator("*");
                }
                part.eat("AS");
                let alias = if part.is_any(&JOIN_WORDS) { None } else { part.ident() };
                sources.push(Source { name, alias });
            }
            part.until(|here| here.is_any(&["JOIN", "STRAIGHT_JOIN"]));
            if !part.eat_any(&["JOIN", "STRAIGHT_JOIN"]) {
                break;
            }
        }
    }
    Ok(sources)
}

#[rustfmt::skip]
const JOIN_WORDS: [&str; 14] = [
    "JOIN", "INNER", "LEFT", "RIGHT", "CROSS", "NATURAL", "STRAIGHT_JOIN", "ON", "USING", "PARTITION", "FULL", "USE",
    "FORCE", "INDEXED",
];

/// Columns before `=`, and the qualifier of the first.
fn assigned_columns(list: &Cursor<'_>) -> Result<(Vec<Ident>, Option<Ident>), Unread> {
    let mut columns: Vec<Ident> = Vec::new();
    let mut qualifier = None;
    for mut part in list.parts() {
        // `(a, b) = (…)`
        if let Some(group) = part.group() {
            for mut column in group.parts() {
                columns.push(column.want_ident("a column")?);
            }
            continue;
        }
        let name = part.want_name("a column")?;
        qualifier = qualifier.or(name.schema);
        if !columns.contains(&name.object) {
            columns.push(name.object);
        }
        // `array[1] = …`, `composite.field = …`
        part.until(|here| here.is_operator(0, "=") || here.is_operator(0, ":="));
        if part.at_end() {
            return part.refuse("=");
        }
    }
    if columns.is_empty() { list.refuse("a column") } else { Ok((columns, qualifier)) }
}

// ---- WHERE

fn filter(cursor: &mut Cursor<'_>, target: &Source, joins: bool, limited: bool) -> Result<RowFilter, Unread> {
    let condition = if cursor.eat("WHERE") {
        Some(cursor.until(|here| here.is_any(&["RETURNING", "LIMIT"]) || here.are(&["ORDER", "BY"])))
    } else {
        None
    };
    let limited = limited | has_limit(*cursor);
    cursor.take_rest();
    match condition {
        None if !limited => Ok(RowFilter::All),
        // A LIMIT without a WHERE: a batch of whatever comes first.
        None => {
            let condition = Expr { text: "TRUE".to_string(), volatility: Volatility::Constant, columns: Vec::new() };
            Ok(RowFilter::Where { condition, few: false, batch: true })
        }
        // The one row that a cursor stands on.
        Some(condition) if condition.are(&["CURRENT", "OF"]) => {
            let text = condition.rest().to_string();
            let condition = Expr { text, volatility: Volatility::Constant, columns: Vec::new() };
            Ok(RowFilter::Where { condition, few: true, batch: limited })
        }
        Some(condition) => {
            let limited = limited | by_limited_query(&condition);
            let rows = Rows { target, joins };
            let look = |tree: &Tree| (rows.are_few(tree), rows.are_a_key_range(tree));
            let (condition, (few, bounded)) = exprs::read_with(&condition, look)?;
            Ok(RowFilter::Where { condition, few, batch: limited | bounded })
        }
    }
}

/// `… IN (SELECT … LIMIT n)`, `ctid = ANY (ARRAY(SELECT … LIMIT n))`, joined by AND to anything else.
fn by_limited_query(condition: &Cursor<'_>) -> bool {
    let mut here = *condition;
    let mut limited = false;
    while !here.at_end() {
        if here.is("OR") {
            return false;
        }
        let picks = here.is("IN") || here.is("ANY");
        let negated = here.is("NOT");
        here.step();
        if negated && here.is("IN") {
            here.step();
        } else if picks {
            let mut inside = here.group();
            while let Some(group) = inside {
                limited |= has_limit(group);
                let mut deeper = group;
                deeper.eat("ARRAY");
                // MySQL needs a derived table around: `IN (SELECT id FROM (SELECT … LIMIT n) t)`.
                deeper.until(|here| here.kind(0) == Some(Kind::Open));
                inside = deeper.group();
            }
        }
    }
    limited
}

/// Which rows of the target a condition picks.
struct Rows<'a> {
    target: &'a Source,
    /// Other tables are in reach, so that a bare column need not be the target's.
    joins: bool,
}

impl Rows<'_> {
    /// Whether a tree is a column of the target.
    fn is_column(&self, tree: &Tree) -> bool {
        match tree {
            Tree::CompoundIdentifier(parts) => {
                let qualifier = parts.iter().rev().nth(1);
                qualifier.is_some_and(|part| self.target.is_called(&Ident::new(part.value.clone())))
            }
            Tree::Nested(inner) => self.is_column(inner),
            _ => exprs::is_column(tree) && !self.joins,
        }
    }

    /// One value, or a list of values, of a column. A boolean names half the table; NULL names nothing.
    fn are_few(&self, tree: &Tree) -> bool {
        match tree {
            Tree::Nested(inner) => self.are_few(inner),
            Tree::BinaryOp { left, op: BinaryOperator::Eq, right } => {
                (self.is_column(left) && names_a_value(right)) || (self.is_column(right) && names_a_value(left))
            }
            Tree::BinaryOp { left, op: BinaryOperator::And, right } => self.are_few(left) || self.are_few(right),
            Tree::BinaryOp { left, op: BinaryOperator::Or, right } => self.are_few(left) && self.are_few(right),
            Tree::InList { expr, list, negated: false } => self.is_column(expr) && list.iter().all(names_a_value),
            _ => false,
        }
    }

    /// A column held between two bounds: `BETWEEN 1 AND 1000`, `id > 0 AND id <= 1000`.
    fn are_a_key_range(&self, tree: &Tree) -> bool {
        let mut bounds = Bounds::default();
        bounds.collect(self, tree);
        bounds.between || bounds.above.iter().any(|column| bounds.below.contains(column))
    }
}

fn names_a_value(tree: &Tree) -> bool {
    use sqlparser::ast::Value;
    match tree {
        Tree::Value(value) => !matches!(value.value, Value::Boolean(_) | Value::Null),
        Tree::Cast { expr, .. } | Tree::Nested(expr) => names_a_value(expr),
        _ => exprs::is_literal(tree),
    }
}

/// Columns bounded from below and from above by conditions joined with AND.
#[derive(Default)]
struct Bounds {
    above: Vec<String>,
    below: Vec<String>,
    between: bool,
}

impl Bounds {
    fn collect(&mut self, rows: &Rows<'_>, tree: &Tree) {
        use BinaryOperator::{And, Gt, GtEq, Lt, LtEq};
        match tree {
            Tree::Nested(inner) => self.collect(rows, inner),
            Tree::BinaryOp { left, op: And, right } => {
                self.collect(rows, left);
                self.collect(rows, right);
            }
            Tree::BinaryOp { left, op: Gt | GtEq, right } => self.bound(rows, left, right, true),
            Tree::BinaryOp { left, op: Lt | LtEq, right } => self.bound(rows, left, right, false),
            Tree::Between { expr, negated: false, low, high } => {
                self.between |= rows.is_column(expr) && is_bound(low) && is_bound(high);
            }
            _ => {}
        }
    }

    fn bound(&mut self, rows: &Rows<'_>, left: &Tree, right: &Tree, greater: bool) {
        let (column, greater) = if rows.is_column(left) && is_bound(right) {
            (left, greater)
        } else if rows.is_column(right) && is_bound(left) {
            (right, !greater)
        } else {
            return;
        };
        let side = if greater { &mut self.above } else { &mut self.below };
        side.push(column.to_string());
    }
}

/// A literal, a parameter, or sums of them: `:last + 1000`.
fn is_bound(tree: &Tree) -> bool {
    match tree {
        Tree::BinaryOp { left, op: BinaryOperator::Plus | BinaryOperator::Minus, right } => {
            is_bound(left) && is_bound(right)
        }
        _ => exprs::is_literal(tree),
    }
}
