//! The one door to the SQL parser: statements in, changes out.
//!
//! In: text and a target. Out: a [`Script`] in which every byte belongs to a statement, a comment or white space,
//! and every statement has a class and its [`Change`]s. Never: an error instead of a script; a `sqlparser` type in
//! a public signature; `to_string()` of a syntax tree where the source text can be quoted.
//!
//! How it works: `source` cuts the text into statements; `header` names each one from its tokens alone and gives the
//! final change where the header says everything; `script` calls `inside` for what does not, and keeps the header's
//! conservative class when the inside cannot be read; `rebuild` finds statements that are one change together.
//!
//! Groups: the statements of a table rebuild (SQLite's create-copy-drop-rename, MySQL's copy-and-rename), with all that
//! stands between them and the switching of foreign keys around them, are one unbroken run of statements with the same
//! [`Statement::group`]. One of them, the last step of the last rebuild in the run, stands for all: in place of its own
//! change it has one [`Change::RebuildTable`] per rebuild, and every other change that is made within the run. The others
//! keep their own changes, for information; a planner passes over them and runs the text of the whole run as one block.

pub mod inside;
mod guard;
mod header;
mod body;
mod loops;
mod rebuild;
mod script;

use crate::change::Change;
use crate::order::Gather;
use crate::report::Severity;
use crate::source::{Dialect, Lexer, Span, TokenKind};
use crate::target::Target;
use std::ops::Range;

pub use body::{Body, Step, body};
pub use loops::called;

/// The longest text that is read: 50 MB.
pub const MAX_BYTES: usize = 50_000_000;

/// A text taken apart.
#[derive(Debug, Clone, Default)]
pub struct Script {
    /// Statements in order; transaction control and session settings are statements too.
    pub statements: Vec<Statement>,
    /// What could not be read.
    pub problems: Vec<Problem>,
    /// Comments that speak to the planner (`-- lockstep: …`), in order.
    pub directives: Vec<Span>,
}

impl Script {
    /// The places of all members of a statement's group, which stand one after the other; empty for a statement of none.
    pub fn group(&self, statement: &Statement) -> Range<usize> {
        let at = self.statements.partition_point(|s| s.span.start < statement.span.start);
        let (Some(_), Some((before, from))) = (statement.group, self.statements.split_at_checked(at)) else {
            return 0..0;
        };
        let member = |s: &&Statement| s.group == statement.group;
        at - before.iter().rev().take_while(member).count()..at + from.iter().take_while(member).count()
    }

    /// All members of a statement's group.
    pub fn members(&self, statement: &Statement) -> &[Statement] {
        self.statements.get(self.group(statement)).unwrap_or_default()
    }
}

/// One statement.
#[derive(Debug, Clone)]
pub struct Statement {
    /// From its first to its last token, without the terminator.
    pub span: Span,
    /// Stable lower-case words for its form, as the header names it: `alter table add column`, `create index concurrently`.
    pub form: String,
    /// What it changes; several for an ALTER with several actions. Never empty.
    pub changes: Vec<Action>,
    /// Read in full: header known, all tokens consumed, details and header agree.
    pub understood: bool,
    /// Number of the explicit transaction block (`BEGIN … COMMIT`) it stands in, from 0.
    pub transaction: Option<u32>,
    /// Number of the group of statements that are one change together (a table rebuild). The member whose changes
    /// hold a [`Change::RebuildTable`] stands for the group; the others keep their own changes, for information.
    pub group: Option<u32>,
}

/// One change of a statement.
#[derive(Debug, Clone)]
pub struct Action {
    /// What changes.
    pub change: Change,
    /// The part of the statement that says so (the whole statement when there is one action).
    pub span: Span,
}

/// Something that could not be read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Problem {
    /// Stable kebab-case id.
    pub id: &'static str,
    /// How bad.
    pub severity: Severity,
    /// What is wrong.
    pub message: String,
    /// What was done instead and how to go on.
    pub instead: String,
    /// Where.
    pub span: Span,
}

/// Reads a text. Total: any text gives a script.
pub fn parse(text: &str, target: Target) -> Script {
    script::read(text, target)
}

/// The first function called in a statement of which it is not known that it changes nothing.
pub fn unknown_call(sql: &str, target: Target) -> Option<String> {
    let dialect = Dialect::of(target);
    let mut lexer = Lexer::new(sql, dialect);
    let tokens: Vec<_> = std::iter::from_fn(|| lexer.next_token()).filter(|t| t.kind != TokenKind::Comment).gather();
    header::called(&header::cursor::Cursor::new(sql, &dialect, &tokens)).map(str::to_string)
}

#[cfg(test)]
mod tests;
