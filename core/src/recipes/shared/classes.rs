//! The class of a constraint, for statements that have to say it (`DROP FOREIGN KEY`).

use crate::change::{ConstraintClass, ConstraintKind};

/// The class of a kind.
pub fn of(kind: &ConstraintKind) -> Option<ConstraintClass> {
    Some(match kind {
        ConstraintKind::PrimaryKey { .. } => ConstraintClass::PrimaryKey,
        ConstraintKind::Unique { .. } => ConstraintClass::Unique,
        ConstraintKind::Check { .. } => ConstraintClass::Check,
        ConstraintKind::ForeignKey(_) => ConstraintClass::ForeignKey,
        ConstraintKind::Exclude => ConstraintClass::Exclusion,
        ConstraintKind::NotNull { .. } => ConstraintClass::NotNull,
    })
}
