//! What valid CHECKs prove about the rows of a partition: that they lie within a bound, or that none does.
//!
//! Only bounds over one plain key column are compared, literal by literal. The server's own proof is stricter still (types,
//! operator classes), so a proof is an assumption that the reader is told.

use super::Facts;
use crate::change::{Constraint, ConstraintKind, Ident, Name};
use crate::order::Gather;
use crate::source::{Dialect, Lexer, TokenKind};
use std::cmp::Ordering::{self, Greater, Less};

/// A condition as tokens: words in lower case, names without quotes, literals as written.
type Term = Vec<String>;

/// The bound of a partition over one key column.
enum Bound {
    /// `FROM (low) TO (high)`; none where it is MINVALUE or MAXVALUE.
    Range { low: Option<Term>, high: Option<Term> },
    /// `IN (…)` without NULL.
    List(Vec<Term>),
}

/// The bound of the partition for what fits no other.
pub(super) fn is_default(bound: &str) -> bool {
    bound.trim().eq_ignore_ascii_case("default")
}

/// Valid CHECKs of the partition say its bound, and that of each table above.
pub(super) fn proved(facts: Facts<'_>, parent: &Name, partition: &Name, bound: &str) -> bool {
    let above = facts.schema().bounds_above(parent);
    [(parent, bound)].into_iter().chain(above).all(|(parent, bound)| proved_of(facts, parent, partition, bound))
}

/// A valid CHECK of the partition says the bound, and nothing says that the key can be NULL; for DEFAULT, that it has no row of
/// the other partitions. Observed on 11 to 18: without others nothing is read.
/// Of a parent that is not known, the column that the CHECK bounds is taken for the key.
fn proved_of(facts: Facts<'_>, parent: &Name, partition: &Name, bound: &str) -> bool {
    if is_default(bound) {
        let others = facts.schema().partitions(parent).into_iter().map(|other| &other.def);
        return facts.table(parent).is_some()
            && others
                .filter(|other| !super::same(&other.name, partition))
                .all(|other| excluded(facts, parent, partition, &other.options));
    }
    let reader = Reader::of(facts, parent, partition);
    let Some(bound) = reader.bound(bound) else { return false };
    let terms: Vec<Term> = reader.checks(partition).iter().flat_map(|check| all_of(check)).map(<[_]>::to_vec).gather();
    let named = |column: &String| {
        let not_null = || terms.iter().any(|t| says(t, column, "is", &["not".to_string(), "null".to_string()]));
        bound.holds(column, &terms)
            && (facts.schema().is_not_null(partition, &Ident::new(column.clone())) != Some(false) || not_null())
    };
    match (&reader.key, facts.table(parent)) {
        (Some(key), _) => named(key),
        (None, Some(_)) => false,
        (None, None) => terms.iter().filter_map(|term| term.first()).any(named),
    }
}

/// A valid CHECK of what is or becomes the default partition says that no row of the bound is in it. Observed on 11 to 18: the server then reads
/// no row of it ("is implied by existing constraints").
pub(super) fn excluded(facts: Facts<'_>, parent: &Name, default: &Name, bound: &str) -> bool {
    let reader = Reader::of(facts, parent, default);
    let (Some(bound), Some(key)) = (reader.bound(bound), &reader.key) else { return false };
    reader.checks(default).iter().any(|check| bound.outside(key, check))
}

/// Another partition that has rows of the bound, as far as literals can be compared; a second DEFAULT.
pub(super) fn overlapped<'a>(facts: Facts<'a>, parent: &Name, partition: &Name, bound: &str) -> Option<&'a Name> {
    if is_default(bound) {
        return facts.default_partition(parent);
    }
    let reader = Reader::of(facts, parent, partition);
    let (own, hashed) = (reader.bound(bound), reader.hashed(bound));
    let meets = |other: &str| {
        let same_rows = reader.hashed(other).zip(hashed).is_some_and(|((m, r), (n, s))| {
            // A modulus is a factor of the next larger one.
            let smaller = m.min(n).max(1);
            r % smaller == s % smaller
        });
        same_rows || own.as_ref().zip(reader.bound(other).as_ref()).is_some_and(|(own, other)| own.meets(other))
    };
    let mut others = facts.schema().partitions(parent).into_iter().map(|other| &other.def);
    others.find(|other| !is_default(&other.options) && meets(&other.options)).map(|other| &other.name)
}

/// Reads the texts of one partition.
struct Reader<'a> {
    facts: Facts<'a>,
    /// The key column, when it is known and the only one.
    key: Option<String>,
    /// The type of the key: literals may be cast to it.
    key_type: Option<String>,
}

impl<'a> Reader<'a> {
    fn of(facts: Facts<'a>, parent: &Name, partition: &Name) -> Self {
        let mut reader = Reader { facts, key: None, key_type: None };
        let by = facts.table(parent).and_then(|t| t.def.partition_by.as_deref()).map(|by| reader.terms(by));
        reader.key = by.as_deref().and_then(|by| inside(by)).and_then(|key| match key {
            [column] => Some(column.clone()),
            _ => None,
        });
        let column = reader.key.clone().map(Ident::new);
        let of = |table: &Name| facts.schema().column(table, column.as_ref()?)?.data_type.as_ref();
        reader.key_type = of(partition).or_else(|| of(parent)).map(|t| t.base.clone());
        reader
    }

    /// Tokens; a cast of a literal to the type of the key is left out.
    fn terms(&self, text: &str) -> Term {
        let mut lexer = Lexer::new(text, Dialect::of(self.facts.world.target));
        let tokens: Vec<_> =
            std::iter::from_fn(|| lexer.next_token()).filter(|t| t.kind != TokenKind::Comment).gather();
        let is_type =
            |word: &str| self.key_type.as_deref().is_none_or(|own| own == word || (own == "integer" && word == "int"));
        let mut out = Term::new();
        let mut cast = false;
        for (n, token) in tokens.iter().enumerate() {
            let word = token.of(text).to_ascii_lowercase();
            let string_next = tokens.get(n + 1).is_some_and(|next| next.kind == TokenKind::String);
            if word == "::" {
                cast = true;
            } else if token.kind == TokenKind::Word && (cast || string_next) && is_type(&word) {
                cast = false;
            } else {
                out.push(match token.kind {
                    TokenKind::Quoted => token.of(text).trim_matches('"').to_string(),
                    TokenKind::String => token.of(text).to_string(),
                    _ => word,
                });
            }
        }
        out
    }

    /// None for DEFAULT, for HASH, and for several columns.
    fn bound(&self, text: &str) -> Option<Bound> {
        let terms = self.terms(text);
        let behind = |word: &str| inside(terms.get(terms.iter().position(|t| t == word)?..)?);
        let end = |word: &str, open: &str| {
            let value = behind(word).filter(|v| !v.iter().any(|t| t == ","))?;
            Some(Some(value.to_vec()).filter(|v| v.as_slice() != [open]))
        };
        if let Some(values) = behind("in") {
            let values: Vec<Term> = split(values, ",").into_iter().map(<[_]>::to_vec).gather();
            return (!values.iter().flatten().any(|v| v == "null")).then_some(Bound::List(values));
        }
        Some(Bound::Range { low: end("from", "minvalue")?, high: end("to", "maxvalue")? })
    }

    /// `WITH (MODULUS 4, REMAINDER 1)`.
    fn hashed(&self, bound: &str) -> Option<(u64, u64)> {
        let terms = self.terms(bound);
        let behind = |word: &str| terms.get(terms.iter().position(|term| term == word)? + 1)?.parse().ok();
        Some((behind("modulus")?, behind("remainder")?))
    }

    /// Conditions that every row is known to satisfy.
    fn checks(&self, table: &Name) -> Vec<Term> {
        let valid = |c: &&Constraint| !c.not_valid && !c.not_enforced;
        let constraints = self.facts.schema().constraints(table);
        let texts = constraints.iter().filter(valid).filter_map(|c| match &c.kind {
            ConstraintKind::Check { expr } => Some(self.terms(&expr.text)),
            ConstraintKind::PrimaryKey { .. }
            | ConstraintKind::Unique { .. }
            | ConstraintKind::ForeignKey(_)
            | ConstraintKind::Exclude
            | ConstraintKind::NotNull { .. } => None,
        });
        texts.gather()
    }
}

impl Bound {
    /// The conditions say it of the column.
    fn holds(&self, column: &str, terms: &[Term]) -> bool {
        let said = |test, way, end: &Option<Term>| match end {
            Some(end) => terms.iter().any(|term| limits(term, column, test, way, end)),
            None => true,
        };
        match self {
            Bound::Range { low, high } => said(">=", Greater, low) && said("<", Less, high),
            Bound::List(values) => terms.iter().any(|term| {
                listed(term, column, &["in"]).is_some_and(|given| given.iter().all(|v| values.iter().any(|w| w == v)))
                    || values.iter().any(|value| says(term, column, "=", value))
            }),
        }
    }

    /// The condition holds for no row of the bound: it denies what the bound says, or allows only what lies beside it.
    fn outside(&self, column: &str, check: &[String]) -> bool {
        let null = |term: &[String], not: &[&str]| matches!(unwrapped(term), [name, words @ ..] if name == column && words.iter().eq(not));
        let denied = match unwrapped(check) {
            [not, rest @ ..] if not == "not" && unwrapped(rest).len() < rest.len() => {
                all_of(rest).iter().all(|term| null(term, &["is", "not", "null"]) || self.follows(column, term))
            }
            _ => false,
        };
        denied || any_of(check).iter().all(|term| null(term, &["is", "null"]) || self.beside(column, term))
    }

    /// Some value lies in both.
    fn meets(&self, other: &Bound) -> bool {
        let below = |low: &Option<Term>, high: &Option<Term>| match (low, high) {
            (Some(low), Some(high)) => order(low, high) == Some(Less),
            _ => true,
        };
        match (self, other) {
            (Bound::Range { low, high }, Bound::Range { low: from, high: to }) => below(low, to) && below(from, high),
            (Bound::List(own), Bound::List(values)) => own.iter().any(|value| values.contains(value)),
            _ => false,
        }
    }

    /// Every row of the bound satisfies the condition.
    fn follows(&self, column: &str, term: &[String]) -> bool {
        match self {
            Bound::Range { low, high } => {
                let said =
                    |test, way, end: &Option<Term>| end.as_ref().is_some_and(|e| limits(term, column, test, way, e));
                said(">=", Less, low) || said("<", Greater, high)
            }
            Bound::List(values) => {
                listed(term, column, &["in"]).is_some_and(|given| values.iter().all(|v| given.contains(&v.as_slice())))
            }
        }
    }

    /// No row of the bound satisfies the condition.
    fn beside(&self, column: &str, term: &[String]) -> bool {
        match self {
            Bound::Range { low, high } => {
                let said =
                    |test, way, end: &Option<Term>| end.as_ref().is_some_and(|e| limits(term, column, test, way, e));
                said("<", Less, low) || said(">=", Greater, high)
            }
            Bound::List(values) => listed(term, column, &["not", "in"])
                .is_some_and(|given| values.iter().all(|v| given.contains(&v.as_slice()))),
        }
    }
}

/// `column test value`.
fn says(term: &[String], column: &str, test: &str, value: &[String]) -> bool {
    matches!(unwrapped(term), [name, sign, given @ ..] if name == column && sign == test && unwrapped(given) == value)
}

/// `column test value`, the value being the end of the bound or lying to that side of it.
fn limits(term: &[String], column: &str, test: &str, way: Ordering, end: &[String]) -> bool {
    matches!(unwrapped(term), [name, sign, given @ ..] if name == column && sign == test
        && order(unwrapped(given), end).is_some_and(|found| found == Ordering::Equal || found == way))
}

/// Of two literals: integers, dates in ISO form, and whatever is spelled alike; of others the order is not known.
fn order(given: &[String], end: &[String]) -> Option<Ordering> {
    let (given, end) = (given.concat(), end.concat());
    if given.trim_matches('\'') == end.trim_matches('\'') {
        return Some(Ordering::Equal);
    }
    match (given.parse::<i64>(), end.parse::<i64>()) {
        (Ok(given), Ok(end)) => Some(given.cmp(&end)),
        _ => (given.len() == end.len() && is_date(&given) && is_date(&end)).then(|| given.cmp(&end)),
    }
}

/// `'2026-01-31'`, with a time of day behind it or not.
fn is_date(literal: &str) -> bool {
    let shape = |(n, c): (usize, char)| match n {
        0 => c == '\'',
        5 | 8 => c == '-',
        _ => c.is_ascii_digit() || (n > 10 && matches!(c, ' ' | ':' | '\'')),
    };
    literal.len() > 10 && literal.chars().enumerate().all(shape)
}

/// The values of `column IN (…)`.
fn listed<'t>(term: &'t [String], column: &str, test: &[&str]) -> Option<Vec<&'t [String]>> {
    let (name, rest) = unwrapped(term).split_first()?;
    let (words, list) = rest.split_at_checked(test.len())?;
    let is_list = name == column && words.iter().eq(test) && unwrapped(list).len() < list.len();
    is_list.then(|| split(unwrapped(list), ","))
}

/// The conditions that AND joins, if the text is that.
fn all_of(terms: &[String]) -> Vec<&[String]> {
    let terms = unwrapped(terms);
    // Beside these AND means something else, or joins only a part.
    match ["or", "between", "case"].iter().any(|word| split(terms, word).len() > 1) {
        true => vec![terms],
        false => split(terms, "and").into_iter().flat_map(|part| parts(part, terms, all_of)).gather(),
    }
}

/// The conditions that OR joins.
fn any_of(terms: &[String]) -> Vec<&[String]> {
    let terms = unwrapped(terms);
    split(terms, "or").into_iter().flat_map(|part| parts(part, terms, any_of)).gather()
}

/// A part may be in parentheses again.
fn parts<'t>(part: &'t [String], whole: &[String], again: fn(&[String]) -> Vec<&[String]>) -> Vec<&'t [String]> {
    if part.len() < whole.len() { again(part) } else { vec![part] }
}

/// Cut at a token outside of all parentheses and brackets.
fn split<'t>(terms: &'t [String], at: &str) -> Vec<&'t [String]> {
    let mut depth = 0_i32;
    terms
        .split(|term| {
            depth += nesting(term);
            depth == 0 && term == at
        })
        .gather()
}

/// Without the parentheses around the whole.
fn unwrapped(mut terms: &[String]) -> &[String] {
    while let Some(within) = inside(terms).filter(|within| within.len() + 2 == terms.len()) {
        terms = within;
    }
    terms
}

/// What stands in the first parentheses.
fn inside(terms: &[String]) -> Option<&[String]> {
    let from = terms.iter().position(|term| term == "(")?;
    let mut depth = 0_i32;
    let to = terms.iter().skip(from).position(|term| {
        depth += nesting(term);
        depth == 0
    })?;
    terms.get(from + 1..from + to)
}

fn nesting(term: &str) -> i32 {
    match term {
        "(" | "[" => 1,
        ")" | "]" => -1,
        _ => 0,
    }
}
