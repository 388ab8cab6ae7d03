//! Builds one answer, so that a fact reads as a few lines.

use crate::change::Name;
use crate::facts::{Blocking, Certainty, Effects, Evidence, Lock, RunningCode, Transactional, Undo, Work, WorkKind};
use crate::order::Gather;

/// A metadata lock, weakest first, in the words of `performance_schema.metadata_locks`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(in crate::engines) enum Mdl {
    /// Plain SELECT.
    SharedRead,
    /// INSERT, UPDATE, DELETE, SELECT … FOR UPDATE.
    SharedWrite,
    /// First phase of ALTER TABLE: traffic goes on.
    SharedUpgradable,
    /// LOCK TABLES … READ.
    SharedReadOnly,
    /// ALTER TABLE by COPY: writers wait.
    SharedNoWrite,
    /// LOCK TABLES … WRITE.
    SharedNoReadWrite,
    /// Last phase of every DDL.
    Exclusive,
    /// Of a related table: its writers need the metadata lock of the table that is changed.
    ByForeignKey,
    /// 5.7: rows of the parent, locked one by one while the child is copied.
    ParentRows,
    /// MariaDB: a parent table, locked by the storage engine against writers.
    InnodbTable,
}

impl Mdl {
    /// The server's word.
    pub(in crate::engines) fn word(self) -> &'static str {
        match self {
            Mdl::SharedRead => "MDL SHARED_READ",
            Mdl::SharedWrite => "MDL SHARED_WRITE",
            Mdl::SharedUpgradable => "MDL SHARED_UPGRADABLE",
            Mdl::SharedReadOnly => "MDL SHARED_READ_ONLY",
            Mdl::SharedNoWrite => "MDL SHARED_NO_WRITE",
            Mdl::SharedNoReadWrite => "MDL SHARED_NO_READ_WRITE",
            Mdl::Exclusive => "MDL EXCLUSIVE",
            Mdl::ByForeignKey => "MDL by foreign key",
            Mdl::ParentRows => "InnoDB row locks",
            Mdl::InnodbTable => "InnoDB table lock",
        }
    }

    /// Who waits for it.
    pub(in crate::engines) fn blocking(self) -> Blocking {
        match self {
            Mdl::SharedRead | Mdl::SharedWrite | Mdl::SharedUpgradable => Blocking::Nobody,
            Mdl::SharedReadOnly | Mdl::SharedNoWrite | Mdl::ByForeignKey | Mdl::ParentRows | Mdl::InnodbTable => {
                Blocking::Writes
            }
            Mdl::SharedNoReadWrite | Mdl::Exclusive => Blocking::ReadsAndWrites,
        }
    }

    /// The lock on an object.
    pub(in crate::engines) fn on(self, object: &Name) -> Lock {
        Lock {
            object: object.clone(),
            mode: self.word(),
            blocks_reads: self.blocking() == Blocking::ReadsAndWrites,
            blocks_writes: self.blocking() != Blocking::Nobody,
        }
    }
}

/// An answer under construction. It starts as DDL that commits, takes no lock and does no work.
#[derive(Debug, Clone)]
pub(in crate::engines) struct Answer(Effects);

impl Answer {
    /// DDL, known with this certainty from there. What only the manual says of this version was seen on others at best.
    pub(in crate::engines) fn ddl(certainty: Certainty, evidence: &[Evidence]) -> Self {
        let here = |source: &Evidence| match source {
            Evidence::Observed(versions) if certainty != Certainty::Proved => Evidence::ObservedElsewhere(versions),
            source => *source,
        };
        Answer(Effects {
            certainty,
            evidence: evidence.iter().map(here).gather(),
            transactional: Transactional::ImplicitCommit,
            ..Effects::none()
        })
    }

    /// A statement that does not commit: rows, session settings, transactions.
    pub(in crate::engines) fn plain(evidence: &[Evidence]) -> Self {
        let mut answer = Answer::ddl(Certainty::Proved, evidence);
        answer.0.certainty = Certainty::Documented;
        answer.0.transactional = Transactional::Yes;
        answer
    }

    /// The server answers with an error and does nothing.
    pub(in crate::engines) fn refused(evidence: &[Evidence], why: impl Into<String>) -> Effects {
        Answer::ddl(Certainty::Documented, evidence).refuse(why).done()
    }

    /// Refuses, unless already refused.
    pub(in crate::engines) fn refuse(mut self, why: impl Into<String>) -> Self {
        self.0.refused.get_or_insert_with(|| why.into());
        self
    }

    /// A lock on an object; the strongest of one object counts, unless it is another lock altogether.
    pub(in crate::engines) fn lock(mut self, object: &Name, mode: Mdl) -> Self {
        let lock = mode.on(object);
        if !self.0.locks.contains(&lock) {
            self.0.locks.push(lock);
        }
        self
    }

    /// A piece of work and who waits for it.
    pub(in crate::engines) fn work(mut self, kind: WorkKind, table: &Name, blocking: Blocking) -> Self {
        self.0.work.push(Work { kind, table: table.clone(), blocking });
        self
    }

    /// An exclusive lock held for a catalog entry: milliseconds.
    pub(in crate::engines) fn catalog(self, object: &Name) -> Self {
        self.lock(object, Mdl::Exclusive).work(WorkKind::Catalog, object, Blocking::ReadsAndWrites)
    }

    /// The algorithm, in the server's word.
    pub(in crate::engines) fn algorithm(mut self, algorithm: crate::facts::Algorithm) -> Self {
        self.0.algorithm = Some(algorithm);
        self
    }

    /// The clause or way that does not block.
    pub(in crate::engines) fn online(mut self, form: Option<String>) -> Self {
        self.0.online_form = form;
        self
    }

    /// How well it can be undone.
    pub(in crate::engines) fn undo(mut self, undo: Undo) -> Self {
        self.0.undo = undo;
        self
    }

    /// Statements of running code that fail from now on.
    pub(in crate::engines) fn breaks(mut self, which: impl Into<String>) -> Self {
        self.0.running_code = RunningCode::Breaks(which.into());
        self
    }

    /// Something about running code worth knowing; never weakens a break, never replaces another remark.
    pub(in crate::engines) fn remark(mut self, text: impl Into<String>) -> Self {
        if self.0.running_code == RunningCode::Works {
            self.0.running_code = RunningCode::Remark(text.into());
        }
        self
    }

    /// Existing rows can make it fail; several reasons are joined.
    pub(in crate::engines) fn may_fail(mut self, why: impl Into<String>) -> Self {
        let why = why.into();
        self.0.may_fail_on_data = Some(match self.0.may_fail_on_data.take() {
            Some(before) => format!("{before}; {why}"),
            None => why,
        });
        self
    }

    /// Something was not given; the conservative case is shown.
    pub(in crate::engines) fn assume(mut self, text: impl Into<String>) -> Self {
        self.0.certainty = self.0.certainty.max(Certainty::Assumed);
        self.0.assumptions.push(text.into());
        self
    }

    /// Something taken for granted that seldom is otherwise: said, but the fact stands.
    pub(in crate::engines) fn grant(mut self, text: impl Into<String>) -> Self {
        self.0.assumptions.push(text.into());
        self
    }

    /// Does not commit what is open.
    pub(in crate::engines) fn transactional(mut self, transactional: Transactional) -> Self {
        self.0.transactional = transactional;
        self
    }

    /// Applies a step when the condition holds.
    pub(in crate::engines) fn when(self, condition: bool, step: impl FnOnce(Self) -> Self) -> Self {
        if condition { step(self) } else { self }
    }

    /// The finished answer. Locks that stop more stand first; the named object was added first.
    pub(in crate::engines) fn done(mut self) -> Effects {
        self.0.locks =
            crate::order::by_key(self.0.locks, |lock| std::cmp::Reverse((lock.blocks_reads, lock.blocks_writes)));
        self.0
    }
}
