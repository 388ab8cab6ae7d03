//! A table that is dropped with its rows.

use super::asking::has;
use super::{Rule, RuleCx, RuleFinding};
use crate::change::{Change, ObjectKind, ObjectVerb, PartitionAction};
use crate::order::Gather;
use crate::report::Severity;
use crate::target::Engine;

/// The rule.
pub const RULE: Rule = Rule {
    id: "drop-table-loses-data",
    title: "The table and its rows are gone",
    when: "A table that exists is dropped, partitions of it, or everything that a role owns.",
    effect: "Its rows are lost, and every query that still names it fails at once.",
    why: "Nothing but a backup brings it back.",
    instead: "Remove it from the code first, rename it out of the way for a soak period or keep a dump, then drop it with an approval.",
    sources: &["PostgreSQL manual: DROP TABLE", "MySQL manual: DROP TABLE"],
    check,
};

fn check(cx: &RuleCx<'_>) -> Option<RuleFinding> {
    let replaced;
    let tables = match &cx.action.change {
        Change::DropTable { tables, temporary: false, .. } => tables,
        // MariaDB: CREATE OR REPLACE TABLE drops the table that is there.
        Change::CreateTable(table)
            if replaces(cx) && cx.world.schema.table(&table.name).is_none_or(|known| !known.new) =>
        {
            replaced = vec![table.name.clone()];
            &replaced
        }
        Change::Partition { table, action: PartitionAction::Drop } if !cx.world.schema.is_new(table) => {
            let message = format!("The rows of these partitions of {table} are lost.");
            return Some(RuleFinding { severity: Severity::Danger, message });
        }
        Change::Object { verb: ObjectVerb::Drop, kind: ObjectKind::Owned, name: Some(role), .. } => {
            return Some(RuleFinding {
                severity: Severity::Danger,
                message: format!(
                    "All tables of role {role} are dropped with their rows, and its rights are taken away."
                ),
            });
        }
        _ => return None,
    };
    let used: Vec<String> = tables.iter().filter(|t| !cx.world.schema.is_new(t)).map(|t| t.to_string()).gather();
    if used.is_empty() {
        return None;
    }
    Some(RuleFinding {
        severity: Severity::Danger,
        message: format!("The rows of {} are lost, and queries that name it fail at once.", used.join(", ")),
    })
}

fn replaces(cx: &RuleCx<'_>) -> bool {
    cx.world.target.engine() == Engine::MariaDb && has(&cx.words(), " CREATE OR REPLACE TABLE ")
}
