//! Upserts can fail the rebuild.

use super::asking::note;
use super::{Rule, RuleCx, RuleFinding};
use crate::facts::WorkKind;
use crate::target::Engine;

/// The rule.
pub const RULE: Rule = Rule {
    id: "rebuild-fails-on-upserts",
    title: "Upserts can fail the rebuild",
    when: "MySQL rebuilds a table in place that has a UNIQUE key beside its primary key.",
    effect: "INSERT IGNORE, REPLACE or ON DUPLICATE KEY UPDATE that meets a duplicate meanwhile ends the ALTER with 1062, although no duplicate exists; under steady upserts another try fails too.",
    why: "The rebuild applies the log of changes row by row, the refused row included.",
    instead: "Take an INSTANT form, or gh-ost or pt-online-schema-change, or stop the upserts.",
    sources: &["MySQL manual: Online DDL Failure Conditions"],
    check,
};

fn check(cx: &RuleCx<'_>) -> Option<RuleFinding> {
    use crate::change::ConstraintKind;
    let work = cx.effects.work.iter().find(|work| work.kind == WorkKind::InplaceRebuild)?;
    let def = &cx.world.schema.table(&work.table).filter(|_| cx.world.target.engine() == Engine::MySql)?.def;
    let unique = def.indexes.iter().any(|index| index.unique)
        || def.constraints.iter().any(|c| matches!(c.kind, ConstraintKind::Unique { .. }));
    if unique && cx.used(&work.table) {
        note(format!("Upserts on {} that meet a duplicate end it with 1062.", work.table))
    } else {
        None
    }
}
