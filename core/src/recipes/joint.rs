//! Changes that take several statements of a script: a column copied and dropped, a constraint dropped and added again.
//!
//! In: the statements from one on, and the world before them. Out: one draft for those that belong together. Never: a
//! statement that was not understood as a member.

use super::Cx;
use crate::change::Change;
use crate::draft::Draft;
use crate::target::Engine;

/// Statements from one on, as far as a recipe may look.
pub struct Ahead<'a> {
    /// The world before the first of them; its change is that of the first.
    pub cx: Cx<'a>,
    /// The first is the one at hand.
    pub statements: Vec<Pasted<'a>>,
}

/// One statement of the script.
pub struct Pasted<'a> {
    /// What it changes.
    pub changes: Vec<&'a Change>,
    /// As written.
    pub sql: &'a str,
}

impl<'a> Ahead<'a> {
    /// Every change with the place of its statement.
    pub fn changes(&self) -> impl Iterator<Item = (usize, &'a Change)> {
        self.statements.iter().enumerate().flat_map(|(at, s)| s.changes.iter().map(move |change| (at, *change)))
    }

    /// The first statement behind the first whose only change passes.
    pub fn later<T>(&self, pick: impl Fn(&'a Change) -> Option<T>) -> Option<(usize, T)> {
        self.statements.iter().enumerate().skip(1).find_map(|(at, statement)| match statement.changes.as_slice() {
            [only] => pick(only).map(|found| (at, found)),
            _ => None,
        })
    }
}

/// One draft for several statements.
pub struct Joint {
    /// The draft.
    pub draft: Draft,
    /// Places of the statements that it stands for, the first (0) among them.
    pub members: Vec<usize>,
    /// When it does.
    pub taken: Taken,
    /// What stands between the members.
    pub between: Between,
}

impl Joint {
    /// For members of which one is not safe, with nothing between them that touches what they touch.
    pub fn of(draft: Draft, members: Vec<usize>) -> Joint {
        Joint { draft, members, taken: Taken::WhenUnsafe, between: Between::Untouched }
    }
}

/// When a joint draft takes the place of those of its members.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Taken {
    /// One of the members is not safe.
    WhenUnsafe,
    /// A statement from the first to the last member is not safe: the plan would take the members apart.
    WhenUnsafeWithin,
    /// It is better than the statements one by one even where each of them is safe.
    Always,
}

/// What stands between the members of a joint draft.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Between {
    /// Nothing may touch what the members touch; the draft stands in the place of the first.
    Untouched,
    /// The recipe has looked: it goes before the draft, which stands in the place of the last member.
    Before,
    /// The recipe has looked: it comes after the draft.
    After,
}

/// A recipe over several statements.
pub struct JointRecipe {
    /// Stable kebab-case id.
    pub id: &'static str,
    /// What it is for, one line.
    pub title: &'static str,
    /// The engines whose dialect and locks it is made for.
    pub for_engine: &'static [Engine],
    /// Can a change be the first of them? Cheap: asked for every statement.
    pub starts: fn(&Change) -> bool,
    /// The draft, when the statements belong together.
    pub find: fn(&Ahead<'_>) -> Option<Joint>,
}
