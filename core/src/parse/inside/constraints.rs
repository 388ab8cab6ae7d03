//! Table and column constraints.
//!
//! In: a place where a constraint stands, its name already read. Out: [`Constraint`] with its source text; or, in MySQL, a key
//! that a constraint cannot say (prefix lengths, expressions). Never: `CONSTRAINT name` in the text.

use super::cursor::Cursor;
use super::tokens::Kind;
use super::{Unread, exprs};
use crate::change::{Constraint, ConstraintKind, ForeignKey, Ident, ReferentialAction};

/// A constraint of a kind without anything else.
pub(super) fn plain(name: Option<Ident>, kind: ConstraintKind) -> Constraint {
    Constraint {
        name,
        kind,
        not_valid: false,
        not_enforced: false,
        deferrable: String::new(),
        using_index: None,
        only: false,
        text: String::new(),
    }
}

/// Whether a table constraint, rather than a column, stands here (`KEY` and `INDEX` of MySQL excluded).
pub(super) fn starts(cursor: &Cursor<'_>) -> bool {
    cursor.is("CONSTRAINT")
        || cursor.are(&["PRIMARY", "KEY"])
        || cursor.are(&["FOREIGN", "KEY"])
        || (cursor.is("CHECK") && cursor.kind(1) == Some(Kind::Open))
        || (cursor.is("UNIQUE") && (cursor.kind(1) == Some(Kind::Open) || cursor.mysql() || unique_word(cursor)))
        || (cursor.is("EXCLUDE") && (cursor.kind(1) == Some(Kind::Open) || cursor.is_at(1, "USING")))
        || (cursor.postgres() && cursor.are(&["NOT", "NULL"]))
}

fn unique_word(cursor: &Cursor<'_>) -> bool {
    ["NULLS", "USING", "KEY", "INDEX"].iter().any(|word| cursor.is_at(1, word))
}

/// `CONSTRAINT [name]`; MySQL lets the name out.
pub(super) fn name(cursor: &mut Cursor<'_>) -> Option<Ident> {
    if !cursor.eat("CONSTRAINT") {
        return None;
    }
    cursor.eat_if_not_exists();
    if cursor.is_any(&["CHECK", "PRIMARY", "UNIQUE", "FOREIGN"]) && cursor.mysql() {
        return None;
    }
    cursor.ident()
}

/// A table constraint with its attributes, to the end. `None` when MySQL must see it as an index.
pub(super) fn table(cursor: &mut Cursor<'_>) -> Result<Option<Constraint>, Unread> {
    let name = name(cursor);
    let start = *cursor;
    let Some(mut constraint) = body(cursor, name, true)? else { return Ok(None) };
    while !cursor.at_end() {
        if !attribute(cursor, &mut constraint) {
            return cursor.refuse("the end of the constraint");
        }
    }
    constraint.text = start.source_to(cursor).to_string();
    Ok(Some(constraint))
}

/// What a constraint demands, without attributes behind it. A column constraint has no column lists.
pub(super) fn body(cursor: &mut Cursor<'_>, name: Option<Ident>, of_table: bool) -> Result<Option<Constraint>, Unread> {
    let mut constraint;
    if cursor.eat_all(&["PRIMARY", "KEY"]) {
        constraint = plain(name, ConstraintKind::PrimaryKey { columns: Vec::new() });
        if !of_table {
            cursor.eat_any(&["ASC", "DESC"]);
        } else if !using_index(cursor, &mut constraint) {
            index_name(cursor);
            let (columns, _) = key_columns(cursor)?;
            constraint.kind = ConstraintKind::PrimaryKey { columns };
        }
    } else if cursor.eat("UNIQUE") {
        cursor.eat_any(&["KEY", "INDEX"]);
        let nulls_not_distinct = nulls(cursor);
        let mut kind_columns = Vec::new();
        constraint = plain(name, ConstraintKind::Unique { columns: Vec::new(), nulls_not_distinct });
        if of_table && !using_index(cursor, &mut constraint) {
            cursor.eat_if_not_exists();
            if let Some(index) = index_name(cursor) {
                constraint.name = Some(index);
            }
            let (columns, plain) = key_columns(cursor)?;
            if !plain && cursor.mysql() {
                return Ok(None);
            }
            kind_columns = columns;
        }
        constraint.kind = ConstraintKind::Unique { columns: kind_columns, nulls_not_distinct };
    } else if cursor.eat("CHECK") {
        cursor.eat_if_not_exists();
        let expr = exprs::read(&cursor.want_group("a condition in brackets")?)?;
        constraint = plain(name, ConstraintKind::Check { expr });
    } else if of_table && cursor.eat_all(&["FOREIGN", "KEY"]) {
        cursor.eat_if_not_exists();
        let index = if cursor.kind(0) == Some(Kind::Open) { None } else { cursor.ident() };
        let (columns, _) = key_columns(cursor)?;
        let key = references(cursor, columns)?;
        constraint = plain(name.or(index), ConstraintKind::ForeignKey(key));
    } else if !of_table && cursor.is("REFERENCES") {
        constraint = plain(name, ConstraintKind::ForeignKey(references(cursor, Vec::new())?));
    } else if of_table && cursor.eat("EXCLUDE") {
        constraint = plain(name, ConstraintKind::Exclude);
        if cursor.eat("USING") {
            cursor.want_ident("an access method")?;
        }
        cursor.want_group("the excluded parts")?;
    } else if of_table && cursor.eat_all(&["NOT", "NULL"]) {
        constraint = plain(name, ConstraintKind::NotNull { column: cursor.want_ident("a column")? });
    } else {
        return cursor.refuse("a constraint");
    }
    Ok(Some(constraint))
}

/// `NULLS [NOT] DISTINCT`.
pub(super) fn nulls(cursor: &mut Cursor<'_>) -> bool {
    if cursor.eat_all(&["NULLS", "DISTINCT"]) {
        return false;
    }
    cursor.eat_all(&["NULLS", "NOT", "DISTINCT"])
}

/// `USING INDEX name`, not followed by what `USING INDEX TABLESPACE` means.
fn using_index(cursor: &mut Cursor<'_>, constraint: &mut Constraint) -> bool {
    if cursor.are(&["USING", "INDEX", "TABLESPACE"]) || !cursor.eat_all(&["USING", "INDEX"]) {
        return false;
    }
    constraint.using_index = cursor.ident();
    constraint.using_index.is_some()
}

/// MySQL's `[name] [USING BTREE]` before the key parts.
fn index_name(cursor: &mut Cursor<'_>) -> Option<Ident> {
    let named = cursor.kind(0) != Some(Kind::Open) && !cursor.is_any(&["USING", "TYPE"]);
    let name = if named && cursor.mysql() { cursor.ident() } else { None };
    if cursor.eat_any(&["USING", "TYPE"]) {
        cursor.ident();
    }
    name
}

/// `(a, b DESC, c COLLATE x, PERIOD d)`: the columns, and whether each part is a whole column.
pub(super) fn key_columns(cursor: &mut Cursor<'_>) -> Result<(Vec<Ident>, bool), Unread> {
    let mut columns = Vec::new();
    let mut whole = true;
    for mut part in cursor.want_group("columns in brackets")?.parts() {
        if part.is("PERIOD") && part.kind(1).is_some() {
            part.step();
        }
        match part.ident() {
            Some(column) => columns.push(column),
            None if part.kind(0) == Some(Kind::Open) && part.mysql() => whole = false,
            None => return part.refuse("a column"),
        }
        whole &= part.kind(0) != Some(Kind::Open);
    }
    Ok((columns, whole))
}

fn references(cursor: &mut Cursor<'_>, columns: Vec<Ident>) -> Result<ForeignKey, Unread> {
    if !cursor.eat("REFERENCES") {
        return cursor.refuse("REFERENCES");
    }
    let references = cursor.want_name("the referenced table")?;
    let referenced_columns = if cursor.kind(0) == Some(Kind::Open) { key_columns(cursor)?.0 } else { Vec::new() };
    let mut key = ForeignKey {
        columns,
        references,
        referenced_columns,
        on_delete: ReferentialAction::NoAction,
        on_update: ReferentialAction::NoAction,
        match_full: false,
    };
    loop {
        if cursor.eat("MATCH") {
            key.match_full |= cursor.is("FULL");
            cursor.step();
        } else if cursor.eat_all(&["ON", "DELETE"]) {
            key.on_delete = action(cursor)?;
        } else if cursor.are(&["ON", "UPDATE"]) && cursor.is_at(2, "CURRENT_TIMESTAMP") {
            return Ok(key);
        } else if cursor.eat_all(&["ON", "UPDATE"]) {
            key.on_update = action(cursor)?;
        } else {
            return Ok(key);
        }
    }
}

fn action(cursor: &mut Cursor<'_>) -> Result<ReferentialAction, Unread> {
    let action = if cursor.eat_all(&["NO", "ACTION"]) {
        ReferentialAction::NoAction
    } else if cursor.eat("RESTRICT") {
        ReferentialAction::Restrict
    } else if cursor.eat("CASCADE") {
        ReferentialAction::Cascade
    } else if cursor.eat_all(&["SET", "NULL"]) {
        ReferentialAction::SetNull
    } else if cursor.eat_all(&["SET", "DEFAULT"]) {
        ReferentialAction::SetDefault
    } else {
        return cursor.refuse("a referential action");
    };
    // PostgreSQL 15: `SET NULL (columns)`.
    if matches!(action, ReferentialAction::SetNull | ReferentialAction::SetDefault) {
        cursor.group();
    }
    Ok(action)
}

/// One attribute behind a constraint; false when none stands here.
pub(super) fn attribute(cursor: &mut Cursor<'_>, constraint: &mut Constraint) -> bool {
    if cursor.eat_all(&["NOT", "VALID"]) {
        constraint.not_valid = true;
        true
    } else if cursor.eat_all(&["NOT", "ENFORCED"]) {
        constraint.not_enforced = true;
        true
    } else if cursor.eat_all(&["NOT", "DEFERRABLE"]) {
        constraint.deferrable.clear();
        true
    } else if cursor.is_any(&["DEFERRABLE", "INITIALLY"]) {
        deferrable(cursor, constraint)
    } else if cursor.is("ON") && cursor.is_at(1, "CONFLICT") {
        cursor.eat_all(&["ON", "CONFLICT"]);
        cursor.step().is_some()
    } else if cursor.eat_all(&["USING", "INDEX", "TABLESPACE"]) || cursor.eat("COMMENT") || cursor.eat("KEY_BLOCK_SIZE")
    {
        cursor.eat_operator("=");
        cursor.step().is_some()
    } else if cursor.mysql() && cursor.eat_any(&["USING", "TYPE"]) {
        cursor.step().is_some()
    } else if (constraint.kind == ConstraintKind::Exclude && cursor.eat("WHERE"))
        || cursor.eat_any(&["INCLUDE", "WITH"])
    {
        cursor.group().is_some()
    } else {
        cursor.eat_any(&["ENFORCED", "VISIBLE", "INVISIBLE", "CLUSTERING", "NOT_IGNORED", "IGNORED"])
            || cursor.eat_all(&["NO", "INHERIT"])
    }
}

/// `DEFERRABLE`, `INITIALLY DEFERRED`, in either order.
fn deferrable(cursor: &mut Cursor<'_>, constraint: &mut Constraint) -> bool {
    let start = *cursor;
    if !cursor.eat("DEFERRABLE") {
        cursor.eat("INITIALLY");
        if !cursor.eat_any(&["DEFERRED", "IMMEDIATE"]) {
            return false;
        }
        // INITIALLY IMMEDIATE alone says the default.
        if start.is_at(1, "IMMEDIATE") && constraint.deferrable.is_empty() {
            return true;
        }
    }
    let said = start.source_to(cursor);
    if !constraint.deferrable.is_empty() {
        constraint.deferrable.push(' ');
    }
    constraint.deferrable.push_str(said);
    true
}
