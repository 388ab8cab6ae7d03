//! Whether a semicolon ends the statement, or stands in the body of a routine, trigger, event or rule.
//!
//! The object keyword is matched by position: a column that is called `event` starts no body.

use super::dialect::Dialect;
use super::lex::{Token, TokenKind};

/// What is open.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Frame {
    /// `BEGIN`, `IF`, `LOOP`, `WHILE`, `REPEAT`, `FOR`, a CASE statement: holds statements.
    Block,
    /// A CASE expression: THEN and ELSE are followed by values.
    CaseValue,
}

/// How far the statement's kind is known.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Mode {
    /// Still reading `CREATE OR REPLACE DEFINER = … `.
    Header,
    /// No body: the first semicolon ends it.
    Plain,
    /// MySQL, MariaDB, SQLite: compound statements.
    Compound,
    /// PostgreSQL routine: a body only after `BEGIN ATOMIC`.
    Atomic,
    /// PostgreSQL rule: semicolons in parentheses belong to it.
    Rule,
}

/// Follows one statement token by token.
#[derive(Debug, Clone)]
pub struct Body {
    mode: Mode,
    frames: Vec<Frame>,
    parens: u32,
    /// A statement may begin at the next word.
    at_start: bool,
    /// MariaDB's package: its declarations stand between AS and END, without BEGIN.
    package: bool,
    /// In a handler's declaration, whose action may be a block.
    handler: bool,
    previous: Previous,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Previous {
    None,
    Dot,
    End,
    Begin,
    Equals,
    Other,
}

impl Body {
    /// At the start of a statement.
    pub fn new() -> Self {
        Body {
            mode: Mode::Header,
            frames: Vec::new(),
            parens: 0,
            at_start: true,
            package: false,
            handler: false,
            previous: Previous::None,
        }
    }

    /// A statement that is to end at its first semicolon whatever it looks like.
    pub fn plain() -> Self {
        Body { mode: Mode::Plain, ..Body::new() }
    }

    /// A semicolon met now belongs to the statement.
    pub fn is_open(&self) -> bool {
        !self.frames.is_empty() || (self.mode == Mode::Rule && self.parens > 0)
    }

    /// Takes the next token of the statement.
    pub fn feed(&mut self, token: Token, word: &str, dialect: &Dialect) {
        match self.mode {
            Mode::Plain => {}
            Mode::Header => self.header(token, word, dialect),
            Mode::Rule => match token.kind {
                TokenKind::OpenParen => self.parens += 1,
                TokenKind::CloseParen => self.parens = self.parens.saturating_sub(1),
                _ => {}
            },
            Mode::Atomic => self.atomic(token, word),
            Mode::Compound => self.compound(token, word),
        }
    }

    fn header(&mut self, token: Token, word: &str, dialect: &Dialect) {
        let first = self.previous == Previous::None;
        let after_equals = self.previous == Previous::Equals;
        let after_begin = self.previous == Previous::Begin;
        self.previous =
            if token.kind == TokenKind::Operator && word == "=" { Previous::Equals } else { Previous::Other };
        if token.kind != TokenKind::Word {
            // `DEFINER = 'u'@'h'` and `DEFINER = CURRENT_USER()` come before the object keyword.
            let definer = matches!(
                token.kind,
                TokenKind::Operator
                    | TokenKind::Param
                    | TokenKind::String
                    | TokenKind::Quoted
                    | TokenKind::OpenParen
                    | TokenKind::CloseParen
            );
            if first || !definer {
                self.mode = Mode::Plain;
            }
            return;
        }
        let is = |wanted: &[&str]| wanted.iter().any(|w| word.eq_ignore_ascii_case(w));
        if first {
            if dialect.delimiter_command && is(&["BEGIN"]) {
                self.previous = Previous::Begin;
            } else if !(is(&["CREATE"]) || dialect.delimiter_command && is(&["ALTER"])) {
                self.mode = Mode::Plain;
            }
        } else if after_begin {
            // MariaDB's anonymous block: BEGIN NOT ATOMIC … END.
            self.mode = if is(&["NOT"]) { Mode::Compound } else { Mode::Plain };
            if self.mode == Mode::Compound {
                self.frames.push(Frame::Block);
            }
        } else if dialect.compound_bodies && is(&["TRIGGER", "PROCEDURE", "FUNCTION", "EVENT", "PACKAGE"]) {
            self.mode = Mode::Compound;
            self.package = is(&["PACKAGE"]);
            self.at_start = false;
        } else if dialect.atomic_bodies && is(&["FUNCTION", "PROCEDURE"]) {
            self.mode = Mode::Atomic;
        } else if dialect.atomic_bodies && is(&["RULE"]) {
            self.mode = Mode::Rule;
        } else if !after_equals && !is(&["OR", "REPLACE", "TEMP", "TEMPORARY", "AGGREGATE", "DEFINER"]) {
            self.mode = Mode::Plain;
        }
    }

    fn atomic(&mut self, token: Token, word: &str) {
        let is = |wanted: &str| token.kind == TokenKind::Word && word.eq_ignore_ascii_case(wanted);
        if self.frames.is_empty() {
            if self.previous == Previous::Begin && is("ATOMIC") {
                self.frames.push(Frame::Block);
            }
        } else if self.previous != Previous::Dot {
            if is("CASE") {
                self.frames.push(Frame::CaseValue);
            } else if is("END") {
                self.frames.pop();
            }
        }
        self.previous = match token.kind {
            TokenKind::Dot => Previous::Dot,
            _ if is("BEGIN") => Previous::Begin,
            _ => Previous::Other,
        };
    }

    fn compound(&mut self, token: Token, word: &str) {
        let starts_statement = std::mem::replace(&mut self.at_start, false);
        let previous = std::mem::replace(&mut self.previous, Previous::Other);
        match token.kind {
            TokenKind::Dot => self.previous = Previous::Dot,
            TokenKind::Semicolon => (self.at_start, self.handler) = (true, false),
            // A label before LOOP, and the semicolon while another delimiter is set.
            TokenKind::Operator | TokenKind::Other => self.at_start = word == ":" || word == ";",
            // The end of a parameter list: a procedure's body may follow.
            TokenKind::CloseParen => self.at_start = self.frames.is_empty(),
            TokenKind::Word if previous != Previous::Dot => self.compound_word(word, starts_statement, previous),
            _ => {}
        }
    }

    fn compound_word(&mut self, word: &str, starts_statement: bool, previous: Previous) {
        let is = |wanted: &[&str]| wanted.iter().any(|w| word.eq_ignore_ascii_case(w));
        if self.package && self.frames.is_empty() && is(&["AS", "IS"]) {
            self.frames.push(Frame::Block);
        } else if is(&["END"]) {
            self.frames.pop();
            self.previous = Previous::End;
        } else if is(&["BEGIN"]) {
            if self.frames.is_empty() || starts_statement || self.handler {
                self.frames.push(Frame::Block);
                (self.at_start, self.handler) = (true, false);
            }
        } else if is(&["HANDLER"]) {
            self.handler = true;
        } else if is(&["CASE"]) {
            if previous != Previous::End {
                self.frames.push(if starts_statement { Frame::Block } else { Frame::CaseValue });
            }
        } else if is(&["IF", "LOOP", "WHILE", "REPEAT", "FOR"]) {
            // `END IF` closes; `IF(…)` among values and `FOR EACH ROW` open nothing.
            let opens = starts_statement && previous != Previous::End;
            if opens && !(self.frames.is_empty() && is(&["FOR"])) {
                self.frames.push(Frame::Block);
                self.at_start = is(&["LOOP", "REPEAT"]);
            } else {
                self.at_start = is(&["LOOP"]) && previous != Previous::End;
            }
        } else if is(&["THEN", "ELSE", "DO", "ATOMIC"]) {
            self.at_start = self.frames.last() != Some(&Frame::CaseValue);
        } else if is(&["ROW", "DETERMINISTIC", "SQL", "DATA", "INVOKER"]) {
            self.at_start = self.frames.is_empty();
        }
    }
}

impl Default for Body {
    fn default() -> Self {
        Body::new()
    }
}
