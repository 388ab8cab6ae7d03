//! Expressions: when their value changes, which columns they name.
//!
//! In: the tokens of one expression. Out: [`Expr`] with its source text. `sqlparser` takes the expression apart; one that it
//! does not know is judged by its tokens, worse rather than better. Never: an expression called constant by silence.

use super::cursor::Cursor;
use super::tokens::Kind;
use super::{Unread, dialect, functions, guard};
use crate::change::{Expr, Ident, Volatility};
use crate::source::Dialect;
use crate::source::bare::without_comments;
use crate::target::{Engine, Target};
use sqlparser::ast;

/// Reads an expression; every token of `expression` belongs to it.
pub(super) fn read(expression: &Cursor<'_>) -> Result<Expr, Unread> {
    read_with(expression, |_| ()).map(|(expr, _)| expr)
}

/// Reads an expression and lets `look` see its tree, when there is one.
pub(super) fn read_with<T: Default>(
    expression: &Cursor<'_>,
    look: impl FnOnce(&ast::Expr) -> T,
) -> Result<(Expr, T), Unread> {
    let text = without_comments(expression.rest(), Dialect::of(expression.target)).into_owned();
    if expression.at_end() {
        return expression.refuse("an expression");
    }
    if is_lone_literal(expression) {
        return Ok((Expr { text, volatility: Volatility::Constant, columns: Vec::new() }, T::default()));
    }
    guard::check(expression)?;
    let mut walk = Walk { target: expression.target, volatility: Volatility::Constant, columns: Vec::new() };
    let seen = match dialect::expr(expression) {
        Ok(tree) => {
            walk.visit(&tree);
            look(&tree)
        }
        Err(Unread::TooDeep) => return Err(Unread::TooDeep),
        Err(why) => {
            walk.by_tokens(expression, why)?;
            T::default()
        }
    };
    Ok((Expr { text, volatility: walk.volatility, columns: walk.columns }, seen))
}

/// `'x'`, `1`, `-1`, `NULL`, `true`: most defaults; worth no syntax tree.
fn is_lone_literal(expression: &Cursor<'_>) -> bool {
    let signed = expression.is_operator(0, "-") || expression.is_operator(0, "+");
    match expression.remaining().len() {
        1 => {
            matches!(expression.kind(0), Some(Kind::Text | Kind::Number))
                || expression.is_any(&["null", "true", "false"])
        }
        2 => signed && expression.kind(1) == Some(Kind::Number),
        _ => false,
    }
}

/// Whether a tree is a literal, a parameter, or those with a sign, a cast or brackets around.
pub(super) fn is_literal(expr: &ast::Expr) -> bool {
    match expr {
        ast::Expr::Value(_) | ast::Expr::TypedString { .. } | ast::Expr::IntroducedString { .. } => true,
        ast::Expr::Nested(inner) | ast::Expr::UnaryOp { expr: inner, .. } => is_literal(inner),
        ast::Expr::Cast { expr: inner, .. } | ast::Expr::Collate { expr: inner, .. } => is_literal(inner),
        ast::Expr::Identifier(name) => name.quote_style.is_none() && name.value.starts_with('@'),
        _ => false,
    }
}

/// Whether a tree names a column anywhere, or holds what could.
pub(super) fn names_column(expr: &ast::Expr, target: Target) -> bool {
    let mut walk = Walk { target, volatility: Volatility::Constant, columns: Vec::new() };
    walk.visit(expr);
    !walk.columns.is_empty()
}

/// Whether a tree is a bare or qualified column.
pub(super) fn is_column(expr: &ast::Expr) -> bool {
    match expr {
        ast::Expr::Identifier(name) => !name.value.starts_with('@'),
        ast::Expr::CompoundIdentifier(_) => true,
        ast::Expr::Nested(inner) => is_column(inner),
        _ => false,
    }
}

/// A name as the server stores it.
pub(super) fn stored(ident: &ast::Ident, engine: Engine) -> Ident {
    let fold = engine == Engine::Postgres && ident.quote_style.is_none();
    Ident::new(if fold { ident.value.to_ascii_lowercase() } else { ident.value.clone() })
}

struct Walk {
    target: Target,
    volatility: Volatility,
    columns: Vec<Ident>,
}

impl Walk {
    fn worsen(&mut self, volatility: Volatility) {
        self.volatility = self.volatility.max(volatility);
    }

    fn column(&mut self, ident: Ident) {
        if !self.columns.contains(&ident) {
            self.columns.push(ident);
        }
    }

    fn ident(&mut self, ident: &ast::Ident) {
        if ident.quote_style.is_none() {
            if ident.value.starts_with('@') {
                return self.worsen(Volatility::Unknown);
            }
            if let Some(known) = keyword_value(self.target.engine(), &ident.value) {
                return self.worsen(known);
            }
        }
        self.column(stored(ident, self.target.engine()));
    }

    fn visit_all<'a>(&mut self, exprs: impl IntoIterator<Item = &'a ast::Expr>) {
        exprs.into_iter().for_each(|expr| self.visit(expr));
    }

    fn visit(&mut self, expr: &ast::Expr) {
        use ast::Expr as E;
        match expr {
            E::Value(_) | E::TypedString { .. } | E::IntroducedString { .. } => {}
            E::Identifier(ident) => self.ident(ident),
            E::CompoundIdentifier(parts) => {
                if let Some(ident) = parts.last() {
                    self.ident(ident);
                }
            }
            E::CompositeAccess { expr, .. } => self.visit(expr),
            E::Subscript { expr, subscript } => {
                self.visit(expr);
                self.subscript(subscript);
            }
            E::IsFalse(e) | E::IsNotFalse(e) | E::IsTrue(e) | E::IsNotTrue(e) | E::IsNull(e) | E::IsNotNull(e) => {
                self.visit(e)
            }
            E::IsUnknown(e) | E::IsNotUnknown(e) | E::Nested(e) => self.visit(e),
            E::IsDistinctFrom(a, b) | E::IsNotDistinctFrom(a, b) => self.visit_all([&**a, &**b]),
            E::UnaryOp { expr, .. } | E::Cast { expr, .. } | E::Collate { expr, .. } | E::Extract { expr, .. } => {
                self.visit(expr)
            }
            E::Ceil { expr, .. } | E::Floor { expr, .. } => self.visit(expr),
            E::InList { expr, list, .. } => {
                self.visit(expr);
                self.visit_all(list);
            }
            E::Between { expr, low, high, .. } => self.visit_all([&**expr, &**low, &**high]),
            E::BinaryOp { left, op, right } => {
                if matches!(op, ast::BinaryOperator::Custom(_) | ast::BinaryOperator::PGCustomBinaryOperator(_)) {
                    self.worsen(Volatility::Unknown);
                }
                self.visit_all([&**left, &**right]);
            }
            E::AnyOp { left, right, .. } | E::AllOp { left, right, .. } => self.visit_all([&**left, &**right]),
            E::Like { expr, pattern, .. }
            | E::ILike { expr, pattern, .. }
            | E::SimilarTo { expr, pattern, .. }
            | E::RLike { expr, pattern, .. } => self.visit_all([&**expr, &**pattern]),
            E::Convert { expr, .. } => self.visit(expr),
            E::AtTimeZone { timestamp, time_zone } => {
                // A zone name is looked up in the server's time zone data: immutable in pg_proc for timestamps.
                self.visit_all([&**timestamp, &**time_zone]);
            }
            E::Position { expr, r#in } => self.visit_all([&**expr, &**r#in]),
            E::Substring { expr, substring_from, substring_for, .. } => {
                self.visit(expr);
                self.visit_all(substring_from.as_deref());
                self.visit_all(substring_for.as_deref());
            }
            E::Trim { expr, trim_what, trim_characters, .. } => {
                self.visit(expr);
                self.visit_all(trim_what.as_deref());
                self.visit_all(trim_characters.iter().flatten());
            }
            E::Overlay { expr, overlay_what, overlay_from, overlay_for } => {
                self.visit_all([&**expr, &**overlay_what, &**overlay_from]);
                self.visit_all(overlay_for.as_deref());
            }
            E::Function(function) => self.function(function),
            E::Case { operand, conditions, results, else_result } => {
                self.visit_all(operand.as_deref());
                conditions.iter().zip(results).for_each(|(when, then)| self.visit_all([when, then]));
                self.visit_all(else_result.as_deref());
            }
            E::Tuple(list) => self.visit_all(list),
            E::Array(array) => self.visit_all(&array.elem),
            E::Interval(interval) => self.visit(&interval.value),
            E::InSubquery { expr, .. } => {
                self.visit(expr);
                self.worsen(Volatility::Unknown);
            }
            // Queries, and forms of other engines: nothing is known of what they read.
            _ => self.worsen(Volatility::Unknown),
        }
    }

    fn subscript(&mut self, subscript: &ast::Subscript) {
        match subscript {
            ast::Subscript::Index { index } => self.visit(index),
            ast::Subscript::Slice { lower_bound, upper_bound, stride } => {
                self.visit_all([lower_bound, upper_bound, stride].into_iter().flatten());
            }
        }
    }

    fn function(&mut self, function: &ast::Function) {
        self.call(&function.name);
        match &function.args {
            ast::FunctionArguments::None => {}
            ast::FunctionArguments::Subquery(_) => self.worsen(Volatility::Unknown),
            ast::FunctionArguments::List(list) => list.args.iter().for_each(|argument| self.argument(argument)),
        }
        self.visit_all(function.filter.as_deref());
        if function.over.is_some() {
            self.worsen(Volatility::Unknown);
        }
    }

    fn argument(&mut self, argument: &ast::FunctionArg) {
        let (ast::FunctionArg::Named { arg, .. } | ast::FunctionArg::Unnamed(arg)) = argument;
        match arg {
            ast::FunctionArgExpr::Expr(expr) => self.visit(expr),
            _ => self.worsen(Volatility::Unknown),
        }
    }

    /// A function of a schema that is not the server's own may do anything; a known volatile name stays volatile.
    fn call(&mut self, name: &ast::ObjectName) {
        let part = |ident: &ast::Ident| ident.value.to_ascii_lowercase();
        let function = name.0.last().map(part).unwrap_or_default();
        let schema = name.0.iter().rev().nth(1).map(part);
        let known = functions::volatility(self.target.engine(), &function);
        let own = matches!(schema.as_deref(), None | Some("pg_catalog"));
        self.worsen(match known {
            Some(Volatility::Volatile) => Volatility::Volatile,
            Some(volatility) if own => volatility,
            _ => Volatility::Unknown,
        });
    }

    /// The judgement without a tree: nothing is known of its value, and every word that is not a keyword, a call or a type is a
    /// column. Text that is no expression, by a comma or a character that SQL has not, is refused.
    fn by_tokens(&mut self, expression: &Cursor<'_>, why: Unread) -> Result<(), Unread> {
        let tokens = expression.remaining();
        if expression.parts().len() > 1 || tokens.iter().any(|token| token.kind == Kind::Stray) {
            return Err(why);
        }
        self.worsen(Volatility::Unknown);
        for (index, token) in tokens.iter().enumerate() {
            let Some(ident) = expression.as_ident(*token) else { continue };
            let near = |offset: usize| tokens.get(index.wrapping_add(offset)).map(|token| token.kind);
            let is_keyword = token.kind == Kind::Word && is_keyword(self.target.engine(), &ident.value);
            let qualifies_or_calls = matches!(near(1), Some(Kind::Dot | Kind::Open));
            let before = tokens.get(index.wrapping_sub(1));
            let of_type = before.is_some_and(|before| before.kind == Kind::Cast);
            let collation = before.is_some_and(|before| expression.source(*before).eq_ignore_ascii_case("collate"));
            if !is_keyword && !qualifies_or_calls && !of_type && !collation {
                self.column(ident);
            }
        }
        Ok(())
    }
}

/// Words that are values without brackets: `CURRENT_USER`.
fn keyword_value(engine: Engine, word: &str) -> Option<Volatility> {
    #[rustfmt::skip]
    const VALUES: [&str; 11] = [
        "current_timestamp", "current_date", "current_time", "localtime", "localtimestamp", "current_user",
        "session_user", "user", "current_role", "current_catalog", "current_schema",
    ];
    let word = word.to_ascii_lowercase();
    VALUES.contains(&word.as_str()).then(|| functions::volatility(engine, &word)).flatten()
}

/// Words of expressions that are neither functions nor columns.
fn is_keyword(engine: Engine, word: &str) -> bool {
    keyword_value(engine, word).is_some() || KEYWORDS.iter().any(|keyword| word.eq_ignore_ascii_case(keyword))
}

#[rustfmt::skip]
const KEYWORDS: [&str; 48] = [
    "and", "or", "not", "xor", "is", "in", "between", "like", "ilike", "rlike", "regexp", "similar", "to", "escape",
    "null", "true", "false", "unknown", "case", "when", "then", "else", "end", "distinct", "from", "for", "at", "time",
    "zone", "collate", "interval", "array", "cast", "convert", "as", "using", "any", "all", "some", "row", "exists",
    "select", "next", "value", "div", "binary", "isnull", "notnull",
];
