//! Constraints as far as tokens tell.

use super::cursor::Cursor;
use super::indexes::unknown_expr;
use crate::change::{Constraint, ConstraintKind, ForeignKey, Ident, ReferentialAction};

/// The words for the form of a constraint.
pub(super) type Label = &'static str;

/// Whether a table constraint comes next.
pub(super) fn is_next(c: &Cursor<'_>) -> bool {
    ["CONSTRAINT", "PRIMARY KEY", "CHECK", "FOREIGN KEY", "EXCLUDE", "NOT NULL"].iter().any(|w| c.is_phrase(w))
        || (c.is("UNIQUE"))
}

/// Reads `[CONSTRAINT [name]] kind … attributes`. The flag says that all that matters was read.
pub(super) fn read(c: &mut Cursor<'_>) -> Option<(Constraint, Label, bool)> {
    let mut name = None;
    if c.eat("CONSTRAINT") {
        c.eat_if_not_exists();
        name = if is_next(c) { None } else { Some(c.ident()?) };
    }
    let text = c.rest().to_string();
    let (kind, label, exact) = kind(c, &mut name)?;
    let mut constraint = Constraint {
        name,
        kind,
        not_valid: false,
        not_enforced: false,
        deferrable: String::new(),
        using_index: None,
        only: false,
        text,
    };
    attributes(c, &mut constraint);
    Some((constraint, label, exact))
}

fn kind(c: &mut Cursor<'_>, name: &mut Option<Ident>) -> Option<(ConstraintKind, Label, bool)> {
    if c.eat("PRIMARY KEY") {
        let columns = key_columns(c, name);
        return Some((ConstraintKind::PrimaryKey { columns }, "primary key", true));
    }
    if c.eat("UNIQUE") {
        c.eat_any(&["INDEX", "KEY"]);
        let nulls_not_distinct = c.eat("NULLS NOT DISTINCT");
        let columns = key_columns(c, name);
        return Some((ConstraintKind::Unique { columns, nulls_not_distinct }, "unique", true));
    }
    if c.eat("CHECK") {
        let expr = unknown_expr(c.parens()?.source());
        return Some((ConstraintKind::Check { expr }, "check", true));
    }
    if c.eat("FOREIGN KEY") {
        c.eat_if_not_exists();
        // MySQL's name of the index.
        let index = c.ident();
        *name = name.take().or(index);
        let columns = c.ident_list()?;
        let key = references(c, columns)?;
        return Some((ConstraintKind::ForeignKey(key), "foreign key", true));
    }
    if c.eat("EXCLUDE") {
        return Some((ConstraintKind::Exclude, "exclude", true));
    }
    if c.eat("NOT NULL") {
        let column = c.ident()?;
        return Some((ConstraintKind::NotNull { column }, "not null", true));
    }
    None
}

/// `[IF NOT EXISTS] [name] [USING method] (a, b DESC, c(10))`; empty for `USING INDEX`.
fn key_columns(c: &mut Cursor<'_>, name: &mut Option<Ident>) -> Vec<Ident> {
    if c.is_phrase("USING INDEX") {
        return Vec::new();
    }
    c.eat_if_not_exists();
    if !c.is("USING") {
        let index = c.ident();
        *name = name.take().or(index);
    }
    super::indexes::using(c);
    c.ident_list().unwrap_or_default()
}

/// `REFERENCES table [(columns)] [MATCH …] [ON DELETE …] [ON UPDATE …]`.
fn references(c: &mut Cursor<'_>, columns: Vec<Ident>) -> Option<ForeignKey> {
    c.eat("REFERENCES").then_some(())?;
    let references = c.name()?;
    let referenced_columns = c.ident_list().unwrap_or_default();
    let mut key = ForeignKey {
        columns,
        references,
        referenced_columns,
        on_delete: ReferentialAction::NoAction,
        on_update: ReferentialAction::NoAction,
        match_full: false,
    };
    loop {
        if c.eat("MATCH") {
            key.match_full = c.is("FULL");
            c.next();
        } else if c.eat("ON DELETE") {
            key.on_delete = action(c);
        } else if c.eat("ON UPDATE") {
            key.on_update = action(c);
        } else {
            return Some(key);
        }
    }
}

fn action(c: &mut Cursor<'_>) -> ReferentialAction {
    let action = match c.eat_any(&["NO ACTION", "RESTRICT", "CASCADE", "SET NULL", "SET DEFAULT"]) {
        Some("RESTRICT") => ReferentialAction::Restrict,
        Some("CASCADE") => ReferentialAction::Cascade,
        Some("SET NULL") => ReferentialAction::SetNull,
        Some("SET DEFAULT") => ReferentialAction::SetDefault,
        _ => ReferentialAction::NoAction,
    };
    // PostgreSQL 15: ON DELETE SET NULL (a, b).
    c.parens();
    action
}

fn attributes(c: &mut Cursor<'_>, constraint: &mut Constraint) {
    while !c.done() {
        let before = *c;
        if c.eat("NOT VALID") {
            constraint.not_valid = true;
        } else if c.eat("NOT ENFORCED") {
            constraint.not_enforced = true;
        } else if c.eat("USING INDEX") {
            // `USING INDEX TABLESPACE x` says only where the new index goes.
            constraint.using_index = if c.eat("TABLESPACE") { None } else { c.ident() };
        } else if c.eat_any(&["NOT DEFERRABLE", "DEFERRABLE", "INITIALLY DEFERRED", "INITIALLY IMMEDIATE"]).is_some() {
            if !constraint.deferrable.is_empty() {
                constraint.deferrable.push(' ');
            }
            constraint.deferrable.push_str(c.since(&before));
        } else {
            c.skip_one();
        }
    }
}

/// A constraint of a column: `[CONSTRAINT name] PRIMARY KEY | UNIQUE | CHECK (…) | REFERENCES …`.
pub(super) fn inline(c: &mut Cursor<'_>) -> Option<(Constraint, Label)> {
    let mut ahead = *c;
    let name = if ahead.eat("CONSTRAINT") { ahead.ident() } else { None };
    let before = ahead;
    let (kind, label) = if ahead.eat("PRIMARY KEY") {
        (ConstraintKind::PrimaryKey { columns: Vec::new() }, "primary key")
    } else if ahead.eat("UNIQUE") {
        ahead.eat("KEY");
        let nulls_not_distinct = ahead.eat("NULLS NOT DISTINCT");
        (ConstraintKind::Unique { columns: Vec::new(), nulls_not_distinct }, "unique")
    } else if ahead.eat("CHECK") {
        (ConstraintKind::Check { expr: unknown_expr(ahead.parens()?.source()) }, "check")
    } else if ahead.is("REFERENCES") {
        (ConstraintKind::ForeignKey(references(&mut ahead, Vec::new())?), "foreign key")
    } else {
        return None;
    };
    let text = ahead.since(&before).to_string();
    *c = ahead;
    let constraint = Constraint {
        name,
        kind,
        not_valid: false,
        not_enforced: false,
        deferrable: String::new(),
        using_index: None,
        only: false,
        text,
    };
    Some((constraint, label))
}
