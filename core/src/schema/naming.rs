//! Names that the server gives to constraints that have none.

use crate::change::{ConstraintKind, Ident, IndexDef};
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
    match target.engine() {
        Engine::Postgres => postgres(table, kind, taken),
        Engine::MySql | Engine::MariaDb => mysql(target, table, kind, taken),
        Engine::Sqlite => None,
    }
}

/// The name that the server gives to an index without one: PostgreSQL's `table_columns_idx`, MySQL's first column.
/// Source: PostgreSQL `ChooseIndexName`, `FigureIndexColname`.
pub fn default_index_name(target: Target, index: &IndexDef, taken: &dyn Fn(&str) -> bool) -> Option<Ident> {
    let parts = || index.parts.iter().map(|p| p.column.clone().or_else(|| function_called(&p.text)));
    match target.engine() {
        Engine::Postgres => {
            let parts = parts().collect::<Option<Vec<_>>>()?;
            let joined = parts.iter().map(|c| c.value.as_str()).collect::<Vec<_>>().join("_");
            (0..1000)
                .map(|n| if n == 0 { "idx".to_string() } else { format!("idx{n}") })
                .map(|label| make_object_name(&index.table.object.value, &joined, &label))
                .find(|name| !taken(name))
                .map(Ident::new)
        }
        Engine::MySql | Engine::MariaDb => {
            let first = parts().next()??;
            (1..1000)
                .map(|n| if n == 1 { first.value.clone() } else { format!("{first}_{n}") })
                .find(|name| !taken(name))
                .map(Ident::new)
        }
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

fn postgres(table: &Ident, kind: &ConstraintKind, taken: &dyn Fn(&str) -> bool) -> Option<Ident> {
    let joined = |columns: &[Ident]| columns.iter().map(|c| c.value.as_str()).collect::<Vec<_>>().join("_");
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
    (0..1000)
        .map(|n| {
            make_object_name(&table.value, &middle, &if n == 0 { label.to_string() } else { format!("{label}{n}") })
        })
        .find(|name| !taken(name))
        .map(Ident::new)
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

fn mysql(target: Target, table: &Ident, kind: &ConstraintKind, taken: &dyn Fn(&str) -> bool) -> Option<Ident> {
    match kind {
        ConstraintKind::PrimaryKey { .. } => Some(Ident::new("PRIMARY")),
        ConstraintKind::Unique { columns, .. } => {
            let base = &columns.first()?.value;
            (1..1000)
                .map(|n| if n == 1 { base.clone() } else { format!("{base}_{n}") })
                .find(|name| !taken(name))
                .map(Ident::new)
        }
        ConstraintKind::ForeignKey(_) => numbered(table, "ibfk", taken),
        ConstraintKind::Check { .. } if target.engine() == Engine::MariaDb => {
            (1..1000).map(|n| format!("CONSTRAINT_{n}")).find(|name| !taken(name)).map(Ident::new)
        }
        ConstraintKind::Check { .. } => numbered(table, "chk", taken),
        ConstraintKind::Exclude | ConstraintKind::NotNull { .. } => None,
    }
}

fn numbered(table: &Ident, label: &str, taken: &dyn Fn(&str) -> bool) -> Option<Ident> {
    (1..1000).map(|n| format!("{}_{label}_{n}", table.value)).find(|name| !taken(name)).map(Ident::new)
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
