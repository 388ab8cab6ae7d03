//! The statements that make a table anew under its own name, in one transaction, with a guard.
//!
//! `foreign_keys` is switched off before the transaction, because inside it the switch does nothing, and with it on the
//! DROP deletes or changes child rows without an error. The guard stops the transaction, before anything was dropped, when
//! it is on all the same (a runner had opened a transaction before) or when the table has a column, index or trigger that
//! the plan does not know; and before the COMMIT when a row is missing or a foreign key broke.

use super::carried::Carried;
use super::shape::Shape;
use super::sql::{begin, commit, part, pragma};
use crate::change::{Change, Expr, Ident, Name};
use crate::draft::Run;
use crate::order::{Gather, PushAll};
use crate::recipes::Cx;
use crate::recipes::shared::names;

/// One direction of a rebuild.
pub struct Rebuild<'a> {
    /// The table.
    pub table: &'a Name,
    /// As it is.
    pub from: &'a Shape,
    /// As it shall be.
    pub to: &'a Shape,
    /// What hangs on it.
    pub carried: &'a Carried,
    /// What is changed, each with what was known before it.
    pub changes: &'a [Cx<'a>],
    /// The way forward, on which values are changed as the statement says; not the way back.
    pub forward: bool,
}

impl Rebuild<'_> {
    /// All of it, switches included.
    pub fn statements(&self, cx: &Cx<'_>) -> Vec<Run> {
        let working = names::helper_beside(cx, self.table, &["new"]);
        let (old, new) = (cx.name(self.table), cx.name(&working));
        let guard = Guard { name: helper(cx, "guard"), before: helper(cx, "before") };
        let change = Change::RebuildTable {
            table: self.table.clone(),
            to: self.to.definition(cx, self.table).map(Box::new),
            working_name: working.clone(),
            copied: Vec::new(),
        };
        let mut run = vec![pragma("busy_timeout", "10000"), pragma("foreign_keys", "OFF"), begin()];
        run.push_all(guard.watch(&old).into_iter().map(part));
        run.push(part(guard.is_as_known(cx, self)));
        run.push(pragma("legacy_alter_table", "ON"));
        run.push(Run { sql: self.to.create(cx, &working), change });
        run.push(part(self.copy(cx, &old, &new)));
        if self.to.auto_increment {
            run.push_all(counter(cx, self.table, &working).into_iter().map(part));
        }
        run.push(part(format!("DROP TABLE {old}")));
        run.push(part(format!("ALTER TABLE {new} RENAME TO {}", cx.ident(&self.table.object))));
        run.push_all(self.carried.statements.iter().cloned().map(part));
        run.push_all(guard.is_whole(&old).into_iter().map(part));
        run.push_all([commit(), pragma("legacy_alter_table", "OFF"), pragma("foreign_keys", "ON")]);
        run
    }

    /// The rows, column by column, with their numbers; what the server computes is computed again.
    fn copy(&self, cx: &Cx<'_>, old: &str, new: &str) -> String {
        let (mut into, mut values) = (Vec::new(), Vec::new());
        let number = self.from.row_number(cx, self.table).filter(|n| self.to.row_number(cx, self.table) == Some(*n));
        if let Some(number) = number {
            into.push(number.to_string());
            values.push(number.to_string());
        }
        let given = |column: &Ident| self.from.columns.iter().any(|c| c.name == *column && !c.generated);
        for column in self.to.columns.iter().filter(|c| !c.generated && given(&c.name)) {
            let name = cx.ident(&column.name);
            values.push(if self.forward { value(self.changes, &column.name, &name) } else { name.clone() });
            into.push(name);
        }
        format!("INSERT INTO {new} ({}) SELECT {} FROM {old}", into.join(", "), values.join(", "))
    }
}

/// A column that becomes NOT NULL takes its default where it was NULL; `USING` is used as written.
fn value(changes: &[Cx<'_>], column: &Ident, name: &str) -> String {
    let mut value = name.to_string();
    for cx in changes {
        match cx.change {
            Change::SetNotNull { table, column: made, .. } if made == column => {
                let default = cx.world.schema.column(table, column).and_then(|c| c.default.as_ref());
                value = default.map_or(value, |d| format!("coalesce({name}, {})", d.text));
            }
            Change::ChangeColumnType { column: made, using: Some(Expr { text, .. }), .. } if made == column => {
                value.clone_from(text);
            }
            _ => {}
        }
    }
    value
}

/// The highest id that was ever given, also those of rows that are gone.
fn counter(cx: &Cx<'_>, table: &Name, working: &Name) -> [String; 2] {
    let literal = |name: &Name| cx.engine().literal(&name.object.value);
    [
        format!("DELETE FROM sqlite_sequence WHERE name = {}", literal(working)),
        format!(
            "INSERT INTO sqlite_sequence (name, seq) SELECT {}, seq FROM sqlite_sequence WHERE name = {} COLLATE NOCASE",
            literal(working),
            literal(table)
        ),
    ]
}

fn helper(cx: &Cx<'_>, what: &str) -> String {
    cx.name(&Name::new(format!("{}_{what}", names::PREFIX)))
}

/// Temporary tables whose CHECKs stop the transaction.
struct Guard {
    name: String,
    before: String,
}

impl Guard {
    /// Foreign keys are off, and what the rows were before.
    fn watch(&self, table: &str) -> [String; 3] {
        let Guard { name, before } = self;
        let columns = ["foreign_keys_are_off", "table_is_as_known", "rows_are_all_there", "foreign_keys_hold"];
        let checks: Vec<String> = columns.iter().map(|column| format!("{column} CHECK ({column})")).gather();
        [
            format!("CREATE TEMP TABLE {name} ({})", checks.join(", ")),
            format!("INSERT INTO {name} (foreign_keys_are_off) SELECT foreign_keys = 0 FROM pragma_foreign_keys"),
            format!(
                "CREATE TEMP TABLE {before} AS SELECT count(*) AS broken, (SELECT count(*) FROM {table}) AS total FROM \
                 pragma_foreign_key_check"
            ),
        ]
    }

    /// No column, index or trigger but those of which the plan was told.
    fn is_as_known(&self, cx: &Cx<'_>, rebuild: &Rebuild<'_>) -> String {
        let list =
            |names: &mut dyn Iterator<Item = &String>| names.map(|name| cx.engine().literal(name)).gather().join(", ");
        let table = cx.engine().literal(&rebuild.table.object.value);
        // Before 3.26 there is only the list without computed columns, which that version does not have either.
        let columns = if cx.world.target.version.at_least(3, 26, 0) { "table_xinfo" } else { "table_info" };
        let lost = rebuild.carried.lost.iter().filter(|_| rebuild.forward);
        format!(
            "INSERT INTO {} (table_is_as_known) SELECT NOT EXISTS (SELECT 1 FROM pragma_{columns}({table}) WHERE name COLLATE \
             NOCASE NOT IN ({})) AND NOT EXISTS (SELECT 1 FROM sqlite_master WHERE tbl_name = {table} COLLATE NOCASE AND type \
             IN ('index', 'trigger') AND sql IS NOT NULL AND name COLLATE NOCASE NOT IN ({}))",
            self.name,
            list(&mut rebuild.from.columns.iter().map(|c| &c.name.value)),
            list(&mut rebuild.carried.names.iter().chain(lost))
        )
    }

    /// Every row is there, and no foreign key broke.
    fn is_whole(&self, table: &str) -> [String; 4] {
        let Guard { name, before } = self;
        [
            format!(
                "INSERT INTO {name} (rows_are_all_there) SELECT count(*) = (SELECT total FROM {before}) FROM {table}"
            ),
            format!(
                "INSERT INTO {name} (foreign_keys_hold) SELECT count(*) <= (SELECT broken FROM {before}) FROM \
                 pragma_foreign_key_check"
            ),
            format!("DROP TABLE temp.{name}"),
            format!("DROP TABLE temp.{before}"),
        ]
    }
}
