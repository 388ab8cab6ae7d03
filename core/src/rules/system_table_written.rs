//! Rows of the server's own tables written by hand.

use super::asking::danger;
use super::{Rule, RuleCx, RuleFinding};
use crate::change::{Change, Name};
use crate::target::Engine;

/// The rule.
pub const RULE: Rule = Rule {
    id: "system-table-written",
    title: "A table of the server itself is written",
    when: "INSERT, UPDATE or DELETE on a system catalog (`pg_catalog`, `mysql`, `sqlite_schema`).",
    effect: "What the server believes no longer fits the data: wrong answers, errors in every session, a server that does not start.",
    why: "The commands that change the catalog lock, check and tell other sessions; a plain write does none of that.",
    instead: "Use the command that changes the same thing (ALTER TABLE, GRANT, ALTER USER), on a backup that was tried.",
    sources: &[
        "PostgreSQL manual: System Catalogs",
        "MySQL manual: Grant Tables",
        "SQLite manual: PRAGMA writable_schema",
    ],
    check,
};

fn check(cx: &RuleCx<'_>) -> Option<RuleFinding> {
    let (Change::Insert { table, .. } | Change::Update { table, .. } | Change::Delete { table, .. }) =
        &cx.action.change
    else {
        return None;
    };
    if is_system(table, cx.world.target.engine()) { danger(format!("{table} belongs to the server.")) } else { None }
}

fn is_system(table: &Name, engine: Engine) -> bool {
    let object = table.object.value.to_ascii_lowercase();
    let schema = table.schema.as_ref().map(|schema| schema.value.to_ascii_lowercase());
    match engine {
        Engine::Postgres => schema.as_deref().map_or(object.starts_with("pg_"), |schema| schema == "pg_catalog"),
        Engine::MySql | Engine::MariaDb => matches!(schema.as_deref(), Some("mysql" | "sys")),
        Engine::Sqlite => matches!(object.as_str(), "sqlite_schema" | "sqlite_master"),
    }
}
