//! What the words of a statement say that its changes do not hold, against what is known of the table (seen on 11–18).

use super::Facts;
use crate::change::{AutoNumber, Change, ColumnOption, ConstraintKind, Ident, Name, TableOption};
use crate::engines::forms;
use crate::order::Gather;
use crate::source::named;

/// Parameters of tables; those of extensions, and of what is stored beside, have a dot.
const PARAMETERS: &str = "autovacuum_analyze_scale_factor autovacuum_analyze_threshold autovacuum_enabled \
    autovacuum_freeze_max_age autovacuum_freeze_min_age autovacuum_freeze_table_age autovacuum_multixact_freeze_max_age \
    autovacuum_multixact_freeze_min_age autovacuum_multixact_freeze_table_age autovacuum_vacuum_cost_delay \
    autovacuum_vacuum_cost_limit autovacuum_vacuum_insert_scale_factor autovacuum_vacuum_insert_threshold \
    autovacuum_vacuum_max_threshold autovacuum_vacuum_scale_factor autovacuum_vacuum_threshold fillfactor \
    log_autovacuum_min_duration parallel_workers toast_tuple_target user_catalog_table vacuum_index_cleanup \
    vacuum_max_eager_freeze_failure_rate vacuum_truncate";

/// Types whose values are never stored beside the table, nor packed.
const FIXED: &str = "smallint integer bigint real boolean date time timetz timestamp timestamptz interval uuid oid money \
    macaddr point";

/// Why the server refuses a change for what its statement says.
pub(super) fn refused(facts: Facts<'_>, sql: &str, change: &Change, all: &[&Change]) -> Option<String> {
    let words: Vec<String> = forms::words_of(sql, facts.world.target).into_iter().map(str::to_ascii_lowercase).gather();
    let words: Vec<&str> = words.iter().map(String::as_str).gather();
    only(facts, &words, change).or_else(|| match change {
        Change::SetColumnOption { table, column, option } => column_option(facts, &words, (table, column), option, all),
        Change::SetTableOption { table, option } => table_option(facts, sql, &words, table, option),
        Change::AddConstraint { table, constraint } if constraint.kind == ConstraintKind::Exclude => {
            (facts.is_partitioned(table) && !facts.since(17))
                .then(|| "partitioned tables take no exclusion constraint before PostgreSQL 17 (0A000)".to_string())
        }
        Change::AddEnumValue { name, .. } => beside(facts, sql, name),
        Change::SetDefault { table, column, .. } | Change::DropDefault { table, column } => {
            valued(facts, table, column, all)
        }
        Change::DropColumn { table, column, .. }
        | Change::ChangeColumnType { table, column, .. }
        | Change::RenameColumn { table, from: column, .. } => inherited(facts, table, column),
        _ => None,
    })
}

fn holds(words: &[&str], form: &[&str]) -> bool {
    words.windows(form.len()).any(|part| part == form)
}

/// ONLY of a table with others below it, which follow in everything but their own rows.
fn only(facts: Facts<'_>, words: &[&str], change: &Change) -> Option<String> {
    let said = matches!(
        words,
        ["alter", "table", "if", "exists", "only", ..]
            | ["alter" | "truncate", "table", "only", ..]
            | ["truncate", "only", ..]
    );
    if !said {
        return None;
    }
    let below = |table: &Name| !facts.heirs(table).is_empty();
    let refused = match change {
        Change::AddColumn { table, .. }
        | Change::RenameColumn { table, .. }
        | Change::ChangeColumnType { table, .. } => below(table),
        Change::DropColumn { table, .. } => facts.is_partitioned(table) && below(table),
        Change::AddConstraint { table, constraint } => {
            matches!(constraint.kind, ConstraintKind::Check { .. }) && below(table) && !holds(words, &["no", "inherit"])
        }
        Change::Truncate { tables, .. } => tables.iter().any(|table| facts.is_partitioned(table)),
        _ => false,
    };
    refused.then(|| "what is below the table has to follow: leave out ONLY (42P16 or 42809)".to_string())
}

/// Options of a column that is not of the kind that has them, or of a type that has not.
fn column_option(
    facts: Facts<'_>,
    words: &[&str],
    (table, column): (&Name, &Ident),
    option: &ColumnOption,
    all: &[&Change],
) -> Option<String> {
    let known = facts.schema().column(table, column)?;
    let becomes = |wanted: fn(&ColumnOption) -> bool| {
        all.iter().any(|other| {
            matches!(other, Change::SetColumnOption { column: own, option, .. } if own == column && wanted(option))
        })
    };
    let asked = holds(words, &["if", "exists"]);
    let identity = matches!(known.auto_number, Some(AutoNumber::Identity { .. }));
    match option {
        ColumnOption::DropIdentity | ColumnOption::AlterIdentity if !identity && !asked => {
            let made = becomes(|option| matches!(option, ColumnOption::AddIdentity { .. }));
            (!made).then(|| format!("{column} is not an identity column (55000)"))
        }
        ColumnOption::DropExpression if known.generated.is_none() && !asked => {
            Some(format!("{column} is not a generated column (55000)"))
        }
        ColumnOption::Storage | ColumnOption::Compression => {
            let plain = ["plain", "default"].iter().any(|word| holds(words, &["storage", word]));
            let base = known.data_type.as_ref().filter(|own| own.array == 0).map(|own| own.base.as_str())?;
            let fixed = FIXED.split_ascii_whitespace().any(|own| own == base) || base == "double precision";
            (fixed && !plain).then(|| format!("values of type {base} are stored plain (0A000)"))
        }
        _ => None,
    }
}

/// An identity and a generated column have no default besides.
fn valued(facts: Facts<'_>, table: &Name, column: &Ident, all: &[&Change]) -> Option<String> {
    let known = facts.schema().column(table, column)?;
    let freed = all.iter().any(|other| {
        use ColumnOption as O;
        matches!(other, Change::SetColumnOption { column: own, option: O::DropIdentity | O::DropExpression, .. } if own == column)
    });
    let kind = match (&known.auto_number, &known.generated) {
        (Some(AutoNumber::Identity { .. }), _) => "an identity",
        (_, Some(_)) => "a generated",
        _ => return None,
    };
    (!freed).then(|| format!("{column} is {kind} column, which has no default (42601)"))
}

/// A column that a table has from another one is changed there.
fn inherited(facts: Facts<'_>, table: &Name, column: &Ident) -> Option<String> {
    let mut parents = facts.table(table)?.def.inherits.iter();
    let parent = parents.find(|parent| facts.schema().column(parent, column).is_some())?;
    Some(format!("{column} is inherited from {parent}: change it there (42P16)"))
}

fn table_option(facts: Facts<'_>, sql: &str, words: &[&str], table: &Name, option: &TableOption) -> Option<String> {
    match option {
        TableOption::Parameters(names) if holds(words, &["set", "("]) => {
            facts.table(table)?;
            let strange =
                |name: &&String| !name.contains('.') && !PARAMETERS.split_ascii_whitespace().any(|p| p == *name);
            let strange = names.iter().find(strange).map(|name| format!("tables have no parameter {name} (22023)"));
            strange.or_else(|| {
                let value = words.windows(2).find_map(|two| match two {
                    ["fillfactor", value] => value.parse::<u32>().ok(),
                    _ => None,
                })?;
                (!(10..=100).contains(&value)).then(|| "fillfactor is from 10 to 100 (22023)".to_string())
            })
        }
        TableOption::Logged | TableOption::Unlogged if facts.since(18) && facts.is_partitioned(table) => {
            Some("a partitioned table has no rows of its own to log (42809)".to_string())
        }
        TableOption::ReplicaIdentity => {
            let words = forms::words_of(sql, facts.world.target);
            let at = words.iter().position(|word| word.eq_ignore_ascii_case("index"))?;
            identity(facts, table, &named(words.get(at + 1)?))
        }
        _ => None,
    }
}

/// The index that tells rows apart has to be unique, whole, and of columns that are never NULL.
fn identity(facts: Facts<'_>, table: &Name, index: &str) -> Option<String> {
    let known = facts.schema().table_index(table, &table.sibling(index.to_string()))?;
    let nullable = known.parts.iter().find_map(|part| match &part.column {
        Some(column) => {
            (facts.schema().is_not_null(table, column) == Some(false)).then(|| format!("{column}, which may be NULL"))
        }
        None => Some("an expression".to_string()),
    });
    if !known.unique || known.filter.is_some() {
        return Some(format!("{index} is not unique over all rows, as a replica identity has to be (42809)"));
    }
    nullable.map(|what| format!("{index} is over {what}: it cannot be the replica identity (42809)"))
}

/// `BEFORE` or `AFTER` a label that the enum lacks.
fn beside(facts: Facts<'_>, sql: &str, name: &Name) -> Option<String> {
    if facts.schema().domain(name).is_some() {
        return Some(format!("{name} is a domain, which has no labels (42809)"));
    }
    let labels = facts.schema().enum_labels(name)?;
    let words = forms::words_of(sql, facts.world.target);
    let place = words.iter().rposition(|word| ["before", "after"].iter().any(|own| word.eq_ignore_ascii_case(own)))?;
    let label = words.get(place + 1)?.strip_prefix('\'')?.strip_suffix('\'')?.replace("''", "'");
    (!labels.contains(&label)).then(|| format!("{name} has no label '{label}' (22023)"))
}
