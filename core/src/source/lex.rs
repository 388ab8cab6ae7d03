//! Bytes to tokens: one pass, no copies, never a failure.
//!
//! A token is a kind and a range. White space is dropped; comments are handed out once so that migration markers can
//! be seen. What is still open at the end of the text becomes a token that stops at a sensible place, so that the
//! text after it is not lost; [`Lexer::take_fault`] tells.

mod quotes;

use super::dialect::Dialect;
use super::span::Span;
use super::split::Fault;

/// What a token is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum TokenKind {
    /// An unquoted identifier or a keyword.
    Word,
    /// A quoted identifier.
    Quoted,
    /// A string of any spelling, with its prefix.
    String,
    /// A number.
    Number,
    /// `?`, `$1`, `:name`, `@name`, `@@name`.
    Param,
    /// An operator.
    Operator,
    /// `,`
    Comma,
    /// `.`
    Dot,
    /// `;`
    Semicolon,
    /// `(`
    OpenParen,
    /// `)`
    CloseParen,
    /// `[`
    OpenBracket,
    /// `]`
    CloseBracket,
    /// A placeholder of a template engine: `{{ … }}`, `${…}`, `<%= … %>`.
    Template,
    /// A comment.
    Comment,
    /// A backslash where the client would read a command.
    Backslash,
    /// A byte that no SQL has.
    Other,
}

/// A kind and a byte range.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Token {
    /// What it is.
    pub kind: TokenKind,
    /// First byte.
    pub start: u32,
    /// One past the last byte.
    pub end: u32,
}

impl Token {
    /// Its range.
    pub fn span(self) -> Span {
        Span::new(self.start as usize, self.end as usize)
    }

    /// Its text.
    pub fn of(self, text: &str) -> &str {
        self.span().of(text)
    }
}

/// Reads tokens from a position on.
#[derive(Debug, Clone)]
pub struct Lexer<'a> {
    text: &'a str,
    bytes: &'a [u8],
    at: usize,
    dialect: Dialect,
    delimiter: Option<&'a str>,
    /// Depth of `/*! … */` that is read as SQL.
    executable: u32,
    /// Where the outermost of them was opened last.
    fence_opened: usize,
    /// Behind the end of the last of them.
    fence_closed: usize,
    searches: u32,
    fault: Option<Fault>,
    after_as: bool,
}

impl<'a> Lexer<'a> {
    /// Starts at the beginning, behind a byte order mark.
    pub fn new(text: &'a str, dialect: Dialect) -> Self {
        let at = if text.starts_with('\u{feff}') { '\u{feff}'.len_utf8() } else { 0 };
        Lexer {
            text,
            bytes: text.as_bytes(),
            at,
            dialect,
            delimiter: None,
            executable: 0,
            fence_opened: 0,
            fence_closed: 0,
            searches: 0,
            fault: None,
            after_as: false,
        }
    }

    /// Where the next token is looked for.
    pub fn position(&self) -> usize {
        self.at
    }

    /// Goes to a position that was a token boundary.
    pub fn seek(&mut self, at: usize) {
        self.at = at;
        self.executable = 0;
        (self.fence_opened, self.fence_closed) = (0, 0);
    }

    /// The text that is read.
    pub fn text(&self) -> &'a str {
        self.text
    }

    /// Sets the mysql client's delimiter; none is `;`.
    pub fn set_delimiter(&mut self, delimiter: Option<&'a str>) {
        self.delimiter = delimiter;
    }

    /// The mysql client's delimiter when it is not `;`.
    pub fn delimiter(&self) -> Option<&'a str> {
        self.delimiter
    }

    /// Where the `/*! … */` begins that the last token stands in.
    pub fn open_fence(&self) -> Option<usize> {
        (self.executable > 0).then_some(self.fence_opened)
    }

    /// From where to where the last `/*! … */` stands that was closed.
    pub fn last_fence(&self) -> (usize, usize) {
        (self.fence_opened, self.fence_closed)
    }

    /// What was wrong with the last token, once.
    pub fn take_fault(&mut self) -> Option<Fault> {
        self.fault.take()
    }

    /// Moves to the end of the line and gives that place.
    pub fn skip_line(&mut self) -> usize {
        self.at = self.line_end(self.at);
        self.at
    }

    /// Moves behind the next line break.
    pub fn next_line(&mut self) {
        self.at = (self.line_end(self.at) + 1).min(self.bytes.len());
    }

    /// Where the line of a position ends (the place of its line break).
    pub fn line_end(&self, from: usize) -> usize {
        self.find(from, b'\n').unwrap_or(self.bytes.len())
    }

    fn byte(&self, at: usize) -> u8 {
        self.bytes.get(at).copied().unwrap_or(0)
    }

    fn find(&self, from: usize, wanted: u8) -> Option<usize> {
        Some(from + self.bytes.get(from..)?.iter().position(|b| *b == wanted)?)
    }

    fn starts_with(&self, at: usize, word: &str) -> bool {
        self.bytes.get(at..at + word.len()).is_some_and(|b| b == word.as_bytes())
    }

    fn skip_white(&mut self) {
        while let Some(byte) = self.bytes.get(self.at) {
            match byte {
                b' ' | b'\t' | b'\n' | b'\r' | 0x0b | 0x0c => self.at += 1,
                // No-break space and byte order marks get into SQL by copying from a page.
                0xc2 if self.byte(self.at + 1) == 0xa0 => self.at += 2,
                0xef if self.starts_with(self.at, "\u{feff}") => self.at += 3,
                _ => break,
            }
        }
    }

    /// The next token, comments included.
    pub fn next_token(&mut self) -> Option<Token> {
        loop {
            self.skip_white();
            if self.at >= self.bytes.len() {
                return None;
            }
            let start = self.at;
            match self.token_here() {
                Some(kind) => {
                    // Never stands still, whatever the text.
                    if self.at <= start {
                        self.at = self.char_end(start);
                    }
                    if kind != TokenKind::Comment {
                        self.after_as = kind == TokenKind::Word
                            && self.text.get(start..self.at).is_some_and(|w| w.eq_ignore_ascii_case("as"));
                    }
                    return Some(Token { kind, start: start as u32, end: self.at as u32 });
                }
                // The fence of an executable comment: nothing to hand out.
                None => continue,
            }
        }
    }

    fn char_end(&self, at: usize) -> usize {
        let mut end = at + 1;
        while end < self.text.len() && !self.text.is_char_boundary(end) {
            end += 1;
        }
        end.min(self.text.len())
    }

    fn one(&mut self, kind: TokenKind) -> Option<TokenKind> {
        self.at += 1;
        Some(kind)
    }

    fn token_here(&mut self) -> Option<TokenKind> {
        let at = self.at;
        let byte = self.byte(at);
        if let Some(delimiter) = self.delimiter
            && self.starts_with(at, delimiter)
        {
            self.at += delimiter.len();
            return Some(TokenKind::Semicolon);
        }
        match byte {
            b'a'..=b'z' | b'A'..=b'Z' | b'_' | 0x80.. => Some(self.word_or_prefixed()),
            b'0'..=b'9' => Some(self.number()),
            b',' => self.one(TokenKind::Comma),
            b'(' => self.one(TokenKind::OpenParen),
            b')' => self.one(TokenKind::CloseParen),
            b'.' => self.one(TokenKind::Dot),
            // With another delimiter, a semicolon is a separator inside of the statement.
            b';' => self.one(if self.delimiter.is_none() { TokenKind::Semicolon } else { TokenKind::Other }),
            b'\'' => Some(self.quoted(at, b'\'', self.dialect.backslash_escapes, TokenKind::String)),
            b'"' if self.dialect.double_quoted_strings => Some(self.quoted(at, b'"', true, TokenKind::String)),
            b'"' => Some(self.quoted(at, b'"', false, TokenKind::Quoted)),
            b'`' if self.dialect.backtick_idents => Some(self.quoted(at, b'`', false, TokenKind::Quoted)),
            b'[' if self.dialect.bracket_idents => Some(self.bracketed()),
            b'[' => self.one(TokenKind::OpenBracket),
            b']' => self.one(TokenKind::CloseBracket),
            b'-' if self.byte(at + 1) == b'-' && self.dash_comment_at(at) => Some(self.line_comment()),
            b'#' if self.dialect.hash_comments => Some(self.line_comment()),
            b'/' if self.byte(at + 1) == b'*' => self.block_comment(),
            b'*' if self.executable > 0 && self.byte(at + 1) == b'/' => {
                self.executable -= 1;
                self.at += 2;
                self.fence_closed = self.at;
                None
            }
            b'$' => Some(self.dollar()),
            b'{' if self.byte(at + 1) == b'{' => Some(self.template("}}")),
            b'<' if self.starts_with(at, "<%=") => Some(self.template("%>")),
            b'\\' => self.one(TokenKind::Backslash),
            b'?' | b':' | b'@' => Some(self.sigil(byte)),
            b'+' | b'-' | b'*' | b'/' | b'<' | b'>' | b'=' | b'~' | b'!' | b'#' | b'%' | b'^' | b'&' | b'|' => {
                Some(self.operator())
            }
            _ => self.one(TokenKind::Other),
        }
    }

    /// MySQL wants a space behind the dashes; people leave it out at the start of a line, where no operator can stand.
    fn dash_comment_at(&self, at: usize) -> bool {
        let next = self.byte(at + 2);
        !self.dialect.dash_needs_space || matches!(next, 0..=b' ') || (!next.is_ascii_digit() && self.starts_line(at))
    }

    fn starts_line(&self, at: usize) -> bool {
        let before = self.bytes.get(..at).unwrap_or_default();
        let blank = before.iter().rev().find(|b| !matches!(b, b' ' | b'\t' | b'\r'));
        blank.is_none_or(|b| *b == b'\n')
    }

    fn line_comment(&mut self) -> TokenKind {
        self.at = self.line_end(self.at);
        TokenKind::Comment
    }

    fn is_name_byte(&self, byte: u8) -> bool {
        matches!(byte, b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' | b'_' | 0x80..)
            || (byte == b'$' && self.dialect.dollar_in_names)
    }

    fn name_end(&self, from: usize) -> usize {
        let mut end = from;
        while let Some(byte) = self.bytes.get(end) {
            // A no-break space is white space, not part of a name.
            if !self.is_name_byte(*byte) || (*byte == 0xc2 && self.byte(end + 1) == 0xa0) {
                break;
            }
            // `${x}` directly behind a name is a placeholder.
            if *byte == b'$' && self.byte(end + 1) == b'{' {
                break;
            }
            end += 1;
        }
        match self.delimiter.and_then(|d| self.text.get(from..end)?.find(d)) {
            Some(cut) if cut > 0 => from + cut,
            _ => end,
        }
    }

    fn word_or_prefixed(&mut self) -> TokenKind {
        let start = self.at;
        let end = self.name_end(start);
        let next = self.byte(end);
        if next == b'\'' && end == start + 1 {
            match self.byte(start) | 0x20 {
                b'e' if self.dialect.escape_strings => return self.quoted(end, b'\'', true, TokenKind::String),
                b'n' | b'x' | b'b' => {
                    return self.quoted(end, b'\'', self.dialect.backslash_escapes, TokenKind::String);
                }
                _ => {}
            }
        }
        if next == b'&' && end == start + 1 && self.byte(start) | 0x20 == b'u' && self.dialect.escape_strings {
            match self.byte(end + 1) {
                b'\'' => return self.quoted(end + 1, b'\'', false, TokenKind::String),
                b'"' => return self.quoted(end + 1, b'"', false, TokenKind::Quoted),
                _ => {}
            }
        }
        self.at = end;
        TokenKind::Word
    }

    fn number(&mut self) -> TokenKind {
        let start = self.at;
        let mut end = self.name_end(start);
        let plain = self.bytes.get(start..end).is_some_and(is_number);
        if !plain && self.dialect.digit_idents {
            self.at = end;
            return TokenKind::Word;
        }
        // `1.5`, `1.`, but not `1..3`.
        if self.byte(end) == b'.' && self.byte(end + 1) != b'.' {
            end = self.name_end(end + 1);
        }
        let last = self.byte(end.saturating_sub(1)) | 0x20;
        let hex = self.byte(start + 1) | 0x20 == b'x';
        if last == b'e' && !hex && matches!(self.byte(end), b'+' | b'-') && self.byte(end + 1).is_ascii_digit() {
            end = self.name_end(end + 1);
        }
        self.at = end;
        TokenKind::Number
    }

    fn sigil(&mut self, byte: u8) -> TokenKind {
        let next = self.byte(self.at + 1);
        if byte == b':' && (next == b':' || next == b'=') {
            self.at += 2;
            return TokenKind::Operator;
        }
        if !self.dialect.sigil_params {
            self.at += 1;
            return TokenKind::Operator;
        }
        let from = if byte == b'@' && next == b'@' { self.at + 2 } else { self.at + 1 };
        let end = self.name_end(from);
        if byte == b':' && end == from {
            self.at += 1;
            return TokenKind::Operator;
        }
        self.at = end.max(from);
        TokenKind::Param
    }

    fn operator(&mut self) -> TokenKind {
        const LONG: [&str; 15] =
            ["->>", "<=>", "#>>", "!~~", "->", "<=", ">=", "<>", "!=", "||", "&&", "<<", ">>", "=>", "=="];
        let length = LONG.iter().find(|op| self.starts_with(self.at, op)).map_or(1, |op| op.len());
        self.at += length;
        TokenKind::Operator
    }
}

/// `12`, `1_000`, `1e5`, `0x1f`, `0b01`; not `1abc`.
fn is_number(text: &[u8]) -> bool {
    match text {
        [b'0', b'x' | b'X', hex @ ..] => hex.iter().all(|b| b.is_ascii_hexdigit() || *b == b'_'),
        [b'0', b'b' | b'B' | b'o' | b'O', digits @ ..] => digits.iter().all(|b| b.is_ascii_digit() || *b == b'_'),
        _ => {
            let mut parts = text.splitn(2, |b| *b == b'e' || *b == b'E');
            let digits = |part: &[u8]| part.iter().all(|b| b.is_ascii_digit() || *b == b'_');
            parts.next().is_some_and(digits) && parts.next().is_none_or(digits)
        }
    }
}
