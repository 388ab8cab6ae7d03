//! What tells the two servers apart.

use super::answer::Mdl;
use super::case::Case;
use super::table::Traits;
use super::way::Row;
use crate::change::Change;
use crate::facts::Evidence;
use crate::target::Version;
use crate::world::World;

/// One of the two servers.
pub(in crate::engines) trait Server: Sync {
    /// `MySQL`, `MariaDB`.
    fn title(&self) -> &'static str;

    /// How a case of ALTER TABLE runs on a table.
    fn row(&self, case: Case, table: &Traits, version: Version) -> Row;

    /// Why this version refuses the change as it is written.
    fn refusal(&self, change: &Change, world: &World<'_>) -> Option<String>;

    /// The lock that a statement takes on tables which its table references.
    fn parent_lock(&self, deed: ParentDeed, version: Version) -> Option<Mdl>;

    /// What this version does in silence.
    fn silence(&self, change: &Change, version: Version) -> Option<&'static str>;

    /// A rebuild in place can fail with a duplicate that does not exist (MySQL).
    fn false_duplicates(&self) -> bool;

    /// `column type REFERENCES …` makes a foreign key rather than being read and dropped.
    fn inline_references(&self, version: Version) -> bool;

    /// Where the answers for statements other than ALTER TABLE come from.
    fn evidence(&self) -> &'static [Evidence];
}

/// What is done to a table that references others.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::engines) enum ParentDeed {
    /// ADD FOREIGN KEY.
    AddKey,
    /// DROP FOREIGN KEY.
    DropKey,
    /// CREATE TABLE with a foreign key.
    CreateChild,
    /// DROP TABLE of the referencing table.
    DropChild,
}
