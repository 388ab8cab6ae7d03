//! A place among the tokens of one statement, and the small questions that a header asks.

use crate::change::{Ident, Name, lower};
use crate::order::Gather;
use crate::source::{Dialect, Span, Token, TokenKind, in_one};

/// Deepest nesting of parentheses that is followed.
const MAX_DEPTH: usize = 200;

/// Copy it to look ahead; assign the copy back to accept.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Cursor<'a> {
    pub text: &'a str,
    pub dialect: &'a Dialect,
    tokens: &'a [Token],
    at: usize,
}

impl<'a> Cursor<'a> {
    pub fn new(text: &'a str, dialect: &'a Dialect, tokens: &'a [Token]) -> Self {
        Cursor { text, dialect, tokens, at: 0 }
    }

    /// All tokens, whatever was taken.
    pub fn tokens(&self) -> &'a [Token] {
        self.tokens
    }

    /// How many tokens were taken.
    pub fn taken(&self) -> usize {
        self.at
    }

    /// The tokens not taken yet.
    pub fn rest_tokens(&self) -> &'a [Token] {
        self.tokens.get(self.at..).unwrap_or_default()
    }

    /// A cursor over the tokens `from..to` of this one.
    pub fn slice(&self, from: usize, to: usize) -> Cursor<'a> {
        Cursor { tokens: self.tokens.get(from..to).unwrap_or_default(), at: 0, ..*self }
    }

    pub fn done(&self) -> bool {
        self.at >= self.tokens.len()
    }

    pub fn peek(&self) -> Option<Token> {
        self.nth(0)
    }

    pub fn nth(&self, n: usize) -> Option<Token> {
        self.tokens.get(self.at + n).copied()
    }

    pub fn next(&mut self) -> Option<Token> {
        let token = self.peek()?;
        self.at += 1;
        Some(token)
    }

    pub fn kind(&self) -> Option<TokenKind> {
        Some(self.peek()?.kind)
    }

    /// The next token as written; empty at the end.
    pub fn word(&self) -> &'a str {
        self.word_at(0)
    }

    pub fn word_at(&self, n: usize) -> &'a str {
        self.nth(n).map_or("", |t| t.of(self.text))
    }

    /// The next token is this keyword.
    pub fn is(&self, keyword: &str) -> bool {
        self.is_at(0, keyword)
    }

    pub fn is_at(&self, n: usize, keyword: &str) -> bool {
        self.nth(n).is_some_and(|t| {
            t.kind == TokenKind::Word && (t.end - t.start) as usize == keyword.len() && same(t.of(self.text), keyword)
        })
    }

    /// The next tokens are these keywords, separated by single spaces.
    pub fn is_phrase(&self, keywords: &str) -> bool {
        self.may_be(keywords) && keywords.split(' ').enumerate().all(|(n, word)| self.is_at(n, word))
    }

    /// Most questions for keywords are answered by the first letter.
    fn may_be(&self, keywords: &str) -> bool {
        let letter = |at: usize, text: &str| text.as_bytes().get(at).map(u8::to_ascii_lowercase);
        self.peek().is_some_and(|next| letter(next.start as usize, self.text) == letter(0, keywords))
    }

    /// Takes the keywords, separated by single spaces, if they come next.
    pub fn eat(&mut self, keywords: &str) -> bool {
        let found = self.is_phrase(keywords);
        if found {
            self.at += keywords.split(' ').count();
        }
        found
    }

    /// Takes the first of these phrases that comes next.
    pub fn eat_any(&mut self, phrases: &[&'static str]) -> Option<&'static str> {
        phrases.iter().copied().find(|phrase| self.eat(phrase))
    }

    pub fn is_kind(&self, kind: TokenKind) -> bool {
        self.kind() == Some(kind)
    }

    pub fn eat_kind(&mut self, kind: TokenKind) -> bool {
        let found = self.is_kind(kind);
        if found {
            self.at += 1;
        }
        found
    }

    /// Takes an operator, such as `=`.
    pub fn eat_op(&mut self, operator: &str) -> bool {
        let found = self.is_kind(TokenKind::Operator) && self.word() == operator;
        if found {
            self.at += 1;
        }
        found
    }

    pub fn eat_if_exists(&mut self) -> bool {
        self.eat("IF EXISTS")
    }

    pub fn eat_if_not_exists(&mut self) -> bool {
        self.eat("IF NOT EXISTS")
    }

    /// Takes an identifier.
    pub fn ident(&mut self) -> Option<Ident> {
        let token = self.peek()?;
        let ident = self.ident_of(token)?;
        self.at += 1;
        Some(ident)
    }

    /// What a token stands for as an identifier.
    pub fn ident_of(&self, token: Token) -> Option<Ident> {
        let written = token.of(self.text);
        match token.kind {
            TokenKind::Word if self.dialect.folds_to_lower => Some(Ident::new(lower(written))),
            TokenKind::Word => Some(Ident::new(written)),
            TokenKind::Quoted => Some(Ident::new(unquote(written))),
            TokenKind::String if self.dialect.strings_as_idents => Some(Ident::new(unquote(written))),
            // `${schema}.t` and psql's `:name` keep their text: somebody fills them in later.
            TokenKind::Template | TokenKind::Param => Some(Ident::new(written)),
            _ => None,
        }
    }

    /// Takes `[[database.]schema.]object`.
    pub fn name(&mut self) -> Option<Name> {
        let mut object = self.ident()?;
        let mut schema = None;
        while self.is_kind(TokenKind::Dot) {
            let mut ahead = *self;
            ahead.at += 1;
            let Some(next) = ahead.ident() else { break };
            *self = ahead;
            schema = Some(std::mem::replace(&mut object, next));
        }
        Some(Name { schema, object })
    }

    /// Takes `[[schema.]table.]column` and gives the column and its table.
    pub fn column_name(&mut self) -> (Option<Name>, Option<Name>) {
        let mut parts = Vec::new();
        while let Some(part) = self.ident() {
            parts.push(part);
            if !self.eat_kind(TokenKind::Dot) {
                break;
            }
        }
        let column = parts.pop().map(|object| Name { schema: None, object });
        let table = parts.pop().map(|object| Name { schema: parts.pop(), object });
        (column, table)
    }

    /// Takes names separated by commas.
    pub fn names(&mut self) -> Vec<Name> {
        let mut names = Vec::new();
        loop {
            self.eat("ONLY");
            let Some(name) = self.name() else { break };
            names.push(name);
            self.eat_op("*");
            if !self.eat_kind(TokenKind::Comma) {
                break;
            }
        }
        names
    }

    /// Takes a string and gives its value.
    pub fn string(&mut self) -> Option<String> {
        if !self.is_kind(TokenKind::String) {
            return None;
        }
        let token = self.next()?;
        Some(string_value(token.of(self.text)))
    }

    /// Takes a parenthesised list of identifiers; each may be followed by anything up to its comma.
    pub fn ident_list(&mut self) -> Option<Vec<Ident>> {
        let inside = self.parens()?;
        let parts = inside.split_commas();
        Some(parts.into_iter().filter_map(|mut part| part.ident()).gather())
    }

    /// Takes a balanced pair of parentheses and gives what stands inside.
    pub fn parens(&mut self) -> Option<Cursor<'a>> {
        if !self.is_kind(TokenKind::OpenParen) {
            return None;
        }
        let from = self.at + 1;
        let close = self.matching()?;
        self.at = close + 1;
        Some(self.slice(from, close))
    }

    /// The index of the parenthesis that closes the one that comes next. Too deep counts as not closed: what opens
    /// and never closes would otherwise be searched to the end again and again.
    fn matching(&self) -> Option<usize> {
        let mut depth = 0usize;
        for (n, token) in self.rest_tokens().iter().enumerate() {
            match token.kind {
                TokenKind::OpenParen if depth == MAX_DEPTH => return None,
                TokenKind::OpenParen => depth += 1,
                TokenKind::CloseParen => {
                    depth = depth.checked_sub(1)?;
                    if depth == 0 {
                        return Some(self.at + n);
                    }
                }
                _ => {}
            }
        }
        None
    }

    /// Takes one token, or a whole pair of parentheses.
    pub fn skip_one(&mut self) {
        if self.parens().is_none() {
            self.at += 1;
        }
    }

    /// Moves to the first token outside of parentheses where `stop` holds, or to the end.
    pub fn skip_to(&mut self, stop: impl Fn(&Cursor<'a>) -> bool) -> bool {
        while !self.done() {
            if stop(self) {
                return true;
            }
            self.skip_one();
        }
        false
    }

    /// Moves to the keywords outside of parentheses; false when they do not come.
    pub fn find(&mut self, phrase: &str) -> bool {
        self.skip_to(|c| c.is_phrase(phrase))
    }

    /// Whether the keywords stand somewhere ahead, outside of parentheses.
    pub fn has(&self, phrase: &str) -> bool {
        let mut ahead = *self;
        ahead.find(phrase)
    }

    /// The rest cut at commas outside of parentheses and brackets. An empty rest gives no part.
    pub fn split_commas(&self) -> Vec<Cursor<'a>> {
        self.comma_ranges().into_iter().map(|(from, to)| self.slice(from, to)).gather()
    }

    /// The same as ranges of tokens.
    pub fn comma_ranges(&self) -> Vec<(usize, usize)> {
        let mut parts = Vec::new();
        let (mut depth, mut from) = (0usize, self.at);
        for (n, token) in self.rest_tokens().iter().enumerate() {
            match token.kind {
                TokenKind::OpenParen | TokenKind::OpenBracket => depth += 1,
                TokenKind::CloseParen | TokenKind::CloseBracket => depth = depth.saturating_sub(1),
                TokenKind::Comma if depth == 0 => {
                    parts.push((from, self.at + n));
                    from = self.at + n + 1;
                }
                _ => {}
            }
        }
        if !self.done() {
            parts.push((from, self.tokens.len()));
        }
        parts
    }

    /// The range of all tokens of this cursor.
    pub fn span(&self) -> Span {
        span_of(self.tokens)
    }

    /// The range of what is not taken yet.
    pub fn rest_span(&self) -> Span {
        span_of(self.rest_tokens())
    }

    /// What is not taken yet, as written.
    pub fn rest(&self) -> &'a str {
        self.rest_span().of(self.text)
    }

    /// What is not taken yet, without comments.
    pub fn rest_bare(&self) -> String {
        crate::source::bare::without_comments(self.rest(), *self.dialect).into_owned()
    }

    /// What is not taken yet, word by word: in lower case but for quoted names, which are one word in their quotes; strings
    /// are left out.
    pub fn words(&self) -> String {
        let mut out = String::new();
        for token in self.rest_tokens() {
            match token.kind {
                TokenKind::String => continue,
                TokenKind::Quoted => {
                    let name = unquote(token.of(self.text)).replace('"', "\"\"");
                    out.push_str(&[" \"", &in_one(&name), "\""].concat());
                }
                _ => out.push_str(&[" ", &token.of(self.text).to_ascii_lowercase()].concat()),
            }
        }
        out
    }

    /// From a former place of this cursor to here, as written.
    pub fn since(&self, before: &Cursor<'a>) -> &'a str {
        span_of(self.tokens.get(before.at..self.at).unwrap_or_default()).of(self.text)
    }

    /// All of it, as written.
    pub fn source(&self) -> &'a str {
        self.span().of(self.text)
    }
}

fn span_of(tokens: &[Token]) -> Span {
    match (tokens.first(), tokens.last()) {
        (Some(first), Some(last)) => Span::new(first.start as usize, last.end as usize),
        _ => Span::default(),
    }
}

/// Equal keywords, case ignored; `keyword` is upper case.
pub(crate) fn same(word: &str, keyword: &str) -> bool {
    word.eq_ignore_ascii_case(keyword)
}

/// A quoted identifier without its quotes.
fn unquote(written: &str) -> String {
    let body = written.trim_start_matches(['U', 'u', '&']);
    let unicode = body.len() < written.len();
    let mut chars = body.chars();
    let (open, close) = (chars.next(), chars.next_back());
    let inside = chars.as_str();
    match (open, close) {
        (Some('['), Some(']')) => inside.to_string(),
        (Some(quote), Some(end)) if quote == end => {
            let doubled: String = [quote, quote].iter().collect();
            let value = inside.replace(&doubled, &quote.to_string());
            if unicode { unicode_escapes(&value) } else { value }
        }
        _ => written.to_string(),
    }
}

/// `U&"d\0061t\+000061"`.
fn unicode_escapes(text: &str) -> String {
    let mut out = String::new();
    let mut rest = text;
    while let Some((before, after)) = rest.split_once('\\') {
        out.push_str(before);
        let (digits, length) = match after.strip_prefix('+') {
            Some(long) => (long.get(..6), 7),
            None => (after.get(..4), 4),
        };
        match digits.and_then(|d| u32::from_str_radix(d, 16).ok()).and_then(char::from_u32) {
            Some(c) => {
                out.push(c);
                rest = after.get(length..).unwrap_or("");
            }
            None => {
                out.push('\\');
                rest = after.strip_prefix('\\').unwrap_or(after);
            }
        }
    }
    out.push_str(rest);
    out
}

/// The value of a string literal; escapes beyond doubled quotes and `\'` stay as written.
fn string_value(written: &str) -> String {
    if let Some(body) = written.strip_prefix('$') {
        let tag = body.split('$').next().unwrap_or("").len() + 2;
        return written.get(tag..written.len().saturating_sub(tag)).unwrap_or("").to_string();
    }
    let body = written.trim_start_matches(|c: char| c != '\'' && c != '"');
    let escapes = written.starts_with(['E', 'e']);
    let mut chars = body.chars();
    let quote = chars.next().unwrap_or('\'');
    chars.next_back();
    let doubled: String = [quote, quote].iter().collect();
    let value = chars.as_str().replace(&doubled, &quote.to_string());
    if escapes || quote == '"' { value.replace("\\'", "'").replace("\\\"", "\"") } else { value }
}
