//! Triggers, rules, and statements that run code.

use super::cursor::Cursor;
use super::{Header, Inside, Part, touches};
use crate::change::{Change, Ident, Name, ObjectKind, ObjectVerb, OpaqueWhy};
use crate::source::TokenKind;
use crate::target::Target;

/// `CREATE TRIGGER name BEFORE UPDATE ON table …`.
pub(super) fn create_trigger(c: &mut Cursor<'_>, verb: ObjectVerb) -> Header {
    c.eat_if_not_exists();
    let name = c.name();
    let on = relation_behind(c, "ON");
    Header::object("create trigger", c, verb, ObjectKind::Trigger, name, on)
}

/// `CREATE RULE name AS ON SELECT TO table …`.
pub(super) fn create_rule(c: &mut Cursor<'_>, verb: ObjectVerb) -> Header {
    let name = c.name();
    let on = relation_behind(c, "TO");
    Header::object("create rule", c, verb, ObjectKind::Rule, name, on)
}

fn relation_behind(c: &mut Cursor<'_>, word: &str) -> Option<Name> {
    if !c.find(word) {
        return None;
    }
    c.next();
    c.name()
}

/// Code whose effect is known only when it runs.
pub(super) fn read(c: &mut Cursor<'_>, target: Target) -> Option<Header> {
    if c.eat("DO") {
        // MySQL's DO evaluates expressions.
        if target.engine().is_mysql_family() {
            return Some(super::query::of("do", c));
        }
        let mut header = Header::opaque("do", c, OpaqueWhy::RunsCode);
        header.parts.iter_mut().for_each(|part| part.inside = Some(Inside::Block));
        return Some(header);
    }
    if c.eat("CALL") {
        return Some(Header::opaque("call", c, OpaqueWhy::RunsCode));
    }
    if c.eat("EXECUTE IMMEDIATE") {
        return Some(Header::opaque("execute immediate", c, OpaqueWhy::DynamicSql));
    }
    if c.eat("EXECUTE") {
        return Some(Header::opaque("execute", c, OpaqueWhy::DynamicSql));
    }
    if c.is("PREPARE") && !c.is_at(1, "TRANSACTION") {
        return Some(prepare(c));
    }
    block(c, target)
}

/// `PREPARE p FROM '…'` is dynamic SQL; PostgreSQL's `PREPARE p AS …` only stores a statement.
fn prepare(c: &mut Cursor<'_>) -> Header {
    if c.has("FROM") && !c.has("AS") {
        return Header::opaque("prepare", c, OpaqueWhy::DynamicSql);
    }
    if c.dialect.folds_to_lower && c.has("AS") {
        return Header::exact("prepare", c, Change::reads());
    }
    Header::opaque("prepare", c, OpaqueWhy::RunsCode)
}

/// The name under which `PREPARE` keeps a query that only reads.
pub(crate) fn prepared_query(c: &Cursor<'_>, target: Target) -> Option<Ident> {
    let mut at = *c;
    at.eat("PREPARE").then_some(())?;
    let name = at.ident()?;
    at.find("AS").then(|| at.next())?;
    let inner = super::read(at.slice(at.taken(), at.tokens().len()), target);
    let [Part { change, .. }] = inner.parts.as_slice() else { return None };
    (*change == Change::reads()).then_some(name)
}

/// Control flow and diagnostics outside of a routine.
const CODE: [(&str, &str); 12] = [
    ("BEGIN NOT ATOMIC", "begin not atomic"),
    ("IF", "if"),
    ("CASE", "case"),
    ("LOOP", "loop"),
    ("WHILE", "while"),
    ("REPEAT", "repeat"),
    ("FOR", "for"),
    ("SIGNAL", "signal"),
    ("RESIGNAL", "resignal"),
    ("GET DIAGNOSTICS", "get diagnostics"),
    ("GET CURRENT DIAGNOSTICS", "get diagnostics"),
    ("GET STACKED DIAGNOSTICS", "get diagnostics"),
];

fn block(c: &mut Cursor<'_>, target: Target) -> Option<Header> {
    if !target.engine().is_mysql_family() {
        return None;
    }
    let (_, form) = CODE.iter().find(|(words, _)| c.is_phrase(words))?;
    Some(Header::opaque(*form, c, OpaqueWhy::RunsCode))
}

/// `EXPLAIN ANALYZE` runs its statement.
pub(super) fn explain_analyze(c: &Cursor<'_>) -> Header {
    let reads_only = c.is("SELECT") || c.is("TABLE") || c.is("VALUES") || c.is_kind(TokenKind::OpenParen);
    if reads_only {
        return super::query::of("explain analyze", c);
    }
    let form = "explain analyze".to_string();
    let change = Change::Opaque { form, why: OpaqueWhy::RunsCode, touches: touches::of(c) };
    Header::exact("explain analyze", c, change)
}
