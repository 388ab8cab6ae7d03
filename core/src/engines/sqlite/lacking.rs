//! What a change names and the file does not have, or has already, and definitions that no version takes.

use crate::change::{
    AutoNumber, Change, ColumnDef, Constraint, ConstraintKind, Expr, Ident, IndexDef, Name, ObjectKind, ObjectVerb,
    TableDef,
};
use crate::engines::{gone, written};
use crate::order::Gather;
use crate::schema::mentions;
use crate::source::{first_words, has};
use crate::world::World;

/// Why the change is refused, as far as the schema tells.
pub(super) fn refused(change: &Change, world: &World<'_>) -> Option<String> {
    let schema = world.schema;
    let known =
        |table: &Name| schema.table(table).map(|known| &known.def).filter(|def| def.complete && !def.from_query);
    let taken = |name: &Name| {
        let there = schema.table(name).is_some() || schema.view(name).is_some();
        there.then(|| format!("{name} exists already"))
    };
    let view = |name: &Name| schema.view(name).is_some() && schema.table(name).is_none();
    match change {
        Change::CreateTable(def)
            if !world.target.version.at_least(3, 31, 0) && def.columns.iter().any(|own| own.generated.is_some()) =>
        {
            Some("computed columns came with SQLite 3.31".to_string())
        }
        Change::CreateTable(def) if !def.if_not_exists && !def.temporary => taken(&def.name)
            .or_else(|| index_called(&def.name, world))
            .or_else(|| reserved(&def.name))
            .or_else(|| table(def)),
        Change::CreateTable(def) => table(def),
        Change::RenameTable { table, .. } if view(table) => Some(format!("{table} is a view, which is not renamed")),
        Change::RenameTable { table, to } if known(table).is_some() => {
            taken(to).or_else(|| index_called(to, world)).or_else(|| reserved(to))
        }
        Change::RenameColumn { table, .. } if view(table) => Some(format!("{table} is a view: make it anew")),
        Change::RenameColumn { table, from, to } => {
            let def = known(table)?;
            let other = !same(from, to) && column(def, to).is_some();
            no_column(def, from).or_else(|| other.then(|| format!("{table} has a column {to} already")))
        }
        Change::DropColumn { table, column, .. } => no_column(known(table)?, column),
        Change::DropConstraint { table, name: Some(name), .. } if world.target.version.at_least(3, 53, 0) => {
            no_constraint(known(table)?, name)
        }
        Change::CreateIndex(index) => {
            let name = index.name.as_ref().filter(|name| !index.if_not_exists && schema.index(name).is_some());
            let view = view(&index.table);
            let exists = name.map(|name| format!("{name} exists already"));
            let of_table = || {
                let name = index.name.as_ref().filter(|name| schema.table(name).is_some())?;
                Some(format!("a table is called {name} already"))
            };
            exists
                .or_else(of_table)
                .or_else(|| reserved(index.name.as_ref()?))
                .or_else(|| view.then(|| format!("{} is a view, which has no indexes", index.table)))
                .or_else(|| parts(known(&index.table)?, index))
        }
        Change::DropTable { tables, .. } => {
            tables.iter().find(|name| view(name)).map(|name| format!("{name} is a view: DROP VIEW"))
        }
        Change::DropView { names, .. } => {
            let table = names.iter().find(|name| schema.table(name).is_some() && schema.view(name).is_none());
            table.map(|name| format!("{name} is a table: DROP TABLE"))
        }
        Change::Object { verb: ObjectVerb::Create, kind: ObjectKind::Trigger, on: Some(on), text, .. } => {
            let words = first_words(text, world.target, 12);
            let instead = has(&words, " INSTEAD OF ");
            if writes_by_full_name(text, world) {
                return Some("a trigger writes tables by their bare names, without main. or temp.".to_string());
            }
            match (instead, view(on)) {
                (true, false) if known(on).is_some() => {
                    Some(format!("{on} is a table, which has no INSTEAD OF triggers"))
                }
                (false, true) => Some(format!("{on} is a view, which has INSTEAD OF triggers only")),
                _ => None,
            }
        }
        _ => None,
    }
}

/// Whether the body of a trigger writes a table whose schema is said.
fn writes_by_full_name(text: &str, world: &World<'_>) -> bool {
    let words = first_words(text, world.target, 2_000);
    let words: Vec<&str> = words.split_whitespace().skip_while(|word| !word.eq_ignore_ascii_case("begin")).gather();
    let is = |word: &str, wanted: &str| word.eq_ignore_ascii_case(wanted);
    words.windows(4).any(|four| match four {
        [verb, _, ".", _] => is(verb, "update") || is(verb, "into"),
        [verb, from, _, "."] => is(verb, "delete") && is(from, "from"),
        _ => false,
    })
}

/// The same, of what only the words of a statement tell.
pub(super) fn clash(sql: &str, change: &Change, all: &[&Change], world: &World<'_>) -> Option<String> {
    let words = first_words(sql, world.target, 12);
    let elsewhere = [" IF NOT EXISTS ", " TEMP ", " TEMPORARY ", " . "].iter().any(|word| has(&words, word));
    let view = |name: &Name| world.schema.view(name).is_some();
    let table = |name: &Name| world.schema.table(name).is_some();
    match change {
        Change::CreateView { name, .. } if !elsewhere && (view(name) || table(name)) => {
            Some(format!("{name} exists already"))
        }
        Change::AddColumn { table: own, .. } if view(own) && !table(own) => {
            Some(format!("{own} is a view, which has no columns of its own"))
        }
        Change::Insert { table: own, .. } | Change::Update { table: own, .. } | Change::Delete { table: own, .. }
            if view(own) && !table(own) && world.schema.objects_on(ObjectKind::Trigger, own).is_empty() =>
        {
            Some(format!("{own} is a view without INSTEAD OF triggers, and takes no rows"))
        }
        Change::Object { verb: ObjectVerb::Drop, kind: ObjectKind::Trigger, name: Some(name), .. }
            if gone::trigger(name, world) && !has(&words, " IF EXISTS ") =>
        {
            Some(format!("the trigger {name} was dropped before"))
        }
        Change::Object { verb: ObjectVerb::Create, kind: ObjectKind::Trigger, name: Some(name), .. } if !elsewhere => {
            let old = world.schema.object(ObjectKind::Trigger, name).filter(|_| !world.schema.is_blurred())?;
            // It goes with its table, which a rebuild drops.
            let rebuilt = |other: &&&Change| match other {
                Change::RebuildTable { table, .. } => {
                    old.on.as_ref().is_none_or(|on| world.schema.same_relation(on, table))
                }
                _ => false,
            };
            let passing = has(&first_words(&old.text, world.target, 4), " TEMP");
            (!passing && all.iter().find(rebuilt).is_none()).then(|| format!("the trigger {name} exists already"))
        }
        _ => None,
    }
}

/// Names of SQLite itself.
fn reserved(name: &Name) -> Option<String> {
    let own = name.object.value.get(..7).is_some_and(|head| head.eq_ignore_ascii_case("sqlite_"));
    own.then(|| format!("{name}: names that begin with sqlite_ are those of SQLite"))
}

fn same(a: &Ident, b: &Ident) -> bool {
    a.value.eq_ignore_ascii_case(&b.value)
}

fn column<'d>(def: &'d TableDef, name: &Ident) -> Option<&'d ColumnDef> {
    def.columns.iter().find(|column| same(&column.name, name))
}

/// Every table has a rowid, but those WITHOUT ROWID.
fn no_column(def: &TableDef, name: &Ident) -> Option<String> {
    let rowid = ["rowid", "oid", "_rowid_"].iter().any(|own| name.value.eq_ignore_ascii_case(own));
    let missing = column(def, name).is_none() && !rowid && !def.external && !def.columns.is_empty();
    missing.then(|| format!("{} has no column {name}", def.name))
}

/// SQLite gives no names by itself; those of a NOT NULL stand in the text of the column.
fn no_constraint(def: &TableDef, name: &Ident) -> Option<String> {
    let own = |c: &Constraint| c.name.as_ref().is_some_and(|own| same(own, name));
    let there = def.constraints.iter().any(own) || def.columns.iter().any(|own| mentions(&own.text, &name.value));
    (!there).then(|| format!("{} has no constraint {name}", def.name))
}

/// A name in an expression that is no column; what stands in double quotes may be a text.
fn unknown(def: &TableDef, expr: &Expr) -> Option<String> {
    let odd = expr.text.contains(['"', '[', '`']) || has_query(&expr.text);
    let mut names = expr.columns.iter().filter(|name| !odd && written::is_plain(name) && !same(name, &def.name.object));
    names.find_map(|name| no_column(def, name))
}

/// An index has a name among those of tables.
fn index_called(name: &Name, world: &World<'_>) -> Option<String> {
    world.schema.index(name).map(|_| format!("an index is called {name} already"))
}

fn parts(def: &TableDef, index: &IndexDef) -> Option<String> {
    let nulls = index.parts.iter().any(|part| has(&part.text, "NULLS "));
    let query = index.filter.as_ref().is_some_and(|filter| has_query(&filter.text));
    // What stands in double quotes may be a text.
    let plain = index.parts.iter().filter(|part| !part.text.starts_with('"'));
    let missing = plain.filter_map(|part| part.column.as_ref()).find_map(|name| no_column(def, name));
    let missing = missing.or_else(|| unknown(def, index.filter.as_ref()?));
    let random = index.parts.iter().map(|part| &part.text).chain(index.filter.as_ref().map(|own| &own.text));
    let texts = index.parts.iter().any(|part| has_query(&part.text));
    let random = random.into_iter().any(|text| mentions(text, "random") && text.contains('('));
    missing
        .or_else(|| nulls.then(|| "an index takes no NULLS FIRST or LAST".to_string()))
        .or_else(|| random.then(|| "an index takes no function whose value changes".to_string()))
        .or_else(|| query.then(|| "the condition of an index takes no query".to_string()))
        .or_else(|| texts.then(|| "an index takes no query".to_string()))
}

fn has_query(text: &str) -> bool {
    text.split('(').any(|part| {
        let part = part.trim_start();
        let word = part.get(..6).is_some_and(|word| word.eq_ignore_ascii_case("select"));
        word && part.get(6..).is_some_and(|behind| behind.starts_with(char::is_whitespace))
    })
}

/// A table that no version makes.
fn table(def: &TableDef) -> Option<String> {
    if !def.complete || def.external || def.from_query {
        return None;
    }
    let own = |column: &ColumnDef| column.constraints.clone();
    let all: Vec<Constraint> = def.columns.iter().flat_map(own).chain(def.constraints.iter().cloned()).gather();
    let primaries = all.iter().filter(|c| matches!(c.kind, ConstraintKind::PrimaryKey { .. })).count();
    let query = all.iter().any(|c| matches!(&c.kind, ConstraintKind::Check { expr } if has_query(&expr.text)));
    let twice = def
        .columns
        .iter()
        .enumerate()
        .find(|(at, column)| def.columns.iter().take(*at).any(|other| same(&other.name, &column.name)));
    let keys = def.constraints.iter().flat_map(|constraint| match &constraint.kind {
        ConstraintKind::PrimaryKey { columns } | ConstraintKind::Unique { columns, .. } => columns.as_slice(),
        ConstraintKind::ForeignKey(key) => key.columns.as_slice(),
        _ => &[],
    });
    let missing = keys.filter(|name| !name.value.is_empty()).find_map(|name| no_column(def, name));
    let counter = def.columns.iter().find(|column| matches!(column.auto_number, Some(AutoNumber::AutoIncrement)));
    let counts = counter.filter(|column| {
        let integer = column.data_type.as_ref().is_some_and(|of| of.text.trim().eq_ignore_ascii_case("integer"));
        !integer || def.without_rowid
    });
    let expressions = all.iter().filter_map(|c| match &c.kind {
        ConstraintKind::Check { expr } => Some(expr),
        _ => None,
    });
    let computed = || def.columns.iter().filter_map(|own| Some((own, own.generated.as_ref()?)));
    let in_key = |own: &ColumnDef| {
        own.constraints.iter().any(|c| matches!(c.kind, ConstraintKind::PrimaryKey { .. }))
            || def.constraints.iter().any(|c| match &c.kind {
                ConstraintKind::PrimaryKey { columns } => columns.iter().any(|name| same(name, &own.name)),
                _ => false,
            })
    };
    let uneven = all.iter().find_map(|c| match &c.kind {
        ConstraintKind::ForeignKey(key) => {
            let (own, others) = (key.columns.len().max(1), key.referenced_columns.len());
            (others > 0 && own != others).then(|| format!("a key of {own} columns refers to {others}"))
        }
        _ => None,
    });
    let unknown =
        expressions.chain(computed().map(|(_, generated)| &generated.expr)).find_map(|expr| unknown(def, expr));
    twice
        .map(|(_, column)| format!("two columns are called {}", column.name))
        .or_else(|| (primaries > 1).then(|| "a table has one primary key".to_string()))
        .or(missing)
        .or(unknown)
        .or(uneven)
        .or_else(|| {
            let (own, _) = computed().find(|(own, _)| in_key(own))?;
            Some(format!("{} is computed, and no primary key", own.name))
        })
        .or_else(|| {
            let all = !def.columns.is_empty() && def.columns.iter().all(|own| own.generated.is_some());
            all.then(|| "a table has a column that is not computed".to_string())
        })
        .or_else(|| query.then(|| "a CHECK takes no query".to_string()))
        .or_else(|| {
            counts
                .map(|column| format!("AUTOINCREMENT is for an INTEGER PRIMARY KEY only, which {} is not", column.name))
        })
}
