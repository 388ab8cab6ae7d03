//! A column moved to another table where a row of one has several of the other: what differs from row to row.
//!
//! From one row to many, each takes the value of its one. There old code writes one value for all of them, and new code may
//! write many: what it writes goes back once all of one row agree. From many rows to one, the copies have to agree first; then
//! each side can follow the other.

use super::add_foreign_key::index_on;
use super::move_column::Moved;
use super::sql::Trigger;
use crate::change::Name;
use crate::draft::StepDraft;
use crate::order::Gather;
use crate::recipes::shared::batches::{Batches, RowVerb};
use crate::recipes::shared::key;
use crate::recipes::shared::moved::{OTHERS_FOLLOW, Ratio, agree_first};
use crate::recipes::shared::pairs::Pair;
use crate::report::PhaseName::{Expand, Migrate};

/// Stands for the joining column of the table that has the column.
const ID: &str = "\u{1}";
/// For that of the table that gets it.
const KEY: &str = "\u{2}";

impl Moved<'_> {
    /// Only when the value or the key of the row changes: a row may have thousands on the other side.
    fn changed(&self, own: &str, own_key: &str, then: &str) -> String {
        format!(
            "  IF {} OR {} THEN\n{then}  END IF;\n  RETURN NULL;\n",
            self.differ(&format!("NEW.{own}"), &format!("OLD.{own}")),
            self.by(" OR ", &format!("NEW.{own_key} IS DISTINCT FROM OLD.{own_key}"))
        )
    }

    /// Waits for who took the value that was, or they would keep it.
    fn alone(&self, table: &Name, own_key: &str) -> String {
        let own = self.by(" AND ", &format!("{own_key} = NEW.{own_key}"));
        format!("    PERFORM 1 FROM {} WHERE {own} FOR UPDATE;\n", self.cx.name(table))
    }

    /// From the old column to the new one, as long as only old code writes.
    pub fn carried(&self) -> Trigger {
        match self.script.ratio {
            Ratio::One | Ratio::Fan => self.carried_where(&self.alone(self.script.from, ID), ""),
            // A row more, or of another key, brings the value only where there is none: the others hold another one.
            Ratio::Merge => {
                let same = self.by(" AND ", "NEW.\u{1} IS NOT DISTINCT FROM OLD.\u{1}");
                self.carried_where("", &format!(" AND ({} IS NULL OR {same}{})", self.added(), self.unsaid()))
            }
        }
    }

    /// Or where what is there is the default that it was made with, as no row says it.
    fn unsaid(&self) -> String {
        let unsaid = |default: String| {
            format!(
                "\n      OR NOT ({}) AND NOT EXISTS (SELECT 1 FROM {} AS zz_other WHERE {} AND NOT ({}))",
                self.differ(&self.added(), &default),
                self.cx.name(self.script.from),
                self.by(" AND ", "zz_other.\u{1} = NEW.\u{1}"),
                self.differ(&format!("zz_other.{}", self.source()), &default)
            )
        };
        self.stand_in().map(unsaid).unwrap_or_default()
    }

    /// The same once new code gives rows values of their own: those keep them.
    pub fn carried_to_followers(&self) -> Trigger {
        let own = self.differ(&self.added(), &format!("OLD.{}", self.source()));
        self.carried_where(&self.alone(self.script.from, ID), &format!(" AND NOT ({own})"))
    }

    fn carried_where(&self, first: &str, condition: &str) -> Trigger {
        let (column, old) = (self.added(), self.source());
        let value = format!("NEW.{old}");
        let set = format!(
            "{first}    UPDATE {} SET {column} = {value} WHERE {} AND {}{condition};\n",
            self.cx.name(self.script.to),
            self.by(" AND ", "\u{2} = NEW.\u{1}"),
            self.differ(&column, &value)
        );
        self.trigger(self.script.from, "there", "AFTER INSERT OR UPDATE", self.changed(&old, ID, &set))
    }

    /// A new row takes the value of its one on the other side: of the old column into the new one, or the other way round. As
    /// long as `moves`, one that gets another key does so too.
    pub fn taken(&self, into_new: bool, moves: bool) -> Trigger {
        let (new, old) = (self.added(), self.source());
        let (table, own, own_key, other, value, by) = match into_new {
            true => (self.script.to, &new, KEY, self.script.from, &old, ID),
            false => (self.script.from, &old, ID, self.script.to, &new, KEY),
        };
        let (fires, when) = match moves {
            true => (
                "BEFORE INSERT OR UPDATE",
                format!(
                    "(TG_OP = 'INSERT' OR ({}) AND {}) AND NOT ({})",
                    self.by(" OR ", &format!("NEW.{own_key} IS DISTINCT FROM OLD.{own_key}")),
                    self.by(" AND ", &format!("NEW.{own_key} IS NOT NULL")),
                    self.differ(&format!("NEW.{own}"), &format!("OLD.{own}"))
                ),
            ),
            false => ("BEFORE INSERT", format!("TG_OP = 'INSERT' AND NEW.{own} IS NULL")),
        };
        let default = match into_new {
            true => self.stand_in().map(|default| format!("    NEW.{own} := coalesce(NEW.{own}, {default});\n")),
            false => Some(self.kept(own)),
        };
        let body = format!(
            "  IF {when} THEN
    SELECT {value} INTO NEW.{own} FROM {} WHERE {} FOR KEY SHARE;
{}  END IF;
  RETURN NEW;
",
            self.cx.name(other),
            self.by(" AND ", &format!("{by} = NEW.{own_key}")),
            default.unwrap_or_default()
        );
        self.trigger(table, "filled", fires, body)
    }

    /// What the old column holds where nothing is taken: what it held, or its own default.
    fn kept(&self, own: &str) -> String {
        let nothing = match (self.script.not_null, self.script.ratio) {
            (true, _) => format!("NEW.{own} IS NULL"),
            (false, Ratio::One) => format!("NOT FOUND OR TG_OP = 'UPDATE' AND NEW.{own} IS NULL"),
            (false, _) => "NOT FOUND".to_string(),
        };
        let value = match self.given() {
            Some(default) => format!("CASE TG_OP WHEN 'UPDATE' THEN OLD.{own} ELSE {default} END"),
            None => format!("OLD.{own}"),
        };
        format!("    IF {nothing} THEN NEW.{own} := {value}; END IF;\n")
    }

    /// From the new column to the old one: at once where one row holds it, else when all rows of one key agree.
    pub fn returned(&self) -> Trigger {
        let (from, to) = (self.cx.name(self.script.from), self.cx.name(self.script.to));
        let (new, old) = (self.added(), self.source());
        let (value, found) = (format!("NEW.{new}"), self.by(" AND ", "\u{1} = NEW.\u{2}"));
        let (first, agreed) = match self.script.ratio {
            Ratio::One => (String::new(), String::new()),
            Ratio::Merge => (self.alone(self.script.to, KEY), String::new()),
            Ratio::Fan => (
                format!("    PERFORM 1 FROM {from} WHERE {found} FOR NO KEY UPDATE;\n"),
                format!(
                    "\n      AND NOT EXISTS (SELECT 1 FROM {to} AS zz_other WHERE {} AND {})",
                    self.by(" AND ", "zz_other.\u{2} = NEW.\u{2}"),
                    self.differ(&format!("zz_other.{new}"), &value)
                ),
            ),
        };
        let set = format!(
            "{first}    UPDATE {from} SET {old} = {value} WHERE {found} AND {}{agreed};\n",
            self.differ(&old, &value)
        );
        self.trigger(self.script.to, "back", "AFTER INSERT OR UPDATE", self.changed(&new, KEY, &set))
    }

    /// What is made and looked at first: an index by which the rows of one key are found, and whether they agree.
    pub fn prepared(&self) -> Vec<StepDraft> {
        let (cx, from) = (&self.cx, self.script.from);
        let Some((table, columns)) = self.script.many() else { return Vec::new() };
        let why = format!("Without it, each write that is carried over reads all of {table}.");
        let mut steps = index_on(cx, Expand, table, &columns, why);
        if self.script.ratio == Ratio::Merge {
            let (table, by, value) = (cx.name(from), self.by(", ", ID), self.source());
            let differ = self.differ(&format!("b.{value}"), &format!("a.{value}"));
            let sql = format!(
                "SELECT count(*) FROM (SELECT DISTINCT ON ({by}) * FROM {table}) AS a JOIN {table} AS b ON {} WHERE {differ}",
                self.by(" AND ", "b.\u{1} = a.\u{1}")
            );
            steps.push(agree_first(from, &by, (&value, &self.script.new_name()), sql));
        }
        steps
    }

    /// Along the side that has several: one row of the other may have more than a batch.
    pub fn fill_fan(&self, title: String) -> StepDraft {
        let cx = &self.cx;
        let (column, from, to) = (self.added(), cx.name(self.script.from), cx.name(self.script.to));
        // Under names of their own, so that the batch may say the columns of its rows.
        let numbered = |between: &str, text: &dyn Fn(&Pair, usize) -> String| {
            self.script.keys.iter().enumerate().map(|(n, pair)| text(pair, n)).gather().join(between)
        };
        let job = Batches {
            table: self.script.to.clone(),
            verb: RowVerb::CopyInto {
                into: self.script.to.clone(),
                head: format!(
                    "UPDATE {to} AS zz_to SET {column} = zz_from.zz_value FROM (SELECT {}, {} AS zz_value FROM {from} WHERE ({}) IN \
                     (SELECT {}",
                    numbered(", ", &|pair, n| format!("{} AS zz_{n}", cx.ident(&pair.from))),
                    self.source(),
                    self.by(", ", ID),
                    self.by(", ", KEY),
                ),
                end: format!(
                    ") FOR NO KEY UPDATE) AS zz_from WHERE {} AND {}\u{1}",
                    numbered(" AND ", &|pair, n| format!("zz_to.{} = zz_from.zz_{n}", cx.ident(&pair.to))),
                    self.differ(&format!("zz_to.{column}"), "zz_from.zz_value")
                ),
            },
            condition: String::new(),
            key: key::of(cx, self.script.to),
        };
        job.step(cx, Migrate, title)
    }

    /// What differs from row to row, in words.
    pub fn many_notes(&self) -> Vec<String> {
        let mut notes = self.script.many_notes(&self.cx, OTHERS_FOLLOW);
        if self.given().is_some() && self.may_follow() {
            notes.push(self.script.default_note());
        }
        notes
    }
}
