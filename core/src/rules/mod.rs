//! Findings: one file per rule.
//!
//! In: the analysed script. Out: findings with a place. Never: severity as a constant where sizes decide.

use crate::facts::Effects;
use crate::parse::{Action, Script, Statement};
use crate::report::Severity;
use crate::source::Span;
use crate::world::World;

/// A statement with what it does, as pasted.
#[derive(Debug, Clone)]
pub struct Analysed {
    /// Per change of the statement: its effects.
    pub effects: Vec<Effects>,
    /// Seconds that writers wait (expected), locks held to the end of the transaction included.
    pub writes_blocked_s: f64,
    /// Seconds that readers wait (expected).
    pub reads_blocked_s: f64,
}

/// All that a rule may look at, for one change.
#[derive(Clone, Copy)]
pub struct RuleCx<'a> {
    /// What is known before the statement.
    pub world: World<'a>,
    /// The source text.
    pub text: &'a str,
    /// All statements.
    pub script: &'a Script,
    /// Index of this statement.
    pub index: usize,
    /// This statement.
    pub statement: &'a Statement,
    /// This change.
    pub action: &'a Action,
    /// What it does.
    pub effects: &'a Effects,
    /// What the statements before it set and hold.
    pub session: &'a Session,
    /// Writers wait this long for this statement, seconds (expected).
    pub writes_blocked_s: f64,
    /// Readers wait this long, seconds (expected).
    pub reads_blocked_s: f64,
}

/// What earlier statements left behind in the session.
#[derive(Debug, Clone, Default)]
pub struct Session {
    /// In a transaction block (explicit, or the whole file).
    pub in_transaction: bool,
    /// A lock timeout is set.
    pub lock_timeout: bool,
    /// A statement timeout is set.
    pub statement_timeout: bool,
    /// Relations on which this transaction already holds a lock that blocks reads or writes.
    pub held: Vec<crate::facts::Lock>,
    /// The transaction has changed the structure.
    pub ddl_in_transaction: bool,
    /// The transaction has changed rows.
    pub dml_in_transaction: bool,
}

/// What a rule reports.
#[derive(Debug, Clone)]
pub struct RuleFinding {
    /// How bad, at these sizes.
    pub severity: Severity,
    /// What happens and for how long.
    pub message: String,
    /// What to do instead.
    pub instead: String,
    /// Where; none means the whole statement.
    pub span: Option<Span>,
}

/// A rule.
pub struct Rule {
    /// Stable kebab-case id, never renamed, never reused.
    pub id: &'static str,
    /// A few words, the title of its findings.
    pub title: &'static str,
    /// When it is reported.
    pub when: &'static str,
    /// What happens.
    pub effect: &'static str,
    /// Why.
    pub why: &'static str,
    /// What to do instead.
    pub instead: &'static str,
    /// Where that is known from.
    pub sources: &'static [&'static str],
    /// The check, for one change.
    pub check: fn(&RuleCx<'_>) -> Option<RuleFinding>,
}

/// Every rule.
pub static ALL: &[&Rule] = &[];
