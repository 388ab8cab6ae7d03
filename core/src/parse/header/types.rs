//! Types and domains.

use super::cursor::Cursor;
use super::{Header, ddl};
use crate::change::{Change, ObjectKind, ObjectVerb};

pub(super) fn create_type(c: &mut Cursor<'_>, verb: ObjectVerb) -> Option<Header> {
    let name = c.name()?;
    if c.eat("AS ENUM") {
        let mut inside = c.parens()?;
        let mut labels = Vec::new();
        while let Some(label) = inside.string() {
            labels.push(label);
            inside.next();
        }
        return Some(Header::exact("create type as enum", c, Change::CreateEnum { name, labels }));
    }
    let form = if c.eat("AS RANGE") {
        "create type as range"
    } else if c.eat("AS") {
        "create type as composite"
    } else {
        "create type"
    };
    Some(Header::object(form, c, verb, ObjectKind::Type, Some(name), None))
}

pub(super) fn alter_type(c: &mut Cursor<'_>) -> Option<Header> {
    let start = *c;
    let name = c.name()?;
    if c.eat("ADD VALUE") {
        let if_not_exists = c.eat_if_not_exists();
        let value = c.string()?;
        let positioned = c.is("BEFORE") || c.is("AFTER");
        let change = Change::AddEnumValue { name, value, positioned, if_not_exists };
        return Some(Header::exact("alter type add value", c, change));
    }
    if c.eat("RENAME VALUE") {
        let from = c.string()?;
        c.eat("TO").then_some(())?;
        let to = c.string()?;
        return Some(Header::exact("alter type rename value", c, Change::RenameEnumValue { name, from, to }));
    }
    for (words, form, verb) in TYPE_ACTIONS {
        if c.is_phrase(words) {
            return Some(Header::object(form, c, verb, ObjectKind::Type, Some(name), None));
        }
    }
    *c = start;
    Some(ddl::alter_object(c, "TYPE", ObjectKind::Type))
}

const TYPE_ACTIONS: [(&str, &str, ObjectVerb); 4] = [
    ("ADD ATTRIBUTE", "alter type add attribute", ObjectVerb::Alter),
    ("DROP ATTRIBUTE", "alter type drop attribute", ObjectVerb::Alter),
    ("ALTER ATTRIBUTE", "alter type alter attribute", ObjectVerb::Alter),
    ("RENAME ATTRIBUTE", "alter type rename attribute", ObjectVerb::Rename),
];

pub(super) fn alter_domain(c: &mut Cursor<'_>) -> Option<Header> {
    let start = *c;
    let name = c.name()?;
    let action = c.rest_bare();
    // These read every column of the domain.
    let reads = match c.eat_any(&["ADD", "SET NOT NULL", "VALIDATE CONSTRAINT"]) {
        Some("ADD") => Some(("alter domain add constraint", false)),
        Some("SET NOT NULL") => Some(("alter domain set not null", false)),
        Some(_) => Some(("alter domain validate constraint", true)),
        None => None,
    };
    if let Some((form, validate)) = reads {
        let not_valid = c.has("NOT VALID");
        let change = Change::AlterDomainConstraint { name, validate, not_valid, action };
        return Some(Header::exact(form, c, change));
    }
    for (words, form, verb) in DOMAIN_ACTIONS {
        if c.is_phrase(words) {
            return Some(Header::object(form, c, verb, ObjectKind::Domain, Some(name), None));
        }
    }
    *c = start;
    Some(ddl::alter_object(c, "DOMAIN", ObjectKind::Domain))
}

const DOMAIN_ACTIONS: [(&str, &str, ObjectVerb); 5] = [
    ("DROP CONSTRAINT", "alter domain drop constraint", ObjectVerb::Alter),
    ("DROP NOT NULL", "alter domain drop not null", ObjectVerb::Alter),
    ("SET DEFAULT", "alter domain set default", ObjectVerb::Alter),
    ("DROP DEFAULT", "alter domain drop default", ObjectVerb::Alter),
    ("RENAME CONSTRAINT", "alter domain rename constraint", ObjectVerb::Rename),
];
