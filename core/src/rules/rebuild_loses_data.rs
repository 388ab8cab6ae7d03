//! A rebuild that leaves something behind.

use super::asking::{by_use, danger, has, warn, words};
use super::{Rule, RuleCx, RuleFinding};
use crate::change::{
    Change, ColumnDef, Constraint, ConstraintKind, Copied, Ident, IndexDef, Name, Nullability, ObjectKind,
    ReferentialAction, TableDef, lower,
};
use crate::engines::sqlite::affinity::Affinity;
use crate::order::{Gather, PushAll};
use crate::parse::Action;
use crate::target::Engine;

/// The rule.
pub const RULE: Rule = Rule {
    id: "rebuild-loses-data",
    title: "The rebuild leaves something behind",
    when: "SQLite makes a table anew, and a column is filled from another one, converted, or not filled at all, rows overwrite each other, or an index, a trigger, a default, a constraint, a collation or the numbering of the old table is not made again, or the foreign keys of others go along when it is renamed away.",
    effect: "Values or rows are gone with the old table; what an index kept unique, or a trigger did, stops without an error.",
    why: "The new table has what the script puts there, and DROP TABLE takes indexes and triggers along.",
    instead: "Name the columns on both sides of the copy in the same order, and make every index and trigger again before COMMIT.",
    sources: &["SQLite manual: ALTER TABLE, Making Other Kinds Of Table Schema Changes", "SQLite manual: DROP TABLE"],
    check,
};

fn check(cx: &RuleCx<'_>) -> Option<RuleFinding> {
    let sqlite = cx.world.target.engine() == Engine::Sqlite;
    let Change::RebuildTable { table, to, copied, working_name } = &cx.action.change else { return None };
    if !sqlite || !cx.used(table) || copied.is_empty() {
        return None;
    }
    let to = to.as_deref();
    let schema = cx.world.schema;
    let before = schema.table(table).map(|table| &table.def);
    let old = schema.table(table).map(|table| table.def.columns.as_slice());
    if let Some(column) = copied.iter().find_map(|copy| lost(cx, old, to, copy)) {
        return danger(format!("{table}.{column} does not keep its values: they are not copied into it as they are."));
    }
    let within = |change: &Change| match change {
        Change::Delete { table, .. } => cx.same_table(table, working_name),
        Change::Update { table, columns, filter } => {
            let overwrites = |column: &ColumnDef| columns.iter().any(|own| cx.same(own, &column.name));
            let kept = old.is_none_or(|old| old.iter().any(overwrites));
            cx.same_table(table, working_name) && kept && !filter.fills_only_nulls(columns)
        }
        _ => false,
    };
    if cx.script.members(cx.statement).iter().flat_map(|s| &s.changes).any(|action| within(&action.change)) {
        return danger(format!("Rows or values of {table} are deleted or written over in the copy."));
    }
    let unique = to.map(keys).unwrap_or_default();
    if copied.iter().any(|copy| copy.replaces) && unique.iter().any(|key| !schema.names_rows(table, key)) {
        return danger(format!("Rows of {table} with the same key overwrite each other in the copy."));
    }
    if let Some(child) = left_behind(cx, table) {
        return warn(format!(
            "The foreign key of {child} follows the old {table} to its other name, and points at nothing once that is dropped."
        ));
    }
    let members = cx.script.members(cx.statement).iter().flat_map(|s| &s.changes);
    let made: Vec<&IndexDef> = members
        .chain(cx.later())
        .filter_map(|action| match &action.change {
            Change::CreateIndex(index) => Some(&**index),
            _ => None,
        })
        .gather();
    let by_constraint = to.map(|to| keys(&without_indexes(to))).unwrap_or_default();
    let kept = |index: &IndexDef| {
        let columns = columns_of(index);
        let alike = |new: &&IndexDef| {
            let named = new.name.as_ref().zip(index.name.as_ref()).is_some_and(|(new, old)| cx.same_table(new, old));
            let same = new.parts.len() == index.parts.len() && columns_of(new) == columns;
            new.unique >= index.unique
                && (!index.unique || collations(cx, new) == collations(cx, index))
                && (named && !index.unique || same)
        };
        made.iter().any(alike) || by_constraint.contains(&columns)
    };
    let indexes = schema.table(table).map(|table| table.def.indexes.as_slice()).unwrap_or_default();
    let index = indexes.iter().find(|index| !kept(index)).and_then(|index| index.name.as_ref());
    let from = cx.script.group(cx.statement).start;
    let triggers = schema.objects_on(ObjectKind::Trigger, table).into_iter();
    let trigger = triggers.map(|trigger| &trigger.name).find(|name| !cx.ahead.makes_trigger(from, name));
    if let Some(finding) = before.zip(to).and_then(|(before, to)| weaker(cx, before, to)) {
        return Some(finding);
    }
    let gone = trigger.map(|name| ("trigger", name)).or(index.map(|name| ("index", name)));
    gone.and_then(|(what, name)| warn(format!("The {what} {name} goes with the old table and is not made again.")))
}

/// A table whose foreign key goes along when the old table is renamed away: from 3.26 on, with keys switched off too.
fn left_behind<'a>(cx: &RuleCx<'a>, table: &Name) -> Option<&'a Name> {
    let members = || cx.script.members(cx.statement).iter();
    let legacy = cx.session.legacy_alter_table || members().any(|s| has(s.span.of(cx.text), "LEGACY_ALTER_TABLE"));
    let away =
        |action: &Action| matches!(&action.change, Change::RenameTable { table: old, .. } if cx.same_table(old, table));
    let follows = cx.world.target.version.at_least(3, 26, 0) && !legacy;
    let mut children = cx.world.schema.referencing(table).into_iter().map(|(child, _)| &child.def.name);
    let child = children.find(|child| !cx.same_table(child, table))?;
    (follows && members().flat_map(|s| &s.changes).any(away)).then_some(child)
}

/// A column of both tables that is not filled from itself.
fn lost<'a>(
    cx: &RuleCx<'_>,
    old: Option<&'a [ColumnDef]>,
    to: Option<&TableDef>,
    copy: &'a Copied,
) -> Option<&'a Ident> {
    // Without a schema the columns that the copy reads are those that are known.
    let known: Vec<&Ident> = match old {
        Some(columns) => columns.iter().map(|column| &column.name).gather(),
        None => copy.values.iter().filter(|value| value.len() == 1).flatten().gather(),
    };
    let is = |a: &Ident, b: &Ident| cx.same(a, b);
    let mut values: Vec<Vec<&Ident>> = Vec::new();
    for value in &copy.values {
        match value.as_slice() {
            [star] if star.value == "*" => values.push_all(old?.iter().map(|column| vec![&column.name])),
            names => values.push(names.iter().gather()),
        }
    }
    let into: Vec<&Ident> = if copy.into.is_empty() { known.clone() } else { copy.into.iter().gather() };
    known.into_iter().find(|column| {
        let stays = |new: &ColumnDef| is(&new.name, column) && new.generated.is_none();
        let at = into.iter().position(|name| is(name, column));
        let value = at.and_then(|at| values.get(at));
        let new = to.map(|to| to.columns.iter().find(|new| stays(new)));
        let kept = |names: &Vec<&Ident>| {
            let before = old.and_then(|old| old.iter().find(|old| is(&old.name, column)));
            names.iter().any(|n| is(n, column)) && !converts(before, new.flatten(), names)
        };
        new.is_none_or(|new| new.is_some()) && !value.is_some_and(kept)
    })
}

/// The values do not come out of the new column as they went in.
fn converts(old: Option<&ColumnDef>, new: Option<&ColumnDef>, names: &[&Ident]) -> bool {
    let declared = |column: &ColumnDef| column.data_type.as_ref().map_or("", |data_type| &data_type.text).to_string();
    let Some(from) = old.map(|old| Affinity::of(&declared(old))) else { return false };
    let is = |name: &&&Ident, word: &str| name.value.eq_ignore_ascii_case(word);
    if names.first().is_some_and(|first| is(&first, "cast")) {
        let words = names.iter().skip_while(|name| !is(name, "as")).skip(1).map(|name| name.value.as_str());
        let cast = Affinity::of(&words.gather().join(" "));
        let cuts = from != cast && cast == Affinity::Integer;
        return cuts || !from.lost_on_the_way(cast).is_empty();
    }
    new.is_some_and(|new| {
        let to = Affinity::of(&declared(new));
        matches!(to, Affinity::Integer | Affinity::Real) && from.reads_numbers(to)
    })
}

const REFUSED: &str = "rows that it refused get in";

/// What of the old definition is not said again.
fn weaker(cx: &RuleCx<'_>, before: &TableDef, to: &TableDef) -> Option<RuleFinding> {
    let table = &before.name;
    let both = || {
        before.columns.iter().filter_map(|old| {
            let new = to.columns.iter().find(|new| cx.same(&new.name, &old.name) && new.generated.is_none())?;
            Some((old, new))
        })
    };
    let says = |default: &ColumnDef| default.default.as_ref().is_some_and(|d| !d.text.eq_ignore_ascii_case("null"));
    let collation = |column: &ColumnDef| column.collation.as_ref().map(|name| lower(&name.object.value));
    for (old, new) in both() {
        let column = &old.name;
        if says(old) && new.default.is_none() {
            return warn(format!(
                "{table}.{column} has no default any more: an INSERT that leaves it out gets NULL, or fails."
            ));
        }
        if collation(old).unwrap_or_else(|| "binary".to_string())
            != collation(new).unwrap_or_else(|| "binary".to_string())
        {
            return warn(format!("{table}.{column} gets another collation: the same query finds other rows."));
        }
        if numbers_rows(before, old) && !numbers_rows(to, new) {
            return warn(format!(
                "{table}.{column} gets no number by itself any more: an INSERT without one leaves it NULL, or fails."
            ));
        }
        if old.auto_number.is_some() && new.auto_number.is_none() {
            return warn(format!(
                "{table}.{column} is AUTOINCREMENT no more: numbers of deleted rows are given again."
            ));
        }
    }
    let unique = |def: &TableDef| {
        let mut lists = keys(&without_indexes(def));
        lists.iter_mut().for_each(|list| list.sort());
        lists
    };
    let mut now = unique(to);
    now.push_all(keys(to));
    if let Some(key) = unique(before).iter().find(|key| !now.contains(key)) {
        let columns: Vec<&Ident> = key.iter().gather();
        return warn(format!("{} of {table} is unique no more.", super::asking::list(&columns)));
    }
    // Where nothing else changes, it is what the rebuild is for.
    let count = |def: &TableDef, wanted: fn(&ConstraintKind) -> bool| {
        let own = def.columns.iter().flat_map(|column| &column.constraints);
        own.chain(&def.constraints).filter(|constraint| wanted(&constraint.kind)).count()
    };
    let less = |wanted: fn(&ConstraintKind) -> bool| count(to, wanted) < count(before, wanted);
    let refuses = |column: &ColumnDef| column.nullability == Nullability::NotNull;
    let in_key = |column: &ColumnDef| cx.world.schema.primary_key(table).is_some_and(|key| key.contains(&column.name));
    let acts = |def: &TableDef| {
        let inline = def.columns.iter().flat_map(|column| {
            column.constraints.iter().map(move |constraint| (&constraint.kind, std::slice::from_ref(&column.name)))
        });
        let own = def.constraints.iter().map(|constraint| (&constraint.kind, [].as_slice()));
        let keys = inline.chain(own).filter_map(|(kind, column)| match kind {
            ConstraintKind::ForeignKey(key) => {
                let columns = lowered(if key.columns.is_empty() { column } else { &key.columns });
                Some((columns, key.on_delete, key.on_update))
            }
            _ => None,
        });
        keys.gather()
    };
    let after = acts(to);
    let let_go =
        |old: ReferentialAction, new: ReferentialAction| old != new && matches!(new, ReferentialAction::NoAction);
    let forgotten = acts(before)
        .iter()
        .any(|old| after.iter().any(|new| new.0 == old.0 && (let_go(old.1, new.1) || let_go(old.2, new.2))));
    let (what, effect) = if forgotten {
        ("The action of a foreign key", "what it carried along is refused")
    } else if less(|kind| matches!(kind, ConstraintKind::Check { .. })) {
        ("A CHECK", REFUSED)
    } else if less(|kind| matches!(kind, ConstraintKind::ForeignKey(_))) {
        ("A foreign key", REFUSED)
    } else if both().any(|(old, new)| refuses(old) && !refuses(new) && !in_key(old)) {
        ("A NOT NULL", REFUSED)
    } else {
        return None;
    };
    let kind = |column: &ColumnDef| column.data_type.as_ref().map(|data_type| data_type.text.to_ascii_lowercase());
    let more = before.columns.len() != to.columns.len()
        || both().count() != before.columns.len()
        || both().any(|(old, new)| kind(old) != kind(new) || says(old) != says(new) || !refuses(old) && refuses(new));
    by_use(more, format!("{what} of {table} is not said again: {effect} from now on."))
}

/// An INTEGER PRIMARY KEY, spelled so: the number of the row.
fn numbers_rows(def: &TableDef, column: &ColumnDef) -> bool {
    let integer = column.data_type.as_ref().is_some_and(|t| t.text.trim().eq_ignore_ascii_case("integer"));
    let inline = column.constraints.iter().any(|key| matches!(key.kind, ConstraintKind::PrimaryKey { .. }));
    let named = |key: &Constraint| match &key.kind {
        ConstraintKind::PrimaryKey { columns } => {
            matches!(columns.as_slice(), [only] if only.value.eq_ignore_ascii_case(&column.name.value))
        }
        _ => false,
    };
    integer && !def.without_rowid && (inline || def.constraints.iter().any(named))
}

/// What the new table keeps unique, column lists.
fn keys(def: &TableDef) -> Vec<Vec<Ident>> {
    let inline = def.columns.iter().flat_map(|column| {
        column.constraints.iter().map(move |constraint| (&constraint.kind, std::slice::from_ref(&column.name)))
    });
    let own = def.constraints.iter().map(|constraint| (&constraint.kind, [].as_slice()));
    let constraints = inline.chain(own).filter_map(|(kind, column)| match kind {
        ConstraintKind::PrimaryKey { columns } | ConstraintKind::Unique { columns, .. } => {
            Some(lowered(if columns.is_empty() { column } else { columns }))
        }
        _ => None,
    });
    constraints.chain(def.indexes.iter().filter(|index| index.unique).map(columns_of)).gather()
}

fn without_indexes(def: &TableDef) -> TableDef {
    TableDef { indexes: Vec::new(), ..def.clone() }
}

fn columns_of(index: &IndexDef) -> Vec<Ident> {
    lowered(index.parts.iter().filter_map(|part| part.column.as_ref()))
}

/// How a key compares its texts: what stands behind COLLATE.
fn collations(cx: &RuleCx<'_>, index: &IndexDef) -> Vec<String> {
    let collation = |text: &str| {
        let said = lower(&words(text, cx.world.target));
        said.split_whitespace().skip_while(|word| *word != "collate").nth(1).map(str::to_string)
    };
    index.parts.iter().map(|part| collation(&part.text).unwrap_or_default()).gather()
}

/// As they are compared.
fn lowered<'a>(columns: impl IntoIterator<Item = &'a Ident>) -> Vec<Ident> {
    columns.into_iter().map(|column| Ident::new(lower(&column.value))).gather()
}
