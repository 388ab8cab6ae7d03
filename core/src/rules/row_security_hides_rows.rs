//! Row-level security switched on before there is a policy.

use super::{Rule, RuleCx, RuleFinding};
use crate::change::{Change, ObjectKind, TableOption};
use crate::report::Severity;

/// The rule.
pub const RULE: Rule = Rule {
    id: "row-security-hides-rows",
    title: "Rows are hidden from running code",
    when: "Row-level security is switched on for a table in use that has no policy.",
    effect: "Everyone but the owner reads no row and writes none, without an error.",
    why: "With row-level security on, what no policy allows is denied.",
    instead: "Create the policies first, in the same transaction, and try them as the application's role.",
    sources: &["PostgreSQL manual: Row Security Policies"],
    check,
};

fn check(cx: &RuleCx<'_>) -> Option<RuleFinding> {
    let Change::SetTableOption { table, option: TableOption::RowSecurity } = &cx.action.change else { return None };
    let text = cx.text.get(cx.action.span.start..cx.action.span.end)?.to_ascii_uppercase();
    let on = text.contains("ENABLE ROW") || (text.contains("FORCE ROW") && !text.contains("NO FORCE ROW"));
    let allowed = !cx.world.schema.objects_on(ObjectKind::Policy, table).is_empty();
    (on && !allowed && !cx.world.schema.is_new(table)).then(|| RuleFinding {
        severity: Severity::Warning,
        message: format!("No policy on {table} is known: roles other than its owner read no row of it from now on."),
    })
}
