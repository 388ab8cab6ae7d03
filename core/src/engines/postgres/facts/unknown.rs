//! Types and functions that are not there: another product's, a later server's, or misspelled (42704, 42883; seen on 11–18).
//!
//! Only what is sure. Extensions, and what was not given, bring thousands of others: those are taken to exist, and that is said.

use super::{Facts, types};
use crate::change::{
    Change, ColumnDef, ColumnOption, Constraint, ConstraintKind, DataType, Expr, ObjectKind, Volatility,
};
use crate::order::Gather;
use crate::parse::inside;
use crate::source::{Dialect, Lexer, TokenKind};

/// Functions that came with a later server than 11.
const LATER: [(&str, u16); 24] = [
    ("any_value", 16),
    ("array_reverse", 18),
    ("array_sample", 16),
    ("array_shuffle", 16),
    ("array_sort", 18),
    ("bit_count", 14),
    ("casefold", 18),
    ("crc32", 18),
    ("date_bin", 14),
    ("gcd", 13),
    ("jsonb_path_exists", 12),
    ("jsonb_path_match", 12),
    ("jsonb_path_query", 12),
    ("jsonb_path_query_array", 12),
    ("jsonb_path_query_first", 12),
    ("lcm", 13),
    ("random_normal", 16),
    ("regexp_count", 15),
    ("regexp_instr", 15),
    ("regexp_like", 15),
    ("regexp_substr", 15),
    ("trim_array", 14),
    ("uuidv4", 18),
    ("uuidv7", 18),
];

/// Why the server refuses a change for a type or a function that it does not know.
pub(super) fn refused(facts: Facts<'_>, change: &Change) -> Option<String> {
    let of_type = || of_change(change).into_iter().find_map(|data_type| type_refused(facts, data_type));
    of_type().or_else(|| texts(change).into_iter().find_map(|text| function_refused(facts, text)))
}

/// What has to be assumed of the functions that a change calls.
pub(super) fn assumed(facts: Facts<'_>, change: &Change) -> Vec<String> {
    let unknown = |expr: &&Expr| expr.volatility == Volatility::Unknown && !facts.schema().is_empty();
    let exprs = match change {
        Change::SetDefault { default, .. } => vec![default],
        Change::AddConstraint { constraint, .. } => check(constraint).into_iter().gather(),
        _ => Vec::new(),
    };
    exprs.into_iter().filter(unknown).map(|expr| format!("every function in {} exists", expr.text)).gather()
}

fn of_change(change: &Change) -> Vec<&DataType> {
    match change {
        Change::AddColumn { column, .. } => column.data_type.iter().gather(),
        Change::CreateTable(def) => def.columns.iter().filter_map(|column| column.data_type.as_ref()).gather(),
        Change::ChangeColumnType { to, .. } => vec![to],
        _ => Vec::new(),
    }
}

fn type_refused(facts: Facts<'_>, data_type: &DataType) -> Option<String> {
    let base = data_type.base.split('(').next().unwrap_or_default();
    let since = match base {
        "jsonpath" => 12,
        "xid8" | "pg_snapshot" | "regcollation" => 13,
        _ if base.ends_with("multirange") => 14,
        _ => 0,
    };
    let name = data_type.name();
    if facts.schema().may_be_type(&name) || name.schema.is_some() {
        return None;
    }
    if types::is_built_in(base) {
        let sized = ["bit", "char", "interval", "numeric", "time", "varbit", "varchar"]
            .iter()
            .any(|known| base.starts_with(known));
        let size = data_type.args.first().copied();
        let nothing = size == Some(0) && ["bit", "char", "numeric", "varbit", "varchar"].contains(&base);
        return if nothing || base == "numeric" && size.is_some_and(|size| size > 1_000) {
            Some(format!("{} is out of bounds for {base} (22023)", size.unwrap_or_default()))
        } else if !facts.since(since) {
            Some(format!("type {base} exists since PostgreSQL {since} (42704)"))
        } else if !data_type.args.is_empty() && !sized {
            Some(format!("{base} takes no length (42601)"))
        } else {
            None
        };
    }
    let foreign = types::FOREIGN.split(' ').any(|known| known == base);
    let meant = types::meant(base);
    (foreign || meant.is_some()).then(|| {
        let meant = meant.map(|meant| format!("; {meant} is meant")).unwrap_or_default();
        format!("no type is called {base} in PostgreSQL, nor in the schema that is known (42704){meant}")
    })
}

pub(super) fn function_refused(facts: Facts<'_>, text: &str) -> Option<String> {
    let schema = facts.schema();
    let made = |name: &str| {
        let all = [ObjectKind::Function, ObjectKind::Aggregate].into_iter().flat_map(|kind| schema.objects_of(kind));
        all.into_iter().any(|object| object.name.object.value == name)
    };
    calls(text, Dialect::of(facts.world.target)).0.into_iter().filter(|name| !made(name)).find_map(|name| {
        let later = LATER.iter().find(|(known, since)| *known == name && !facts.since(*since));
        let later = later.filter(|_| !schema.is_empty()).map(|(_, since)| format!("it came with PostgreSQL {since}"));
        let why = later.or_else(|| inside::meant_function(&name).map(|meant| format!("{meant} is meant")))?;
        Some(format!("no function is called {name} on this server, nor in the schema that is known (42883): {why}"))
    })
}

/// Expressions and queries of a change.
fn texts(change: &Change) -> Vec<&str> {
    match change {
        Change::AddColumn { column, .. } => of_column(column),
        Change::CreateTable(def) => {
            let checks = def.constraints.iter().filter_map(check).map(|expr| expr.text.as_str());
            def.columns.iter().flat_map(of_column).chain(checks).gather()
        }
        Change::SetDefault { default, .. } => vec![&default.text],
        Change::AddConstraint { constraint, .. } => {
            check(constraint).map(|expr| expr.text.as_str()).into_iter().gather()
        }
        Change::CreateIndex(index) => {
            let parts = index.parts.iter().filter(|part| part.column.is_none()).map(|part| part.text.as_str());
            parts.chain(index.filter.as_ref().map(|filter| filter.text.as_str())).gather()
        }
        Change::SetColumnOption { option: ColumnOption::SetExpression(expr), .. } => vec![&expr.text],
        Change::ChangeColumnType { using, .. } => using.iter().map(|expr| expr.text.as_str()).gather(),
        Change::CreateView { query, .. } => vec![query],
        _ => Vec::new(),
    }
}

fn of_column(column: &ColumnDef) -> Vec<&str> {
    let generated = column.generated.as_ref().map(|generated| &generated.expr);
    let checks = column.constraints.iter().filter_map(check);
    column.default.iter().chain(generated).chain(checks).map(|expr| expr.text.as_str()).gather()
}

fn check(constraint: &Constraint) -> Option<&Expr> {
    match &constraint.kind {
        ConstraintKind::Check { expr } => Some(expr),
        _ => None,
    }
}

/// Words before a bracket, without a schema, that stand nowhere else alone as the name of a query in WITH does, and the words that
/// stand alone; in lower case.
pub(super) fn calls(text: &str, dialect: Dialect) -> (Vec<String>, Vec<String>) {
    let mut lexer = Lexer::new(text, dialect);
    let tokens: Vec<_> = std::iter::from_fn(|| lexer.next_token()).filter(|t| t.kind != TokenKind::Comment).gather();
    let kind = |at: usize| tokens.get(at).map(|token| token.kind);
    let (mut called, mut alone) = (Vec::new(), Vec::new());
    for (at, token) in tokens.iter().enumerate().filter(|(_, token)| token.kind == TokenKind::Word) {
        let qualified = kind(at.wrapping_sub(1)) == Some(TokenKind::Dot);
        match kind(at + 1) {
            Some(TokenKind::OpenParen) if !qualified => called.push(token.of(text).to_ascii_lowercase()),
            _ => alone.push(token.of(text).to_ascii_lowercase()),
        }
    }
    called.retain(|name| !alone.contains(name));
    (called, alone)
}
