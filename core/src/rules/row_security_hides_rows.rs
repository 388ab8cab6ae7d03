//! Row-level security switched on before there is a policy.

use super::asking::has;
use super::{Rule, RuleCx, RuleFinding};
use crate::change::{Change, ObjectKind, TableOption};
use crate::report::Severity;
use crate::source::first_words;

/// The rule.
pub const RULE: Rule = Rule {
    id: "row-security-hides-rows",
    title: "Rows are hidden from running code",
    when: "Row-level security is switched on for a table in use, and no policy lets everybody have every row.",
    effect: "Everyone but the owner reads and writes only what a policy allows; without one nothing, and without an error.",
    why: "With row-level security on, what no policy allows is denied.",
    instead: "Create the policies first, in the same transaction, and try them as the application's role.",
    sources: &["PostgreSQL manual: Row Security Policies"],
    check,
};

fn check(cx: &RuleCx<'_>) -> Option<RuleFinding> {
    let Change::SetTableOption { table, option: TableOption::RowSecurity } = &cx.action.change else { return None };
    let words = cx.words();
    let on = has(&words, " ENABLE ROW ") || (has(&words, " FORCE ROW ") && !has(&words, " NO FORCE ROW "));
    let policies = cx.world.schema.objects_on(ObjectKind::Policy, table);
    let open = policies.iter().any(|policy| allows_all(&policy.text, cx));
    (on && !open && !cx.world.schema.is_new(table)).then(|| RuleFinding {
        severity: Severity::Warning,
        message: match policies.as_slice() {
            [] => format!("No policy on {table} is known: roles other than its owner read no row of it from now on."),
            _ => format!(
                "Roles other than its owner read and write only what the policies on {table} allow from now on."
            ),
        },
    })
}

/// Every row, for everybody and every command.
fn allows_all(policy: &str, cx: &RuleCx<'_>) -> bool {
    let words = first_words(policy, cx.world.target, 100);
    let only = |word: &str, all: &str| has(&words, word) && !has(&words, all);
    has(&words, " USING ( true ) ") && !only(" FOR ", " FOR ALL ") && !only(" TO ", " TO PUBLIC ")
}
