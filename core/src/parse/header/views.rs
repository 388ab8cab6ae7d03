//! Views and materialized views.

use super::cursor::Cursor;
use super::{Header, Inside, Part, alter_postgres, touches};
use crate::change::{Change, ObjectKind, ObjectVerb, TableOption};

pub(super) fn create(c: &mut Cursor<'_>, replace: bool, materialized: bool) -> Option<Header> {
    c.eat_if_not_exists();
    let form = match (materialized, replace) {
        (true, _) => "create materialized view",
        (false, true) => "create or replace view",
        (false, false) => "create view",
    };
    define(c, form, replace, materialized)
}

/// MySQL's ALTER VIEW gives a new query.
pub(super) fn alter(c: &mut Cursor<'_>) -> Option<Header> {
    c.eat_if_exists();
    define(c, "alter view", true, false)
}

fn define(c: &mut Cursor<'_>, form: &str, replace: bool, materialized: bool) -> Option<Header> {
    let name = c.name()?;
    c.find("AS").then_some(())?;
    c.next();
    let change = Change::CreateView {
        name,
        replace,
        materialized,
        query: c.rest().to_string(),
        reads: touches::read_relations(c),
        with_data: !c.has("WITH NO DATA"),
    };
    // The name, the query's text and the relations behind FROM and JOIN are all that a plan needs.
    let part = Part::ask(c, change, Inside::CreateView).good_enough(true);
    let header = Header { form: form.to_string(), parts: vec![part] };
    Some(if materialized { header.with_calls(c) } else { header })
}

pub(super) fn drop(c: &mut Cursor<'_>, materialized: bool) -> Header {
    let if_exists = c.eat_if_exists();
    let names = c.names();
    let cascade = c.has("CASCADE");
    let form = if materialized { "drop materialized view" } else { "drop view" };
    Header::exact(form, c, Change::DropView { names, materialized, if_exists, cascade })
}

pub(super) fn alter_materialized(c: &mut Cursor<'_>) -> Header {
    if c.is_phrase("ALL IN TABLESPACE") {
        return super::maintenance::move_all("alter materialized view all in tablespace", c, true);
    }
    let mut ahead = *c;
    ahead.eat_if_exists();
    let name = ahead.name();
    let option = match ahead.eat_any(&["CLUSTER ON", "SET WITHOUT CLUSTER"]) {
        Some(_) => Some(("cluster on", TableOption::ClusterMark)),
        None => alter_postgres::named(&ahead).filter(|(_, option)| !matches!(option, TableOption::Owner(_))),
    };
    match (name, option) {
        // These work on it as on a table: a rewrite or the same lock.
        (Some(table), Some((ending, option))) => {
            Header::exact(format!("alter materialized view {ending}"), c, Change::SetTableOption { table, option })
        }
        _ => super::ddl::alter_object(c, "MATERIALIZED VIEW", ObjectKind::MaterializedView),
    }
}

/// `REFRESH MATERIALIZED VIEW [CONCURRENTLY] name [WITH [NO] DATA]`.
pub(super) fn refresh(c: &mut Cursor<'_>) -> Option<Header> {
    c.eat("MATERIALIZED VIEW").then_some(())?;
    let concurrently = c.eat("CONCURRENTLY");
    let name = c.name()?;
    let with_data = !c.has("WITH NO DATA");
    let form = if concurrently { "refresh materialized view concurrently" } else { "refresh materialized view" };
    Some(Header::exact(form, c, Change::RefreshView { name, concurrently, with_data }))
}

/// What `IMPORT FOREIGN SCHEMA` makes.
pub(super) fn import_foreign_schema(c: &mut Cursor<'_>) -> Option<Header> {
    c.eat("FOREIGN SCHEMA").then_some(())?;
    let name = c.name();
    Some(Header::object("import foreign schema", c, ObjectVerb::Create, ObjectKind::ForeignTable, name, None))
}
