//! Actions of ALTER TABLE in MySQL and MariaDB: their cutting, table options, partitions.

use super::alter_table::{Found, add_column, add_constraint, drop_column, drop_constraint, rename};
use super::cursor::Cursor;
use super::ddl::Modifiers;
use super::indexes::unknown_expr;
use super::{Inside, Part, columns, constraints, indexes};
use crate::change::{Change, Charset, ColumnOption, ConstraintClass, Name, PartitionAction, TableOption};
use crate::order::{Gather, PushAll};
use crate::source::TokenKind;

/// MariaDB's `WAIT n` / `NOWAIT` before the actions.
pub(super) fn wait(c: &mut Cursor<'_>, table: &Name) -> Option<Part> {
    let value = match c.eat_any(&["WAIT", "NOWAIT"])? {
        "NOWAIT" => "0".to_string(),
        _ => c.next()?.of(c.text).to_string(),
    };
    let option = TableOption::RunHint { name: "wait".to_string(), value };
    Some(Part::exact(c, Change::SetTableOption { table: table.clone(), option }))
}

/// Cuts the actions: at commas, but not within the lists of ORDER BY and of partition names; and before a partitioning
/// clause, which no comma precedes.
pub(super) fn cut<'a>(c: &Cursor<'a>) -> Vec<Cursor<'a>> {
    let mut ranges: Vec<(usize, usize)> = Vec::new();
    for (from, to) in c.comma_ranges() {
        match ranges.last_mut() {
            Some(last) if continues(&c.slice(last.0, last.1), &c.slice(from, to)) => last.1 = to,
            _ => ranges.push((from, to)),
        }
    }
    let mut actions = Vec::new();
    for (from, to) in ranges {
        let action = c.slice(from, to);
        let mut ahead = action;
        ahead.next();
        let ordinary = !["ADD PARTITION", "DROP PARTITION", "CONVERT"].iter().any(|w| action.is_phrase(w));
        if ordinary && ahead.skip_to(|c| c.is_phrase("PARTITION BY") || c.is_phrase("REMOVE PARTITIONING")) {
            actions.push(c.slice(from, from + ahead.taken()));
            actions.push(c.slice(from + ahead.taken(), to));
        } else {
            actions.push(action);
        }
    }
    actions
}

/// Whether a part only goes on with the list of the one before.
fn continues(before: &Cursor<'_>, part: &Cursor<'_>) -> bool {
    let mut ahead = *part;
    let named = ahead.name().is_some();
    let order = before.is_phrase("ORDER BY") && named && !part.is("FORCE") && {
        ahead.eat_any(&["ASC", "DESC"]);
        ahead.done()
    };
    // `p1, p2`, where the last may be followed by `INTO (…)`, `WITH TABLE`, `TABLESPACE`.
    let partitions = before.is_at(1, "PARTITION") && !before.is("ADD") && named && {
        let mut ahead = *part;
        ahead.ident().is_some()
            && (ahead.done() || ["INTO", "TABLESPACE", "EXTENDED", "QUICK"].iter().any(|w| ahead.is(w)))
    };
    order || partitions
}

pub(super) fn read(whole: &Cursor<'_>, table: &Name) -> Option<Found> {
    let mut c = *whole;
    let c = &mut c;
    if let Some(found) = partitions(whole, &mut { *whole }, table) {
        return Some(found);
    }
    match c.eat_any(&["ADD", "DROP", "ALTER", "MODIFY", "CHANGE", "RENAME"]) {
        Some("ADD") => add(whole, c, table),
        Some("DROP") => drop(whole, c, table),
        Some("ALTER") => alter(whole, c, table),
        Some("MODIFY") => redefine(whole, c, table, false),
        Some("CHANGE") => redefine(whole, c, table, true),
        Some("RENAME") if c.eat_any(&["INDEX", "KEY"]).is_some() => {
            c.eat_if_exists();
            let name = Name { schema: None, object: c.ident()? };
            c.eat("TO").then_some(())?;
            let to = c.ident()?;
            Found::exact("rename index", whole, Change::RenameIndex { name, table: Some(table.clone()), to })
        }
        Some("RENAME") => rename(whole, c, table),
        _ => fixed(whole, table).or_else(|| options(whole, table)),
    }
}

type Make = fn() -> TableOption;

/// Actions without details that matter: the words; the form; the option.
const FIXED: [(&str, &str, Make); 12] = [
    ("FORCE", "force", || TableOption::Force),
    ("ORDER BY", "order by", || TableOption::OrderBy),
    ("ENABLE KEYS", "enable keys", || TableOption::Keys),
    ("DISABLE KEYS", "disable keys", || TableOption::Keys),
    ("DISCARD TABLESPACE", "discard tablespace", || TableOption::DiscardOrImportTablespace),
    ("IMPORT TABLESPACE", "import tablespace", || TableOption::DiscardOrImportTablespace),
    ("WITH VALIDATION", "with validation", || hint("validation", "WITH")),
    ("WITHOUT VALIDATION", "without validation", || hint("validation", "WITHOUT")),
    ("SECONDARY_LOAD", "secondary_load", || TableOption::Other("secondary_load".to_string())),
    ("SECONDARY_UNLOAD", "secondary_unload", || TableOption::Other("secondary_unload".to_string())),
    ("ENABLE ROW LEVEL", "row level", || TableOption::Other("row level".to_string())),
    ("WITH SYSTEM VERSIONING", "with system versioning", || TableOption::SystemVersioning { drop: false }),
];

fn hint(name: &str, value: &str) -> TableOption {
    TableOption::RunHint { name: name.to_string(), value: value.to_string() }
}

fn fixed(whole: &Cursor<'_>, table: &Name) -> Option<Found> {
    if whole.is_phrase("CONVERT TO") {
        let mut c = *whole;
        c.eat("CONVERT TO");
        let charset = charset(&mut c)?;
        return Found::option("convert to character set", whole, table, TableOption::ConvertCharset(charset));
    }
    let (_, form, option) = FIXED.iter().find(|(words, ..)| whole.is_phrase(words))?;
    Found::option(*form, whole, table, option())
}

fn add(whole: &Cursor<'_>, c: &mut Cursor<'_>, table: &Name) -> Option<Found> {
    if c.eat_any(&["SYSTEM VERSIONING", "PERIOD FOR"]).is_some() {
        return Found::option("add system versioning", whole, table, TableOption::SystemVersioning { drop: false });
    }
    let modifiers = match c.eat_any(&["INDEX", "KEY", "FULLTEXT", "SPATIAL", "VECTOR"]) {
        Some("INDEX" | "KEY") => Some((Modifiers::default(), "add index")),
        Some("FULLTEXT") => Some((Modifiers { fulltext: true, ..Modifiers::default() }, "add fulltext index")),
        Some("SPATIAL") => Some((Modifiers { spatial: true, ..Modifiers::default() }, "add spatial index")),
        Some(_) => Some((Modifiers::default(), "add vector index")),
        None => None,
    };
    if let Some((modifiers, form)) = modifiers {
        c.eat_any(&["INDEX", "KEY"]);
        let (index, complete) = indexes::added(c, table, modifiers);
        let change = Change::CreateIndex(Box::new(index));
        let part = Part::ask(whole, change, Inside::Action(table.clone())).good_enough(complete);
        return Some(Found { form: form.into(), parts: vec![part] });
    }
    if constraints::is_next(c) {
        return add_constraint(whole, c, table);
    }
    let mut list = *c;
    list.eat("COLUMN");
    list.eat_if_not_exists();
    if list.is_kind(TokenKind::OpenParen) {
        return add_list(whole, &mut list, table);
    }
    add_column(whole, c, table)
}

/// `ADD (a int, b int, KEY (a))`: one change per definition, read by the inside as one action.
fn add_list(whole: &Cursor<'_>, c: &mut Cursor<'_>, table: &Name) -> Option<Found> {
    let mut stand_ins = Vec::new();
    for mut item in c.parens()?.split_commas() {
        let definition = item;
        stand_ins.push_all(add(&definition, &mut item, table)?.parts.into_iter().map(|part| part.change));
    }
    let mut stand_ins = stand_ins.into_iter();
    let part = Part::ask(whole, stand_ins.next()?, Inside::Action(table.clone()));
    Some(Found { form: "add column list".into(), parts: vec![Part { others: stand_ins.gather(), ..part }] })
}

fn drop(whole: &Cursor<'_>, c: &mut Cursor<'_>, table: &Name) -> Option<Found> {
    let constraint = |name, kind, if_exists| Change::DropConstraint {
        table: table.clone(),
        name,
        kind: Some(kind),
        if_exists,
        cascade: false,
    };
    match c.eat_any(&[
        "PRIMARY KEY",
        "FOREIGN KEY",
        "CONSTRAINT",
        "CHECK",
        "INDEX",
        "KEY",
        "SYSTEM VERSIONING",
        "PERIOD FOR",
    ]) {
        Some("PRIMARY KEY") => {
            Found::exact("drop primary key", whole, constraint(None, ConstraintClass::PrimaryKey, false))
        }
        Some("FOREIGN KEY") => {
            let if_exists = c.eat_if_exists();
            let change = constraint(Some(c.ident()?), ConstraintClass::ForeignKey, if_exists);
            Found::exact("drop foreign key", whole, change)
        }
        Some("CONSTRAINT") => drop_constraint(whole, c, table),
        Some("CHECK") => {
            let if_exists = c.eat_if_exists();
            Found::exact("drop check", whole, constraint(Some(c.ident()?), ConstraintClass::Check, if_exists))
        }
        Some("INDEX" | "KEY") => {
            let if_exists = c.eat_if_exists();
            let name = Name { schema: None, object: c.ident()? };
            let table = Some(table.clone());
            let change = Change::DropIndex { name, table, concurrently: false, if_exists, cascade: false };
            Found::exact("drop index", whole, change)
        }
        Some(_) => Found::option("drop system versioning", whole, table, TableOption::SystemVersioning { drop: true }),
        None => drop_column(whole, c, table),
    }
}

fn alter(whole: &Cursor<'_>, c: &mut Cursor<'_>, table: &Name) -> Option<Found> {
    let owner = table.clone();
    if c.eat_any(&["INDEX", "KEY"]).is_some() {
        c.eat_if_exists();
        let name = Some(Name { schema: None, object: c.ident()? });
        let action = c.rest_bare().to_ascii_uppercase();
        return Found::exact("alter index", whole, Change::AlterIndex { name, table: Some(owner), action });
    }
    if c.eat_any(&["CHECK", "CONSTRAINT"]).is_some() {
        let name = c.ident()?;
        let enforced = Some(!c.is("NOT"));
        let change = Change::AlterConstraint { table: owner, name, enforced, no_inherit: false };
        return Found::exact("alter constraint", whole, change);
    }
    c.eat("COLUMN");
    c.eat_if_exists();
    let column = c.ident()?;
    match c.eat_any(&["SET DEFAULT", "DROP DEFAULT", "SET VISIBLE", "SET INVISIBLE"])? {
        "SET DEFAULT" => {
            let inside = Inside::Default { expr: c.rest_span() };
            let default = unknown_expr(c.rest());
            Found::ask("alter column set default", whole, Change::SetDefault { table: owner, column, default }, inside)
        }
        "DROP DEFAULT" => {
            Found::exact("alter column drop default", whole, Change::DropDefault { table: owner, column })
        }
        _ => {
            let change = Change::SetColumnOption { table: owner, column, option: ColumnOption::Visibility };
            Found::exact("alter column set visibility", whole, change)
        }
    }
}

/// `MODIFY [COLUMN] [IF EXISTS] definition`, `CHANGE [COLUMN] [IF EXISTS] old definition`.
fn redefine(whole: &Cursor<'_>, c: &mut Cursor<'_>, table: &Name, renames: bool) -> Option<Found> {
    c.eat("COLUMN");
    c.eat_if_exists();
    let old = if renames { Some(c.ident()?) } else { None };
    let mut to = columns::read(c)?;
    let position = to.position.take();
    let column = old.unwrap_or_else(|| to.name.clone());
    let form = if renames { "change column" } else { "modify column" };
    let change = Change::RedefineColumn { table: table.clone(), column, to: Box::new(to), position };
    Found::ask(form, whole, change, Inside::Action(table.clone()))
}

/// Words; form; what it means.
type Row<T> = (&'static str, &'static str, fn() -> T);

/// Partition clauses: the words; the form; the action.
const PARTITIONS: [Row<PartitionAction>; 18] = [
    ("ADD PARTITION", "add partition", || PartitionAction::Add),
    ("DROP PARTITION", "drop partition", || PartitionAction::Drop),
    ("TRUNCATE PARTITION", "truncate partition", || PartitionAction::Truncate),
    ("REORGANIZE PARTITION", "reorganize partition", || PartitionAction::Reorganize),
    ("COALESCE PARTITION", "coalesce partition", || PartitionAction::Coalesce),
    ("PARTITION BY", "partition by", || PartitionAction::PartitionBy(String::new())),
    ("REMOVE PARTITIONING", "remove partitioning", || PartitionAction::RemovePartitioning),
    ("UPGRADE PARTITIONING", "upgrade partitioning", || PartitionAction::Maintain("upgrade".to_string())),
    ("ANALYZE PARTITION", "analyze partition", || PartitionAction::Maintain("analyze".to_string())),
    ("CHECK PARTITION", "check partition", || PartitionAction::Maintain("check".to_string())),
    ("OPTIMIZE PARTITION", "optimize partition", || PartitionAction::Maintain("optimize".to_string())),
    ("REBUILD PARTITION", "rebuild partition", || PartitionAction::Maintain("rebuild".to_string())),
    ("REPAIR PARTITION", "repair partition", || PartitionAction::Maintain("repair".to_string())),
    ("DISCARD PARTITION", "discard partition tablespace", || PartitionAction::DiscardOrImport),
    ("IMPORT PARTITION", "import partition tablespace", || PartitionAction::DiscardOrImport),
    ("CONVERT PARTITION", "convert partition", || PartitionAction::Convert),
    ("CONVERT TABLE", "convert table to partition", || PartitionAction::Convert),
    ("PARTITION", "partition", || PartitionAction::PartitionBy(String::new())),
];

fn partitions(whole: &Cursor<'_>, c: &mut Cursor<'_>, table: &Name) -> Option<Found> {
    let table = table.clone();
    if c.eat("EXCHANGE PARTITION") {
        c.find("WITH TABLE").then_some(())?;
        c.eat("WITH TABLE");
        let with = c.name()?;
        let action = PartitionAction::Exchange { with, without_validation: c.has("WITHOUT VALIDATION") };
        return Found::exact("exchange partition", whole, Change::Partition { table, action });
    }
    let (_, form, action) = PARTITIONS.iter().find(|(words, ..)| c.is_phrase(words))?;
    let mut action = action();
    if let PartitionAction::PartitionBy(by) = &mut action {
        *by = c.rest_bare();
    }
    Found::exact(*form, whole, Change::Partition { table, action })
}

/// Table options, one after another with or without commas.
fn options(whole: &Cursor<'_>, table: &Name) -> Option<Found> {
    let mut c = *whole;
    let mut forms: Vec<String> = Vec::new();
    let mut parts = Vec::new();
    while !c.done() {
        let (form, option) = option(&mut c)?;
        if !forms.contains(&form) {
            forms.push(form);
        }
        parts.push(Part::exact(whole, Change::SetTableOption { table: table.clone(), option }));
    }
    (!parts.is_empty()).then(|| Found { form: forms.join(", ").into(), parts })
}

/// Options that rebuild the table.
const STORAGE: [&str; 13] = [
    "KEY_BLOCK_SIZE",
    "ENCRYPTION",
    "ENCRYPTED",
    "COMPRESSION",
    "PAGE_COMPRESSED",
    "PAGE_COMPRESSION_LEVEL",
    "ENCRYPTION_KEY_ID",
    "DATA DIRECTORY",
    "INDEX DIRECTORY",
    "TRANSACTIONAL",
    "PAGE_CHECKSUM",
    "PACK_KEYS",
    "ITEF_QUOTES",
];

/// Options of the catalog.
const OTHERS: [&str; 23] = [
    "STATS_AUTO_RECALC",
    "STATS_PERSISTENT",
    "STATS_SAMPLE_PAGES",
    "MAX_ROWS",
    "MIN_ROWS",
    "AVG_ROW_LENGTH",
    "CHECKSUM",
    "TABLE_CHECKSUM",
    "DELAY_KEY_WRITE",
    "INSERT_METHOD",
    "UNION",
    "CONNECTION",
    "PASSWORD",
    "AUTOEXTEND_SIZE",
    "ENGINE_ATTRIBUTE",
    "SECONDARY_ENGINE_ATTRIBUTE",
    "SECONDARY_ENGINE",
    "START TRANSACTION",
    "IETF_QUOTES",
    "SEQUENCE",
    "NODEGROUP",
    "VALIDATION",
    "STORAGE",
];

fn option(c: &mut Cursor<'_>) -> Option<(String, TableOption)> {
    if let Some(name) = c.eat_any(&["ALGORITHM", "LOCK"]) {
        let name = name.to_ascii_lowercase();
        let value = value(c)?.to_ascii_uppercase();
        return Some((name.clone(), TableOption::RunHint { name, value }));
    }
    let before = *c;
    if let Some(charset) = charset(c) {
        let form = if charset.charset.is_some() { "character set" } else { "collate" };
        return Some((form.to_string(), TableOption::DefaultCharset(charset)));
    }
    *c = before;
    match c.eat_any(&["ENGINE", "TYPE", "ROW_FORMAT", "COMMENT", "AUTO_INCREMENT", "TABLESPACE"]) {
        Some("ENGINE" | "TYPE") => {
            Some(("engine".to_string(), TableOption::Engine(unquoted(value(c)?).to_ascii_lowercase())))
        }
        Some("ROW_FORMAT") => Some(("row_format".to_string(), TableOption::RowFormat(value(c)?.to_ascii_lowercase()))),
        Some("COMMENT") => value(c).map(|_| ("comment".to_string(), TableOption::Comment)),
        Some("AUTO_INCREMENT") => value(c).map(|_| ("auto_increment".to_string(), TableOption::AutoIncrement)),
        Some(_) => value(c).map(|_| ("tablespace".to_string(), TableOption::Tablespace(None))),
        None => {
            if let Some(name) = c.eat_any(&STORAGE) {
                value(c);
                let name = name.to_ascii_lowercase();
                return Some((name.clone(), TableOption::Storage(name)));
            }
            let name = c.eat_any(&OTHERS)?.to_ascii_lowercase();
            value(c);
            Some((name.clone(), TableOption::Other(name)))
        }
    }
}

/// `[=] value`, where the value may be a list in parentheses.
fn value<'a>(c: &mut Cursor<'a>) -> Option<&'a str> {
    c.eat_op("=");
    match c.parens() {
        Some(inside) => Some(inside.source()),
        None => Some(c.next()?.of(c.text)),
    }
}

fn unquoted(written: &str) -> &str {
    written.trim_matches(['\'', '"', '`'])
}

/// `[DEFAULT] {CHARACTER SET | CHARSET} [=] x [[DEFAULT] COLLATE [=] y]`, or the collation alone.
fn charset(c: &mut Cursor<'_>) -> Option<Charset> {
    let mut found = Charset { charset: None, collation: None };
    loop {
        let before = *c;
        c.eat("DEFAULT");
        if c.eat_any(&["CHARACTER SET", "CHARSET"]).is_some() {
            found.charset = Some(unquoted(value(c)?).to_ascii_lowercase());
        } else if c.eat("COLLATE") {
            found.collation = Some(unquoted(value(c)?).to_ascii_lowercase());
        } else {
            *c = before;
            break;
        }
    }
    (found.charset.is_some() || found.collation.is_some()).then_some(found)
}
