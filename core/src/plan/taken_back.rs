//! Transactions that end with ROLLBACK, and what is rolled back to a savepoint: the schema is what it was, and the plan has no
//! steps for them.

use crate::change::{Change, Ident, TransactionVerb};
use crate::engines::{self, Capability};
use crate::order::PushAll;
use crate::parse::{Action, Script, Statement};
use crate::schema::Schema;
use crate::target::Target;

/// What ROLLBACK takes back.
#[derive(Default)]
pub(super) struct TakenBack {
    /// The script has a ROLLBACK of a server that takes structure back, too.
    any: bool,
    /// The transaction that is open.
    open: Option<Point>,
    /// Its savepoints, the latest last.
    savepoints: Vec<(Ident, Point)>,
    /// Statements that were taken back.
    pub places: Vec<std::ops::Range<usize>>,
}

/// The place of a statement, and the schema before it.
struct Point {
    index: usize,
    schema: Schema,
}

impl TakenBack {
    /// Looks through the script.
    pub fn of(script: &Script, target: Target) -> Self {
        let engine = engines::of(target.engine());
        let rollback = |action: &Action| {
            matches!(action.change, Change::Transaction(TransactionVerb::Rollback | TransactionVerb::RollbackTo(_)))
        };
        let any = engine.can(Capability::TransactionalDdl, target)
            && script.statements.iter().flat_map(|statement| &statement.changes).any(rollback);
        TakenBack { any, ..TakenBack::default() }
    }

    /// Goes on by a statement, behind which the schema is this.
    pub fn follow(&mut self, index: usize, statement: &Statement, schema: &mut Schema) {
        for action in &statement.changes {
            if let Change::Transaction(verb) = &action.change {
                self.meet(index, verb, schema);
            }
        }
    }

    fn meet(&mut self, index: usize, verb: &TransactionVerb, schema: &mut Schema) {
        let here = |schema: &Schema| Point { index, schema: schema.clone() };
        match verb {
            TransactionVerb::Begin if self.any && self.open.is_none() => self.open = Some(here(schema)),
            TransactionVerb::Savepoint(name) if self.any => self.savepoints.push((name.clone(), here(schema))),
            TransactionVerb::RollbackTo(name) => {
                if let Some(at) = self.savepoints.iter().rposition(|(known, _)| known == name) {
                    // The savepoint itself stays.
                    self.savepoints.truncate(at + 1);
                    self.savepoints.last().into_iter().for_each(|(_, point)| *schema = point.schema.clone());
                    self.places.push_all(self.savepoints.last().map(|(_, point)| point.index..index));
                }
            }
            TransactionVerb::Rollback => {
                self.savepoints.clear();
                if let Some(from) = self.open.take() {
                    *schema = from.schema;
                    self.places.push(from.index..index);
                }
            }
            TransactionVerb::Commit | TransactionVerb::TwoPhase => {
                self.savepoints.clear();
                self.open = None;
            }
            TransactionVerb::Begin | TransactionVerb::Savepoint(_) | TransactionVerb::Release => {}
        }
    }
}
