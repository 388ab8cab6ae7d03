//! DROP INDEX and CREATE INDEX of one name: the new one is built beside the old one and takes its name.

use super::parts::{build_index, drop_index_online, index_name};
use super::sql::no_limits;
use super::{ENGINE, create_index, partitioned};
use crate::change::{Change, Ident, IndexDef, Name};
use crate::draft::{Draft, Run, StepDraft, UndoDraft};
use crate::order::Gather;
use crate::recipes::Cx;
use crate::recipes::joint::{Ahead, Joint, JointRecipe};
use crate::recipes::shared::draft::{undo, undo_outside};
use crate::recipes::shared::names::fit;
use crate::report::PhaseName::Migrate;

/// The recipe.
pub static RECIPE: JointRecipe = JointRecipe {
    id: "postgres-replace-index",
    title: "Index replaced by one of the same name, built concurrently beside it",
    for_engine: ENGINE,
    starts: |change| matches!(change, Change::DropIndex { cascade: false, .. }),
    find,
};

fn find(ahead: &Ahead<'_>) -> Option<Joint> {
    let first = ahead.statements.first()?;
    let [Change::DropIndex { name, .. }] = first.changes.as_slice() else { return None };
    let cx = ahead.cx;
    let (old, table) = cx.world.schema.index_with_table(name)?;
    let (at, new) = ahead.later(|change| match change {
        Change::CreateIndex(index) if cx.world.schema.same_relation(&index.table, table) && names(index, name) => {
            Some(index)
        }
        _ => None,
    })?;
    let backed = cx.world.schema.constraint(table, &name.object).is_some();
    if backed || new.only || partitioned::is_partitioned(&cx, table) || both_online(first.changes.as_slice(), new) {
        return None;
    }
    let replaced = Replaced { cx, table, old, new };
    let title = format!("Replace index {} on {table}", name.object);
    let draft = Draft {
        recipe: RECIPE.id,
        title,
        steps: replaced.steps(),
        checklist: Vec::new(),
        notes: vec![format!(
            "Dropped first, {table} would be without the index for as long as the new one is built, and queries would read \
             the whole table."
        )],
        as_written: false,
    };
    Some(Joint::of(draft, vec![0, at]))
}

fn names(index: &IndexDef, name: &Name) -> bool {
    index.name.as_ref().is_some_and(|n| n.object == name.object)
}

/// Dropped and built concurrently on purpose: somebody chose to be without the index meanwhile.
fn both_online(first: &[&Change], new: &IndexDef) -> bool {
    new.concurrently && matches!(first, [Change::DropIndex { concurrently: true, .. }])
}

struct Replaced<'a> {
    cx: Cx<'a>,
    table: &'a Name,
    old: &'a IndexDef,
    new: &'a IndexDef,
}

impl Replaced<'_> {
    fn named(&self, word: &str) -> Name {
        let own = index_name(&self.cx, self.old);
        own.sibling(fit(&format!("{}_{word}", own.object), self.cx.engine().ident_limit()))
    }

    fn steps(&self) -> Vec<StepDraft> {
        let cx = &self.cx;
        let (own, new, old) = (index_name(cx, self.old), self.named("new"), self.named("old"));
        let beside = IndexDef { name: Some(new.clone()), ..self.new.clone() };
        let mut steps: Vec<StepDraft> = create_index::duplicates(cx, &beside).into_iter().gather();
        steps.push(build_index(cx, Migrate, &beside));
        steps.push(StepDraft {
            why: "Both indexes serve queries; only their names change. A hint or an error handler that says the name goes on \
                  with the new index."
                .to_string(),
            undo: undo(vec![self.rename(&own, &new.object), self.rename(&old, &own.object)]),
            ..StepDraft::locked(
                Migrate,
                format!("Give the new index the name {}", own.object),
                vec![self.rename(&own, &old.object), self.rename(&new, &own.object)],
            )
        });
        steps.push(self.drop_old(&old));
        steps
    }

    fn rename(&self, name: &Name, to: &Ident) -> Run {
        self.cx.run(Change::RenameIndex { name: name.clone(), table: Some(self.table.clone()), to: to.clone() })
    }

    fn drop_old(&self, name: &Name) -> StepDraft {
        let cx = &self.cx;
        let mut run = no_limits();
        run.push(drop_index_online(cx, name, self.table));
        let again = build_index(cx, Migrate, &IndexDef { name: Some(name.clone()), ..self.old.clone() });
        let undo: UndoDraft = undo_outside(again.run);
        StepDraft {
            why: "Concurrently: it waits for transactions that may use the index, and blocks nobody meanwhile."
                .to_string(),
            transactional: false,
            undo,
            on_failure: "Cut off, it leaves the index invalid but still maintained by every write. Run it again."
                .to_string(),
            ..StepDraft::sql(Migrate, format!("Drop index {} concurrently", name.object), run)
        }
    }
}
