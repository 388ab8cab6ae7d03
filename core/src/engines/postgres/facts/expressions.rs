//! What a table or an index says wrongly of itself: a column that is not there, an expression that has to give the same at all
//! times and does not, a name that no column may have (seen on 11–18).

use super::Facts;
use super::conditions;
use super::literals::{known, retyped};
use super::names::{is_of_server, is_whole, lacks};
use super::unknown::calls;
use crate::change::{
    AutoNumber, Change, ColumnDef, Constraint, ConstraintKind, Expr, Ident, IndexDef, Name, TableDef, Volatility,
};
use crate::order::Set;
use crate::parse::inside;
use crate::source::{Dialect, has};

/// Functions that are never IMMUTABLE, whatever they are given.
const MUTABLE: &str = "array_to_string clock_timestamp concat concat_ws current_setting format gen_random_uuid \
    json_build_object jsonb_build_object nextval now random row_to_json statement_timestamp timeofday to_char to_date to_json \
    to_jsonb transaction_timestamp";

/// Functions over several rows, of which no other has the name.
const AGGREGATES: [&str; 8] = ["array_agg", "avg", "bool_and", "bool_or", "count", "max", "string_agg", "sum"];

/// Values of that kind, which are words alone.
const VALUES: [&str; 4] = ["current_date", "current_time", "current_timestamp", "current_user"];

/// Words that name a column in quotes only, as far as somebody wants one of that name.
const RESERVED: &str = "all analyze any array asc case column default desc do end for from grant group in left like limit \
    offset on order references right select table then to user when where window with";

/// Why the server refuses what a change says of its own table.
pub(super) fn refused(facts: Facts<'_>, change: &Change, all: &[&Change]) -> Option<String> {
    match change {
        Change::CreateTable(def) => of_table(facts, def),
        Change::AddColumn { table, column, .. } => of_column(facts, column).or_else(|| {
            let exprs = checks(&column.constraints).chain(generated(column));
            let lacking = exprs.into_iter().find_map(|expr| lacks(facts, table, sure(table, expr), all));
            lacking
                .or_else(|| not_boolean(facts, &column.constraints, table, all))
                .or_else(|| computed(facts, table, column))
        }),
        Change::AddConstraint { table, constraint } => of_check(facts, constraint)
            .or_else(|| checks([&**constraint]).find_map(|expr| lacks(facts, table, sure(table, expr), all)))
            .or_else(|| not_boolean(facts, [&**constraint], table, all)),
        Change::CreateIndex(index) => of_index(facts, index, all),
        _ => None,
    }
}

/// A generated column over another one.
fn computed(facts: Facts<'_>, table: &Name, column: &ColumnDef) -> Option<String> {
    let is_computed = |name: &&Ident| facts.schema().column(table, name).is_some_and(|other| other.generated.is_some());
    let other = sure(table, generated(column)?).iter().find(is_computed)?;
    Some(format!("{other} is a generated column, of which no other is computed (42P17)"))
}

fn of_table(facts: Facts<'_>, def: &TableDef) -> Option<String> {
    let columns = || def.columns.iter();
    let mut names: Set<&Ident> = Set::default();
    if let Some(column) = columns().find(|column| !names.insert(&column.name)) {
        return Some(format!("{} has two columns {} (42701)", def.name, column.name));
    }
    if let Some(why) = columns().find_map(|column| of_column(facts, column)) {
        return Some(why);
    }
    let constraints = || columns().flat_map(|column| &column.constraints).chain(&def.constraints);
    let primary = |constraint: &&Constraint| matches!(constraint.kind, ConstraintKind::PrimaryKey { .. });
    if constraints().filter(primary).count() > 1 {
        return Some(format!("{} has two primary keys (42P16)", def.name));
    }
    let known = |column: &&Ident| names.contains(column) || is_of_server(column);
    let keys = def.constraints.iter().flat_map(|constraint| match &constraint.kind {
        ConstraintKind::PrimaryKey { columns } | ConstraintKind::Unique { columns, .. } => columns.as_slice(),
        ConstraintKind::ForeignKey(key) => &key.columns,
        ConstraintKind::NotNull { column } => std::slice::from_ref(column),
        ConstraintKind::Check { .. } | ConstraintKind::Exclude => &[],
    });
    let exprs = checks(constraints()).chain(columns().flat_map(generated));
    let mut named = keys.chain(exprs.flat_map(|expr| sure(&def.name, expr))).filter(|_| is_whole(def));
    let missing =
        named.find(|column| !known(column)).map(|column| format!("{} has no column {column} (42703)", def.name));
    let of = |name: &Ident| def.columns.iter().find(|column| column.name == *name)?.data_type.as_ref();
    missing
        .or_else(|| constraints().find_map(|constraint| of_check(facts, constraint)))
        .or_else(|| checks(constraints()).find_map(|check| conditions::refused(facts, &check.text, of)))
}

/// Checks on a table that are none.
fn not_boolean<'c>(
    facts: Facts<'_>,
    constraints: impl IntoIterator<Item = &'c Constraint>,
    table: &Name,
    all: &[&Change],
) -> Option<String> {
    let of = |name: &Ident| retyped(all, name).or_else(|| known(facts, table, name));
    checks(constraints).find_map(|check| conditions::refused(facts, &check.text, of))
}

fn of_column(facts: Facts<'_>, column: &ColumnDef) -> Option<String> {
    let name = &column.name;
    let word = column.text.split_whitespace().next().unwrap_or_default();
    if is_of_server(name) && name.value != "oid" {
        return Some(format!("{name} is a column of the server's own (42701)"));
    }
    if RESERVED.split_ascii_whitespace().any(|reserved| reserved.eq_ignore_ascii_case(word)) {
        return Some(format!("{word} is a reserved word: a column of that name stands in double quotes (42601)"));
    }
    match &column.auto_number {
        Some(AutoNumber::AutoIncrement) => {
            return Some("PostgreSQL does not know AUTO_INCREMENT: syntax error (42601)".to_string());
        }
        Some(AutoNumber::Identity { .. }) => {
            let base = column.data_type.as_ref().map_or("", |data_type| &data_type.base);
            if matches!(base, "numeric" | "text" | "varchar" | "uuid") {
                return Some(format!("{name} cannot number rows as {base}: smallint, integer or bigint does (22023)"));
            }
        }
        Some(AutoNumber::Serial) | None => {}
    }
    let queries = |default: &&Expr| {
        let text: String = default.text.chars().filter(|c| !c.is_whitespace()).collect();
        !text.contains('\'') && has(&text, "(SELECT")
    };
    if column.default.as_ref().filter(queries).is_some() {
        return Some("a default cannot hold a query (0A000)".to_string());
    }
    generated(column)
        .and_then(|expr| mutable(facts, &expr.text).or_else(|| aggregate(facts, &expr.text)))
        .or_else(|| column.constraints.iter().find_map(|constraint| of_check(facts, constraint)))
}

fn of_check(facts: Facts<'_>, constraint: &Constraint) -> Option<String> {
    let asks = |expr: &Expr| {
        let text: String = expr.text.chars().filter(|c| !c.is_whitespace()).collect();
        has(&text, "(SELECT")
    };
    let query = matches!(&constraint.kind, ConstraintKind::Check { expr } if !expr.text.contains('\'') && asks(expr));
    query.then(|| "a CHECK cannot hold a query (0A000)".to_string()).or_else(|| match &constraint.kind {
        ConstraintKind::Check { expr } => aggregate(facts, &expr.text),
        _ => None,
    })
}

fn of_index(facts: Facts<'_>, index: &IndexDef, all: &[&Change]) -> Option<String> {
    let table = &index.table;
    if facts.schema().view(table).is_some_and(|view| !view.materialized) {
        return Some(format!("{table} is a view, which no index can be on (42809)"));
    }
    if index.method.as_deref() == Some("hash") && (index.unique || index.parts.len() > 1) {
        return Some("a hash index is never unique, nor of several columns (0A000)".to_string());
    }
    let of = |name: &Ident| known(facts, table, name);
    if let Some(why) = index.filter.as_ref().and_then(|filter| conditions::refused(facts, &filter.text, of)) {
        return Some(why);
    }
    let target = facts.world.target;
    let parts = index.parts.iter().filter(|part| part.column.is_none()).map(|part| inside::expr(&part.text, target));
    parts
        .chain(index.filter.clone())
        .find_map(|expr| lacks(facts, table, sure(table, &expr), all).or_else(|| mutable(facts, &expr.text)))
}

/// A function over several rows, where only one is looked at.
fn aggregate(facts: Facts<'_>, text: &str) -> Option<String> {
    let (called, _) = calls(text, Dialect::of(facts.world.target));
    let found = AGGREGATES.into_iter().find(|known| called.iter().any(|word| word == known))?;
    Some(format!("{found} is of several rows, and one is looked at (42803)"))
}

/// A function or value in it that is not IMMUTABLE.
fn mutable(facts: Facts<'_>, text: &str) -> Option<String> {
    let (called, alone) = calls(text, Dialect::of(facts.world.target));
    let mut known = MUTABLE.split_ascii_whitespace().filter(|known| called.iter().any(|word| word == known));
    let found = known.next().or_else(|| VALUES.into_iter().find(|value| alone.iter().any(|word| word == value)))?;
    Some(format!("{found} is not IMMUTABLE, as indexes and generated columns want it (42P17)"))
}

fn checks<'c>(constraints: impl IntoIterator<Item = &'c Constraint>) -> impl Iterator<Item = &'c Expr> {
    constraints.into_iter().filter_map(|constraint| match &constraint.kind {
        ConstraintKind::Check { expr } => Some(expr),
        _ => None,
    })
}

fn generated(column: &ColumnDef) -> Option<&Expr> {
    column.generated.as_ref().map(|generated| &generated.expr)
}

/// The columns of an expression, where all of it was understood.
fn sure<'e>(table: &Name, expr: &'e Expr) -> &'e [Ident] {
    let whole = expr.columns.contains(&table.object);
    if expr.volatility == Volatility::Unknown || whole { &[] } else { &expr.columns }
}
