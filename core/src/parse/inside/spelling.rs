//! Our tokens in the parser's spelling.
//!
//! In: the tokens of one expression. Out: `sqlparser`'s tokens for it: literals without their text, which nobody reads; queries
//! as a call of a function that nobody knows, since nothing is known of what they read anyway; words and operators that the parser has not, as ones that
//! read the same columns and stand in the same place. Never: an operator that could give another value than it says
//! (those become `OPERATOR(…)`, whose value is unknown).

use super::cursor::{Cursor, unquoted};
use super::tokens::Kind;
use crate::order::PushAll;
use sqlparser::keywords::{ALL_KEYWORDS, ALL_KEYWORDS_INDEX, Keyword};
use sqlparser::tokenizer::{Token, Word};

/// What stands for a query: a function of no server.
const QUERY: &str = "zz_lockstep_query";

/// The expression for the parser.
pub(super) fn tokens(expression: &Cursor<'_>) -> Vec<Token> {
    let mut spelling = Spelling { here: *expression, out: Vec::with_capacity(expression.remaining().len()) };
    while !spelling.here.at_end() {
        spelling.next();
    }
    spelling.out
}

struct Spelling<'a> {
    here: Cursor<'a>,
    out: Vec<Token>,
}

/// A bare word. Keywords are ASCII: `Token::make_word` folds all of Unicode and brings its tables.
fn word(word: &str) -> Token {
    let folded = word.to_ascii_uppercase();
    let place = ALL_KEYWORDS.binary_search(&folded.as_str()).ok();
    let keyword = place.and_then(|place| ALL_KEYWORDS_INDEX.get(place)).copied().unwrap_or(Keyword::NoKeyword);
    Token::Word(Word { value: word.to_string(), quote_style: None, keyword })
}

fn quoted(name: String) -> Token {
    Token::Word(Word { value: name, quote_style: Some('"'), keyword: Keyword::NoKeyword })
}

impl<'a> Spelling<'a> {
    fn next(&mut self) {
        let Some(token) = self.here.token(0) else { return };
        let source = self.here.source(token);
        let spelled = match token.kind {
            Kind::Operator => return self.operator(),
            Kind::Word => return self.word(source),
            Kind::Open if self.opens_query() => return self.query(),
            Kind::Quoted => quoted(unquoted(source)),
            // `'a' 'b'` is one literal.
            Kind::Text if matches!(self.out.last(), Some(Token::SingleQuotedString(_))) && !self.here.sqlite() => {
                return self.pass();
            }
            Kind::Text if self.extracts() => word("EPOCH"),
            // Of a pattern the first character counts.
            Kind::Text if matches!(self.out.last(), Some(Token::Word(last)) if last.value.eq_ignore_ascii_case("like")) => {
                Token::SingleQuotedString(self.here.source(token).chars().skip(1).take(1).collect())
            }
            Kind::Text => Token::SingleQuotedString(String::new()),
            Kind::Number => Token::Number(source.to_string(), false),
            // A variable of MySQL is a word to the parser.
            Kind::Param if source.starts_with('@') && self.here.mysql() => word(source),
            Kind::Param => Token::Placeholder(source.to_string()),
            Kind::Cast => Token::DoubleColon,
            Kind::Dot if self.starts_number() => return self.pass(),
            Kind::Dot => Token::Period,
            Kind::Comma => Token::Comma,
            Kind::Open => Token::LParen,
            Kind::Close => Token::RParen,
            Kind::OpenSquare => Token::LBracket,
            Kind::CloseSquare => Token::RBracket,
            Kind::Stray => Token::Char(source.chars().next().unwrap_or_default()),
        };
        self.push(spelled);
    }

    /// Gives one token for the one that stands here.
    fn push(&mut self, token: Token) {
        self.out.push(token);
        self.pass();
    }

    /// Goes on by one token, into brackets.
    fn pass(&mut self) {
        self.here.enter();
    }

    fn opens_query(&self) -> bool {
        self.here.is_at(1, "SELECT") || self.here.is_at(1, "WITH")
    }

    /// `EXISTS (SELECT …)` and `ARRAY (SELECT …)` are one call, too: behind these words the parser takes nothing but a query.
    fn query(&mut self) {
        self.out.pop_if(|last| is_word(last, &["EXISTS", "ARRAY"]));
        self.here.step();
        self.out.push_all([Token::LParen, word(QUERY), Token::LParen, Token::RParen, Token::RParen]);
    }

    /// `EXTRACT('epoch' FROM …)`.
    fn extracts(&self) -> bool {
        matches!(self.out.as_slice(), [.., before, Token::LParen] if is_word(before, &["EXTRACT"]))
    }

    /// `.5`, not `a.5`.
    fn starts_number(&self) -> bool {
        self.here.kind(1) == Some(Kind::Number) && !self.follows_operand()
    }

    /// Whether a value or a name ends before here.
    fn follows_operand(&self) -> bool {
        const BETWEEN_OPERANDS: [&str; 9] = ["AND", "OR", "NOT", "XOR", "CASE", "WHEN", "THEN", "ELSE", "IS"];
        match self.out.last() {
            Some(Token::Word(last)) => !BETWEEN_OPERANDS.iter().any(|word| last.value.eq_ignore_ascii_case(word)),
            Some(Token::Number(..) | Token::SingleQuotedString(_) | Token::Placeholder(_)) => true,
            Some(Token::RParen | Token::RBracket) => true,
            _ => false,
        }
    }

    fn word(&mut self, source: &str) {
        let opens = self.here.kind(1) == Some(Kind::Open);
        match () {
            () if self.here.is("SOME") && opens => self.quantifier("ANY"),
            () if self.here.is_any(&["ANY", "ALL"]) && opens => self.quantifier(source),
            () if self.here.is("IS") => self.is(),
            () if self.here.mysql() => self.word_of_mysql(source),
            () => self.word_of_others(source, opens),
        }
    }

    fn word_of_mysql(&mut self, source: &str) {
        let signed = |token: &Token| is_word(token, &["SIGNED", "UNSIGNED"]);
        match () {
            () if self.here.is("DIV") => self.push(Token::Div),
            // Asks about two values, as other operators do.
            () if self.here.are(&["MEMBER", "OF"]) => {
                self.push(Token::Pipe);
                self.pass();
            }
            // `CAST(a AS UNSIGNED INTEGER)`, `CAST(a AS UNSIGNED ARRAY)`.
            () if self.here.is("INTEGER") && self.out.last().is_some_and(signed) => self.pass(),
            () if self.here.is("ARRAY") && self.here.kind(1) == Some(Kind::Close) => self.pass(),
            // `BINARY a` compares the same column by its bytes; `CONVERT(a, BINARY)` names a type.
            () if self.here.is("BINARY") && !self.follows_operand() && self.begins_operand(1) => self.pass(),
            () => self.push(word(source)),
        }
    }

    fn begins_operand(&self, ahead: usize) -> bool {
        matches!(self.here.kind(ahead), Some(Kind::Word | Kind::Quoted | Kind::Text | Kind::Number | Kind::Param))
    }

    fn word_of_others(&mut self, source: &str, opens: bool) {
        const GEOMETRIC: [&str; 7] = ["POINT", "LINE", "LSEG", "BOX", "PATH", "POLYGON", "CIRCLE"];
        let postgres = self.here.postgres();
        match () {
            () if self.here.is_any(&["GLOB", "MATCH"]) && !postgres && !opens => self.push(word("LIKE")),
            () if self.here.is("OVERLAPS") && postgres => self.push(Token::Overlap),
            // `box '((1,1),(0,0))'`.
            () if self.here.is_any(&GEOMETRIC) && postgres && self.here.kind(1) == Some(Kind::Text) => self.pass(),
            () if self.here.is("INTERVAL") && self.out.last().is_some_and(is_before_type) => self.interval_type(),
            () if self.here.is("ISNULL") && self.follows_operand() => self.null_test(&["IS", "NULL"]),
            () if self.here.is("NOTNULL") && self.follows_operand() => self.null_test(&["IS", "NOT", "NULL"]),
            () if self.here.are(&["NOT", "NULL"]) && self.follows_operand() => {
                self.pass();
                self.null_test(&["IS", "NOT", "NULL"]);
            }
            () => self.push(word(source)),
        }
    }

    fn null_test(&mut self, words: &[&str]) {
        self.out.push_all(words.iter().map(|said| word(said)));
        self.pass();
    }

    /// `interval day to second(3)`: the fields are no part of the parser's type.
    fn interval_type(&mut self) {
        const FIELDS: [&str; 6] = ["YEAR", "MONTH", "DAY", "HOUR", "MINUTE", "SECOND"];
        self.push(word("INTERVAL"));
        if self.here.eat_any(&FIELDS) && self.here.eat("TO") {
            self.here.eat_any(&FIELDS);
        }
        self.here.group();
    }

    /// `ANY (…)` stays behind a comparison; behind another operator the parser has not got it, and the array alone reads the same.
    fn quantifier(&mut self, spelled: &str) {
        let compares =
            matches!(self.out.last(), Some(Token::Eq | Token::Neq | Token::Lt | Token::LtEq | Token::Gt | Token::GtEq));
        let matches = self.out.last().is_some_and(|token| is_word(token, &["LIKE", "ILIKE"]));
        let operator = matches!(
            self.out.last(),
            Some(
                Token::Tilde
                    | Token::TildeAsterisk
                    | Token::ExclamationMarkTilde
                    | Token::ExclamationMarkTildeAsterisk
                    | Token::DoubleTilde
                    | Token::DoubleTildeAsterisk
                    | Token::ExclamationMarkDoubleTilde
                    | Token::ExclamationMarkDoubleTildeAsterisk
            )
        );
        if compares || !(matches || operator) {
            self.push(word(spelled));
        } else {
            self.pass();
        }
    }

    /// `IS [NOT] JSON …` and `IS [NOT] NFC NORMALIZED` ask about one value, as `IS [NOT] NULL` does.
    fn is(&mut self) {
        const FORMS: [&str; 4] = ["NFC", "NFD", "NFKC", "NFKD"];
        self.push(word("IS"));
        let negated = self.here.is("NOT");
        let mut ahead = self.here;
        ahead.eat("NOT");
        let asked = if ahead.eat("JSON") {
            ahead.eat_any(&["VALUE", "SCALAR", "ARRAY", "OBJECT"]);
            if ahead.eat_any(&["WITH", "WITHOUT"]) {
                ahead.eat("UNIQUE");
                ahead.eat("KEYS");
            }
            true
        } else {
            ahead.eat_any(&FORMS);
            ahead.eat("NORMALIZED")
        };
        if asked {
            self.here = ahead;
            self.out.push_all(negated.then(|| word("NOT")));
            self.out.push(word("NULL"));
        }
    }

    fn operator(&mut self) {
        let (first, mut last) = (self.here, self.here);
        last.step();
        if self.here.postgres() {
            last = self.whole_operator();
        }
        let source = first.source_to(&last);
        match spelled(source, &self.here) {
            _ if self.here.postgres() && PREFIXES.contains(&source) && !self.follows_operand() => {
                self.out.push(Token::AtSign);
            }
            Some(token) => self.out.push(token),
            None if self.here.postgres() => {
                self.out.push_all([word("OPERATOR"), Token::LParen, word("unknown"), Token::RParen]);
            }
            None => self.out.push(Token::Char(source.chars().next().unwrap_or_default())),
        }
        self.here = last;
    }

    /// PostgreSQL reads operator characters as far as they go, but only some operators may end in a sign.
    fn whole_operator(&self) -> Cursor<'a> {
        let mut end = self.here;
        end.step();
        let mut longest = end;
        while end.kind(0) == Some(Kind::Operator) && end.touches_the_last() {
            end.step();
            let source = self.here.source_to(&end);
            if !source.ends_with(['+', '-']) || source.contains(['~', '!', '@', '#', '%', '^', '&', '|', '?']) {
                longest = end;
            }
        }
        longest
    }
}

fn is_word(token: &Token, words: &[&str]) -> bool {
    matches!(token, Token::Word(said) if words.iter().any(|word| said.value.eq_ignore_ascii_case(word)))
}

fn is_before_type(token: &Token) -> bool {
    *token == Token::DoubleColon || is_word(token, &["AS"])
}

/// Operators before a value, beside signs: of one value, as `@` is.
const PREFIXES: [&str; 6] = ["@-@", "@@", "#", "?-", "?|", "!!"];

/// Operators of PostgreSQL on shapes, which the parser has not; of two values, as `&&` is.
const GEOMETRIC_OPERATORS: [&str; 14] =
    ["<->", "##", "&<", "&>", "&<|", "|&>", "<<|", "|>>", "<^", ">^", "?-|", "?||", "?#", "~="];

/// The parser's token for an operator; shifts where the parser has none are bit operators like another.
fn spelled(source: &str, here: &Cursor<'_>) -> Option<Token> {
    let postgres = here.postgres();
    Some(match source {
        "=" => Token::Eq,
        "==" if !postgres => Token::DoubleEq,
        "<>" | "!=" => Token::Neq,
        "<" => Token::Lt,
        ">" => Token::Gt,
        "<=" => Token::LtEq,
        ">=" => Token::GtEq,
        "<=>" => Token::Spaceship,
        "+" => Token::Plus,
        "-" => Token::Minus,
        "*" => Token::Mul,
        "/" => Token::Div,
        "%" => Token::Mod,
        "||" => Token::StringConcat,
        "&&" if here.mysql() => word("AND"),
        "&&" => Token::Overlap,
        "&" => Token::Ampersand,
        "|" => Token::Pipe,
        "^" => Token::Caret,
        "<<" if postgres => Token::ShiftLeft,
        ">>" if postgres => Token::ShiftRight,
        "<<" | ">>" => Token::Pipe,
        "->" => Token::Arrow,
        "->>" => Token::LongArrow,
        "=>" => Token::RArrow,
        ":=" => Token::Assignment,
        ":" => Token::Colon,
        "~" if postgres => Token::Tilde,
        // Only before a value, where the parser has a sign but not this.
        "~" => Token::Minus,
        _ if !postgres => return None,
        "#" => Token::Sharp,
        "#>" => Token::HashArrow,
        "#>>" => Token::HashLongArrow,
        "@>" => Token::AtArrow,
        "<@" => Token::ArrowAt,
        "#-" => Token::HashMinus,
        "@?" => Token::AtQuestion,
        "@@" => Token::AtAt,
        "?" => Token::Question,
        "?&" => Token::QuestionAnd,
        "?|" => Token::QuestionPipe,
        "^@" => Token::CaretAt,
        "~*" => Token::TildeAsterisk,
        "!~" => Token::ExclamationMarkTilde,
        "!~*" => Token::ExclamationMarkTildeAsterisk,
        "~~" => Token::DoubleTilde,
        "~~*" => Token::DoubleTildeAsterisk,
        "!~~" => Token::ExclamationMarkDoubleTilde,
        "!~~*" => Token::ExclamationMarkDoubleTildeAsterisk,
        "@" => Token::AtSign,
        "|/" => Token::PGSquareRoot,
        "||/" => Token::PGCubeRoot,
        _ if GEOMETRIC_OPERATORS.contains(&source) => Token::Overlap,
        _ => return None,
    })
}
