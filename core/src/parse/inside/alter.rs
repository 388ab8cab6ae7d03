//! One action of `ALTER TABLE`.
//!
//! In: the table and the tokens of the action. Out: one change, several for MySQL's `ADD (a int, b int)`.
//! Never: a change from an action of which a clause is not known.

use super::cursor::Cursor;
use super::tokens::Kind;
use super::{Unread, columns, constraints, exprs, indexes, types};
use crate::change::{Change, ColumnDef, ColumnOption, DataType, Name};
use crate::order::PushAll;

/// Reads the action to its end.
pub(super) fn action(table: &Name, cursor: &mut Cursor<'_>) -> Result<Vec<Change>, Unread> {
    let changes = if cursor.eat("ADD") {
        add(table, cursor)?
    } else if cursor.eat("MODIFY") {
        vec![redefine(table, cursor, false)?]
    } else if cursor.eat("CHANGE") {
        vec![redefine(table, cursor, true)?]
    } else if cursor.eat("ALTER") {
        vec![alter_column(table, cursor)?]
    } else {
        return cursor.refuse("ADD, ALTER, MODIFY or CHANGE");
    };
    if cursor.at_end() { Ok(changes) } else { cursor.refuse("the end of the action") }
}

fn add(table: &Name, cursor: &mut Cursor<'_>) -> Result<Vec<Change>, Unread> {
    if constraints::starts(cursor) {
        return Ok(vec![add_constraint(table, cursor)?]);
    }
    if indexes::starts(cursor) {
        return Ok(vec![Change::CreateIndex(Box::new(indexes::of_table(cursor, table)?))]);
    }
    if cursor.are(&["SYSTEM", "VERSIONING"]) || cursor.are(&["PERIOD", "FOR"]) {
        return cursor.refuse("a column");
    }
    cursor.eat("COLUMN");
    let if_not_exists = cursor.eat_if_not_exists();
    let list = if cursor.mysql() { cursor.group() } else { None };
    if let Some(list) = list {
        let mut changes = Vec::new();
        for mut part in list.parts() {
            if constraints::starts(&part) || indexes::starts(&part) {
                changes.push_all(add(table, &mut part)?);
            } else {
                changes.push(add_column(table, &mut part, if_not_exists)?);
            }
        }
        return if changes.is_empty() { cursor.refuse("a column") } else { Ok(changes) };
    }
    Ok(vec![add_column(table, cursor, if_not_exists)?])
}

fn add_column(table: &Name, cursor: &mut Cursor<'_>, if_not_exists: bool) -> Result<Change, Unread> {
    let column = Box::new(columns::read(cursor)?.complete()?);
    Ok(Change::AddColumn { table: table.clone(), column, if_not_exists })
}

/// MySQL: `ADD UNIQUE INDEX`, prefix lengths and expressions make an index; anything else called a constraint is one.
fn add_constraint(table: &Name, cursor: &mut Cursor<'_>) -> Result<Change, Unread> {
    let whole = *cursor;
    let says_index = cursor.mysql() && cursor.is("UNIQUE") && (cursor.is_at(1, "INDEX") || cursor.is_at(1, "KEY"));
    let constraint = if says_index { None } else { constraints::table(cursor)? };
    match constraint {
        Some(constraint) => Ok(Change::AddConstraint { table: table.clone(), constraint: Box::new(constraint) }),
        None => {
            *cursor = whole;
            let name = constraints::name(cursor);
            let mut index = indexes::of_table(cursor, table)?;
            index.name = index.name.or(name.map(|object| Name { schema: None, object }));
            Ok(Change::CreateIndex(Box::new(index)))
        }
    }
}

/// `MODIFY [COLUMN] definition`, `CHANGE [COLUMN] old definition`.
fn redefine(table: &Name, cursor: &mut Cursor<'_>, renames: bool) -> Result<Change, Unread> {
    cursor.eat("COLUMN");
    cursor.eat_all(&["IF", "EXISTS"]);
    let old = if renames { Some(cursor.want_ident("a column")?) } else { None };
    let mut to: ColumnDef = columns::read(cursor)?.complete()?;
    let position = to.position.take();
    let column = old.unwrap_or_else(|| to.name.clone());
    if to.data_type.is_none() {
        return cursor.refuse("a type");
    }
    Ok(Change::RedefineColumn { table: table.clone(), column, to: Box::new(to), position })
}

fn alter_column(table: &Name, cursor: &mut Cursor<'_>) -> Result<Change, Unread> {
    cursor.eat("COLUMN");
    cursor.eat_all(&["IF", "EXISTS"]);
    let column = cursor.want_ident("a column")?;
    let table = table.clone();
    if cursor.eat("TYPE") || cursor.eat_all(&["SET", "DATA", "TYPE"]) {
        let (to, collation, using) = new_type(cursor)?;
        return Ok(Change::ChangeColumnType { table, column, to, using, collation });
    }
    if cursor.eat_all(&["SET", "NOT", "NULL"]) {
        return Ok(Change::SetNotNull { table, column, only: false });
    }
    if cursor.eat_all(&["DROP", "NOT", "NULL"]) {
        return Ok(Change::DropNotNull { table, column });
    }
    if cursor.eat_all(&["SET", "DEFAULT"]) {
        let default = exprs::read(&cursor.take_rest())?;
        return Ok(Change::SetDefault { table, column, default });
    }
    if cursor.eat_all(&["DROP", "DEFAULT"]) {
        return Ok(Change::DropDefault { table, column });
    }
    let option = column_option(cursor)?;
    Ok(Change::SetColumnOption { table, column, option })
}

type NewType = (DataType, Option<Name>, Option<crate::change::Expr>);

fn new_type(cursor: &mut Cursor<'_>) -> Result<NewType, Unread> {
    let read = types::read(cursor)?;
    if read.auto_number.is_some() {
        return cursor.refuse("a type that is not serial");
    }
    let collation = if cursor.eat("COLLATE") { Some(cursor.want_name("a collation")?) } else { None };
    let using = if cursor.eat("USING") { Some(exprs::read(&cursor.take_rest())?) } else { None };
    Ok((read.data_type, collation, using))
}

fn column_option(cursor: &mut Cursor<'_>) -> Result<ColumnOption, Unread> {
    let option = if cursor.eat_all(&["ADD", "GENERATED"]) {
        let always = cursor.eat("ALWAYS");
        if !always && !cursor.eat_all(&["BY", "DEFAULT"]) || !cursor.eat_all(&["AS", "IDENTITY"]) {
            return cursor.refuse("AS IDENTITY");
        }
        cursor.group();
        ColumnOption::AddIdentity { always }
    } else if cursor.eat_all(&["DROP", "IDENTITY"]) {
        cursor.eat_all(&["IF", "EXISTS"]);
        ColumnOption::DropIdentity
    } else if cursor.eat_all(&["DROP", "EXPRESSION"]) {
        cursor.eat_all(&["IF", "EXISTS"]);
        ColumnOption::DropExpression
    } else if cursor.eat_all(&["SET", "EXPRESSION", "AS"]) {
        ColumnOption::SetExpression(exprs::read(&cursor.want_group("an expression in brackets")?)?)
    } else if cursor.eat_all(&["SET", "STATISTICS"]) {
        cursor.take_rest();
        ColumnOption::Statistics
    } else if cursor.eat_all(&["SET", "STORAGE"]) {
        cursor.step();
        ColumnOption::Storage
    } else if cursor.eat_all(&["SET", "COMPRESSION"]) {
        cursor.step();
        ColumnOption::Compression
    } else if cursor.eat_all(&["SET", "VISIBLE"]) || cursor.eat_all(&["SET", "INVISIBLE"]) {
        ColumnOption::Visibility
    } else if cursor.is_any(&["SET", "RESET"]) && cursor.kind(1) == Some(Kind::Open) {
        cursor.step();
        cursor.group();
        ColumnOption::Parameters
    } else if cursor.is("RESTART") || alters_identity(cursor) {
        cursor.take_rest();
        ColumnOption::AlterIdentity
    } else {
        return cursor.refuse("what to do with the column");
    };
    Ok(option)
}

/// `SET GENERATED …`, `SET INCREMENT …` and the other sequence options.
fn alters_identity(cursor: &Cursor<'_>) -> bool {
    const OPTIONS: [&str; 9] =
        ["GENERATED", "INCREMENT", "START", "MINVALUE", "MAXVALUE", "CACHE", "CYCLE", "NO", "SEQUENCE"];
    cursor.is("SET") && OPTIONS.iter().any(|option| cursor.is_at(1, option))
}
