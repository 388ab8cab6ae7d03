//! ALTER TABLE on one column, its type excepted.

use super::super::answer::Answer;
use super::super::domains;
use super::super::locks::Mode::{AccessExclusive, ShareRowExclusive, ShareUpdateExclusive};
use super::{Facts, constraints, foreign, list};
use crate::change::{
    AutoNumber, ColumnDef, ColumnOption, Constraint, ConstraintKind, Generated, Ident, Name, Nullability, ObjectKind,
    Volatility,
};
use crate::engines::index_cost;
use crate::facts::{Blocking, Undo, WorkKind};

const ADD: &str = "tablecmds.c ATExecAddColumn, ATRewriteTables";
const DROP: &str = "tablecmds.c ATExecDropColumn";
const NOT_NULL: &str = "tablecmds.c ATExecSetNotNull, NotNullImpliedByRelConstraints";
const ATTRIBUTE: &str = "tablecmds.c AlterTableGetLockLevel";

/// `ADD COLUMN`.
pub(super) fn add(facts: Facts<'_>, table: &Name, column: &ColumnDef, if_not_exists: bool) -> Answer {
    let answer = Answer::observed(ADD).lock(table, AccessExclusive).locks(facts.heirs(table), AccessExclusive);
    if if_not_exists && facts.schema().column(table, &column.name).is_some() {
        return answer.work(WorkKind::Catalog, table, AccessExclusive);
    }
    let answer = answer.remark(
        "prepared SELECT * on the table fails once (cached plan must not change result type), \
         and COPY without a column list expects the new column",
    );
    let answer = fill(facts, answer, table, column);
    let answer = not_null_without_value(facts, answer, table, column);
    column.constraints.iter().fold(answer, |answer, constraint| inline(facts, answer, table, column, constraint))
}

/// How the new column gets its values: from the catalog, or by a rewrite.
fn fill(facts: Facts<'_>, answer: Answer, table: &Name, column: &ColumnDef) -> Answer {
    let rewrite = |answer: Answer| answer.work(WorkKind::Rewrite, table, AccessExclusive);
    let catalog = |answer: Answer| answer.work(WorkKind::Catalog, table, AccessExclusive);
    if let Some(Generated { stored, .. }) = &column.generated {
        return if *stored {
            rewrite(facts.needs(12, "GENERATED ALWAYS AS (…) STORED", answer))
        } else {
            virtual_column(facts, catalog(answer), table, column)
        };
    }
    match &column.auto_number {
        Some(AutoNumber::Identity { .. }) => {
            let refused = facts.is_partitioned(table) && !facts.since(17);
            return rewrite(answer.refuse_if(refused, || {
                "an identity column cannot be added to a table with partitions before PostgreSQL 17 (42P16)".to_string()
            }));
        }
        Some(AutoNumber::Serial) => return rewrite(answer),
        Some(AutoNumber::AutoIncrement) => return foreign("AUTO_INCREMENT"),
        None => {}
    }
    match column.default.as_ref().map(|default| (default.volatility, &default.text)) {
        Some((Volatility::Volatile, text)) => {
            let known = facts.schema().has_object(ObjectKind::Extension, &Name::new("pgcrypto"), None);
            let before = !facts.since(13) && !known && text.contains("gen_random_uuid");
            let answer = answer.assume_if(before, || {
                "pgcrypto is installed; without it gen_random_uuid is not known before PostgreSQL 13 (42883)"
                    .to_string()
            });
            rewrite(answer).online("ADD COLUMN without the default, SET DEFAULT, then fill existing rows in batches")
        }
        Some((Volatility::Unknown, text)) => rewrite(answer).assume(format!(
            "whether {text} gives every row the same value is not known; if it is not volatile, no row is written"
        )),
        Some((Volatility::Constant | Volatility::Stable, _)) | None => catalog(domain(facts, answer, table, column)),
    }
}

/// Domains with constraints are checked row by row, which rewrites; a type that is not built in may be one.
fn domain(facts: Facts<'_>, answer: Answer, table: &Name, column: &ColumnDef) -> Answer {
    let Some(data_type) = &column.data_type else { return answer };
    let name = data_type.name();
    match domains::below(facts.schema(), &name).filter(|_| data_type.array == 0) {
        Some(domain) if domain.bound => return answer.work(WorkKind::Rewrite, table, AccessExclusive),
        Some(domain) if super::types::is_built_in(&domain.base.base) => return answer,
        Some(_) | None => {}
    }
    if facts.schema().domain(&name).is_some() {
        return answer
            .work(WorkKind::Rewrite, table, AccessExclusive)
            .assume(format!("the constraints of domain {name} are not known; without any, no row is written"));
    }
    let known = super::types::is_built_in(&data_type.base) || facts.schema().enum_labels(&name).is_some();
    answer.assume_if(!known, || {
        format!("type {name} is taken to exist, and not to be a domain with constraints; for one, the whole table is written anew")
    })
}

fn virtual_column(facts: Facts<'_>, answer: Answer, table: &Name, column: &ColumnDef) -> Answer {
    let unique = column.constraints.iter().any(|c| is_key(&c.kind));
    facts
        .needs(18, "a virtual generated column", answer)
        .refuse_if(unique, || "a virtual generated column cannot be unique (0A000)".to_string())
        .refuse_if(column.constraints.iter().any(|c| matches!(c.kind, ConstraintKind::ForeignKey(_))), || {
            "a virtual generated column cannot point at another table (0A000)".to_string()
        })
        .when(column.nullability == Nullability::NotNull, |a| {
            a.scan(table, 1, AccessExclusive).may_fail(format!("a row for which {} computes to NULL", column.name))
        })
}

fn not_null_without_value(facts: Facts<'_>, answer: Answer, table: &Name, column: &ColumnDef) -> Answer {
    let primary = column.constraints.iter().any(|c| matches!(c.kind, ConstraintKind::PrimaryKey { .. }));
    let required = column.nullability == Nullability::NotNull || primary;
    let valued = column.default.as_ref().is_some_and(|d| !d.text.trim().eq_ignore_ascii_case("null"))
        || column.generated.is_some()
        || column.auto_number.is_some();
    if !required || valued {
        return answer;
    }
    let breaks = format!("INSERTs that do not name {} fail: it is NOT NULL without a default", column.name);
    if facts.is_empty(table) {
        return answer.breaks(breaks);
    }
    answer.breaks(breaks).refuse(format!(
        "column {} is NOT NULL and has no default: the statement fails as soon as {table} holds one row (23502)",
        column.name
    ))
}

/// Constraints written with the column.
fn inline(facts: Facts<'_>, answer: Answer, table: &Name, column: &ColumnDef, constraint: &Constraint) -> Answer {
    let constant = column.default.as_ref().is_some_and(|d| d.volatility != Volatility::Volatile);
    let answer = answer.refuse_if(constraint.not_valid, || {
        "NOT VALID is not allowed for a constraint written with the column: syntax error (42601)".to_string()
    });
    match &constraint.kind {
        ConstraintKind::PrimaryKey { .. } | ConstraintKind::Unique { .. } => answer
            .when(matches!(constraint.kind, ConstraintKind::Unique { nulls_not_distinct: true, .. }), |a| {
                facts.needs(15, "NULLS NOT DISTINCT", a)
            })
            .build(index_cost::of_definition(column), table, AccessExclusive)
            .when(constant, |a| a.may_fail("more than one row: all of them get the same default (23505)"))
            .online("ADD COLUMN alone, CREATE UNIQUE INDEX CONCURRENTLY, then ADD CONSTRAINT … USING INDEX"),
        // Read in full even when every value is NULL; a rewrite tests the rows on the way.
        ConstraintKind::Check { .. } if rewrites(column) => {
            answer.may_fail(format!("a row whose {} breaks the CHECK (23514)", column.name))
        }
        ConstraintKind::Check { .. } => answer
            .when(constraint.not_enforced, |a| facts.needs(18, "NOT ENFORCED", a))
            .scan(table, u8::from(!constraint.not_enforced), AccessExclusive)
            .when(constant, |a| a.may_fail(format!("a default of {} that breaks the CHECK (23514)", column.name)))
            .online("ADD COLUMN alone, ADD CONSTRAINT … CHECK … NOT VALID, then VALIDATE CONSTRAINT"),
        ConstraintKind::ForeignKey(key) => {
            let mut parents = Vec::new();
            facts.add_with_heirs(&key.references, table, &mut parents);
            let other = constraints::unmatched(facts, key).filter(|_| !super::same(&key.references, table));
            let checked = (column.default.is_some() || rewrites(column)) && !constraint.not_enforced;
            let scan = WorkKind::ForeignKeyScan { parent: key.references.clone() };
            answer
                .locks(&parents, ShareRowExclusive)
                .refuse_if(other.is_some(), || other.clone().unwrap_or_default())
                .when(checked, |a| {
                    a.work(scan, table, AccessExclusive)
                        .may_fail(format!("the default of {} is missing in {} (23503)", column.name, key.references))
                        .online("ADD COLUMN alone, ADD FOREIGN KEY … NOT VALID, then VALIDATE CONSTRAINT")
                })
                .refuse_if(facts.is_partitioned(&key.references) && !facts.since(12), || {
                    "a foreign key cannot point at a partitioned table before PostgreSQL 12 (42809)".to_string()
                })
        }
        ConstraintKind::NotNull { .. } => answer,
        ConstraintKind::Exclude => foreign("EXCLUDE as a column constraint"),
    }
}

fn is_key(kind: &ConstraintKind) -> bool {
    matches!(kind, ConstraintKind::PrimaryKey { .. } | ConstraintKind::Unique { .. })
}

fn rewrites(column: &ColumnDef) -> bool {
    column.generated.as_ref().is_some_and(|g| g.stored)
        || column.auto_number.is_some()
        || column.default.as_ref().is_some_and(|d| matches!(d.volatility, Volatility::Volatile | Volatility::Unknown))
}

/// `DROP COLUMN`.
pub(super) fn drop(facts: Facts<'_>, table: &Name, column: &Ident, cascade: bool) -> Answer {
    let super::views::Readers { certain: views, possible } = super::views::readers(facts, table, column);
    let answer = Answer::observed(DROP)
        .catalog(table, AccessExclusive)
        .locks(facts.heirs(table), AccessExclusive)
        .undo(Undo::No)
        .breaks(format!("every statement that names {table}.{column} fails, INSERT and SELECT * into fixed shapes too"))
        .refuse_if(!views.is_empty() && !cascade, || {
            format!("{} {} the column; without CASCADE the server refuses (2BP01)", list(views.clone()), verb(&views))
        })
        .refuse_if(facts.is_partition_key(table, column), || format!("{column} is part of the partition key (42P16)"))
        .when(cascade, |a| a.locks(views, AccessExclusive).locks(possible.iter().copied(), AccessExclusive))
        .assume_if(!possible.is_empty() && !cascade, || {
            format!(
                "{} names {column}, taken to be that of another table; otherwise the server refuses (2BP01)",
                list(possible.clone())
            )
        })
        .assume_if(facts.table(table).is_none(), || {
            format!("foreign keys on {table}.{column} are not known; the table that one points at is locked too")
        });
    let answer = generated_from(facts, answer, table, column, cascade);
    let answer = referenced_by_others(facts, answer, table, column, cascade);
    facts.schema().constraints_of_column(table, column).into_iter().fold(answer, |answer, constraint| match &constraint
        .kind
    {
        ConstraintKind::ForeignKey(key) => {
            let mut parents = Vec::new();
            facts.add_with_heirs(&key.references, table, &mut parents);
            answer.locks(&parents, AccessExclusive)
        }
        ConstraintKind::PrimaryKey { .. }
        | ConstraintKind::Unique { .. }
        | ConstraintKind::Check { .. }
        | ConstraintKind::Exclude
        | ConstraintKind::NotNull { .. } => answer,
    })
}

fn verb(views: &[&Name]) -> &'static str {
    if views.len() == 1 { "uses" } else { "use" }
}

/// Before 15 the server drops a stored generated column with its source, silently.
fn generated_from(facts: Facts<'_>, answer: Answer, table: &Name, column: &Ident, cascade: bool) -> Answer {
    let Some(known) = facts.table(table) else { return answer };
    let computed = |c: &&ColumnDef| c.generated.as_ref().is_some_and(|g| g.expr.columns.contains(column));
    match known.def.columns.iter().find(computed) {
        None => answer,
        Some(other) if facts.since(15) => answer.refuse_if(!cascade, || {
            format!(
                "generated column {} is computed from {column}; without CASCADE the server refuses (2BP01)",
                other.name
            )
        }),
        Some(other) => answer.assume(format!(
            "generated column {} is computed from {column}: before PostgreSQL 15 it is dropped with it, silently",
            other.name
        )),
    }
}

/// Foreign keys of other tables that point at the column.
fn referenced_by_others(facts: Facts<'_>, answer: Answer, table: &Name, column: &Ident, cascade: bool) -> Answer {
    let primary = facts.schema().primary_key(table).unwrap_or_default();
    let mut answer = answer;
    for (child, constraint) in facts.schema().referencing(table) {
        let ConstraintKind::ForeignKey(key) = &constraint.kind else { continue };
        let named = if key.referenced_columns.is_empty() { primary } else { key.referenced_columns.as_slice() };
        if !named.contains(column) {
            continue;
        }
        let name = &child.def.name;
        answer = if cascade {
            answer.lock(name, AccessExclusive)
        } else {
            answer.refuse(format!(
                "a foreign key of {name} points at {column}; without CASCADE the server refuses (2BP01)"
            ))
        };
    }
    answer
}

/// `RENAME COLUMN`.
pub(super) fn rename(facts: Facts<'_>, table: &Name, column: &Ident) -> Answer {
    Answer::observed("tablecmds.c renameatt")
        .catalog(table, AccessExclusive)
        .locks(facts.heirs(table), AccessExclusive)
        .breaks(format!("every statement that names {table}.{column} fails from the moment of the commit"))
        .online("a second column, kept in step by a trigger, and a switch of the application between the two")
}

/// `SET NOT NULL`.
pub(super) fn set_not_null(facts: Facts<'_>, table: &Name, column: &Ident, only: bool) -> Answer {
    let answer = Answer::observed(NOT_NULL)
        .catalog(table, AccessExclusive)
        .locks(facts.heirs(table), AccessExclusive)
        .remark(format!("INSERT and UPDATE that leave {column} NULL fail from now on"));
    let schema = facts.schema();
    let not_valid = schema
        .constraints_of_column(table, column)
        .into_iter()
        .any(|c| c.not_valid && matches!(c.kind, ConstraintKind::NotNull { .. }));
    if !not_valid && schema.is_not_null(table, column) == Some(true) {
        return answer;
    }
    if facts.since(12) && schema.not_null_proved_by_check(table, column) {
        return answer;
    }
    let parts = schema.partitions(table);
    if !parts.is_empty() {
        // A partitioned table has no rows of its own, and says no more than its partitions do.
        let all = parts.iter().all(|part| schema.is_not_null(&part.def.name, column) == Some(true));
        let refused = only && (!all || !facts.since(12) || facts.since(18));
        let answer = answer.refuse_if(refused, || {
            format!("NOT NULL of {table} must be set on its partitions too: leave out ONLY (42P16)")
        });
        if all || refused {
            return answer;
        }
        return scanned(facts, answer, table, column);
    }
    scanned(facts, answer, table, column)
}

fn scanned(facts: Facts<'_>, answer: Answer, table: &Name, column: &Ident) -> Answer {
    let online = if facts.since(18) {
        "ADD CONSTRAINT … NOT NULL column NOT VALID, then VALIDATE CONSTRAINT, which lets reads and writes go on"
    } else if facts.since(12) {
        "ADD CONSTRAINT … CHECK (column IS NOT NULL) NOT VALID, VALIDATE CONSTRAINT, then SET NOT NULL, which skips the scan"
    } else {
        "ADD CONSTRAINT … CHECK (column IS NOT NULL) NOT VALID, VALIDATE CONSTRAINT; SET NOT NULL itself scans on PostgreSQL 11"
    };
    answer
        .scan(table, 1, AccessExclusive)
        .may_fail(format!("a row of {table} in which {column} is NULL (23502)"))
        .online(online)
}

/// `DROP NOT NULL`.
pub(super) fn drop_not_null(facts: Facts<'_>, table: &Name, column: &Ident) -> Answer {
    let primary = facts.schema().primary_key(table).is_some_and(|key| key.contains(column));
    let identity = facts
        .schema()
        .column(table, column)
        .is_some_and(|c| matches!(c.auto_number, Some(AutoNumber::Identity { .. })));
    Answer::observed("tablecmds.c ATExecDropNotNull")
        .catalog(table, AccessExclusive)
        .locks(facts.heirs(table), AccessExclusive)
        .remark(format!("readers may meet NULL in {column}"))
        .refuse_if(primary, || format!("{column} is in the primary key (42P16)"))
        .refuse_if(identity, || format!("{column} is an identity column (42601)"))
}

/// `SET DEFAULT`.
pub(super) fn set_default(facts: Facts<'_>, table: &Name) -> Answer {
    Answer::observed("tablecmds.c ATExecColumnDefault")
        .catalog(table, AccessExclusive)
        .locks(facts.heirs(table), AccessExclusive)
}

/// `DROP DEFAULT`.
pub(super) fn drop_default(facts: Facts<'_>, table: &Name, column: &Ident) -> Answer {
    let answer = Answer::observed("tablecmds.c ATExecColumnDefault")
        .catalog(table, AccessExclusive)
        .locks(facts.heirs(table), AccessExclusive);
    match facts.schema().column(table, column) {
        Some(known) if known.default.is_none() && known.auto_number.is_none() => answer,
        Some(known) if known.nullability == Nullability::NotNull => {
            answer.breaks(format!("INSERTs that do not name {column} fail: it is NOT NULL and has no default any more"))
        }
        Some(_) => answer.remark(format!("INSERTs that do not name {column} store NULL from now on")),
        None => answer.remark(format!(
            "INSERTs that do not name {column} store NULL from now on, or fail if the column is NOT NULL"
        )),
    }
}

/// Identity, expression, statistics, storage, …
pub(super) fn option(facts: Facts<'_>, table: &Name, column: &Ident, option: &ColumnOption) -> Answer {
    let heirs = facts.heirs(table);
    let exclusive =
        || Answer::observed(ATTRIBUTE).catalog(table, AccessExclusive).locks(heirs.clone(), AccessExclusive);
    let shared =
        || Answer::observed(ATTRIBUTE).catalog(table, ShareUpdateExclusive).locks(heirs.clone(), ShareUpdateExclusive);
    let known = facts.schema().column(table, column);
    let sequence = || table.sibling(format!("{}_{}_seq", table.object, column));
    match option {
        ColumnOption::AddIdentity { .. } => exclusive()
            .refuse_if(facts.schema().is_not_null(table, column) == Some(false), || {
                format!("{column} must be NOT NULL before it can become an identity column (55000)")
            })
            .refuse_if(known.is_some_and(|c| c.default.is_some() || c.auto_number.is_some()), || {
                format!("{column} already has a default or an identity (55000)")
            })
            .assume("the sequence starts at 1: set it above the highest value in use"),
        ColumnOption::AlterIdentity => exclusive().lock(&sequence(), ShareRowExclusive),
        // With IF EXISTS it may be none.
        ColumnOption::DropIdentity => exclusive().lock(&sequence(), AccessExclusive).undo(Undo::Lossy).when(
            known.is_none_or(|c| c.auto_number.is_some()),
            |a| {
                a.breaks(format!(
                    "nothing gives {column} a value any more: INSERTs that do not name it fail while it is NOT NULL"
                ))
            },
        ),
        ColumnOption::SetExpression(_) => set_expression(facts, exclusive(), table, column, known),
        ColumnOption::DropExpression => facts
            .needs(13, "DROP EXPRESSION", exclusive())
            .refuse_if(is_virtual(known), || {
                "DROP EXPRESSION is not supported for virtual generated columns (0A000)".to_string()
            })
            .undo(Undo::Lossy),
        ColumnOption::Statistics | ColumnOption::Parameters => shared(),
        ColumnOption::Storage => exclusive(),
        ColumnOption::Compression => facts.needs(14, "SET COMPRESSION", exclusive()),
        ColumnOption::Visibility => foreign("column visibility"),
    }
}

fn is_virtual(known: Option<&ColumnDef>) -> bool {
    known.and_then(|c| c.generated.as_ref()).is_some_and(|g| !g.stored)
}

fn set_expression(facts: Facts<'_>, answer: Answer, table: &Name, column: &Ident, known: Option<&ColumnDef>) -> Answer {
    let answer = facts.needs(17, "SET EXPRESSION", answer).undo(Undo::Lossless);
    if is_virtual(known) {
        let checked = facts
            .schema()
            .constraints_of_column(table, column)
            .into_iter()
            .any(|c| matches!(c.kind, ConstraintKind::Check { .. }));
        return answer.refuse_if(checked, || {
            "SET EXPRESSION of a virtual column is not supported in tables with CHECK constraints (0A000)".to_string()
        });
    }
    answer.work_blocking(WorkKind::Rewrite, table, Blocking::ReadsAndWrites).assume_if(known.is_none(), || {
        format!("{column} is taken to be a stored generated column; a virtual one is changed without a rewrite")
    })
}
