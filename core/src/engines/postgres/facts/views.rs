//! Views and materialized views.

use super::super::answer::Answer;
use super::super::locks::Mode::{AccessExclusive, AccessShare, Exclusive};
use super::{Facts, list, same};
use crate::change::Name;
use crate::facts::{Blocking, Undo, WorkKind};

/// `CREATE [OR REPLACE] [MATERIALIZED] VIEW`.
pub(super) fn create(name: &Name, replace: bool, materialized: bool, query: &str, reads: &[Name]) -> Answer {
    let answer = Answer::observed("view.c DefineView; createas.c ExecCreateTableAs");
    let answer = if replace {
        answer
            .catalog(name, AccessExclusive)
            .remark("the server refuses a query that drops, renames or retypes a column of the view (42P16)")
    } else if materialized && !without_data(query) {
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

fn without_data(query: &str) -> bool {
    let words: Vec<String> = query.split_whitespace().rev().take(3).map(str::to_ascii_uppercase).collect();
    matches!(words.as_slice(), [data, no, with] if data.trim_end_matches(';') == "DATA" && no == "NO" && with == "WITH")
}

/// `DROP [MATERIALIZED] VIEW`.
pub(super) fn drop(facts: Facts<'_>, names: &[Name], cascade: bool) -> Answer {
    let answer = Answer::observed("tablecmds.c RemoveRelations")
        .breaks(format!("every statement that names {} fails", list(names)))
        .undo(Undo::Lossless);
    names.iter().fold(answer, |answer, name| {
        let left = |v: &&Name| !names.iter().any(|n| same(n, v));
        let built_on: Vec<&Name> = facts.schema().views_on(name).into_iter().map(|v| &v.name).filter(left).collect();
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
    let answer = if !with_data {
        answer
            .catalog(name, AccessExclusive)
            .breaks(format!("{name} cannot be read until it is refreshed with data (55000)"))
    } else if concurrently {
        let no_key = view.is_some_and(|v| !v.indexes.iter().any(|i| i.unique && i.filter.is_none()));
        answer
            .lock(name, Exclusive)
            .work_blocking(WorkKind::RefreshConcurrently, name, Blocking::Nobody)
            .refuse_if(no_key, || {
                format!("{name} has no unique index without a condition, which CONCURRENTLY needs (55000)")
            })
    } else {
        answer
            .lock(name, AccessExclusive)
            .work(WorkKind::StoreQuery, name, AccessExclusive)
            .online("REFRESH MATERIALIZED VIEW CONCURRENTLY, with a unique index on the view")
    };
    match view {
        Some(view) => answer.locks(&view.reads, AccessShare),
        None => answer.assume("the query of the view is not known; its time is taken as that of storing the view"),
    }
}
