//! The view loses or moves a column.

use super::asking::{danger, words};
use super::{Rule, RuleCx, RuleFinding};
use crate::change::{Change, Name};
use crate::target::{Engine, Target};

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
        Change::CreateView { name, replace: true, query, .. } => changed(cx, name, query),
        // SQLite has no OR REPLACE: a view is dropped and made again.
        Change::DropView { names, .. } if cx.world.target.engine() == Engine::Sqlite => {
            names.iter().find_map(|name| changed(cx, name, made_again(cx, name)?))
        }
        _ => None,
    }
}

fn made_again<'a>(cx: &RuleCx<'a>, wanted: &Name) -> Option<&'a str> {
    cx.later().find_map(|action| match &action.change {
        Change::CreateView { name, query, .. } if cx.same_table(name, wanted) => Some(query.as_str()),
        _ => None,
    })
}

fn changed(cx: &RuleCx<'_>, name: &Name, query: &str) -> Option<RuleFinding> {
    let old = cx.world.schema.view(name).filter(|view| !view.new)?;
    let lost = lost(&old.query, query, cx.world.target)??;
    danger(format!("Column {lost} of {name} is not where it was."))
}

/// The first column that a new query does not give where the old one did, if their texts tell.
pub fn lost(old: &str, new: &str, target: Target) -> Option<Option<String>> {
    let said = |query: &str| columns(&words(query, target));
    let (before, after) = (said(old)?, said(new)?);
    Some(before.into_iter().enumerate().find(|(at, column)| after.get(*at) != Some(column)).map(|(_, column)| column))
}

/// Names of the columns that a simple query gives; none when that cannot be told from its text.
fn columns(query: &str) -> Option<Vec<String>> {
    let lower = query.trim_start().to_ascii_lowercase();
    let list = lower.strip_prefix("select")?;
    let (mut depth, mut parts, mut part) = (0_u32, Vec::new(), String::new());
    for word in list.split_inclusive(|c: char| c.is_whitespace() || matches!(c, ',' | '(' | ')')) {
        let bare = word.trim_end_matches(|c: char| c.is_whitespace() || matches!(c, ',' | '(' | ')'));
        if depth == 0 && bare == "from" {
            break;
        }
        part.push_str(word);
        match word.chars().next_back() {
            Some('(') => depth += 1,
            Some(')') => depth = depth.saturating_sub(1),
            Some(',') if depth == 0 => parts.push(std::mem::take(&mut part)),
            _ => {}
        }
    }
    parts.push(part);
    parts.iter().map(|part| column(part)).collect()
}

/// `u.name`, `lower(x) AS "low"`; not `*`, nor an expression without a name.
fn column(part: &str) -> Option<String> {
    let last = part.trim_end_matches([',', ' ', '\n', '\t', '\r']).split_whitespace().next_back()?;
    let name = last.rsplit('.').next().unwrap_or(last).trim_matches(['"', '`']);
    let plain = !name.is_empty() && name.chars().all(|c| c.is_alphanumeric() || c == '_');
    plain.then(|| name.to_string())
}
