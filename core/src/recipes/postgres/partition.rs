//! Partitions attached, made and detached without a scan or a long wait under the parent's lock.

use super::parts::{add_not_valid, build_index, constraint, constraint_name, drop_constraint, index_name, validate};
use super::sql::{expr, no_limits, regclass};
use super::{ENGINE, add_foreign_key, add_unique};
use crate::change::{Change, Constraint, ConstraintKind, Ident, IndexDef, Name, PartitionAction, TableDef};
use crate::draft::{Draft, Run, StepDraft, UndoDraft};
use crate::order::{GatherAll, PushAll};
use crate::recipes::shared::draft::{check, draft, undo, undo_outside, verify};
use crate::recipes::shared::{names, words};
use crate::recipes::{Cx, Recipe, inverse};
use crate::report::PhaseName::{Contract, Expand, Migrate};

/// The recipe.
pub static RECIPE: Recipe = Recipe {
    id: "postgres-partition",
    title: "Partition attached or made with its bound proved, or detached concurrently",
    for_engine: ENGINE,
    draft: propose,
};

fn propose(cx: &Cx<'_>) -> Option<Draft> {
    match cx.change {
        _ if cx.effects.refused.is_some() => None,
        Change::Partition { table, action: PartitionAction::Attach { partition, bound } } => {
            attach(cx, table, partition, bound)
        }
        Change::Partition {
            table,
            action: PartitionAction::Detach { partition, concurrently: false, finalize: false },
        } => detach(cx, table, partition),
        Change::CreateTable(def) => create(cx, def),
        _ => None,
    }
}

/// A validated CHECK that implies the bound spares ATTACH its scan, and so does one on the default partition that excludes it.
fn attach(cx: &Cx<'_>, table: &Name, partition: &Name, bound: &str) -> Option<Draft> {
    let condition = condition_of(cx, table, bound)?;
    let name = names::helper(cx, &[&partition.object.value, "bound"]);
    let above = cx.world.schema.bounds_above(table).into_iter().map(|(table, bound)| condition_of(cx, table, bound));
    let all = [Some(condition.clone())].into_iter().chain(above).gather_all()?.join(" AND ");
    let proof = constraint(name.clone(), ConstraintKind::Check { expr: expr(all, &[]) }, true);
    let default = Excluding::of(cx, table, partition, &condition);
    let mut steps = vec![add_not_valid(cx, Expand, partition, &proof), validate(cx, Migrate, partition, &name)];
    if let Some((parent, child)) = cx.world.schema.table(table).zip(cx.world.schema.table(partition)) {
        steps.push_all(missing(cx, &parent.def, &child.def, partition));
    }
    steps.push_all(default.iter().flat_map(Excluding::steps));
    let mut run = vec![Run { sql: cx.sql.to_string(), change: cx.change.clone() }];
    run.push_all(default.iter().map(Excluding::drop));
    steps.push(StepDraft {
        why: "The validated check implies the bound, so no row is read under the lock.".to_string(),
        undo: inverse::of(cx),
        ..StepDraft::locked(Migrate, format!("Attach {partition} to {table}"), run)
    });
    steps.push(StepDraft {
        why: "The partition's bound now says the same.".to_string(),
        undo: undo(add_not_valid(cx, Migrate, partition, &proof).run),
        ..StepDraft::locked(
            Migrate,
            format!("Drop the check that proved the bound of {partition}"),
            vec![drop_constraint(cx, partition, &name)],
        )
    });
    Some(draft(&RECIPE, format!("Attach {partition} to {table}"), steps))
}

/// What the parent has and a table lacks that is to be attached as `partition`: ATTACH would build it under its lock, and
/// takes over what is there.
pub fn missing(cx: &Cx<'_>, parent: &TableDef, child: &TableDef, partition: &Name) -> Vec<StepDraft> {
    let table = &child.name;
    let has = |index: &IndexDef| child.indexes.iter().any(|own| index.is_served_by(own));
    let mut steps: Vec<StepDraft> = Vec::new();
    for index in parent.indexes.iter().filter(|index| !has(index)) {
        let own = IndexDef { name: None, table: partition.clone(), only: false, text: String::new(), ..index.clone() };
        let name = Some(index_name(cx, &own));
        steps.push(build_index(cx, Migrate, &IndexDef { name, table: table.clone(), ..own }));
    }
    for key in &parent.constraints {
        let same = |c: &Constraint| c.kind == key.kind;
        let local = Constraint { name: None, text: String::new(), only: false, ..key.clone() };
        match &key.kind {
            _ if child.constraints.iter().any(same) => {}
            ConstraintKind::PrimaryKey { columns } | ConstraintKind::Unique { columns, .. } => {
                let open = |c: &Ident| cx.world.schema.is_not_null(table, c) != Some(true);
                let nullable = matches!(key.kind, ConstraintKind::PrimaryKey { .. }) && columns.iter().any(open);
                if !nullable {
                    steps.push_all(add_unique::built_and_taken_over(cx, Migrate, table, &local));
                }
            }
            ConstraintKind::ForeignKey(_) => {
                let own = Constraint { name: key.name.clone(), ..local };
                steps.push_all(add_foreign_key::halves(cx, Migrate, table, &own));
            }
            ConstraintKind::Check { .. } | ConstraintKind::Exclude | ConstraintKind::NotNull { .. } => {}
        }
    }
    steps
}

/// CREATE TABLE … PARTITION OF beside a default partition: made apart, attached with the default's rows proved elsewhere.
fn create(cx: &Cx<'_>, def: &TableDef) -> Option<Draft> {
    let (name, table) = (&def.name, def.partition_of.as_ref()?);
    let plain = def.columns.is_empty() && def.constraints.is_empty() && def.partition_by.is_none() && !def.unlogged;
    let bound = def.options.trim();
    let more = ["with", "using", "tablespace"].iter().any(|word| words::find_clause(bound, word, 0).is_some());
    if !plain || more || def.if_not_exists {
        return None;
    }
    let condition = condition_of(cx, table, bound)?;
    let default = Excluding::of(cx, table, name, &condition)?;
    let version = cx.world.target.version;
    let (generated, compression) = (version.at_least(12, 0, 0), version.at_least(14, 0, 0));
    let like = format!(
        "CREATE TABLE {} (LIKE {} INCLUDING DEFAULTS INCLUDING CONSTRAINTS INCLUDING STORAGE{}{})",
        cx.name(name),
        cx.name(table),
        if generated { " INCLUDING GENERATED" } else { "" },
        if compression { " INCLUDING COMPRESSION" } else { "" }
    );
    let made = TableDef { like: Some(table.clone()), ..TableDef::new(name.clone()) };
    let action = |action| cx.run(Change::Partition { table: table.clone(), action });
    let back = vec![
        action(PartitionAction::Detach { partition: name.clone(), concurrently: false, finalize: false }),
        Run {
            sql: format!("INSERT INTO {} SELECT * FROM {}", cx.name(table), cx.name(name)),
            change: Change::Insert { table: table.clone(), from_query: true, rows: None, source: Vec::new() },
        },
        cx.run(Change::drop_table(name.clone())),
    ];
    let mut steps = default.steps();
    steps.push(StepDraft {
        why: format!("The check spares the scan of {}, and ATTACH locks {table} for a moment only.", default.table),
        undo: undo(back),
        ..StepDraft::locked(
            Migrate,
            format!("Make {name} and attach it to {table}"),
            vec![
                Run { sql: like, change: Change::CreateTable(Box::new(made)) },
                action(PartitionAction::Attach { partition: name.clone(), bound: bound.to_string() }),
                default.drop(),
            ],
        )
    });
    Some(draft(&RECIPE, format!("Create partition {name} of {table}"), steps))
}

/// The proof that the default partition holds no row of a new bound.
pub struct Excluding<'a> {
    cx: &'a Cx<'a>,
    /// The default partition.
    table: Name,
    check: Constraint,
    /// The rows of the new bound.
    condition: String,
}

impl<'a> Excluding<'a> {
    fn of(cx: &'a Cx<'a>, parent: &Name, partition: &Name, condition: &str) -> Option<Self> {
        Some(Excluding::from(cx, default_of(cx, parent)?, partition, condition.to_string()))
    }

    /// From a table that is, or will be, the default partition.
    pub fn from(cx: &'a Cx<'a>, table: Name, partition: &Name, condition: String) -> Self {
        let name = names::helper(cx, &[&partition.object.value, "elsewhere"]);
        let kind = ConstraintKind::Check { expr: expr(format!("NOT ({condition})"), &[]) };
        Excluding { cx, table, check: constraint(name, kind, true), condition }
    }

    /// The check that proves it.
    pub fn check(&self) -> &Constraint {
        &self.check
    }

    fn drop(&self) -> Run {
        let name = self.check.name.clone();
        let table = self.table.clone();
        // An undo of the attach leaves none behind: rows of the range go back to where the check would refuse them.
        self.cx.run(Change::DropConstraint { table, name, kind: None, if_exists: true, cascade: false })
    }

    /// As late as can be: from the check on, rows of the range are refused.
    pub fn steps(&self) -> Vec<StepDraft> {
        let Excluding { cx, table, check, condition } = self;
        let name = constraint_name(cx, table, check);
        let count = format!("SELECT count(*) FROM {} WHERE {condition}", cx.name(table));
        let add = add_not_valid(cx, Migrate, table, check);
        vec![
            verify(
                Migrate,
                format!("Look for rows of the new range in {table}"),
                count,
                "0",
                "A range whose rows are in the default partition cannot be attached (23514), nor its rows moved in batches: they \
                 would be invisible meanwhile. Few rows: in one transaction lock it, DELETE … RETURNING into the new table, \
                 ATTACH. Many: make the default partition anew.",
            ),
            StepDraft {
                why: format!(
                    "It will prove that {table} holds no row of the new range, which is otherwise read with everybody waiting. \
                     From now until the attach, writing a row of that range fails: the range must lie ahead of what is written."
                ),
                undo: undo(vec![self.drop()]),
                ..add
            },
            validate(cx, Migrate, table, &name),
        ]
    }
}

/// The default partition, if there is one and it is known.
fn default_of(cx: &Cx<'_>, table: &Name) -> Option<Name> {
    let parts = cx.world.schema.partitions(table);
    parts.into_iter().find(|p| p.def.options.trim().eq_ignore_ascii_case("default")).map(|p| p.def.name.clone())
}

fn condition_of(cx: &Cx<'_>, table: &Name, bound: &str) -> Option<String> {
    let by = cx.world.schema.table(table)?.def.partition_by.clone()?;
    implied(cx, &by, bound)
}

/// `RANGE (key)` and `FOR VALUES FROM (a) TO (b)`, or `LIST (key)` and `FOR VALUES IN (…)`, as a condition. Only for
/// one plain key column; other forms are attached in a window.
pub fn implied(cx: &Cx<'_>, by: &str, bound: &str) -> Option<String> {
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
    let key = cx.ident(&words::stored(&key));
    let kind = by.to_ascii_lowercase();
    let at = |word: &str| words::find_clause(bound, word, 0);
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
    let nulls = words::find_clause(&values, "null", 0).is_some();
    (kind.contains("list") && !nulls).then(|| format!("{key} IS NOT NULL AND {key} IN ({values})"))
}

fn detach(cx: &Cx<'_>, table: &Name, partition: &Name) -> Option<Draft> {
    let mut out = detached(cx, table, partition);
    if !online(cx, table) {
        out.title.push_str(", in a window");
        out.why = format!(
            "Tables that point at {table} are read under the lock, for rows that point into {partition}. Concurrently is not \
             offered: not before version 14, nor beside a DEFAULT partition."
        );
        out.gate = "traffic is low".to_string();
    }
    let deploy = StepDraft::deploy(
        crate::report::PhaseName::Switch,
        format!("Deploy code that no longer expects the rows of {partition} in {table}"),
        format!("They are invisible through {table} as soon as the detach starts."),
    );
    let mut steps = vec![deploy, out];
    steps.push_all(left_check(cx, table, partition));
    Some(draft(&RECIPE, format!("Detach {partition} from {table}"), steps))
}

/// 14 and later, and without a default partition, with which the server refuses it (55000): nobody waits.
fn online(cx: &Cx<'_>, table: &Name) -> bool {
    cx.world.target.version.at_least(14, 0, 0) && default_of(cx, table).is_none()
}

/// A partition taken out of its parent, by the way that blocks least.
pub fn detached(cx: &Cx<'_>, table: &Name, partition: &Name) -> StepDraft {
    let concurrently = online(cx, table);
    let action = PartitionAction::Detach { partition: partition.clone(), concurrently, finalize: false };
    let change = Change::Partition { table: table.clone(), action };
    let mut back = inverse::of(&Cx { change: &change, ..*cx });
    if let UndoDraft::Sql { run, .. } = &mut back {
        // The check that the server left proved the bound; nothing else needs it.
        run.push_all(left_behind(cx, table, partition).map(|(name, _)| drop_left(cx, partition, name)));
    }
    let mut run = if concurrently { no_limits() } else { Vec::new() };
    run.push(cx.run(change));
    StepDraft {
        why: match concurrently {
            true => "Concurrently: it waits for statements that use the partition while all others go on. Cut off it would be \
                     half done, so it gets no time limit."
                .to_string(),
            false => format!("An entry of the catalog, for which {table} is locked for a moment."),
        },
        transactional: !concurrently,
        check: check(format!("SELECT count(*) FROM pg_inherits WHERE inhrelid = {}", regclass(cx, partition)), "0"),
        undo: back,
        on_failure: match concurrently {
            true => format!(
                "Its rows may already be invisible through {table}. Finish it: ALTER TABLE {} DETACH PARTITION {} FINALIZE.",
                cx.name(table),
                cx.name(partition)
            ),
            false => crate::draft::LOCK_FAILURE.to_string(),
        },
        ..StepDraft::sql(
            Contract,
            format!("Detach {partition} from {table}{}", if concurrently { " concurrently" } else { "" }),
            run,
        )
    }
}

/// DETACH … CONCURRENTLY leaves a CHECK that says what the bound said: its name, and the condition.
fn left_behind(cx: &Cx<'_>, table: &Name, partition: &Name) -> Option<(Ident, String)> {
    let bound = &cx.world.schema.table(partition)?.def.options;
    let condition = condition_of(cx, table, bound).filter(|_| online(cx, table))?;
    let column = words::stored(condition.split(" IS NOT NULL").next()?);
    let name = names::fit(&format!("{}_{column}_check", partition.object), cx.engine().ident_limit());
    Some((Ident::new(name), condition))
}

fn drop_left(cx: &Cx<'_>, partition: &Name, name: Ident) -> Run {
    let table = partition.clone();
    cx.run(Change::DropConstraint { table, name: Some(name), kind: None, if_exists: true, cascade: false })
}

/// Its end, for who keeps the table.
fn left_check(cx: &Cx<'_>, table: &Name, partition: &Name) -> Option<StepDraft> {
    let (name, condition) = left_behind(cx, table, partition)?;
    let again = constraint(name.clone(), ConstraintKind::Check { expr: expr(condition, &[]) }, true);
    let mut back = add_not_valid(cx, Contract, partition, &again).run;
    back.push(cx.run(Change::ValidateConstraint { table: partition.clone(), name: name.clone() }));
    Some(StepDraft {
        why: "It would refuse rows outside the old bound. As long as it is there, attaching again reads nothing."
            .to_string(),
        undo: undo_outside(back),
        ..StepDraft::locked(
            Contract,
            format!("Drop the check that the detach left on {partition}"),
            vec![drop_left(cx, partition, name)],
        )
    })
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
        let change = Change::reads();
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
