//! Views and materialized views.

use super::super::answer::Answer;
use super::super::locks::Mode::{AccessExclusive, AccessShare, Exclusive};
use super::{Facts, list, same};
use crate::change::{Ident, Name};
use crate::facts::{Blocking, Undo, WorkKind};
use crate::order::Gather;
use crate::schema::View;

/// `CREATE [OR REPLACE] [MATERIALIZED] VIEW`; `filled`: its query is run at once.
pub(super) fn create(name: &Name, replace: bool, filled: bool, reads: &[Name]) -> Answer {
    let answer = Answer::observed("view.c DefineView; createas.c ExecCreateTableAs");
    let answer = if replace {
        answer
            .catalog(name, AccessExclusive)
            .remark("the server refuses a query that drops, renames or retypes a column of the view (42P16)")
    } else if filled {
        answer.work_blocking(WorkKind::StoreQuery, reads.first().unwrap_or(name), Blocking::Nobody).assume_if(
            reads.len() != 1,
            || {
                format!(
                    "{name} is taken to cost as much as storing its first source; the query itself is not estimated"
                )
            },
        )
    } else {
        answer.work_blocking(WorkKind::Catalog, name, Blocking::Nobody)
    };
    answer.locks(reads, AccessShare)
}

/// `DROP [MATERIALIZED] VIEW`.
pub(super) fn drop(facts: Facts<'_>, names: &[Name], cascade: bool) -> Answer {
    let answer = Answer::observed("tablecmds.c RemoveRelations")
        .breaks(format!("every statement that names {} fails", list(names)))
        .undo(Undo::Lossless);
    names.iter().fold(answer, |answer, name| {
        let left = |v: &&Name| !names.iter().any(|n| same(n, v));
        let built_on: Vec<&Name> = facts.schema().views_on(name).into_iter().map(|v| &v.name).filter(left).gather();
        answer
            .catalog(name, AccessExclusive)
            .refuse_if(!cascade && !built_on.is_empty(), || {
                format!("{} is built on {name}; without CASCADE the server refuses (2BP01)", list(built_on.clone()))
            })
            .when(cascade, |a| a.locks(built_on.iter().copied(), AccessExclusive))
            .assume_if(cascade && facts.schema().view(name).is_none(), || {
                format!("views built on {name} are not known; CASCADE drops them too")
            })
    })
}

/// `REFRESH MATERIALIZED VIEW`.
pub(super) fn refresh(facts: Facts<'_>, name: &Name, concurrently: bool, with_data: bool) -> Answer {
    let answer = Answer::observed("matview.c ExecRefreshMatView");
    let view = facts.schema().view(name);
    let sources = view.map(|view| view.reads.as_slice()).unwrap_or_default();
    let answer = if !with_data {
        answer
            .catalog(name, AccessExclusive)
            .refuse_if(concurrently, || "CONCURRENTLY and WITH NO DATA do not go together (42601)".to_string())
            .breaks(format!("{name} cannot be read until it is refreshed with data (55000)"))
    } else if concurrently {
        let no_key = view.is_some_and(|v| !v.indexes.iter().any(|i| i.unique && i.filter.is_none()));
        answer
            .lock(name, Exclusive)
            .reads(sources, Blocking::Nobody)
            .work_blocking(WorkKind::RefreshConcurrently, name, Blocking::Nobody)
            .refuse_if(no_key, || {
                format!("{name} has no unique index without a condition, which CONCURRENTLY needs (55000)")
            })
    } else {
        answer
            .lock(name, AccessExclusive)
            .work(WorkKind::StoreQuery, name, AccessExclusive)
            .reads(sources, Blocking::ReadsAndWrites)
            .online("REFRESH MATERIALIZED VIEW CONCURRENTLY, with a unique index on the view")
    };
    match view {
        Some(view) => answer.locks(&view.reads, AccessShare),
        None => answer.assume("the query of the view is not known; its time is taken as that of storing the view"),
    }
}

/// Views over a table that use one of its columns, by the words of their queries.
pub(super) struct Readers<'a> {
    /// Sure to: `table.column` or `*` is written, or the table is the only source and the column is named.
    pub certain: Vec<&'a Name>,
    /// The name occurs, but may be that of another source's column.
    pub possible: Vec<&'a Name>,
}

/// Views over a table that use a column.
pub(super) fn readers<'a>(facts: Facts<'a>, table: &Name, column: &Ident) -> Readers<'a> {
    let mut found = Readers { certain: Vec::new(), possible: Vec::new() };
    for view in facts.schema().views_on(table) {
        match uses(view, table, column) {
            Some(true) => found.certain.push(&view.name),
            Some(false) => found.possible.push(&view.name),
            None => {}
        }
    }
    found
}

/// Whether it is sure, when the column may be used at all.
fn uses(view: &View, table: &Name, column: &Ident) -> Option<bool> {
    let query = view.query.to_lowercase();
    let later = view.later.iter().any(|(relation, added)| (relation, added) == (&table.object, column));
    let (table, column) = (table.object.value.to_lowercase(), column.value.to_lowercase());
    let mut words = query.split(|c: char| !(c.is_alphanumeric() || c == '_' || c == '$'));
    let marked = ["\"", "."].iter().any(|mark| query.contains(&format!("{mark}{column}")));
    let qualified = query.replace('"', "").contains(&format!("{table}.{column}"));
    if (takes_everything(&query) && !later) || qualified {
        return Some(true);
    }
    let named = words.any(|word| word == column) && (marked || !CLAUSES.contains(&column.as_str()));
    named.then_some(view.reads.len() == 1)
}

/// Words that queries are made of, which name a column only in quotes or behind a dot.
const CLAUSES: [&str; 20] = [
    "all", "and", "as", "asc", "case", "desc", "distinct", "else", "end", "from", "group", "having", "in", "not", "on",
    "or", "order", "select", "then", "where",
];

/// A `*` that stands for all columns: after SELECT, a comma or a dot, not that of count(*) or of a product.
fn takes_everything(query: &str) -> bool {
    query.match_indices('*').any(|(at, _)| {
        let before = query.get(..at).unwrap_or("").trim_end();
        before.ends_with([',', '.']) || ["select", "distinct", "all"].iter().any(|word| before.ends_with(word))
    })
}
