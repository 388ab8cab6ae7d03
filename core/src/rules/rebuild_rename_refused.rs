//! Views or triggers stop the rename.

use super::asking::{has, warn};
use super::{Rule, RuleCx, RuleFinding};
use crate::change::Change;
use crate::target::Engine;

/// The rule.
pub const RULE: Rule = Rule {
    id: "rebuild-rename-refused",
    title: "Views or triggers stop the rename",
    when: "SQLite rebuilds a table that a view, or a trigger of another table, names, without PRAGMA legacy_alter_table.",
    effect: "ALTER TABLE … RENAME fails: error in view: no such table.",
    why: "The rename checks the whole schema, and the old table is gone at that moment.",
    instead: "PRAGMA legacy_alter_table = ON around the rename, or drop these views and triggers first and make them again.",
    sources: &["SQLite manual: ALTER TABLE RENAME; PRAGMA legacy_alter_table"],
    check,
};

fn check(cx: &RuleCx<'_>) -> Option<RuleFinding> {
    let Change::RebuildTable { table, .. } = &cx.action.change else { return None };
    let members = || cx.script.members(cx.statement).iter();
    let legacy = || cx.session.legacy_alter_table || members().any(|s| has(s.span.of(cx.text), "LEGACY_ALTER_TABLE"));
    let known = cx.world.target.engine() == Engine::Sqlite && cx.world.target.version.at_least(3, 25, 0);
    let views = cx.world.schema.views_on(table);
    let view = views.first().filter(|_| known && !legacy())?;
    let dropped = members().any(|s| {
        s.changes.iter().any(|a| matches!(&a.change, Change::DropView { names, .. } if names.contains(&view.name)))
    });
    if dropped {
        None
    } else {
        warn(format!("The view {} names {table}, which is not there when the new table is renamed.", view.name))
    }
}
