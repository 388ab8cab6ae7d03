//! Transaction control.

use super::cursor::Cursor;
use super::{Header, Part};
use crate::change::{Change, Ident, TransactionVerb};
use crate::order::PushAll;
use crate::source::TokenKind;

/// One row a form; the first that matches counts.
const VERBS: [(&str, &str, TransactionVerb); 11] = [
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
];

type Named = fn(Ident) -> TransactionVerb;

/// Forms that name a savepoint, before those above.
const SAVEPOINTS: [(&str, &str, Named); 4] = [
    ("ROLLBACK TO", "rollback to savepoint", TransactionVerb::RollbackTo),
    ("ROLLBACK WORK TO", "rollback to savepoint", TransactionVerb::RollbackTo),
    ("ROLLBACK TRANSACTION TO", "rollback to savepoint", TransactionVerb::RollbackTo),
    ("SAVEPOINT", "savepoint", TransactionVerb::Savepoint),
];

pub(super) fn read(c: &mut Cursor<'_>) -> Option<Header> {
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
        header.parts.push_all([Part::exact(c, Change::Transaction(TransactionVerb::Begin))]);
    }
    (fits && !leftover).then_some(header)
}
