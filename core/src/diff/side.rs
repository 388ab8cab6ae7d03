//! One of the two schemas: its text, its statements, what they make.

use crate::change::{Change, Ident, Name, ObjectKind, ObjectVerb, TableDef, TableOption};
use crate::parse::{self, Script, Statement};
use crate::schema::{Schema, Table, mentions};
use crate::target::Target;

/// A schema as read.
pub(super) struct Side<'a> {
    text: &'a str,
    pub script: Script,
    pub schema: Schema,
}

impl<'a> Side<'a> {
    pub fn read(text: &'a str, target: Target) -> Self {
        let script = parse::parse(text, target);
        let mut schema = Schema::new(target);
        apply(&mut schema, text, &script);
        Side { text, script, schema }
    }

    /// The table of this name in this schema: one of the same name in another schema is another table.
    pub fn table(&self, name: &Name) -> Option<&Table> {
        exactly(&self.schema, name)
    }

    pub fn sql(&self, statement: &Statement) -> &'a str {
        statement.span.of(self.text)
    }

    /// Whether row-level security of a table is enabled, and forced, as the last statements say.
    pub fn row_security(&self, table: &Name) -> [bool; 2] {
        let mut on = [false; 2];
        for statement in &self.script.statements {
            for action in &statement.changes {
                let Change::SetTableOption { table: own, option: TableOption::RowSecurity } = &action.change else {
                    continue;
                };
                if !self.schema.same_relation(own, table) {
                    continue;
                }
                let said = action.span.of(self.text).to_uppercase();
                let verb = |verb: &str| mentions(&said, verb);
                match on.as_mut_slice() {
                    [_, forced] if verb("FORCE") => *forced = !verb("NO"),
                    [enabled, _] => *enabled = verb("ENABLE"),
                    _ => {}
                }
            }
        }
        on
    }

    /// Is the statement written here, word for word?
    pub fn says(&self, sql: &str) -> bool {
        self.script.statements.iter().any(|statement| self.sql(statement) == sql)
    }

    /// An index or a key of a partition that is attached to one of the table, and goes with it.
    pub fn attaches(&self, index: Option<&Ident>, table: &TableDef) -> bool {
        let is = |s: &&Statement| matches!(s.changes.first().map(|a| &a.change), Some(Change::AlterIndex { .. }));
        let says =
            |index: &Ident| self.script.statements.iter().filter(is).any(|s| mentions(self.sql(s), &index.value));
        table.partition_of.is_some() && index.is_some_and(says)
    }

    /// The statement that makes an object of this kind and name, on this relation if it belongs to one.
    pub fn maker(&self, kind: ObjectKind, name: &Name, on: Option<&Name>) -> Option<&'a str> {
        let makes = |change: &Change| match made(change) {
            Some((own, called, relation)) => {
                own == kind
                    && self.schema.same_relation(called, name)
                    && match (relation, on) {
                        (Some(a), Some(b)) => self.schema.same_relation(a, b),
                        _ => true,
                    }
            }
            None => false,
        };
        let statement = self.script.statements.iter().find(|s| s.changes.iter().any(|action| makes(&action.change)));
        statement.map(|statement| self.sql(statement))
    }
}

/// The table of this name in this schema, `public` where none is said.
pub(super) fn exactly<'s>(schema: &'s Schema, name: &Name) -> Option<&'s Table> {
    let home = |name: &Name| name.schema.as_ref().map(|s| s.value.clone()).filter(|s| s != "public" && s != "main");
    schema.table(name).filter(|table| home(&table.def.name) == home(name))
}

/// What a statement makes that is no table, index or view: kind, name, and the relation that it belongs to.
pub(super) fn made(change: &Change) -> Option<(ObjectKind, &Name, Option<&Name>)> {
    match change {
        Change::Object { verb: ObjectVerb::Create | ObjectVerb::Replace, kind, name: Some(name), on, .. } => {
            Some((*kind, name, on.as_ref()))
        }
        _ => None,
    }
}

/// Applies a script to a schema, which then is the baseline.
pub(super) fn apply(schema: &mut Schema, text: &str, script: &Script) {
    for statement in &script.statements {
        for action in &statement.changes {
            schema.apply_written(&action.change, || statement.span.of(text).to_string());
        }
    }
    schema.settle();
}
