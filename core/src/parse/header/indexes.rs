//! CREATE, ALTER, DROP INDEX and REINDEX.

use super::cursor::Cursor;
use super::ddl::Modifiers;
use super::{Header, Inside, Part};
use crate::change::{Change, Expr, Ident, IndexDef, IndexKind, IndexPart, Name, ReindexScope, Volatility};
use crate::order::{Gather, PushAll};
use crate::source::TokenKind;

pub(super) fn create(c: &mut Cursor<'_>, modifiers: Modifiers) -> Option<Header> {
    let concurrently = c.eat("CONCURRENTLY");
    let if_not_exists = c.eat_if_not_exists();
    let name = if c.is("ON") && !c.is_at(1, "ON") { None } else { c.name() };
    let method_first = using(c);
    c.eat("ON").then_some(())?;
    let only = c.eat("ONLY");
    let table = c.name()?;
    let method = method_first.or_else(|| using(c));
    let mut index = IndexDef::on(Name::new(""), table, &[]);
    index.name = name;
    index.unique = modifiers.unique;
    index.kind = kind_of(modifiers);
    index.method = method;
    index.concurrently = concurrently;
    index.if_not_exists = if_not_exists;
    index.only = only;
    index.text = c.source().to_string();
    let complete = read_tail(c, &mut index);
    let form = match (modifiers.unique, modifiers.fulltext, modifiers.spatial, concurrently) {
        (true, _, _, true) => "create unique index concurrently",
        (true, ..) => "create unique index",
        (_, true, ..) => "create fulltext index",
        (_, _, true, _) => "create spatial index",
        (_, _, _, true) => "create index concurrently",
        _ => "create index",
    };
    let part = Part::ask(c, Change::CreateIndex(Box::new(index)), Inside::CreateIndex).good_enough(complete);
    Some(Header { form: form.to_string(), parts: vec![part] })
}

pub(super) fn kind_of(modifiers: Modifiers) -> IndexKind {
    match modifiers {
        Modifiers { fulltext: true, .. } => IndexKind::Fulltext,
        Modifiers { spatial: true, .. } => IndexKind::Spatial,
        _ => IndexKind::Plain,
    }
}

pub(super) fn using(c: &mut Cursor<'_>) -> Option<String> {
    if !c.eat("USING") {
        return None;
    }
    Some(c.ident()?.value.to_ascii_lowercase())
}

/// Key parts and what follows them; true when all of it was read.
pub(super) fn read_tail(c: &mut Cursor<'_>, index: &mut IndexDef) -> bool {
    let Some(keys) = c.parens() else { return false };
    index.parts = keys.split_commas().iter().map(key_part).gather();
    let options = *c;
    if c.eat("INCLUDE") {
        index.include = c.ident_list().unwrap_or_default();
    }
    if c.eat("NULLS NOT DISTINCT") {
        index.nulls_not_distinct = true;
    } else {
        c.eat("NULLS DISTINCT");
    }
    if index.method.is_none() {
        index.method = using(c);
    }
    index.options = options.rest().to_string();
    if c.find("WHERE") {
        c.next();
        index.filter = Some(unknown_expr(c.rest()));
    }
    !index.parts.is_empty()
}

fn key_part(part: &Cursor<'_>) -> IndexPart {
    let text = part.source().to_string();
    let mut ahead = *part;
    let column = ahead.ident();
    // `lower(email)` is an expression, `email(20)` a prefix, `a -> 'b'` an expression.
    let prefix = ahead.parens().is_none_or(|inside| {
        inside.tokens().iter().all(|t| t.kind == TokenKind::Number) && !inside.tokens().is_empty()
    });
    let rest_is_words =
        ahead.rest_tokens().iter().all(|t| !matches!(t.kind, TokenKind::Operator | TokenKind::OpenBracket));
    let first_is_name = part.kind().is_some_and(|k| matches!(k, TokenKind::Word | TokenKind::Quoted));
    IndexPart { column: column.filter(|_| prefix && rest_is_words && first_is_name), text }
}

/// An expression of which nothing is known but its text.
pub(super) fn unknown_expr(text: &str) -> Expr {
    Expr { text: text.to_string(), volatility: Volatility::Unknown, columns: Vec::new() }
}

pub(super) fn alter(c: &mut Cursor<'_>) -> Option<Header> {
    if c.is_phrase("ALL IN TABLESPACE") {
        let action = c.rest_bare();
        let change = Change::AlterIndex { name: None, table: None, action };
        return Some(Header::exact("alter index all in tablespace", c, change));
    }
    c.eat_if_exists();
    let name = c.name()?;
    if c.eat("RENAME TO") {
        let to = c.ident()?;
        return Some(Header::exact("alter index rename to", c, Change::RenameIndex { name, table: None, to }));
    }
    let form = INDEX_ACTIONS.iter().find(|(words, _)| c.is_phrase(words)).map_or("alter index", |(_, form)| form);
    let action = c.rest_bare();
    Some(Header::exact(form, c, Change::AlterIndex { name: Some(name), table: None, action }))
}

const INDEX_ACTIONS: [(&str, &str); 7] = [
    ("ATTACH PARTITION", "alter index attach partition"),
    ("SET TABLESPACE", "alter index set tablespace"),
    ("SET", "alter index set"),
    ("RESET", "alter index reset"),
    ("ALTER", "alter index alter column"),
    ("DEPENDS ON EXTENSION", "alter index depends on extension"),
    ("NO DEPENDS ON EXTENSION", "alter index no depends on extension"),
];

/// One change per index named.
pub(super) fn drop(c: &mut Cursor<'_>) -> Option<Header> {
    let concurrently = c.eat("CONCURRENTLY");
    let if_exists = c.eat_if_exists();
    let names = c.names();
    let table = if c.eat("ON") { c.name() } else { None };
    let cascade = c.has("CASCADE");
    let form = if concurrently { "drop index concurrently" } else { "drop index" };
    let drop = |name| {
        let change = Change::DropIndex { name, table: table.clone(), concurrently, if_exists, cascade };
        Part::exact(c, change)
    };
    let mut parts: Vec<Part> = names.into_iter().map(drop).gather();
    parts.push_all(run_hints(c, table.as_ref()));
    (!parts.is_empty()).then(|| Header { form: form.to_string(), parts })
}

/// `ALGORITHM = INPLACE LOCK = NONE` behind DROP INDEX.
fn run_hints(c: &Cursor<'_>, table: Option<&Name>) -> Vec<Part> {
    let mut found = Vec::new();
    let mut at = *c;
    while let Some(table) = table
        && !at.done()
    {
        let name = at.eat_any(&["ALGORITHM", "LOCK"]);
        at.eat_op("=");
        let value = at.word().to_ascii_uppercase();
        at.next();
        if let Some(name) = name {
            let option = crate::change::TableOption::RunHint { name: name.to_ascii_lowercase(), value };
            found.push(Part::exact(c, Change::SetTableOption { table: table.clone(), option }));
        }
    }
    found
}

/// `REINDEX [(options)] [INDEX | TABLE | SCHEMA | DATABASE | SYSTEM] [CONCURRENTLY] [name]`.
pub(super) fn reindex(c: &mut Cursor<'_>) -> Header {
    let options = c.parens();
    let scope = match c.eat_any(&["INDEX", "TABLE", "SCHEMA", "DATABASE", "SYSTEM"]) {
        Some("INDEX") => ReindexScope::Index,
        Some("TABLE") => ReindexScope::Table,
        Some("SCHEMA") => ReindexScope::Schema,
        Some("DATABASE") => ReindexScope::Database,
        Some(_) => ReindexScope::System,
        None => ReindexScope::Any,
    };
    let listed = options.is_some_and(|o| o.has("CONCURRENTLY") && !o.has("CONCURRENTLY FALSE"));
    let concurrently = c.eat("CONCURRENTLY") || listed;
    let name = c.name();
    let form = match (scope, concurrently) {
        (ReindexScope::Index, false) => "reindex index",
        (ReindexScope::Index, true) => "reindex index concurrently",
        (ReindexScope::Table, false) => "reindex table",
        (ReindexScope::Table, true) => "reindex table concurrently",
        (ReindexScope::Schema, _) => "reindex schema",
        (ReindexScope::Database, _) => "reindex database",
        (ReindexScope::System, _) => "reindex system",
        (ReindexScope::Any, _) => "reindex",
    };
    Header::exact(form, c, Change::Reindex { scope, name, concurrently })
}

/// An index defined inside of ALTER TABLE: `ADD INDEX name (a, b)`.
pub(super) fn added(c: &mut Cursor<'_>, table: &Name, modifiers: Modifiers) -> (IndexDef, bool) {
    let mut index = IndexDef::on(Name::new(""), table.clone(), &[]);
    index.if_not_exists = c.eat_if_not_exists();
    index.name = if c.is("USING") { None } else { c.ident().map(|i: Ident| Name { schema: None, object: i }) };
    index.method = using(c);
    index.unique = modifiers.unique;
    index.kind = kind_of(modifiers);
    index.text = c.source().to_string();
    let complete = read_tail(c, &mut index);
    (index, complete)
}
