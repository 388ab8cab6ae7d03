//! Names as the engine compares them.

use super::{Schema, Table};
use crate::change::{ConstraintKind, Ident, Name, SessionSetting};
use crate::order::{Gather, GatherAll, Map, sorted};
use crate::target::{Engine, Target};
use std::borrow::Cow;

/// A name folded for comparison: default schema left out, case folded where the engine ignores it.
#[derive(Debug, Clone, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(super) struct Key {
    pub(super) object: String,
    pub(super) schema: String,
}

/// The same identifier to this engine. Identifiers are already folded by the parser where quotes matter
/// (PostgreSQL); MySQL compares column names, and SQLite all names, without case.
pub fn same_ident(target: Target, a: &Ident, b: &Ident) -> bool {
    match target.engine() {
        Engine::Postgres => a == b,
        Engine::MySql | Engine::MariaDb | Engine::Sqlite => a.value.eq_ignore_ascii_case(&b.value),
    }
}

impl Schema {
    /// Whether values for these columns name single rows: a whole key is among them, or the row's address. Of a table that is
    /// not known, only a column that is called like a key is taken for one.
    pub fn names_rows(&self, table: &Name, columns: &[Ident]) -> bool {
        let given = |wanted: &Ident| columns.iter().any(|column| self.same(column, wanted));
        let address = match self.target.engine() {
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
                let key: Option<Vec<Ident>> = index.parts.iter().map(|part| part.column.clone()).gather_all();
                key.is_some_and(|key| whole(&key))
            })
    }

    /// A primary key, a unique constraint or a whole unique index has just these columns, in any order.
    pub fn has_key(&self, table: &Name, columns: &[Ident]) -> bool {
        let Some(known) = self.table(table) else { return false };
        let wanted = sorted(columns.to_vec());
        let by_constraint = known.def.constraints.iter().any(|c| match &c.kind {
            ConstraintKind::PrimaryKey { columns } | ConstraintKind::Unique { columns, .. } => {
                sorted(columns.clone()) == wanted
            }
            ConstraintKind::Check { .. }
            | ConstraintKind::ForeignKey(_)
            | ConstraintKind::Exclude
            | ConstraintKind::NotNull { .. } => false,
        });
        by_constraint
            || known.def.indexes.iter().any(|index| {
                let columns: Option<Vec<Ident>> = index.parts.iter().map(|p| p.column.clone()).gather_all();
                index.unique && index.filter.is_none() && columns.is_some_and(|columns| sorted(columns) == wanted)
            })
    }

    pub(super) fn key(&self, name: &Name) -> Key {
        let (object, schema) = self.folded(name);
        Key { object: object.into_owned(), schema: schema.into_owned() }
    }

    /// The key under which a table is kept, if it is known.
    pub(super) fn find(&self, name: &Name) -> Option<Key> {
        self.found(name).map(|(key, _)| key.clone())
    }

    /// A table with the key under which it is kept, if it is known.
    pub(super) fn found(&self, name: &Name) -> Option<(&Key, &Table)> {
        // Asked some forty times a statement, and most names need no folding.
        if let (Engine::Postgres, None) = (self.target.engine(), &name.schema) {
            return self.tables.find(&name.object.value, self.session.path(), false);
        }
        let (object, schema) = self.folded(name);
        // A dump of one MySQL database does not say which.
        let found = self.tables.find(&object, &schema, self.home_is_unknown());
        if name.schema.is_none() || self.target.engine().is_mysql_family() {
            return found;
        }
        // Under its full name a table is not the temporary one that hides it, and the other way round.
        if schema.contains("temp") {
            return found.or_else(|| self.tables.find(&object, "", false).filter(|(_, table)| table.def.temporary));
        }
        found.filter(|(_, table)| !table.def.temporary)
    }

    fn home_is_unknown(&self) -> bool {
        self.target.engine().is_mysql_family() && self.session.home().is_none()
    }

    /// It is taken for a table whose database is not known.
    pub fn may_be_elsewhere(&self, name: &Name) -> bool {
        self.home_is_unknown()
            && !self.folded(name).1.is_empty()
            && self.found(name).is_some_and(|(key, _)| key.schema.is_empty())
    }

    /// Whether a USE says of which database everything is that was given.
    pub fn names_home(&self, setting: &SessionSetting) -> bool {
        let mut session = self.session.clone();
        session.set(setting);
        self.session.home().is_none() && session.home().is_some() && !self.is_empty()
    }

    /// No such table is known, but one of that name in the default schema.
    pub fn is_elsewhere(&self, name: &Name) -> bool {
        self.found(name).is_none() && self.tables.find(&self.fold(&name.object), "", false).is_some()
    }

    /// Object and schema as they are compared.
    fn folded<'n>(&'n self, name: &'n Name) -> (Cow<'n, str>, Cow<'n, str>) {
        let default = match self.target.engine() {
            Engine::Postgres => "public",
            Engine::Sqlite => "main",
            Engine::MySql | Engine::MariaDb => "",
        };
        let schema = match &name.schema {
            None => Cow::Borrowed(self.session.path()),
            Some(schema) => Some(self.fold(schema)).filter(|schema| schema != default).unwrap_or_default(),
        };
        let schema = if self.session.home() == Some(&*schema) { Cow::Borrowed("") } else { schema };
        (self.fold(&name.object), schema)
    }

    fn fold<'n>(&self, ident: &'n Ident) -> Cow<'n, str> {
        let lower = |byte: &u8| byte.is_ascii() && !byte.is_ascii_uppercase();
        match self.target.engine() {
            Engine::Postgres => Cow::Borrowed(&ident.value),
            Engine::MySql | Engine::MariaDb | Engine::Sqlite if ident.value.as_bytes().iter().all(lower) => {
                Cow::Borrowed(&ident.value)
            }
            Engine::MySql | Engine::MariaDb | Engine::Sqlite => Cow::Owned(ident.value.to_lowercase()),
        }
    }
}

/// The first entry of that object name, whatever its schema.
pub(super) fn any_schema<'a, V>(map: &'a Map<Key, V>, key: &Key) -> Option<&'a V> {
    let first = Key { object: key.object.clone(), schema: String::new() };
    map.range(first..).next().filter(|(found, _)| found.object == key.object).map(|(_, value)| value)
}

/// The text of a trigger runs a function, which the trigger or its table may be called like.
pub fn runs(trigger: &str, function: &Name) -> bool {
    let behind = trigger.to_ascii_lowercase().rfind("execute").and_then(|at| trigger.get(at..));
    behind.is_some_and(|behind| mentions(behind, &function.object.value))
}

/// Does a piece of SQL name this identifier (as a whole word, quoted or not, not inside a string)?
/// Errs on the side of yes.
pub fn mentions(sql: &str, ident: &str) -> bool {
    if ident.is_empty() {
        return false;
    }
    let (sql, ident) = (sql.to_lowercase(), ident.to_lowercase());
    let is_word = |c: char| c.is_alphanumeric() || c == '_' || c == '$';
    let stands = |written: &str| {
        sql.match_indices(written).any(|(at, _)| {
            let before = sql.get(..at).and_then(|s| s.chars().next_back());
            let after = sql.get(at + written.len()..).and_then(|s| s.chars().next());
            !before.is_some_and(is_word) && !after.is_some_and(is_word)
        })
    };
    // A quote inside a quoted name is written twice.
    let doubled = |quote: &str| ident.contains(quote) && stands(&ident.replace(quote, &quote.repeat(2)));
    stands(&ident) || doubled("\"") || doubled("`")
}

/// `column IS NOT NULL`, with any quotes and parentheses around, alone or as one of several conditions that all hold.
pub(super) fn is_not_null_test(sql: &str, column: &Ident) -> bool {
    conjuncts(sql).iter().any(|part| is_bare_test(part, column))
}

/// `column IS NOT NULL`, with any quotes and parentheses around, and nothing else.
pub fn is_bare_test(sql: &str, column: &Ident) -> bool {
    let bare: String = sql.chars().filter(|c| !matches!(c, '(' | ')' | '`')).collect();
    let words: Vec<&str> = bare.split_whitespace().gather();
    match words.as_slice() {
        [name, is, not, null] => {
            let exact = name.strip_prefix('"').and_then(|name| name.strip_suffix('"'));
            // A quoted name is another column than the same letters in lower case.
            exact.map_or_else(|| name.eq_ignore_ascii_case(&column.value), |name| name == column.value)
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
