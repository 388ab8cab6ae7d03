//! `CREATE TABLE`.
//!
//! In: tokens of the statement. Out: [`TableDef`]. The list in brackets is cut at its commas and each element read alone, so
//! that an element or clause that is not known costs only itself and `complete`. Never: a whole table lost for one column.

use super::cursor::Cursor;
use super::tokens::Kind;
use super::{Unread, columns, constraints, guard, indexes, views};
use crate::change::TableDef;

/// `CREATE [OR REPLACE] [TEMPORARY | UNLOGGED | FOREIGN | VIRTUAL] TABLE …`.
pub(super) fn create(cursor: &mut Cursor<'_>) -> Result<TableDef, Unread> {
    let text = cursor.rest().to_string();
    let mut table = head(cursor)?;
    table.text = text;
    if table.external && cursor.eat("USING") {
        // SQLite: what a module makes of its arguments is its own affair.
        cursor.take_rest();
        return Ok(table);
    }
    let mut options = Vec::new();
    let has_list = cursor.kind(0) == Some(Kind::Open);
    if cursor.eat_all(&["PARTITION", "OF"]) {
        table.partition_of = Some(cursor.want_name("the parent table")?);
        optional_elements(cursor, &mut table)?;
        options.push(bound(cursor)?);
    } else if cursor.postgres() && cursor.eat("OF") {
        // The columns are those of the type.
        table.of_type = Some(cursor.want_name("a type")?);
        optional_elements(cursor, &mut table)?;
    } else if cursor.eat("LIKE") {
        table.like = Some(cursor.want_name("a table")?);
    } else if cursor.kind(0) == Some(Kind::Open) && !starts_query(cursor) {
        optional_elements(cursor, &mut table)?;
    }
    tail(cursor, &mut table, &mut options)?;
    // Without a list, a query or another table there is nothing that it could consist of.
    table.complete &= has_list
        || table.from_query
        // `AS SELECT … WITH NO DATA`.
        || !table.reads.is_empty()
        || table.like.is_some()
        || table.of_type.is_some()
        || table.partition_of.is_some()
        || !options.is_empty();
    table.options = options.join(" ");
    Ok(table)
}

/// Up to and with the name.
fn head(cursor: &mut Cursor<'_>) -> Result<TableDef, Unread> {
    if !cursor.eat("CREATE") {
        return cursor.refuse("CREATE");
    }
    cursor.eat_all(&["OR", "REPLACE"]);
    let (mut temporary, mut unlogged, mut external) = (false, false, false);
    while !cursor.eat("TABLE") {
        if cursor.eat_any(&["GLOBAL", "LOCAL"]) {
            continue;
        } else if cursor.eat_any(&["TEMP", "TEMPORARY"]) {
            temporary = true;
        } else if cursor.eat("UNLOGGED") {
            unlogged = true;
        } else if cursor.eat_any(&["FOREIGN", "VIRTUAL"]) {
            external = true;
        } else {
            return cursor.refuse("TABLE");
        }
    }
    let if_not_exists = cursor.eat_if_not_exists();
    let name = cursor.want_name("a name for the table")?;
    Ok(TableDef { temporary, unlogged, external, if_not_exists, ..TableDef::new(name) })
}

/// `FOR VALUES …` or `DEFAULT` of a partition, as written.
fn bound(cursor: &mut Cursor<'_>) -> Result<String, Unread> {
    let start = *cursor;
    if cursor.eat("DEFAULT") {
        return Ok("DEFAULT".to_string());
    }
    if !cursor.eat_all(&["FOR", "VALUES"]) {
        return cursor.refuse("FOR VALUES or DEFAULT");
    }
    let known = if cursor.eat_any(&["IN", "WITH"]) {
        cursor.group().is_some()
    } else {
        cursor.eat("FROM") && cursor.group().is_some() && cursor.eat("TO") && cursor.group().is_some()
    };
    if known { Ok(start.source_to(cursor).to_string()) } else { start.refuse("a partition bound") }
}

/// `(SELECT …`, `((SELECT …`: a query, not a list of columns.
fn starts_query(cursor: &Cursor<'_>) -> bool {
    let word = (0..).find(|ahead| cursor.kind(*ahead) != Some(Kind::Open)).unwrap_or(0);
    ["SELECT", "WITH", "VALUES"].iter().any(|keyword| cursor.is_at(word, keyword))
        && matches!(cursor.kind(word + 1), Some(kind) if kind != Kind::Close)
        && !(word == 1 && matches!(cursor.kind(2), Some(Kind::Comma)))
}

/// The list of columns and constraints, when one stands here.
fn optional_elements(cursor: &mut Cursor<'_>, table: &mut TableDef) -> Result<(), Unread> {
    let Some(list) = cursor.group() else { return Ok(()) };
    let parts = list.parts();
    for (index, part) in parts.iter().enumerate() {
        // A comma behind the last element: the server refuses it, the columns are clear all the same.
        if part.at_end() {
            table.complete &= index > 0 && index + 1 == parts.len();
            continue;
        }
        match element(*part, table) {
            Ok(()) => {}
            Err(Unread::TooDeep) => return Err(Unread::TooDeep),
            Err(Unread::Refused(_) | Unread::Disagrees(_)) => table.complete = false,
        }
    }
    Ok(())
}

fn element(mut part: Cursor<'_>, table: &mut TableDef) -> Result<(), Unread> {
    if constraints::starts(&part) {
        let whole = part;
        match constraints::table(&mut part)? {
            Some(constraint) => table.constraints.push(constraint),
            None => table.indexes.push(indexes::of_table(&mut without_constraint_name(whole), &table.name)?),
        }
    } else if indexes::starts(&part) {
        table.indexes.push(indexes::of_table(&mut part, &table.name)?);
    } else if part.is("LIKE") && !part.mysql() || part.is("LIKE") && part.kind(1) != Some(Kind::Open) {
        like(&mut part, table)?;
    } else if part.are(&["PERIOD", "FOR"]) {
        part.take_rest();
    } else if is_bare_name(&part) && !part.sqlite() {
        // `CREATE TABLE t (a, b) AS SELECT …`: names for the query's columns.
        part.want_ident("a column")?;
    } else {
        let read = columns::read(&mut part)?;
        table.complete &= read.unknown.is_empty();
        table.columns.push(read.column);
    }
    Ok(())
}

fn is_bare_name(part: &Cursor<'_>) -> bool {
    part.remaining().len() == 1 && matches!(part.kind(0), Some(Kind::Word | Kind::Quoted))
}

/// MySQL's `CONSTRAINT x UNIQUE KEY (…)` seen as an index: the name before it is dropped when the key has its own.
fn without_constraint_name(mut part: Cursor<'_>) -> Cursor<'_> {
    constraints::name(&mut part);
    part
}

/// `LIKE other [INCLUDING x …]`; more than one cannot be said in [`TableDef`].
fn like(part: &mut Cursor<'_>, table: &mut TableDef) -> Result<(), Unread> {
    part.eat("LIKE");
    let other = part.want_name("a table")?;
    table.complete &= table.like.is_none();
    table.like.get_or_insert(other);
    while part.eat_any(&["INCLUDING", "EXCLUDING"]) {
        part.step();
    }
    if part.at_end() { Ok(()) } else { part.refuse("INCLUDING or EXCLUDING") }
}

/// Everything behind the list.
fn tail(cursor: &mut Cursor<'_>, table: &mut TableDef, options: &mut Vec<String>) -> Result<(), Unread> {
    while !cursor.at_end() {
        let start = *cursor;
        if cursor.eat("INHERITS") {
            for mut parent in cursor.want_group("parent tables in brackets")?.parts() {
                table.inherits.push(parent.want_name("a parent table")?);
            }
        } else if cursor.are(&["PARTITION", "BY"]) {
            partition_by(cursor, table);
        } else if is_query(cursor) {
            query(cursor, table)?;
        } else if cursor.eat_all(&["WITHOUT", "ROWID"]) {
            table.without_rowid = true;
        } else if cursor.sqlite() && cursor.eat("STRICT") {
            table.strict = true;
        } else if cursor.kind(0) == Some(Kind::Comma) {
            cursor.step();
        } else {
            // An option that is not known stays as text: it says nothing of the columns.
            table.complete &= option(cursor);
            options.push(start.source_to(cursor).to_string());
        }
    }
    Ok(())
}

/// `PARTITION BY …`: PostgreSQL's ends with its brackets, MySQL's goes on to the end or the query.
fn partition_by(cursor: &mut Cursor<'_>, table: &mut TableDef) {
    let start = *cursor;
    cursor.eat_all(&["PARTITION", "BY"]);
    if cursor.mysql() {
        cursor.until(is_query);
    } else {
        cursor.until(|here| here.kind(0) == Some(Kind::Open));
        cursor.step();
    }
    table.partition_by = Some(start.source_to(cursor).to_string());
}

fn is_query(cursor: &Cursor<'_>) -> bool {
    cursor.is("AS")
        || cursor.is("SELECT")
        || (cursor.mysql() && (cursor.are(&["IGNORE", "SELECT"]) || cursor.are(&["REPLACE", "SELECT"])))
        || (cursor.mysql() && (cursor.are(&["IGNORE", "AS"]) || cursor.are(&["REPLACE", "AS"])))
        || (cursor.kind(0) == Some(Kind::Open) && starts_query(cursor))
        || (cursor.mysql() && cursor.is_any(&["VALUES", "TABLE"]))
        || (cursor.mysql() && cursor.is("WITH") && cursor.kind(1) == Some(Kind::Word) && !cursor.is_at(1, "SYSTEM"))
}

fn query(cursor: &mut Cursor<'_>, table: &mut TableDef) -> Result<(), Unread> {
    cursor.eat_any(&["IGNORE", "REPLACE"]);
    cursor.eat("AS");
    let query = cursor.take_rest();
    if query.at_end() {
        return query.refuse("a query");
    }
    guard::check(&query)?;
    let empty = query.postgres() && query.ends_with(&["WITH", "NO", "DATA"]);
    table.from_query = !empty;
    table.reads = views::reads(&query);
    table.empty = super::rows::takes_none(query);
    if !query.postgres() {
        table.source = super::rows::source(query, Vec::new(), &query);
    }
    Ok(())
}

/// One table option; false when it is not known. It is stepped over in any case.
fn option(cursor: &mut Cursor<'_>) -> bool {
    if cursor.eat_all(&["ON", "COMMIT"]) {
        cursor.until(|here| here.is_any(&["TABLESPACE", "AS", "WITH"]));
        return true;
    }
    if cursor.eat_any(&["WITH", "OPTIONS"]) {
        return cursor.group().is_some() || cursor.eat_all(&["SYSTEM", "VERSIONING"]) || cursor.eat("OIDS");
    }
    if cursor.eat_all(&["START", "TRANSACTION"]) {
        return true;
    }
    if cursor.eat_all(&["WITHOUT", "OIDS"]) || cursor.eat_all(&["WITHOUT", "SYSTEM", "VERSIONING"]) {
        return true;
    }
    if cursor.eat("UNION") {
        cursor.eat_operator("=");
        return cursor.group().is_some();
    }
    // `[DEFAULT] name [=] value`; two-word names are those of MySQL. PostgreSQL: USING, TABLESPACE, SERVER.
    cursor.eat("DEFAULT");
    if !(cursor.eat_all(&["CHARACTER", "SET"])
        || cursor.eat_all(&["DATA", "DIRECTORY"])
        || cursor.eat_all(&["INDEX", "DIRECTORY"]))
    {
        let name = cursor.word(0);
        cursor.step();
        if name.is_none() {
            return false;
        }
    }
    cursor.eat_operator("=");
    cursor.step().is_some()
}
