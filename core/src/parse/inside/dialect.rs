//! The door to `sqlparser`: an expression in, its syntax tree out.
//!
//! In: the tokens of one expression, spelled by [`spelling`] so that the parser knows them. Out: the tree, all tokens consumed.
//! Never: an expression that [`super::guard`] has not seen; a recursion limit above the default of 50.
//!
//! The version of the parser is chosen by its bytes: from an expression one gets to queries, from these to every statement, and
//! from 0.48 on to their printing too. What it lacks of today's expressions, [`spelling`] says in words that it knows; a test
//! compares with the newest version.

use super::Unread;
use super::cursor::Cursor;
use super::spelling;
use crate::target::Engine;
use sqlparser::ast::Expr;
use sqlparser::dialect::{Dialect, MySqlDialect, PostgreSqlDialect, SQLiteDialect};
use sqlparser::keywords::Keyword;
use sqlparser::parser::{Parser, ParserError};
use sqlparser::tokenizer::Token;
use std::any::TypeId;

/// Grammar of expressions as `sqlparser` has it, without its statements: what a dialect's own methods name is compiled in,
/// needed or not, and takes half of the parser's bytes.
#[derive(Debug)]
struct Expressions(Engine);

impl Dialect for Expressions {
    fn dialect(&self) -> TypeId {
        match self.0 {
            Engine::Postgres => TypeId::of::<PostgreSqlDialect>(),
            Engine::MySql | Engine::MariaDb => TypeId::of::<MySqlDialect>(),
            Engine::Sqlite => TypeId::of::<SQLiteDialect>(),
        }
    }

    // The tokens come from our own lexer.
    fn is_identifier_start(&self, _: char) -> bool {
        false
    }

    fn is_identifier_part(&self, _: char) -> bool {
        false
    }

    fn supports_filter_during_aggregation(&self) -> bool {
        matches!(self.0, Engine::Postgres | Engine::Sqlite)
    }

    fn supports_in_empty_list(&self) -> bool {
        self.0 == Engine::Sqlite
    }

    /// Operators on documents and arrays bind closer than comparisons, in every engine that has them.
    fn get_next_precedence(&self, parser: &Parser<'_>) -> Option<Result<u8, ParserError>> {
        /// Between `|` (21) and `+` (30).
        const OTHER_OPERATORS: u8 = 22;
        let is_other = matches!(
            parser.peek_token().token,
            Token::Arrow
                | Token::LongArrow
                | Token::HashArrow
                | Token::HashLongArrow
                | Token::AtArrow
                | Token::ArrowAt
                | Token::HashMinus
                | Token::AtQuestion
                | Token::AtAt
                | Token::Question
                | Token::QuestionAnd
                | Token::QuestionPipe
        );
        is_other.then_some(Ok(OTHER_OPERATORS))
    }
}

fn dialect(engine: Engine) -> &'static dyn Dialect {
    match engine {
        Engine::Postgres => &Expressions(Engine::Postgres),
        Engine::MySql => &Expressions(Engine::MySql),
        Engine::MariaDb => &Expressions(Engine::MariaDb),
        Engine::Sqlite => &Expressions(Engine::Sqlite),
    }
}

/// An expression's tree.
pub(super) fn expr(expression: &Cursor<'_>) -> Result<Expr, Unread> {
    let tokens = spelling::tokens(expression);
    if leads_to_a_query(&tokens) {
        return Err(Unread::Refused("a query where none is expected".to_string()));
    }
    let mut parser = Parser::new(dialect(expression.target.engine())).with_tokens(tokens);
    let tree = parser.parse_expr().map_err(unread)?;
    // A parser that stops early would otherwise read half of it.
    match parser.peek_token().token {
        Token::EOF => Ok(tree),
        token => Err(Unread::Disagrees(format!("read only up to {token}"))),
    }
}

/// Whether the parser would read a query. None is left by the spelling, so that of the parser's grammar only expressions are
/// used: the page's build leaves out the rest, and the dropping of queries with it (`web/hooks/reorder.mjs`).
fn leads_to_a_query(tokens: &[Token]) -> bool {
    let keyword = |token: &Token| match token {
        Token::Word(word) => word.keyword,
        _ => Keyword::NoKeyword,
    };
    tokens.iter().zip(tokens.iter().skip(1)).any(|(token, next)| {
        matches!((token, keyword(next)), (Token::LParen, Keyword::SELECT | Keyword::WITH))
            || matches!((keyword(token), next), (Keyword::EXISTS | Keyword::ARRAY, Token::LParen))
    })
}

fn unread(error: ParserError) -> Unread {
    match error {
        ParserError::RecursionLimitExceeded => Unread::TooDeep,
        ParserError::ParserError(message) | ParserError::TokenizerError(message) => Unread::Refused(message),
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use crate::change::{Ident, Volatility};
    use crate::parse::inside;
    use crate::target::Target;

    #[test]
    fn queries_are_read_without_the_grammar_of_queries() {
        let target = Target::parse("postgres:16").unwrap();
        for (sql, columns) in [
            ("(SELECT b FROM t)", &[][..]),
            ("a IN (SELECT b FROM t)", &["a"]),
            ("a NOT IN (WITH x AS (SELECT 1) SELECT b FROM t)", &["a"]),
            ("a = ANY (SELECT b FROM t) OR c > ALL (SELECT b FROM t)", &["a", "c"]),
            ("c > 1 AND NOT EXISTS (SELECT b FROM t WHERE d = 2)", &["c"]),
            ("array_length(ARRAY(SELECT b FROM t), 1) > c", &["c"]),
            ("coalesce((SELECT b FROM t), c)", &["c"]),
            ("CASE WHEN EXISTS (SELECT b FROM t) THEN c ELSE (SELECT d FROM t) END", &["c"]),
        ] {
            let read = inside::expr(sql, target);
            assert_eq!(read.volatility, Volatility::Unknown, "{sql}");
            assert_eq!(read.columns, columns.iter().map(|c| Ident::new(*c)).collect::<Vec<_>>(), "{sql}");
        }
        // What would lead to a query all the same is judged by its tokens.
        for sql in LEADING_TO_QUERIES {
            assert_eq!(inside::expr(sql, target).volatility, Volatility::Unknown, "{sql}");
        }
    }

    const LEADING_TO_QUERIES: [&str; 4] =
        ["EXISTS ((SELECT b FROM t))", "EXISTS (VALUES (1))", "ARRAY (TABLE t)", "a IN ((SELECT b FROM t))"];

    /// Nothing in a tree would enter what the page's build leaves out when the tree is dropped.
    #[test]
    fn no_tree_holds_a_query() {
        let places =
            ["{}", "a = {}", "f({})", "f(DISTINCT {}, 1) FILTER (WHERE {})", "CASE WHEN {} THEN {} END", "a[{}]"];
        let queries =
            ["(SELECT 1)", "(WITH x AS (SELECT 1) SELECT b FROM x)", "((SELECT 1))", "(VALUES (1))", "(TABLE t)"];
        let around = ["{}", "EXISTS {}", "ARRAY {}", "a IN {}", "a = ANY {}", "a > ALL {}", "f{}", "CAST({} AS int)"];
        for target in ["postgres:16", "mysql:8.0", "mariadb:11.4", "sqlite:3.45"] {
            let target = Target::parse(target).unwrap();
            let mut texts = LEADING_TO_QUERIES.map(String::from).to_vec();
            for place in places {
                for form in around {
                    texts.extend(queries.iter().map(|query| place.replace("{}", &form.replace("{}", query))));
                }
            }
            for sql in texts {
                let tree = inside::whole(&sql, target, |cursor| Ok(super::expr(&cursor.take_rest()).ok()));
                assert!(!format!("{tree:?}").contains("Query {"), "{sql}");
            }
        }
    }
}
