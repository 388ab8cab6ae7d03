//! Updates may not reach the subscribers.

use super::asking::{has, note, warn};
use super::{Rule, RuleCx, RuleFinding};
use crate::change::{Change, ObjectKind, ObjectVerb, TableOption};
use crate::schema::{Table, mentions};

/// The rule.
pub const RULE: Rule = Rule {
    id: "replica-identity",
    title: "Updates may not reach the subscribers",
    when: "REPLICA IDENTITY is changed, or a table without a primary key is published with its updates.",
    effect: "UPDATE and DELETE of a published table without an identity fail (55000); FULL writes every old row to the log.",
    why: "A subscriber finds a row by its identity.",
    instead: "Keep the primary key, or USING INDEX with a unique index on NOT NULL columns.",
    sources: &["PostgreSQL manual: ALTER TABLE, REPLICA IDENTITY; Logical Replication, Publication"],
    check,
};

fn check(cx: &RuleCx<'_>) -> Option<RuleFinding> {
    if let Change::Object { verb: ObjectVerb::Create | ObjectVerb::Alter, kind: ObjectKind::Publication, .. } =
        &cx.action.change
    {
        return published(cx);
    }
    let Change::SetTableOption { table, option: TableOption::ReplicaIdentity } = &cx.action.change else { return None };
    if !cx.used(table) {
        None
    } else if has(&cx.words(), " NOTHING ") {
        warn(format!("If {table} is published, its UPDATE and DELETE fail from now on."))
    } else if has(&cx.words(), " FULL ") {
        note(format!("Every old row of {table} goes into the log."))
    } else {
        None
    }
}

/// Tables without a primary key that a publication takes in with their updates.
fn published(cx: &RuleCx<'_>) -> Option<RuleFinding> {
    let says = |words| cx.statement_says(words);
    let inserts_only = says(" PUBLISH ") && !has(cx.sql(), "UPDATE") && !has(cx.sql(), "DELETE");
    if inserts_only || says(" DROP ") {
        return None;
    }
    let schema = cx.world.schema;
    let all = says(" ALL TABLES ") || says(" IN SCHEMA ");
    let named = |table: &Table| all || mentions(cx.sql(), &table.def.name.object.value);
    let mut bare =
        schema.tables_where(|table| !table.new && schema.primary_key(&table.def.name).is_none() && named(table));
    if let Some(table) = bare.next() {
        let name = &table.def.name;
        return warn(format!(
            "{name} has no primary key: without a REPLICA IDENTITY its UPDATE and DELETE fail from now on."
        ));
    }
    (all && schema.is_empty()).then_some(())?;
    warn("UPDATE and DELETE of tables without a primary key or REPLICA IDENTITY fail from now on.")
}
