//! The eight table-level lock modes and which of them conflict.
//!
//! In: nothing but modes. Out: words, conflicts, who waits. Source: the manual's chapter Explicit Locking.

use crate::change::Name;
use crate::facts::{Blocking, Lock};
use crate::order::Gather;

/// A table-level lock mode, weakest first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub(super) enum Mode {
    AccessShare,
    RowShare,
    RowExclusive,
    ShareUpdateExclusive,
    Share,
    ShareRowExclusive,
    Exclusive,
    AccessExclusive,
}

use Mode::*;

impl Mode {
    /// Every mode, weakest first.
    pub(super) const ALL: [Mode; 8] = [
        AccessShare,
        RowShare,
        RowExclusive,
        ShareUpdateExclusive,
        Share,
        ShareRowExclusive,
        Exclusive,
        AccessExclusive,
    ];

    /// PostgreSQL's own word.
    pub(super) fn word(self) -> &'static str {
        match self {
            AccessShare => "ACCESS SHARE",
            RowShare => "ROW SHARE",
            RowExclusive => "ROW EXCLUSIVE",
            ShareUpdateExclusive => "SHARE UPDATE EXCLUSIVE",
            Share => "SHARE",
            ShareRowExclusive => "SHARE ROW EXCLUSIVE",
            Exclusive => "EXCLUSIVE",
            AccessExclusive => "ACCESS EXCLUSIVE",
        }
    }

    /// A mode by its word, as in `LOCK TABLE … IN word MODE`; without a word it is ACCESS EXCLUSIVE.
    pub(super) fn from_word(text: &str) -> Option<Mode> {
        if let Some(mode) = Mode::ALL.into_iter().find(|mode| mode.word() == text) {
            return Some(mode);
        }
        let upper = text.to_ascii_uppercase();
        let words: Vec<&str> = upper.split_whitespace().filter(|w| !matches!(*w, "IN" | "MODE" | "NOWAIT")).gather();
        let word = words.join(" ");
        if word.is_empty() {
            return Some(AccessExclusive);
        }
        Mode::ALL.into_iter().find(|mode| mode.word() == word)
    }

    /// The modes that this one conflicts with.
    fn conflicting(self) -> &'static [Mode] {
        match self {
            AccessShare => &[AccessExclusive],
            RowShare => &[Exclusive, AccessExclusive],
            RowExclusive => &[Share, ShareRowExclusive, Exclusive, AccessExclusive],
            ShareUpdateExclusive => &[ShareUpdateExclusive, Share, ShareRowExclusive, Exclusive, AccessExclusive],
            Share => &[RowExclusive, ShareUpdateExclusive, ShareRowExclusive, Exclusive, AccessExclusive],
            ShareRowExclusive => {
                &[RowExclusive, ShareUpdateExclusive, Share, ShareRowExclusive, Exclusive, AccessExclusive]
            }
            Exclusive => {
                &[RowShare, RowExclusive, ShareUpdateExclusive, Share, ShareRowExclusive, Exclusive, AccessExclusive]
            }
            AccessExclusive => &Mode::ALL,
        }
    }

    /// Can the two not be held at the same time by two sessions?
    pub(super) fn conflicts_with(self, other: Mode) -> bool {
        self.conflicting().contains(&other)
    }

    /// Plain SELECT waits.
    pub(super) fn blocks_reads(self) -> bool {
        self.conflicts_with(AccessShare)
    }

    /// INSERT, UPDATE, DELETE wait.
    pub(super) fn blocks_writes(self) -> bool {
        self.conflicts_with(RowExclusive)
    }

    /// Who waits while it is held.
    pub(super) fn blocking(self) -> Blocking {
        match (self.blocks_reads(), self.blocks_writes()) {
            (true, _) => Blocking::ReadsAndWrites,
            (false, true) => Blocking::Writes,
            (false, false) => Blocking::Nobody,
        }
    }

    /// The lock of this mode on a relation.
    pub(super) fn on(self, object: &Name) -> Lock {
        Lock {
            object: object.clone(),
            mode: self.word(),
            blocks_reads: self.blocks_reads(),
            blocks_writes: self.blocks_writes(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn conflicts_are_symmetric() {
        for a in Mode::ALL {
            for b in Mode::ALL {
                assert_eq!(a.conflicts_with(b), b.conflicts_with(a), "{} and {}", a.word(), b.word());
            }
        }
    }

    #[test]
    fn a_stronger_mode_blocks_at_least_as_much() {
        let words: Vec<_> = Mode::ALL.iter().map(|m| (m.word(), m.blocking())).collect();
        assert_eq!(
            words,
            [
                ("ACCESS SHARE", Blocking::Nobody),
                ("ROW SHARE", Blocking::Nobody),
                ("ROW EXCLUSIVE", Blocking::Nobody),
                ("SHARE UPDATE EXCLUSIVE", Blocking::Nobody),
                ("SHARE", Blocking::Writes),
                ("SHARE ROW EXCLUSIVE", Blocking::Writes),
                ("EXCLUSIVE", Blocking::Writes),
                ("ACCESS EXCLUSIVE", Blocking::ReadsAndWrites),
            ]
        );
    }

    #[test]
    fn reads_modes_as_written() {
        assert_eq!(Mode::from_word("share row  exclusive"), Some(ShareRowExclusive));
        assert_eq!(Mode::from_word("IN ACCESS SHARE MODE NOWAIT"), Some(AccessShare));
        assert_eq!(Mode::from_word(""), Some(AccessExclusive));
        assert_eq!(Mode::from_word("WRITE"), None);
    }
}
