//! A change of type that writes no row once the views, triggers, policies and rules in its way are gone: all in one transaction.

use super::ENGINE;
use super::around::Around;
use crate::change::{Change, Ident, Name};
use crate::draft::{Draft, Run, StepDraft, UndoDraft};
use crate::facts::{RunningCode, WorkKind};
use crate::order::{Gather, PushAll};
use crate::recipes::{Cx, Recipe, inverse};
use crate::report::PhaseName::Expand;
use crate::world::World;

/// The recipe.
pub static RECIPE: Recipe = Recipe {
    id: "postgres-type-around",
    title: "Type changed without a rewrite, with the views in its way taken down and put up again in one transaction",
    for_engine: ENGINE,
    draft: propose,
};

fn propose(cx: &Cx<'_>) -> Option<Draft> {
    let Change::ChangeColumnType { table, column, to, .. } = cx.change else { return None };
    let table = cx.world.schema.known_name(table);
    let around = Around::of(cx, table, column)?;
    let title = format!("Change the type of {table}.{column} to {}", to.text);
    let own = Run { sql: cx.sql.to_string(), change: cx.change.clone() };
    at_once(cx, &[Freed { table, column, own, around }], RECIPE.id, title)
}

/// A column whose type changes.
pub struct Freed<'a> {
    /// The table.
    pub table: &'a Name,
    /// The column.
    pub column: &'a Ident,
    /// The change.
    pub own: Run,
    /// What is bound to the column.
    pub around: Around<'a>,
}

/// All of them in one step; none where nothing stands in the way of a column, or its change is work.
pub fn at_once(cx: &Cx<'_>, columns: &[Freed<'_>], recipe: &'static str, title: String) -> Option<Draft> {
    let stands = |column: &Freed<'_>| !column.down().is_empty();
    if !columns.iter().any(stands) || !columns.iter().all(|column| column.is_free(cx)) {
        return None;
    }
    let (mut run, mut objects, mut up, mut as_before) = (Vec::new(), Vec::new(), Vec::new(), Vec::new());
    for Freed { own, around, .. } in columns {
        once(&mut run, around.views_down());
        once(&mut objects, around.objects_down());
        up.push(own.clone());
    }
    for Freed { around, .. } in columns {
        once(&mut up, around.up());
        once(&mut as_before, around.back());
    }
    run.push_all(objects);
    let mut back = run.clone();
    let mut lossy = String::new();
    for column in columns.iter().rev() {
        match inverse::of(&Cx { change: &column.own.change, sql: &column.own.sql, ..*cx }) {
            UndoDraft::Sql { run, lossy: lost, .. } => {
                back.push_all(run);
                lossy = lost;
            }
            _ => return None,
        }
    }
    back.push_all(as_before);
    run.push_all(up);
    let step = StepDraft {
        why:
            "The server changes no type under a view, nor of a column that a trigger, policy or rule names. No row is \
              written: in one transaction, statements that read the view wait for a moment and then find the new one."
                .to_string(),
        undo: UndoDraft::Sql { run: back, transactional: true, lossy },
        ..StepDraft::locked(Expand, title.clone(), run)
    };
    let notes = columns.iter().flat_map(|column| column.around.notes()).gather();
    Some(Draft { recipe, title, steps: vec![step], checklist: Vec::new(), notes, as_written: false })
}

/// Adds each statement that is not there yet: columns share the views that read them.
fn once(kept: &mut Vec<Run>, runs: Vec<Run>) {
    for run in runs {
        if !kept.iter().any(|known| known.sql == run.sql) {
            kept.push(run);
        }
    }
}

impl Freed<'_> {
    /// What stands in its way, taken down.
    fn down(&self) -> Vec<Run> {
        [self.around.views_down(), self.around.objects_down()].concat()
    }

    /// Without that the change is one of the catalog alone.
    fn is_free(&self, cx: &Cx<'_>) -> bool {
        if !self.around.stored.is_empty() {
            return false;
        }
        let mut schema = cx.world.schema.clone();
        self.down().iter().for_each(|run| schema.apply(&run.change));
        let effects = cx.engine().effects(&self.own.change, &World { schema: &schema, ..cx.world });
        effects.refused.is_none()
            && effects.work.iter().all(|work| work.kind == WorkKind::Catalog)
            && effects.may_fail_on_data.is_none()
            && !matches!(effects.running_code, RunningCode::Breaks(_))
    }
}
