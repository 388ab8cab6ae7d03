//! Names that the server gives to constraints that have none.

use crate::change::{ConstraintKind, Ident, IndexDef};
use crate::order::{Gather, GatherAll};
use crate::target::{Engine, Target};

/// The name that the server gives, when it can be told: PostgreSQL's `table_column_key`, MySQL's `PRIMARY`, first column
/// of a unique key, `table_ibfk_n`. `taken` says whether a name is in use already. None where the engine names nothing
/// (SQLite) or the rule cannot be followed.
/// Sources: PostgreSQL `ChooseConstraintName`/`makeObjectName`; MySQL manual, FOREIGN KEY Constraints.
pub fn default_constraint_name(
    target: Target,
    table: &Ident,
    kind: &ConstraintKind,
    taken: &dyn Fn(&str) -> bool,
) -> Option<Ident> {
    of_constraint(target, table, kind)?.free(0, taken).map(|(_, name)| name)
}

/// The names that the server tries, one after the other.
pub(super) enum Names<'a> {
    /// This one, whatever is in use.
    Fixed(&'static str),
    /// The first that is free of so many; the n-th, from 0.
    Counted(usize, Box<dyn Fn(usize) -> String + 'a>),
}

impl Names<'_> {
    /// The first free name from the given one on, and which it is.
    pub fn free(&self, from: usize, taken: &dyn Fn(&str) -> bool) -> Option<(usize, Ident)> {
        match self {
            Names::Fixed(name) => Some((0, Ident::new(*name))),
            Names::Counted(most, nth) => {
                (from..*most).map(|n| (n, nth(n))).find(|(_, name)| !taken(name)).map(|(n, name)| (n, Ident::new(name)))
            }
        }
    }
}

/// Names for an index without one: PostgreSQL's `table_columns_idx`, MySQL's first column.
/// Source: PostgreSQL `ChooseIndexName`, `FigureIndexColname`.
pub(super) fn of_index<'a>(target: Target, index: &'a IndexDef) -> Option<Names<'a>> {
    let parts = || index.parts.iter().map(|p| p.column.clone().or_else(|| function_called(&p.text)));
    match target.engine() {
        Engine::Postgres => {
            let parts = parts().gather_all()?;
            Some(labelled(&index.table.object, joined(&parts), "idx"))
        }
        Engine::MySql | Engine::MariaDb => Some(repeated(parts().next()??.value)),
        Engine::Sqlite => None,
    }
}

/// Names for a constraint.
pub(super) fn of_constraint<'a>(target: Target, table: &'a Ident, kind: &ConstraintKind) -> Option<Names<'a>> {
    match target.engine() {
        Engine::Postgres => postgres(table, kind),
        Engine::MySql | Engine::MariaDb => mysql(target, table, kind),
        Engine::Sqlite => None,
    }
}

/// An expression that is one function call is named after the function.
fn function_called(text: &str) -> Option<Ident> {
    let (name, rest) = text.trim().split_once('(')?;
    let plain = !name.is_empty() && name.chars().all(|c| c.is_ascii_alphanumeric() || c == '_');
    let one_call = rest.find(')').is_some_and(|at| at + 1 == rest.len()) && !rest.contains('(');
    (plain && one_call).then(|| Ident::new(name.to_ascii_lowercase()))
}

fn joined(columns: &[Ident]) -> String {
    columns.iter().map(|c| c.value.as_str()).gather().join("_")
}

fn postgres<'a>(table: &'a Ident, kind: &ConstraintKind) -> Option<Names<'a>> {
    let (middle, label) = match kind {
        ConstraintKind::PrimaryKey { .. } => (String::new(), "pkey"),
        ConstraintKind::Unique { columns, .. } => (joined(columns), "key"),
        ConstraintKind::ForeignKey(fk) => (joined(&fk.columns), "fkey"),
        ConstraintKind::Check { expr } => match expr.columns.as_slice() {
            [one] => (one.value.clone(), "check"),
            _ => (String::new(), "check"),
        },
        ConstraintKind::NotNull { column } => (column.value.clone(), "not_null"),
        ConstraintKind::Exclude => return None,
    };
    Some(labelled(table, middle, label))
}

/// `table_middle_label`, `table_middle_label1`, …
fn labelled<'a>(table: &'a Ident, middle: String, label: &'static str) -> Names<'a> {
    let nth = move |n| match n {
        0 => make_object_name(&table.value, &middle, label),
        _ => make_object_name(&table.value, &middle, &format!("{label}{n}")),
    };
    Names::Counted(1000, Box::new(nth))
}

/// `column`, `column_2`, …
fn repeated<'a>(base: String) -> Names<'a> {
    Names::Counted(999, Box::new(move |n| if n == 0 { base.clone() } else { format!("{base}_{}", n + 1) }))
}

/// PostgreSQL's way to fit `first_second_label` into 63 bytes: the longer of the first two parts loses bytes first.
fn make_object_name(first: &str, second: &str, label: &str) -> String {
    let overhead = label.len() + 1 + usize::from(!second.is_empty());
    let available = 63usize.saturating_sub(overhead);
    let (mut a, mut b) = (first.len(), second.len());
    while a + b > available {
        if a > b { a -= 1 } else { b = b.saturating_sub(1) }
    }
    let cut = |text: &str, mut length: usize| {
        while !text.is_char_boundary(length) {
            length -= 1;
        }
        text.get(..length).unwrap_or_default().to_string()
    };
    let (first, second) = (cut(first, a), cut(second, b));
    if second.is_empty() { format!("{first}_{label}") } else { format!("{first}_{second}_{label}") }
}

fn mysql<'a>(target: Target, table: &'a Ident, kind: &ConstraintKind) -> Option<Names<'a>> {
    match kind {
        ConstraintKind::PrimaryKey { .. } => Some(Names::Fixed("PRIMARY")),
        ConstraintKind::Unique { columns, .. } => Some(repeated(columns.first()?.value.clone())),
        ConstraintKind::ForeignKey(_) => Some(numbered(table, "ibfk")),
        ConstraintKind::Check { .. } if target.engine() == Engine::MariaDb => {
            Some(Names::Counted(999, Box::new(|n| format!("CONSTRAINT_{}", n + 1))))
        }
        ConstraintKind::Check { .. } => Some(numbered(table, "chk")),
        ConstraintKind::Exclude | ConstraintKind::NotNull { .. } => None,
    }
}

fn numbered<'a>(table: &'a Ident, label: &'static str) -> Names<'a> {
    Names::Counted(999, Box::new(move |n| format!("{}_{label}_{}", table.value, n + 1)))
}

#[cfg(test)]
mod tests {
    use super::{function_called, make_object_name};
    use crate::change::Ident;

    #[test]
    fn expression_indexes_are_named_after_the_function() {
        assert_eq!(function_called("lower(name)"), Some(Ident::new("lower")));
        assert_eq!(function_called("(a || b)"), None);
    }

    #[test]
    fn cuts_like_the_server() {
        assert_eq!(make_object_name("users", "email", "key"), "users_email_key");
        let long = make_object_name(&"t".repeat(60), &"c".repeat(40), "fkey");
        assert_eq!(long.len(), 63);
        assert_eq!(long, format!("{}_{}_fkey", "t".repeat(29), "c".repeat(28)));
    }
}
