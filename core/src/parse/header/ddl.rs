//! CREATE, ALTER, DROP, COMMENT: the verb, its modifiers, the kind of object; then the family that knows more.

use super::cursor::Cursor;
use super::{Header, Part, alter_table, indexes, kinds, routines, tables, types, views};
use crate::change::{Change, IF_NOT_EXISTS, Name, ObjectKind, ObjectVerb, OpaqueWhy};
use crate::source::TokenKind;
use crate::target::Target;

/// What stands between CREATE and the kind of object.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Modifiers {
    pub replace: bool,
    pub temporary: bool,
    pub unlogged: bool,
    pub unique: bool,
    pub fulltext: bool,
    pub spatial: bool,
}

pub(super) fn read(c: &mut Cursor<'_>, target: Target) -> Option<Header> {
    match c.eat_any(&["CREATE", "ALTER", "DROP", "COMMENT ON", "SECURITY LABEL"])? {
        "CREATE" => create(c),
        "ALTER" => alter(c, target),
        "DROP" => drop(c),
        "COMMENT ON" => Some(comment(c, "comment on")),
        _ => {
            if c.eat("FOR") {
                c.ident();
            }
            c.eat("ON").then(|| comment(c, "security label on"))
        }
    }
}

fn create(c: &mut Cursor<'_>) -> Option<Header> {
    let modifiers = modifiers(c);
    let (words, kind) = kinds::eat(c)?;
    let verb = if modifiers.replace { ObjectVerb::Replace } else { ObjectVerb::Create };
    match kind {
        ObjectKind::Table => tables::create(c, modifiers, words == "VIRTUAL TABLE"),
        ObjectKind::ForeignTable => tables::create(c, modifiers, true),
        ObjectKind::Index => indexes::create(c, modifiers),
        ObjectKind::View if words == "VIEW" => views::create(c, modifiers.replace, false),
        ObjectKind::MaterializedView => views::create(c, modifiers.replace, true),
        ObjectKind::Type => types::create_type(c, verb),
        ObjectKind::Trigger => Some(routines::create_trigger(c, verb)),
        ObjectKind::Rule => Some(routines::create_rule(c, verb)),
        // It runs later, again and again, and is not planned.
        ObjectKind::Event => Some(Header::opaque("create event", c, OpaqueWhy::RunsCode)),
        _ => Some(create_object(c, words, kind, verb)),
    }
}

/// Takes everything that may stand between CREATE or ALTER and the kind of object.
fn modifiers(c: &mut Cursor<'_>) -> Modifiers {
    let mut found = Modifiers::default();
    loop {
        if c.eat("OR REPLACE") {
            found.replace = true;
        } else if c.eat_any(&["TEMPORARY", "TEMP"]).is_some() {
            found.temporary = true;
        } else if c.eat("UNLOGGED") {
            found.unlogged = true;
        } else if c.eat("UNIQUE") {
            found.unique = true;
        } else if c.eat("FULLTEXT") {
            found.fulltext = true;
        } else if c.is_phrase("SPATIAL INDEX") {
            c.next();
            found.spatial = true;
        } else if c.eat_any(&["ALGORITHM", "DEFINER"]).is_some() {
            skip_assignment(c);
        } else if c.eat("SQL SECURITY") || c.is_phrase("CONSTRAINT TRIGGER") || c.is_phrase("AGGREGATE FUNCTION") {
            c.next();
        } else if c
            .eat_any(&[
                "GLOBAL",
                "LOCAL",
                "RECURSIVE",
                "VECTOR",
                "CLUSTERING",
                "ONLINE",
                "OFFLINE",
                "IGNORE",
                "JSON RELATIONAL DUALITY",
                "JSON DUALITY",
                "EXTERNAL",
            ])
            .is_none()
        {
            return found;
        }
    }
}

/// `= value`, where the value may be `'user'@'host'` or `CURRENT_USER()`.
fn skip_assignment(c: &mut Cursor<'_>) {
    c.eat_op("=");
    c.next();
    if c.is_kind(TokenKind::Param) && c.word().starts_with('@') {
        c.next();
        if c.is_kind(TokenKind::String) || c.is_kind(TokenKind::Quoted) {
            c.next();
        }
    }
    c.parens();
}

fn create_object(c: &mut Cursor<'_>, words: &str, kind: ObjectKind, verb: ObjectVerb) -> Header {
    let form = format!("create {}", words.to_ascii_lowercase());
    let if_not_exists = c.eat_if_not_exists() && c.dialect.folds_to_lower;
    let (name, on) = name_and_relation(c, kind);
    let mut change = Header::change(c, verb, kind, name, on);
    if let Change::Object { text, .. } = &mut change
        && if_not_exists
    {
        *text = IF_NOT_EXISTS.to_string();
    }
    Header::exact(form, c, change)
}

/// The name of an object as each kind writes it, and the relation it belongs to.
pub(super) fn name_and_relation(c: &mut Cursor<'_>, kind: ObjectKind) -> (Option<Name>, Option<Name>) {
    match kind {
        ObjectKind::Cast | ObjectKind::Operator | ObjectKind::DefaultPrivileges | ObjectKind::System => (None, None),
        ObjectKind::LargeObject | ObjectKind::SpatialReferenceSystem => (None, None),
        ObjectKind::Transform | ObjectKind::UserMapping => {
            c.eat("FOR");
            (c.name(), None)
        }
        ObjectKind::Owned => {
            c.eat("BY");
            (c.name(), None)
        }
        ObjectKind::Policy | ObjectKind::Trigger | ObjectKind::Rule | ObjectKind::Constraint => {
            let name = c.name();
            let mut ahead = *c;
            let on = if ahead.find("ON") { relation_after_on(&mut ahead) } else { None };
            (name, on)
        }
        ObjectKind::Statistics => {
            let name = if c.is("ON") { None } else { c.name() };
            let mut ahead = *c;
            let on = ahead.find("FROM").then(|| {
                ahead.next();
                ahead.eat("ONLY");
                ahead.name()
            });
            (name, on.flatten())
        }
        ObjectKind::Sequence => {
            let name = c.name();
            let mut ahead = *c;
            let owner = (ahead.find("OWNED BY") && ahead.eat("OWNED BY")).then(|| ahead.column_name().1);
            (name, owner.flatten())
        }
        ObjectKind::Column => c.column_name(),
        _ => (c.name(), None),
    }
}

fn relation_after_on(c: &mut Cursor<'_>) -> Option<Name> {
    c.eat("ON");
    c.eat("DOMAIN");
    c.eat("ONLY");
    c.name()
}

fn alter(c: &mut Cursor<'_>, target: Target) -> Option<Header> {
    let before = *c;
    // MariaDB: rows that a new key does not allow are deleted without a word.
    let ignore = before.is("IGNORE") || before.is_phrase("ONLINE IGNORE");
    if ignore && (before.has("UNIQUE") || before.has("PRIMARY KEY")) {
        return None;
    }
    modifiers(c);
    let hint = before.is("ONLINE").then_some(("lock", "NONE"));
    let (words, kind) = kinds::eat(c)?;
    if kind == ObjectKind::Event && !c.has("RENAME TO") {
        return Some(Header::opaque("alter event", c, OpaqueWhy::RunsCode));
    }
    match kind {
        ObjectKind::Table => alter_table::read(c, target, hint),
        ObjectKind::Index => indexes::alter(c),
        ObjectKind::View if words == "VIEW" && !c.dialect.folds_to_lower => views::alter(c),
        ObjectKind::MaterializedView => Some(views::alter_materialized(c)),
        ObjectKind::Type => types::alter_type(c),
        ObjectKind::Domain => types::alter_domain(c),
        _ => Some(alter_object(c, words, kind)),
    }
}

/// Actions that ALTER has for many kinds of objects: the words; the form's ending; the verb.
const COMMON_ACTIONS: [(&str, &str, ObjectVerb); 8] = [
    ("RENAME TO", "rename to", ObjectVerb::Rename),
    ("RENAME COLUMN", "rename column", ObjectVerb::Rename),
    ("RENAME", "rename", ObjectVerb::Rename),
    ("OWNER TO", "owner to", ObjectVerb::Alter),
    ("SET SCHEMA", "set schema", ObjectVerb::Alter),
    ("DEPENDS ON EXTENSION", "depends on extension", ObjectVerb::Alter),
    ("NO DEPENDS ON EXTENSION", "no depends on extension", ObjectVerb::Alter),
    ("REFRESH VERSION", "refresh version", ObjectVerb::Alter),
];

pub(super) fn alter_object(c: &mut Cursor<'_>, words: &str, kind: ObjectKind) -> Header {
    let form = format!("alter {}", words.to_ascii_lowercase());
    c.eat_if_exists();
    let (name, on) = name_and_relation(c, kind);
    let action = COMMON_ACTIONS.iter().find(|(words, ..)| c.has(words));
    match action {
        Some((_, ending, verb)) => Header::object(format!("{form} {ending}"), c, *verb, kind, name, on),
        None => Header::object(form, c, ObjectVerb::Alter, kind, name, on),
    }
}

fn drop(c: &mut Cursor<'_>) -> Option<Header> {
    if c.eat("PREPARE") {
        return Some(super::session::deallocate(c, "drop prepare"));
    }
    let temporary = c.eat("TEMPORARY");
    let (words, kind) = kinds::eat(c)?;
    match kind {
        ObjectKind::Table => Some(tables::drop(c, temporary)),
        ObjectKind::Index => indexes::drop(c),
        ObjectKind::View if words == "VIEW" => Some(views::drop(c, false)),
        ObjectKind::MaterializedView => Some(views::drop(c, true)),
        _ => Some(drop_objects(c, words, kind)),
    }
}

/// `DROP FUNCTION a(int), b(int)`: one change per object.
fn drop_objects(c: &mut Cursor<'_>, words: &str, kind: ObjectKind) -> Header {
    c.eat_if_exists();
    let mut parts = Vec::new();
    if kind == ObjectKind::Owned {
        c.eat("BY");
    }
    for mut one in c.split_commas() {
        let (name, on) = name_and_relation(&mut one, kind);
        parts.push(Part::exact(c, Header::change(c, ObjectVerb::Drop, kind, name, on)));
    }
    if parts.is_empty() {
        parts.push(Part::exact(c, Header::change(c, ObjectVerb::Drop, kind, None, None)));
    }
    Header { form: format!("drop {}", words.to_ascii_lowercase()), parts }
}

fn comment(c: &mut Cursor<'_>, verb: &str) -> Header {
    let Some((words, kind)) = kinds::eat(c) else {
        return Header::object(verb, c, ObjectVerb::Comment, ObjectKind::System, None, None);
    };
    let form = format!("{verb} {}", words.to_ascii_lowercase());
    let (name, on) = name_and_relation(c, kind);
    // A comment on a table belongs to that table.
    let relation =
        matches!(kind, ObjectKind::Table | ObjectKind::View | ObjectKind::MaterializedView | ObjectKind::ForeignTable);
    let on = if relation { name.clone() } else { on };
    let text = if verb.starts_with('s') { form.clone() } else { String::new() };
    Header::exact(form, c, Change::Object { verb: ObjectVerb::Comment, kind, name, on, text })
}
