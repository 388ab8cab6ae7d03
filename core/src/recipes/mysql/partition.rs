//! Partitions: rows are moved out by EXCHANGE before a partition goes, and a table comes in by EXCHANGE without the server's
//! reading it while writers wait.

use super::ENGINES;
use super::sql::LOCK_FAILURE;
use super::window::worst;
use crate::change::{Change, Name, PartitionAction, TableDef};
use crate::draft::{Draft, Run, StepDraft, UndoDraft};
use crate::order::Gather;
use crate::recipes::shared::draft::{check, draft, undo_outside, verify};
use crate::recipes::shared::names;
use crate::recipes::shared::words::{find_clause, find_keyword, split_commas};
use crate::recipes::{Cx, Recipe};
use crate::report::PhaseName::{self, Contract, Expand, Switch};

/// The recipe.
pub static RECIPE: Recipe = Recipe {
    id: "mysql-partition",
    title: "Rows of a partition moved aside by EXCHANGE before they go; EXCHANGE after the rows were looked at",
    for_engine: ENGINES,
    draft: propose,
};

fn propose(cx: &Cx<'_>) -> Option<Draft> {
    let Change::Partition { table, action } = cx.change else { return None };
    match action {
        PartitionAction::Drop => emptied(cx, table, true),
        PartitionAction::Truncate => emptied(cx, table, false),
        PartitionAction::Exchange { with, without_validation: false } => exchanged(cx, table, with),
        _ => None,
    }
}

/// The names behind `PARTITION`, as written; none where it is `ALL` or a number of them.
fn partitions<'a>(cx: &Cx<'a>) -> Option<Vec<&'a str>> {
    let sql = cx.sql.trim().trim_end_matches(';');
    let after = sql.get(find_keyword(sql, "partition")? + "partition".len()..)?;
    let end = find_keyword(after, "with").unwrap_or(after.len());
    let list = split_commas(after.get(..end)?).into_iter().map(str::trim);
    let names: Vec<&str> = list.filter(|name| !name.is_empty()).gather();
    let one_word = |name: &&str| !name.contains(char::is_whitespace) && !name.eq_ignore_ascii_case("all");
    (!names.is_empty() && names.iter().all(one_word)).then_some(names)
}

/// DROP and TRUNCATE PARTITION: the rows go into a table of their own first, which takes a moment at any size.
fn emptied(cx: &Cx<'_>, table: &Name, goes: bool) -> Option<Draft> {
    let known = cx.world.schema.table(table).filter(|known| known.def.complete)?;
    known.def.partition_by.as_ref()?;
    let names = partitions(cx)?;
    let what = if goes { "Drop" } else { "Empty" };
    let list = names.join(", ");
    let mut steps = vec![StepDraft::deploy(
        Switch,
        format!("Deploy code that no longer needs the rows of {table} in {list}"),
        "They are no longer found from the next step on, and no trigger fires for them.",
    )];
    let saved = |name: &str| names::helper_beside(cx, table, &[name.trim_matches('`')]);
    for name in &names {
        steps.push(set_aside(cx, table, name, &saved(name)));
    }
    if goes {
        steps.push(StepDraft {
            why: "Nothing is left in it; its range belongs to the next partition from then on.".to_string(),
            transactional: false,
            undo: UndoDraft::Action(format!(
                "make {list} of {table} again (REORGANIZE PARTITION of the next one), then exchange it with the table of its rows"
            )),
            on_failure: LOCK_FAILURE.to_string(),
            gate: format!("SELECT COUNT(*) FROM {} PARTITION ({list}) returns 0", cx.name(table)),
            ..StepDraft::sql(Contract, format!("Drop {list} of {table}"), vec![as_pasted(cx)])
        });
    }
    for name in &names {
        let gone = saved(name);
        let change = Change::drop_table(gone.clone());
        steps.push(StepDraft {
            why: "Until then the rows are there to be looked at, and to be brought back.".to_string(),
            transactional: false,
            undo: UndoDraft::Impossible(format!("The rows of {name} are gone; only a backup brings them back.")),
            on_failure: LOCK_FAILURE.to_string(),
            gate: format!("nobody has missed the rows of {name} for the soak period"),
            ..StepDraft::sql(Contract, format!("Drop the rows of {name}, now {gone}"), vec![cx.run(change)])
        });
    }
    Some(Draft {
        checklist: vec![format!(
            "Rows per partition looked at: SELECT partition_name, partition_description, table_rows FROM \
             information_schema.partitions WHERE table_schema = DATABASE() AND table_name = '{}'",
            table.object
        )],
        ..draft(&RECIPE, format!("{what} {list} of {table}"), steps)
    })
}

/// A table without partitions that takes the rows, and the exchange.
fn set_aside(cx: &Cx<'_>, table: &Name, name: &str, saved: &Name) -> StepDraft {
    let quoted = cx.name(saved);
    let def = TableDef { like: Some(table.clone()), ..TableDef::new(saved.clone()) };
    let make = Run {
        sql: format!("CREATE TABLE {quoted} LIKE {}", cx.name(table)),
        change: Change::CreateTable(Box::new(def)),
    };
    let plain = Run {
        sql: format!("ALTER TABLE {quoted} REMOVE PARTITIONING"),
        change: Change::Partition { table: saved.clone(), action: PartitionAction::RemovePartitioning },
    };
    let drop = Change::drop_table(saved.clone());
    let exchange = exchange(cx, table, name, saved, "");
    StepDraft {
        why: "The rows are exchanged with an empty table: a moment at any size, and the same statement brings them back."
            .to_string(),
        transactional: false,
        undo: undo_outside(vec![exchange.clone(), cx.run(drop)]),
        on_failure: "Each statement commits by itself: look what is there, run the rest. Error 1731: columns were added \
                     INSTANT; ALTER TABLE … FORCE, ALGORITHM=INPLACE, LOCK=NONE makes the table anew, then drop the empty \
                     one and run this again."
            .to_string(),
        check: check(format!("SELECT COUNT(*) FROM {} PARTITION ({name})", cx.name(table)), "0"),
        ..StepDraft::sql(Contract, format!("Move the rows of {name} aside"), vec![make, plain, exchange])
    }
}

fn exchange(cx: &Cx<'_>, table: &Name, name: &str, with: &Name, how: &str) -> Run {
    let action = PartitionAction::Exchange { with: with.clone(), without_validation: !how.is_empty() };
    Run {
        sql: format!("ALTER TABLE {} EXCHANGE PARTITION {name} WITH TABLE {}{how}", cx.name(table), cx.name(with)),
        change: Change::Partition { table: table.clone(), action },
    }
}

fn as_pasted(cx: &Cx<'_>) -> Run {
    Run { sql: cx.sql.to_string(), change: cx.change.clone() }
}

/// EXCHANGE WITH VALIDATION reads the table while writers of both wait: a query does so before, while they go on.
fn exchanged(cx: &Cx<'_>, table: &Name, with: &Name) -> Option<Draft> {
    worst(cx)?;
    let names = partitions(cx)?;
    let [name] = names.as_slice() else { return None };
    let by = cx.world.schema.table(table)?.def.partition_by.clone()?;
    let outside = outside(&by, name)?;
    let how = " WITHOUT VALIDATION";
    let quick = exchange(cx, table, name, with, how);
    let effects = cx.engine().effects(&quick.change, &cx.world);
    if effects.refused.is_some() {
        return None;
    }
    let sql = format!("SELECT COUNT(*) FROM {} WHERE {outside}", cx.name(with));
    let phase: PhaseName = Expand;
    let steps = vec![
        StepDraft {
            why: format!(
                "Nobody may write to {with} from now until the exchange: a row of another range would be lost to every query."
            ),
            ..verify(
                phase,
                format!("Look for rows of {with} that do not belong to {name}"),
                sql,
                "0",
                "Move or delete them, look again. Do not go on before.",
            )
        },
        StepDraft {
            why: "Both tables are told apart by the catalog only: a moment at any size. The rows were looked at."
                .to_string(),
            transactional: false,
            undo: undo_outside(vec![quick.clone()]),
            on_failure: format!(
                "Error 1736: columns, indexes or row format differ. Error 1731: columns were added INSTANT. Nothing was done. {LOCK_FAILURE}"
            ),
            gate: "the query returned 0 a moment ago, and nobody has written since".to_string(),
            ..StepDraft::sql(phase, format!("Exchange {name} of {table} with {with}"), vec![quick])
        },
    ];
    Some(Draft {
        checklist: vec![format!("{with} has the columns, indexes and row format of {table}, and no foreign key")],
        ..draft(&RECIPE, format!("Exchange partition {name} of {table} with {with}"), steps)
    })
}

/// The condition for rows that do not belong to a partition by RANGE: below the partition before, or from its own end on.
fn outside(by: &str, name: &str) -> Option<String> {
    let start = find_clause(by, "range", 0)?;
    let (expression, rest) = bracketed(by.get(start..)?)?;
    if split_commas(expression).len() > 1 || find_keyword(by, "subpartition").is_some() {
        return None;
    }
    let (list, _) = bracketed(rest)?;
    let mut below: Option<&str> = None;
    for partition in split_commas(list) {
        let words: Vec<&str> = partition.split_whitespace().gather();
        let own = words.get(1)?.trim_matches('`');
        let than = find_clause(partition, "than", 0)?;
        let bound = partition.get(than + "than".len()..)?.trim();
        let end = match bound.get(..8) {
            Some(word) if word.eq_ignore_ascii_case("maxvalue") => None,
            _ => Some(bracketed(bound)?.0.trim()).filter(|end| !end.eq_ignore_ascii_case("maxvalue")),
        };
        if own.eq_ignore_ascii_case(name.trim_matches('`')) {
            let low = below.map(|low| format!("({expression}) < {low} OR ({expression}) IS NULL"));
            let high = end.map(|end| format!("({expression}) >= {end}"));
            let both: Vec<String> = low.into_iter().chain(high).gather();
            return Some(if both.is_empty() { "FALSE".to_string() } else { both.join(" OR ") });
        }
        below = end;
    }
    None
}

/// What stands in the first brackets, and what comes behind them.
fn bracketed(text: &str) -> Option<(&str, &str)> {
    let open = text.find('(')?;
    let mut depth = 0;
    for (at, c) in text.char_indices().skip_while(|(at, _)| *at < open) {
        match c {
            '(' => depth += 1,
            ')' => depth -= 1,
            _ => {}
        }
        if depth == 0 {
            return Some((text.get(open + 1..at)?, text.get(at + 1..)?));
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use super::outside;

    #[test]
    fn a_range_says_which_rows_do_not_belong() {
        let by = "RANGE (year(d)) (PARTITION p0 VALUES LESS THAN (2020), PARTITION `p1` VALUES LESS THAN (2021) ENGINE = InnoDB, PARTITION p2 VALUES LESS THAN MAXVALUE)";
        let said = |name: &str| outside(by, name).unwrap_or_default();
        assert_eq!(said("p0"), "(year(d)) >= 2020");
        assert_eq!(said("`P1`"), "(year(d)) < 2020 OR (year(d)) IS NULL OR (year(d)) >= 2021");
        assert_eq!(said("p2"), "(year(d)) < 2021 OR (year(d)) IS NULL");
        assert_eq!(outside("HASH (id) PARTITIONS 4", "p0"), None);
    }
}
