//! Transactions that end with ROLLBACK: the schema is what it was, and the plan has no steps for them.

use crate::change::{Change, TransactionVerb};
use crate::engines::{self, Capability};
use crate::parse::{Action, Script, Statement};
use crate::schema::Schema;
use crate::target::Target;

/// What ROLLBACK takes back.
#[derive(Default)]
pub(super) struct TakenBack {
    /// The script has a ROLLBACK of a server that takes structure back, too.
    any: bool,
    /// The transaction that is open: its place, and the schema before it.
    open: Option<(usize, Schema)>,
    /// Statements of transactions that were taken back.
    pub places: Vec<std::ops::Range<usize>>,
}

impl TakenBack {
    /// Looks through the script.
    pub fn of(script: &Script, target: Target) -> Self {
        let engine = engines::of(target.engine());
        let rollback = |action: &Action| matches!(action.change, Change::Transaction(TransactionVerb::Rollback));
        let any = engine.can(Capability::TransactionalDdl, target)
            && script.statements.iter().flat_map(|statement| &statement.changes).any(rollback);
        TakenBack { any, ..TakenBack::default() }
    }

    /// Goes on by a statement, behind which the schema is this.
    pub fn follow(&mut self, index: usize, statement: &Statement, schema: &mut Schema) {
        let Some(Change::Transaction(verb)) = statement.changes.first().map(|action| &action.change) else { return };
        match verb {
            TransactionVerb::Begin if self.any && self.open.is_none() => self.open = Some((index, schema.clone())),
            TransactionVerb::Rollback => {
                if let Some((from, before)) = self.open.take() {
                    *schema = before;
                    self.places.push(from..index);
                }
            }
            TransactionVerb::Commit | TransactionVerb::TwoPhase => self.open = None,
            TransactionVerb::Begin | TransactionVerb::Savepoint => {}
        }
    }
}
