//! ADD FOREIGN KEY in two halves, the parent locked before the child.

use super::parts::{add_not_valid, build_index, constraint_name, validate};
use super::{ENGINE, partitioned, sql};
use crate::change::{Change, Constraint, ConstraintKind, ForeignKey, Ident, IndexDef, Name};
use crate::draft::{Draft, StepDraft};
use crate::order::{Gather, PushAll};
use crate::recipes::shared::draft::{draft, verify};
use crate::recipes::shared::names::fit;
use crate::recipes::{Cx, Recipe};
use crate::report::PhaseName::{self, Expand, Migrate};

/// The recipe.
pub static RECIPE: Recipe = Recipe {
    id: "postgres-add-foreign-key",
    title: "Foreign key added NOT VALID, then validated",
    for_engine: ENGINE,
    draft: propose,
};

fn propose(cx: &Cx<'_>) -> Option<Draft> {
    if let Change::AlterConstraint { table, name, enforced: Some(true), .. } = cx.change {
        return enforced(cx, table, name);
    }
    let Change::AddConstraint { table, constraint } = cx.change else { return None };
    let ConstraintKind::ForeignKey(key) = &constraint.kind else { return None };
    if constraint.not_valid {
        return None;
    }
    let mut steps = vec![orphans(cx, Expand, table, key)];
    steps.push_all(index(cx, Expand, table, key));
    let mut notes = Vec::new();
    match partitions_apart(cx, table) {
        Some(partitions) => {
            notes.push(format!(
                "{table} is partitioned, and this version refuses NOT VALID on it: each partition gets the constraint \
                 and is validated alone; the parent then adopts them without a scan."
            ));
            steps.push_all(per_partition(cx, table, constraint, &partitions));
        }
        None => steps.push_all(halves(cx, Migrate, table, constraint)),
    }
    if cx.world.schema.table(table).is_none() {
        notes.push(format!(
            "The indexes of {table} are not known. Without one that starts with ({}), every delete or key change in \
             {} scans {table}: build it first, concurrently.",
            list(&key.columns),
            key.references
        ));
    }
    Some(Draft {
        checklist: vec![format!(
            "No running code writes ({}) values to {table} that are missing in {} (from the constraint on, such a \
             write fails)",
            list(&key.columns),
            key.references
        )],
        notes,
        ..draft(&RECIPE, format!("Add a foreign key from {table} to {}", key.references), steps)
    })
}

/// ALTER CONSTRAINT … ENFORCED reads the rows under its locks: the key is added anew in two halves, in the place of the old one.
fn enforced(cx: &Cx<'_>, table: &Name, name: &Ident) -> Option<Draft> {
    let table = cx.world.schema.known_name(table);
    let known = cx.world.schema.constraints(table).iter().find(|c| c.name.as_ref() == Some(name))?;
    let ConstraintKind::ForeignKey(key) = &known.kind else { return None };
    let loose = Constraint { text: String::new(), ..known.clone() };
    let wanted = Constraint { not_enforced: false, not_valid: false, ..loose.clone() };
    let (kind, if_exists, cascade) = (None, false, false);
    let drop = Change::DropConstraint { table: table.clone(), name: Some(name.clone()), kind, if_exists, cascade };
    let drop = vec![sql::lock(cx, &key.references, "ACCESS EXCLUSIVE"), cx.run(drop)];
    let back = drop.iter().cloned().chain([super::parts::add_constraint(cx, table, loose)]).gather();
    let run = drop.into_iter().chain([super::parts::half(cx, table, &wanted)]).gather();
    let first = StepDraft {
        title: format!("Enforce constraint {name} of {table} for new rows, without checking those that exist"),
        run,
        undo: crate::recipes::shared::draft::undo(back),
        ..super::parts::add_not_valid(cx, Migrate, table, &wanted)
    };
    let steps = vec![orphans(cx, Expand, table, key), first, validate(cx, Migrate, table, name)];
    let checklist = vec![format!(
        "No running code writes ({}) values to {table} that are missing in {}, nor deletes rows there that {table} points at",
        list(&key.columns),
        key.references
    )];
    Some(Draft { checklist, ..draft(&RECIPE, format!("Enforce constraint {name} of {table}"), steps) })
}

/// Both halves of one foreign key.
pub fn halves(cx: &Cx<'_>, phase: PhaseName, table: &Name, constraint: &Constraint) -> Vec<StepDraft> {
    let name = constraint_name(cx, table, constraint);
    vec![add_not_valid(cx, phase, table, constraint), validate(cx, phase, table, &name)]
}

/// Partitions that each need the constraint, when the server refuses NOT VALID on the partitioned table.
fn partitions_apart(cx: &Cx<'_>, table: &Name) -> Option<Vec<Name>> {
    let partitioned = cx.world.schema.table(table)?.def.partition_by.is_some();
    let refused = partitioned && !cx.world.target.version.at_least(18, 0, 0);
    refused.then(|| partitioned::leaves(cx, table))
}

fn per_partition(cx: &Cx<'_>, table: &Name, wanted: &Constraint, partitions: &[Name]) -> Vec<StepDraft> {
    let name = constraint_name(cx, table, wanted);
    let named = Constraint { name: Some(name.clone()), ..wanted.clone() };
    let mut steps: Vec<StepDraft> = partitions.iter().flat_map(|p| half_of_partition(cx, p, &named)).gather();
    let parent = match &wanted.kind {
        ConstraintKind::ForeignKey(key) => Some(key.references.clone()),
        _ => None,
    };
    let mut run: Vec<_> = parent.iter().map(|p| sql::lock(cx, p, "SHARE ROW EXCLUSIVE")).gather();
    run.push(super::parts::add_constraint(cx, table, Constraint { text: String::new(), ..named }));
    steps.push(StepDraft {
        why: "Every partition has the same validated constraint, so the partitioned table adopts them and reads \
              nothing."
            .to_string(),
        undo: super::parts::undo_constraint(cx, table, &name, parent.as_ref()),
        on_failure: crate::recipes::shared::draft::LOCK_FAILURE.to_string(),
        ..StepDraft::sql(Migrate, format!("Add constraint {name} to {table}"), run)
    });
    steps
}

/// Both halves on one partition; the undo of the parent's step takes the constraint away here too.
fn half_of_partition(cx: &Cx<'_>, partition: &Name, wanted: &Constraint) -> Vec<StepDraft> {
    let mut steps = halves(cx, Migrate, partition, wanted);
    if let Some(first) = steps.first_mut() {
        let drop = Change::DropConstraint {
            table: partition.clone(),
            name: wanted.name.clone(),
            kind: None,
            if_exists: true,
            cascade: false,
        };
        let mut run: Vec<_> = match &wanted.kind {
            ConstraintKind::ForeignKey(key) => vec![sql::lock(cx, &key.references, "ACCESS EXCLUSIVE")],
            _ => Vec::new(),
        };
        run.push(cx.run(drop));
        first.undo = crate::recipes::shared::draft::undo(run);
    }
    steps
}

/// Rows without a parent make the validation fail.
pub fn orphans(cx: &Cx<'_>, phase: PhaseName, table: &Name, key: &ForeignKey) -> StepDraft {
    let parent_columns = referenced(cx, key);
    let given = key.columns.iter().map(|c| format!("c.{} IS NOT NULL", cx.ident(c))).gather().join(" AND ");
    let equal = key.columns.iter().zip(&parent_columns);
    let equal: Vec<_> = equal.map(|(c, p)| format!("p.{} = c.{}", cx.ident(p), cx.ident(c))).gather();
    StepDraft {
        why: "The second half fails while such rows exist. They stay updatable meanwhile, so they can be repaired \
              before or after the first half."
            .to_string(),
        ..verify(
            phase,
            format!("Look for rows of {table} without a row in {}", key.references),
            format!(
                "SELECT count(*) FROM {} AS c WHERE {given} AND NOT EXISTS (SELECT 1 FROM {} AS p WHERE {})",
                cx.name(table),
                cx.name(&key.references),
                equal.join(" AND ")
            ),
            "0",
            "Repair or delete them in batches (keep a copy of what is deleted), stop the code that writes them, look \
             again.",
        )
    }
}

/// Columns of the parent: as written, else its primary key, else the usual `id`.
pub fn referenced(cx: &Cx<'_>, key: &ForeignKey) -> Vec<Ident> {
    if !key.referenced_columns.is_empty() {
        return key.referenced_columns.clone();
    }
    let primary = cx.world.schema.primary_key(&key.references);
    primary.map_or_else(|| vec![Ident::new("id")], <[Ident]>::to_vec)
}

/// An index on the referencing columns.
fn index(cx: &Cx<'_>, phase: PhaseName, table: &Name, key: &ForeignKey) -> Vec<StepDraft> {
    let why = format!(
        "Without an index on ({}), every delete or key change in {} reads all of {table}.",
        list(&key.columns),
        key.references
    );
    index_on(cx, phase, table, &key.columns, why)
}

/// An index on these columns, when the table is known to have none that starts with them.
pub fn index_on(cx: &Cx<'_>, phase: PhaseName, table: &Name, wanted: &[Ident], why: String) -> Vec<StepDraft> {
    let Some(known) = cx.world.schema.table(table).filter(|t| t.def.complete) else { return Vec::new() };
    let leads = |columns: &[Ident]| wanted.iter().all(|c| columns.iter().take(wanted.len()).any(|i| i == c));
    let by_index = known
        .def
        .indexes
        .iter()
        .filter(|i| i.filter.is_none())
        .any(|index| leads(&index.parts.iter().filter_map(|p| p.column.clone()).gather()));
    let by_key = known.def.constraints.iter().any(|c| match &c.kind {
        ConstraintKind::PrimaryKey { columns } | ConstraintKind::Unique { columns, .. } => leads(columns),
        _ => false,
    });
    let apart = partitioned::is_partitioned(cx, table);
    if by_index || by_key || apart && partitioned::leaves(cx, table).is_empty() {
        return Vec::new();
    }
    let columns = wanted.iter().map(|c| c.value.as_str()).gather().join("_");
    let name = fit(&format!("{}_{columns}_idx", table.object), cx.engine().ident_limit());
    let index = IndexDef::on(table.sibling(name), table.clone(), wanted);
    let mut steps = if apart { partitioned::index(cx, phase, &index) } else { vec![build_index(cx, phase, &index)] };
    if let Some(first) = steps.first_mut() {
        first.why = format!("{why} {}", first.why);
    }
    steps
}

fn list(columns: &[Ident]) -> String {
    columns.iter().map(|c| c.value.as_str()).gather().join(", ")
}
