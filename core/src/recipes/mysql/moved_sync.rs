//! The triggers that keep a column in two tables in step.
//!
//! A statement that is at work on a table does not let its triggers write that table (error 1442), not even rows that
//! stay as they are. So each trigger first reads whether the other side is right, and ends the loop before the write.
//! It reads with a lock: a snapshot may be older than what another session has carried over. Where many rows hold what one
//! takes over, the others are not right then: so the triggers of the many say in a variable of the session when their
//! statement began, and that of the one lets be what began then (see [`super::split_table`]).

use super::sql::{differ, is_text, keeping_stamps, literal_default, neutral, set_default};
use super::sync::{create_trigger, drop_trigger};
use crate::change::{ConstraintKind, Ident, Name, Nullability, ObjectKind, lower};
use crate::draft::Run;
use crate::order::PushAll;
use crate::recipes::Cx;
use crate::recipes::shared::moved::{Move, Ratio};
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

    /// `(a <=> b)`.
    fn same(&self, a: &str, b: &str) -> String {
        self.differ(a, b).replacen("NOT ", "", 1)
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

    /// After a write of one side, the same of the other, unless it is so already. `rows`: those that it is for.
    fn follow(&self, own: &Side<'_>, other: &Side<'_>, (event, word): (&str, &str), rows: &str) -> (Run, Run) {
        let cx = &self.cx;
        let (column, mut found) = (cx.ident(other.column), self.found(other, own));
        let value = format!("NEW.{}", cx.ident(own.column));
        let set = keeping_stamps(cx, other.table, format!("{column} = {value}"));
        let table = cx.name(other.table);
        let stale = format!("{found} AND {}{rows}", self.differ(&column, &value));
        if self.script.ratio != Ratio::One {
            found.clone_from(&stale);
        }
        let write = format!("UPDATE {table} SET {set} WHERE {found};");
        let (mut write, back, mark) = (format!("    {write}\n"), own.key == "\u{2}", self.mark());
        match self.script.ratio {
            Ratio::Merge if !back => {
                write = format!("    SET {mark} = NOW(6);\n{write}    SET {mark} = NULL;\n");
            }
            Ratio::Fan if back => {
                let apart = format!(
                    "SELECT 1 FROM {} AS zz_other WHERE {} AND {} LOCK IN SHARE MODE",
                    cx.name(own.table),
                    self.by(" AND ", "zz_other.\u{2} = NEW.\u{2}"),
                    self.differ(&format!("zz_other.{}", cx.ident(own.column)), &value)
                );
                write = format!("    IF NOT EXISTS ({apart}) THEN\n{}    END IF;\n", indented(&write));
            }
            Ratio::One | Ratio::Fan | Ratio::Merge => {}
        }
        let mut body =
            format!("  IF EXISTS (SELECT 1 FROM {table} WHERE {stale} LOCK IN SHARE MODE) THEN\n{write}  END IF;\n");
        if event == "UPDATE" {
            let mut changed = self.differ(&value, &value.replacen("NEW.", "OLD.", 1));
            changed.push_str(&format!(" OR {}", self.moved(own)));
            if back && self.script.ratio == Ratio::Merge {
                changed = format!("NOT ({mark} <=> NOW(6)) AND ({changed})");
            }
            body = format!("  IF {changed} THEN\n{}  END IF;\n", indented(&body));
        }
        self.trigger(own, word, &format!("AFTER {event}"), &body)
    }

    /// Where the triggers of the many say when their statement began.
    fn mark(&self) -> String {
        let side = self.new_side();
        format!("@{}", self.cx.ident(&names::helper(&self.cx, &[&side.table.object.value, &side.column.value])))
    }

    /// The row gets another key.
    fn moved(&self, own: &Side<'_>) -> String {
        self.by(" OR ", &differ(false, &format!("NEW.{}", own.key), &format!("OLD.{}", own.key)))
    }

    /// The value of the other side; where it has no row, `otherwise`, or else what the row has.
    fn taken(&self, own: &Side<'_>, other: &Side<'_>, otherwise: Option<&str>) -> String {
        let (cx, many) = (&self.cx, own.key == "\u{2}" && self.script.ratio == Ratio::Merge);
        let (rows, one) = (
            format!("FROM {} WHERE {}", cx.name(other.table), self.found(other, own)),
            if many { " LIMIT 1" } else { "" },
        );
        let value = format!("(SELECT {} {rows}{one} LOCK IN SHARE MODE)", cx.ident(other.column));
        // Code of the new side may mean the NULL that it wrote.
        match otherwise {
            None => format!("COALESCE({value}, NEW.{})", cx.ident(own.column)),
            Some(otherwise) if own.key == "\u{2}" || self.script.not_null => format!("COALESCE({value}, {otherwise})"),
            Some(otherwise) => format!("IF(EXISTS (SELECT 1 {rows} LOCK IN SHARE MODE), {value}, {otherwise})"),
        }
    }

    /// A row made without the column takes the value of the other side; `omitted` stands for none beside NULL.
    fn filled(&self, own: &Side<'_>, other: &Side<'_>, omitted: Option<&str>, otherwise: Option<&str>) -> (Run, Run) {
        let column = self.cx.ident(own.column);
        let omitted = omitted.map(|value| format!(" OR NEW.{column} = {value}")).unwrap_or_default();
        let body = format!(
            "  IF NEW.{column} IS NULL{omitted} THEN
    SET NEW.{column} = {};
  END IF;
",
            self.taken(own, other, otherwise)
        );
        self.trigger(own, "bi", "BEFORE INSERT", &body)
    }

    /// A row that gets another key takes the value there.
    fn along(&self, own: &Side<'_>, other: &Side<'_>) -> (Run, Run) {
        let column = self.cx.ident(own.column);
        let (new, old) = (format!("NEW.{column}"), format!("OLD.{column}"));
        let body = format!(
            "  IF ({}) AND {} AND {} THEN\n    SET {new} = {};\n  END IF;\n",
            self.moved(own),
            self.by(" AND ", &format!("NEW.{} IS NOT NULL", own.key)),
            self.same(&new, &old),
            self.taken(own, other, Some(&old))
        );
        self.trigger(own, "bu", "BEFORE UPDATE", &body)
    }

    /// The default of the old column, which is taken from it with the switch: by NULL the trigger sees that code left it out.
    pub fn freed(&self) -> Option<String> {
        let given = literal_default(self.script.old);
        given.filter(|_| self.may_follow() && !self.script.not_null)
    }

    /// A row of the old table may be made when its one of the new table is there already.
    pub fn may_follow(&self) -> bool {
        self.script.ratio != Ratio::Fan && !self.comes_first()
    }

    /// What rows of the new table hold that have none in the old one: NULL where the column may be NULL.
    pub fn stand_in(&self) -> Option<&'static str> {
        let column = self.script.column;
        let demanded = column.nullability == Nullability::NotNull && column.default.is_none();
        neutral(column).filter(|_| demanded)
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
        let column = self.cx.ident(new.column);
        let (changed, made) = match self.script.ratio {
            Ratio::One => Default::default(),
            // Those that hold another value have one of their own.
            Ratio::Fan => (
                format!(" AND {}", self.same(&column, &format!("OLD.{}", self.cx.ident(old.column)))),
                format!(" AND {column} IS NULL"),
            ),
            // A row more, or of another key, brings the value only where there is none: the others hold another one.
            Ratio::Merge => {
                let none = format!("{column} IS NULL{}", self.unsaid());
                let stays = self.by(" AND ", "NEW.\u{1} <=> OLD.\u{1}");
                (format!(" AND ({stays} OR {none})"), format!(" AND ({none})"))
            }
        };
        let mut all = vec![self.follow(&old, &new, ("UPDATE", "au"), &changed)];
        if !self.comes_first() {
            all.push(self.follow(&old, &new, ("INSERT", "ai"), &made));
        }
        all.push(self.filled(&new, &old, None, None));
        all
    }

    /// The same as long as only old code writes, for which all rows of one key have its value.
    pub fn early(&self) -> Vec<(Run, Run)> {
        let (old, new) = (self.old_side(), self.new_side());
        match self.script.ratio {
            Ratio::One | Ratio::Merge => Vec::new(),
            Ratio::Fan if self.comes_first() => vec![self.along(&new, &old)],
            Ratio::Fan => vec![self.along(&new, &old), self.follow(&old, &new, ("INSERT", "all"), "")],
        }
    }

    /// Or where what is there is the default that it was made with, as no row says it.
    fn unsaid(&self) -> String {
        let (cx, old, new) = (&self.cx, self.old_side(), self.new_side());
        let unsaid = |value: &str| {
            format!(
                " OR {} = {value} AND NOT EXISTS (SELECT 1 FROM {} AS zz_other WHERE {} AND zz_other.{} = {value})",
                cx.ident(new.column),
                cx.name(old.table),
                self.by(" AND ", "zz_other.\u{1} = NEW.\u{1}"),
                cx.ident(old.column)
            )
        };
        self.stand_in().map(unsaid).unwrap_or_default()
    }

    /// From new to old. New code that makes the row of the new table first leaves the column out of the old one.
    pub fn back(&self) -> Vec<(Run, Run)> {
        let (cx, old, new) = (&self.cx, self.old_side(), self.new_side());
        let mut all: Vec<(Run, Run)> =
            [("UPDATE", "au"), ("INSERT", "ai")].map(|event| self.follow(&new, &old, event, "")).into();
        if !self.may_follow() {
            return all;
        }
        // Where the column has a default that it keeps, that is what it gets.
        let (given, freed) = (literal_default(self.script.old), self.freed());
        let omitted = given.as_deref().or_else(|| neutral(self.script.old)).filter(|_| self.script.not_null);
        all.push(self.filled(&old, &new, omitted, freed.as_deref()));
        if self.script.ratio == Ratio::Merge {
            all.push(self.along(&old, &new));
        }
        all.push_all(freed.map(|default| {
            let set = |default: &str| set_default(cx, old.table, old.column, default);
            (set("NULL"), set(&default))
        }));
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

fn indented(lines: &str) -> String {
    lines.lines().map(|line| format!("  {line}\n")).collect()
}
