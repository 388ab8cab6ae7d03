//! Values find their columns by position.

use super::asking::{first_words, note, warn};
use super::{Rule, RuleCx, RuleFinding};
use crate::change::{Change, ColumnPosition, Ident, Name};

/// The rule.
pub const RULE: Rule = Rule {
    id: "insert-by-position",
    title: "Values find their columns by position",
    when: "INSERT or COPY into a table in use does not name its columns; or MODIFY … FIRST or AFTER gives the columns of one another order.",
    effect: "A column added meanwhile makes COPY fail; one that was dropped or moved sends values into other columns without an error.",
    why: "The order of columns is not part of the contract.",
    instead: "Name the columns, in INSERT and in SELECT; leave their order in the table as it is.",
    sources: &["PostgreSQL manual: INSERT; COPY", "MySQL manual: INSERT"],
    check,
};

/// Tokens among which the table and its columns begin.
const HEAD: usize = 24;

fn check(cx: &RuleCx<'_>) -> Option<RuleFinding> {
    if let Change::RedefineColumn { table, column, position: Some(position), .. } = &cx.action.change {
        let message = format!(
            "The columns of {table} get another order: an INSERT that does not name them puts values into other ones, without an error."
        );
        return if cx.used(table) && moves(cx, table, column, position) { warn(message) } else { None };
    }
    let Change::Insert { table, .. } = &cx.action.change else { return None };
    if cx.used(table) && !names_columns(&first_words(cx.sql(), cx.world.target, HEAD), &table.object.value) {
        note(format!("The columns of {table} are not named."))
    } else {
        None
    }
}

/// The column does not stand there already.
fn moves(cx: &RuleCx<'_>, table: &Name, column: &Ident, position: &ColumnPosition) -> bool {
    let Some(known) = cx.world.schema.table(table) else { return true };
    let place = |name: &Ident| known.def.columns.iter().position(|own| cx.same(&own.name, name));
    let wanted = match position {
        ColumnPosition::First => Some(0),
        ColumnPosition::After(other) => place(other).map(|at| at + 1),
    };
    wanted.is_none() || place(column) != wanted
}

/// Behind the table's name stands a parenthesis, SET, or another name for the table, behind which the columns stand.
fn names_columns(words: &str, table: &str) -> bool {
    let (lower, table) = (words.to_ascii_lowercase(), table.to_ascii_lowercase());
    let behind = [("", ""), ("\"", "\""), ("`", "`"), ("[", "]")].iter().find_map(|(open, close)| {
        let word = [" ", open, &table, close, " "].concat();
        lower.find(&word).and_then(|at| lower.get(at + word.len()..))
    });
    behind.is_none_or(|rest| ["(", "set ", "as "].iter().any(|own| rest.starts_with(own)))
}
