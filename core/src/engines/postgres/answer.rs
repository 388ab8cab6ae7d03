//! Builds one answer, so that a fact reads as one line.

use super::locks::Mode;
use crate::change::Name;
use crate::facts::{
    Blocking, Certainty, Effects, Evidence, IndexCost, RunningCode, Transactional, Undo, Work, WorkKind,
};
use crate::order::{Gather, PushAll, Set};

/// Seen on real servers of every major version that we cover.
pub(super) const OBSERVED: Evidence = Evidence::Observed("PostgreSQL 11–18");

/// From so many locks on, a new one is not compared with each.
const MANY: usize = 32;

/// An answer under construction. It starts as proved: no lock, no work, undone without loss.
#[derive(Debug, Clone)]
pub(super) struct Answer(Effects);

impl Answer {
    /// An observed fact, with the function or manual page that explains it.
    pub(super) fn observed(source: &'static str) -> Self {
        Answer(Effects {
            certainty: Certainty::Proved,
            evidence: vec![OBSERVED, Evidence::Source(source)],
            ..Effects::none()
        })
    }

    /// A fact from the manual, not observed.
    pub(super) fn documented(page: &'static str) -> Self {
        Answer(Effects { certainty: Certainty::Documented, evidence: vec![Evidence::Manual(page)], ..Effects::none() })
    }

    /// The server answers with an error and does nothing.
    pub(super) fn refuse(mut self, why: impl Into<String>) -> Self {
        if self.0.refused.is_none() {
            self.0.refused = Some(why.into());
        }
        self
    }

    /// Refuses when the condition holds.
    pub(super) fn refuse_if(self, condition: bool, why: impl FnOnce() -> String) -> Self {
        if condition { self.refuse(why()) } else { self }
    }

    /// A lock on one relation.
    pub(super) fn lock(mut self, object: &Name, mode: Mode) -> Self {
        match self.0.locks.iter_mut().find(|held| held.object == *object) {
            Some(held) => {
                if Mode::from_word(held.mode).is_some_and(|old| old < mode) {
                    *held = mode.on(object);
                }
            }
            None => self.0.locks.push(mode.on(object)),
        }
        self
    }

    /// The same lock on several relations.
    pub(super) fn locks<'n>(mut self, objects: impl IntoIterator<Item = &'n Name>, mode: Mode) -> Self {
        // A table can have thousands of partitions: whether one is locked already is looked up, not searched.
        let mut known: Option<Set<Name>> = None;
        for object in objects {
            if self.0.locks.len() < MANY {
                self = self.lock(object, mode);
                continue;
            }
            let known = known.get_or_insert_with(|| self.0.locks.iter().map(|held| held.object.clone()).collect());
            match known.insert(object.clone()) {
                true => self.0.locks.push(mode.on(object)),
                false => self = self.lock(object, mode),
            }
        }
        self
    }

    /// A piece of work while a lock of this mode is held on its table.
    pub(super) fn work(self, kind: WorkKind, table: &Name, mode: Mode) -> Self {
        self.work_blocking(kind, table, mode.blocking())
    }

    /// A piece of work, saying who waits.
    pub(super) fn work_blocking(mut self, kind: WorkKind, table: &Name, blocking: Blocking) -> Self {
        self.0.work.push(Work { kind, table: table.clone(), blocking });
        self
    }

    /// The same reading and writing on another table; indexes are its own.
    pub(super) fn repeat(mut self, table: &Name, other: &Name) -> Self {
        let again = |w: &&Work| w.table == *table && matches!(w.kind, WorkKind::Rewrite | WorkKind::Scan { .. });
        let more: Vec<Work> =
            self.0.work.iter().filter(again).map(|w| Work { table: other.clone(), ..w.clone() }).gather();
        self.0.work.push_all(more);
        self
    }

    /// Lock and catalog entry: milliseconds.
    pub(super) fn catalog(self, table: &Name, mode: Mode) -> Self {
        self.lock(table, mode).work(WorkKind::Catalog, table, mode)
    }

    /// Every row is read under the lock.
    pub(super) fn scan(self, table: &Name, passes: u8, mode: Mode) -> Self {
        if passes == 0 { self } else { self.work(WorkKind::Scan { passes }, table, mode) }
    }

    /// Every row of the sources of a query is read, as far as it goes; says who waits meanwhile.
    pub(super) fn reads(self, sources: &[Name], blocking: Blocking) -> Self {
        sources.iter().fold(self, |answer, source| {
            answer.lock(source, Mode::AccessShare).work_blocking(WorkKind::Scan { passes: 1 }, source, blocking)
        })
    }

    /// An index is built in one go over the whole table.
    pub(super) fn build(self, key: IndexCost, table: &Name, mode: Mode) -> Self {
        self.work(WorkKind::IndexBuild { key, concurrently: false, share_percent: 100 }, table, mode)
    }

    /// Refused in a transaction block (25001).
    pub(super) fn not_in_transaction(mut self) -> Self {
        self.0.transactional = Transactional::Refused;
        self
    }

    /// How well it can be undone.
    pub(super) fn undo(mut self, undo: Undo) -> Self {
        self.0.undo = undo;
        self
    }

    /// Statements of running code that fail from now on.
    pub(super) fn breaks(mut self, which: impl Into<String>) -> Self {
        self.0.running_code = RunningCode::Breaks(which.into());
        self
    }

    /// Something about running code worth knowing; never weakens a break.
    pub(super) fn remark(mut self, text: impl Into<String>) -> Self {
        if self.0.running_code == RunningCode::Works {
            self.0.running_code = RunningCode::Remark(text.into());
        }
        self
    }

    /// Existing rows can make it fail.
    pub(super) fn may_fail(mut self, why: impl Into<String>) -> Self {
        self.0.may_fail_on_data = Some(why.into());
        self
    }

    /// The way that does not block.
    pub(super) fn online(mut self, form: impl Into<String>) -> Self {
        self.0.online_form = Some(form.into());
        self
    }

    /// Something was not given; the conservative case is shown.
    pub(super) fn assume(mut self, text: impl Into<String>) -> Self {
        self.0.certainty = self.0.certainty.max(Certainty::Assumed);
        self.0.assumptions.push(text.into());
        self
    }

    /// Assumes when the condition holds.
    pub(super) fn assume_if(self, condition: bool, text: impl FnOnce() -> String) -> Self {
        if condition { self.assume(text()) } else { self }
    }

    /// Applies a step when the condition holds.
    pub(super) fn when(self, condition: bool, step: impl FnOnce(Self) -> Self) -> Self {
        if condition { step(self) } else { self }
    }

    /// The finished answer: locks strongest first, the named relation (added first) before others of its strength.
    pub(super) fn done(mut self) -> Effects {
        self.0.locks = crate::order::by_key(self.0.locks, |lock| std::cmp::Reverse(Mode::from_word(lock.mode)));
        self.0
    }
}
