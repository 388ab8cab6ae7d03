//! Tokens that have an end to be found: quotes, dollar quotes, comments, placeholders; and where to go on without one.

use super::super::span::Span;
use super::super::split::{Fault, FaultKind};
use super::{Lexer, TokenKind};

/// How often the rest of the text is searched for the end of something; beyond, an opener is a token of its own.
/// Keeps hostile text linear.
const MAX_SEARCHES: u32 = 16;

/// How far a placeholder reaches at most.
const MAX_TEMPLATE: usize = 300;

/// How long an identifier in brackets is at most.
const MAX_BRACKETED: usize = 300;

impl Lexer<'_> {
    /// `$1`, `$name`, `${x}`, `$tag$ … $tag$`.
    pub(super) fn dollar(&mut self) -> TokenKind {
        let start = self.at;
        if self.byte(start + 1) == b'{' {
            return self.template("}");
        }
        if self.dialect.dollar_quotes || (self.dialect.dollar_bodies && self.after_as) {
            let mut end = start + 1;
            while matches!(self.byte(end), b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' | b'_' | 0x80..) {
                end += 1;
            }
            let opens = self.byte(end) == b'$' && !self.byte(start + 1).is_ascii_digit();
            if opens && let Some(tag) = self.text.get(start..=end) {
                return self.dollar_quoted(start, tag);
            }
        }
        let end = self.name_end(start + 1);
        self.at = end;
        if self.dialect.digit_idents && end > start + 1 {
            TokenKind::Word
        } else if end > start + 1 {
            TokenKind::Param
        } else {
            self.at = start + 1;
            TokenKind::Other
        }
    }

    fn dollar_quoted(&mut self, start: usize, tag: &str) -> TokenKind {
        let inside = start + tag.len();
        if self.searches < MAX_SEARCHES {
            if let Some(found) = self.text.get(inside..).and_then(|rest| rest.find(tag)) {
                self.at = inside + found + tag.len();
                return TokenKind::String;
            }
            self.searches += 1;
            self.at = self.next_statement_line(inside);
        } else {
            self.at = inside;
        }
        self.fault = Some(Fault { kind: FaultKind::OpenDollarQuote, span: Span::new(start, inside) });
        TokenKind::String
    }

    pub(super) fn quoted(&mut self, open: usize, quote: u8, backslash: bool, kind: TokenKind) -> TokenKind {
        match self.quote_end(open, quote, backslash) {
            Some(end) => self.at = end,
            None => {
                self.fault = Some(Fault { kind: FaultKind::OpenQuote, span: Span::new(open, open + 1) });
                self.at = if self.searches < MAX_SEARCHES { self.line_with_semicolon(open + 1) } else { open + 1 };
                self.searches += 1;
            }
        }
        kind
    }

    fn quote_end(&self, open: usize, quote: u8, backslash: bool) -> Option<usize> {
        if self.searches >= MAX_SEARCHES {
            return None;
        }
        let mut at = open + 1;
        loop {
            let rest = self.bytes.get(at..)?;
            at += rest.iter().position(|b| *b == quote || (backslash && *b == b'\\'))?;
            // An escaped byte, or a doubled quote.
            if self.byte(at) == b'\\' || self.byte(at + 1) == quote {
                at += 2;
            } else {
                return Some(at + 1);
            }
        }
    }

    pub(super) fn bracketed(&mut self) -> TokenKind {
        let limit = (self.at + MAX_BRACKETED).min(self.bytes.len());
        let reach = self.bytes.get(self.at..limit).unwrap_or_default();
        match reach.iter().position(|b| matches!(b, b']' | b'\n')) {
            Some(end) if reach.get(end) == Some(&b']') => {
                self.at += end + 1;
                TokenKind::Quoted
            }
            _ => {
                self.at += 1;
                TokenKind::OpenBracket
            }
        }
    }

    pub(super) fn template(&mut self, close: &str) -> TokenKind {
        let limit = (self.at + MAX_TEMPLATE).min(self.bytes.len());
        let reach = self.bytes.get(self.at..limit).unwrap_or_default();
        match reach.windows(close.len()).position(|w| w == close.as_bytes()) {
            Some(found) => {
                self.at += found + close.len();
                TokenKind::Template
            }
            None => {
                self.at += 1;
                TokenKind::Other
            }
        }
    }

    pub(super) fn block_comment(&mut self) -> Option<TokenKind> {
        let start = self.at;
        if let Some(fence) = self.executable_fence(start) {
            if self.executable == 0 {
                self.fence_opened = start;
            }
            self.executable += 1;
            self.at = fence;
            return None;
        }
        let mut depth = 1;
        let mut at = start + 2;
        while self.searches < MAX_SEARCHES {
            let Some(rest) = self.bytes.get(at..) else { break };
            let Some(found) = rest.iter().position(|b| *b == b'*' || *b == b'/') else { break };
            at += found;
            if self.byte(at) == b'*' && self.byte(at + 1) == b'/' {
                depth -= 1;
                at += 2;
                if depth == 0 {
                    self.at = at;
                    return Some(TokenKind::Comment);
                }
            } else if self.dialect.nested_comments && self.byte(at) == b'/' && self.byte(at + 1) == b'*' {
                depth += 1;
                at += 2;
            } else {
                at += 1;
            }
        }
        self.fault = Some(Fault { kind: FaultKind::OpenComment, span: Span::new(start, start + 2) });
        self.at = if self.searches < MAX_SEARCHES { self.next_statement_line(start + 2) } else { start + 2 };
        self.searches += 1;
        Some(TokenKind::Comment)
    }

    /// Behind `/*!`, `/*!50100` or `/*M!100100` when this server reads what follows.
    fn executable_fence(&self, start: usize) -> Option<usize> {
        let rule = self.dialect.executable_comments?;
        let bang = match self.byte(start + 2) {
            b'!' => start + 2,
            b'M' | b'm' if rule.mariadb && self.byte(start + 3) == b'!' => start + 3,
            _ => return None,
        };
        let digits = (bang + 1..bang + 7).take_while(|i| self.byte(*i).is_ascii_digit()).count();
        let end = if digits >= 5 { bang + 1 + digits } else { bang + 1 };
        let version = self.text.get(bang + 1..end)?.parse().unwrap_or(0);
        rule.reads(version).then_some(end)
    }

    /// The `;` at the end of a line from here on, or the end of the text: where an open quote is given up.
    fn line_with_semicolon(&self, from: usize) -> usize {
        let mut at = from;
        while at < self.bytes.len() {
            let end = self.line_end(at);
            let line = self.text.get(at..end).unwrap_or("").trim_end();
            if line.ends_with(';') {
                return at + line.len() - 1;
            }
            at = end + 1;
        }
        self.bytes.len()
    }

    /// The first line from here on that starts with a statement's verb, or the end of the text: where an open comment
    /// or dollar quote is given up.
    fn next_statement_line(&self, from: usize) -> usize {
        const VERBS: [&str; 10] =
            ["CREATE", "ALTER", "DROP", "INSERT", "UPDATE", "DELETE", "COMMENT", "GRANT", "TRUNCATE", "COMMIT"];
        let mut at = self.line_end(from) + 1;
        while at < self.bytes.len() {
            let verb = |word: &str| {
                self.bytes.get(at..at + word.len()).is_some_and(|b| b.eq_ignore_ascii_case(word.as_bytes()))
            };
            if VERBS.iter().any(|word| verb(word)) {
                return at;
            }
            at = self.line_end(at) + 1;
        }
        self.bytes.len()
    }
}
