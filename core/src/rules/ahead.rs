//! What a script makes further on, and which columns its trigger bodies name: read once, asked by every statement.

use crate::change::{Change, ConstraintKind, Ident, Name, ObjectKind, ObjectVerb};
use crate::order::{Gather, Map};
use crate::parse::Script;

/// Look-ups over a whole script.
#[derive(Debug, Default)]
pub struct Ahead<'a> {
    /// Triggers, procedures and functions, by kind and object name: the last statement that makes one.
    made: Map<(ObjectKind, &'a str), usize>,
    /// Columns of the indexes and keys that are made, by the object name of their table.
    indexed: Map<&'a str, Vec<Vec<&'a Ident>>>,
    /// Tables by object name in lower case: the last statement that makes one.
    tables: Map<String, usize>,
    /// What the script names as a column of NEW or OLD.
    rows: RowNames,
    /// What the schema as given names so.
    schema_rows: RowNames,
}

/// Words behind `NEW.` and `OLD.` in capitals: the byte behind the first one of each.
type RowNames = Map<String, usize>;

impl<'a> Ahead<'a> {
    /// Reads a script, its text and the schema as given.
    pub fn read(script: &'a Script, text: &str, schema_text: &str) -> Self {
        let (rows, schema_rows) = (row_names(text), row_names(schema_text));
        let mut ahead = Ahead { rows, schema_rows, ..Ahead::default() };
        for (at, statement) in script.statements.iter().enumerate() {
            for action in &statement.changes {
                ahead.add(at, &action.change);
            }
        }
        ahead
    }

    fn add(&mut self, at: usize, change: &'a Change) {
        if let Change::CreateTable(def) = change {
            self.tables.insert(def.name.object.value.to_lowercase(), at);
        }
        if let Change::Object {
            verb: ObjectVerb::Create | ObjectVerb::Replace,
            kind: kind @ (ObjectKind::Trigger | ObjectKind::Procedure | ObjectKind::Function),
            name: Some(name),
            ..
        } = change
        {
            self.made.insert((*kind, &name.object.value), at);
        }
        let (table, columns): (_, Vec<_>) = match change {
            Change::CreateIndex(index) => {
                (&index.table, index.parts.iter().filter_map(|part| part.column.as_ref()).gather())
            }
            Change::AddConstraint { table, constraint } => match &constraint.kind {
                ConstraintKind::PrimaryKey { columns } | ConstraintKind::Unique { columns, .. } => {
                    (table, columns.iter().gather())
                }
                _ => return,
            },
            _ => return,
        };
        self.indexed.change(&table.object.value, |own| own.push(columns));
    }

    /// The script makes an index or a key of the table that starts with these columns.
    pub fn indexes(&self, table: &Name, columns: &[&Ident]) -> bool {
        let own = self.indexed.get(&table.object.value.as_str());
        own.is_some_and(|own| own.iter().any(|own| starts(own.iter().copied(), columns)))
    }

    /// The schema as given, or the text before a place, names this column of NEW or OLD. `column` is a plain word.
    pub fn names_row_before(&self, place: usize, column: &str) -> bool {
        let column = column.to_ascii_uppercase();
        self.schema_rows.contains_key(&column) || self.rows.get(&column).is_some_and(|end| *end <= place)
    }

    /// A trigger of this name is made by this statement or a later one.
    pub fn makes_trigger(&self, from: usize, name: &Name) -> bool {
        self.makes(ObjectKind::Trigger, from, name)
    }

    /// A table of this name is made by a later statement.
    pub fn makes_table(&self, behind: usize, name: &Name) -> bool {
        self.tables.get(&name.object.value.to_lowercase()).is_some_and(|at| *at > behind)
    }

    /// A trigger, procedure or function of this name is made by this statement or a later one.
    pub fn makes(&self, kind: ObjectKind, from: usize, name: &Name) -> bool {
        self.made.get(&(kind, name.object.value.as_str())).is_some_and(|at| *at >= from)
    }
}

/// A list of columns starts with these.
pub(super) fn starts<'c>(mut own: impl Iterator<Item = &'c Ident>, columns: &[&Ident]) -> bool {
    columns.iter().all(|column| own.next() == Some(*column))
}

/// Part of a plain name.
pub(super) fn is_word(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || byte == b'_'
}

fn row_names(text: &str) -> RowNames {
    let mut found = RowNames::default();
    for (dot, _) in text.match_indices('.') {
        let row = dot.checked_sub(3).and_then(|from| text.as_bytes().get(from..dot)).unwrap_or_default();
        if !(row.eq_ignore_ascii_case(b"NEW") || row.eq_ignore_ascii_case(b"OLD")) {
            continue;
        }
        let behind = text.get(dot + 1..).unwrap_or_default();
        let bare = behind.strip_prefix(['"', '`']).unwrap_or(behind);
        let length = bare.bytes().take_while(|byte| is_word(*byte)).count();
        let end = dot + 1 + (behind.len() - bare.len()) + length;
        let name = bare.get(..length).unwrap_or_default().to_ascii_uppercase();
        if !found.contains_key(&name) {
            found.insert(name, end);
        }
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn columns_of_rows_are_found_as_whole_words_behind_their_place() {
        let script = Script::default();
        let text = "x new.a; OLD.\"Full_Name\" newer.b NEW.c_d renew.e";
        let ahead = Ahead::read(&script, text, "old.`s`");
        let named = |column: &str| ahead.names_row_before(text.len(), column);
        assert!(["A", "full_name", "c_d", "e", "s"].iter().all(|column| named(column)));
        assert!(!["b", "c", "full"].iter().any(|column| named(column)));
        assert!(ahead.names_row_before(7, "a") && !ahead.names_row_before(6, "a"));
    }
}
