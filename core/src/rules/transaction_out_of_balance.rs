//! BEGIN and COMMIT do not match.

use super::asking::{note, warn};
use super::{Rule, RuleCx, RuleFinding};
use crate::change::{Change, TransactionVerb};
use crate::engines::{self, Capability};
use crate::parse::Statement;
use crate::target::Engine;

/// The rule.
pub const RULE: Rule = Rule {
    id: "transaction-out-of-balance",
    title: "BEGIN and COMMIT do not match",
    when: "BEGIN has no COMMIT, stands inside another transaction, or COMMIT ends a transaction that the runner has begun.",
    effect: "The change is rolled back, or its locks are held until the session ends, or half of it is committed.",
    why: "The server knows one transaction at a time, whoever began it.",
    instead: "Let either the text or the runner control the transaction.",
    sources: &["PostgreSQL manual: BEGIN; COMMIT", "MySQL manual: START TRANSACTION"],
    check,
};

fn check(cx: &RuleCx<'_>) -> Option<RuleFinding> {
    let Change::Transaction(verb) = &cx.action.change else { return None };
    let by_runner = cx.world.options.in_transaction && !cx.session.begun;
    match verb {
        // `COMMIT AND CHAIN`
        TransactionVerb::Begin if cx.statement.changes.len() > 1 => None,
        TransactionVerb::Begin if cx.session.begun => warn("A transaction is open already."),
        TransactionVerb::Begin if by_runner => warn("The runner has begun a transaction already."),
        TransactionVerb::Commit if by_runner => warn("This ends the transaction that the runner has begun."),
        TransactionVerb::Begin => {
            let number = cx.statement.transaction;
            let mut inside = cx.script.statements.iter().skip(cx.index + 1).take_while(|s| s.transaction == number);
            let ended = inside.any(|s| {
                s.changes.iter().any(|a| {
                    use TransactionVerb as V;
                    matches!(a.change, Change::Transaction(V::Commit | V::Rollback | V::TwoPhase))
                })
            });
            if ended { None } else { warn("Nothing ends this transaction.") }
        }
        TransactionVerb::Rollback if cx.session.begun && takes_back(cx) => {
            note("What the transaction has changed is taken back, so the plan has no step for it.")
        }
        TransactionVerb::RollbackTo(savepoint) if takes_back(cx) => {
            note(format!("What has changed since savepoint {savepoint} is taken back, so the plan has no step for it."))
        }
        TransactionVerb::Commit | TransactionVerb::Rollback if refused_alone(cx) => {
            warn("No transaction is open: SQLite refuses it.")
        }
        TransactionVerb::Commit
        | TransactionVerb::Rollback
        | TransactionVerb::Savepoint(_)
        | TransactionVerb::RollbackTo(_)
        | TransactionVerb::Release
        | TransactionVerb::TwoPhase => None,
    }
}

/// MySQL commits at every change of structure, so that there is nothing left to take back.
/// SQLite ends no transaction where none was begun, by BEGIN or SAVEPOINT.
fn refused_alone(cx: &RuleCx<'_>) -> bool {
    let begins = |statement: &Statement| {
        statement.changes.iter().any(|action| {
            matches!(action.change, Change::Transaction(TransactionVerb::Savepoint(_) | TransactionVerb::Begin))
        })
    };
    let open = cx.session.begun || cx.world.options.in_transaction;
    cx.world.target.engine() == Engine::Sqlite && !open && !cx.script.statements.iter().take(cx.index).any(begins)
}

fn takes_back(cx: &RuleCx<'_>) -> bool {
    let engine = engines::of(cx.world.target.engine());
    let changed = cx.session.ddl_in_transaction || cx.session.dml_in_transaction;
    changed && engine.can(Capability::TransactionalDdl, cx.world.target)
}
