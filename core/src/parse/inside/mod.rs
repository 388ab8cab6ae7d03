//! The inside of statements whose header is known: text of one statement or action in, changes out.
//!
//! In: source text of one statement (or one ALTER action) and the target. Out: typed changes, every token consumed.
//! Never: a verdict on the form (the header gives that), a `sqlparser` type outside this folder.

mod tokens;
mod cursor;
mod guard;
mod spelling;
mod dialect;
pub(in crate::parse) mod functions;
mod exprs;
mod types;
mod constraints;
mod columns;
mod indexes;
mod tables;
mod alter;
mod views;
mod rows;
mod dml;
#[cfg(test)]
mod tests;

use crate::change::{Change, DataType, Expr, Name, RowFilter, Volatility};
use crate::target::{Engine, Target};
use cursor::Cursor;

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
    whole(sql, target, tables::create).map(|table| Change::CreateTable(Box::new(table)))
}

/// One action of `ALTER TABLE table …`, e.g. `ADD COLUMN a int`. Gives one change, several for `ADD (a int, b int)`.
/// Actions that [`crate::change::TableOption`], [`crate::change::PartitionAction`] or [`Change::AlterIndex`] cover are read by the
/// header and never come here.
pub fn alter_action(table: &Name, action: &str, target: Target) -> Result<Vec<Change>, Unread> {
    whole(action, target, |cursor| alter::action(table, cursor))
}

/// `CREATE [UNIQUE|FULLTEXT|SPATIAL] INDEX …`: gives [`Change::CreateIndex`].
pub fn create_index(sql: &str, target: Target) -> Result<Change, Unread> {
    whole(sql, target, indexes::create).map(|index| Change::CreateIndex(Box::new(index)))
}

/// `INSERT`, `REPLACE`, `UPDATE`, `DELETE`, `SELECT … FOR UPDATE`, also behind `WITH`: gives the data change.
pub fn dml(sql: &str, target: Target) -> Result<Change, Unread> {
    whole(sql, target, dml::change)
}

/// The tables that queries in brackets of a statement read, and which rows; of a query also those that it reads itself.
pub fn reads(sql: &str, target: Target) -> Vec<(Name, RowFilter)> {
    let mut found = Vec::new();
    let read = whole(sql, target, |cursor| {
        guard::check(cursor)?;
        let statement = cursor.take_rest();
        rows::read_within(statement, &mut found);
        // A name of its own WITH is no table, in brackets neither.
        let tables = views::reads(&statement);
        found.retain(|(name, _)| tables.iter().any(|table| table.object == name.object));
        Ok(())
    });
    read.map_or_else(|_| Vec::new(), |()| found)
}

/// `CREATE [OR REPLACE] [MATERIALIZED] VIEW …`: gives [`Change::CreateView`].
pub fn create_view(sql: &str, target: Target) -> Result<Change, Unread> {
    whole(sql, target, views::create)
}

/// An expression as found in a DEFAULT or CHECK: its volatility and columns.
pub fn expr(sql: &str, target: Target) -> Expr {
    whole(sql, target, |cursor| exprs::read(&cursor.take_rest())).unwrap_or_else(|_| Expr {
        text: sql.trim().to_string(),
        volatility: Volatility::Unknown,
        columns: Vec::new(),
    })
}

/// A function of the server, or of an extension that is often used; its name in lower case.
pub fn is_known_function(engine: Engine, name: &str) -> bool {
    functions::volatility(engine, name).is_some()
}

/// The function of PostgreSQL that a name is a slip of; its name in lower case.
pub fn meant_function(name: &str) -> Option<&'static str> {
    functions::meant(name)
}

/// A type as written: `varchar(200)`, `int unsigned`, `timestamp with time zone`.
pub fn data_type(sql: &str, target: Target) -> Option<DataType> {
    whole(sql, target, types::read).ok().map(|read| read.data_type)
}

/// `CREATE DOMAIN name AS type …`: the type, and whether anything behind it (a constraint, a default) bears on values.
pub fn domain(sql: &str, target: Target) -> Option<(DataType, bool)> {
    let read = whole(sql, target, |cursor| {
        cursor.until(|here| here.is("DOMAIN"));
        cursor.eat("DOMAIN");
        cursor.want_name("a domain")?;
        cursor.eat("AS");
        let base = types::read(cursor)?.data_type;
        if cursor.eat("COLLATE") {
            cursor.want_name("a collation")?;
        }
        Ok((base, !cursor.take_rest().at_end()))
    });
    read.ok()
}

/// Reads all of a text: what is left over makes it unread. A terminator at the end is no part of it.
fn whole<'a, T>(
    sql: &'a str,
    target: Target,
    read: impl FnOnce(&mut Cursor<'_>) -> Result<T, Unread>,
) -> Result<T, Unread> {
    let text: &'a str = sql.trim().trim_end_matches(';');
    let tokens = tokens::tokens(text, target)?;
    let mut cursor = Cursor::new(text, &tokens, target);
    let result = read(&mut cursor)?;
    if cursor.at_end() {
        return Ok(result);
    }
    let left: String = cursor.rest().chars().take(40).collect();
    Err(Unread::Disagrees(format!("left over: {left}")))
}
