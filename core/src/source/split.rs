//! Text into statements: ranges that lose no byte, whatever the text.
//!
//! Between two pieces stand only white space, comments, terminators and client commands that change how the rest is
//! read (`DELIMITER`). The tokens of a statement are handed over with it, so nothing is read twice.

use super::body::Body;
use super::dialect::Dialect;
use super::directive::directive;
use super::lex::{Lexer, Token, TokenKind};
use super::markers::{self, Half};
use super::span::Span;

/// A part of the text.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Piece {
    /// What it is.
    pub kind: PieceKind,
    /// From its first to its last token, the fences of `/*! … */` around them included, terminator excluded.
    pub span: Span,
    /// What is wrong with it.
    pub fault: Option<Fault>,
    /// Stands in the half of a file that takes the migration back.
    pub down: bool,
}

/// What a part of the text is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum PieceKind {
    /// An SQL statement.
    Statement,
    /// A command to the client: `\connect`, `.mode`, `source x`.
    Client,
    /// Rows that belong to the `COPY … FROM stdin` before.
    CopyData {
        /// How many.
        rows: u64,
    },
    /// Nothing but an open comment.
    Nothing,
}

/// Something that is not closed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Fault {
    /// What.
    pub kind: FaultKind,
    /// Where it opens.
    pub span: Span,
}

/// What is not closed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum FaultKind {
    /// A quote.
    OpenQuote,
    /// A comment.
    OpenComment,
    /// A dollar quote.
    OpenDollarQuote,
    /// The `BEGIN` of a body.
    OpenBody,
}

/// How many bodies without an end are searched for it; beyond, a body ends at its first semicolon.
const MAX_OPEN_BODIES: u32 = 8;

/// Hands out the pieces of a text in order.
#[derive(Debug)]
pub struct Splitter<'a> {
    lexer: Lexer<'a>,
    dialect: Dialect,
    down: bool,
    open_bodies: u32,
    copy_pending: bool,
    /// Where the `/*! … */` begins that the statement begins in.
    fence: Option<usize>,
    /// Where the statement before ended.
    previous_end: usize,
    /// No line `\.` follows any more.
    copy_exhausted: bool,
    /// Comments that speak to the planner.
    directives: Vec<Span>,
}

/// What ends the collection of a statement's tokens.
enum Stop {
    Terminator,
    Marker(Half),
    Client(Token),
    EndOfText,
}

impl<'a> Splitter<'a> {
    /// Starts at the beginning of a text.
    pub fn new(text: &'a str, dialect: Dialect) -> Self {
        let lexer = Lexer::new(text, dialect);
        Splitter {
            lexer,
            dialect,
            down: false,
            open_bodies: 0,
            fence: None,
            previous_end: 0,
            copy_pending: false,
            copy_exhausted: false,
            directives: Vec::new(),
        }
    }

    /// Comments that speak to the planner, so far, in order.
    pub fn take_directives(&mut self) -> Vec<Span> {
        std::mem::take(&mut self.directives)
    }

    /// The next piece; `tokens` is filled with its tokens, comments left out.
    pub fn next(&mut self, tokens: &mut Vec<Token>) -> Option<Piece> {
        tokens.clear();
        if std::mem::take(&mut self.copy_pending)
            && let Some(piece) = self.copy_data()
        {
            return Some(piece);
        }
        loop {
            let from = self.lexer.position();
            let (mut stop, mut fault) = self.collect(tokens, Body::new());
            if let Some(Fault { kind: FaultKind::OpenBody, .. }) = fault {
                // The body has no end: what follows must not be lost in it.
                let opened = fault;
                self.lexer.seek(tokens.first().map_or(from, |t| t.start as usize));
                tokens.clear();
                (stop, fault) = self.collect(tokens, Body::plain());
                fault = fault.or(opened);
            }
            if let Some(piece) = self.close(tokens, stop, fault, from) {
                return Some(piece);
            }
            if self.lexer.position() >= self.lexer.text().len() && tokens.is_empty() {
                return None;
            }
        }
    }

    fn close(&mut self, tokens: &[Token], stop: Stop, fault: Option<Fault>, from: usize) -> Option<Piece> {
        let down = self.down;
        match stop {
            Stop::Marker(half) => self.down = half == Half::Down,
            Stop::Client(token) if tokens.is_empty() => {
                let end = self.client_end(token);
                let span = Span::new(token.start as usize, end);
                return Some(Piece { kind: PieceKind::Client, span, fault: None, down });
            }
            Stop::Client(token) => self.lexer.seek(token.start as usize),
            Stop::Terminator | Stop::EndOfText => {}
        }
        if tokens.is_empty() {
            let span = Span::new(fault?.span.start, self.lexer.position());
            return Some(Piece { kind: PieceKind::Nothing, span, fault, down });
        }
        self.copy_pending = self.dialect.backslash_commands && is_copy_from_stdin(self.lexer.text(), tokens);
        let first = tokens.first().map_or(from, |t| t.start as usize);
        let last = tokens.last().map_or(first, |t| t.end as usize);
        // A statement in `/*! … */` keeps its fences: without them its text would not be SQL.
        let fence = self.fence.take().filter(|at| *at >= self.previous_end);
        let whole = self.lexer.open_fence().is_none();
        let start = fence.filter(|_| whole).unwrap_or(first);
        let (opened, closed) = self.lexer.last_fence();
        let end = if whole && opened >= start { last.max(closed) } else { last };
        self.previous_end = end;
        Some(Piece { kind: PieceKind::Statement, span: Span::new(start, end), fault, down })
    }

    /// Collects the tokens of one statement.
    fn collect(&mut self, tokens: &mut Vec<Token>, mut body: Body) -> (Stop, Option<Fault>) {
        let text = self.lexer.text();
        let mut fault = None;
        loop {
            let Some(token) = self.lexer.next_token() else {
                if body.is_open() && self.open_bodies < MAX_OPEN_BODIES {
                    self.open_bodies += 1;
                    fault = Some(Fault { kind: FaultKind::OpenBody, span: first_span(tokens) });
                }
                return (Stop::EndOfText, fault);
            };
            fault = fault.or(self.lexer.take_fault());
            match token.kind {
                TokenKind::Comment => {
                    if let Some(half) = markers::half(token.of(text)) {
                        return (Stop::Marker(half), fault);
                    }
                    self.listen(token);
                    continue;
                }
                TokenKind::Semicolon if !body.is_open() => return (Stop::Terminator, fault),
                TokenKind::Backslash if self.is_go_command(token) => {
                    self.lexer.seek(token.end as usize + 1);
                    return (Stop::Terminator, fault);
                }
                TokenKind::Backslash if self.is_client_command(token, tokens.is_empty()) => {
                    return (Stop::Client(token), fault);
                }
                TokenKind::Dot if self.dialect.dot_commands && tokens.is_empty() => {
                    return (Stop::Client(token), fault);
                }
                // Some runners know DELIMITER for every engine, and no statement of any begins with that word.
                TokenKind::Word if tokens.is_empty() && self.delimiter_command(token) => continue,
                TokenKind::Word if tokens.is_empty() && self.is_source_command(token) => {
                    return (Stop::Client(token), fault);
                }
                _ => {}
            }
            if tokens.is_empty() {
                self.fence = self.lexer.open_fence();
            }
            body.feed(token, token.of(text), &self.dialect);
            tokens.push(token);
        }
    }

    /// Keeps a comment that speaks to the planner, once, although a text can be gone over twice.
    fn listen(&mut self, comment: Token) {
        let new = self.directives.last().is_none_or(|last| last.start < comment.start as usize);
        if new && !self.down && directive(comment.of(self.lexer.text())).is_some() {
            self.directives.push(comment.span());
        }
    }

    /// mysql's `\g` and `\G`, psql's `\;`: other ways to write the terminator.
    fn is_go_command(&self, token: Token) -> bool {
        match self.lexer.text().as_bytes().get(token.end as usize) {
            Some(b'g' | b'G') => self.dialect.delimiter_command,
            Some(b';') => self.dialect.backslash_commands,
            _ => false,
        }
    }

    /// In psql any backslash; in mysql one at the start of a statement.
    fn is_client_command(&self, token: Token, first: bool) -> bool {
        let letter = self.lexer.text().as_bytes().get(token.end as usize).copied().unwrap_or(b' ');
        letter.is_ascii_graphic() && (self.dialect.backslash_commands || (self.dialect.delimiter_command && first))
    }

    fn is_source_command(&self, token: Token) -> bool {
        let text = self.lexer.text();
        if !self.dialect.delimiter_command || !token.of(text).eq_ignore_ascii_case("source") {
            return false;
        }
        let line = Span::new(token.end as usize, self.lexer.line_end(token.end as usize)).of(text);
        line.starts_with([' ', '\t']) && !line.trim_start().starts_with(['=', '('])
    }

    /// `DELIMITER x`: changes what ends a statement.
    fn delimiter_command(&mut self, token: Token) -> bool {
        let text = self.lexer.text();
        if !token.of(text).eq_ignore_ascii_case("delimiter") {
            return false;
        }
        let line = Span::new(token.end as usize, self.lexer.line_end(token.end as usize)).of(text);
        let Some(word) = line.split_whitespace().next() else { return false };
        self.lexer.skip_line();
        self.lexer.set_delimiter((word != ";").then_some(word));
        true
    }

    /// A client command ends with its line.
    fn client_end(&mut self, token: Token) -> usize {
        let end = self.lexer.skip_line();
        let line = Span::new(token.start as usize, end).of(self.lexer.text());
        token.start as usize + line.trim_end().len()
    }

    /// The rows behind `COPY … FROM stdin;`, if a line `\.` ends them.
    fn copy_data(&mut self) -> Option<Piece> {
        if self.copy_exhausted {
            return None;
        }
        let text = self.lexer.text();
        let start = (self.lexer.line_end(self.lexer.position()) + 1).min(text.len());
        let rest = text.get(start..)?;
        let (mut end, mut rows) = (start, 0);
        for line in rest.split_inclusive('\n') {
            end += line.len();
            if line.trim_end() == "\\." {
                self.lexer.seek(end);
                let span = Span::new(start, end - (line.len() - line.trim_end().len()));
                return Some(Piece { kind: PieceKind::CopyData { rows }, span, fault: None, down: self.down });
            }
            rows += 1;
        }
        self.copy_exhausted = true;
        None
    }
}

fn first_span(tokens: &[Token]) -> Span {
    tokens.first().map_or(Span::default(), |t| t.span())
}

fn is_copy_from_stdin(text: &str, tokens: &[Token]) -> bool {
    let is = |token: &Token, word: &str| token.kind == TokenKind::Word && token.of(text).eq_ignore_ascii_case(word);
    let starts = tokens.first().is_some_and(|t| is(t, "copy"));
    starts && tokens.windows(2).any(|pair| matches!(pair, [a, b] if is(a, "from") && is(b, "stdin")))
}
