//! How a change is done without stopping traffic: one file per recipe.
//!
//! In: a change that is not safe as written, its effects, the world. Out: a [`Draft`]. Never: numbering, merging,
//! times (the plan does that); SQL that was not printed or quoted by the engine.

pub mod as_written;

use crate::change::Change;
use crate::draft::{Draft, Run};
use crate::engines::{self, EngineFacts};
use crate::facts::Effects;
use crate::world::World;

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
        engines::of(self.world.target.engine)
    }

    /// A change as a statement to run. Empty SQL when the engine has no single statement for it: recipes ask
    /// [`EngineFacts::can`] first.
    pub fn run(&self, change: Change) -> Run {
        let sql = self.engine().print(&change, self.world.target).unwrap_or_default();
        Run { sql, change }
    }
}

/// A recipe.
pub struct Recipe {
    /// Stable kebab-case id.
    pub id: &'static str,
    /// What it is for, one line.
    pub title: &'static str,
    /// The draft, when the recipe is the one for this change.
    pub draft: fn(&Cx<'_>) -> Option<Draft>,
}

/// Every recipe; the first that answers is taken.
pub static ALL: &[Recipe] = &[];

/// The draft for a change: of the first recipe that answers, or the change as it was written.
pub fn draft(cx: &Cx<'_>) -> Draft {
    ALL.iter().find_map(|recipe| (recipe.draft)(cx)).unwrap_or_else(|| as_written::draft(cx))
}
