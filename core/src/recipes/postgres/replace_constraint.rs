//! DROP CONSTRAINT followed by ADD CONSTRAINT of the same name: the new one is there and proved before the old one goes.

use super::parts::{self, add_constraint, add_not_valid, build_index, constraint_name, drop_constraint, validate};
use super::sql::{lock, transaction};
use super::{ENGINE, add_check, add_foreign_key, add_unique, partitioned};
use crate::change::{Change, Constraint, ConstraintKind, Ident, Name};
use crate::draft::{Draft, Run, StepDraft, UndoDraft};
use crate::order::{Gather, PushAll};
use crate::recipes::Cx;
use crate::recipes::joint::{Ahead, Joint, JointRecipe};
use crate::recipes::shared::names::fit;
use crate::report::PhaseName::{Expand, Migrate};

/// The recipe.
pub static RECIPE: JointRecipe = JointRecipe {
    id: "postgres-replace-constraint",
    title: "Constraint replaced by one of the same name, rows guarded at every moment",
    for_engine: ENGINE,
    starts: |change| matches!(change, Change::DropConstraint { name: Some(_), .. }),
    find,
};

fn find(ahead: &Ahead<'_>) -> Option<Joint> {
    let first = ahead.statements.first()?;
    let (members, drop, add) = match first.changes.as_slice() {
        [drop, add] => (vec![0], *drop, *add),
        [drop] => {
            let (at, add) = ahead.later(|change| added(drop, change).map(|_| change))?;
            (vec![0, at], *drop, add)
        }
        _ => return None,
    };
    let (table, name, constraint) = added(drop, add)?;
    let table = ahead.cx.world.schema.known_name(table);
    let replaced =
        Replaced { cx: ahead.cx, table, name, new: constraint, old: ahead.cx.world.schema.constraint(table, name) };
    let steps = replaced.steps()?;
    let title = format!("Replace constraint {name} of {table}");
    let draft = Draft {
        recipe: RECIPE.id,
        title,
        steps,
        checklist: vec![format!(
            "Running code satisfies the new {name} on {table} (from its first half on, a write that violates it fails)"
        )],
        notes: vec![format!(
            "Dropped and added one after the other, {table} would be without {name} in between, and rows could get in that \
             make the second statement fail."
        )],
        as_written: false,
    };
    Some(Joint::of(draft, members))
}

/// The same name of the same table, dropped and added.
fn added<'a>(drop: &'a Change, add: &'a Change) -> Option<(&'a Name, &'a Ident, &'a Constraint)> {
    let Change::DropConstraint { table, name: Some(name), cascade: false, .. } = drop else { return None };
    let Change::AddConstraint { table: same, constraint } = add else { return None };
    let named = constraint.name.as_ref() == Some(name) && table == same;
    let plain = !constraint.not_valid && !constraint.not_enforced && constraint.using_index.is_none();
    (named && plain).then_some((table, name, constraint))
}

struct Replaced<'a> {
    cx: Cx<'a>,
    table: &'a Name,
    name: &'a Ident,
    new: &'a Constraint,
    /// As the schema knows it.
    old: Option<&'a Constraint>,
}

impl Replaced<'_> {
    fn steps(&self) -> Option<Vec<StepDraft>> {
        if partitioned::is_partitioned(&self.cx, self.table) {
            return None;
        }
        match &self.new.kind {
            ConstraintKind::Check { .. } => Some(self.halves(vec![add_check::look(&self.cx, self.table, self.new)?])),
            ConstraintKind::ForeignKey(key) => {
                Some(self.halves(vec![add_foreign_key::orphans(&self.cx, Expand, self.table, key)]))
            }
            ConstraintKind::Unique { .. } | ConstraintKind::PrimaryKey { .. } => self.over_index(),
            ConstraintKind::Exclude | ConstraintKind::NotNull { .. } => None,
        }
    }

    fn beside(&self, word: &str) -> Ident {
        Ident::new(fit(&format!("{}_{word}", self.name), self.cx.engine().ident_limit()))
    }

    fn halves(&self, mut steps: Vec<StepDraft>) -> Vec<StepDraft> {
        let cx = &self.cx;
        let beside = Constraint { name: Some(self.beside("new")), text: String::new(), ..self.new.clone() };
        steps.push(add_not_valid(cx, Migrate, self.table, &beside));
        steps.push(validate(cx, Migrate, self.table, &constraint_name(cx, self.table, &beside)));
        let mut run = self.locks();
        run.push(drop_constraint(cx, self.table, self.name));
        run.push(self.rename(&self.beside("new"), self.name));
        steps.push(StepDraft {
            why: "The new constraint guards every row already, so the old one can go and give it its name.".to_string(),
            undo: self.halves_back(),
            ..StepDraft::locked(Migrate, format!("Exchange {} of {} for the new one", self.name, self.table), run)
        });
        steps
    }

    fn halves_back(&self) -> UndoDraft {
        let cx = &self.cx;
        let Some(old) = self.old else { return self.by_hand() };
        let mut back = self.locks();
        back.push(self.rename(self.name, &self.beside("new")));
        back.push(parts::half(cx, self.table, &Constraint { name: Some(self.name.clone()), ..old.clone() }));
        let mut run = transaction(back);
        run.push(cx.run(Change::ValidateConstraint { table: self.table.clone(), name: self.name.clone() }));
        UndoDraft::Sql { run, transactional: false, lossy: self.lossy() }
    }

    fn lossy(&self) -> String {
        format!("fails while rows written since violate the previous {}", self.name)
    }

    fn by_hand(&self) -> UndoDraft {
        UndoDraft::Action(format!(
            "add the previous {} again from its definition, which was not given (NOT VALID, then VALIDATE)",
            self.name
        ))
    }

    /// Parents before the table, as writers lock.
    fn locks(&self) -> Vec<Run> {
        let parent = |constraint: &Constraint| match &constraint.kind {
            ConstraintKind::ForeignKey(key) if key.references != *self.table => Some(key.references.clone()),
            _ => None,
        };
        let mut parents: Vec<Name> = self.old.and_then(parent).into_iter().chain(parent(self.new)).gather();
        parents.dedup();
        parents.iter().map(|p| lock(&self.cx, p, "ACCESS EXCLUSIVE")).gather()
    }

    fn rename(&self, from: &Ident, to: &Ident) -> Run {
        self.cx.run(Change::RenameConstraint { table: self.table.clone(), from: from.clone(), to: to.clone() })
    }

    // ---- keys

    /// A key is exchanged over an index that is built before.
    fn over_index(&self) -> Option<Vec<StepDraft>> {
        let cx = &self.cx;
        let nullable = match &self.new.kind {
            ConstraintKind::PrimaryKey { columns } => {
                columns.iter().any(|c| cx.world.schema.is_not_null(self.table, c) != Some(true))
            }
            _ => false,
        };
        let key_of = |constraint: &Constraint| match &constraint.kind {
            ConstraintKind::PrimaryKey { columns } | ConstraintKind::Unique { columns, .. } => Some(columns.clone()),
            _ => None,
        };
        let old_key = self.old.and_then(key_of);
        let referenced = cx.world.schema.referencing(self.table).iter().any(|(_, c)| match &c.kind {
            ConstraintKind::ForeignKey(key) => Some(add_foreign_key::referenced(cx, key)) == old_key,
            _ => false,
        });
        if nullable || referenced {
            return None;
        }
        let index = |constraint: &Constraint, word: &str| {
            let own = Constraint { name: Some(self.beside(word)), ..constraint.clone() };
            add_unique::index_for(cx, self.table, &own)
        };
        let new = index(self.new, "new")?;
        let exchange = |constraint: &Constraint, index: Ident| {
            let using = Constraint {
                name: Some(self.name.clone()),
                using_index: Some(index),
                text: String::new(),
                ..constraint.clone()
            };
            vec![drop_constraint(cx, self.table, self.name), add_constraint(cx, self.table, using)]
        };
        let undo = match self.old.and_then(|old| Some((old, index(old, "old")?))) {
            Some((old, again)) => {
                let mut run = build_index(cx, Migrate, &again).run;
                run.push_all(transaction(exchange(old, self.beside("old"))));
                run.push_all(build_index(cx, Migrate, &new).run);
                UndoDraft::Sql { run, transactional: false, lossy: self.lossy() }
            }
            None => self.by_hand(),
        };
        let mut steps: Vec<StepDraft> = add_unique::look(cx, self.table, self.new).into_iter().gather();
        steps.push(build_index(cx, Migrate, &new));
        steps.push(StepDraft {
            why: "The index exists and is valid, so both are catalog entries in one transaction: there is a key at every \
                  moment."
                .to_string(),
            undo,
            ..StepDraft::locked(
                Migrate,
                format!("Exchange {} of {} for the new one", self.name, self.table),
                exchange(self.new, self.beside("new")),
            )
        });
        Some(steps)
    }
}
