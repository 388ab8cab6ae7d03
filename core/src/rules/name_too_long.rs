//! The name is too long.

use super::asking::{danger, new_columns, new_constraints, warn};
use super::{Rule, RuleCx, RuleFinding};
use crate::change::{Change, Ident, ObjectVerb};
use crate::order::Gather;
use crate::target::Engine;

/// The rule.
pub const RULE: Rule = Rule {
    id: "name-too-long",
    title: "The name is too long",
    when: "Something gets a name that is longer than the server keeps: 63 bytes in PostgreSQL, 64 characters in MySQL and MariaDB.",
    effect: "PostgreSQL cuts it off without an error, so that two names can become one; MySQL and MariaDB refuse the statement (1059).",
    why: "Names have a fixed room in the catalog.",
    instead: "Use a shorter name.",
    sources: &["PostgreSQL manual: Lexical Structure, Identifiers", "MySQL manual: Identifier Length Limits"],
    check,
};

fn check(cx: &RuleCx<'_>) -> Option<RuleFinding> {
    let names = names(&cx.action.change);
    match cx.world.target.engine() {
        Engine::Postgres => {
            let name = names.into_iter().find(|name| name.value.len() > 63)?;
            let kept: String =
                name.value.char_indices().filter(|(at, c)| at + c.len_utf8() <= 63).map(|(_, c)| c).collect();
            warn(format!("{name} has {} bytes; it is kept as {kept}.", name.value.len()))
        }
        Engine::MySql | Engine::MariaDb => {
            let name = names.into_iter().find(|name| name.value.chars().count() > 64)?;
            danger(format!("{name} has {} characters; at most 64 are taken.", name.value.chars().count()))
        }
        Engine::Sqlite => None,
    }
}

/// Names that the change gives.
fn names(change: &Change) -> Vec<&Ident> {
    let columns = new_columns(change).into_iter().map(|(_, column)| &column.name);
    let constraints = new_constraints(change).filter_map(|(_, _, constraint)| constraint.name.as_ref());
    let own = match change {
        Change::CreateTable(def) => Some(&def.name.object),
        Change::RenameTable { to, .. } => Some(&to.object),
        Change::RenameColumn { to, .. } | Change::RenameConstraint { to, .. } | Change::RenameIndex { to, .. } => {
            Some(to)
        }
        Change::RedefineColumn { to, .. } => Some(&to.name),
        Change::CreateIndex(index) => index.name.as_ref().map(|name| &name.object),
        Change::CreateEnum { name, .. } | Change::CreateView { name, .. } => Some(&name.object),
        Change::Object { verb: ObjectVerb::Create | ObjectVerb::Replace, name: Some(name), .. } => Some(&name.object),
        _ => None,
    };
    columns.chain(constraints).chain(own).gather()
}
