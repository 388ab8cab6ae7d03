//! Builds one answer about a database file.

use crate::change::Name;
use crate::facts::{Blocking, Certainty, Effects, Evidence, Lock, RunningCode, Transactional, Undo, Work, WorkKind};

/// The manual's page on what ALTER TABLE can do.
const ALTER_PAGE: Evidence = Evidence::Manual("ALTER TABLE, Making Other Kinds Of Table Schema Changes");
const SERVERS: Evidence = Evidence::Observed("SQLite 3.28–3.54.1");
const LOCKING: Evidence = Evidence::Manual("File Locking And Concurrency In SQLite Version 3");

/// An answer under construction.
#[derive(Debug, Clone)]
pub(super) struct Answer(Effects);

impl Answer {
    /// One row of sqlite_schema: a page or two.
    pub(super) fn ddl() -> Self {
        Answer::write(WorkKind::Catalog, &Name::new("main"))
    }

    /// Work on a table; no other connection can write to the file meanwhile.
    pub(super) fn write(kind: WorkKind, table: &Name) -> Self {
        Answer(Effects { certainty: Certainty::Proved, evidence: vec![SERVERS, LOCKING], ..Effects::none() })
            .lock("EXCLUSIVE", true)
            .lock("RESERVED", false)
            .work(kind, table, Blocking::Writes)
            .grant("the journal mode is not known: in rollback-journal mode the commit waits for readers and keeps them out for a moment, in WAL mode it does not")
    }

    /// Nothing is written.
    pub(super) fn read() -> Self {
        Answer(Effects { evidence: vec![LOCKING], ..Effects::none() })
    }

    fn lock(mut self, mode: &'static str, blocks_reads: bool) -> Self {
        self.0.locks.push(Lock { object: Name::new("main"), mode, blocks_reads, blocks_writes: true });
        self
    }

    /// More work under the same lock.
    pub(super) fn work(mut self, kind: WorkKind, table: &Name, blocking: Blocking) -> Self {
        self.0.work.push(Work { kind, table: table.clone(), blocking });
        self
    }

    /// Seen on these versions rather than on all.
    pub(super) fn observed(mut self, versions: &'static str) -> Self {
        self.0.evidence = vec![Evidence::Observed(versions), LOCKING];
        self
    }

    /// How well it can be undone.
    pub(super) fn undo(mut self, undo: Undo) -> Self {
        self.0.undo = undo;
        self
    }

    /// The same, for a sequence that runs in a transaction of its own.
    pub(super) fn commits_with(self, undo: Undo) -> Self {
        self.undo(undo)
    }

    /// May it run in a transaction?
    pub(super) fn transactional(mut self, transactional: Transactional) -> Self {
        self.0.transactional = transactional;
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

    /// Existing rows can make it fail; several reasons are joined.
    pub(super) fn may_fail(mut self, why: impl Into<String>) -> Self {
        let why = why.into();
        self.0.may_fail_on_data = Some(match self.0.may_fail_on_data.take() {
            Some(before) => format!("{before}; {why}"),
            None => why,
        });
        self
    }

    /// The library answers with an error and does nothing.
    pub(super) fn refuse(mut self, why: impl Into<String>) -> Self {
        self.0.refused.get_or_insert_with(|| why.into());
        self
    }

    /// Something was not given; the conservative case is shown.
    pub(super) fn assume(mut self, text: impl Into<String>) -> Self {
        self.0.certainty = self.0.certainty.max(Certainty::Assumed);
        self.0.assumptions.push(text.into());
        self
    }

    /// Something worth knowing that does not weaken the fact.
    pub(super) fn grant(mut self, text: impl Into<String>) -> Self {
        self.0.assumptions.push(text.into());
        self
    }

    /// The finished answer.
    pub(super) fn done(self) -> Effects {
        self.0
    }
}

/// A form that SQLite does not have.
pub(super) fn not_offered(form: &str, instead: &str) -> Effects {
    let mut effects = Effects::none();
    effects.evidence = vec![Evidence::Manual("SQL As Understood By SQLite")];
    effects.refused = Some(format!("SQLite has no {form} (syntax error); use {instead}"));
    effects
}

/// What ALTER TABLE cannot do: the table has to be made anew.
pub(super) fn rebuild_needed(table: &Name, what: &str) -> Effects {
    let mut effects = Effects::none();
    effects.certainty = Certainty::Proved;
    effects.evidence = vec![SERVERS, ALTER_PAGE];
    effects.refused = Some(format!(
        "ALTER TABLE cannot {what}: {table} has to be made anew (new table, copy, drop, rename) in one transaction"
    ));
    effects
}
