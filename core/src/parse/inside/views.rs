//! `CREATE VIEW` and what it reads.
//!
//! In: tokens of the statement. Out: [`Change::CreateView`]. Relations are found by the words before them, so that a query that
//! no parser knows still tells what it reads. Never: a name of the query's own WITH.

use super::cursor::Cursor;
use super::tokens::Kind;
use super::{Unread, guard};
use crate::change::{Change, Ident, Name};

/// `CREATE [OR REPLACE] … [MATERIALIZED] VIEW name … AS query`.
pub(super) fn create(cursor: &mut Cursor<'_>) -> Result<Change, Unread> {
    if !cursor.eat("CREATE") {
        return cursor.refuse("CREATE");
    }
    let replace = cursor.eat_all(&["OR", "REPLACE"]);
    let before = cursor.until(|here| here.is("VIEW"));
    if !cursor.eat("VIEW") {
        return cursor.refuse("VIEW");
    }
    let materialized =
        before.remaining().last().is_some_and(|token| before.source(*token).eq_ignore_ascii_case("MATERIALIZED"));
    cursor.eat_if_not_exists();
    let name = cursor.want_name("a name for the view")?;
    cursor.until(|here| here.is("AS"));
    if !cursor.eat("AS") {
        return cursor.refuse("AS");
    }
    let with_data = !cursor.ends_with(&["WITH", "NO", "DATA"]);
    let query = without_ending(*cursor);
    cursor.take_rest();
    if query.at_end() {
        return query.refuse("a query");
    }
    guard::check(&query)?;
    let mut reads = reads(&query);
    // A recursive view names itself.
    reads.retain(|read| *read != name);
    Ok(Change::CreateView { name, replace, materialized, reads, query: query.rest().to_string(), with_data })
}

/// The query without `WITH [NO] DATA`, `WITH [LOCAL | CASCADED] CHECK OPTION`, `WITH READ ONLY` behind it.
fn without_ending(query: Cursor<'_>) -> Cursor<'_> {
    const ENDINGS: [&[&str]; 6] = [
        &["WITH", "NO", "DATA"],
        &["WITH", "DATA"],
        &["WITH", "CHECK", "OPTION"],
        &["WITH", "LOCAL", "CHECK", "OPTION"],
        &["WITH", "CASCADED", "CHECK", "OPTION"],
        &["WITH", "READ", "ONLY"],
    ];
    let Some(ending) = ENDINGS.iter().find(|ending| query.ends_with(ending)) else { return query };
    let mut end = query;
    end.until(|here| here.remaining().len() <= ending.len());
    query.up_to(&end)
}

/// Relations that a query reads: the names behind FROM and JOIN, and behind commas there; its own WITH names left out.
pub(super) fn reads(query: &Cursor<'_>) -> Vec<Name> {
    let mut names: Vec<Name> = Vec::new();
    let mut own: Vec<Ident> = Vec::new();
    scan(*query, false, &mut names, &mut own);
    names.retain(|name| name.schema.is_some() || !own.contains(&name.object));
    names
}

/// One bracket level and those inside it. In `listing`, a comma leads to another relation.
fn scan(mut cursor: Cursor<'_>, from_list: bool, names: &mut Vec<Name>, own: &mut Vec<Ident>) {
    // Words that end a FROM list at its level.
    const ENDS: [&str; 12] = [
        "WHERE",
        "GROUP",
        "ORDER",
        "HAVING",
        "LIMIT",
        "UNION",
        "EXCEPT",
        "INTERSECT",
        "WINDOW",
        "SELECT",
        "RETURNING",
        "SET",
    ];
    let mut listing = from_list;
    let mut expecting = from_list;
    let mut before = "";
    while !cursor.at_end() {
        if expecting {
            expecting = false;
            cursor.eat_any(&["ONLY", "LATERAL"]);
            relation(&mut cursor, names);
            before = "";
            continue;
        }
        if cursor.kind(0) == Some(Kind::Open) {
            let Some(inside) = cursor.group() else { return };
            // `extract(epoch FROM x)` and its kin read nothing.
            let of_function = ["extract", "substring", "trim", "overlay", "position"];
            if !of_function.iter().any(|name| before.eq_ignore_ascii_case(name)) || starts_query(&inside) {
                scan(inside, listing && !starts_query(&inside) && before.is_empty(), names, own);
            }
            continue;
        }
        if cursor.kind(0) == Some(Kind::Comma) {
            expecting = listing;
        } else if (cursor.is("FROM") && !before.eq_ignore_ascii_case("DISTINCT"))
            || cursor.is_any(&["JOIN", "STRAIGHT_JOIN"])
            || (cursor.is("USING") && cursor.kind(1) != Some(Kind::Open))
        {
            (listing, expecting) = (true, true);
        } else if cursor.is("TABLE") {
            expecting = true;
        } else if cursor.is_any(&ENDS) {
            listing = false;
        } else {
            with_name(&cursor, own);
        }
        before = cursor.word(0).unwrap_or("");
        cursor.step();
    }
}

fn starts_query(cursor: &Cursor<'_>) -> bool {
    cursor.is_any(&["SELECT", "WITH", "VALUES", "TABLE"]) || cursor.kind(0) == Some(Kind::Open)
}

/// `name AS (` or `name (columns) AS (`: a name that the query defines itself.
fn with_name(cursor: &Cursor<'_>, own: &mut Vec<Ident>) {
    let mut ahead = *cursor;
    let Some(name) = ahead.ident() else { return };
    ahead.group();
    let defines = ahead.eat("AS") && {
        ahead.eat("NOT");
        ahead.eat("MATERIALIZED");
        ahead.kind(0) == Some(Kind::Open)
    };
    if defines && !own.contains(&name) {
        own.push(name);
    }
}

/// Notes the relation here, unless a function call or a subquery stands here.
fn relation(cursor: &mut Cursor<'_>, names: &mut Vec<Name>) {
    let mark = *cursor;
    let Some(name) = cursor.name() else { return };
    if cursor.kind(0) == Some(Kind::Open) {
        *cursor = mark;
        cursor.name();
    } else if !names.contains(&name) {
        names.push(name);
    }
}
