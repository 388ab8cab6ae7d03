//! How an ALTER TABLE runs: its algorithm and the weakest LOCK clause that the server accepts for it.

use crate::facts::{Algorithm, Blocking, Certainty, Evidence};

/// What the LOCK clause leaves to others while the statement works, most first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(in crate::engines) enum LockClause {
    /// `LOCK=NONE`: reads and writes go on.
    None,
    /// `LOCK=SHARED`: reads go on.
    Shared,
    /// `LOCK=EXCLUSIVE`: nothing goes on.
    Exclusive,
}

impl LockClause {
    /// The word of the clause.
    pub(in crate::engines) fn word(self) -> &'static str {
        match self {
            LockClause::None => "NONE",
            LockClause::Shared => "SHARED",
            LockClause::Exclusive => "EXCLUSIVE",
        }
    }

    /// Who waits while the statement works.
    pub(in crate::engines) fn blocking(self) -> Blocking {
        match self {
            LockClause::None => Blocking::Nobody,
            LockClause::Shared => Blocking::Writes,
            LockClause::Exclusive => Blocking::ReadsAndWrites,
        }
    }
}

/// Algorithm and lock.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::engines) struct Way {
    /// INSTANT, NOCOPY, INPLACE, INPLACE with rebuild, COPY.
    pub(in crate::engines) algorithm: Algorithm,
    /// The weakest lock accepted.
    pub(in crate::engines) lock: LockClause,
    /// Can the statement say so? Partition statements of MySQL 5.7 and MariaDB take no such clause.
    pub(in crate::engines) sayable: bool,
}

pub(in crate::engines) const INSTANT: Way = Way::new(Algorithm::Instant, LockClause::None);
pub(in crate::engines) const INSTANT_EXCLUSIVE: Way = Way::new(Algorithm::Instant, LockClause::Exclusive);
pub(in crate::engines) const NOCOPY: Way = Way::new(Algorithm::NoCopy, LockClause::None);
pub(in crate::engines) const NOCOPY_SHARED: Way = Way::new(Algorithm::NoCopy, LockClause::Shared);
pub(in crate::engines) const INPLACE: Way = Way::new(Algorithm::Inplace, LockClause::None);
pub(in crate::engines) const INPLACE_SHARED: Way = Way::new(Algorithm::Inplace, LockClause::Shared);
pub(in crate::engines) const INPLACE_EXCLUSIVE: Way = Way::new(Algorithm::Inplace, LockClause::Exclusive);
pub(in crate::engines) const REBUILD: Way = Way::new(Algorithm::InplaceRebuild, LockClause::None);
pub(in crate::engines) const REBUILD_SHARED: Way = Way::new(Algorithm::InplaceRebuild, LockClause::Shared);
pub(in crate::engines) const COPY: Way = Way::new(Algorithm::Copy, LockClause::Shared);
pub(in crate::engines) const COPY_ONLINE: Way = Way::new(Algorithm::Copy, LockClause::None);

impl Way {
    const fn new(algorithm: Algorithm, lock: LockClause) -> Self {
        Way { algorithm, lock, sayable: true }
    }

    /// The same for a statement that takes neither ALGORITHM nor LOCK.
    pub(in crate::engines) const fn unsaid(self) -> Self {
        Way { sayable: false, ..self }
    }

    /// What one statement does that needs both: the slower algorithm, the stronger lock.
    pub(in crate::engines) fn with(self, other: Way) -> Way {
        Way {
            algorithm: self.algorithm.max(other.algorithm),
            lock: self.lock.max(other.lock),
            sayable: self.sayable && other.sayable,
        }
    }

    /// The clause that makes the server refuse rather than do something slower; none where there is nothing to
    /// insist on (a COPY that stops writers) or no clause is taken. INSTANT takes no LOCK on MySQL.
    pub(in crate::engines) fn clause(self) -> Option<String> {
        let algorithm = match self.algorithm {
            Algorithm::Instant => return self.sayable.then(|| "ALGORITHM=INSTANT".to_string()),
            Algorithm::NoCopy => "NOCOPY",
            Algorithm::Inplace | Algorithm::InplaceRebuild => "INPLACE",
            Algorithm::Copy => "COPY",
        };
        let worth_saying = self.sayable && (self.algorithm != Algorithm::Copy || self.lock == LockClause::None);
        worth_saying.then(|| format!("ALGORITHM={algorithm}, LOCK={}", self.lock.word()))
    }

    /// Does traffic flow while it works? The metadata lock at its end is short either way.
    pub(in crate::engines) fn online(self) -> bool {
        self.lock == LockClause::None
    }
}

/// A row of a server's table: how a case runs in a version, and how that is known.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(in crate::engines) struct Row {
    /// How it runs.
    pub(in crate::engines) way: Way,
    /// Observed or read.
    pub(in crate::engines) certainty: Certainty,
    /// Where.
    pub(in crate::engines) evidence: &'static [Evidence],
}

impl Row {
    /// Needs both rows: the weaker way, the lesser certainty.
    pub(in crate::engines) fn with(self, other: Row) -> Row {
        let weaker = if self.way.with(other.way) == self.way { self } else { other };
        Row { way: self.way.with(other.way), certainty: self.certainty.max(other.certainty), evidence: weaker.evidence }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_weakest_action_decides() {
        assert_eq!(INSTANT.with(INPLACE), INPLACE);
        assert_eq!(REBUILD.with(INPLACE_SHARED), REBUILD_SHARED);
        assert_eq!(COPY.with(INSTANT), COPY);
    }

    #[test]
    fn the_clause_makes_the_server_refuse_a_slower_way() {
        let clause = |way: Way| way.clause().unwrap_or_default();
        assert_eq!(clause(INSTANT), "ALGORITHM=INSTANT");
        assert_eq!(clause(REBUILD), "ALGORITHM=INPLACE, LOCK=NONE");
        assert_eq!(clause(NOCOPY_SHARED), "ALGORITHM=NOCOPY, LOCK=SHARED");
        assert_eq!(clause(COPY), "");
        assert_eq!(clause(COPY_ONLINE), "ALGORITHM=COPY, LOCK=NONE");
        assert_eq!(clause(INPLACE.unsaid()), "");
    }
}
