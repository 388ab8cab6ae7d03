//! What tells the two servers apart.

use super::answer::Mdl;
use super::case::Case;
use super::table::Traits;
use super::way::{LockClause, Row, Way};
use crate::change::{Change, ColumnDef, ConstraintKind, Ident};
use crate::facts::{Algorithm, Effects, Evidence};
use crate::order::Gather;
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

    /// The lock that changing a table takes on a table that it references.
    fn lock_on_parent(&self, deed: Deed, version: Version) -> Option<Mdl>;

    /// The lock that changing a table takes on a table that references it.
    fn lock_on_child(&self, deed: Deed, version: Version) -> Option<Mdl>;

    /// What this version does in silence.
    fn silence(&self, change: &Change, version: Version) -> Option<&'static str>;

    /// A rebuild in place can fail with a duplicate that does not exist (MySQL).
    fn false_duplicates(&self) -> bool;

    /// So many INSTANT changes of columns does a table take until it is made anew; none where there is no such limit.
    fn row_versions(&self, version: Version) -> Option<u32>;

    /// `column type REFERENCES …` makes a foreign key rather than being read and dropped.
    fn inline_references(&self, version: Version) -> bool;

    /// After DROP DEFAULT a column that may be NULL gets NULL when an INSERT leaves it out (MariaDB).
    fn null_for_no_default(&self) -> bool;

    /// What several actions at once make of the weakest of them.
    fn mixed(&self, mix: Mix, weakest: Way, version: Version) -> Way;

    /// Why several actions at once are refused though each alone is not.
    fn refuses_mix(&self, mix: Mix) -> Option<&'static str>;

    /// Is there such an ALGORITHM?
    fn knows(&self, algorithm: &str, version: Version) -> bool;

    /// May LOCK stand beside ALGORITHM=INSTANT?
    fn instant_takes_lock(&self) -> bool;

    /// The weakest LOCK of a COPY.
    fn copy_lock(&self, version: Version) -> LockClause;

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

/// What is done to a table that shares a foreign key with another, the key left as it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::engines) enum Deed {
    /// ALTER TABLE, CREATE INDEX.
    Alter,
    /// RENAME TABLE.
    Rename,
    /// TRUNCATE TABLE.
    Truncate,
}

/// Which kinds of action stand in one statement.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(in crate::engines) struct Mix {
    /// A column is added, dropped or moved at once: possible only if everything else is INSTANT too.
    pub(in crate::engines) instant_column: bool,
    /// An index is built.
    pub(in crate::engines) adds_index: bool,
    /// A VIRTUAL column is added.
    pub(in crate::engines) adds_virtual: bool,
    /// An ordinary column is added or dropped.
    pub(in crate::engines) plain_column: bool,
    /// An index is built on a VIRTUAL column that the statement adds.
    pub(in crate::engines) indexes_new_virtual: bool,
    /// FULLTEXT indexes that are added.
    pub(in crate::engines) fulltext: usize,
}

impl Mix {
    /// The kinds of these actions.
    pub(in crate::engines) fn of(changes: &[&Change], alone: &[Effects]) -> Mix {
        let mut mix = Mix::default();
        let is_virtual = |column: &ColumnDef| column.generated.as_ref().is_some_and(|generated| !generated.stored);
        let new_virtual: Vec<&Ident> = changes
            .iter()
            .filter_map(|change| match change {
                Change::AddColumn { column, .. } if is_virtual(column) => Some(&column.name),
                _ => None,
            })
            .gather();
        for (change, effects) in changes.iter().zip(alone) {
            let instant = effects.algorithm == Some(Algorithm::Instant);
            match change {
                Change::AddColumn { column, .. } if is_virtual(column) => mix.adds_virtual = true,
                Change::AddColumn { .. } | Change::DropColumn { .. } => {
                    mix.plain_column = true;
                    mix.instant_column |= instant;
                }
                Change::RedefineColumn { position: Some(_), .. } => mix.instant_column |= instant,
                Change::CreateIndex(index) => {
                    mix.adds_index = true;
                    mix.fulltext += usize::from(index.kind == crate::change::IndexKind::Fulltext);
                    mix.indexes_new_virtual |=
                        index.parts.iter().any(|part| part.column.as_ref().is_some_and(|c| new_virtual.contains(&c)));
                }
                Change::AddConstraint { constraint, .. } => {
                    mix.adds_index |= matches!(constraint.kind, ConstraintKind::Unique { .. });
                }
                _ => {}
            }
        }
        mix
    }
}
