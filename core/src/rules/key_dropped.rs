//! A primary key or unique constraint that goes away.

use super::asking::warn;
use super::{Rule, RuleCx, RuleFinding};
use crate::change::{Change, Constraint, ConstraintClass, ConstraintKind, Ident, IndexDef, Name};
use crate::order::Gather;
use crate::parse::Action;
use crate::report::Severity;

/// The rule.
pub const RULE: Rule = Rule {
    id: "key-dropped",
    title: "A key is dropped",
    when: "A primary key, unique constraint or unique index of a table in use is dropped and not replaced; of what is not known, its name tells (`_key`, `_uniq`, `pk_`).",
    effect: "Duplicates get in, upserts on the key fail, lookups by it read the whole table, and logical replication may stop.",
    why: "The key's index goes with it, and nothing else says which rows are the same.",
    instead: "Build the new key's index first and swap both in one ALTER TABLE; drop a key only after the code that needs it is gone.",
    sources: &[
        "PostgreSQL manual: ALTER TABLE; Logical Replication, Replica Identity",
        "MySQL manual: Online DDL Operations",
    ],
    check,
};

fn check(cx: &RuleCx<'_>) -> Option<RuleFinding> {
    let table = match &cx.action.change {
        Change::DropConstraint { table, name, kind, .. } if is_key(cx, table, name.as_ref(), *kind) => table,
        // MySQL's other way to say DROP PRIMARY KEY.
        Change::DropIndex { name, table: Some(table), .. } if name.object.value.eq_ignore_ascii_case("primary") => {
            table
        }
        Change::DropIndex { name, table, .. } if is_unknown(cx, name, table.as_ref()) => {
            let made = |action: &Action| matches!(&action.change, Change::CreateIndex(other) if other.unique);
            let lost = is_named_as_key(&name.object) && !cx.statement.changes.iter().chain(cx.later()).any(made);
            return if lost {
                warn(format!("By its name, {name} is unique: duplicates get in, and upserts on it fail."))
            } else {
                None
            };
        }
        Change::DropIndex { name, table, .. } => unique_index(cx, name, table.as_ref())?,
        _ => return None,
    };
    if cx.world.schema.is_new(table) {
        return None;
    }
    let replaced = cx.statement.changes.iter().any(|action| match &action.change {
        Change::AddConstraint { constraint, .. } => {
            matches!(constraint.kind, ConstraintKind::PrimaryKey { .. } | ConstraintKind::Unique { .. })
        }
        _ => false,
    });
    (!replaced).then(|| RuleFinding {
        severity: Severity::Warning,
        message: format!("{table} loses a key: duplicates get in, and upserts on it fail."),
    })
}

/// The table that loses a unique index; none where another one, there or made by the script, takes its place.
fn unique_index<'a>(cx: &RuleCx<'a>, name: &Name, table: Option<&Name>) -> Option<&'a Name> {
    let schema = cx.world.schema;
    let (index, constraint) = match schema.index_of(name, table) {
        Some((index, _)) => (Some(index), None),
        None => (None, schema.unique_of_index(table?, &name.object)),
    };
    let def = match (schema.index_of(name, table), table) {
        (Some((_, table)), _) | (None, Some(table)) => &schema.table(table)?.def,
        (None, None) => return None,
    };
    let columns = index.map_or_else(|| constraint.and_then(of_constraint), of_index)?;
    let one = |pair: (&Option<Ident>, &Option<Ident>)| match pair {
        (Some(a), Some(b)) => cx.same(a, b),
        (None, None) => true,
        _ => false,
    };
    let alike = |other: Option<Columns>| {
        other.is_some_and(|other| other.len() == columns.len() && other.iter().zip(&columns).all(one))
    };
    let other_index = |other: &&IndexDef| index.is_none_or(|index| index.name != other.name);
    let other_key = |other: &&Constraint| !constraint.is_some_and(|own| std::ptr::eq(own, *other));
    let kept = def.indexes.iter().filter(other_index).any(|other| alike(of_index(other)))
        || def.constraints.iter().filter(other_key).any(|other| alike(of_constraint(other)));
    let made = cx.statement.changes.iter().chain(cx.later()).any(|action| match &action.change {
        Change::CreateIndex(other) => cx.same_table(&other.table, &def.name) && alike(of_index(other)),
        Change::AddConstraint { table, constraint } => {
            cx.same_table(table, &def.name) && alike(of_constraint(constraint))
        }
        _ => false,
    });
    (!kept && !made).then_some(&def.name)
}

/// What must not repeat; nothing stands for an expression.
type Columns = Vec<Option<Ident>>;

fn of_index(index: &IndexDef) -> Option<Columns> {
    index.unique.then(|| index.parts.iter().map(|part| part.column.clone()).gather())
}

fn of_constraint(constraint: &Constraint) -> Option<Columns> {
    match &constraint.kind {
        ConstraintKind::PrimaryKey { columns } | ConstraintKind::Unique { columns, .. } => {
            Some(columns.iter().cloned().map(Some).gather())
        }
        _ => None,
    }
}

fn is_unknown(cx: &RuleCx<'_>, name: &Name, table: Option<&Name>) -> bool {
    match table {
        Some(table) => cx.world.schema.table(table).is_none(),
        None => cx.world.schema.index(name).is_none(),
    }
}

/// Of what is not known, the name tells: as PostgreSQL and frameworks name keys.
fn is_named_as_key(name: &Ident) -> bool {
    let name = name.value.to_ascii_lowercase();
    let mut words = name.split('_');
    let (first, last) = (words.next().unwrap_or_default(), words.next_back().unwrap_or_default());
    ["uq", "uk", "uniq", "unique", "pk", "pkey"].contains(&first)
        || ["pkey", "key", "uq", "uk", "uniq", "unique", "pk", "primary"].contains(&last)
}

fn is_key(cx: &RuleCx<'_>, table: &Name, name: Option<&Ident>, kind: Option<ConstraintClass>) -> bool {
    match kind {
        Some(kind) => matches!(kind, ConstraintClass::PrimaryKey | ConstraintClass::Unique),
        None => match name.and_then(|name| cx.world.schema.constraint(table, name)) {
            Some(known) => matches!(known.kind, ConstraintKind::PrimaryKey { .. } | ConstraintKind::Unique { .. }),
            None => name.is_some_and(is_named_as_key),
        },
    }
}
