//! The door to `sqlparser`: which dialect reads what, and that it reads to the end.
//!
//! In: the text of one expression or type. Out: its syntax tree, all tokens consumed. Never: a text that
//! [`super::guard`] has not seen; a recursion limit above the default of 50.

use super::Unread;
use crate::target::{Engine, Target};
use sqlparser::ast::{DataType, Expr};
use sqlparser::dialect::{Dialect, MySqlDialect, PostgreSqlDialect, SQLiteDialect};
use sqlparser::parser::{Parser, ParserError};
use sqlparser::tokenizer::Token;

fn dialect(target: Target) -> &'static dyn Dialect {
    match target.engine {
        Engine::Postgres => &PostgreSqlDialect {},
        Engine::MySql | Engine::MariaDb => &MySqlDialect {},
        Engine::Sqlite => &SQLiteDialect {},
    }
}

/// An expression's tree.
pub(super) fn expr(text: &str, target: Target) -> Result<Expr, Unread> {
    whole(text, target, Parser::parse_expr)
}

/// A type's tree.
pub(super) fn data_type(text: &str, target: Target) -> Result<DataType, Unread> {
    whole(text, target, Parser::parse_data_type)
}

fn whole<T>(
    text: &str,
    target: Target,
    read: impl FnOnce(&mut Parser<'static>) -> Result<T, ParserError>,
) -> Result<T, Unread> {
    let mut parser = Parser::new(dialect(target)).try_with_sql(text).map_err(unread)?;
    let tree = read(&mut parser).map_err(unread)?;
    // A parser that stops early would otherwise read `DROP INDEX CONCURRENTLY i` as dropping "CONCURRENTLY".
    match parser.peek_token().token {
        Token::EOF => Ok(tree),
        token => Err(Unread::Disagrees(format!("read only up to {token}"))),
    }
}

fn unread(error: ParserError) -> Unread {
    match error {
        ParserError::RecursionLimitExceeded => Unread::TooDeep,
        ParserError::ParserError(message) | ParserError::TokenizerError(message) => Unread::Refused(message),
    }
}
