//! Numbers that PostgreSQL gives: identities that are made or go.

use super::Writer;
use crate::change::{AutoNumber, Change, ColumnDef, ColumnOption, TableDef};

impl Writer<'_> {
    /// Identities that are made, when no statement of the new text is taken over for that, and those that go.
    pub(super) fn identities(&self, old: &TableDef, new: &TableDef) -> (Vec<Change>, Vec<Change>) {
        let is = |column: &ColumnDef| matches!(column.auto_number, Some(AutoNumber::Identity { .. }));
        let change = |column: &ColumnDef, option| {
            let (table, column) = (new.name.clone(), column.name.clone());
            Change::SetColumnOption { table, column, option }
        };
        let (mut made, mut gone) = (Vec::new(), Vec::new());
        for column in &new.columns {
            let Some(was) = old.columns.iter().find(|was| was.name == column.name) else { continue };
            match (is(was), &column.auto_number) {
                (false, Some(AutoNumber::Identity { always, .. })) if !self.adds_identity(new, column) => {
                    if was.auto_number == Some(AutoNumber::Serial) {
                        let (table, column) = (new.name.clone(), column.name.clone());
                        made.push(Change::DropDefault { table, column });
                    }
                    made.push(change(column, ColumnOption::AddIdentity { always: *always }));
                }
                (true, now) if !matches!(now, Some(AutoNumber::Identity { .. })) => {
                    gone.push(change(column, ColumnOption::DropIdentity));
                }
                _ => {}
            }
        }
        (made, gone)
    }

    fn adds_identity(&self, def: &TableDef, own: &ColumnDef) -> bool {
        let adds = |change: &Change| match change {
            Change::SetColumnOption { table, column, option: ColumnOption::AddIdentity { .. } } => {
                *column == own.name && self.new.schema.same_relation(table, &def.name)
            }
            _ => false,
        };
        self.new.script.statements.iter().flat_map(|s| &s.changes).any(|action| adds(&action.change))
    }
}
