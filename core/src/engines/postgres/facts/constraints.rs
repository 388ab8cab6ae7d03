//! Table constraints: added, validated, dropped.

use super::super::answer::Answer;
use super::super::locks::Mode::{AccessExclusive, RowShare, Share, ShareRowExclusive, ShareUpdateExclusive};
use super::indexes::has_no_order;
use super::{Facts, list, same};
use crate::change::{Constraint, ConstraintClass, ConstraintKind, ForeignKey, Ident, IndexPart, Name};
use crate::engines::index_cost;
use crate::facts::{Blocking, IndexCost, Undo, WorkKind};
use crate::order::Gather;

const ADD: &str = "tablecmds.c ATExecAddConstraint, AlterTableGetLockLevel";
const FOREIGN_KEY: &str = "tablecmds.c ATAddForeignKeyConstraint";
const VALIDATE: &str = "tablecmds.c ATExecValidateConstraint";
const DROP: &str = "tablecmds.c ATExecDropConstraint";

/// `ADD CONSTRAINT`.
pub(super) fn add(facts: Facts<'_>, table: &Name, constraint: &Constraint) -> Answer {
    match &constraint.kind {
        ConstraintKind::Check { .. } => add_check(facts, table, constraint),
        ConstraintKind::NotNull { column } => add_not_null(facts, table, column, constraint),
        ConstraintKind::ForeignKey(key) => add_foreign_key(facts, table, key, constraint),
        ConstraintKind::PrimaryKey { columns } => add_primary_key(facts, table, columns, constraint),
        ConstraintKind::Unique { columns, nulls_not_distinct } => {
            let answer = add_unique(facts, table, columns, constraint);
            if *nulls_not_distinct { facts.needs(15, "NULLS NOT DISTINCT", answer) } else { answer }
        }
        ConstraintKind::Exclude => Answer::observed(ADD)
            .lock(table, AccessExclusive)
            .locks(facts.heirs(table), AccessExclusive)
            .build(IndexCost::Inverted, table, AccessExclusive)
            .scan(table, 1, AccessExclusive)
            .may_fail("two rows that exclude each other (23P01)")
            .remark("writes of a row that conflicts with another fail from now on"),
    }
}

fn add_check(facts: Facts<'_>, table: &Name, constraint: &Constraint) -> Answer {
    let no_inherit = constraint.text.to_ascii_uppercase().contains("NO INHERIT");
    let heirs = if no_inherit && !facts.since(18) { Vec::new() } else { facts.heirs(table) };
    let answer = Answer::observed(ADD)
        .catalog(table, AccessExclusive)
        .locks(heirs, AccessExclusive)
        .when(constraint.not_enforced, |a| facts.needs(18, "NOT ENFORCED", a));
    if constraint.not_enforced {
        return answer;
    }
    let answer = answer.remark("INSERT and UPDATE of a row that breaks the condition fail from now on");
    if constraint.not_valid {
        return answer;
    }
    let answer = answer.scan(table, 1, AccessExclusive);
    let answer = if no_inherit { answer } else { facts.below(table, answer) };
    answer
        .may_fail("a row that breaks the condition (23514)")
        .online("ADD CONSTRAINT … NOT VALID, then VALIDATE CONSTRAINT, which lets reads and writes go on")
}

fn add_not_null(facts: Facts<'_>, table: &Name, column: &Ident, constraint: &Constraint) -> Answer {
    let answer = facts
        .needs(18, "NOT NULL as a named constraint", Answer::observed(ADD).catalog(table, AccessExclusive))
        .locks(facts.heirs(table), AccessExclusive)
        .remark(format!("INSERT and UPDATE that leave {column} NULL fail from now on"));
    let schema = facts.schema();
    let proved = schema.is_not_null(table, column) == Some(true) || schema.not_null_proved_by_check(table, column);
    if constraint.not_valid || proved {
        return answer;
    }
    facts
        .below(table, answer.scan(table, 1, AccessExclusive))
        .may_fail(format!("a row of {table} in which {column} is NULL (23502)"))
        .online("the same with NOT VALID, then VALIDATE CONSTRAINT, which lets reads and writes go on")
}

fn add_foreign_key(facts: Facts<'_>, table: &Name, key: &ForeignKey, constraint: &Constraint) -> Answer {
    let mut parents = Vec::new();
    facts.add_with_heirs(&key.references, table, &mut parents);
    let partitioned = facts.is_partitioned(table);
    let answer = Answer::observed(FOREIGN_KEY)
        .catalog(table, ShareRowExclusive)
        .locks(&parents, ShareRowExclusive)
        .when(partitioned, |a| a.locks(facts.heirs(table), ShareRowExclusive))
        .when(constraint.not_enforced, |a| facts.needs(18, "NOT ENFORCED", a))
        .when(names_set_columns(&constraint.text), |a| facts.needs(15, "ON DELETE SET … (columns)", a))
        .refuse_if(facts.is_partitioned(&key.references) && !facts.since(12), || {
            "a foreign key cannot point at a partitioned table before PostgreSQL 12 (42809)".to_string()
        })
        .refuse_if(partitioned && constraint.not_valid && !facts.since(18), || {
            "a foreign key of a partitioned table cannot be NOT VALID before PostgreSQL 18 (42809)".to_string()
        });
    let answer = match unmatched(facts, key) {
        Some(why) => answer.refuse(why),
        None => answer,
    };
    if constraint.not_enforced {
        return answer;
    }
    let answer = answer.remark(format!(
        "rows that point at nothing in {} are refused from now on, and so are DELETEs of rows pointed at",
        key.references
    ));
    if constraint.not_valid {
        return answer;
    }
    let parent = key.references.clone();
    let all_null = new_and_empty(facts, table);
    answer
        .when(!all_null, |a| a.work(WorkKind::ForeignKeyScan { parent }, table, ShareRowExclusive))
        .may_fail(format!("a row of {table} that points at nothing in {} (23503)", key.references))
        .online(
            "ADD FOREIGN KEY … NOT VALID, then VALIDATE CONSTRAINT, which lets reads and writes of both tables go on",
        )
}

/// A foreign key must point at a primary key, a unique constraint or a whole unique index over the same columns.
pub(super) fn unmatched(facts: Facts<'_>, key: &ForeignKey) -> Option<String> {
    facts.table(&key.references).filter(|t| t.def.complete && t.def.like.is_none() && t.def.partition_of.is_none())?;
    if key.referenced_columns.is_empty() {
        let none = facts.schema().primary_key(&key.references).is_none();
        return none.then(|| format!("{} has no primary key to point at (42704)", key.references));
    }
    (!facts.schema().has_key(&key.references, &key.referenced_columns)).then(|| {
        format!(
            "{} has no unique constraint on ({}) to point at (42830)",
            key.references,
            columns(&key.referenced_columns)
        )
    })
}

/// `DESC` or `NULLS FIRST`.
fn turned(part: &IndexPart) -> bool {
    let text = part.text.to_ascii_lowercase();
    let words: Vec<&str> = text.split_whitespace().gather();
    words.iter().any(|word| matches!(*word, "desc" | "first"))
}

/// `a, b`, for sentences.
pub(in crate::engines::postgres) fn columns(columns: &[Ident]) -> String {
    columns.iter().map(|c| c.value.as_str()).gather().join(", ")
}

/// `ON DELETE SET NULL (a)`, `ON DELETE SET DEFAULT (a)`.
fn names_set_columns(text: &str) -> bool {
    let upper: String = text.to_ascii_uppercase().split_whitespace().collect();
    upper.contains("DELETESETNULL(") || upper.contains("DELETESETDEFAULT(")
}

fn new_and_empty(facts: Facts<'_>, table: &Name) -> bool {
    facts.schema().is_empty_table(table)
}

fn add_primary_key(facts: Facts<'_>, table: &Name, columns: &[Ident], constraint: &Constraint) -> Answer {
    let key = columns_of(facts, table, columns, constraint);
    let schema = facts.schema();
    let not_valid = key.iter().any(|column| {
        schema
            .constraints_of_column(table, column)
            .into_iter()
            .any(|c| c.not_valid && matches!(c.kind, ConstraintKind::NotNull { .. }))
    });
    let proved = |column: &Ident| facts.since(12) && schema.not_null_proved_by_check(table, column);
    let nullable: Vec<&Ident> =
        key.iter().filter(|c| schema.is_not_null(table, c) != Some(true) && !proved(c)).gather();
    let unknown = key.is_empty() || nullable.iter().any(|c| schema.is_not_null(table, c).is_none());
    // ONLY the parent: no row is read, and NOT NULL is not passed on.
    let alone = alone(facts, table, constraint);
    let open =
        |part: &&crate::schema::Table| nullable.iter().any(|c| schema.is_not_null(&part.def.name, c) != Some(true));
    let left_out = alone && facts.since(12) && schema.partitions(table).iter().any(open);
    let scans = (!nullable.is_empty() || key.is_empty()) && !(alone && facts.since(12));
    index_backed(facts, table, &key, constraint)
        .when(scans, |a| a.scan(table, 1, AccessExclusive))
        .assume_if(scans && unknown, || {
            "whether the key columns are NOT NULL is not known; if they are, the table is read once less".to_string()
        })
        .may_fail(if scans { "two rows with the same key (23505), or a NULL in it (23502)" } else { "two rows with the same key (23505)" })
        .refuse_if(left_out, || "a key column of a partition may still be NULL (42P16)".to_string())
        .refuse_if(not_valid, || "a NOT NULL of the key is NOT VALID; validate it first (55000)".to_string())
        .refuse_if(schema.primary_key(table).is_some(), || format!("{table} has a primary key already (42P16)"))
        .online("CREATE UNIQUE INDEX CONCURRENTLY, NOT NULL of the columns proved beforehand, then ADD PRIMARY KEY USING INDEX")
}

fn add_unique(facts: Facts<'_>, table: &Name, columns: &[Ident], constraint: &Constraint) -> Answer {
    let key = columns_of(facts, table, columns, constraint);
    index_backed(facts, table, &key, constraint)
        .when(constraint.using_index.is_none(), |a| a.may_fail("two rows with the same values (23505)"))
        .remark("INSERT and UPDATE of values that exist already fail from now on")
        .online("CREATE UNIQUE INDEX CONCURRENTLY, then ADD CONSTRAINT … UNIQUE USING INDEX")
}

/// The columns of the key, or those of the index that it takes over.
fn columns_of(facts: Facts<'_>, table: &Name, columns: &[Ident], constraint: &Constraint) -> Vec<Ident> {
    let Some(index) = &constraint.using_index else { return columns.to_vec() };
    let name = Name { schema: table.schema.clone(), object: index.clone() };
    let parts = facts.schema().table_index(table, &name).map(|i| i.parts.as_slice()).unwrap_or_default();
    parts.iter().filter_map(|p| p.column.clone()).gather()
}

/// A key of a partitioned table alone: invalid until each partition has its own and it is attached.
fn alone(facts: Facts<'_>, table: &Name, constraint: &Constraint) -> bool {
    constraint.only && facts.is_partitioned(table)
}

fn index_backed(facts: Facts<'_>, table: &Name, key: &[Ident], constraint: &Constraint) -> Answer {
    let temporal = constraint.text.to_ascii_uppercase().contains("WITHOUT OVERLAPS");
    let answer = Answer::observed(ADD)
        .lock(table, AccessExclusive)
        .when(temporal, |a| facts.needs(18, "WITHOUT OVERLAPS", a))
        .refuse_if(key.iter().any(|column| has_no_order(facts, table, column)), || {
            "a column of the key is of a type that has no order (42704)".to_string()
        })
        .refuse_if(constraint.not_valid, || "a key cannot be NOT VALID (0A000)".to_string())
        .refuse_if(constraint.not_enforced, || "a key cannot be NOT ENFORCED (0A000)".to_string())
        .refuse_if(constraint.using_index.is_some() && facts.is_partitioned(table), || {
            "USING INDEX is not supported on partitioned tables (0A000)".to_string()
        });
    let own = |index: &Ident| facts.schema().table_index(table, &Name { schema: None, object: index.clone() });
    let unfit = constraint.using_index.as_ref().and_then(own).is_some_and(|index| {
        !index.unique || index.filter.is_some() || index.parts.iter().any(|part| part.column.is_none())
    });
    let answer = answer
        .refuse_if(
            constraint.using_index.as_ref().and_then(own).is_some_and(|index| index.parts.iter().any(turned)),
            || "a column of the index is not in its usual order, as that of a key has to be (42809)".to_string(),
        )
        .refuse_if(unfit, || "the index is not unique, has a condition, or is one of expressions (42809)".to_string());
    match &constraint.using_index {
        Some(index) => {
            let index = Name { schema: table.schema.clone(), object: index.clone() };
            let mode = if facts.since(12) { ShareUpdateExclusive } else { AccessExclusive };
            answer.lock(&index, mode).work(WorkKind::Catalog, table, AccessExclusive)
        }
        None if alone(facts, table, constraint) => answer.work(WorkKind::Catalog, table, AccessExclusive),
        None => {
            let mode = if facts.since(18) { AccessExclusive } else { Share };
            answer.locks(facts.heirs(table), mode).build(
                index_cost::of_columns(table, key, facts.schema()),
                table,
                AccessExclusive,
            )
        }
    }
}

/// `VALIDATE CONSTRAINT`.
pub(super) fn validate(facts: Facts<'_>, table: &Name, name: &Ident) -> Answer {
    let answer =
        Answer::observed(VALIDATE).catalog(table, ShareUpdateExclusive).locks(facts.heirs(table), ShareUpdateExclusive);
    let Some(constraint) = facts.schema().constraint(table, name) else {
        return answer.scan(table, 1, ShareUpdateExclusive).may_fail("a row that breaks the constraint").assume(format!(
            "what {name} demands is not known; the table that a foreign key points at is locked ROW SHARE and read too"
        ));
    };
    let answer = answer.refuse_if(constraint.not_enforced, || format!("{name} is NOT ENFORCED (55000)"));
    if !constraint.not_valid {
        return answer;
    }
    match &constraint.kind {
        ConstraintKind::ForeignKey(key) => {
            let mut parents = Vec::new();
            facts.add_with_heirs(&key.references, table, &mut parents);
            answer
                .locks(&parents, RowShare)
                .work(WorkKind::ForeignKeyScan { parent: key.references.clone() }, table, ShareUpdateExclusive)
                .may_fail(format!("a row of {table} that points at nothing in {} (23503)", key.references))
        }
        ConstraintKind::Check { .. } => {
            answer.scan(table, 1, ShareUpdateExclusive).may_fail("a row that breaks the condition (23514)")
        }
        ConstraintKind::NotNull { column } => facts
            .needs(18, "a NOT VALID not-null constraint", answer)
            .scan(table, 1, ShareUpdateExclusive)
            .may_fail(format!("a row of {table} in which {column} is NULL (23502)")),
        ConstraintKind::PrimaryKey { .. } | ConstraintKind::Unique { .. } | ConstraintKind::Exclude => {
            answer.refuse(format!("{name} is neither a CHECK, a NOT NULL nor a foreign key (42809)"))
        }
    }
}

/// `DROP CONSTRAINT`.
pub(super) fn drop(
    facts: Facts<'_>,
    table: &Name,
    name: Option<&Ident>,
    kind: Option<ConstraintClass>,
    if_exists: bool,
    cascade: bool,
) -> Answer {
    let answer = Answer::observed(DROP).catalog(table, AccessExclusive).locks(facts.heirs(table), AccessExclusive);
    let Some(name) = name else { return super::foreign("DROP PRIMARY KEY") };
    let Some(constraint) = facts.schema().constraint(table, name) else {
        let known = facts.table(table).is_some_and(|t| t.def.complete);
        return answer.assume_if(!(known && if_exists) && kind != Some(ConstraintClass::Check), || {
            format!("what {name} demands is not known; for a foreign key the table that it points at is locked ACCESS EXCLUSIVE too")
        });
    };
    match &constraint.kind {
        ConstraintKind::ForeignKey(key) => {
            let mut parents = Vec::new();
            facts.add_with_heirs(&key.references, table, &mut parents);
            answer.locks(&parents, AccessExclusive)
        }
        ConstraintKind::PrimaryKey { columns } => drop_key(facts, answer, table, columns, true, cascade),
        ConstraintKind::Unique { columns, .. } => drop_key(facts, answer, table, columns, false, cascade),
        ConstraintKind::Check { .. } | ConstraintKind::Exclude | ConstraintKind::NotNull { .. } => answer,
    }
}

/// Foreign keys lean on the key, and so does INSERT … ON CONFLICT.
fn drop_key(facts: Facts<'_>, answer: Answer, table: &Name, columns: &[Ident], primary: bool, cascade: bool) -> Answer {
    let leans = |key: &ForeignKey| {
        if key.referenced_columns.is_empty() { primary } else { key.referenced_columns == columns }
    };
    let mut children: Vec<&Name> = Vec::new();
    for (child, constraint) in facts.schema().referencing(table) {
        if matches!(&constraint.kind, ConstraintKind::ForeignKey(key) if leans(key))
            && !children.contains(&&child.def.name)
        {
            children.push(&child.def.name);
        }
    }
    answer
        .remark("INSERT … ON CONFLICT on these columns fails from now on (42P10), and duplicates are accepted")
        .refuse_if(!cascade && !children.is_empty(), || {
            format!("foreign keys of {} lean on it; without CASCADE the server refuses (2BP01)", list(children.clone()))
        })
        .when(cascade, |a| a.locks(children.iter().copied().filter(|child| !same(child, table)), AccessExclusive))
}

/// `ALTER CONSTRAINT`.
pub(super) fn alter(facts: Facts<'_>, table: &Name, name: &Ident, enforced: Option<bool>, no_inherit: bool) -> Answer {
    let answer = Answer::observed("tablecmds.c ATExecAlterConstraint").catalog(table, AccessExclusive);
    let Some(enforced) = enforced else {
        let known = facts.schema().constraint(table, name);
        let other =
            known.is_some_and(|c| !matches!(c.kind, ConstraintKind::ForeignKey(_) | ConstraintKind::NotNull { .. }));
        let heirs = facts.heirs(table);
        // INHERIT reads the tables below, NO INHERIT reads nothing.
        let not_null = !no_inherit && known.is_some_and(|c| matches!(c.kind, ConstraintKind::NotNull { .. }));
        let read = if not_null { heirs.clone() } else { Vec::new() };
        let answer = answer
            .locks(heirs, AccessExclusive)
            .refuse_if(other, || format!("{name} is not a foreign key: only those can be altered (42809)"));
        return read.into_iter().fold(answer, |answer, heir| answer.scan(heir, 1, AccessExclusive));
    };
    let other =
        facts.schema().constraint(table, name).is_some_and(|c| !matches!(c.kind, ConstraintKind::ForeignKey(_)));
    let answer = facts
        .needs(18, "ALTER CONSTRAINT … [NOT] ENFORCED", answer)
        .refuse_if(other, || format!("{name} is not a foreign key: whether it is enforced cannot be altered (42809)"));
    let key = facts.schema().constraint(table, name).and_then(|c| match &c.kind {
        ConstraintKind::ForeignKey(key) => Some(key),
        ConstraintKind::PrimaryKey { .. }
        | ConstraintKind::Unique { .. }
        | ConstraintKind::Check { .. }
        | ConstraintKind::Exclude
        | ConstraintKind::NotNull { .. } => None,
    });
    let Some(key) = key else {
        return answer
            .assume(format!("the table that {name} points at is not known; it is locked too"))
            .when(enforced, |a| a.scan(table, 1, AccessExclusive));
    };
    let mut parents = Vec::new();
    facts.add_with_heirs(&key.references, table, &mut parents);
    if !enforced {
        return answer.locks(&parents, AccessExclusive);
    }
    answer
        .locks(&parents, ShareRowExclusive)
        .work_blocking(WorkKind::ForeignKeyScan { parent: key.references.clone() }, table, Blocking::ReadsAndWrites)
        .may_fail(format!("a row of {table} that points at nothing in {} (23503)", key.references))
}

/// `RENAME CONSTRAINT`.
pub(super) fn rename(table: &Name, from: &Ident) -> Answer {
    Answer::observed("tablecmds.c RenameConstraint")
        .catalog(table, AccessExclusive)
        .undo(Undo::Lossless)
        .remark(format!("code that names {from} fails: ON CONFLICT ON CONSTRAINT, error handling by constraint name"))
}
