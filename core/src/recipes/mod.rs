//! How a change is done without stopping traffic: one file per recipe.
//!
//! In: a change that is not safe as written, its effects, the world. Out: a [`Draft`]. Never: numbering, merging,
//! times (the plan does that); SQL that was not printed or quoted by the engine.

pub mod shared;
pub mod dialect;
pub mod joint;
pub mod inverse;
pub mod as_written;
pub mod postgres;
pub mod mysql;
pub mod sqlite;

use crate::change::{Change, Ident, Name};
use crate::draft::{Draft, Run};
use crate::engines::{self, Capability, EngineFacts};
use crate::facts::Effects;
use crate::order::Gather;
use crate::target::{Engine, held};
use crate::world::{RowCount, World};

/// All that a recipe may look at.
#[derive(Clone, Copy)]
pub struct Cx<'a> {
    /// What is known, before the change.
    pub world: World<'a>,
    /// The change.
    pub change: &'a Change,
    /// Its effects as written.
    pub effects: &'a Effects,
    /// Source text of the action (for quoting it unchanged).
    pub sql: &'a str,
    /// The statement was found safe as it is (recipes for other engines' traps may still add steps).
    pub safe_as_written: bool,
}

impl<'a> Cx<'a> {
    /// The engine to print with.
    pub fn engine(&self) -> &'static dyn EngineFacts {
        engines::of(self.world.target.engine())
    }

    /// A change as a statement to run, at whatever place of the plan: printed without a look at the schema, which is
    /// that before the change. Empty SQL when the engine has no single statement for it: recipes ask
    /// [`EngineFacts::can`] first.
    pub fn run(&self, change: Change) -> Run {
        let sql = self.engine().print(&change, self.world.target).unwrap_or_default();
        Run { sql, change }
    }

    /// Does the server offer it?
    pub fn can(&self, capability: Capability) -> bool {
        self.engine().can(capability, self.world.target)
    }

    /// An identifier for SQL.
    pub fn ident(&self, ident: &Ident) -> String {
        self.engine().ident(ident)
    }

    /// Identifiers for SQL, separated by commas.
    pub fn idents(&self, idents: &[Ident]) -> String {
        idents.iter().map(|i| self.ident(i)).gather().join(", ")
    }

    /// A name for SQL.
    pub fn name(&self, name: &Name) -> String {
        engines::name_sql(self.engine(), name)
    }

    /// Rows of a table, given or assumed.
    pub fn rows(&self, table: &Name) -> RowCount {
        self.world.sizes.rows(&self.world, table)
    }
}

/// A recipe.
pub struct Recipe {
    /// Stable kebab-case id.
    pub id: &'static str,
    /// What it is for, one line.
    pub title: &'static str,
    /// The engines whose dialect and locks it is made for.
    pub for_engine: &'static [Engine],
    /// The draft, when the recipe is the one for this change.
    pub draft: fn(&Cx<'_>) -> Option<Draft>,
}

held! {
/// Every recipe; of those for the engine, the first that answers is taken. The fallbacks stand last.
ALL: Recipe = &[
    &postgres::rename_column::RECIPE,
    &postgres::type_around::RECIPE,
    &postgres::change_type::RECIPE,
    &postgres::rename_table::RECIPE,
    &postgres::rename_object::RECIPE,
    &postgres::rename_enum_value::RECIPE,
    &postgres::add_column::RECIPE,
    &postgres::add_generated::RECIPE,
    &postgres::exclude_by_copy::RECIPE,
    &postgres::add_exclusion::RECIPE,
    &postgres::serial_to_identity::RECIPE,
    &postgres::change_rows::RECIPE,
    &postgres::refresh_view::RECIPE,
    &postgres::truncate::RECIPE,
    &postgres::partition::RECIPE,
    &postgres::domain::RECIPE,
    &postgres::set_not_null::RECIPE,
    &postgres::add_foreign_key::RECIPE,
    &postgres::add_unique::RECIPE,
    &postgres::add_check::RECIPE,
    &postgres::create_index::RECIPE,
    &postgres::drop_index::RECIPE,
    &postgres::reindex::RECIPE,
    &postgres::drop_column::RECIPE,
    &postgres::drop_table::RECIPE,
    &postgres::drop_constraint::RECIPE,
    &postgres::drop_object::RECIPE,
    &mysql::rename_column::RECIPE,
    &mysql::wider_key::RECIPE,
    &mysql::change_type::RECIPE,
    &mysql::redefine_column::RECIPE,
    &mysql::add_column::RECIPE,
    &mysql::drop_column::RECIPE,
    &mysql::add_foreign_key::RECIPE,
    &mysql::add_unique::RECIPE,
    &mysql::drop_table::RECIPE,
    &mysql::rename_table::RECIPE,
    &mysql::rows::RECIPE,
    &mysql::partition::RECIPE,
    &mysql::copy_table::RECIPE,
    &sqlite::rename_column::RECIPE,
    &sqlite::add_column::RECIPE,
    &sqlite::unique::RECIPE,
    &sqlite::drop_column::RECIPE,
    &sqlite::rebuild::RECIPE,
    &sqlite::drop_table::RECIPE,
    &shared::refused::RECIPE,
    &postgres::window::RECIPE,
    &mysql::copy_swap::RECIPE,
    &mysql::window::RECIPE,
    &shared::approval::RECIPE,
]
}

held! {
/// Recipes over several statements; of those for the engine, the first that answers is taken.
JOINT: joint::JointRecipe = &[
    // What stands around a change of type comes before what it would be on its own.
    &postgres::retype::RECIPE,
    &postgres::replace_enum::RECIPE,
    &postgres::copy_column::RECIPE,
    &postgres::copy_table::RECIPE,
    &postgres::split_table::RECIPE,
    &postgres::first_partition::RECIPE,
    &postgres::replace_function::RECIPE,
    &postgres::drop_trigger::RECIPE,
    &postgres::move_column::RECIPE,
    &postgres::replace_constraint::RECIPE,
    &postgres::replace_key::RECIPE,
    &postgres::replace_index::RECIPE,
    &postgres::replace_view::RECIPE,
    &postgres::row_security::RECIPE,
    &mysql::copy_column::RECIPE,
    &mysql::move_column::RECIPE,
    &mysql::split_table::RECIPE,
    &mysql::one_pass::RECIPE,
    &sqlite::copy_column::RECIPE,
    &sqlite::move_column::RECIPE,
    &sqlite::split_table::RECIPE,
    &sqlite::rebuild::SEVERAL,
]
}

/// The draft for one change: as written when that is safe, else what the first recipe says. Total.
pub fn draft(cx: &Cx<'_>) -> Draft {
    if cx.safe_as_written {
        return as_written::draft(cx);
    }
    propose(cx).unwrap_or_else(|| as_written::draft(cx))
}

/// What the first recipe of the engine proposes.
pub fn propose(cx: &Cx<'_>) -> Option<Draft> {
    ALL.iter().filter(|r| r.for_engine.contains(&cx.world.target.engine())).find_map(|r| (r.draft)(cx))
}

#[cfg(test)]
mod tests {
    use super::ALL;
    use std::collections::BTreeSet;

    #[test]
    fn ids_are_unique_kebab_case() {
        let ids: BTreeSet<_> = ALL.iter().map(|r| r.id).collect();
        assert_eq!(ids.len(), ALL.len());
        assert!(ids.iter().all(|id| id.chars().all(|c| c.is_ascii_lowercase() || c == '-')));
    }
}
