//! Which rows an UPDATE or DELETE touches.
//!
//! In: the tokens from WHERE on, the target among the tables in reach. Out: [`RowFilter`]: which columns are held to values or
//! bounds, and whether it is a batch. Never: a column of another table, a boolean, or anything that is not a literal as a value.

use super::cursor::Cursor;
use super::tokens::Kind;
use super::{Unread, exprs, views};
use crate::change::{BATCH_AT_MOST, Expr, Ident, Name, RowFilter, Volatility};
use crate::order::{Gather, PushAll};
use crate::target::{Engine, Target};
use sqlparser::ast::{BinaryOperator, Expr as Tree};

/// A table in the statement with the alias that stands for it.
pub(super) struct Source {
    /// Its name.
    pub(super) name: Name,
    /// What stands for it.
    pub(super) alias: Option<Ident>,
}

impl Source {
    /// Whether it goes by this name here.
    pub(super) fn is_called(&self, name: &Ident) -> bool {
        match &self.alias {
            Some(alias) => alias.value.eq_ignore_ascii_case(&name.value),
            None => self.name.object.value.eq_ignore_ascii_case(&name.value),
        }
    }
}

/// What a condition can speak of.
pub(super) struct Reach<'a> {
    /// The table that is written.
    pub(super) target: &'a Source,
    /// Other tables are in reach, so that a bare column need not be the target's.
    pub(super) joins: bool,
    /// Whose folding of names holds.
    pub(super) server: Target,
    /// Queries of WITH and FROM.
    pub(super) queries: &'a [Cursor<'a>],
}

/// Whether a query is cut off by LIMIT or FETCH FIRST at its own level.
fn has_limit(mut query: Cursor<'_>) -> bool {
    let mut offset = query;
    offset.until(|here| here.is("OFFSET"));
    query.until(|here| here.is("LIMIT") || (here.is("FETCH") && (here.is_at(1, "FIRST") || here.is_at(1, "NEXT"))));
    let number = |at: &Cursor<'_>, place: usize| at.token(place).and_then(|token| at.source(token).parse::<u64>().ok());
    // `LIMIT n`, `FETCH FIRST n`, MySQL's and SQLite's `LIMIT m, n`; `LIMIT ?` is taken for a batch.
    let (rows, before) = match query.is("FETCH") {
        true => (number(&query, 2), None),
        false if query.kind(2) == Some(Kind::Comma) => (number(&query, 3), number(&query, 1)),
        false => (number(&query, 1), None),
    };
    // InnoDB locks what is skipped as well.
    let skipped = before.or(number(&offset, 1)).filter(|_| query.mysql()).unwrap_or_default();
    let few = rows.is_none_or(|rows| rows.saturating_add(skipped) <= BATCH_AT_MOST);
    !query.at_end() && !query.is_at(1, "ALL") && few
}

/// The tables that a query takes its rows from, each with the condition that holds for it; none for one that reads no table.
/// `queries` are those of a WITH before it, `whole` is the statement from there.
pub(super) fn source<'a>(
    mut query: Cursor<'a>,
    mut queries: Vec<Cursor<'a>>,
    whole: &Cursor<'a>,
) -> Vec<(Name, RowFilter)> {
    const ENDS: [&str; 8] = ["GROUP", "HAVING", "UNION", "EXCEPT", "INTERSECT", "WINDOW", "FOR", "ON"];
    let mut inside = query;
    while let Some(group) = inside.group() {
        (query, inside) = (group, group);
    }
    let read = views::reads(whole);
    if query.is("WITH") {
        let mut within = query;
        queries.push_all(super::dml::with(&mut within).unwrap_or_default());
        query.until(|here| here.is("SELECT"));
    }
    if query.eat("TABLE") {
        return query.name().map(|name| (name, RowFilter::All)).into_iter().gather();
    }
    let united = read_by_several(query);
    query.until(|here| here.is("FROM"));
    query.step();
    let mut rest = query;
    let list = rest.until(|here| here.is_any(&["WHERE", "LIMIT", "ORDER"]) || here.is_any(&ENDS) && !here.is("ON"));
    let named = super::dml::sources(&list).unwrap_or_default();
    let mut groups = list;
    let mut derived = false;
    while !groups.at_end() {
        match groups.group() {
            Some(group) if group.is("SELECT") => {
                derived = true;
                queries.push(group);
            }
            Some(_) => {}
            None => {
                groups.step();
            }
        }
    }
    let rest = rest.until(|here| here.is_any(&ENDS));
    let all_of = |name: Name| (name, RowFilter::All);
    // A name of the query's own WITH is no table.
    let is_table = |name: &Name| read.iter().any(|read| read.object == name.object);
    let inner = queries.iter().filter(|query| !has_limit(**query)).flat_map(views::reads).filter(is_table).map(all_of);
    let known = |source: &&Source| is_table(&source.name);
    let server = query.target;
    let outer = named.iter().filter(known).map(|target| {
        let reach = Reach { target, joins: named.len() > 1 || derived, server, queries: &[] };
        let condition = if united { Err(Unread::Disagrees(String::new())) } else { filter(&mut rest.clone(), &reach) };
        (target.name.clone(), condition.unwrap_or(RowFilter::All))
    });
    let mut all: Vec<(Name, RowFilter)> = outer.chain(inner).gather();
    if united {
        all.push_all(read.iter().cloned().map(all_of));
    }
    all.retain(|(name, _)| !name.object.value.eq_ignore_ascii_case("dual"));
    all
}

/// `SELECT … UNION SELECT …`
fn read_by_several(mut query: Cursor<'_>) -> bool {
    query.until(|here| here.is_any(&["UNION", "EXCEPT", "INTERSECT"]));
    !query.at_end()
}

/// Reads WHERE, ORDER BY, LIMIT and what follows, to the end of the statement.
pub(super) fn filter(cursor: &mut Cursor<'_>, reach: &Reach<'_>) -> Result<RowFilter, Unread> {
    let condition = if cursor.eat("WHERE") {
        Some(cursor.until(|here| here.is_any(&["RETURNING", "LIMIT"]) || here.are(&["ORDER", "BY"])))
    } else {
        None
    };
    let limited = has_limit(*cursor);
    let order = order(*cursor);
    cursor.take_rest();
    match condition {
        None if !limited && reach.joins && reach.queries.iter().any(|query| reach.takes_a_batch(*query)) => {
            let condition = Expr { text: "TRUE".to_string(), volatility: Volatility::Constant, columns: Vec::new() };
            Ok(one_batch(condition, None))
        }
        None if !limited => Ok(RowFilter::All),
        // A LIMIT without a WHERE: a batch of whatever comes first.
        None => {
            let condition = Expr { text: "TRUE".to_string(), volatility: Volatility::Constant, columns: Vec::new() };
            Ok(one_batch(condition, order))
        }
        // The one row that a cursor stands on.
        Some(condition) if condition.are(&["CURRENT", "OF"]) => {
            let text = condition.rest().to_string();
            let condition = Expr { text, volatility: Volatility::Constant, columns: Vec::new() };
            Ok(one_batch(condition, None))
        }
        Some(condition) if always(&condition) == Some(true) && !limited => Ok(RowFilter::All),
        Some(condition) => {
            let picked = always(&condition) == Some(false)
                || reach.queries.iter().any(|query| reach.takes_a_batch(*query))
                || reach.is_by_limited_query(&condition);
            let scans = picked && reach.looks_at_every_row(&condition);
            let look = |tree: &Tree| {
                let by_row =
                    if reach.joins { Vec::new() } else { reach.held(tree, &|value| reach.is_of_other_row(value)) };
                // A column of rows that are written out has few values.
                let rows = !reach.joins && reach.queries.iter().any(|query| query.is("VALUES"));
                let is_value = |value: &Tree| names_a_value(value) || rows && reach.is_of_other_row(value);
                (reach.held(tree, &is_value), reach.by_range(tree), by_row, reach.compared(tree))
            };
            let (condition, (by_value, by_range, by_row, (mut sought, bounded))) = exprs::read_with(&condition, look)?;
            // A bound leads to its rows where nothing else is asked of them.
            if let [column] = condition.columns.as_slice() {
                let ordered = order
                    .is_none_or(|by| matches!(by.as_slice(), [by] if by.value.eq_ignore_ascii_case(&column.value)));
                sought.push_all(bounded.into_iter().filter(|_| ordered));
            }
            if scans {
                sought.clear();
            }
            let sought = Some(sought).filter(|_| limited && !picked || scans);
            Ok(RowFilter::Where {
                condition,
                by_value,
                by_range,
                by_row,
                batch: limited || picked,
                sought,
                repeats: false,
            })
        }
    }
}

fn one_batch(condition: Expr, sought: Option<Vec<Ident>>) -> RowFilter {
    let (by_value, by_range, by_row) = Default::default();
    RowFilter::Where { condition, by_value, by_range, by_row, batch: true, sought, repeats: false }
}

/// The column of ORDER BY; an empty list for several, or for anything else that is sorted by.
fn order(mut cursor: Cursor<'_>) -> Option<Vec<Ident>> {
    cursor.eat_all(&["ORDER", "BY"]).then_some(())?;
    let mut list = cursor.until(|here| here.is_any(&["LIMIT", "FETCH", "OFFSET"]));
    let column = list.name();
    list.eat_any(&["ASC", "DESC"]);
    Some(column.filter(|_| list.at_end()).map(|name| name.object).into_iter().gather())
}

/// The tables that a statement reads in queries in brackets, and what one that is a query reads itself.
pub(super) fn read_within<'a>(mut cursor: Cursor<'a>, found: &mut Vec<(Name, RowFilter)>) {
    if cursor.is_any(&["SELECT", "WITH"]) {
        let ends_of_key = outermost_row(cursor);
        for (table, filter) in source(cursor, Vec::new(), &cursor) {
            let filter = match &ends_of_key {
                Some(column) if filter == RowFilter::All => one_row(column),
                _ => filter,
            };
            found.push((table, filter));
        }
    }
    while !cursor.at_end() {
        match cursor.group() {
            Some(group) => read_within(group, found),
            None => {
                cursor.step();
            }
        }
    }
}

/// The column of `SELECT max(id)`, `SELECT 'a', coalesce(min(id), 0)`: with an index on it one row is read.
pub(super) fn outermost_row(mut query: Cursor<'_>) -> Option<Ident> {
    query.eat("SELECT").then_some(())?;
    let list = query.until(|here| here.is("FROM"));
    let mut end = query;
    end.until(|here| here.is_any(&["GROUP", "HAVING", "UNION", "JOIN", "EXCEPT", "INTERSECT"]));
    let mut found: Option<Ident> = None;
    for mut item in list.parts() {
        if item.eat_any(&["COALESCE", "IFNULL"]) {
            item = item.group()?;
        }
        if item.eat_any(&["MAX", "MIN"]) {
            let mut inside = item.group()?;
            let column = inside.name()?.object;
            let same = found.as_ref().is_none_or(|found| found.value.eq_ignore_ascii_case(&column.value));
            (same && inside.at_end() && !query.is("+")).then_some(())?;
            found = Some(column);
        } else if !matches!(item.kind(0), Some(Kind::Text | Kind::Number)) {
            return None;
        }
    }
    found.filter(|_| end.at_end())
}

pub(super) fn one_row(column: &Ident) -> RowFilter {
    let condition = Expr { text: String::new(), volatility: Volatility::Constant, columns: Vec::new() };
    let (by_value, by_range) = Default::default();
    RowFilter::Where {
        condition,
        by_value,
        by_range,
        by_row: vec![column.clone()],
        batch: false,
        sought: None,
        repeats: false,
    }
}

/// A plain SELECT of which the condition is false and nothing else: it certainly gives no row. Brackets in its list may be an
/// aggregate, which gives a row of none; so may what follows the condition.
pub(super) fn takes_none(mut query: Cursor<'_>) -> bool {
    let plain = query.eat("SELECT");
    let mut list = query.until(|here| here.is_any(&["FROM", "WHERE", "SELECT"]));
    list.until(|here| here.kind(0) == Some(Kind::Open));
    // Another SELECT is that of a UNION.
    query.until(|here| here.is_any(&["WHERE", "SELECT"]));
    plain && list.at_end() && query.eat("WHERE") && always(&query) == Some(false)
}

/// Whether a condition says nothing: `1`, `1 = 1`, `TRUE`; `0`, `1 = 0`, `FALSE`.
fn always(condition: &Cursor<'_>) -> Option<bool> {
    let words: Vec<&str> = condition.remaining().iter().map(|token| condition.source(*token)).gather();
    match words.as_slice() {
        ["(", .., ")"] => {
            let mut inside = *condition;
            inside.group().filter(|_| inside.at_end()).and_then(|inside| always(&inside))
        }
        [word] if word.eq_ignore_ascii_case("true") => Some(true),
        [word] if word.eq_ignore_ascii_case("false") => Some(false),
        [digits] => digits.parse::<i64>().ok().map(|number| number != 0),
        [left, "=", right]
            if [left, right].iter().all(|side| side.starts_with(|c: char| c.is_ascii_digit() || c == '\'')) =>
        {
            // `1 = 1.0` and, by its collation, `'a' = 'A'` are true.
            let number = |side: &str| side.parse::<i64>().ok();
            if left == right { Some(true) } else { Some(number(left)? == number(right)?) }
        }
        _ => None,
    }
}

impl Reach<'_> {
    /// Whether a query takes a limited number of the target's own rows; ten rows of another table can mean any number here.
    fn takes_a_batch(&self, query: Cursor<'_>) -> bool {
        let own = &self.target.name.object.value;
        has_limit(query) && views::reads(&query).iter().any(|read| read.object.value.eq_ignore_ascii_case(own))
    }

    /// `IN (SELECT …)` in an UPDATE or DELETE of one table: before MySQL 8.0.21 and MariaDB 11.1 the query is looked up for
    /// each row of the table, all of which are locked (observed on MySQL 5.7.22, 8.0.15, MariaDB 10.11). Later ones begin with
    /// the query where the table is large beside it (9.7.4, 11.8 with 2,000 rows; 9.7.4 not with 100).
    fn looks_at_every_row(&self, condition: &Cursor<'_>) -> bool {
        let version = self.server.version;
        let old = match self.server.engine() {
            Engine::MySql => !version.at_least(8, 0, 21),
            Engine::MariaDb => !version.at_least(11, 1, 0),
            Engine::Postgres | Engine::Sqlite => false,
        };
        let mut here = *condition;
        here.until(|here| here.is("IN") && here.kind(1) == Some(Kind::Open) && here.is_at(2, "SELECT"));
        old && !self.joins && !here.at_end()
    }

    /// `… IN (SELECT … LIMIT n)`, `ctid = ANY (ARRAY(SELECT … LIMIT n))`, joined by AND to anything else.
    fn is_by_limited_query(&self, condition: &Cursor<'_>) -> bool {
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
                    limited |= self.takes_a_batch(group);
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

    /// Columns held to one value, or to a list of values. A boolean names half the table; NULL names nothing.
    fn held(&self, tree: &Tree, is_value: &dyn Fn(&Tree) -> bool) -> Vec<Ident> {
        match tree {
            Tree::Nested(inner) => self.held(inner, is_value),
            Tree::BinaryOp { left, op: BinaryOperator::Eq, right } if is_value(right) => self.column(left),
            Tree::BinaryOp { left, op: BinaryOperator::Eq, right } if is_value(left) => self.column(right),
            Tree::BinaryOp { left, op: BinaryOperator::And, right } => {
                let mut columns = self.held(left, is_value);
                columns.push_all(self.held(right, is_value));
                columns
            }
            // Only what both sides hold is held.
            Tree::BinaryOp { left, op: BinaryOperator::Or, right } => {
                let others = self.held(right, is_value);
                self.held(left, is_value).into_iter().filter(|column| others.contains(column)).gather()
            }
            Tree::InList { expr, list, negated: false } if list.iter().all(is_value) => self.column(expr),
            Tree::AnyOp { left, compare_op: BinaryOperator::Eq, right } => {
                let few = match &**right {
                    Tree::Array(list) => list.elem.iter().all(is_value),
                    array => is_value(array),
                };
                if few { self.column(left) } else { Vec::new() }
            }
            _ => Vec::new(),
        }
    }

    /// Columns held to something that is no column of the target, and columns held above or below it, joined by AND.
    fn compared(&self, tree: &Tree) -> (Vec<Ident>, Vec<Ident>) {
        use BinaryOperator::{And, Eq, Gt, GtEq, Lt, LtEq, Spaceship};
        let other = |value: &Tree| !exprs::names_column(value, self.server) || self.is_of_other_row(value);
        match tree {
            Tree::Nested(inner) => self.compared(inner),
            Tree::BinaryOp { left, op: And, right } => {
                let ((mut equal, mut bounded), more) = (self.compared(left), self.compared(right));
                equal.push_all(more.0);
                bounded.push_all(more.1);
                (equal, bounded)
            }
            Tree::BinaryOp { left, op, right } => {
                let column = if other(right) {
                    self.column(left)
                } else if other(left) {
                    self.column(right)
                } else {
                    Vec::new()
                };
                match op {
                    Eq | Spaceship => (column, Vec::new()),
                    Gt | GtEq | Lt | LtEq => (Vec::new(), column),
                    _ => Default::default(),
                }
            }
            // `LIKE 'prefix%'`
            Tree::Like { negated: false, expr, pattern, .. } if begins(pattern) => (Vec::new(), self.column(expr)),
            Tree::IsNull(inner) => (self.column(inner), Vec::new()),
            Tree::InList { expr, list, negated: false } if list.iter().all(other) => (self.column(expr), Vec::new()),
            Tree::Between { expr, negated: false, low, high } if other(low) && other(high) => {
                (Vec::new(), self.column(expr))
            }
            _ => Default::default(),
        }
    }

    /// A column with the name of another table before it: `NEW.id`, `users.id`.
    fn is_of_other_row(&self, tree: &Tree) -> bool {
        match tree {
            Tree::Nested(inner) => self.is_of_other_row(inner),
            Tree::CompoundIdentifier(_) => !self.is_column(tree),
            _ => false,
        }
    }

    /// The column of the target that a tree is.
    fn column(&self, tree: &Tree) -> Vec<Ident> {
        let name = match tree {
            _ if !self.is_column(tree) => None,
            Tree::Nested(inner) => return self.column(inner),
            Tree::CompoundIdentifier(parts) => parts.last(),
            Tree::Identifier(name) => Some(name),
            _ => None,
        };
        name.map(|name| exprs::stored(name, self.server.engine())).into_iter().gather()
    }

    /// Columns held between two bounds: `BETWEEN 1 AND 1000`, `id > 0 AND id <= 1000`.
    fn by_range(&self, tree: &Tree) -> Vec<Ident> {
        let mut bounds = Bounds::default();
        bounds.collect(self, tree);
        let Bounds { above, below, mut between } = bounds;
        for (column, low) in above {
            let high = below.iter().find(|(other, _)| *other == column);
            if high.is_some_and(|(_, high)| is_narrow(low, *high)) {
                between.push(column);
            }
        }
        between
    }
}

/// A pattern whose first character is said.
fn begins(pattern: &Tree) -> bool {
    use sqlparser::ast::Value;
    match pattern {
        Tree::Value(Value::SingleQuotedString(text) | Value::DoubleQuotedString(text)) => {
            text.starts_with(char::is_alphanumeric)
        }
        _ => false,
    }
}

fn names_a_value(tree: &Tree) -> bool {
    use sqlparser::ast::Value;
    match tree {
        Tree::Value(value) => !matches!(value, Value::Boolean(_) | Value::Null),
        Tree::Cast { expr, .. } | Tree::Nested(expr) => names_a_value(expr),
        _ => exprs::is_literal(tree),
    }
}

/// The number that a bound is written as.
fn number(tree: &Tree) -> Option<i64> {
    match tree {
        Tree::Value(sqlparser::ast::Value::Number(digits, _)) => digits.parse().ok(),
        Tree::Nested(inner) => number(inner),
        _ => None,
    }
}

/// Not known to be wider than a batch.
fn is_narrow(low: Option<i64>, high: Option<i64>) -> bool {
    low.zip(high).is_none_or(|(low, high)| high.saturating_sub(low) <= BATCH_AT_MOST as i64)
}

/// Columns bounded from below and from above by conditions joined with AND.
#[derive(Default)]
struct Bounds {
    above: Vec<(Ident, Option<i64>)>,
    below: Vec<(Ident, Option<i64>)>,
    between: Vec<Ident>,
}

impl Bounds {
    fn collect(&mut self, reach: &Reach<'_>, tree: &Tree) {
        use BinaryOperator::{And, Gt, GtEq, Lt, LtEq};
        match tree {
            Tree::Nested(inner) => self.collect(reach, inner),
            Tree::BinaryOp { left, op: And, right } => {
                self.collect(reach, left);
                self.collect(reach, right);
            }
            Tree::BinaryOp { left, op: Gt | GtEq, right } => self.bound(reach, left, right, true),
            Tree::BinaryOp { left, op: Lt | LtEq, right } => self.bound(reach, left, right, false),
            Tree::Between { expr, negated: false, low, high }
                if is_bound(low) && is_bound(high) && is_narrow(number(low), number(high)) =>
            {
                self.between.push_all(reach.column(expr));
            }
            _ => {}
        }
    }

    fn bound(&mut self, reach: &Reach<'_>, left: &Tree, right: &Tree, greater: bool) {
        let (column, bound, greater) = if reach.is_column(left) && is_bound(right) {
            (left, right, greater)
        } else if reach.is_column(right) && is_bound(left) {
            (right, left, !greater)
        } else {
            return;
        };
        let side = if greater { &mut self.above } else { &mut self.below };
        side.push_all(reach.column(column).into_iter().map(|column| (column, number(bound))));
    }
}

/// A literal, a parameter, a value of a trigger's row, or what is computed from them: `:last + 1000`.
fn is_bound(tree: &Tree) -> bool {
    use BinaryOperator::{Minus, Multiply, Plus};
    match tree {
        Tree::BinaryOp { left, op: Plus | Minus | Multiply, right } => is_bound(left) && is_bound(right),
        Tree::Nested(inner) => is_bound(inner),
        Tree::CompoundIdentifier(parts) => {
            parts.first().is_some_and(|row| ["new", "old"].iter().any(|name| row.value.eq_ignore_ascii_case(name)))
        }
        _ => exprs::is_literal(tree),
    }
}
