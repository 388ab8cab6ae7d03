//! Rows, sessions, transactions.

use super::Expr;

/// Which rows an UPDATE or DELETE touches.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum RowFilter {
    /// No WHERE: every row.
    All,
    /// A WHERE.
    Where {
        /// The condition.
        condition: Expr,
        /// Names one value, or a list of values, of one column by literals (`id = 7`, `key IN ('a', 'b')`): few rows.
        few: bool,
        /// Bounded by a key range or a LIMIT: one batch of many.
        batch: bool,
    },
}

/// `BEGIN` and its kin.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum TransactionVerb {
    /// `BEGIN`, `START TRANSACTION`.
    Begin,
    /// `COMMIT`, `END`.
    Commit,
    /// `ROLLBACK`.
    Rollback,
    /// `SAVEPOINT`, `RELEASE`, `ROLLBACK TO`.
    Savepoint,
    /// `PREPARE TRANSACTION`, `COMMIT PREPARED`, `XA …`.
    TwoPhase,
}

/// A session setting.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SessionSetting {
    /// `set`, `pragma`, `use`, `reset`, `discard`, `attach`, `detach`, `client` (psql and mysql client commands).
    pub verb: String,
    /// Name in lower case: `lock_timeout`, `foreign_keys`.
    pub name: String,
    /// Value as written; empty when none.
    pub value: String,
    /// `SET LOCAL`.
    pub local: bool,
}
