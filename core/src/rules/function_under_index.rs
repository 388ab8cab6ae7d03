//! The function is part of stored values.

use super::asking::{has, warn};
use super::{Rule, RuleCx, RuleFinding};
use crate::change::{Change, ConstraintKind, ObjectKind, ObjectVerb};
use crate::schema::Table;

/// The rule.
pub const RULE: Rule = Rule {
    id: "function-under-index",
    title: "The function is part of stored values",
    when: "A function is replaced that an index, a CHECK or a generated column of a table in use calls.",
    effect: "What is stored was made by the old function: queries by the index miss rows, checks no longer hold.",
    why: "Nothing computes stored values anew when a function changes.",
    instead: "Make a new function, build a new index or constraint on it, then drop the old ones.",
    sources: &["PostgreSQL manual: CREATE INDEX, Notes; Function Volatility Categories"],
    check,
};

fn check(cx: &RuleCx<'_>) -> Option<RuleFinding> {
    let Change::Object { verb: ObjectVerb::Replace, kind: ObjectKind::Function, name: Some(name), .. } =
        &cx.action.change
    else {
        return None;
    };
    let call = format!("{}(", name.object.value.to_ascii_uppercase());
    let table = cx.world.schema.tables().find(|table| !table.new && calls(table, &call))?;
    warn(format!("Values of {} that {name} made stay as they are.", table.def.name))
}

fn calls(table: &Table, call: &str) -> bool {
    let parts = |i: &crate::change::IndexDef| i.parts.iter().any(|part| part.column.is_none() && has(&part.text, call));
    let checks = |kind: &ConstraintKind| matches!(kind, ConstraintKind::Check { expr } if has(&expr.text, call));
    table.def.indexes.iter().any(parts)
        || table.def.constraints.iter().any(|c| checks(&c.kind))
        || table.def.columns.iter().any(|c| c.generated.as_ref().is_some_and(|g| has(&g.expr.text, call)))
}
