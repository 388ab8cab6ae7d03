//! Rows, sessions, transactions.

use super::{Expr, Ident};
use crate::order::Gather;

/// Which values a copy of all rows of a table puts where.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Copied {
    /// The columns that are filled; empty for those of the table that is read.
    pub into: Vec<Ident>,
    /// What each value is made of: the names in it; `*` alone for all columns.
    pub values: Vec<Vec<Ident>>,
    /// A row takes the place of one with the same key.
    pub replaces: bool,
}

/// A LIMIT, or a range of numbers, beyond so many rows is no batch: it can be the whole table.
pub const BATCH_AT_MOST: u64 = 100_000;

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
        /// Columns that it holds to a value of one other row (`user_id = NEW.id`, `o.user_id = users.id` of a query in brackets).
        by_row: Vec<Ident>,
        /// Cut off by LIMIT or by its cursor's row: one batch of many, whatever the columns.
        batch: bool,
        /// Columns of which an index has to begin with one, lest a batch that LIMIT cuts off passes over rows that it does not
        /// want; none where it passes over none.
        sought: Option<Vec<Ident>>,
        /// It stands in a loop that goes over all rows in batches, and commits after each.
        repeats: bool,
    },
}

impl RowFilter {
    /// `UPDATE … SET a = … WHERE a IS NULL`: no value that was there is overwritten.
    pub fn fills_only_nulls(&self, columns: &[Ident]) -> bool {
        let RowFilter::Where { condition, .. } = self else { return false };
        let text = condition.text.to_lowercase();
        let words: Vec<&str> =
            text.split(|c: char| c.is_whitespace() || matches!(c, '(' | ')')).filter(|w| !w.is_empty()).gather();
        if words.contains(&"or") || words.contains(&"not") {
            return false;
        }
        !columns.is_empty()
            && columns.iter().all(|column| {
                let name = column.value.to_lowercase();
                words.windows(3).any(|w| {
                    let [column, is, null] = w else { return false };
                    let bare =
                        column.trim_matches(['"', '`']).rsplit('.').next().unwrap_or_default().trim_matches(['"', '`']);
                    bare == name && *is == "is" && *null == "null"
                })
            })
    }
}

/// `BEGIN` and its kin.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum TransactionVerb {
    /// `BEGIN`, `START TRANSACTION`.
    Begin,
    /// `COMMIT`, `END`.
    Commit,
    /// `ROLLBACK`.
    Rollback,
    /// `SAVEPOINT`.
    Savepoint(Ident),
    /// `ROLLBACK TO`.
    RollbackTo(Ident),
    /// `RELEASE`.
    Release,
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

impl SessionSetting {
    /// The value in lower case, without quotes and `=` around it.
    pub fn plain(&self) -> String {
        self.value.trim_matches(['\'', '"', '=', ' ', ';']).to_ascii_lowercase()
    }

    /// It switches something off.
    pub fn is_off(&self) -> bool {
        matches!(self.plain().as_str(), "0" | "off" | "false" | "no")
    }

    /// It switches something on.
    pub fn is_on(&self) -> bool {
        matches!(self.plain().as_str(), "1" | "on" | "true" | "yes")
    }
}
