//! RENAME, CREATE TABLE … PARTITION BY, ATTACH: a table that becomes the first partition of a new one of its name. No row
//! moves; what the attach would read or build under its lock is proved and built before.

use super::bound::takes_from_sequence;
use super::carry_table::{Carried, Said};
use super::partition::{self, Excluding};
use super::parts::{add_constraint, add_not_valid, build_index, constraint, drop_constraint, index_name, validate};
use super::sql::{expr, lock, rights, statistics};
use super::{ENGINE, add_unique, number};
use crate::change::{
    AutoNumber, Change, ColumnDef, ColumnOption, Constraint, ConstraintKind, Ident, Name, Nullability, ObjectKind,
    ObjectVerb, PartitionAction, RowFilter, TableDef,
};
use crate::draft::{Draft, Run, StepDraft, UndoDraft};
use crate::order::{Gather, PushAll};
use crate::recipes::joint::{Ahead, Joint, JointRecipe};
use crate::recipes::shared::draft::{sentence, undo, undo_outside};
use crate::recipes::shared::names;
use crate::recipes::{Cx, inverse};
use crate::report::PhaseName::{Contract, Expand, Migrate, Switch};
use crate::report::StepKind;
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
    Some(Joint::of(script.draft()?, members))
}

/// Whether RENAME, CREATE TABLE and ATTACH, as they are, leave nothing behind that code counts on. That the ATTACH reads
/// nothing is another question.
pub fn is_whole(ahead: &Ahead<'_>) -> bool {
    let Some(script) = Script::read(ahead) else { return false };
    let rights = |change: &Change| matches!(change, Change::Object { verb: ObjectVerb::Grant, .. });
    let granted = ahead.cx.world.schema.extras(script.table).iter().any(|extra| rights(&extra.change));
    let nothing_more = script.carried.is_empty() && script.numbers(true).is_empty() && !granted;
    let fits = script.lost_values().is_empty() && matches!(script.key(), Some(None));
    nothing_more && fits && script.key_dropped.is_none() && script.built(None).is_some_and(|steps| steps.is_empty())
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
    /// What is bound to the table.
    carried: Carried<'a>,
}

impl<'a> Script<'a> {
    fn read(ahead: &Ahead<'a>) -> Option<Script<'a>> {
        let cx = ahead.cx;
        let Change::RenameTable { table, to } = cx.change else { return None };
        let schema = cx.world.schema;
        let known = schema.table(table).filter(|known| known.def.complete && !known.new)?;
        let aside = table.sibling(to.object.value.clone());
        let mut scratch = schema.excerpt(std::slice::from_ref(table));
        let (mut run, mut members, mut said) = (Vec::new(), Vec::new(), Said::default());
        let pointing = schema.referencing(table);
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
                Change::RenameIndex { name, .. }
                    if schema.table_index(table, name).is_some()
                        || schema.constraint(table, &name.object).is_some_and(is_key) => {}
                Change::RenameConstraint { table: of, .. } if *of == aside => {}
                Change::AddConstraint { table: of, .. } if family.contains(&of) => {}
                // What is said of its foreign keys, triggers and numbers is done in our way.
                Change::AddConstraint { table: of, constraint }
                    if !family.is_empty() && points_at(constraint, table) =>
                {
                    said.keys_added.push((of, constraint));
                    members.push(n);
                    continue;
                }
                Change::DropConstraint { table: of, name: Some(name), .. }
                    if pointing.iter().any(|(child, key)| child.def.name == *of && key.name.as_ref() == Some(name)) =>
                {
                    said.keys_dropped.push((of, name));
                    members.push(n);
                    continue;
                }
                Change::SetColumnOption { table: of, option: ColumnOption::DropIdentity, .. } if *of == aside => {
                    members.push(n);
                    continue;
                }
                Change::Object {
                    verb: ObjectVerb::Drop,
                    kind: ObjectKind::Trigger,
                    name: Some(name),
                    on: Some(of),
                    ..
                } if *of == aside => {
                    said.dropped.push(name);
                }
                Change::Object { verb: ObjectVerb::Create, kind, name: Some(name), on: Some(of), .. }
                    if family.first() == Some(&of)
                        && matches!(kind, ObjectKind::Trigger | ObjectKind::Policy | ObjectKind::Rule) =>
                {
                    said.made.push(name);
                }
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
        let carried = Carried::of(&cx, table, said);
        Some(Script { cx, table, aside, old: &known.def, parent, bound, run, attach, key_dropped, members, carried })
    }

    fn draft(&self) -> Option<Draft> {
        let (cx, table, aside) = (&self.cx, self.table, &self.aside);
        let in_tree =
            self.old.partition_of.is_some() || self.old.partition_by.is_some() || !self.old.inherits.is_empty();
        (!in_tree).then_some(())?;
        let title = format!("Make {table} the first partition of a new {table}");
        let other_key = self.other_key().into_iter().gather();
        let refusals = [self.carried.refusals(&self.parent), self.lost_values(), other_key].concat();
        if !refusals.is_empty() {
            return Some(self.refused(title, &refusals));
        }
        let elsewhere = self.elsewhere()?;
        let proofs = match self.is_default() {
            true => elsewhere.iter().map(|other| other.check().clone()).gather(),
            false => vec![self.proof()?],
        };
        let mut steps = vec![self.carried.unknown("the first partition", "")];
        if let ([proof], false) = (proofs.as_slice(), self.is_default()) {
            let back = proof_gone(cx, table, proof);
            steps.push(StepDraft { undo: undo(vec![back]), ..add_not_valid(cx, Expand, table, proof) });
            steps.push_all(proof.name.iter().map(|name| validate(cx, Migrate, table, name)));
        }
        let key = self.key()?;
        steps.push_all(self.built(key.as_ref())?);
        steps.push_all(elsewhere.iter().flat_map(Excluding::steps));
        steps.push(self.exchange(&proofs, key.as_ref()));
        steps.push_all(self.carried.validated());
        let names = proofs.iter().filter_map(|proof| proof.name.as_ref());
        steps.push_all((!proofs.is_empty()).then(|| StepDraft {
            why: "The partition's bound now says the same.".to_string(),
            undo: undo(proofs.iter().flat_map(|proof| add_not_valid(cx, Contract, aside, proof).run).gather()),
            ..StepDraft::locked(
                Contract,
                format!("Drop the check that proved the bound of {aside}"),
                names.map(|name| drop_constraint(cx, aside, name)).gather(),
            )
        }));
        steps.push(statistics(
            cx,
            Contract,
            table,
            "The server has no statistics on the new table as a whole, and collects none by itself.",
        ));
        let mut notes = vec![format!(
            "Rights are copied to the new {table}; owner, comments, row security, storage and statistics of columns as the schema given \
             says them."
        )];
        notes.push_all(self.carried.notes());
        if let Some(key) = self.key_dropped {
            let columns = add_unique::key_columns(&key.kind).map(|(columns, _)| cx.idents(columns)).unwrap_or_default();
            notes.push(format!(
                "({columns}) is no key of {table} any more: ON CONFLICT on it is refused, and the same value is accepted twice."
            ));
        }
        let checklist = match self.is_default() {
            true => Vec::new(),
            false => vec![format!(
                "The partitions of {table} take every row that is written from now on (or one is DEFAULT): what none takes fails"
            )],
        };
        Some(Draft { recipe: RECIPE.id, title, steps, checklist, notes, as_written: false })
    }

    fn refused(&self, title: String, refusals: &[String]) -> Draft {
        let why = refusals.iter().map(|why| sentence(why)).gather().join(" ");
        let step = StepDraft {
            kind: StepKind::Approval,
            why: format!("As written, something would be lost or go on meaning the first partition alone. {why}"),
            transactional: false,
            gate: "the script says what becomes of it, and the plan is made again".to_string(),
            ..StepDraft::sql(Expand, format!("Rewrite what cannot be carried to the new {}", self.table), Vec::new())
        };
        Draft {
            recipe: RECIPE.id,
            title,
            steps: vec![step],
            checklist: Vec::new(),
            notes: Vec::new(),
            as_written: false,
        }
    }

    fn is_default(&self) -> bool {
        self.bound.trim().eq_ignore_ascii_case("default")
    }

    /// The check that implies the bound.
    fn proof(&self) -> Option<Constraint> {
        let condition = partition::implied(&self.cx, self.parent.partition_by.as_deref()?, self.bound)?;
        let name = names::helper(&self.cx, &[&self.aside.object.value, "bound"]);
        Some(constraint(name, ConstraintKind::Check { expr: expr(condition, &[]) }, true))
    }

    /// Of a table that becomes the default partition, that the other partitions have no row in it.
    fn elsewhere(&self) -> Option<Vec<Excluding<'_>>> {
        let by = self.parent.partition_by.as_deref()?;
        let others = self.run.iter().filter_map(|run| match &run.change {
            Change::CreateTable(def) if def.partition_of.as_ref() == Some(self.table) => Some(def),
            _ => None,
        });
        let proof = |def: &TableDef| {
            let condition = partition::implied(&self.cx, by, &def.options)?;
            Some(Excluding::from(&self.cx, self.table.clone(), &def.name, condition))
        };
        others.filter(|_| self.is_default()).map(|def| proof(def)).collect()
    }

    /// A table has one primary key, and a partition that of its parent.
    fn other_key(&self) -> Option<String> {
        let (wanted, own) = (primary(&self.parent)?, primary(self.old)?);
        (wanted.kind != own.kind && self.key_dropped.is_none()).then(|| {
            let name = own.name.as_ref().map_or("", |name| &name.value);
            format!(
                "the server refuses a partition with another primary key: drop {name} of {} in the script, before the attach",
                self.aside
            )
        })
    }

    /// Defaults and identities that the new table leaves out: running code counts on them.
    fn lost_values(&self) -> Vec<String> {
        self.old.columns.iter().filter_map(|old| self.lost_value(old)).gather()
    }

    fn lost_value(&self, old: &ColumnDef) -> Option<String> {
        let (column, table) = (&old.name, self.table);
        let text = self.parent.text.to_ascii_lowercase();
        let like = |words: &str| {
            self.parent.like.is_some()
                && (text.contains("including all") || text.contains(&["including ", words].concat()))
        };
        let new = self.parent.columns.iter().find(|c| c.name == *column);
        if is_identity(old) {
            let kept = new.is_some_and(is_identity) || like("identity");
            return (!kept).then(|| {
                format!("{column} is an identity column: make it one of the new {table} too, where its numbers go on")
            });
        }
        let given = old.default.is_some() || old.auto_number.is_some();
        let kept = new.is_some_and(|c| c.default.is_some() || c.auto_number.is_some()) || like("defaults");
        (given && !kept).then(|| format!("the default of {column} is left out in the new {table}: say it there"))
    }

    /// Sequences go to the new table, or its own go on where they end; back they go with `forth` false.
    fn numbers(&self, forth: bool) -> Vec<Run> {
        let cx = &self.cx;
        let (old, new) = (&self.aside, self.table);
        let mut run = Vec::new();
        for column in &self.old.columns {
            let (from, to) = if forth { (old, new) } else { (new, old) };
            let (from, to) = ((from, &column.name), (to, &column.name));
            let own = self.parent.columns.iter().find(|c| c.name == column.name).and_then(|c| c.auto_number.as_ref());
            match (&column.auto_number, own) {
                (Some(AutoNumber::Identity { always, .. }), _) => {
                    run.push_all(number::move_identity_to(cx, from, to, *always));
                }
                (None | Some(_), Some(AutoNumber::Serial)) => run.push(number::go_on(cx, from, to)),
                (Some(AutoNumber::Serial), _) => run.push(number::own_sequence(cx, from, to)),
                (None, _) if takes_from_sequence(column) => run.push(number::own_sequence(cx, from, to)),
                (None | Some(AutoNumber::AutoIncrement), _) => {}
            }
        }
        run
    }

    /// The key that takes the place of the dropped one, under the name that the attach would give it; none where the
    /// script drops none. No answer where the server would refuse the attach, or make a key under its lock.
    fn key(&self) -> Option<Option<Constraint>> {
        match (primary(&self.parent), primary(self.old), self.key_dropped) {
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
        steps.push_all(partition::missing(cx, &parent, self.old, &self.aside));
        Some(steps)
    }

    fn exchange(&self, proofs: &[Constraint], key: Option<&Constraint>) -> StepDraft {
        let (cx, table, aside) = (&self.cx, self.table, &self.aside);
        let mut run = self.carried.views_down();
        run.push_all(self.locked("SHARE ROW EXCLUSIVE"));
        run.push_all(self.carried.down());
        for (n, one) in self.run.iter().enumerate() {
            if n == self.attach {
                let using = |key: &Constraint| Constraint { using_index: key.name.clone(), ..key.clone() };
                run.push_all(key.map(|key| add_constraint(cx, aside, using(key))));
                run.push(rights(cx, aside, table));
            }
            run.push(one.clone());
            // Before it has partitions: up to 16 the server gives a partitioned table with some no identity.
            if matches!(&one.change, Change::CreateTable(def) if def.name == *table) {
                run.push_all(self.numbers(true));
            }
        }
        run.push_all(self.carried.up(&self.parent));
        StepDraft {
            why: format!(
                "One transaction, a few entries of the catalog: the validated check implies the bound and the indexes are there, so \
                 nothing is read or built under the lock. Statements that wait find the new {table}."
            ),
            undo: self.back(proofs, key),
            ..StepDraft::locked(Switch, format!("Put a partitioned {table} over {aside}"), run)
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
        let of_all = [self.table].into_iter().chain(self.carried.children());
        others.chain(of_all.map(|table| lock(&self.cx, table, "ACCESS EXCLUSIVE"))).gather()
    }

    /// The rows of the other partitions go into the table, which gets its name back.
    fn back(&self, proofs: &[Constraint], key: Option<&Constraint>) -> UndoDraft {
        let (cx, table, aside) = (&self.cx, self.table, &self.aside);
        let detach = PartitionAction::Detach { partition: aside.clone(), concurrently: false, finalize: false };
        let drop = |name: Option<Ident>| {
            cx.run(Change::DropConstraint { table: aside.clone(), name, kind: None, if_exists: false, cascade: false })
        };
        let stored = self.old.columns.iter().filter(|c| c.generated.is_none()).map(|c| c.name.clone());
        let columns = cx.idents(&stored.gather());
        let (to, from) = (cx.name(aside), cx.name(table));
        let mut run = self.carried.views_down();
        run.push_all(self.locked("ACCESS EXCLUSIVE"));
        run.push_all(self.carried.back_down());
        run.push(cx.run(Change::Partition { table: table.clone(), action: detach }));
        run.push_all(proofs.iter().map(|proof| proof_gone(cx, aside, proof)));
        run.push_all(key.map(|key| drop(key.name.clone())));
        run.push(Run {
            sql: format!("INSERT INTO {to} ({columns}) SELECT {columns} FROM {from}"),
            change: Change::Insert {
                table: aside.clone(),
                from_query: true,
                rows: None,
                source: vec![(table.clone(), RowFilter::All)],
            },
        });
        run.push_all(self.numbers(false));
        run.push(cx.run(Change::drop_table(table.clone())));
        let renames = self.run.iter().rev().filter(|run| {
            matches!(
                run.change,
                Change::RenameIndex { .. } | Change::RenameConstraint { .. } | Change::RenameTable { .. }
            )
        });
        for rename in renames {
            if let UndoDraft::Sql { run: back, .. } = inverse::of(&Cx { change: &rename.change, ..*cx }) {
                run.push_all(back);
            }
        }
        run.push_all(self.key_dropped.map(|key| add_constraint(cx, table, key.clone())));
        run.push_all(self.carried.back_up());
        undo(run)
    }
}

fn primary(def: &TableDef) -> Option<&Constraint> {
    def.constraints.iter().find(|c| matches!(c.kind, ConstraintKind::PrimaryKey { .. }))
}

fn proof_gone(cx: &Cx<'_>, table: &Name, proof: &Constraint) -> Run {
    let (table, name) = (table.clone(), proof.name.clone());
    cx.run(Change::DropConstraint { table, name, kind: None, if_exists: true, cascade: false })
}

fn points_at(constraint: &Constraint, table: &Name) -> bool {
    matches!(&constraint.kind, ConstraintKind::ForeignKey(key) if key.references == *table)
}

fn is_key(constraint: &Constraint) -> bool {
    matches!(constraint.kind, ConstraintKind::PrimaryKey { .. } | ConstraintKind::Unique { .. })
}

fn is_identity(column: &ColumnDef) -> bool {
    matches!(column.auto_number, Some(AutoNumber::Identity { .. }))
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

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use crate::request::{Options, Request};

    const SCHEMA: &str = "CREATE TABLE t (id bigserial PRIMARY KEY, at date NOT NULL DEFAULT now(), note text);";
    const SCRIPT: &str = "ALTER TABLE t RENAME TO t_1; ALTER TABLE t_1 DROP CONSTRAINT t_pkey;
        CREATE TABLE t (id bigint NOT NULL DEFAULT nextval('t_id_seq'), at date NOT NULL DEFAULT now(), note text, PRIMARY KEY (id, at))
        PARTITION BY RANGE (at); ALTER TABLE t ATTACH PARTITION t_1 FOR VALUES FROM (MINVALUE) TO ('2030-01-01');";

    /// Why the only step of the plan says that it cannot be done; empty where there are others.
    fn refusal(engine: &str, more: &str, script: &str) -> String {
        let request = Request {
            engine: engine.to_string(),
            sql: script.to_string(),
            schema: Some(format!("{SCHEMA}{more}")),
            options: Options::default(),
            ..Request::default()
        };
        let report = crate::plan(&request);
        let steps: Vec<_> = report.phases.iter().flat_map(|phase| &phase.steps).collect();
        match steps.as_slice() {
            [only] => only.why.clone(),
            _ => String::new(),
        }
    }

    #[test]
    fn what_cannot_be_carried_is_said() {
        let row = "CREATE TRIGGER a BEFORE UPDATE ON t FOR EACH ROW EXECUTE FUNCTION f();";
        let table = "CREATE TRIGGER a AFTER UPDATE ON t REFERENCING NEW TABLE AS n FOR EACH ROW EXECUTE FUNCTION f();";
        let key = "CREATE TABLE c (id int, t_id bigint CONSTRAINT c_t REFERENCES t);";
        for (engine, more, words) in [
            ("postgres:16", "", ""),
            ("postgres:16", "CREATE VIEW v AS SELECT id FROM t;", ""),
            ("postgres:16", "CREATE MATERIALIZED VIEW m AS SELECT id FROM t;", "Materialized view m would go on"),
            (
                "postgres:16",
                "CREATE VIEW v AS SELECT id FROM t; CREATE MATERIALIZED VIEW m AS SELECT id FROM v;",
                "view m would go on",
            ),
            ("postgres:16", row, ""),
            ("postgres:12", row, "from PostgreSQL 13 on"),
            ("postgres:16", table, "transition table"),
            ("postgres:16", key, "Foreign key c_t of c points at (id), which is no key"),
            ("postgres:11", key, "before PostgreSQL 12"),
            (
                "postgres:16",
                "ALTER TABLE t ADD CONSTRAINT own FOREIGN KEY (id) REFERENCES t;",
                "points at its own table",
            ),
        ] {
            let said = refusal(engine, more, SCRIPT);
            assert!(said.contains(words) && said.is_empty() == words.is_empty(), "{engine} {more}: {said}");
        }
    }

    #[test]
    fn another_primary_key_is_said() {
        let said = refusal("postgres:16", "", &SCRIPT.replace("ALTER TABLE t_1 DROP CONSTRAINT t_pkey;", ""));
        assert!(said.contains("drop t_pkey of t_1 in the script"), "{said}");
    }

    #[test]
    fn defaults_that_are_left_out_are_said() {
        for (from, to, words) in [
            (" DEFAULT nextval('t_id_seq')", "", "The default of id is left out"),
            ("at date NOT NULL DEFAULT now()", "at date NOT NULL", "The default of at is left out"),
            (
                "(id bigint NOT NULL DEFAULT nextval('t_id_seq'), at date NOT NULL DEFAULT now(), note text, PRIMARY KEY (id, at))",
                "(LIKE t_1)",
                "default of id",
            ),
        ] {
            let said = refusal("postgres:16", "", &SCRIPT.replace(from, to));
            assert!(said.contains(words), "{to}: {said}");
        }
    }
}
