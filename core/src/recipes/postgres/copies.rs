//! Rows kept the same in two tables: the trigger, the batches, the comparison.

use super::sql::Trigger;
use super::sync::differs;
use crate::change::{Ident, Name};
use crate::draft::StepDraft;
use crate::recipes::Cx;
use crate::recipes::shared::batches::{Batches, RowVerb};
use crate::recipes::shared::draft::verify;
use crate::recipes::shared::pairs::{self, Pair};
use crate::recipes::shared::{key, names};
use crate::report::PhaseName::Migrate;

/// Rows of one table that follow those of another.
pub struct Copies<'a> {
    /// What is known.
    pub cx: Cx<'a>,
    /// The table that is written.
    pub from: Name,
    /// The table that follows.
    pub to: Name,
    /// The columns by which a row of one is found in the other; a unique key of the table that follows.
    pub key: Vec<Pair>,
    /// The other columns.
    pub rest: Vec<Pair>,
}

impl Copies<'_> {
    /// The same with the tables exchanged, both called otherwise; `key` is that of what is written now.
    pub fn reversed(&self, from: Name, to: Name, key: &[Ident]) -> Copies<'_> {
        let turned = |pair: Pair| Pair { from: pair.to, to: pair.from, ..pair };
        let (key, rest) = self.all().into_iter().map(turned).partition(|pair| key.contains(&pair.to));
        Copies { cx: self.cx, from, to, key, rest }
    }

    /// The key, then the others.
    pub fn all(&self) -> Vec<Pair> {
        [self.key.as_slice(), &self.rest].concat()
    }

    /// A text for each pair, see [`pairs::each`].
    pub fn each(&self, pairs: &[Pair], between: &str, text: &str) -> String {
        pairs::each(&self.cx, pairs, between, text)
    }

    /// One of the pairs differs in two such texts.
    pub fn unlike(&self, pairs: &[Pair], a: &str, b: &str) -> String {
        pairs::said(&self.cx, pairs, " OR ", &|pair| differs(pair.data_type.as_ref(), a, b))
    }

    /// The key of a row of the table that is written changes.
    pub fn moved(&self) -> String {
        self.each(&self.key, " OR ", "OLD.\u{1} IS DISTINCT FROM NEW.\u{1}")
    }

    /// After each write of a row, the same of its copy. A change of the key moves the copy.
    pub fn trigger(&self) -> Trigger {
        let (cx, all, keys) = (&self.cx, self.all(), &self.key);
        let to = cx.name(&self.to);
        let set = self.each(&self.rest, ", ", "\u{2} = excluded.\u{2}");
        let body = format!(
            "  IF TG_OP = 'DELETE' OR (TG_OP = 'UPDATE' AND ({})) THEN
    DELETE FROM {to} WHERE {};
  END IF;
  IF TG_OP <> 'DELETE' THEN
    INSERT INTO {to} ({}) VALUES ({})
      ON CONFLICT ({}) DO {};
  END IF;
  RETURN NULL;
",
            self.moved(),
            self.each(keys, " AND ", "\u{2} = OLD.\u{1}"),
            self.each(&all, ", ", "\u{2}"),
            self.each(&all, ", ", "NEW.\u{1}"),
            self.each(keys, ", ", "\u{2}"),
            if set.is_empty() { "NOTHING".to_string() } else { format!("UPDATE SET {set}") },
        );
        Trigger {
            name: names::helper_beside(cx, &self.from, &["copy"]),
            table: self.from.clone(),
            fires: "AFTER INSERT OR UPDATE OR DELETE",
            late: "",
            body,
        }
    }

    /// The rows that exist. Locked while they are copied: one deleted meanwhile would stay behind as a copy, and so would one
    /// of which a writer changes a column of the copy's key that is not in the table's own.
    pub fn fill(&self) -> StepDraft {
        let own = self.cx.world.schema.primary_key(&self.from).unwrap_or_default();
        let lock = if self.key.iter().all(|pair| own.contains(&pair.from)) { "KEY SHARE" } else { "SHARE" };
        self.fill_where(String::new(), lock, "", "ON CONFLICT DO NOTHING")
    }

    /// Makes the row of the one that is there, which is called `zz_new`, where these columns differ and `only` holds.
    pub fn conflict(&self, columns: &[Pair], only: &str) -> String {
        format!(
            "ON CONFLICT ({}) DO UPDATE SET {} WHERE {only}({})",
            self.each(&self.key, ", ", "\u{2}"),
            self.each(columns, ", ", "\u{2} = excluded.\u{2}"),
            self.unlike(columns, "zz_new.\u{2}", "excluded.\u{2}")
        )
    }

    /// The same for the rows of a condition, under a row lock of this kind; behind the name of the table and at the end come
    /// `alias` and `conflict`.
    pub fn fill_where(&self, condition: String, lock: &str, alias: &str, conflict: &str) -> StepDraft {
        let (cx, all) = (&self.cx, self.all());
        let job = Batches {
            table: self.from.clone(),
            verb: RowVerb::CopyInto {
                into: self.to.clone(),
                head: format!(
                    "INSERT INTO {}{alias} ({}) SELECT {}",
                    cx.name(&self.to),
                    self.each(&all, ", ", "\u{2}"),
                    self.each(&all, ", ", "\u{1}")
                ),
                end: format!("FOR {lock} {conflict}"),
            },
            condition,
            key: key::of(cx, &self.from),
        };
        job.step(cx, Migrate, format!("Copy the rows of {} that exist into {}", self.from, self.to))
    }

    /// Rows that are not the same on both sides, both read at one moment.
    pub fn agree(&self) -> StepDraft {
        self.agree_in(&self.all())
    }

    /// Rows that are not the same in these columns; where the key is none of them, a row without values may be missing.
    pub fn agree_in(&self, columns: &[Pair]) -> StepDraft {
        let cx = &self.cx;
        verify(
            Migrate,
            format!("Compare {} with {} row by row", self.to, self.from),
            format!(
                "SELECT count(*) FROM {} AS a FULL JOIN {} AS b ON {} WHERE {}",
                cx.name(&self.from),
                cx.name(&self.to),
                self.each(&self.key, " AND ", "b.\u{2} = a.\u{1}"),
                self.unlike(columns, "b.\u{2}", "a.\u{1}")
            ),
            "0",
            "Delete from the copy the rows that differ, run the batches again and compare again.",
        )
    }
}
