//! Rows kept the same in two tables: the trigger, the batches, the comparison.

use super::sql::Trigger;
use super::sync::differs;
use crate::change::{DataType, Ident, Name};
use crate::draft::StepDraft;
use crate::recipes::Cx;
use crate::recipes::shared::batches::{Batches, RowVerb};
use crate::recipes::shared::draft::verify;
use crate::recipes::shared::{key, names};
use crate::report::PhaseName::Migrate;

/// A column of one table and what it is called in the other.
#[derive(Clone)]
pub struct Pair {
    /// In the table that is written.
    pub from: Ident,
    /// In the table that follows.
    pub to: Ident,
    /// Its type, where it is known.
    pub data_type: Option<DataType>,
}

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
        let turned = |pair: &Pair| Pair { from: pair.to.clone(), to: pair.from.clone(), ..pair.clone() };
        let (key, rest) = self.all().into_iter().map(turned).partition(|pair| key.contains(&pair.to));
        Copies { cx: self.cx, from, to, key, rest }
    }

    fn list(&self, pairs: &[&Pair], side: impl Fn(&Pair) -> String) -> String {
        pairs.iter().map(|pair| side(pair)).collect::<Vec<_>>().join(", ")
    }

    fn all(&self) -> Vec<&Pair> {
        self.key.iter().chain(&self.rest).collect()
    }

    /// After each write of a row, the same of its copy. A change of the key moves the copy.
    pub fn trigger(&self) -> Trigger {
        let (cx, all) = (&self.cx, self.all());
        let to = cx.name(&self.to);
        let found = self.key.iter().map(|p| format!("{} = OLD.{}", cx.ident(&p.to), cx.ident(&p.from)));
        let found = found.collect::<Vec<_>>().join(" AND ");
        let moved = self.key.iter().map(|p| format!("OLD.{0} IS DISTINCT FROM NEW.{0}", cx.ident(&p.from)));
        let moved = moved.collect::<Vec<_>>().join(" OR ");
        let keys: Vec<&Pair> = self.key.iter().collect();
        let set =
            self.rest.iter().map(|p| format!("{0} = excluded.{0}", cx.ident(&p.to))).collect::<Vec<_>>().join(", ");
        let body = format!(
            "  IF TG_OP = 'DELETE' OR (TG_OP = 'UPDATE' AND ({moved})) THEN
    DELETE FROM {to} WHERE {found};
  END IF;
  IF TG_OP <> 'DELETE' THEN
    INSERT INTO {to} ({}) VALUES ({})
      ON CONFLICT ({}) DO {};
  END IF;
  RETURN NULL;
",
            self.list(&all, |p| cx.ident(&p.to)),
            self.list(&all, |p| format!("NEW.{}", cx.ident(&p.from))),
            self.list(&keys, |p| cx.ident(&p.to)),
            if set.is_empty() { "NOTHING".to_string() } else { format!("UPDATE SET {set}") },
        );
        Trigger {
            name: names::helper_beside(cx, &self.from, &["copy"]),
            table: self.from.clone(),
            fires: "AFTER INSERT OR UPDATE OR DELETE",
            body,
        }
    }

    /// The rows that exist. Locked while they are copied: one deleted meanwhile would stay behind as a copy, and so would one
    /// of which a writer changes a column of the copy's key that is not in the table's own.
    pub fn fill(&self) -> StepDraft {
        let (cx, all) = (&self.cx, self.all());
        let own = cx.world.schema.primary_key(&self.from).unwrap_or_default();
        let lock = if self.key.iter().all(|pair| own.contains(&pair.from)) { "KEY SHARE" } else { "SHARE" };
        let job = Batches {
            table: self.from.clone(),
            verb: RowVerb::CopyInto {
                into: self.to.clone(),
                head: format!(
                    "INSERT INTO {} ({}) SELECT {}",
                    cx.name(&self.to),
                    self.list(&all, |p| cx.ident(&p.to)),
                    self.list(&all, |p| cx.ident(&p.from))
                ),
                end: format!("FOR {lock} ON CONFLICT DO NOTHING"),
            },
            condition: String::new(),
            key: key::of(cx, &self.from),
        };
        job.step(cx, Migrate, format!("Copy the rows of {} that exist into {}", self.from, self.to))
    }

    /// Rows that are not the same on both sides, both read at one moment.
    pub fn agree(&self) -> StepDraft {
        let (cx, all) = (&self.cx, self.all());
        let on = self.key.iter().map(|p| format!("b.{} = a.{}", cx.ident(&p.to), cx.ident(&p.from)));
        let different = all.iter().map(|p| {
            differs(p.data_type.as_ref(), &format!("b.{}", cx.ident(&p.to)), &format!("a.{}", cx.ident(&p.from)))
        });
        verify(
            Migrate,
            format!("Compare {} with {} row by row", self.to, self.from),
            format!(
                "SELECT count(*) FROM {} AS a FULL JOIN {} AS b ON {} WHERE {}",
                cx.name(&self.from),
                cx.name(&self.to),
                on.collect::<Vec<_>>().join(" AND "),
                different.collect::<Vec<_>>().join(" OR ")
            ),
            "0",
            "Delete from the copy the rows that differ, run the batches again and compare again.",
        )
    }
}
