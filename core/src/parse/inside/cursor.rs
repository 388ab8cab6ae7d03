//! A place in the tokens of a statement, and the small steps of reading.
//!
//! In: text and its tokens. Out: words, names, groups in brackets, slices of the source.
//! Never: an allocation for a step, a copy of the source.

use super::Unread;
use super::tokens::{Kind, Token};
use crate::change::{Ident, Name};
use crate::target::{Engine, Target};

/// A range of tokens and a place in it. Copying it marks a place to come back to.
#[derive(Debug, Clone, Copy)]
pub(super) struct Cursor<'a> {
    /// The statement's text.
    pub(super) text: &'a str,
    /// For which server.
    pub(super) target: Target,
    tokens: &'a [Token],
    at: usize,
    end: usize,
}

impl<'a> Cursor<'a> {
    /// At the first of the statement's tokens.
    pub(super) fn new(text: &'a str, tokens: &'a [Token], target: Target) -> Self {
        Cursor { text, target, tokens, at: 0, end: tokens.len() }
    }

    pub(super) fn postgres(&self) -> bool {
        self.target.engine() == Engine::Postgres
    }

    pub(super) fn mysql(&self) -> bool {
        self.target.engine().is_mysql_family()
    }

    pub(super) fn sqlite(&self) -> bool {
        self.target.engine() == Engine::Sqlite
    }

    // ---- looking

    /// The token `ahead` of here.
    pub(super) fn token(&self, ahead: usize) -> Option<Token> {
        let index = self.at + ahead;
        if index < self.end { self.tokens.get(index).copied() } else { None }
    }

    pub(super) fn kind(&self, ahead: usize) -> Option<Kind> {
        self.token(ahead).map(|token| token.kind)
    }

    /// The bare word `ahead` of here.
    pub(super) fn word(&self, ahead: usize) -> Option<&'a str> {
        self.token(ahead).filter(|token| token.kind == Kind::Word).map(|token| self.source(token))
    }

    /// Whether the bare word here is this keyword.
    pub(super) fn is(&self, keyword: &str) -> bool {
        self.is_at(0, keyword)
    }

    pub(super) fn is_at(&self, ahead: usize, keyword: &str) -> bool {
        self.word(ahead).is_some_and(|word| word.eq_ignore_ascii_case(keyword))
    }

    /// Whether these keywords stand here one after the other.
    pub(super) fn are(&self, keywords: &[&str]) -> bool {
        keywords.iter().enumerate().all(|(ahead, keyword)| self.is_at(ahead, keyword))
    }

    /// Whether the last tokens are these keywords.
    pub(super) fn ends_with(&self, keywords: &[&str]) -> bool {
        let from = self.remaining().len().checked_sub(keywords.len());
        from.is_some_and(|from| keywords.iter().enumerate().all(|(index, keyword)| self.is_at(from + index, keyword)))
    }

    pub(super) fn is_any(&self, keywords: &[&str]) -> bool {
        self.word(0).is_some_and(|word| keywords.iter().any(|keyword| word.eq_ignore_ascii_case(keyword)))
    }

    pub(super) fn is_operator(&self, ahead: usize, operator: &str) -> bool {
        self.token(ahead).is_some_and(|token| token.kind == Kind::Operator && self.source(token) == operator)
    }

    /// Whether nothing stands between this token and the one before.
    pub(super) fn touches_the_last(&self) -> bool {
        let last = self.at.checked_sub(1).and_then(|index| self.tokens.get(index));
        self.token(0).zip(last).is_some_and(|(here, last)| here.start == last.end)
    }

    pub(super) fn at_end(&self) -> bool {
        self.at >= self.end
    }

    /// All remaining tokens.
    pub(super) fn remaining(&self) -> &'a [Token] {
        self.tokens.get(self.at..self.end).unwrap_or(&[])
    }

    // ---- stepping

    /// Steps over one token, or over a whole group when it opens one.
    pub(super) fn step(&mut self) -> Option<Token> {
        let token = self.token(0)?;
        self.at = match token.kind {
            Kind::Open | Kind::OpenSquare => token.partner + 1,
            _ => self.at + 1,
        };
        Some(token)
    }

    /// Steps over one token, into brackets.
    pub(super) fn enter(&mut self) {
        self.at += 1;
    }

    pub(super) fn eat(&mut self, keyword: &str) -> bool {
        self.eat_all(&[keyword])
    }

    /// Steps over these keywords when all stand here.
    pub(super) fn eat_all(&mut self, keywords: &[&str]) -> bool {
        let there = self.are(keywords);
        if there {
            self.at += keywords.len();
        }
        there
    }

    /// Steps over one of these keywords.
    pub(super) fn eat_any(&mut self, keywords: &[&str]) -> bool {
        let there = self.is_any(keywords);
        self.at += usize::from(there);
        there
    }

    pub(super) fn eat_kind(&mut self, kind: Kind) -> bool {
        let there = self.kind(0) == Some(kind);
        self.at += usize::from(there);
        there
    }

    pub(super) fn eat_operator(&mut self, operator: &str) -> bool {
        let there = self.is_operator(0, operator);
        self.at += usize::from(there);
        there
    }

    pub(super) fn eat_if_not_exists(&mut self) -> bool {
        self.eat_all(&["IF", "NOT", "EXISTS"])
    }

    /// A group in round brackets: its inside; this place moves behind it.
    pub(super) fn group(&mut self) -> Option<Cursor<'a>> {
        let open = self.token(0).filter(|token| token.kind == Kind::Open)?;
        let inside = Cursor { at: self.at + 1, end: open.partner, ..*self };
        self.at = open.partner + 1;
        Some(inside)
    }

    /// Moves to the first token at this level for which `stop` holds, or to the end; gives what was passed over.
    pub(super) fn until(&mut self, mut stop: impl FnMut(&Cursor<'a>) -> bool) -> Cursor<'a> {
        let from = self.at;
        while !self.at_end() && !stop(self) {
            self.step();
        }
        Cursor { at: from, end: self.at.min(self.end), ..*self }
    }

    /// From here to `other`, a later place among the same tokens.
    pub(super) fn up_to(&self, other: &Cursor<'a>) -> Cursor<'a> {
        Cursor { end: other.at.min(self.end), ..*self }
    }

    /// Everything from here on; this place moves to the end.
    pub(super) fn take_rest(&mut self) -> Cursor<'a> {
        let rest = *self;
        self.at = self.end;
        rest
    }

    /// The parts between commas at this level; empty when there is nothing.
    pub(super) fn parts(mut self) -> Vec<Cursor<'a>> {
        let mut parts = Vec::new();
        if self.at_end() {
            return parts;
        }
        loop {
            parts.push(self.until(|here| here.kind(0) == Some(Kind::Comma)));
            if !self.eat_kind(Kind::Comma) {
                return parts;
            }
        }
    }

    // ---- source text

    pub(super) fn source(&self, token: Token) -> &'a str {
        self.text.get(token.start..token.end).unwrap_or("")
    }

    /// The source of all that remains.
    pub(super) fn rest(&self) -> &'a str {
        match (self.remaining().first(), self.remaining().last()) {
            (Some(first), Some(last)) => self.text.get(first.start..last.end).unwrap_or(""),
            _ => "",
        }
    }

    /// The source from here to `other`, a later place among the same tokens.
    pub(super) fn source_to(&self, other: &Cursor<'a>) -> &'a str {
        self.up_to(other).rest()
    }

    /// The source of the token here, for messages.
    pub(super) fn near(&self) -> &'a str {
        self.token(0).map_or("the end", |token| self.source(token))
    }

    /// Refuses what stands here.
    pub(super) fn refuse<T>(&self, wanted: &str) -> Result<T, Unread> {
        let near: String = self.near().chars().take(40).collect();
        Err(Unread::Refused(format!("expected {wanted}, found {near}")))
    }

    // ---- names

    /// An identifier here, folded the engine's way.
    pub(super) fn ident(&mut self) -> Option<Ident> {
        let token = self.token(0)?;
        let ident = self.as_ident(token)?;
        self.at += 1;
        Some(ident)
    }

    /// What identifier a token is. SQLite takes a string for a name, MySQL in ANSI mode a double-quoted one.
    pub(super) fn as_ident(&self, token: Token) -> Option<Ident> {
        let source = self.source(token);
        match token.kind {
            Kind::Word if self.postgres() => Some(Ident::new(source.to_ascii_lowercase())),
            Kind::Word => Some(Ident::new(source)),
            Kind::Quoted => Some(Ident::new(unquoted(source))),
            Kind::Text if self.sqlite() && source.starts_with('\'') => Some(Ident::new(unquoted(source))),
            Kind::Text if self.mysql() && source.starts_with('"') => Some(Ident::new(unquoted(source))),
            _ => None,
        }
    }

    /// A name of up to three parts; the database of three is left out.
    pub(super) fn name(&mut self) -> Option<Name> {
        let mut object = self.ident()?;
        let mut schema = None;
        while self.kind(0) == Some(Kind::Dot) {
            let mark = *self;
            self.at += 1;
            match self.ident() {
                Some(next) => schema = Some(std::mem::replace(&mut object, next)),
                None => {
                    *self = mark;
                    break;
                }
            }
        }
        Some(Name { schema, object })
    }

    /// A name, or a refusal that says what was wanted.
    pub(super) fn want_name(&mut self, what: &str) -> Result<Name, Unread> {
        match self.name() {
            Some(name) => Ok(name),
            None => self.refuse(what),
        }
    }

    pub(super) fn want_ident(&mut self, what: &str) -> Result<Ident, Unread> {
        match self.ident() {
            Some(ident) => Ok(ident),
            None => self.refuse(what),
        }
    }

    pub(super) fn want_group(&mut self, what: &str) -> Result<Cursor<'a>, Unread> {
        match self.group() {
            Some(group) => Ok(group),
            None => self.refuse(what),
        }
    }
}

/// The name inside quotes, doubled quotes undone.
pub(super) fn unquoted(source: &str) -> String {
    let source = source.strip_prefix(['U', 'u']).and_then(|rest| rest.strip_prefix('&')).unwrap_or(source);
    let Some(open) = source.chars().next() else { return String::new() };
    let close = if open == '[' { ']' } else { open };
    let inside = source.strip_prefix(open).and_then(|rest| rest.strip_suffix(close)).unwrap_or(source);
    if open == '[' || !inside.contains(close) {
        return inside.to_string();
    }
    inside.replace(&format!("{close}{close}"), &close.to_string())
}

/// The value of a string literal: quotes off, doubled quotes and common backslash escapes undone.
pub(super) fn literal_value(source: &str, backslash: bool) -> String {
    let body = source.find(['\'', '"']).and_then(|at| source.get(at..)).unwrap_or(source);
    let text = unquoted(body);
    if !backslash || !text.contains('\\') {
        return text;
    }
    let mut value = String::with_capacity(text.len());
    let mut chars = text.chars();
    while let Some(c) = chars.next() {
        match c {
            '\\' => match chars.next() {
                Some('n') => value.push('\n'),
                Some('t') => value.push('\t'),
                Some('r') => value.push('\r'),
                Some('0') => value.push('\0'),
                Some(other) => value.push(other),
                None => value.push('\\'),
            },
            other => value.push(other),
        }
    }
    value
}
