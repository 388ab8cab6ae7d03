//! The key leaves the partition column out.

use super::asking::{danger, has, new_constraints};
use super::{Rule, RuleCx, RuleFinding};
use crate::change::{Change, ConstraintKind, Ident, Name};
use crate::order::Gather;
use crate::schema::mentions;

/// The rule.
pub const RULE: Rule = Rule {
    id: "key-without-partition-column",
    title: "The key leaves the partition column out",
    when: "A primary key, unique constraint or unique index on a partitioned table does not hold all columns that it is partitioned by.",
    effect: "The server refuses it (0A000; MySQL: 1503).",
    why: "Each partition has an index of its own, and no index sees the others.",
    instead: "Put the partition columns into the key, or make it unique in each partition only.",
    sources: &[
        "PostgreSQL manual: Table Partitioning, Limitations",
        "MySQL manual: Partitioning Keys, Primary Keys, and Unique Keys",
    ],
    check,
};

fn check(cx: &RuleCx<'_>) -> Option<RuleFinding> {
    let keys: Vec<(&Name, Vec<&Ident>)> = match &cx.action.change {
        Change::CreateIndex(index) if index.unique => {
            vec![(&index.table, index.parts.iter().filter_map(|part| part.column.as_ref()).gather())]
        }
        change => new_constraints(change).filter_map(|(table, column, c)| key(table, column, c)).gather(),
    };
    let missing = |(table, columns): (&Name, Vec<&Ident>)| {
        let own = match &cx.action.change {
            Change::CreateTable(def) => def.partition_by.as_deref(),
            _ => cx.world.schema.table(table).and_then(|t| t.def.partition_by.as_deref()),
        };
        let by = own?;
        if cx.world.target.engine().is_mysql_family() {
            let known = match &cx.action.change {
                Change::CreateTable(def) => &def.columns,
                _ => cx.world.schema.table(table).map_or(&[][..], |table| &table.def.columns),
            };
            let held = |name: &Ident| columns.iter().any(|column| cx.same(column, name));
            let absent = known.iter().find(|column| mentions(by, &column.name.value) && !held(&column.name))?;
            return Some(format!("{table} is partitioned by {}, which the key does not hold.", absent.name));
        }
        let named = by.split_once('(')?.1.trim_end().trim_end_matches(')');
        let absent = named.split(',').map(|part| part.trim().trim_matches('"')).find(|part| {
            !columns
                .iter()
                .any(|column| has(&column.value, &part.to_ascii_uppercase()) && column.value.len() == part.len())
        })?;
        Some(format!("{table} is partitioned by {absent}, which the key does not hold."))
    };
    danger(keys.into_iter().find_map(missing)?)
}

fn key<'a>(
    table: &'a Name,
    column: Option<&'a crate::change::ColumnDef>,
    constraint: &'a crate::change::Constraint,
) -> Option<(&'a Name, Vec<&'a Ident>)> {
    match &constraint.kind {
        ConstraintKind::PrimaryKey { columns } | ConstraintKind::Unique { columns, .. }
            if constraint.using_index.is_none() =>
        {
            let own = column.filter(|_| columns.is_empty()).map(|column| &column.name);
            Some((table, columns.iter().chain(own).gather()))
        }
        _ => None,
    }
}
