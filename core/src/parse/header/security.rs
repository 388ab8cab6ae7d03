//! GRANT, REVOKE and what else belongs to roles.

use super::cursor::Cursor;
use super::{Header, Part, kinds};
use crate::change::{Name, ObjectKind, ObjectVerb};
use crate::order::Gather;

/// Statements about accounts: the words; the form.
const ACCOUNTS: [(&str, &str); 4] = [
    ("RENAME USER", "rename user"),
    ("SET PASSWORD", "set password"),
    ("SET DEFAULT ROLE", "set default role"),
    ("REASSIGN OWNED", "reassign owned"),
];

pub(super) fn read(c: &mut Cursor<'_>) -> Option<Header> {
    if let Some((words, form)) = ACCOUNTS.iter().find(|(words, _)| c.is_phrase(words)) {
        if *words == "REASSIGN OWNED" {
            return reassign(c, form);
        }
        let verb = if *words == "RENAME USER" { ObjectVerb::Rename } else { ObjectVerb::Alter };
        return Some(Header::object(*form, c, verb, ObjectKind::Role, None, None));
    }
    let (word, verb) = match c.eat_any(&["GRANT", "REVOKE"])? {
        "GRANT" => ("grant", ObjectVerb::Grant),
        _ => ("revoke", ObjectVerb::Revoke),
    };
    if c.is("PROXY") || !c.find("ON") {
        return Some(Header::object(format!("{word} role"), c, verb, ObjectKind::Role, None, None));
    }
    c.next();
    if c.eat("ALL") {
        let (words, kind) = all_of(c);
        return Some(Header::object(format!("{word} on all {words}"), c, verb, kind, None, None));
    }
    let kind = kinds::eat(c);
    // MySQL's `db.*` and `*.*` name no table.
    let name = c.name();
    let (words, kind) = kind.unwrap_or(("TABLE", ObjectKind::Table));
    let on: Option<Name> = if kind == ObjectKind::Table { name.clone() } else { None };
    let form = format!("{word} on {}", words.to_ascii_lowercase());
    Some(Header::object(form, c, verb, kind, name, on))
}

/// `REASSIGN OWNED BY a, b TO c`: one change a role.
fn reassign(c: &mut Cursor<'_>, form: &'static str) -> Option<Header> {
    c.eat("REASSIGN OWNED BY").then_some(())?;
    let roles = c.names().into_iter();
    let one = |role| Part::exact(c, Header::change(c, ObjectVerb::Alter, ObjectKind::Owned, Some(role), None));
    Some(Header { form: form.into(), parts: roles.map(one).gather() })
}

fn all_of(c: &mut Cursor<'_>) -> (&'static str, ObjectKind) {
    match c.eat_any(&["TABLES", "SEQUENCES", "FUNCTIONS", "PROCEDURES", "ROUTINES"]) {
        Some("SEQUENCES") => ("sequences", ObjectKind::Sequence),
        Some("FUNCTIONS") => ("functions", ObjectKind::Function),
        Some("PROCEDURES") => ("procedures", ObjectKind::Procedure),
        Some("ROUTINES") => ("routines", ObjectKind::Routine),
        _ => ("tables", ObjectKind::Table),
    }
}
