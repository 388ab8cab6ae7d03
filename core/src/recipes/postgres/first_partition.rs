//! RENAME, CREATE TABLE … PARTITION BY, ATTACH: a table that becomes the first partition of a new one of its name. No row
//! moves; what the attach would read or build under its lock is proved and built before.

use super::parts::{add_constraint, add_not_valid, build_index, constraint, drop_constraint, index_name, validate};
use super::sql::{analyze, expr, lock, rights};
use super::{ENGINE, add_unique, partition};
use crate::change::{
    AutoNumber, Change, ColumnDef, Constraint, ConstraintKind, Ident, Name, Nullability, ObjectKind, PartitionAction,
    RowFilter, TableDef,
};
use crate::draft::{Draft, Run, StepDraft, UndoDraft};
use crate::recipes::joint::{Ahead, Joint, JointRecipe};
use crate::recipes::shared::draft::{LOCK_FAILURE, undo, undo_outside};
use crate::recipes::shared::names;
use crate::recipes::{Cx, inverse};
use crate::report::PhaseName::{Contract, Expand, Migrate, Switch};
use crate::schema::Schema;

/// The recipe.
pub static RECIPE: JointRecipe = JointRecipe {
    id: "postgres-first-partition",
    title: "Table that becomes the first partition of a new one of its name, its bound and its keys proved before",
    for_engine: ENGINE,
    starts: |change| matches!(change, Change::RenameTable { .. }),
    find,
};

fn find(ahead: &Ahead<'_>) -> Option<Joint> {
    let script = Script::read(ahead)?;
    let members = script.members.clone();
    Some(Joint { draft: script.draft()?, members, even_if_safe: true })
}

struct Script<'a> {
    cx: Cx<'a>,
    /// The name that stays: of the table first, of the partitioned one then.
    table: &'a Name,
    /// The name that the table has as a partition.
    aside: Name,
    old: &'a TableDef,
    /// The partitioned table as the script makes it.
    parent: TableDef,
    bound: &'a str,
    /// All statements, in order.
    run: Vec<Run>,
    /// Which of them attaches.
    attach: usize,
    /// The script drops the table's own key.
    key_dropped: Option<&'a Constraint>,
    members: Vec<usize>,
}

impl<'a> Script<'a> {
    fn read(ahead: &Ahead<'a>) -> Option<Script<'a>> {
        let cx = ahead.cx;
        let Change::RenameTable { table, to } = cx.change else { return None };
        let schema = cx.world.schema;
        let known = schema.table(table).filter(|known| known.def.complete && !known.new)?;
        let aside = table.sibling(to.object.value.clone());
        let mut scratch = schema.excerpt(std::slice::from_ref(table));
        let (mut run, mut members) = (Vec::new(), Vec::new());
        let (mut family, mut attached, mut key_dropped) = (Vec::new(), None, None);
        for (n, statement) in ahead.statements.iter().enumerate() {
            let [change] = statement.changes.as_slice() else { continue };
            match change {
                Change::RenameTable { .. } if n == 0 => {}
                Change::CreateTable(def) if family.is_empty() => {
                    let new = def.name == *table && def.partition_by.is_some() && def.partition_of.is_none();
                    if !new || def.if_not_exists || def.temporary {
                        continue;
                    }
                    family.push(table);
                }
                Change::CreateTable(def) if def.partition_of.as_ref().is_some_and(|of| family.contains(&of)) => {
                    family.push(&def.name);
                }
                Change::Partition { table: of, action: PartitionAction::Attach { partition, bound } }
                    if family.contains(&of) && *partition == aside && attached.is_none() =>
                {
                    attached = Some((run.len(), bound.as_str()));
                }
                Change::DropConstraint { table: of, name: Some(name), .. } if *of == aside && attached.is_none() => {
                    let own = known.def.constraints.iter().find(|c| c.name.as_ref() == Some(name))?;
                    matches!(own.kind, ConstraintKind::PrimaryKey { .. }).then_some(())?;
                    key_dropped = Some(own);
                }
                Change::RenameIndex { name, .. } if schema.table_index(table, name).is_some() => {}
                Change::RenameConstraint { table: of, .. } if *of == aside => {}
                Change::AddConstraint { table: of, .. } if family.contains(&of) => {}
                Change::CreateIndex(index) if family.contains(&&index.table) => {}
                Change::Object { kind: ObjectKind::Table, on: Some(of), .. } if family.contains(&of) => {}
                _ => continue,
            }
            scratch.apply(change);
            run.push(Run { sql: statement.sql.to_string(), change: (*change).clone() });
            members.push(n);
        }
        let (attach, bound) = attached?;
        let parent = parent_of(&scratch, table, &aside, &known.def)?;
        Some(Script { cx, table, aside, old: &known.def, parent, bound, run, attach, key_dropped, members })
    }

    fn draft(&self) -> Option<Draft> {
        let (cx, table, aside) = (&self.cx, self.table, &self.aside);
        self.stands_alone().then_some(())?;
        let condition = partition::implied(cx, self.parent.partition_by.as_deref()?, self.bound)?;
        let name = names::helper(cx, &[&aside.object.value, "bound"]);
        let proof = constraint(name.clone(), ConstraintKind::Check { expr: expr(condition, &[]) }, true);
        let if_there = Change::DropConstraint {
            table: table.clone(),
            name: Some(name.clone()),
            kind: None,
            if_exists: true,
            cascade: false,
        };
        let mut steps = vec![
            StepDraft { undo: undo(vec![cx.run(if_there)]), ..add_not_valid(cx, Expand, table, &proof) },
            validate(cx, Migrate, table, &name),
        ];
        let key = self.key()?;
        steps.extend(self.built(key.as_ref())?);
        steps.push(self.exchange(&name, key.as_ref()));
        steps.push(StepDraft {
            why: "The partition's bound now says the same.".to_string(),
            undo: undo(add_not_valid(cx, Contract, aside, &proof).run),
            on_failure: LOCK_FAILURE.to_string(),
            ..StepDraft::sql(
                Contract,
                format!("Drop the check that proved the bound of {aside}"),
                vec![drop_constraint(cx, aside, &name)],
            )
        });
        steps.push(StepDraft {
            why: "The server has no statistics on the new table as a whole, and collects none by itself.".to_string(),
            transactional: false,
            on_failure: "Run it again.".to_string(),
            ..StepDraft::sql(Contract, format!("Collect statistics of {table}"), vec![analyze(cx, table)])
        });
        let mut notes = vec![format!(
            "Rights are copied to the new {table}; comments, publications and storage options are not, unless the script says them."
        )];
        if let Some(key) = self.key_dropped {
            let columns = add_unique::key_columns(&key.kind).map(|(columns, _)| cx.idents(columns)).unwrap_or_default();
            notes.push(format!(
                "({columns}) is no key of {table} any more: ON CONFLICT on it is refused, and the same value is accepted twice."
            ));
        }
        let checklist = vec![format!(
            "The partitions of {table} take every row that is written from now on (or one is DEFAULT): what none takes fails"
        )];
        let title = format!("Make {table} the first partition of a new {table}");
        Some(Draft { recipe: RECIPE.id, title, steps, checklist, notes, as_written: false })
    }

    /// Nothing is bound to the table itself, which would go on meaning the partition.
    fn stands_alone(&self) -> bool {
        let schema = self.cx.world.schema;
        let kinds = [ObjectKind::Trigger, ObjectKind::Policy, ObjectKind::Rule];
        let bound = kinds.iter().any(|kind| !schema.objects_on(*kind, self.table).is_empty())
            || !schema.referencing(self.table).is_empty()
            || !schema.views_on(self.table).is_empty();
        let identity = |c: &ColumnDef| matches!(c.auto_number, Some(AutoNumber::Identity { .. }));
        let in_tree =
            self.old.partition_of.is_some() || self.old.partition_by.is_some() || !self.old.inherits.is_empty();
        !bound && !in_tree && !self.old.columns.iter().any(identity)
    }

    /// The key that takes the place of the dropped one, under the name that the attach would give it; none where the
    /// script drops none. No answer where the server would refuse the attach, or make a key under its lock.
    fn key(&self) -> Option<Option<Constraint>> {
        let wanted = self.parent.constraints.iter().find(|c| matches!(c.kind, ConstraintKind::PrimaryKey { .. }));
        let own = self.old.constraints.iter().find(|c| matches!(c.kind, ConstraintKind::PrimaryKey { .. }));
        match (wanted, own, self.key_dropped) {
            (Some(wanted), Some(own), None) => (wanted.kind == own.kind).then_some(None),
            (Some(wanted), ..) => {
                let schema = self.cx.world.schema;
                let (columns, _) = add_unique::key_columns(&wanted.kind)?;
                let filled = columns.iter().all(|c| schema.is_not_null(self.table, c) == Some(true));
                let name = names::fit(&format!("{}_pkey", self.aside.object), self.cx.engine().ident_limit());
                filled.then(|| Some(constraint(Ident::new(name), wanted.kind.clone(), false)))
            }
            (None, ..) => Some(None),
        }
    }

    /// What the new table has and the old one lacks, made before. No answer where the server refuses a table without it.
    fn built(&self, key: Option<&Constraint>) -> Option<Vec<StepDraft>> {
        let (cx, table) = (&self.cx, self.table);
        let there = |wanted: &Constraint| self.old.constraints.iter().any(|c| c.kind == wanted.kind && !c.not_valid);
        let demanded = |c: &&Constraint| matches!(c.kind, ConstraintKind::Check { .. } | ConstraintKind::Exclude);
        self.parent.constraints.iter().filter(demanded).all(there).then_some(())?;
        let mut steps = Vec::new();
        for index in key.iter().filter_map(|key| add_unique::index_for(cx, table, key)) {
            // The way back from the exchange drops it with its constraint.
            let (name, table) = (index_name(cx, &index), Some(table.clone()));
            let gone = Change::DropIndex { name, table, concurrently: true, if_exists: true, cascade: false };
            steps.push(StepDraft { undo: undo_outside(vec![cx.run(gone)]), ..build_index(cx, Migrate, &index) });
        }
        // The primary key is a matter of its own.
        let mut parent = self.parent.clone();
        parent.constraints.retain(|c| !matches!(c.kind, ConstraintKind::PrimaryKey { .. }));
        steps.extend(partition::missing(cx, &parent, self.old, &self.aside));
        Some(steps)
    }

    fn exchange(&self, proof: &Ident, key: Option<&Constraint>) -> StepDraft {
        let (cx, table, aside) = (&self.cx, self.table, &self.aside);
        let mut run = self.locked("SHARE ROW EXCLUSIVE");
        for (n, one) in self.run.iter().enumerate() {
            if n == self.attach {
                let using = |key: &Constraint| Constraint { using_index: key.name.clone(), ..key.clone() };
                run.extend(key.map(|key| add_constraint(cx, aside, using(key))));
                run.push(rights(cx, aside, table));
            }
            run.push(one.clone());
        }
        StepDraft {
            why: format!(
                "One transaction, a few entries of the catalog: the validated check implies the bound and the indexes are there, so \
                 nothing is read or built under the lock. Statements that wait find the new {table}."
            ),
            undo: self.back(proof, key),
            on_failure: LOCK_FAILURE.to_string(),
            ..StepDraft::sql(Switch, format!("Put a partitioned {table} over {aside}"), run)
        }
    }

    /// The table, and before it those that it refers to, as writers take them.
    fn locked(&self, of_others: &str) -> Vec<Run> {
        let schema = self.cx.world.schema;
        let mut others: Vec<&Name> = Vec::new();
        for constraint in self.parent.constraints.iter().chain(&self.old.constraints) {
            match &constraint.kind {
                ConstraintKind::ForeignKey(key)
                    if !others.iter().any(|known| schema.same_relation(known, &key.references)) =>
                {
                    others.push(&key.references);
                }
                _ => {}
            }
        }
        let others = others.into_iter().map(|other| lock(&self.cx, other, of_others));
        others.chain([lock(&self.cx, self.table, "ACCESS EXCLUSIVE")]).collect()
    }

    /// The rows of the other partitions go into the table, which gets its name back.
    fn back(&self, proof: &Ident, key: Option<&Constraint>) -> UndoDraft {
        let (cx, table, aside) = (&self.cx, self.table, &self.aside);
        let detach = PartitionAction::Detach { partition: aside.clone(), concurrently: false, finalize: false };
        let drop = |name: Option<Ident>, if_exists: bool| {
            cx.run(Change::DropConstraint { table: aside.clone(), name, kind: None, if_exists, cascade: false })
        };
        let stored = self.old.columns.iter().filter(|c| c.generated.is_none()).map(|c| c.name.clone());
        let columns = cx.idents(&stored.collect::<Vec<_>>());
        let (to, from) = (cx.name(aside), cx.name(table));
        let mut run = self.locked("ACCESS EXCLUSIVE");
        run.push(cx.run(Change::Partition { table: table.clone(), action: detach }));
        run.push(drop(Some(proof.clone()), true));
        run.extend(key.map(|key| drop(key.name.clone(), false)));
        run.push(Run {
            sql: format!("INSERT INTO {to} ({columns}) SELECT {columns} FROM {from}"),
            change: Change::Insert {
                table: aside.clone(),
                from_query: true,
                rows: None,
                source: vec![(table.clone(), RowFilter::All)],
            },
        });
        run.push(cx.run(Change::drop_table(table.clone())));
        let renames = self.run.iter().rev().filter(|run| {
            matches!(
                run.change,
                Change::RenameIndex { .. } | Change::RenameConstraint { .. } | Change::RenameTable { .. }
            )
        });
        for rename in renames {
            if let UndoDraft::Sql { run: back, .. } = inverse::of(&Cx { change: &rename.change, ..*cx }) {
                run.extend(back);
            }
        }
        run.extend(self.key_dropped.map(|key| add_constraint(cx, table, key.clone())));
        undo(run)
    }
}

/// The partitioned table, if the server takes the old one for its partition: the same columns, none of them less strict.
fn parent_of(schema: &Schema, table: &Name, aside: &Name, old: &TableDef) -> Option<TableDef> {
    let parent = &schema.table(table)?.def;
    if let Some(like) = &parent.like {
        let text = parent.text.to_ascii_lowercase();
        let with_keys = ["including all", "including indexes"].iter().any(|words| text.contains(words));
        let (indexes, constraints) = (&old.indexes, &old.constraints);
        let keys = if with_keys { (indexes.clone(), constraints.clone()) } else { Default::default() };
        return (like == aside && parent.columns.is_empty()).then(|| TableDef {
            indexes: [keys.0, parent.indexes.clone()].concat(),
            constraints: [keys.1, parent.constraints.clone()].concat(),
            ..parent.clone()
        });
    }
    let fits = |column: &ColumnDef| {
        old.columns.iter().any(|own| {
            let strict = own.nullability == column.nullability || column.nullability != Nullability::NotNull;
            let type_fits = own.data_type.as_ref().zip(column.data_type.as_ref()).is_some_and(|(a, b)| a.same_as(b));
            own.name == column.name && type_fits && strict
        })
    };
    let same = parent.complete && parent.columns.len() == old.columns.len() && parent.columns.iter().all(fits);
    same.then(|| parent.clone())
}
