//! A default partition makes every later one dearer.

use super::asking::{has, note};
use super::{Rule, RuleCx, RuleFinding};
use crate::change::{Change, PartitionAction};

/// The rule.
pub const RULE: Rule = Rule {
    id: "default-partition",
    title: "A default partition makes every later one dearer",
    when: "A DEFAULT partition is created or attached.",
    effect: "Each partition added later reads the default one under a lock, and DETACH CONCURRENTLY is refused.",
    why: "The default must not hold a row that belongs to the new partition.",
    instead: "Make partitions ahead of time; give the default a CHECK before a new one comes.",
    sources: &["PostgreSQL manual: Table Partitioning"],
    check,
};

fn check(cx: &RuleCx<'_>) -> Option<RuleFinding> {
    let parent = match &cx.action.change {
        Change::Partition { table, action: PartitionAction::Attach { bound, .. } } if has(bound, "DEFAULT") => table,
        Change::CreateTable(def) => {
            let parent = def.partition_of.as_ref()?;
            (!has(cx.sql(), "FOR VALUES") && has(cx.sql(), " DEFAULT")).then_some(parent)?
        }
        _ => return None,
    };
    note(format!("Partitions that {parent} gets later read it first."))
}
