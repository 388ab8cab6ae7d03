//! The inside of statements whose header is known: text of one statement or action in, changes out.
//!
//! In: source text of one statement (or one ALTER action) and the target. Out: typed changes, every token consumed.
//! Never: a verdict on the form (the header gives that), a `sqlparser` type outside this folder.

use crate::change::{Change, Name};
use crate::target::Target;

/// Why the inside could not be read; the header's class then stands with unknown details.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Unread {
    /// The parser refused it; its words, for a diagnostic.
    Refused(String),
    /// Nested too deeply, or too long a chain of operators, to be taken apart safely.
    TooDeep,
    /// Read, but the result is not what the header says, or tokens were left over.
    Disagrees(String),
}

/// `CREATE TABLE …`: gives [`Change::CreateTable`].
pub fn create_table(sql: &str, target: Target) -> Result<Change, Unread> {
    let _ = (sql, target);
    Err(Unread::Refused(String::new()))
}

/// One action of `ALTER TABLE table …`, e.g. `ADD COLUMN a int`. Gives one change, several for `ADD (a int, b int)`.
/// Actions that [`crate::change::TableOption`], [`crate::change::PartitionAction`] or [`Change::AlterIndex`] cover are read by the
/// header and never come here.
pub fn alter_action(table: &Name, action: &str, target: Target) -> Result<Vec<Change>, Unread> {
    let _ = (table, action, target);
    Err(Unread::Refused(String::new()))
}

/// `CREATE [UNIQUE|FULLTEXT|SPATIAL] INDEX …`: gives [`Change::CreateIndex`].
pub fn create_index(sql: &str, target: Target) -> Result<Change, Unread> {
    let _ = (sql, target);
    Err(Unread::Refused(String::new()))
}

/// `INSERT`, `REPLACE`, `UPDATE`, `DELETE`, also behind `WITH`: gives the data change.
pub fn dml(sql: &str, target: Target) -> Result<Change, Unread> {
    let _ = (sql, target);
    Err(Unread::Refused(String::new()))
}

/// `CREATE [OR REPLACE] [MATERIALIZED] VIEW …`: gives [`Change::CreateView`].
pub fn create_view(sql: &str, target: Target) -> Result<Change, Unread> {
    let _ = (sql, target);
    Err(Unread::Refused(String::new()))
}

/// An expression as found in a DEFAULT or CHECK: its volatility and columns.
pub fn expr(sql: &str, target: Target) -> crate::change::Expr {
    let _ = target;
    crate::change::Expr { text: sql.to_string(), volatility: crate::change::Volatility::Unknown, columns: Vec::new() }
}

/// A type as written: `varchar(200)`, `int unsigned`, `timestamp with time zone`.
pub fn data_type(sql: &str, target: Target) -> Option<crate::change::DataType> {
    let _ = (sql, target);
    None
}
