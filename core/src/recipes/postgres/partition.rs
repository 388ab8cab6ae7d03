//! ATTACH and DETACH PARTITION without a scan or a long wait under the parent's lock.

use super::ENGINE;
use super::parts::{add_not_valid, constraint, drop_constraint, validate};
use super::sql::{expr, no_limits, regclass};
use crate::change::{Change, ConstraintKind, Name, PartitionAction};
use crate::draft::{Draft, Run, StepDraft, UndoDraft};
use crate::recipes::shared::draft::{LOCK_FAILURE, check, draft, undo};
use crate::recipes::shared::names;
use crate::recipes::{Cx, Recipe, inverse};
use crate::report::PhaseName::{Contract, Expand, Migrate};

/// The recipe.
pub static RECIPE: Recipe = Recipe {
    id: "postgres-partition",
    title: "Partition attached with its bound proved, or detached concurrently",
    for_engine: ENGINE,
    draft: propose,
};

fn propose(cx: &Cx<'_>) -> Option<Draft> {
    let Change::Partition { table, action } = cx.change else { return None };
    match action {
        PartitionAction::Attach { partition, bound } => attach(cx, table, partition, bound),
        PartitionAction::Detach { partition, concurrently: false, finalize: false } => detach(cx, table, partition),
        _ => None,
    }
}

/// A validated CHECK that implies the bound spares ATTACH its scan.
fn attach(cx: &Cx<'_>, table: &Name, partition: &Name, bound: &str) -> Option<Draft> {
    let by = cx.world.schema.table(table)?.def.partition_by.clone()?;
    let condition = implied(cx, &by, bound)?;
    let name = names::helper(cx, &[&partition.object.value, "bound"]);
    let proof = constraint(name.clone(), ConstraintKind::Check { expr: expr(condition, &[]) }, true);
    let steps = vec![
        add_not_valid(cx, Expand, partition, &proof),
        validate(cx, Migrate, partition, &name),
        StepDraft {
            why: "The validated check implies the bound, so no row is read under the lock.".to_string(),
            undo: inverse::of(cx),
            on_failure: LOCK_FAILURE.to_string(),
            ..StepDraft::sql(
                Migrate,
                format!("Attach {partition} to {table}"),
                vec![Run { sql: cx.sql.to_string(), change: cx.change.clone() }],
            )
        },
        StepDraft {
            why: "The partition's bound now says the same.".to_string(),
            undo: undo(add_not_valid(cx, Migrate, partition, &proof).run),
            on_failure: LOCK_FAILURE.to_string(),
            ..StepDraft::sql(
                Migrate,
                format!("Drop the check that proved the bound of {partition}"),
                vec![drop_constraint(cx, partition, &name)],
            )
        },
    ];
    let notes = vec![
        format!(
            "Build indexes equal to those of {table} on {partition} before, concurrently: ATTACH takes them over; those \
             that are missing it builds under its lock."
        ),
        format!(
            "If {table} has a DEFAULT partition, that one is scanned for rows of the new range: give it a validated CHECK \
             that excludes the range first."
        ),
    ];
    Some(Draft { notes, ..draft(&RECIPE, format!("Attach {partition} to {table}"), steps) })
}

/// `RANGE (key)` and `FOR VALUES FROM (a) TO (b)`, or `LIST (key)` and `FOR VALUES IN (…)`, as a condition. Only for
/// one plain key column; other forms are attached in a window.
fn implied(cx: &Cx<'_>, by: &str, bound: &str) -> Option<String> {
    let inside = |text: &str| -> Option<String> {
        let (_, rest) = text.split_once('(')?;
        let (inside, behind) = rest.rsplit_once(')')?;
        behind.trim().is_empty().then(|| inside.trim().to_string())
    };
    let key = inside(by)?;
    let plain = key.chars().all(|c| c.is_alphanumeric() || c == '_') || (key.starts_with('"') && key.ends_with('"'));
    if !plain || key.is_empty() {
        return None;
    }
    let key = cx.ident(&crate::recipes::shared::words::stored(&key));
    let kind = by.to_ascii_lowercase();
    let at = |word: &str| crate::recipes::shared::words::find_clause(bound, word, 0);
    if kind.contains("range") {
        let (from, to) = (at("from")?, at("to")?);
        let low = inside(bound.get(from..to)?.trim())?;
        let high = inside(bound.get(to..)?.trim())?;
        let mut wheres = vec![format!("{key} IS NOT NULL")];
        if !low.eq_ignore_ascii_case("minvalue") {
            wheres.push(format!("{key} >= {low}"));
        }
        if !high.eq_ignore_ascii_case("maxvalue") {
            wheres.push(format!("{key} < {high}"));
        }
        return Some(wheres.join(" AND "));
    }
    let values = inside(bound.get(at("in")?..)?.trim())?;
    let nulls = crate::recipes::shared::words::find_clause(&values, "null", 0).is_some();
    (kind.contains("list") && !nulls).then(|| format!("{key} IS NOT NULL AND {key} IN ({values})"))
}

/// 14 and later, and without a default partition: nobody waits.
fn detach(cx: &Cx<'_>, table: &Name, partition: &Name) -> Option<Draft> {
    let has_default = cx
        .world
        .schema
        .partitions(table)
        .iter()
        .any(|p| p.def.text.to_ascii_lowercase().trim_end().ends_with("default"));
    if !cx.world.target.version.at_least(14, 0, 0) || has_default {
        return None;
    }
    let mut run = no_limits();
    let action = PartitionAction::Detach { partition: partition.clone(), concurrently: true, finalize: false };
    run.push(cx.run(Change::Partition { table: table.clone(), action }));
    let step = StepDraft {
        why:
            "Concurrently: it waits for statements that use the partition while all others go on. Cut off it would be \
              half done, so it gets no time limit."
                .to_string(),
        transactional: false,
        check: check(format!("SELECT count(*) FROM pg_inherits WHERE inhrelid = {}", regclass(cx, partition)), "0"),
        undo: UndoDraft::Action(format!(
            "attach {partition} to {table} again with its previous bound; the check that the server left on it proves the \
             bound, so nothing is read"
        )),
        on_failure: format!(
            "Its rows may already be invisible through {table}. Finish it: ALTER TABLE {} DETACH PARTITION {} FINALIZE.",
            cx.name(table),
            cx.name(partition)
        ),
        ..StepDraft::sql(Contract, format!("Detach {partition} from {table} concurrently"), run)
    };
    let deploy = StepDraft::deploy(
        crate::report::PhaseName::Switch,
        format!("Deploy code that no longer expects the rows of {partition} in {table}"),
        format!("They are invisible through {table} as soon as the detach starts."),
    );
    let notes = vec![format!("With a DEFAULT partition under {table} the server refuses CONCURRENTLY (55000).")];
    Some(Draft { notes, ..draft(&RECIPE, format!("Detach {partition} from {table}"), vec![deploy, step]) })
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;
    use crate::change::Change;
    use crate::facts::Effects;
    use crate::request::Options;
    use crate::schema::Schema;
    use crate::target::Target;
    use crate::world::{Sizes, World};

    #[test]
    fn bounds_become_conditions() {
        let target = Target::parse("postgres:16").unwrap();
        let (schema, sizes, options) = (Schema::new(target), Sizes::default(), Options::default());
        let change = Change::Query { calls_functions: false };
        let effects = Effects::none();
        let world = World { target, schema: &schema, sizes: &sizes, options: &options };
        let cx = Cx { world, change: &change, effects: &effects, sql: "", safe_as_written: false };
        for (by, bound, expected) in [
            (
                "PARTITION BY RANGE (at)",
                "FOR VALUES FROM ('2026-01-01') TO (MAXVALUE)",
                Some("at IS NOT NULL AND at >= '2026-01-01'"),
            ),
            ("PARTITION BY LIST (kind)", "FOR VALUES IN ('a', 'b')", Some("kind IS NOT NULL AND kind IN ('a', 'b')")),
            ("PARTITION BY RANGE (a, b)", "FOR VALUES FROM (1, 2) TO (3, 4)", None),
            ("PARTITION BY HASH (id)", "FOR VALUES WITH (MODULUS 4, REMAINDER 0)", None),
            ("PARTITION BY RANGE (lower(x))", "FOR VALUES FROM ('a') TO ('b')", None),
            ("PARTITION BY RANGE (at)", "DEFAULT", None),
        ] {
            assert_eq!(implied(&cx, by, bound).as_deref(), expected, "{by} {bound}");
        }
    }
}
