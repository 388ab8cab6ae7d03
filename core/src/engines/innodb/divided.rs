//! What the rows of a table are divided by: functions, types and counts that the servers do not take (seen on MySQL 5.7.22, 8.0.15
//! and 9.7.4, MariaDB 10.11.18 and 11.8.9).

use super::table;
use crate::change::{ColumnDef, Ident, TableDef};
use crate::engines::forms::words_of;
use crate::engines::written::bracketed;
use crate::order::Gather;
use crate::world::World;

/// Functions whose value is the same in every session.
const FUNCTIONS: &str = " abs ceiling ceil datediff day dayofmonth dayofweek dayofyear extract floor hour microsecond minute mod month quarter second time_to_sec to_days to_seconds unix_timestamp weekday year yearweek ";
const NOT_ALLOWED: &str = "(error 1564)";
const IN_ZONE: &str = "(error 1486): the time zone of the session must not matter";

/// Why a table cannot be divided so.
pub(super) fn refused(def: &TableDef, world: &World<'_>) -> Option<String> {
    let by = def.partition_by.as_deref().filter(|by| !by.contains('?'))?;
    let words = words_of(by, world.target);
    let open = words.iter().position(|word| *word == "(")?;
    let (head, rest) = words.split_at_checked(open)?;
    let (items, behind) = bracketed(rest)?;
    let says = |wanted: &str| head.iter().any(|word| word.eq_ignore_ascii_case(wanted));
    let listed = behind.iter().any(|word| word.eq_ignore_ascii_case("values"));
    let counted =
        behind.windows(2).take(1).find(|two| two.first().is_some_and(|word| word.eq_ignore_ascii_case("partitions")));
    if def.temporary {
        return Some("a temporary table takes no partitions (error 1562)".to_string());
    }
    if (says("range") || says("list")) && !listed && !says("system_time") {
        return Some("each partition has to be defined (error 1492)".to_string());
    }
    if let Some(count) =
        counted.and_then(|two| two.get(1)?.parse::<u32>().ok()).filter(|count| !(1..=8192).contains(count))
    {
        return Some(format!("{count} is no number of partitions (error 1499 or 1504)"));
    }
    if def.columns.is_empty() || def.from_query || !def.complete || def.like.is_some() || says("system_time") {
        return None;
    }
    let column = |word: &str| table::column(def, &Ident::new(word.trim_matches('`')));
    let base = |own: &ColumnDef| own.data_type.as_ref().map(|of| of.base.clone()).unwrap_or_default();
    if says("columns") || says("key") {
        let names: Vec<&str> = items.iter().filter_map(|item| item.first().copied()).gather();
        if let Some(name) = names.iter().find(|name| column(name).is_none()) {
            return Some(unknown(name));
        }
        let odd = |own: &&ColumnDef| {
            let base = base(own);
            let long = base.ends_with("text") || base.ends_with("blob") || base == "json";
            long || says("columns")
                && matches!(base.as_str(), "timestamp" | "decimal" | "float" | "double" | "enum" | "set")
        };
        let own = names.into_iter().filter_map(column).find(odd)?;
        return Some(format!("{} is of a type that rows are not divided by (error 1502 or 1659)", own.name));
    }
    by_expression(items.first()?, &column, &base)
}

fn unknown(name: &str) -> String {
    format!("rows are divided by {name}, which the table does not have (error 1054 or 1488)")
}

fn by_expression<'d>(
    words: &[&str],
    column: &dyn Fn(&str) -> Option<&'d ColumnDef>,
    base: &dyn Fn(&ColumnDef) -> String,
) -> Option<String> {
    if let Some(word) = words.iter().find(|word| matches!(**word, "/" | "&" | "|" | "^" | "<<" | ">>" | "~")) {
        return Some(format!("{word} does not divide rows {NOT_ALLOWED}"));
    }
    let name = |word: &str| word.starts_with(|c: char| c.is_alphabetic() || matches!(c, '_' | '`'));
    let called = |at: usize| words.get(at + 1) == Some(&"(");
    let calls: Vec<String> = (0..words.len())
        .filter(|at| called(*at))
        .filter_map(|at| words.get(at).filter(|word| name(word)).map(|word| word.to_ascii_lowercase()))
        .gather();
    let operator = |word: &str| ["div", "mod"].iter().any(|own| word.eq_ignore_ascii_case(own));
    let call = calls.iter().find(|call| !FUNCTIONS.contains(&format!(" {call} ")) && !operator(call));
    if let Some(call) = call {
        return Some(format!("{call} does not divide rows {NOT_ALLOWED}"));
    }
    // EXTRACT has words of its own.
    if calls.iter().any(|call| call == "extract") {
        return None;
    }
    let at = (0..words.len()).filter(|at| !called(*at));
    let names: Vec<&str> =
        at.filter_map(|at| words.get(at).copied()).filter(|word| name(word) && !operator(word)).gather();
    if let Some(name) = names.iter().find(|name| column(name).is_none()) {
        return Some(unknown(name));
    }
    let columns: Vec<&ColumnDef> = names.into_iter().filter_map(column).gather();
    if columns.is_empty() {
        return Some("rows are divided by what is the same for all (error 1486)".to_string());
    }
    let unix = calls.iter().any(|call| call == "unix_timestamp");
    let zoned = |own: &&&ColumnDef| !calls.is_empty() && (base(own) == "timestamp") != unix;
    columns.iter().find(zoned).map(|own| format!("{} is divided by a function of its type {IN_ZONE}", own.name))
}

/// A column that the rows are divided by.
pub(super) fn uses(def: &TableDef, column: &Ident, world: &World<'_>) -> bool {
    let by = def.partition_by.as_deref().unwrap_or_default();
    let words = words_of(by, world.target);
    let open = words.iter().position(|word| *word == "(").unwrap_or_default();
    let items = words.get(open..).and_then(bracketed).map(|(items, _)| items).unwrap_or_default();
    items.concat().iter().any(|word| word.trim_matches('`').eq_ignore_ascii_case(&column.value))
}
