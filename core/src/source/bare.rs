//! SQL without its comments.

use super::dialect::Dialect;
use super::lex::{Lexer, TokenKind};
use std::borrow::Cow;

/// The text with a space in place of every comment.
pub fn without_comments(text: &str, dialect: Dialect) -> Cow<'_, str> {
    let possible = text.contains("--") || text.contains("/*") || (dialect.hash_comments && text.contains('#'));
    if !possible {
        return Cow::Borrowed(text);
    }
    let mut lexer = Lexer::new(text, dialect);
    let (mut out, mut end) = (String::with_capacity(text.len()), 0);
    while let Some(token) = lexer.next_token() {
        if token.kind == TokenKind::Comment {
            out.push_str(text.get(end..token.start as usize).unwrap_or_default());
            out.push(' ');
            end = token.end as usize;
        }
    }
    out.push_str(text.get(end..).unwrap_or_default());
    Cow::Owned(out)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::target::Target;

    #[test]
    fn comments_go_and_strings_stay() {
        let bare = |text: &str, engine: &str| {
            Target::parse(engine).map(|target| without_comments(text, Dialect::of(target)).into_owned()).ok()
        };
        assert_eq!(bare("a -- x\n IS /* y */ NULL", "postgres").as_deref(), Some("a  \n IS   NULL"));
        assert_eq!(bare("'--' || \"/*\" || b", "postgres").as_deref(), Some("'--' || \"/*\" || b"));
        assert_eq!(bare("a # x\n= 1", "mysql").as_deref(), Some("a  \n= 1"));
        assert_eq!(bare("a #> b", "postgres").as_deref(), Some("a #> b"));
    }
}
