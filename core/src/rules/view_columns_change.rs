//! The view loses or moves a column.

use super::asking::danger;
use super::{Rule, RuleCx, RuleFinding};
use crate::change::{Change, Name};
use crate::schema::shape::lost;
use crate::target::Engine;

/// The rule.
pub const RULE: Rule = Rule {
    id: "view-columns-change",
    title: "The view loses or moves a column",
    when: "CREATE OR REPLACE VIEW (SQLite: DROP and CREATE) gives a view that exists other columns in front of its last one.",
    effect: "PostgreSQL refuses it (42P16); elsewhere queries that name a lost column fail at once.",
    why: "Columns can only be added at the end.",
    instead: "Add columns at the end; for anything else make a new view, switch the code, drop the old one.",
    sources: &["PostgreSQL manual: CREATE VIEW", "MySQL manual: CREATE VIEW"],
    check,
};

fn check(cx: &RuleCx<'_>) -> Option<RuleFinding> {
    match &cx.action.change {
        Change::CreateView { name, replace: true, .. } => changed(cx, name, cx.sql()),
        // SQLite has no OR REPLACE: a view is dropped and made again.
        Change::DropView { names, .. } if cx.world.target.engine() == Engine::Sqlite => {
            names.iter().find_map(|name| changed(cx, name, made_again(cx, name)?))
        }
        _ => None,
    }
}

fn made_again<'a>(cx: &RuleCx<'a>, wanted: &Name) -> Option<&'a str> {
    cx.later().find_map(|action| match &action.change {
        Change::CreateView { name, .. } if cx.same_table(name, wanted) => Some(action.span.of(cx.text)),
        _ => None,
    })
}

fn changed(cx: &RuleCx<'_>, name: &Name, statement: &str) -> Option<RuleFinding> {
    let old = cx.world.schema.view(name).filter(|view| !view.new)?;
    let lost = lost(old.said(), statement, cx.world.target)??;
    danger(format!("Column {lost} of {name} is not where it was."))
}
