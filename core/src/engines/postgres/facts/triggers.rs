//! CREATE TRIGGER that the server refuses by what its words say (seen on 11–18).

use super::{Facts, names};
use crate::change::{Change, Ident, ObjectKind, ObjectVerb};
use crate::engines::forms;
use crate::order::Gather;
use crate::source::named;

/// Why the server refuses a trigger.
pub(super) fn refused(facts: Facts<'_>, sql: &str, change: &Change) -> Option<String> {
    let Change::Object {
        verb: ObjectVerb::Create | ObjectVerb::Replace,
        kind: ObjectKind::Trigger,
        on: Some(table),
        ..
    } = change
    else {
        return None;
    };
    let words = forms::words_of(sql, facts.world.target);
    let is = |word: &str, wanted: &str| word.eq_ignore_ascii_case(wanted);
    let place = |wanted: &str| words.iter().position(|word| is(word, wanted));
    let on = place("on")?;
    let head = words.get(..on)?;
    let says = |wanted: &str| head.iter().any(|word| is(word, wanted));
    let instead = says("instead");
    let each_row = words.windows(2).any(|two| {
        matches!(two, [a, b] if is(a, "each") && is(b, "row")) || matches!(two, [a, b] if is(a, "for") && is(b, "row"))
    });
    let is_view = facts.schema().view(table).is_some() && facts.table(table).is_none();
    if is_view && !instead && (each_row || facts.schema().view(table).is_some_and(|view| view.materialized)) {
        return Some(format!("{table} is a view: a trigger for each of its rows is INSTEAD OF (42809)"));
    }
    if instead && facts.table(table).is_some() {
        return Some(format!("{table} is a table: INSTEAD OF is for views (42809)"));
    }
    if words.get(1).is_some_and(|word| is(word, "constraint")) && !says("after") {
        return Some("a constraint trigger is AFTER the row was written (42601)".to_string());
    }
    if let Some(row) = unseen(&words, &says) {
        return Some(row);
    }
    let of = head.iter().rposition(|word| is(word, "of")).filter(|_| !instead)?;
    let listed = head.get(of + 1..)?.iter().take_while(|word| !is(word, "or")).filter(|word| **word != ",");
    let columns: Vec<Ident> = listed.map(|word| Ident::new(named(word))).gather();
    names::lacks(facts, table, &columns, &[])
}

/// WHEN that looks at a row which the event has not.
fn unseen(words: &[&str], says: &dyn Fn(&str) -> bool) -> Option<String> {
    let when = words.iter().position(|word| word.eq_ignore_ascii_case("when"))?;
    let run = words.iter().rposition(|word| word.eq_ignore_ascii_case("execute"))?;
    let condition = words.get(when..run)?;
    let looks =
        |row: &str| condition.windows(2).any(|two| matches!(two, [name, "."] if name.eq_ignore_ascii_case(row)));
    match () {
        () if says("insert") && looks("old") => {
            Some("an INSERT has no OLD row for WHEN to look at (42P17)".to_string())
        }
        () if says("delete") && looks("new") => Some("a DELETE has no NEW row for WHEN to look at (42P17)".to_string()),
        () => None,
    }
}
