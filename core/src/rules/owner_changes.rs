//! The table gets another owner.

use super::asking::note;
use super::{Rule, RuleCx, RuleFinding};
use crate::change::{Change, ObjectKind, ObjectVerb, TableOption};

/// The rule.
pub const RULE: Rule = Rule {
    id: "owner-changes",
    title: "The table gets another owner",
    when: "OWNER TO on a table in use, or on a view; REASSIGN OWNED.",
    effect: "A role that had its rights as the owner loses them; views and functions of the old owner may stop working.",
    why: "Rights of the owner are not grants.",
    instead: "Grant what the application's role needs first.",
    sources: &["PostgreSQL manual: ALTER TABLE, OWNER TO"],
    check,
};

fn check(cx: &RuleCx<'_>) -> Option<RuleFinding> {
    if let Change::Object { verb: ObjectVerb::Alter, kind: ObjectKind::View, name: Some(view), .. } = &cx.action.change
    {
        let moves = cx.statement_says(" OWNER TO ");
        return if moves { note(format!("{view} reads its tables with the rights of its new owner.")) } else { None };
    }
    if let Change::Object { verb: ObjectVerb::Alter, kind: ObjectKind::Owned, name: Some(role), .. } = &cx.action.change
    {
        return note(format!("Who uses what role {role} owns as its owner needs grants from now on."));
    }
    let Change::SetTableOption { table, option: TableOption::Owner(_) } = &cx.action.change else { return None };
    if cx.used(table) { note(format!("Who used {table} as its owner needs grants from now on.")) } else { None }
}
