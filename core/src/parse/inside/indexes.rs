//! Indexes: `CREATE INDEX`, and keys inside MySQL's CREATE and ALTER TABLE.
//!
//! In: tokens of the statement or clause. Out: [`IndexDef`]. Never: an expression taken for a column.

use super::constraints::nulls;
use super::cursor::Cursor;
use super::tokens::Kind;
use super::{Unread, exprs};
use crate::change::{IndexDef, IndexKind, IndexPart, Name};

/// `CREATE [OR REPLACE] [UNIQUE | FULLTEXT | SPATIAL] INDEX …`.
pub(super) fn create(cursor: &mut Cursor<'_>) -> Result<IndexDef, Unread> {
    let text = cursor.rest().to_string();
    if !cursor.eat("CREATE") {
        return cursor.refuse("CREATE");
    }
    cursor.eat_all(&["OR", "REPLACE"]);
    cursor.eat_any(&["ONLINE", "OFFLINE"]);
    let (unique, kind) = kind(cursor);
    let vector = vector(cursor);
    if !cursor.eat("INDEX") {
        return cursor.refuse("INDEX");
    }
    let concurrently = cursor.eat("CONCURRENTLY");
    let if_not_exists = cursor.eat_if_not_exists();
    let name = if cursor.is("ON") { None } else { Some(cursor.want_name("a name for the index")?) };
    let mut method = using(cursor).or(vector);
    if !cursor.eat("ON") {
        return cursor.refuse("ON");
    }
    let only = cursor.postgres() && cursor.eat("ONLY");
    let table = cursor.want_name("a table")?;
    cursor.eat_operator("*");
    method = using(cursor).or(method);
    // SQLite: `CREATE INDEX schema.name ON table`; both are in that schema.
    let table = match &name {
        Some(Name { schema: Some(schema), .. }) if cursor.sqlite() && table.schema.is_none() => {
            Name { schema: Some(schema.clone()), object: table.object }
        }
        _ => table,
    };
    let mut index = IndexDef { unique, kind, concurrently, if_not_exists, only, method, ..empty(name, table) };
    rest(cursor, &mut index)?;
    index.text = text;
    Ok(index)
}

/// MySQL's `[UNIQUE | FULLTEXT | SPATIAL] [INDEX | KEY] [name] [USING x] (parts) options` of a table.
pub(super) fn of_table(cursor: &mut Cursor<'_>, table: &Name) -> Result<IndexDef, Unread> {
    let text = cursor.rest().to_string();
    let (unique, kind) = kind(cursor);
    let vector = vector(cursor);
    cursor.eat_any(&["INDEX", "KEY"]);
    let if_not_exists = cursor.eat_if_not_exists();
    let unnamed = cursor.kind(0) == Some(Kind::Open) || is_using(cursor);
    let name = if unnamed { None } else { cursor.name() };
    let mut index =
        IndexDef { unique, kind, if_not_exists, method: using(cursor).or(vector), ..empty(name, table.clone()) };
    rest(cursor, &mut index)?;
    index.text = text;
    Ok(index)
}

/// Whether MySQL's key of a table stands here, rather than a column called `key` or `index`.
pub(super) fn starts(cursor: &Cursor<'_>) -> bool {
    if !cursor.mysql() {
        return false;
    }
    if cursor.is_any(&["FULLTEXT", "SPATIAL"]) || (cursor.is("VECTOR") && vector(&mut { *cursor }).is_some()) {
        return true;
    }
    cursor.is_any(&["INDEX", "KEY"])
        && (cursor.kind(1) == Some(Kind::Open)
            || cursor.kind(2) == Some(Kind::Open)
            || cursor.is_at(1, "USING")
            || cursor.is_at(2, "USING")
            || cursor.is_at(1, "IF"))
}

fn empty(name: Option<Name>, table: Name) -> IndexDef {
    IndexDef { name, ..IndexDef::on(Name::new(""), table, &[]) }
}

fn kind(cursor: &mut Cursor<'_>) -> (bool, IndexKind) {
    if cursor.eat("UNIQUE") {
        (true, IndexKind::Plain)
    } else if cursor.eat("FULLTEXT") {
        (false, IndexKind::Fulltext)
    } else if cursor.eat("SPATIAL") {
        (false, IndexKind::Spatial)
    } else {
        (false, IndexKind::Plain)
    }
}

/// MariaDB's `VECTOR INDEX`: a method of its own.
fn vector(cursor: &mut Cursor<'_>) -> Option<String> {
    let there = cursor.is("VECTOR") && (cursor.is_at(1, "INDEX") || cursor.is_at(1, "KEY")) && cursor.eat("VECTOR");
    there.then(|| "vector".to_string())
}

fn is_using(cursor: &Cursor<'_>) -> bool {
    cursor.is_any(&["USING", "TYPE"]) && matches!(cursor.kind(1), Some(Kind::Word | Kind::Quoted))
}

fn using(cursor: &mut Cursor<'_>) -> Option<String> {
    if !is_using(cursor) {
        return None;
    }
    cursor.step();
    cursor.ident().map(|method| method.value.to_ascii_lowercase())
}

/// Key parts and everything behind them.
fn rest(cursor: &mut Cursor<'_>, index: &mut IndexDef) -> Result<(), Unread> {
    for part in cursor.want_group("key parts in brackets")?.parts() {
        index.parts.push(self::part(part)?);
    }
    if index.parts.is_empty() {
        return cursor.refuse("a key part");
    }
    let mut options: Vec<&str> = Vec::new();
    while !cursor.at_end() {
        if cursor.eat("INCLUDE") {
            for mut column in cursor.want_group("columns in brackets")?.parts() {
                index.include.push(column.want_ident("a column")?);
            }
        } else if cursor.is("NULLS") {
            index.nulls_not_distinct = nulls(cursor);
            if cursor.is("NULLS") {
                return cursor.refuse("DISTINCT");
            }
        } else if cursor.eat("WHERE") {
            index.filter = Some(exprs::read(&cursor.take_rest())?);
        } else if is_using(cursor) {
            index.method = using(cursor);
        } else {
            options.push(option(cursor)?);
        }
    }
    index.options = options.join(" ");
    Ok(())
}

/// One option: `WITH (…)`, `TABLESPACE x`, `ALGORITHM = INPLACE`, `COMMENT 'x'`, `VISIBLE`, `NOWAIT`.
fn option<'a>(cursor: &mut Cursor<'a>) -> Result<&'a str, Unread> {
    #[rustfmt::skip]
    const VALUED: [&str; 11] = [
        "TABLESPACE", "ALGORITHM", "LOCK", "COMMENT", "KEY_BLOCK_SIZE", "WAIT", "ENGINE_ATTRIBUTE",
        "SECONDARY_ENGINE_ATTRIBUTE", "CLUSTERING", "DISTANCE", "M",
    ];
    let start = *cursor;
    let known = if cursor.eat_all(&["WITH", "PARSER"]) {
        cursor.step().is_some()
    } else if cursor.eat("WITH") {
        cursor.group().is_some()
    } else if cursor.eat_any(&VALUED) {
        cursor.eat_operator("=");
        cursor.step().is_some()
    } else {
        cursor.eat_any(&["VISIBLE", "INVISIBLE", "NOWAIT", "IGNORED", "ONLINE"]) || cursor.eat_all(&["NOT", "IGNORED"])
    };
    if known { Ok(start.source_to(cursor)) } else { start.refuse("an index option") }
}

/// One key part. A bare column may have a prefix length (MySQL), an order, a collation and an operator class behind it.
fn part(mut part: Cursor<'_>) -> Result<IndexPart, Unread> {
    let whole = part;
    if part.at_end() {
        return part.refuse("a key part");
    }
    let text = part.rest().to_string();
    let column = part.ident();
    let prefix = part.kind(0) == Some(Kind::Open) && part.kind(1) == Some(Kind::Number) && part.mysql();
    if prefix {
        part.step();
    }
    // An operator class is a name, with parameters perhaps; `(` right behind a name is a call.
    let call = part.kind(0) == Some(Kind::Open);
    let bare = !call
        && part.remaining().iter().all(|token| {
            !matches!(token.kind, Kind::Operator | Kind::Cast | Kind::Param | Kind::OpenSquare | Kind::Stray)
                || part.source(*token) == "="
        })
        && !matches!(part.kind(0), Some(Kind::Dot | Kind::Text | Kind::Number));
    let column = column.filter(|_| bare);
    if column.is_none() {
        expression(whole)?;
    }
    Ok(IndexPart { column, text })
}

/// Reads an expression part, its order, collation and operator class left off.
fn expression(mut part: Cursor<'_>) -> Result<(), Unread> {
    let start = part;
    if part.kind(0) == Some(Kind::Open) {
        return exprs::read(&part.want_group("an expression")?).map(|_| ());
    }
    part.until(|here| here.is_any(&["ASC", "DESC", "NULLS", "COLLATE"]));
    exprs::read(&start.up_to(&part)).map(|_| ())
}
