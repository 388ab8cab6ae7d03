//! Rows, sessions, transactions.

use super::{Expr, Ident};

/// Which rows an UPDATE or DELETE touches.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum RowFilter {
    /// No WHERE: every row.
    All,
    /// A WHERE.
    Where {
        /// The condition.
        condition: Expr,
        /// Columns that it holds to a value, or a list of values, by literals (`id = 7`, `key IN ('a', 'b')`): few rows when
        /// they are a key, which only the schema knows.
        by_value: Vec<Ident>,
        /// Columns that it holds between two bounds (`id > 0 AND id <= 1000`): one batch when one of them is a key.
        by_range: Vec<Ident>,
        /// Cut off by LIMIT or by its cursor's row: one batch of many, whatever the columns.
        batch: bool,
        /// It stands in a loop that goes over all rows in batches, and commits after each.
        repeats: bool,
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
