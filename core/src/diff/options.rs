//! What MySQL and MariaDB say of a table as a whole: character set, engine, row format.
//!
//! A dump says of every table at least its engine, so what it leaves out is the default. A text that does not say even that says
//! nothing of what it leaves out, and nothing is asked for.

use crate::change::{Change, Charset, ColumnDef, TableDef, TableOption};
use crate::order::{Gather, PushAll};
use crate::schema::{option, table_options};

/// The changes from the options of a table to those that are wanted, and the table as they leave it.
pub(super) fn changes(old: &TableDef, new: &TableDef) -> (Vec<Change>, TableDef) {
    let (mut options, mut after) = (Vec::new(), old.clone());
    if let Some(to) = charset(old, new) {
        match new.columns.iter().any(follows_table) {
            true => {
                after.convert_to(&to);
                options.push(TableOption::ConvertCharset(to));
            }
            false => {
                after.set_default_charset(&to);
                options.push(TableOption::DefaultCharset(to));
            }
        }
    }
    options.push_all(other(old, new, "engine").map(TableOption::Engine));
    options.push_all(other(old, new, "row_format").map(TableOption::RowFormat));
    let change = |option| Change::SetTableOption { table: new.name.clone(), option };
    (options.into_iter().map(change).gather(), after)
}

/// A character column that says no character set of its own.
fn follows_table(column: &ColumnDef) -> bool {
    let says = column.data_type.as_ref().is_some_and(|data_type| data_type.charset.is_some());
    column.is_character() && column.collation.is_none() && !says
}

/// Do the options of a table say what those that are wanted say? Where counting goes on is data.
pub(super) fn same(now: &TableDef, wanted: &TableDef) -> bool {
    let (now, said) = (table_options(&now.options), table_options(&wanted.options));
    let counts =
        |(name, value): &&(String, String)| name != "auto_increment" && (name != "row_format" || value != "default");
    let whole = is_whole(wanted);
    let in_both = |pair: &(String, String), list: &[(String, String)]| list.contains(pair);
    said.iter().filter(counts).all(|pair| in_both(pair, &now))
        && now
            .iter()
            .filter(counts)
            .all(|pair| in_both(pair, &said) || !whole && !said.iter().any(|own| own.0 == pair.0))
}

fn is_whole(def: &TableDef) -> bool {
    option(&def.options, "engine").is_some()
}

/// The character set that is wanted, when it is another one.
fn charset(old: &TableDef, new: &TableDef) -> Option<Charset> {
    let wanted = Charset { charset: Some(new.charset()?), collation: option(&new.options, "collate") };
    let same = old.charset() == wanted.charset
        && (wanted.collation.is_none() && !is_whole(new) || option(&old.options, "collate") == wanted.collation);
    (!same).then_some(wanted)
}

/// The value of an option that is wanted, when it is another one.
fn other(old: &TableDef, new: &TableDef, name: &str) -> Option<String> {
    let (was, wanted) = (option(&old.options, name), option(&new.options, name));
    match (was, wanted) {
        (was, Some(wanted)) => (was.as_ref() != Some(&wanted)).then_some(wanted),
        (Some(was), None) => (is_whole(new) && was != "default").then(|| "default".to_string()),
        (None, None) => None,
    }
}
