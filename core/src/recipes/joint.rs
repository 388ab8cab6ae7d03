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
    /// Better than the statements one by one even where each of them is safe.
    pub even_if_safe: bool,
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
