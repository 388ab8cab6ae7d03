//! CREATE, DROP, RENAME, TRUNCATE and LOCK of tables.

use super::cursor::Cursor;
use super::ddl::Modifiers;
use super::{Header, Inside, Part, data, touches};
use crate::change::{Change, Name, OpaqueWhy, TableDef};
use crate::source::TokenKind;

pub(super) fn create(c: &mut Cursor<'_>, modifiers: Modifiers, external: bool) -> Option<Header> {
    let mut table = TableDef::new(Name::new(""));
    table.if_not_exists = c.eat_if_not_exists();
    table.name = c.name()?;
    table.temporary = modifiers.temporary;
    table.unlogged = modifiers.unlogged;
    table.external = external;
    table.text = c.source().to_string();
    table.complete = false;
    let outline = read_outline(c, &mut table);
    if table.from_query && data::writes(c) {
        return Some(Header::opaque("create table as", c, OpaqueWhy::UnknownStatement));
    }
    let form = match (external, c.dialect.bracket_idents) {
        (true, true) => "create virtual table",
        (true, false) => "create foreign table",
        (false, _) => outline.unwrap_or("create table"),
    };
    // Nobody's traffic meets a table that lives elsewhere, nor one that is a query's result or a copy of another.
    let exact = external;
    let from_query = table.from_query;
    let change = Change::CreateTable(Box::new(table));
    let part = if external { Part::exact(c, change) } else { Part::ask(c, change, Inside::CreateTable) };
    let header = Header { form: form.to_string(), parts: vec![part.good_enough(exact)] };
    Some(if from_query { header.with_calls(c) } else { header })
}

/// What the clauses outside of the column list say; gives a more exact form.
fn read_outline(c: &mut Cursor<'_>, table: &mut TableDef) -> Option<&'static str> {
    let mut form = None;
    if c.eat("PARTITION OF") {
        table.partition_of = c.name();
        form = Some("create table partition of");
    } else if c.eat("LIKE") {
        table.like = c.name();
        form = Some("create table like");
    } else if c.eat("OF") {
        table.of_type = c.name();
        form = Some("create table of");
    }
    if let Some(mut inside) = c.parens()
        && inside.eat("LIKE")
    {
        table.like = inside.name();
        form = Some("create table like");
    }
    while !c.done() {
        if c.eat("INHERITS") {
            let parents = c.parens().map(|mut p| p.names());
            table.inherits = parents.unwrap_or_default();
        } else if c.is_phrase("PARTITION BY") {
            table.partition_by = Some(c.rest_bare());
            form = form.or(Some("create table partition by"));
            c.eat("PARTITION BY");
        } else if c.eat("WITHOUT ROWID") {
            table.without_rowid = true;
        } else if c.eat_any(&["AS", "SELECT", "TABLE", "EXECUTE"]).is_some() {
            table.from_query = true;
            table.reads = touches::read_relations(c);
            return Some("create table as");
        } else {
            c.skip_one();
        }
    }
    form
}

pub(super) fn drop(c: &mut Cursor<'_>, temporary: bool) -> Header {
    let if_exists = c.eat_if_exists();
    let tables = c.names();
    let cascade = c.has("CASCADE");
    Header::exact("drop table", c, Change::DropTable { tables, if_exists, cascade, temporary })
}

/// `RENAME TABLE a TO b, c TO d`.
pub(super) fn rename(c: &mut Cursor<'_>) -> Option<Header> {
    c.eat_any(&["TABLES", "TABLE"])?;
    c.eat_if_exists();
    let mut parts = Vec::new();
    for mut pair in c.split_commas() {
        let table = pair.name()?;
        skip_wait(&mut pair);
        pair.eat("TO").then_some(())?;
        let to = pair.name()?;
        parts.push(Part::exact(&pair, Change::RenameTable { table, to }));
    }
    (!parts.is_empty()).then(|| Header { form: "rename table".to_string(), parts })
}

/// MariaDB: `RENAME TABLE a WAIT 5 TO b`.
fn skip_wait(c: &mut Cursor<'_>) {
    if c.eat("WAIT") {
        c.next();
    } else {
        c.eat("NOWAIT");
    }
}

pub(super) fn truncate(c: &mut Cursor<'_>) -> Option<Header> {
    c.eat_any(&["TABLES", "TABLE"]);
    let tables = c.names();
    if tables.is_empty() {
        return None;
    }
    let cascade = c.has("CASCADE");
    Some(Header::exact("truncate", c, Change::Truncate { tables, cascade }))
}

/// `LOCK TABLE a, b IN … MODE` and `LOCK TABLES a WRITE, b AS x READ`.
pub(super) fn lock(c: &mut Cursor<'_>) -> Option<Header> {
    c.eat_any(&["TABLES", "TABLE"]);
    let mut tables = Vec::new();
    let mut mode = String::new();
    for mut part in c.split_commas() {
        part.eat("ONLY");
        tables.push(part.name()?);
        part.eat_op("*");
        part.eat("AS");
        if !part.is_kind(TokenKind::Word) {
            continue;
        }
        // MySQL's alias without AS stands before the mode.
        if part.nth(1).is_some() && !part.is("IN") && !part.is("LOW_PRIORITY") && !part.is("READ") {
            part.next();
        }
        mode = part.rest().to_string();
    }
    (!tables.is_empty()).then(|| Header::exact("lock table", c, Change::LockTable { tables, mode }))
}
