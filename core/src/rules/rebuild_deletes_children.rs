//! Dropping the old table deletes rows of others.

use super::asking::{danger, warn};
use super::{Rule, RuleCx, RuleFinding};
use crate::change::{Change, ConstraintKind, Name, ReferentialAction};
use crate::target::Engine;

/// The rule.
pub const RULE: Rule = Rule {
    id: "rebuild-deletes-children",
    title: "Dropping the old table deletes rows of others",
    when: "SQLite drops a table that others refer to, in a rebuild or alone, and foreign keys are not switched off before the transaction.",
    effect: "Rows of tables with ON DELETE CASCADE are deleted, those with SET NULL lose their reference, without an error.",
    why: "DROP TABLE deletes its rows first, and PRAGMA foreign_keys does nothing inside a transaction, also one that a framework has opened.",
    instead: "PRAGMA foreign_keys = OFF before BEGIN, in a migration outside a transaction; PRAGMA foreign_key_check before COMMIT.",
    sources: &["SQLite manual: ALTER TABLE; Foreign Key Support"],
    check,
};

fn check(cx: &RuleCx<'_>) -> Option<RuleFinding> {
    let (tables, rebuild): (&[Name], bool) = match &cx.action.change {
        Change::RebuildTable { table, .. } => (std::slice::from_ref(table), true),
        Change::DropTable { tables, .. } => (tables, false),
        _ => return None,
    };
    if cx.world.target.engine() != Engine::Sqlite || cx.session.foreign_keys_off {
        return None;
    }
    let schema = cx.world.schema;
    let child = |table: &Name| {
        schema.referencing(table).into_iter().find_map(|(child, key)| match &key.kind {
            ConstraintKind::ForeignKey(fk) if reaches(fk.on_delete) => Some(child.def.name.clone()),
            _ => None,
        })
    };
    match tables.iter().filter(|table| cx.used(table)).find_map(child) {
        Some(child) => danger(format!("Rows of {child} are deleted or changed with it when foreign keys are on.")),
        None if rebuild && schema.is_empty() => {
            warn("If another table refers to it with ON DELETE CASCADE, that table's rows are deleted.")
        }
        // Even when it is deferred to the COMMIT, the rows of the new table do not count.
        None if rebuild => {
            let table = tables.iter().find(|table| cx.used(table))?;
            let (child, _) = schema.referencing(table).into_iter().find(|(child, _)| child.def.name != *table)?;
            warn(format!(
                "Where foreign keys are on, it fails while rows of {} refer to {table}; a PRAGMA inside a transaction does not turn them off.",
                child.def.name
            ))
        }
        None => None,
    }
}

fn reaches(action: ReferentialAction) -> bool {
    matches!(action, ReferentialAction::Cascade | ReferentialAction::SetNull | ReferentialAction::SetDefault)
}
