//! Tokens of one statement: kinds and byte ranges, brackets matched.
//!
//! In: the text of one statement. Out: tokens without white space and comments; a bracket knows its partner.
//! Never: a copy of the text; a statement whose brackets do not match.

use super::Unread;
use crate::target::{Engine, Target, Version};

/// What a token is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    /// A bare word: keyword or identifier.
    Word,
    /// A quoted identifier, quotes included.
    Quoted,
    /// A string, bit string or blob literal, quotes and prefix included.
    Text,
    /// A number.
    Number,
    /// A parameter or variable: `$1`, `?`, `:name`, `@name`.
    Param,
    /// An operator.
    Operator,
    /// `::`.
    Cast,
    /// `.`
    Dot,
    /// `,`
    Comma,
    /// `(`
    Open,
    /// `)`
    Close,
    /// `[`
    OpenSquare,
    /// `]`
    CloseSquare,
    /// A character that belongs to no SQL token: `{`, `}`, `;`, `\`, …
    Stray,
}

/// A token: its kind and where it stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Token {
    /// What it is.
    pub(super) kind: Kind,
    /// First byte.
    pub(super) start: usize,
    /// One past the last byte.
    pub(super) end: usize,
    /// For an opening bracket: the index of the closing one.
    pub(super) partner: usize,
}

/// Deeper nesting than this is not taken apart; real DDL stays below ten.
pub(super) const MAX_DEPTH: usize = 50;

/// Cuts a statement into tokens.
pub(super) fn tokens(text: &str, target: Target) -> Result<Vec<Token>, Unread> {
    let mut lexer = Lexer { text, bytes: text.as_bytes(), at: 0, target, in_hint: false };
    let mut tokens: Vec<Token> = Vec::with_capacity(text.len() / 5 + 4);
    let mut open: Vec<usize> = Vec::new();
    while let Some((kind, start)) = lexer.next()? {
        match kind {
            Kind::Open | Kind::OpenSquare => {
                open.push(tokens.len());
                if open.len() > MAX_DEPTH {
                    return Err(Unread::TooDeep);
                }
            }
            Kind::Close | Kind::CloseSquare => {
                let opened = if kind == Kind::Close { Kind::Open } else { Kind::OpenSquare };
                let closing = tokens.len();
                match open.pop().and_then(|index| tokens.get_mut(index)) {
                    Some(token) if token.kind == opened => token.partner = closing,
                    _ => return Err(Unread::Refused("a closing bracket has no opening one".to_string())),
                }
            }
            _ => {}
        }
        tokens.push(Token { kind, start, end: lexer.at, partner: 0 });
    }
    if open.is_empty() { Ok(tokens) } else { Err(Unread::Refused("an opening bracket is never closed".to_string())) }
}

struct Lexer<'a> {
    text: &'a str,
    bytes: &'a [u8],
    at: usize,
    target: Target,
    /// Inside a `/*! … */` comment that the server executes.
    in_hint: bool,
}

/// Operators of more than one character that matter here; any other operator is cut into characters.
const LONG_OPERATORS: [&str; 14] =
    ["->>", "<=>", "#>>", "->", "||", "<=", ">=", "<>", "!=", "==", ":=", "=>", "@>", "<@"];

impl Lexer<'_> {
    fn peek(&self, ahead: usize) -> u8 {
        self.bytes.get(self.at + ahead).copied().unwrap_or(0)
    }

    fn starts_with(&self, what: &str) -> bool {
        self.bytes.get(self.at..).is_some_and(|rest| rest.starts_with(what.as_bytes()))
    }

    fn mysql(&self) -> bool {
        self.target.engine.is_mysql_family()
    }

    fn postgres(&self) -> bool {
        self.target.engine == Engine::Postgres
    }

    /// The next token's kind and start; its end is where the lexer stands afterwards.
    fn next(&mut self) -> Result<Option<(Kind, usize)>, Unread> {
        self.skip_blank()?;
        let start = self.at;
        if start >= self.bytes.len() {
            return Ok(None);
        }
        let kind = match self.peek(0) {
            b'(' => self.single(Kind::Open),
            b')' => self.single(Kind::Close),
            b',' => self.single(Kind::Comma),
            b'[' if self.target.engine == Engine::Sqlite => self.quoted(b']', false, Kind::Quoted)?,
            b'[' => self.single(Kind::OpenSquare),
            b']' => self.single(Kind::CloseSquare),
            b'\'' => self.quoted(b'\'', self.mysql(), Kind::Text)?,
            b'"' if self.mysql() => self.quoted(b'"', true, Kind::Text)?,
            b'"' => self.quoted(b'"', false, Kind::Quoted)?,
            b'`' if !self.postgres() => self.quoted(b'`', false, Kind::Quoted)?,
            b'$' if self.postgres() => self.dollar()?,
            b'0'..=b'9' => self.number(),
            b'.' if self.peek(1).is_ascii_digit() && !self.after_word() => self.number(),
            b'.' => self.single(Kind::Dot),
            b':' if self.peek(1) == b':' => self.advance(2, Kind::Cast),
            b':' if word_start(self.peek(1)) => self.variable(1),
            b'@' if self.mysql() => self.variable(1),
            b'?' if !self.postgres() => self.single(Kind::Param),
            byte if word_start(byte) || (byte == b'$' && self.mysql()) => self.word()?,
            b'{' | b'}' | b';' | b'\\' | b'$' | b'`' => self.single(Kind::Stray),
            _ => self.operator(),
        };
        Ok(Some((kind, start)))
    }

    fn single(&mut self, kind: Kind) -> Kind {
        self.advance(1, kind)
    }

    fn advance(&mut self, bytes: usize, kind: Kind) -> Kind {
        self.at += bytes;
        kind
    }

    fn operator(&mut self) -> Kind {
        match LONG_OPERATORS.iter().find(|operator| self.starts_with(operator)) {
            Some(operator) => self.advance(operator.len(), Kind::Operator),
            None if self.peek(0) < 0x20 || self.peek(0) == 0x7f => self.single(Kind::Stray),
            None => self.single(Kind::Operator),
        }
    }

    /// Whether the byte before is part of a word or a closing quote, so that a dot joins names: `t.1st`.
    fn after_word(&self) -> bool {
        let before = self.at.checked_sub(1).and_then(|at| self.bytes.get(at)).copied().unwrap_or(b' ');
        word_part(before) || matches!(before, b'"' | b'`' | b']')
    }

    fn skip_blank(&mut self) -> Result<(), Unread> {
        loop {
            let byte = self.peek(0);
            if self.at >= self.bytes.len() {
                return Ok(());
            } else if byte.is_ascii_whitespace() || byte == 0x0b {
                self.at += 1;
            } else if self.line_comment() {
                self.skip_line();
            } else if byte == b'/' && self.peek(1) == b'*' {
                self.block_comment()?;
            } else if self.in_hint && byte == b'*' && self.peek(1) == b'/' {
                self.in_hint = false;
                self.at += 2;
            } else if self.starts_with("\u{feff}") || self.starts_with("\u{a0}") {
                // A byte order mark or a no-break space, pasted from a document.
                self.at += if byte == 0xef { 3 } else { 2 };
            } else {
                return Ok(());
            }
        }
    }

    /// MySQL wants a blank after `--`, else it is a double minus.
    fn line_comment(&self) -> bool {
        match self.peek(0) {
            b'-' if self.peek(1) == b'-' => !self.mysql() || matches!(self.peek(2), 0 | b' ' | b'\t' | b'\n' | b'\r'),
            b'#' => self.mysql(),
            _ => false,
        }
    }

    fn skip_line(&mut self) {
        while self.at < self.bytes.len() && self.peek(0) != b'\n' {
            self.at += 1;
        }
    }

    fn block_comment(&mut self) -> Result<(), Unread> {
        if self.mysql() && !self.in_hint && self.executable_comment() {
            self.in_hint = true;
            return Ok(());
        }
        self.at += 2;
        let mut depth = 1;
        while self.at < self.bytes.len() {
            if self.starts_with("*/") {
                self.at += 2;
                depth -= 1;
                if depth == 0 {
                    return Ok(());
                }
            } else if self.postgres() && self.starts_with("/*") {
                self.at += 2;
                depth += 1;
            } else {
                self.at += 1;
            }
        }
        // SQLite lets the end of the text end a comment.
        if self.target.engine == Engine::Sqlite { Ok(()) } else { Err(unterminated("comment")) }
    }

    /// Steps over `/*!50100` or `/*M!100300` when the target executes what follows.
    /// MariaDB passes over MySQL's comments from 5.7 on: <https://mariadb.com/kb/en/comment-syntax/>.
    fn executable_comment(&mut self) -> bool {
        let mark = self.at;
        let for_mariadb = self.starts_with("/*M!");
        if !for_mariadb && !self.starts_with("/*!") {
            return false;
        }
        self.at += if for_mariadb { 4 } else { 3 };
        let digits = self.at;
        while self.peek(0).is_ascii_digit() && self.at - digits < 6 {
            self.at += 1;
        }
        let number = self.text.get(digits..self.at).unwrap_or("");
        let since: u32 = number.parse().unwrap_or(0);
        let mariadb = self.target.engine == Engine::MariaDb;
        let runs = match (mariadb, for_mariadb) {
            (false, true) => false,
            (true, false) if (50_700..=99_999).contains(&since) => false,
            _ => since <= comment_number(self.target.version),
        };
        if !runs {
            self.at = mark;
        }
        runs
    }

    fn quoted(&mut self, quote: u8, backslash: bool, kind: Kind) -> Result<Kind, Unread> {
        self.at += 1;
        while self.at < self.bytes.len() {
            let byte = self.peek(0);
            if byte == quote {
                // A doubled quote stands for itself; SQLite's `]` cannot be doubled.
                if self.peek(1) != quote || quote == b']' {
                    self.at += 1;
                    return Ok(kind);
                }
                self.at += 2;
            } else if byte == b'\\' && backslash {
                self.at = (self.at + 2).min(self.bytes.len());
            } else {
                self.at += 1;
            }
        }
        Err(unterminated(if kind == Kind::Text { "string" } else { "quoted name" }))
    }

    /// `$1`, `$$ … $$`, `$tag$ … $tag$`.
    fn dollar(&mut self) -> Result<Kind, Unread> {
        let mut end = 1;
        while word_part(self.peek(end)) && self.peek(end) != b'$' {
            end += 1;
        }
        if self.peek(1).is_ascii_digit() {
            return Ok(self.advance(end, Kind::Param));
        }
        if self.peek(end) != b'$' {
            return Ok(self.single(Kind::Stray));
        }
        let body = self.at + end + 1;
        let tag = self.text.get(self.at..body).unwrap_or("$$");
        match self.text.get(body..).and_then(|rest| rest.find(tag)) {
            Some(length) => {
                self.at = body + length + tag.len();
                Ok(Kind::Text)
            }
            None => Err(unterminated("dollar-quoted string")),
        }
    }

    fn number(&mut self) -> Kind {
        let start = self.at;
        while word_part(self.peek(0)) || self.peek(0) == b'.' {
            let exponent = matches!(self.peek(0), b'e' | b'E') && matches!(self.peek(1), b'+' | b'-');
            let hexadecimal = self.bytes.get(start + 1).is_some_and(|byte| matches!(byte, b'x' | b'X'));
            self.at += if exponent && !hexadecimal && self.peek(2).is_ascii_digit() { 2 } else { 1 };
        }
        let text = self.text.get(start..self.at).unwrap_or("");
        if self.mysql() && is_name_with_leading_digit(text) {
            let name = text.find('.').unwrap_or(text.len());
            self.at = start + name;
            return Kind::Word;
        }
        Kind::Number
    }

    /// `:name`, `@name`, `@@name`, `@'name'`.
    fn variable(&mut self, sigil: usize) -> Kind {
        self.at += sigil;
        while word_part(self.peek(0)) || matches!(self.peek(0), b'@' | b'$') {
            self.at += 1;
        }
        Kind::Param
    }

    fn word(&mut self) -> Result<Kind, Unread> {
        if let Some((prefix, kind, backslash)) = self.string_prefix() {
            self.at += prefix;
            return self.quoted(self.peek(0), backslash, kind);
        }
        while word_part(self.peek(0)) {
            self.at += 1;
        }
        Ok(Kind::Word)
    }

    /// `E'…'`, `B'…'`, `X'…'`, `N'…'`, `U&'…'`, `U&"…"`: length of the prefix, kind, whether backslash escapes.
    fn string_prefix(&self) -> Option<(usize, Kind, bool)> {
        match (self.peek(0).to_ascii_lowercase(), self.peek(1), self.peek(2)) {
            (b'e', b'\'', _) if self.postgres() => Some((1, Kind::Text, true)),
            (b'n', b'\'', _) if self.target.engine != Engine::Sqlite => Some((1, Kind::Text, self.mysql())),
            (b'b', b'\'', _) if self.target.engine != Engine::Sqlite => Some((1, Kind::Text, false)),
            (b'x', b'\'', _) => Some((1, Kind::Text, false)),
            (b'u', b'&', b'\'') if self.postgres() => Some((2, Kind::Text, false)),
            (b'u', b'&', b'"') if self.postgres() => Some((2, Kind::Quoted, false)),
            _ => None,
        }
    }
}

fn unterminated(what: &str) -> Unread {
    Unread::Refused(format!("a {what} is never closed"))
}

fn word_start(byte: u8) -> bool {
    byte.is_ascii_alphabetic() || byte == b'_' || byte >= 0x80
}

fn word_part(byte: u8) -> bool {
    word_start(byte) || byte.is_ascii_digit() || byte == b'$'
}

/// MySQL lets a bare name begin with a digit (`2fa_code`); `1e5`, `0x1F` and `0b1` stay numbers.
fn is_name_with_leading_digit(text: &str) -> bool {
    let head = text.split('.').next().unwrap_or("");
    let letters = head.trim_start_matches(|c: char| c.is_ascii_digit());
    let is_exponent = letters.strip_prefix(['e', 'E']).is_some_and(|rest| {
        let digits = rest.trim_start_matches(['+', '-']);
        !digits.is_empty() && digits.bytes().all(|b| b.is_ascii_digit())
    });
    let radix = |prefix: &str, digit: fn(&u8) -> bool| {
        head.strip_prefix(prefix).is_some_and(|rest| !rest.is_empty() && rest.bytes().all(|b| digit(&b)))
    };
    let is_radix = radix("0x", u8::is_ascii_hexdigit) || radix("0b", |b| matches!(b, b'0' | b'1'));
    !letters.is_empty() && !is_exponent && !is_radix
}

/// A version as MySQL's comments write it: 8.0.16 is 80016, MariaDB 10.6.3 is 100603.
fn comment_number(version: Version) -> u32 {
    let part = |part: u16| u32::from(part.min(99));
    u32::from(version.major) * 10_000 + part(version.minor) * 100 + part(version.patch)
}
