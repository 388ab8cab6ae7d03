//! DROP TRIGGER on a partitioned table: the table is locked first, in the order of everybody else.

use super::sql::lock;
use super::{ENGINE, partitioned};
use crate::change::{Change, ObjectKind, ObjectVerb};
use crate::draft::{Draft, Run, StepDraft};
use crate::recipes::inverse;
use crate::recipes::joint::{Ahead, Joint, JointRecipe, Taken};
use crate::recipes::shared::titles;
use crate::report::PhaseName::Expand;

/// The recipe. The statement alone is safe but for deadlocks: so it is one of those that are better even then.
pub static RECIPE: JointRecipe = JointRecipe {
    id: "postgres-drop-trigger",
    title: "Trigger of a partitioned table dropped behind the lock of the table",
    for_engine: ENGINE,
    starts: |change| {
        matches!(change, Change::Object { verb: ObjectVerb::Drop, kind: ObjectKind::Trigger, on: Some(_), .. })
    },
    find,
};

fn find(ahead: &Ahead<'_>) -> Option<Joint> {
    let cx = ahead.cx;
    let Change::Object { on: Some(table), .. } = cx.change else { return None };
    // A table that the script makes is not known to anybody yet.
    (partitioned::is_partitioned(&cx, table) && !cx.world.schema.is_new(table)).then_some(())?;
    let title = titles::of(cx.change);
    let step = StepDraft {
        why: format!(
            "DROP TRIGGER locks the partitions before {table}, and everybody else comes the other way: without the lock of {table} \
             before it, one of them is a deadlock victim."
        ),
        undo: inverse::of(&cx),
        ..StepDraft::locked(
            Expand,
            title.clone(),
            vec![lock(&cx, table, "ACCESS EXCLUSIVE"), Run { sql: cx.sql.to_string(), change: cx.change.clone() }],
        )
    };
    let (checklist, notes) = (Vec::new(), Vec::new());
    let draft = Draft { recipe: RECIPE.id, title, steps: vec![step], checklist, notes, as_written: false };
    Some(Joint { taken: Taken::Always, ..Joint::of(draft, vec![0]) })
}
