//! Column definitions.
//!
//! In: the tokens of one definition. Out: [`ColumnDef`], and which clauses were not known. The options are a closed grammar,
//! so they are read here, of all engines together: what one engine does not know does not occur in its files.
//! Never: a definition lost for one clause.

use super::cursor::{Cursor, literal_value};
use super::tokens::Kind;
use super::types::{self, set_charset};
use super::{Unread, constraints, exprs};
use crate::change::{
    AutoNumber, ColumnDef, ColumnPosition, Constraint, ConstraintKind, DataType, Expr, Generated, Name, Nullability,
};

/// A definition with what of it is not known.
pub(super) struct ColumnRead {
    /// The column.
    pub(super) column: ColumnDef,
    /// Clauses that were passed over, as written.
    pub(super) unknown: Vec<String>,
}

impl ColumnRead {
    /// The column, when all of it is known.
    pub(super) fn complete(self) -> Result<ColumnDef, Unread> {
        match self.unknown.first() {
            None => Ok(self.column),
            Some(clause) => Err(Unread::Disagrees(format!("unknown column clause {clause}"))),
        }
    }
}

/// Words that begin a column option, and so end a DEFAULT; `NULL` and `NOT` count unless an operand is due.
#[rustfmt::skip]
const OPTIONS: [&str; 38] = [
    "CONSTRAINT", "NOT", "NULL", "DEFAULT", "PRIMARY", "UNIQUE", "KEY", "CHECK", "REFERENCES", "GENERATED", "AS",
    "COLLATE", "AUTO_INCREMENT", "AUTOINCREMENT", "COMMENT", "ON", "COLUMN_FORMAT", "STORAGE", "COMPRESSION",
    "COMPRESSED", "VISIBLE", "INVISIBLE", "SRID", "REF_SYSTEM_ID", "ENGINE_ATTRIBUTE", "SECONDARY_ENGINE_ATTRIBUTE",
    "FIRST", "AFTER", "DEFERRABLE", "INITIALLY", "ENFORCED", "OPTIONS", "CHARACTER", "CHARSET", "VIRTUAL", "STORED",
    "PERSISTENT", "HIDDEN",
];

/// Reads a definition: name, type, options, to the end.
pub(super) fn read(cursor: &mut Cursor<'_>) -> Result<ColumnRead, Unread> {
    let start = *cursor;
    let name = cursor.want_ident("a column")?;
    // `create table t1 (t1.name int)`: MySQL takes the table's name before a column.
    let name = if cursor.mysql() && cursor.kind(0) == Some(Kind::Dot) {
        cursor.step();
        cursor.want_ident("a column")?
    } else {
        name
    };
    let mut column = ColumnDef { data_type: None, ..ColumnDef::new(name, DataType::simple("")) };
    if !cursor.at_end() && !cursor.eat_all(&["WITH", "OPTIONS"]) && !is_option(cursor) {
        typed(cursor, &mut column)?;
    }
    let mut unknown = Vec::new();
    while !cursor.at_end() && !at_position(cursor) {
        let mark = *cursor;
        if !option(cursor, &mut column)? {
            *cursor = mark;
            let skipped = skip_unknown(cursor);
            unknown.push(skipped.to_string());
        }
    }
    column.text = start.source_to(cursor).to_string();
    column.position = position(cursor)?;
    if !cursor.at_end() {
        return cursor.refuse("the end of the column");
    }
    Ok(ColumnRead { column, unknown })
}

/// Whether an option stands here where a type could. A type may be called `storage` or `key`, an option of that name follows one.
fn is_option(cursor: &Cursor<'_>) -> bool {
    const BEFORE_TYPE: [&str; 9] =
        ["CONSTRAINT", "NOT", "NULL", "DEFAULT", "PRIMARY", "UNIQUE", "CHECK", "REFERENCES", "COLLATE"];
    cursor.is_any(&BEFORE_TYPE)
        || cursor.are(&["GENERATED", "ALWAYS"])
        || cursor.are(&["GENERATED", "BY"])
        || (cursor.sqlite() && cursor.is("AS"))
}

fn typed(cursor: &mut Cursor<'_>, column: &mut ColumnDef) -> Result<(), Unread> {
    let read = types::read(cursor)?;
    column.data_type = Some(read.data_type);
    column.auto_number = read.auto_number;
    if read.mysql_serial {
        column.nullability = Nullability::NotNull;
        column.constraints.push(unique());
    }
    let said = column.data_type.as_ref().and_then(|data_type| data_type.charset.as_ref());
    // `BINARY` is no collation of its own: it picks the binary one of the character set.
    let collation = said.and_then(|charset| charset.collation.clone()).filter(|collation| collation != "binary");
    column.collation = collation.map(Name::new);
    Ok(())
}

fn unique() -> Constraint {
    constraints::plain(None, ConstraintKind::Unique { columns: Vec::new(), nulls_not_distinct: false })
}

/// Passes over what is not known, up to the next option.
fn skip_unknown<'a>(cursor: &mut Cursor<'a>) -> &'a str {
    let start = *cursor;
    cursor.step();
    cursor.until(|here| here.is_any(&OPTIONS));
    start.source_to(cursor)
}

/// Reads one option; false when none that is known stands here.
fn option(cursor: &mut Cursor<'_>, column: &mut ColumnDef) -> Result<bool, Unread> {
    if cursor.eat_all(&["NOT", "NULL"]) {
        column.nullability = Nullability::NotNull;
        on_conflict(cursor);
        cursor.eat_all(&["NO", "INHERIT"]);
        return Ok(true);
    }
    if cursor.eat("NULL") {
        column.nullability = Nullability::Null;
        on_conflict(cursor);
        return Ok(true);
    }
    if cursor.eat("DEFAULT") {
        column.default = Some(default(cursor)?);
        return Ok(true);
    }
    if cursor.is("GENERATED") || cursor.is("AS") {
        return generated(cursor, column);
    }
    if cursor.eat("COLLATE") {
        return collate(cursor, column);
    }
    if cursor.is_any(&["CONSTRAINT", "PRIMARY", "UNIQUE", "CHECK", "REFERENCES", "KEY"]) {
        return constraint(cursor, column);
    }
    if cursor.eat_any(&["AUTO_INCREMENT", "AUTOINCREMENT"]) {
        column.auto_number = Some(AutoNumber::AutoIncrement);
        return Ok(true);
    }
    if cursor.eat_all(&["SERIAL", "DEFAULT", "VALUE"]) {
        column.auto_number = Some(AutoNumber::AutoIncrement);
        column.nullability = Nullability::NotNull;
        column.constraints.push(unique());
        return Ok(true);
    }
    if cursor.eat_all(&["ON", "UPDATE"]) {
        column.on_update = Some(exprs::read(&extent(cursor))?);
        return Ok(true);
    }
    if cursor.eat("COMMENT") {
        cursor.eat_operator("=");
        let text = cursor.token(0).filter(|token| token.kind == Kind::Text);
        column.comment = text.map(|token| literal_value(cursor.source(token), true));
        return Ok(cursor.step().is_some() && column.comment.is_some());
    }
    Ok(without_effect(cursor))
}

fn on_conflict(cursor: &mut Cursor<'_>) {
    if cursor.eat_all(&["ON", "CONFLICT"]) {
        cursor.step();
    }
}

/// Options that change nothing that is asked about: storage, format, visibility, foreign data.
fn without_effect(cursor: &mut Cursor<'_>) -> bool {
    if cursor.eat_any(&["STORAGE", "COMPRESSION", "COLUMN_FORMAT", "SRID", "REF_SYSTEM_ID", "ENGINE_ATTRIBUTE"])
        || cursor.eat("SECONDARY_ENGINE_ATTRIBUTE")
    {
        cursor.eat_operator("=");
        return cursor.step().is_some();
    }
    if cursor.eat("COMPRESSED") {
        if cursor.eat_operator("=") {
            cursor.step();
        }
        return true;
    }
    if cursor.eat("OPTIONS") {
        return cursor.group().is_some();
    }
    cursor.eat_any(&["VISIBLE", "INVISIBLE", "HIDDEN"])
        || cursor.eat_all(&["WITH", "SYSTEM", "VERSIONING"])
        || cursor.eat_all(&["WITHOUT", "SYSTEM", "VERSIONING"])
}

fn collate(cursor: &mut Cursor<'_>, column: &mut ColumnDef) -> Result<bool, Unread> {
    let mysql = cursor.mysql();
    let text = cursor.token(0).filter(|token| token.kind == Kind::Text && mysql);
    let collation = match text {
        Some(token) => {
            let name = literal_value(cursor.source(token), true);
            cursor.step();
            Name::new(name)
        }
        None => cursor.want_name("a collation")?,
    };
    // In MySQL a collation is part of the type: changing it can copy the table.
    if let Some(data_type) = column.data_type.as_mut().filter(|_| mysql) {
        set_charset(data_type, None, Some(collation.object.value.to_ascii_lowercase()));
    }
    column.collation = Some(collation);
    Ok(true)
}

/// `[CONSTRAINT name] PRIMARY KEY | UNIQUE | CHECK | REFERENCES | NOT NULL …` with the attributes behind.
fn constraint(cursor: &mut Cursor<'_>, column: &mut ColumnDef) -> Result<bool, Unread> {
    let name = constraints::name(cursor);
    if cursor.is("NOT") || cursor.is("NULL") || cursor.is("DEFAULT") || cursor.is("COLLATE") || cursor.is("GENERATED") {
        return option(cursor, column);
    }
    let start = *cursor;
    let mut constraint = if cursor.is("KEY") {
        cursor.step();
        constraints::plain(name, ConstraintKind::PrimaryKey { columns: Vec::new() })
    } else if cursor.is_any(&["PRIMARY", "UNIQUE", "CHECK", "REFERENCES"]) {
        match constraints::body(cursor, name, false)? {
            Some(constraint) => constraint,
            None => return Ok(false),
        }
    } else {
        // SQLite takes `CONSTRAINT name` alone.
        return Ok(cursor.sqlite() && name.is_some());
    };
    while !cursor.at_end() {
        let mark = *cursor;
        if cursor.are(&["NOT", "NULL"]) || cursor.is("COMMENT") || !constraints::attribute(cursor, &mut constraint) {
            *cursor = mark;
            break;
        }
    }
    constraint.text = start.source_to(cursor).to_string();
    column.constraints.push(constraint);
    Ok(true)
}

/// The expression behind DEFAULT.
pub(super) fn default(cursor: &mut Cursor<'_>) -> Result<Expr, Unread> {
    exprs::read(&extent(cursor))
}

/// An expression up to the next option at this level. `NULL` and `NOT` are operands where one is due, and inside CASE.
fn extent<'a>(cursor: &mut Cursor<'a>) -> Cursor<'a> {
    let mut operand_due = true;
    let mut cases = 0_usize;
    cursor.until(|here| {
        let option = here.is_any(&OPTIONS) || here.kind(0) == Some(Kind::Comma);
        let stop = cases == 0 && !operand_due && option;
        if here.is("CASE") {
            cases += 1;
        } else if here.is("END") {
            cases = cases.saturating_sub(1);
        }
        operand_due =
            matches!(here.kind(0), Some(Kind::Operator | Kind::Cast | Kind::Dot)) || here.is_any(&["AND", "OR", "NOT"]);
        stop
    })
}

/// `GENERATED … AS IDENTITY`, `[GENERATED ALWAYS] AS (…)`, MariaDB's row start and end.
fn generated(cursor: &mut Cursor<'_>, column: &mut ColumnDef) -> Result<bool, Unread> {
    let mut always = true;
    if cursor.eat("GENERATED") && !cursor.eat("ALWAYS") {
        always = false;
        if !cursor.eat_all(&["BY", "DEFAULT"]) {
            return Ok(false);
        }
    }
    if !cursor.eat("AS") {
        return Ok(false);
    }
    if cursor.eat("IDENTITY") {
        let options = cursor.group().map_or("", |inside| inside.rest()).to_string();
        column.auto_number = Some(AutoNumber::Identity { always, options });
        column.nullability = Nullability::NotNull;
        return Ok(true);
    }
    if cursor.eat_all(&["ROW", "START"]) || cursor.eat_all(&["ROW", "END"]) {
        return Ok(true);
    }
    let expr = exprs::read(&cursor.want_group("the generation expression in brackets")?)?;
    let stored = cursor.eat_any(&["STORED", "PERSISTENT"]);
    if !stored {
        cursor.eat("VIRTUAL");
    }
    column.generated = Some(Generated { expr, stored });
    Ok(true)
}

fn at_position(cursor: &Cursor<'_>) -> bool {
    cursor.mysql() && (cursor.is("FIRST") || cursor.is("AFTER"))
}

fn position(cursor: &mut Cursor<'_>) -> Result<Option<ColumnPosition>, Unread> {
    if !at_position(cursor) {
        Ok(None)
    } else if cursor.eat("FIRST") {
        Ok(Some(ColumnPosition::First))
    } else {
        cursor.step();
        Ok(Some(ColumnPosition::After(cursor.want_ident("a column")?)))
    }
}
