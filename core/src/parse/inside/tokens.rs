//! Tokens of one statement with their brackets matched.
//!
//! In: the text of one statement. Out: its tokens without comments; an opening bracket knows its partner.
//! Never: a statement whose brackets do not match, or that leaves a quote open.

use super::Unread;
use crate::source::{Dialect, FaultKind, Lexer, TokenKind};
use crate::target::Target;

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
    /// What belongs into no SQL expression: a placeholder, `;`, `\`, …
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
    let mut lexer = Lexer::new(text, Dialect::of(target));
    let mut tokens: Vec<Token> = Vec::with_capacity(text.len() / 5 + 4);
    let mut open: Vec<usize> = Vec::new();
    while let Some(token) = lexer.next_token() {
        if let Some(fault) = lexer.take_fault() {
            return Err(unterminated(fault.kind));
        }
        let span = token.span();
        let Some(kind) = kind(token.kind, span.of(text)) else { continue };
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
        tokens.push(Token { kind, start: span.start, end: span.end, partner: 0 });
    }
    if open.is_empty() { Ok(tokens) } else { Err(Unread::Refused("an opening bracket is never closed".to_string())) }
}

fn kind(kind: TokenKind, text: &str) -> Option<Kind> {
    Some(match kind {
        TokenKind::Comment => return None,
        TokenKind::Word => Kind::Word,
        TokenKind::Quoted => Kind::Quoted,
        TokenKind::String => Kind::Text,
        TokenKind::Number => Kind::Number,
        TokenKind::Param => Kind::Param,
        TokenKind::Operator if text == "::" => Kind::Cast,
        TokenKind::Operator => Kind::Operator,
        TokenKind::Comma => Kind::Comma,
        TokenKind::Dot => Kind::Dot,
        TokenKind::OpenParen => Kind::Open,
        TokenKind::CloseParen => Kind::Close,
        TokenKind::OpenBracket => Kind::OpenSquare,
        TokenKind::CloseBracket => Kind::CloseSquare,
        TokenKind::Semicolon | TokenKind::Template | TokenKind::Backslash | TokenKind::Other => Kind::Stray,
    })
}

fn unterminated(kind: FaultKind) -> Unread {
    let what = match kind {
        FaultKind::OpenQuote => "quote",
        FaultKind::OpenComment => "comment",
        FaultKind::OpenDollarQuote => "dollar-quoted string",
        FaultKind::OpenBody => "body",
    };
    Unread::Refused(format!("a {what} is never closed"))
}
