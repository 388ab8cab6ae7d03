//! `INSERT`, `REPLACE`, `UPDATE`, `DELETE`, and `SELECT … FOR UPDATE`.
//!
//! In: tokens of the statement. Out: the target table, columns assigned, rows counted, and which rows a WHERE picks. Only the
//! condition becomes a syntax tree: an INSERT of ten thousand rows is counted by its brackets.
//! Never: the table of a subquery; a statement whose WITH writes too.

use super::Unread;
use super::cursor::Cursor;
use super::rows::{Reach, Source, filter};
use super::tokens::Kind;
use crate::change::{Change, Ident, RowFilter};

/// Reads the statement to its end.
pub(super) fn change(cursor: &mut Cursor<'_>) -> Result<Change, Unread> {
    let whole = *cursor;
    let queries = with(cursor)?;
    if cursor.eat_any(&["INSERT", "REPLACE"]) {
        insert(cursor, queries, &whole)
    } else if cursor.eat("UPDATE") {
        update(cursor, queries)
    } else if cursor.eat("DELETE") {
        delete(cursor, queries)
    } else if cursor.is_any(&["SELECT", "TABLE"]) {
        // One that locks the rows that it reads.
        let mut locks = super::rows::source(*cursor, queries, &whole);
        // Where it is a query in brackets that locks, those are its rows.
        let mut own = *cursor;
        own.until(|here| here.is("FOR") || here.are(&["LOCK", "IN"]));
        if own.at_end() {
            super::rows::read_within(whole, &mut locks);
        }
        cursor.take_rest();
        Ok(Change::Query { calls_functions: false, locks })
    } else {
        cursor.refuse("INSERT, REPLACE, UPDATE, DELETE or SELECT")
    }
}

/// Steps over `WITH …`; gives its queries. One that writes is more than one change can say.
pub(super) fn with<'a>(cursor: &mut Cursor<'a>) -> Result<Vec<Cursor<'a>>, Unread> {
    let mut queries = Vec::new();
    if !cursor.eat("WITH") {
        return Ok(queries);
    }
    cursor.eat("RECURSIVE");
    while !cursor.at_end() && !cursor.is_any(&["INSERT", "REPLACE", "UPDATE", "DELETE", "MERGE", "SELECT"]) {
        if let Some(query) = cursor.group() {
            if query.is_any(&["INSERT", "UPDATE", "DELETE", "MERGE"]) {
                return Err(Unread::Disagrees("a WITH clause that writes".to_string()));
            }
            queries.push(query);
        } else {
            cursor.step();
        }
    }
    Ok(queries)
}

// ---- INSERT

fn insert<'a>(cursor: &mut Cursor<'a>, queries: Vec<Cursor<'a>>, whole: &Cursor<'a>) -> Result<Change, Unread> {
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
    let mut source = Vec::new();
    if from_query {
        let one = super::rows::outermost_row(*cursor);
        source = super::rows::source(*cursor, queries, whole);
        if let (Some(column), [(_, filter @ RowFilter::All)]) = (one, source.as_mut_slice()) {
            *filter = super::rows::one_row(&column);
        }
        // `SELECT 1`, `SELECT 1 FROM dual WHERE …`; functions of PostgreSQL give rows too.
        rows = (source.is_empty() && !cursor.postgres()).then_some(1);
    }
    cursor.take_rest();
    Ok(Change::Insert { table, from_query, rows, source })
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

fn update<'a>(cursor: &mut Cursor<'a>, mut queries: Vec<Cursor<'a>>) -> Result<Change, Unread> {
    while cursor.eat_any(&["LOW_PRIORITY", "IGNORE", "ONLY"]) || or_action(cursor) {}
    let tables = cursor.until(|here| here.is("SET"));
    // A row without one in a query beside it is written as well, where the join says so.
    let mut outer = tables;
    outer.until(|here| here.is_any(&["LEFT", "RIGHT", "FULL"]));
    let before = queries.len();
    if outer.at_end() {
        subqueries(&mut tables.clone(), &mut queries);
    }
    let mut sources = sources(&tables)?;
    if !cursor.eat("SET") {
        return cursor.refuse("SET");
    }
    let assigned = cursor.until(|here| here.is_any(&["FROM", "WHERE", "ORDER", "LIMIT", "RETURNING"]));
    let (columns, qualifier) = assigned_columns(&assigned)?;
    let beside = sources.len() > 1 || queries.len() > before;
    let joins = cursor.is("FROM") && !is_rows_alone(*cursor) || beside;
    subqueries(cursor, &mut queries);
    let target = pick(&mut sources, qualifier.as_ref(), cursor)?;
    let filter = filter(cursor, &Reach { target: &target, joins, server: cursor.target, queries: &queries })?;
    Ok(Change::Update { table: target.name, columns, filter })
}

/// `FROM (VALUES …) AS v (…)` and no other table: each row that is written out leads to those with its key.
fn is_rows_alone(mut cursor: Cursor<'_>) -> bool {
    cursor.eat("FROM");
    let rows = cursor.group().is_some_and(|group| group.is("VALUES"));
    let mut rest = cursor.until(|here| here.is("WHERE"));
    let alone = rest.parts().len() < 2;
    rest.until(|here| here.is("JOIN"));
    rows && alone && rest.at_end()
}

/// `FROM (SELECT … LIMIT n) batch`: steps up to WHERE and collects such subqueries.
fn subqueries<'a>(cursor: &mut Cursor<'a>, queries: &mut Vec<Cursor<'a>>) {
    while !cursor.at_end() && !cursor.is_any(&["WHERE", "ORDER", "LIMIT", "RETURNING"]) {
        match cursor.group() {
            Some(group) => queries.push(group),
            None => {
                cursor.step();
            }
        }
    }
}

fn delete<'a>(cursor: &mut Cursor<'a>, mut queries: Vec<Cursor<'a>>) -> Result<Change, Unread> {
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
    subqueries(cursor, &mut queries);
    if named.len() > 1 {
        return Err(Unread::Disagrees("a DELETE from several tables".to_string()));
    }
    let target = pick(&mut sources, named.first().map(|source| &source.name.object), cursor)?;
    let filter = filter(cursor, &Reach { target: &target, joins, server: cursor.target, queries: &queries })?;
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
pub(super) fn sources(list: &Cursor<'_>) -> Result<Vec<Source>, Unread> {
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
        // `a[1] = …, a[2] = …` assigns one column; `a = …, a = …` is a mistake that is kept.
        let whole = part.is_operator(0, "=") || part.is_operator(0, ":=");
        if whole || !columns.contains(&name.object) {
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
