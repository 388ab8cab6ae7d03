//! Settings of the session, and client commands.

use super::cursor::Cursor;
use super::{Header, Part};
use crate::change::{Change, ObjectKind, ObjectVerb, OpaqueWhy, SessionSetting, TransactionVerb};
use crate::order::Gather;
use crate::source::{Dialect, Lexer, TokenKind};
use crate::target::Target;

pub(super) fn read(c: &mut Cursor<'_>, target: Target) -> Option<Header> {
    if c.eat("SET") {
        return set(c, target);
    }
    if c.eat("PRAGMA") {
        return pragma(c);
    }
    if c.eat("DEALLOCATE") {
        return Some(deallocate(c, "deallocate"));
    }
    if ["MASTER", "SLAVE", "REPLICA", "BINARY LOGS", "QUERY CACHE"]
        .iter()
        .any(|what| c.is_phrase(&format!("RESET {what}")))
    {
        return None;
    }
    let (words, verb) = SIMPLE.iter().find(|(words, _)| c.is_phrase(words))?;
    c.eat(words);
    let value = c.rest_bare();
    let name = c.word().to_ascii_lowercase();
    Some(Header::exact(words.to_ascii_lowercase(), c, setting(verb, &name, &value, false)))
}

/// Statements that concern only this connection: the words; the verb.
const SIMPLE: [(&str, &str); 20] = [
    ("RESET PERSIST", "reset"),
    ("RESET", "reset"),
    ("DISCARD", "discard"),
    ("USE", "use"),
    ("ATTACH DATABASE", "attach"),
    ("ATTACH", "attach"),
    ("DETACH DATABASE", "detach"),
    ("DETACH", "detach"),
    ("LISTEN", "listen"),
    ("UNLISTEN", "unlisten"),
    ("NOTIFY", "notify"),
    ("DECLARE", "declare"),
    ("FETCH", "fetch"),
    ("MOVE", "move"),
    ("CLOSE", "close"),
    ("LOAD INDEX INTO CACHE", "load"),
    ("CACHE INDEX", "cache"),
    ("UNLOCK TABLES", "unlock"),
    ("UNLOCK TABLE", "unlock"),
    ("UNLOCK INSTANCE", "unlock"),
];

pub(super) fn setting(verb: &str, name: &str, value: &str, local: bool) -> Change {
    Change::Session(SessionSetting { verb: verb.to_string(), name: name.to_string(), value: value.to_string(), local })
}

pub(super) fn deallocate(c: &mut Cursor<'_>, form: &str) -> Header {
    let value = c.rest_bare();
    Header::exact(form, c, setting("deallocate", "", &value, false))
}

fn set(c: &mut Cursor<'_>, target: Target) -> Option<Header> {
    let mysql = target.engine().is_mysql_family();
    if mysql && c.eat("STATEMENT") {
        // MariaDB: SET STATEMENT max_statement_time = 1 FOR ALTER TABLE …
        c.find("FOR").then_some(())?;
        c.next();
        let inner = c.slice(c.taken(), c.tokens().len());
        return Some(super::read(inner, target));
    }
    if ["PASSWORD", "DEFAULT ROLE"].iter().any(|words| c.is_phrase(words)) {
        return None;
    }
    let system = |part: &Cursor<'_>| {
        ["GLOBAL", "PERSIST", "PERSIST_ONLY"].iter().any(|w| part.is(w))
            || ["@@global", "@@persist", "@@persist_only"].iter().any(|w| part.word().eq_ignore_ascii_case(w))
    };
    if mysql && (c.split_commas().iter().any(system) || c.is_phrase("RESOURCE GROUP")) {
        return Some(Header::object("set global", c, ObjectVerb::Alter, ObjectKind::System, None, None));
    }
    // To MySQL it is another word for SESSION.
    // SET TRANSACTION alone is of the next one.
    let local = c.eat("LOCAL") && !mysql || mysql && c.is("TRANSACTION");
    if !c.is_at(1, "AUTHORIZATION") && !c.is_at(1, "CHARACTERISTICS") {
        c.eat("SESSION");
    }
    for words in [
        "SESSION AUTHORIZATION",
        "SESSION CHARACTERISTICS",
        "CONSTRAINTS",
        "TRANSACTION",
        "ROLE",
        "NAMES",
        "CHARACTER SET",
        "CHARSET",
        "TIME ZONE",
    ] {
        if c.eat(words) {
            let name = words.to_ascii_lowercase();
            return Some(Header::exact(format!("set {name}"), c, setting("set", &name, &c.rest_bare(), local)));
        }
    }
    let parts = if mysql { c.split_commas() } else { Vec::new() };
    if parts.len() > 1 {
        let parts = parts.into_iter().filter_map(|mut part| {
            part.eat_any(&["LOCAL", "SESSION"]);
            let change = assignment(&mut part, false)?;
            Some(Part::exact(&part, change))
        });
        return Some(Header { form: "set".to_string(), parts: parts.gather() });
    }
    let change = assignment(c, local)?;
    let form = if matches!(change, Change::Transaction(_)) { "set autocommit" } else { "set" };
    Some(Header::exact(form, c, change))
}

/// `name = value`, `a.b TO value`.
fn assignment(c: &mut Cursor<'_>, local: bool) -> Option<Change> {
    let mut name = c.next()?.of(c.text).to_ascii_lowercase();
    while c.eat_kind(crate::source::TokenKind::Dot) {
        name.push('.');
        name.push_str(&c.next()?.of(c.text).to_ascii_lowercase());
    }
    if !(c.eat_op("=") || c.eat_op(":=")) {
        c.eat("TO");
    }
    // MySQL's `@@session.name`, `@@local.name`, `@@name`.
    if let Some(of_session) = name.strip_prefix("@@") {
        let bare = ["session.", "local."].iter().find_map(|scope| of_session.strip_prefix(scope));
        name = bare.unwrap_or(of_session).to_string();
    }
    let value = c.rest_bare();
    // It begins a transaction that lasts until COMMIT; `autocommit = 1` is a setting.
    let begins = name == "autocommit" && !c.dialect.folds_to_lower;
    if begins && ["0", "off", "false"].iter().any(|off| value.eq_ignore_ascii_case(off)) {
        return Some(Change::Transaction(TransactionVerb::Begin));
    }
    Some(setting("set", &name, &value, local))
}

/// `PRAGMA [schema.]name [= value | (value)]`.
fn pragma(c: &mut Cursor<'_>) -> Option<Header> {
    let name = c.name()?.object.value.to_ascii_lowercase();
    let value = match c.parens() {
        Some(inside) => inside.source(),
        None => {
            c.eat_op("=");
            c.rest()
        }
    };
    let form = format!("pragma {name}");
    Some(Header::exact(form, c, setting("pragma", &name, value, false)))
}

/// Commands of psql, mysql and sqlite3 that run SQL which is not in the text, or a program, or go to another database.
const RUN_MORE: [&str; 27] = [
    "\\i",
    "\\ir",
    "\\include",
    "\\include_relative",
    "\\gexec",
    "\\copy",
    "\\c",
    "\\connect",
    "\\lo_import",
    "\\lo_unlink",
    "\\e",
    "\\edit",
    ".read",
    ".shell",
    ".system",
    ".import",
    ".restore",
    ".open",
    ".load",
    ".ar",
    ".archive",
    ".dbconfig",
    ".excel",
    ".www",
    "source",
    "system",
    "\\.",
];

/// A command to psql, mysql or sqlite3.
pub(crate) fn client(c: &Cursor<'_>, line: &str) -> Header {
    let mut words = line.split_whitespace();
    let name = words.next().unwrap_or("").to_ascii_lowercase();
    // `\!` is a shell, and so is what stands behind `|`.
    let shell = name.starts_with("\\!") || words.clone().next().is_some_and(|word| word.starts_with('|'));
    if name == "\\copy"
        && let Some(header) = client_copy(c.dialect, line)
    {
        return header;
    }
    if shell || RUN_MORE.contains(&name.as_str()) {
        let change = Change::Opaque { form: name, why: OpaqueWhy::RunsCode, touches: Vec::new() };
        return Header::exact("client command", c, change);
    }
    let value = words.gather().join(" ");
    Header::exact("client command", c, setting("client", &name, &value, false))
}

/// psql's `\copy … TO` and `\copy … FROM`: COPY with a file of the client, or with a program.
fn client_copy(dialect: &Dialect, line: &str) -> Option<Header> {
    let text = line.trim_start().get(1..)?;
    let mut lexer = Lexer::new(text, *dialect);
    let tokens: Vec<_> = std::iter::from_fn(|| lexer.next_token()).filter(|t| t.kind != TokenKind::Comment).gather();
    let mut c = Cursor::new(text, dialect, &tokens);
    c.next();
    let program = c.has("TO PROGRAM") || c.has("FROM PROGRAM");
    let header = super::query::copy(&mut c).filter(|_| !program)?;
    Some(Header { form: "client command".to_string(), ..header })
}
