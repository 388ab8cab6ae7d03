//! A column renamed for good, once code has moved: until then a helper column has the new name.
//!
//! For columns that carry what the server binds to the column itself (keys, views, policies, an identity): the old column
//! stays, so nothing has to be made again, and at the end it takes the new name with all that hangs on it.

use super::carry::{self, Replaced};
use super::parts::build_index;
use super::replace_column::Replacement;
use super::sql::{Trigger, analyze, lock, transaction, whole_word};
use super::{add_unique, bound, partitioned};
use crate::change::{Change, ConstraintKind, Ident, IndexDef, Name};
use crate::draft::{Draft, Run, StepDraft, UndoDraft};
use crate::order::{Gather, PushAll};
use crate::recipes::shared::batches::{Batches, RowVerb};
use crate::recipes::shared::draft::{draft, listed, verify};
use crate::recipes::shared::{key, names};
use crate::recipes::{Cx, Recipe};
use crate::report::PhaseName::{Contract, Migrate};

impl Replacement<'_> {
    /// All steps, the old column kept under its new name. `bound`: what stays with it, in words.
    pub fn bridge_draft(&self, recipe: &Recipe, title: String, bound: &[String]) -> Draft {
        let mut steps = self.looks();
        steps.push(self.expand());
        steps.push(self.backfill());
        steps.push_all(self.lent_indexes(self.to));
        steps.push(self.statistics());
        steps.push(self.agree());
        steps.push(self.switch());
        steps.push(StepDraft { phase: Contract, ..self.agree() });
        steps.push(self.functions());
        steps.push(self.take_name());
        Draft { checklist: self.bridge_checklist(), notes: self.bridge_notes(bound), ..draft(recipe, title, steps) }
    }

    /// Indexes for code that already reads the new name; they go with the helper column.
    fn lent_indexes(&self, column: &Ident) -> Vec<StepDraft> {
        let indexes = lent(&self.cx, self.table, self.from, column);
        let apart = partitioned::is_partitioned(&self.cx, self.table);
        let steps = indexes.iter().flat_map(|index| match apart {
            true => partitioned::index(&self.cx, Migrate, index),
            false => vec![build_index(&self.cx, Migrate, index)],
        });
        steps
            .map(|step| StepDraft {
                why: format!("For code that already reads {}; it goes with the helper column. {}", self.to, step.why),
                ..step
            })
            .gather()
    }

    /// The server knows what is bound to the column, not what names it in a text.
    fn functions(&self) -> StepDraft {
        let word = whole_word(&self.cx, &self.from.value);
        StepDraft {
            why: format!(
                "Views, policies, keys and triggers are bound to the column and follow it to its new name. The text of a \
                 function is read when it runs: one that says {} fails from the next step on.",
                self.from
            ),
            ..verify(
                Contract,
                format!("List functions that say {}", self.from),
                format!(
                    "SELECT oid::regprocedure FROM pg_proc
WHERE prosrc ~ {word} AND proname !~ '^{}_' AND pronamespace NOT IN ('pg_catalog'::regnamespace, 'information_schema'::regnamespace)",
                    names::PREFIX
                ),
                "only functions that mean something else by that word",
                "Replace such functions by ones that say the new name first: both names work until the next step.",
            )
        }
    }

    /// The helper goes and the column takes its name, in one transaction: both hold the same values.
    fn take_name(&self) -> StepDraft {
        let cx = &self.cx;
        let mut run: Vec<Run> = vec![lock(cx, self.table, "ACCESS EXCLUSIVE")];
        run.push_all(self.trigger().drop(cx));
        run.push_all(self.sync.undo_defaults(cx));
        run.push(self.drop_column(self.to));
        run.push(self.rename(self.from, self.to));
        StepDraft {
            why: format!(
                "Both columns hold the same values, so code that says {} does not notice which of them it gets. No row is \
                 touched, and all that is bound to the column follows its name.",
                self.to
            ),
            undo: self.take_name_back(),
            gate: format!("no instance of the old version runs and nothing has used {} for the soak period", self.from),
            ..StepDraft::locked(
                Contract,
                format!("Drop the helper column, give {}.{} its name {}", self.table, self.from, self.to),
                run,
            )
        }
    }

    fn rename(&self, from: &Ident, to: &Ident) -> Run {
        self.cx.run(Change::RenameColumn { table: self.table.clone(), from: from.clone(), to: to.clone() })
    }

    /// The helper made again under a name of its own and filled, then both names exchanged: code that says the new name
    /// never misses a value.
    fn take_name_back(&self) -> UndoDraft {
        let cx = &self.cx;
        let aside = names::helper(cx, &[&self.table.object.value, &self.from.value, "back"]);
        let mut run = vec![self.add_column_as(&aside)];
        let body = format!("  NEW.{} := NEW.{};\n  RETURN NEW;\n", cx.ident(&aside), cx.ident(self.to));
        run.push_all(Trigger { body, ..self.trigger() }.create(cx));
        let mut run = transaction(run);
        run.push_all(self.fill_aside(&aside));
        for step in self.lent_indexes(&aside) {
            run.push_all(step.run);
        }
        run.push(analyze(cx, self.table));
        let mut exchange = vec![lock(cx, self.table, "ACCESS EXCLUSIVE")];
        exchange.push(self.rename(self.to, self.from));
        exchange.push(self.rename(&aside, self.to));
        exchange.push_all(self.sync.set_defaults(cx));
        exchange.push(self.trigger().replace(cx));
        run.push_all(transaction(exchange));
        UndoDraft::Sql { run, transactional: false, lossy: String::new() }
    }

    fn fill_aside(&self, aside: &Ident) -> Vec<Run> {
        let (new, old) = (self.cx.ident(aside), self.cx.ident(self.to));
        let job = Batches {
            table: self.table.clone(),
            verb: RowVerb::Update { set: format!("{new} = {old}"), columns: vec![aside.clone()] },
            condition: super::sync::differs(self.sync.new_type.as_ref(), &new, &old),
            key: renamed_key(key::of(&self.cx, self.table), self.from, self.to),
        };
        job.step(&self.cx, Contract, String::new()).run
    }

    fn bridge_checklist(&self) -> Vec<String> {
        let (table, from, to) = (self.table, self.from, self.to);
        let mut lines = vec![
            format!("No job, report or replica consumer says {table}.{from} any more before it takes its new name"),
            format!(
                "No prepared SELECT * and no COPY {table} FROM without a column list runs on old connections (both \
                 fail once a column is added or dropped), or connection pools are recycled after the steps that do it"
            ),
        ];
        lines.push_all(self.no_new_partitions());
        if self.cx.world.schema.primary_key(table).is_some_and(|key| key.contains(from)) {
            lines.push(format!(
                "Until the last step no query groups by {to} and selects other columns of {table}: the primary key is on \
                 {from} until then (error 42803)"
            ));
        }
        lines
    }

    fn bridge_notes(&self, bound: &[String]) -> Vec<String> {
        let mut notes = vec![format!(
            "{} {} bound to the column {} itself. So the new name is lent to a helper column while code moves, and at the \
             end the column takes it: everything stays as it is, nothing has to be made again.",
            crate::recipes::shared::draft::sentence(&listed(bound)).trim_end_matches('.'),
            if bound.len() == 1 { "is" } else { "are" },
            self.from
        )];
        notes.push_all(key::of(&self.cx, self.table).assumption(self.table));
        notes.push_all(self.sentinel_note());
        if !bound::publications(&self.cx, self.table, self.from).is_empty() {
            notes.push(format!(
                "Subscribers match columns by name: add {} there before the first step and rename their column at the \
                 last one.",
                self.to
            ));
        }
        notes
    }
}

/// The key by which rows are walked after the rename.
fn renamed_key(key: key::Key, from: &Ident, to: &Ident) -> key::Key {
    let renamed = |column: Ident| if column == *from { to.clone() } else { column };
    match key {
        key::Key::Integer(column) => key::Key::Integer(renamed(column)),
        key::Key::Ordered(columns) => key::Key::Ordered(columns.into_iter().map(renamed).gather()),
        key::Key::Assumed(column) => key::Key::Assumed(renamed(column)),
        key::Key::Storage => key::Key::Storage,
    }
}

/// The indexes of a column, those of constraints included, over the helper column and under helper names.
fn lent(cx: &Cx<'_>, table: &Name, from: &Ident, column: &Ident) -> Vec<IndexDef> {
    let schema = cx.world.schema;
    let replaced = Replaced::alone(table, from, column);
    let of_constraints = schema.constraints_of_column(table, from).into_iter().filter_map(|c| match &c.kind {
        ConstraintKind::PrimaryKey { .. } | ConstraintKind::Unique { .. } => add_unique::index_for(cx, table, c),
        ConstraintKind::Check { .. }
        | ConstraintKind::ForeignKey(_)
        | ConstraintKind::Exclude
        | ConstraintKind::NotNull { .. } => None,
    });
    let of_constraints: Vec<IndexDef> = of_constraints.gather();
    let named = |index: &IndexDef| index.name.as_ref().map(|n| n.object.clone());
    let plain = schema.indexes_of_column(table, from).into_iter().cloned();
    let plain: Vec<IndexDef> = plain.filter(|i| !of_constraints.iter().any(|c| named(c) == named(i))).gather();
    let lend = |index: IndexDef| {
        let own = super::parts::index_name(cx, &index).object.value;
        let name = table.sibling(names::helper(cx, &[&own]).value);
        IndexDef { name: Some(name), ..carry::moved_index(cx, &replaced, &index) }
    };
    of_constraints.into_iter().chain(plain).map(lend).gather()
}
