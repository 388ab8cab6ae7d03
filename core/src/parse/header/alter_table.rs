//! ALTER TABLE: the table, its actions cut at commas, and the actions that several engines share.

use super::cursor::Cursor;
use super::{Header, Inside, Part, alter_mysql, alter_postgres, columns, constraints};
use crate::change::{Change, Ident, Name, OpaqueWhy, TableOption};
use crate::order::PushAll;
use crate::target::Target;
use std::borrow::Cow;

/// One action: the words behind `alter table` and its parts.
pub(super) struct Found {
    pub form: Cow<'static, str>,
    pub parts: Vec<Part>,
}

impl Found {
    pub fn exact(form: impl Into<Cow<'static, str>>, c: &Cursor<'_>, change: Change) -> Option<Found> {
        Some(Found { form: form.into(), parts: vec![Part::exact(c, change)] })
    }

    pub fn ask(form: impl Into<Cow<'static, str>>, c: &Cursor<'_>, change: Change, inside: Inside) -> Option<Found> {
        Some(Found { form: form.into(), parts: vec![Part::ask(c, change, inside)] })
    }

    pub fn option(
        form: impl Into<Cow<'static, str>>,
        c: &Cursor<'_>,
        table: &Name,
        option: TableOption,
    ) -> Option<Found> {
        Found::exact(form, c, Change::SetTableOption { table: table.clone(), option })
    }
}

/// `hint` is what stood before TABLE: MariaDB's `ALTER ONLINE TABLE` demands `LOCK=NONE`.
pub(super) fn read(c: &mut Cursor<'_>, target: Target, hint: Option<(&str, &str)>) -> Option<Header> {
    if c.is_phrase("ALL IN TABLESPACE") {
        return Some(super::maintenance::move_all("alter table all in tablespace", c, false));
    }
    c.eat_if_exists();
    let only = c.eat("ONLY");
    let table = c.name()?;
    c.eat_op("*");
    let mysql = target.engine().is_mysql_family();
    let mut forms: Vec<Cow<'static, str>> = Vec::new();
    let mut parts = Vec::new();
    if let Some((name, value)) = hint {
        let option = TableOption::RunHint { name: name.to_string(), value: value.to_string() };
        parts.push(Part::exact(c, Change::SetTableOption { table: table.clone(), option }));
    }
    if mysql {
        parts.push_all(alter_mysql::wait(c, &table));
    }
    let actions = if mysql { alter_mysql::cut(c) } else { c.split_commas() };
    for action in &actions {
        let known = if mysql { alter_mysql::read(action, &table) } else { alter_postgres::read(action, &table) };
        let found = known.unwrap_or_else(|| unknown(action, &table));
        if !forms.contains(&found.form) {
            forms.push(found.form);
        }
        parts.push_all(found.parts);
    }
    if only {
        parts.iter_mut().for_each(|part| set_only(&mut part.change));
    }
    if parts.is_empty() {
        // `ALTER TABLE t` alone: valid in MySQL, changes nothing.
        parts.push(Part::exact(c, Change::reads()).good_enough(mysql));
    }
    let form = if forms.is_empty() { "alter table".to_string() } else { format!("alter table {}", forms.join(", ")) };
    Some(Header { form, parts })
}

/// Said of the table alone; only for what is something else then.
pub(in crate::parse) fn set_only(change: &mut Change) {
    match change {
        Change::AddConstraint { constraint, .. } => constraint.only = true,
        Change::SetNotNull { only, .. } => *only = true,
        _ => {}
    }
}

fn unknown(c: &Cursor<'_>, table: &Name) -> Found {
    let change = Change::Opaque {
        form: "alter table".to_string(),
        why: OpaqueWhy::UnknownStatement,
        touches: vec![table.clone()],
    };
    Found { form: "unknown action".into(), parts: vec![Part::ask(c, change, Inside::Action(table.clone()))] }
}

/// `ADD [COLUMN] [IF NOT EXISTS] definition`, behind ADD.
pub(super) fn add_column(whole: &Cursor<'_>, c: &mut Cursor<'_>, table: &Name) -> Option<Found> {
    c.eat("COLUMN");
    let if_not_exists = c.eat_if_not_exists();
    let column = Box::new(columns::read(c)?);
    let change = Change::AddColumn { table: table.clone(), column, if_not_exists };
    Found::ask("add column", whole, change, Inside::Action(table.clone()))
}

/// `ADD [CONSTRAINT name] …`, behind ADD.
pub(super) fn add_constraint(whole: &Cursor<'_>, c: &mut Cursor<'_>, table: &Name) -> Option<Found> {
    let (constraint, label, exact) = constraints::read(c)?;
    let ending = match (constraint.not_valid, &constraint.using_index) {
        (true, _) => " not valid",
        (_, Some(_)) => " using index",
        _ => "",
    };
    let form = format!("add constraint {label}{ending}");
    let change = Change::AddConstraint { table: table.clone(), constraint: Box::new(constraint) };
    let part = Part::ask(whole, change, Inside::Action(table.clone())).good_enough(exact);
    Some(Found { form: form.into(), parts: vec![part] })
}

/// `DROP [COLUMN] [IF EXISTS] name [CASCADE]`, behind DROP.
pub(super) fn drop_column(whole: &Cursor<'_>, c: &mut Cursor<'_>, table: &Name) -> Option<Found> {
    c.eat("COLUMN");
    let if_exists = c.eat_if_exists();
    let column = c.ident()?;
    let cascade = c.is("CASCADE");
    Found::exact("drop column", whole, Change::DropColumn { table: table.clone(), column, if_exists, cascade })
}

/// `DROP CONSTRAINT [IF EXISTS] name [CASCADE]`, behind `DROP CONSTRAINT`.
pub(super) fn drop_constraint(whole: &Cursor<'_>, c: &mut Cursor<'_>, table: &Name) -> Option<Found> {
    let if_exists = c.eat_if_exists();
    let name = Some(c.ident()?);
    let cascade = c.is("CASCADE");
    let change = Change::DropConstraint { table: table.clone(), name, kind: None, if_exists, cascade };
    Found::exact("drop constraint", whole, change)
}

/// `RENAME [COLUMN] a TO b`, `RENAME CONSTRAINT a TO b`, `RENAME [TO | AS | =] name`, behind RENAME.
pub(super) fn rename(whole: &Cursor<'_>, c: &mut Cursor<'_>, table: &Name) -> Option<Found> {
    let table = table.clone();
    if c.is("CONSTRAINT") && c.nth(2).is_some() {
        c.next();
        let (from, to) = pair(c)?;
        return Found::exact("rename constraint", whole, Change::RenameConstraint { table, from, to });
    }
    if let Some(to) = new_name(c) {
        return Found::exact("rename to", whole, Change::RenameTable { table, to });
    }
    if c.is("COLUMN") && c.nth(2).is_some() && !c.is_at(1, "TO") {
        c.next();
    }
    c.eat_if_exists();
    let (from, to) = pair(c)?;
    Found::exact("rename column", whole, Change::RenameColumn { table, from, to })
}

/// `TO name`, MySQL's `AS name`, `= name`, or the name alone: nothing may follow it.
fn new_name(c: &Cursor<'_>) -> Option<Name> {
    let alone = |mut c: Cursor<'_>| c.name().filter(|_| c.done());
    let mut behind = *c;
    let marked = behind.eat_any(&["TO", "AS"]).is_some() || behind.eat_op("=");
    alone(*c).or_else(|| if marked { alone(behind) } else { None })
}

fn pair(c: &mut Cursor<'_>) -> Option<(Ident, Ident)> {
    let from = c.ident()?;
    c.eat("TO").then_some(())?;
    Some((from, c.ident()?))
}
