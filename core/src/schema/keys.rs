//! Names as the engine compares them.

use super::Schema;
use crate::change::{ConstraintKind, Ident, Name};
use crate::target::{Engine, Target};
use std::collections::BTreeMap;

/// A name folded for comparison: default schema left out, case folded where the engine ignores it.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(super) struct Key {
    pub(super) object: String,
    pub(super) schema: String,
}

/// The same identifier to this engine. Identifiers are already folded by the parser where quotes matter
/// (PostgreSQL); MySQL compares column names, and SQLite all names, without case.
pub fn same_ident(target: Target, a: &Ident, b: &Ident) -> bool {
    match target.engine {
        Engine::Postgres => a == b,
        Engine::MySql | Engine::MariaDb | Engine::Sqlite => a.value.eq_ignore_ascii_case(&b.value),
    }
}

impl Schema {
    /// Whether values for these columns name single rows: a whole key is among them, or the row's address. Of a table that is
    /// not known, only a column that is called like a key is taken for one.
    pub fn names_rows(&self, table: &Name, columns: &[Ident]) -> bool {
        let given = |wanted: &Ident| columns.iter().any(|column| self.same(column, wanted));
        let address = match self.target.engine {
            Engine::Postgres => "ctid",
            Engine::Sqlite => "rowid",
            Engine::MySql | Engine::MariaDb => "_rowid",
        };
        if given(&Ident::new(address)) {
            return true;
        }
        let Some(known) = self.table(table) else {
            return ["id", "uuid", "guid"].iter().any(|name| given(&Ident::new(*name)));
        };
        let whole = |key: &[Ident]| !key.is_empty() && key.iter().all(given);
        let constraint = known.def.constraints.iter().any(|constraint| match &constraint.kind {
            ConstraintKind::PrimaryKey { columns } | ConstraintKind::Unique { columns, .. } => whole(columns),
            ConstraintKind::Check { .. }
            | ConstraintKind::ForeignKey(_)
            | ConstraintKind::NotNull { .. }
            | ConstraintKind::Exclude => false,
        });
        constraint
            || known.def.indexes.iter().filter(|index| index.unique && index.filter.is_none()).any(|index| {
                let key: Option<Vec<Ident>> = index.parts.iter().map(|part| part.column.clone()).collect();
                key.is_some_and(|key| whole(&key))
            })
    }

    pub(super) fn key(&self, name: &Name) -> Key {
        let fold = |ident: &Ident| match self.target.engine {
            Engine::Postgres => ident.value.clone(),
            Engine::MySql | Engine::MariaDb | Engine::Sqlite => ident.value.to_lowercase(),
        };
        let schema = name.schema.as_ref().map(fold).unwrap_or_default();
        let default = match self.target.engine {
            Engine::Postgres => "public",
            Engine::Sqlite => "main",
            Engine::MySql | Engine::MariaDb => "",
        };
        Key { object: fold(&name.object), schema: if schema == default { String::new() } else { schema } }
    }

    /// The key under which a table is kept, if it is known.
    pub(super) fn find(&self, name: &Name) -> Option<Key> {
        let key = self.key(name);
        if self.tables.contains_key(&key) {
            return Some(key);
        }
        let known = self.by_object.get(&key.object)?;
        let mut candidates = known.iter().filter(|k| key.schema.is_empty() || k.schema.is_empty());
        let first = candidates.next()?;
        candidates.next().is_none().then(|| first.clone())
    }
}

/// The first entry of that object name, whatever its schema.
pub(super) fn any_schema<'a, V>(map: &'a BTreeMap<Key, V>, key: &Key) -> Option<&'a V> {
    let first = Key { object: key.object.clone(), schema: String::new() };
    map.range(first..).next().filter(|(found, _)| found.object == key.object).map(|(_, value)| value)
}

/// Does a piece of SQL name this identifier (as a whole word, quoted or not, not inside a string)?
/// Errs on the side of yes.
pub(super) fn mentions(sql: &str, ident: &str) -> bool {
    if ident.is_empty() {
        return false;
    }
    let (sql, ident) = (sql.to_lowercase(), ident.to_lowercase());
    let is_word = |c: char| c.is_alphanumeric() || c == '_' || c == '$';
    sql.match_indices(&ident).any(|(at, _)| {
        let before = sql.get(..at).and_then(|s| s.chars().next_back());
        let after = sql.get(at + ident.len()..).and_then(|s| s.chars().next());
        !before.is_some_and(is_word) && !after.is_some_and(is_word)
    })
}

/// `column IS NOT NULL`, with any quotes and parentheses around, alone or as one of several conditions that all hold.
pub(super) fn is_not_null_test(sql: &str, column: &Ident) -> bool {
    conjuncts(sql).iter().any(|part| is_bare_test(part, column))
}

fn is_bare_test(sql: &str, column: &Ident) -> bool {
    let bare: String = sql.chars().filter(|c| !matches!(c, '(' | ')' | '"' | '`')).collect();
    let words: Vec<&str> = bare.split_whitespace().collect();
    match words.as_slice() {
        [name, is, not, null] => {
            name.eq_ignore_ascii_case(&column.value)
                && is.eq_ignore_ascii_case("is")
                && not.eq_ignore_ascii_case("not")
                && null.eq_ignore_ascii_case("null")
        }
        _ => false,
    }
}

/// The conditions that AND joins outside of all parentheses; the whole text where another word there changes what AND
/// means, or where the word may stand in a string, a quoted name or a comment.
fn conjuncts(sql: &str) -> Vec<String> {
    let whole = vec![sql.to_string()];
    if sql.contains(['\'', '"', '`', '#', '$']) || ["--", "/*", "||"].iter().any(|mark| sql.contains(mark)) {
        return whole;
    }
    let mut depth = 0_usize;
    let mut parts = vec![String::new()];
    for word in sql.split_inclusive(|c: char| c.is_whitespace() || matches!(c, '(' | ')')) {
        let name = word.trim_end_matches(|c: char| c.is_whitespace() || matches!(c, '(' | ')'));
        let outside = depth == 0;
        if outside && ["OR", "BETWEEN", "CASE", "XOR"].iter().any(|other| name.eq_ignore_ascii_case(other)) {
            return whole;
        }
        if outside && name.eq_ignore_ascii_case("AND") {
            parts.push(word.chars().skip(name.len()).collect());
        } else if let Some(part) = parts.last_mut() {
            part.push_str(word);
        }
        depth = match word.chars().last() {
            Some('(') => depth + 1,
            Some(')') => depth.saturating_sub(1),
            _ => depth,
        };
    }
    parts
}
