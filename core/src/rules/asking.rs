//! What several rules ask of a change and its neighbours.

use super::{RuleCx, RuleFinding};
use crate::change::{BATCH_AT_MOST, Change, ColumnDef, Constraint, ConstraintKind, DataType, ForeignKey, Ident, Name};
use crate::order::Gather;
use crate::parse::Action;
use crate::report::Severity;
use crate::schema::same_ident;
use crate::target::Target;
use std::cell::{OnceCell, RefCell};

pub(super) use crate::source::{first_words, has};

/// How many statements around one are looked at: what belongs together stands together, and long scripts stay quick.
const NEAR: usize = 100;

/// Good to know.
pub(super) fn note(message: impl Into<String>) -> Option<RuleFinding> {
    Some(RuleFinding { severity: Severity::Info, message: message.into() })
}

/// Look at it.
pub(super) fn warn(message: impl Into<String>) -> Option<RuleFinding> {
    Some(RuleFinding { severity: Severity::Warning, message: message.into() })
}

/// Do not run it like that.
pub(super) fn danger(message: impl Into<String>) -> Option<RuleFinding> {
    Some(RuleFinding { severity: Severity::Danger, message: message.into() })
}

/// A warning on a table in use, a note on one that the script makes.
pub(super) fn by_use(used: bool, message: impl Into<String>) -> Option<RuleFinding> {
    if used { warn(message) } else { note(message) }
}

/// The tokens of a text, a space around each, comments left out.
pub(super) fn words(text: &str, target: Target) -> String {
    first_words(text, target, usize::MAX)
}

/// What was asked of the words of a statement: it can have thousands of actions, and its text is long then.
#[derive(Debug, Default)]
pub struct Said {
    tokens: OnceCell<String>,
    answers: RefCell<Vec<(&'static str, bool)>>,
}

impl<'a> RuleCx<'a> {
    /// The text of this change.
    pub(super) fn sql(&self) -> &'a str {
        self.action.span.of(self.text)
    }

    /// The tokens of this change, a space around each, comments left out: to look for words in.
    pub(super) fn words(&self) -> String {
        words(self.sql(), self.world.target)
    }

    /// Do the tokens of the whole statement, a space around each, hold these words? `wanted` is in capitals.
    pub(super) fn statement_says(&self, wanted: &'static str) -> bool {
        let known = self.said.answers.borrow().iter().find(|(asked, _)| *asked == wanted).map(|(_, answer)| *answer);
        known.unwrap_or_else(|| {
            let tokens = self.said.tokens.get_or_init(|| words(self.statement.span.of(self.text), self.world.target));
            let answer = has(tokens, wanted);
            self.said.answers.borrow_mut().push((wanted, answer));
            answer
        })
    }

    /// Other people use the table: the script did not make it.
    pub(super) fn used(&self, table: &Name) -> bool {
        !self.world.schema.is_new(table)
    }

    /// Changes of the statements behind this one, the nearest first.
    pub(super) fn later(&self) -> impl Iterator<Item = &'a Action> + use<'a> {
        self.script.statements.iter().skip(self.index + 1).take(NEAR).flat_map(|statement| &statement.changes)
    }

    /// Changes of the statements before this one, in order.
    pub(super) fn earlier(&self) -> impl Iterator<Item = &'a Action> + use<'a> {
        let from = self.index.saturating_sub(NEAR);
        let near = self.script.statements.iter().take(self.index).skip(from);
        near.flat_map(|statement| &statement.changes)
    }

    /// The text of the statements behind this one.
    pub(super) fn text_behind(&self) -> &'a str {
        let last = (self.index + NEAR).min(self.script.statements.len().saturating_sub(1));
        let end = self.script.statements.get(last).map_or(0, |statement| statement.span.end);
        self.text.get(self.statement.span.end..end).unwrap_or_default()
    }

    /// A large table in use that queries in brackets of this change read as a whole.
    pub(super) fn reads_large(&self) -> Option<Name> {
        if !self.statement_says(" SELECT ") {
            return None;
        }
        let large = |table: &Name| {
            let rows = self.world.sizes.rows(&self.world, table);
            self.used(table) && (rows.rows > BATCH_AT_MOST || !rows.known)
        };
        let reads = crate::parse::inside::reads(self.sql(), self.world.target);
        let read = reads.into_iter().find(|(table, filter)| !self.world.looks_up(table, filter) && large(table));
        read.map(|(table, _)| table)
    }

    /// The same table to this engine.
    pub(super) fn same_table(&self, a: &Name, b: &Name) -> bool {
        let schemas = match (&a.schema, &b.schema) {
            (Some(a), Some(b)) => self.same(a, b),
            _ => true,
        };
        schemas && self.same(&a.object, &b.object)
    }

    /// The same identifier to this engine.
    pub(super) fn same(&self, a: &Ident, b: &Ident) -> bool {
        same_ident(self.world.target, a, b)
    }

    /// Expected seconds of all that this change does.
    pub(super) fn seconds(&self) -> f64 {
        self.effects.work.iter().map(|work| crate::estimate::seconds(work, &self.world).expected).sum()
    }
}

/// Columns that the change defines, with their table.
pub(super) fn new_columns(change: &Change) -> Vec<(&Name, &ColumnDef)> {
    match change {
        Change::CreateTable(def) => def.columns.iter().map(|column| (&def.name, column)).gather(),
        Change::AddColumn { table, column, .. } => vec![(table, column)],
        _ => Vec::new(),
    }
}

/// Columns that the change defines with such a type, as a list for a sentence; none when there are none.
pub(super) fn columns_of_type(change: &Change, wanted: impl Fn(&DataType) -> bool) -> Option<String> {
    let fits = |column: &&ColumnDef| column.data_type.as_ref().is_some_and(&wanted);
    let columns = new_columns(change);
    let named: Vec<&Ident> = columns.iter().map(|(_, column)| *column).filter(fits).map(|c| &c.name).gather();
    (!named.is_empty()).then(|| list(&named))
}

/// `a, b, c and 4 more`.
pub(super) fn list(names: &[&Ident]) -> String {
    const MOST: usize = 3;
    let mut text: Vec<&str> = names.iter().take(MOST).map(|name| name.value.as_str()).gather();
    let more = names.len().saturating_sub(MOST);
    let rest = format!("{more} more");
    if more > 0 {
        text.push(&rest);
    }
    text.join(", ")
}

/// Constraints that the change adds, with their table and the column that they are written with.
pub(super) fn new_constraints(change: &Change) -> impl Iterator<Item = (&Name, Option<&ColumnDef>, &Constraint)> {
    let (table, columns, own): (Option<&Name>, &[ColumnDef], &[Constraint]) = match change {
        Change::CreateTable(def) => (Some(&def.name), &def.columns, &def.constraints),
        Change::AddColumn { table, column, .. } => (Some(table), std::slice::from_ref(column), &[]),
        Change::AddConstraint { table, constraint } => (Some(table), &[], std::slice::from_ref(constraint)),
        _ => (None, &[], &[]),
    };
    table.into_iter().flat_map(move |table| {
        let inline = columns
            .iter()
            .flat_map(move |column| column.constraints.iter().map(move |constraint| (table, Some(column), constraint)));
        inline.chain(own.iter().map(move |constraint| (table, None, constraint)))
    })
}

/// A foreign key that the change adds.
pub(super) struct NewKey<'a> {
    /// The referencing table.
    pub table: &'a Name,
    /// The referencing columns.
    pub columns: Vec<&'a Ident>,
    /// The key.
    pub key: &'a ForeignKey,
}

/// Foreign keys that the change adds.
pub(super) fn new_keys(change: &Change) -> Vec<NewKey<'_>> {
    let keys = new_constraints(change).filter_map(|(table, column, constraint)| match &constraint.kind {
        ConstraintKind::ForeignKey(key) => {
            let own = column.filter(|_| key.columns.is_empty()).map(|column| &column.name);
            Some(NewKey { table, columns: key.columns.iter().chain(own).gather(), key })
        }
        _ => None,
    });
    keys.gather()
}

/// A column as the change or the schema defines it.
pub(super) fn column<'a>(cx: &RuleCx<'a>, table: &Name, name: &Ident) -> Option<&'a ColumnDef> {
    let own = new_columns(&cx.action.change).into_iter().map(|(_, column)| column);
    own.into_iter().find(|column| cx.same(&column.name, name)).or_else(|| cx.world.schema.column(table, name))
}
