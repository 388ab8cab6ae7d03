//! The triggers that keep a column in two tables in step.
//!
//! A statement that is at work on a table does not let its triggers write that table (error 1442), not even rows that
//! stay as they are. So each trigger first reads whether the other side is right, and ends the loop before the write.
//! It reads with a lock: a snapshot may be older than what another session has carried over.

use super::sql::{differ, is_text, keeping_stamps, literal_default, neutral};
use super::sync::{create_trigger, drop_trigger};
use crate::change::{ConstraintKind, Ident, Name, ObjectKind, lower};
use crate::draft::Run;
use crate::recipes::Cx;
use crate::recipes::shared::moved::Move;
use crate::recipes::shared::pairs::each;
use crate::recipes::shared::{names, words};

/// One side of the move.
pub struct Side<'s> {
    /// The table.
    pub table: &'s Name,
    /// The column.
    pub column: &'s Ident,
    /// Stands for a joining column of the table in the text of a pair.
    pub key: &'static str,
}

/// Both sides.
pub struct Synced<'a> {
    /// The world.
    pub cx: Cx<'a>,
    /// What is moved.
    pub script: Move<'a>,
}

impl Synced<'_> {
    /// Where the column is.
    pub fn old_side(&self) -> Side<'_> {
        Side { table: self.script.from, column: &self.script.old.name, key: "\u{1}" }
    }

    /// Where it goes.
    pub fn new_side(&self) -> Side<'_> {
        Side { table: self.script.to, column: &self.script.column.name, key: "\u{2}" }
    }

    /// `NOT (a <=> b)` for values of the column.
    pub fn differ(&self, a: &str, b: &str) -> String {
        differ(is_text(Some(self.script.old)), a, b)
    }

    /// The joining columns of both tables, each pair in such a text.
    pub fn by(&self, between: &str, text: &str) -> String {
        each(&self.cx, &self.script.keys, between, text)
    }

    /// The row of this side that belongs to the new one of the other.
    fn found(&self, side: &Side<'_>, other: &Side<'_>) -> String {
        self.by(" AND ", &format!("{} = NEW.{}", side.key, other.key))
    }

    fn trigger(&self, side: &Side<'_>, word: &str, moment: &str, body: &str) -> (Run, Run) {
        let cx = &self.cx;
        let name = names::helper_beside(cx, side.table, &[&self.script.column.name.value, word]);
        let create = create_trigger(cx, side.table, &name, moment, &format!("BEGIN\n{body}END"));
        (create, drop_trigger(cx, side.table, &name))
    }

    /// After a write of one side, the same of the other, unless it is so already.
    fn follow(&self, own: &Side<'_>, other: &Side<'_>, event: &str) -> (Run, Run) {
        let cx = &self.cx;
        let (column, found) = (cx.ident(other.column), self.found(other, own));
        let value = format!("NEW.{}", cx.ident(own.column));
        let set = keeping_stamps(cx, other.table, format!("{column} = {value}"));
        let table = cx.name(other.table);
        let stale = self.differ(&column, &value);
        let mut body = format!(
            "  IF EXISTS (SELECT 1 FROM {table} WHERE {found} AND {stale} LOCK IN SHARE MODE) THEN
    UPDATE {table} SET {set} WHERE {found};
  END IF;
"
        );
        if event == "UPDATE" {
            let changed = self.differ(&value, &value.replacen("NEW.", "OLD.", 1));
            let moved = self.by(" OR ", &differ(false, &format!("NEW.{}", own.key), &format!("OLD.{}", own.key)));
            let inner: String = body.lines().map(|line| format!("  {line}\n")).collect();
            body = format!("  IF {changed} OR {moved} THEN\n{inner}  END IF;\n");
        }
        let word = if event == "UPDATE" { "au" } else { "ai" };
        self.trigger(own, word, &format!("AFTER {event}"), &body)
    }

    /// A row made without the column takes the value of the other side; `omitted` stands for none beside NULL.
    fn filled(&self, own: &Side<'_>, other: &Side<'_>, omitted: Option<&str>) -> (Run, Run) {
        let cx = &self.cx;
        let column = cx.ident(own.column);
        let omitted = omitted.map(|value| format!(" OR NEW.{column} = {value}")).unwrap_or_default();
        let body = format!(
            "  IF NEW.{column} IS NULL{omitted} THEN
    SET NEW.{column} = COALESCE((SELECT {} FROM {} WHERE {} LOCK IN SHARE MODE), NEW.{column});
  END IF;
",
            cx.ident(other.column),
            cx.name(other.table),
            self.found(other, own)
        );
        self.trigger(own, "bi", "BEFORE INSERT", &body)
    }

    /// A key keeps rows from standing in the new table before there is one in the old.
    pub fn comes_first(&self) -> bool {
        let schema = self.cx.world.schema;
        schema.foreign_keys(self.script.to).iter().any(|c| match &c.kind {
            ConstraintKind::ForeignKey(key) => {
                schema.same_relation(&key.references, self.script.from)
                    && key.columns.len() == self.script.keys.len()
                    && key.columns.iter().all(|own| self.script.keys.iter().any(|pair| schema.same(own, &pair.to)))
            }
            _ => false,
        })
    }

    /// From old to new. A new row of the old table has none in the new one where a foreign key says so: to look for it
    /// would lock the gap that others insert into.
    pub fn there(&self) -> Vec<(Run, Run)> {
        let (old, new) = (self.old_side(), self.new_side());
        let mut all = vec![self.follow(&old, &new, "UPDATE")];
        if !self.comes_first() {
            all.push(self.follow(&old, &new, "INSERT"));
        }
        all.push(self.filled(&new, &old, None));
        all
    }

    /// From new to old. New code that makes the row of the new table first leaves the column out of the old one.
    pub fn back(&self) -> Vec<(Run, Run)> {
        let mut all: Vec<(Run, Run)> =
            ["UPDATE", "INSERT"].map(|event| self.follow(&self.new_side(), &self.old_side(), event)).into();
        if !self.comes_first() {
            // Where the column has a default, that is what it gets.
            let given = literal_default(self.script.old);
            let omitted = given.as_deref().or_else(|| neutral(self.script.old));
            all.push(self.filled(&self.old_side(), &self.new_side(), omitted));
        }
        all
    }

    /// A trigger of one table that works on the other: where ours fires it, the server refuses the write (error 1442).
    pub fn entangled(&self) -> Option<&Name> {
        let works_on = |own: &Name, other: &Name| {
            let other = Ident::new(lower(&other.object.value));
            let triggers = self.cx.world.schema.objects_on(ObjectKind::Trigger, own).into_iter();
            let touches = |text: &str| words::mentions(text, &other) || words::find_keyword(text, "call").is_some();
            triggers.filter(|t| t.text.is_empty() || touches(&lower(&t.text))).map(|t| &t.name).next()
        };
        let (from, to) = (self.script.from, self.script.to);
        works_on(from, to).or_else(|| works_on(to, from))
    }
}
