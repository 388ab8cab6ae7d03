//! Commands that keep tables in shape, and statements about the server as a whole.

use super::cursor::Cursor;
use super::{Header, indexes, tables, views};
use crate::change::{Change, Maintenance, Name, ObjectKind, ObjectVerb, OpaqueWhy};
use crate::source::TokenKind;
use crate::target::{Engine, Target};

pub(super) fn read(c: &mut Cursor<'_>, target: Target) -> Option<Header> {
    match c.eat_any(&[
        "TRUNCATE", "LOCK", "REINDEX", "REFRESH", "RENAME", "VACUUM", "CLUSTER", "ANALYZE", "ANALYSE", "OPTIMIZE",
        "CHECK", "CHECKSUM", "REPAIR", "IMPORT", "FLUSH",
    ])? {
        "TRUNCATE" => tables::truncate(c),
        "LOCK" => lock(c),
        "REINDEX" => Some(indexes::reindex(c)),
        "REFRESH" => views::refresh(c),
        "RENAME" => tables::rename(c),
        "IMPORT" => import(c),
        "VACUUM" => Some(vacuum(c, target)),
        "CLUSTER" => Some(cluster(c)),
        "ANALYZE" | "ANALYSE" => analyze(c, target),
        "OPTIMIZE" => table_command(c, "optimize table", Maintenance::Optimize),
        "CHECK" => table_command(c, "check table", Maintenance::CheckTable),
        "CHECKSUM" => table_command(c, "checksum table", Maintenance::CheckTable),
        "REPAIR" => table_command(c, "repair table", Maintenance::RepairTable),
        _ => Some(flush(c)),
    }
}

fn maintain(form: &str, c: &Cursor<'_>, command: Maintenance, tables: Vec<Name>) -> Header {
    Header::exact(form, c, Change::Maintain { command, tables })
}

fn lock(c: &mut Cursor<'_>) -> Option<Header> {
    if c.is_phrase("INSTANCE FOR BACKUP") {
        let mode = c.source().to_string();
        return Some(Header::exact("lock instance", c, Change::LockTable { tables: Vec::new(), mode }));
    }
    tables::lock(c)
}

fn import(c: &mut Cursor<'_>) -> Option<Header> {
    if c.is("TABLE") {
        return Some(Header::opaque("import table", c, OpaqueWhy::RunsCode));
    }
    views::import_foreign_schema(c)
}

/// `VACUUM [(FULL, …)] [FULL] [FREEZE] [VERBOSE] [ANALYZE] [tables]`; SQLite's `VACUUM [schema] [INTO file]`.
fn vacuum(c: &mut Cursor<'_>, target: Target) -> Header {
    if target.engine() == Engine::Sqlite {
        return maintain("vacuum", c, Maintenance::Vacuum, Vec::new());
    }
    let options = c.parens();
    let mut full = options.is_some_and(|o| o.has("FULL") && !o.has("FULL FALSE") && !o.has("FULL OFF"));
    while let Some(word) = c.eat_any(&["FULL", "FREEZE", "VERBOSE", "ANALYZE", "ANALYSE"]) {
        full |= word == "FULL";
    }
    let tables = relations(c);
    match full {
        true => maintain("vacuum full", c, Maintenance::VacuumFull, tables),
        false => maintain("vacuum", c, Maintenance::Vacuum, tables),
    }
}

/// `CLUSTER [(options)] [VERBOSE] [index ON] table [USING index]`.
fn cluster(c: &mut Cursor<'_>) -> Header {
    c.parens();
    c.eat("VERBOSE");
    let mut tables = relations(c);
    if c.eat("ON") {
        tables = relations(c);
    }
    maintain("cluster", c, Maintenance::Cluster, tables)
}

fn analyze(c: &mut Cursor<'_>, target: Target) -> Option<Header> {
    if target.engine().is_mysql_family() {
        if !(c.has("TABLE") || c.has("TABLES")) || ["SELECT", "UPDATE", "DELETE", "INSERT"].iter().any(|w| c.is(w)) {
            return Some(super::routines::explain_analyze(&c.slice(c.taken(), c.tokens().len())));
        }
        return table_command(c, "analyze table", Maintenance::Analyze);
    }
    c.parens();
    c.eat("VERBOSE");
    let tables = relations(c);
    Some(maintain("analyze", c, Maintenance::Analyze, tables))
}

/// `OPTIMIZE [NO_WRITE_TO_BINLOG | LOCAL] TABLE a, b`.
fn table_command(c: &mut Cursor<'_>, form: &str, command: Maintenance) -> Option<Header> {
    c.eat_any(&["NO_WRITE_TO_BINLOG", "LOCAL"]);
    if c.eat_any(&["TABLES", "TABLE"]).is_none() {
        // MariaDB's CHECK VIEW and REPAIR VIEW.
        c.eat("VIEW").then_some(())?;
    }
    let tables = relations(c);
    Some(maintain(form, c, command, tables))
}

/// `ALL IN TABLESPACE a SET TABLESPACE b`: which tables or views, the server knows.
pub(super) fn move_all(form: &'static str, c: &Cursor<'_>, views: bool) -> Header {
    maintain(form, c, Maintenance::MoveAll { views }, Vec::new())
}

/// Names separated by commas, each with an optional column list.
fn relations(c: &mut Cursor<'_>) -> Vec<Name> {
    let mut found = Vec::new();
    loop {
        c.eat("ONLY");
        let Some(name) = c.name() else { break };
        found.push(name);
        c.eat_op("*");
        c.parens();
        if !c.eat_kind(TokenKind::Comma) {
            break;
        }
    }
    found
}

/// `FLUSH TABLES … WITH READ LOCK` stops writes; the rest concerns logs and caches.
fn flush(c: &mut Cursor<'_>) -> Header {
    let locks = c.has("WITH READ LOCK") || c.has("FOR EXPORT");
    if locks {
        let mode = c.source().to_string();
        c.eat_any(&["NO_WRITE_TO_BINLOG", "LOCAL"]);
        c.eat_any(&["TABLES", "TABLE"]);
        let tables = if c.is("WITH") || c.is("FOR") { Vec::new() } else { c.names() };
        return Header::exact("flush tables with read lock", c, Change::LockTable { tables, mode });
    }
    Header::object("flush", c, ObjectVerb::Alter, ObjectKind::System, None, None)
}
