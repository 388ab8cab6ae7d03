//! Transaction control.

use super::cursor::Cursor;
use super::{Header, Part};
use crate::change::{Change, Ident, TransactionVerb};
use crate::source::TokenKind;
use crate::target::Target;

/// One row a form; the first that matches counts.
const VERBS: [(&str, &str, TransactionVerb); 13] = [
    ("START TRANSACTION", "start transaction", TransactionVerb::Begin),
    ("BEGIN", "begin", TransactionVerb::Begin),
    ("COMMIT PREPARED", "commit prepared", TransactionVerb::TwoPhase),
    ("ROLLBACK PREPARED", "rollback prepared", TransactionVerb::TwoPhase),
    ("PREPARE TRANSACTION", "prepare transaction", TransactionVerb::TwoPhase),
    ("COMMIT", "commit", TransactionVerb::Commit),
    ("END", "commit", TransactionVerb::Commit),
    ("ABORT", "rollback", TransactionVerb::Rollback),
    ("ROLLBACK", "rollback", TransactionVerb::Rollback),
    ("RELEASE", "release savepoint", TransactionVerb::Release),
    ("XA", "xa", TransactionVerb::TwoPhase),
    ("SET AUTOCOMMIT", "set autocommit", TransactionVerb::Begin),
    ("SET SESSION AUTOCOMMIT", "set autocommit", TransactionVerb::Begin),
];

type Named = fn(Ident) -> TransactionVerb;

/// Forms that name a savepoint, before those above.
const SAVEPOINTS: [(&str, &str, Named); 4] = [
    ("ROLLBACK TO", "rollback to savepoint", TransactionVerb::RollbackTo),
    ("ROLLBACK WORK TO", "rollback to savepoint", TransactionVerb::RollbackTo),
    ("ROLLBACK TRANSACTION TO", "rollback to savepoint", TransactionVerb::RollbackTo),
    ("SAVEPOINT", "savepoint", TransactionVerb::Savepoint),
];

pub(super) fn read(c: &mut Cursor<'_>, target: Target) -> Option<Header> {
    if let Some((words, form, verb)) = SAVEPOINTS.iter().find(|(words, ..)| c.is_phrase(words)) {
        let mut ahead = *c;
        ahead.eat(words);
        // Not of one that is called so.
        if ahead.nth(1).is_some() {
            ahead.eat("SAVEPOINT");
        }
        return Some(Header::exact(*form, c, Change::Transaction(verb(ahead.ident()?))));
    }
    let (words, form, verb) = VERBS.iter().find(|(words, ..)| c.is_phrase(words))?;
    if words.starts_with("SET") {
        // `SET autocommit = 0` begins a transaction that lasts until COMMIT; `= 1` is a session setting.
        let off = c.tokens().last().is_some_and(|t| matches!(t.of(c.text), "0") || is_off(t.of(c.text)));
        return (target.engine().is_mysql_family() && off)
            .then(|| Header::exact(*form, c, Change::Transaction(verb.clone())));
    }
    if *words == "BEGIN" && c.is_phrase("BEGIN NOT ATOMIC") {
        return None;
    }
    // `END IF` left over from a body that was cut is no COMMIT.
    let fits = c.nth(1).is_none_or(|t| t.kind == TokenKind::Word || t.kind == TokenKind::String)
        || *verb == TransactionVerb::TwoPhase
        || *verb == TransactionVerb::Release;
    let leftover = *words == "END" && ["IF", "LOOP", "CASE", "WHILE", "REPEAT"].iter().any(|w| c.is_at(1, w));
    let mut header = Header::exact(*form, c, Change::Transaction(verb.clone()));
    // The next transaction begins at once, unless it says NO CHAIN.
    if matches!(verb, TransactionVerb::Commit | TransactionVerb::Rollback) && c.has("AND CHAIN") {
        header.parts.extend([Part::exact(c, Change::Transaction(TransactionVerb::Begin))]);
    }
    (fits && !leftover).then_some(header)
}

fn is_off(word: &str) -> bool {
    word.eq_ignore_ascii_case("off")
}
