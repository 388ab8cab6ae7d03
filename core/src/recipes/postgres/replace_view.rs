//! DROP VIEW and CREATE VIEW of one name: in one transaction, with what is built on it; a materialized view beside the old one.

use super::stored_view::{Around, Rebuild};
use super::{ENGINE, views};
use crate::change::{Change, IndexDef, Name};
use crate::draft::{Draft, Run, StepDraft};
use crate::recipes::Cx;
use crate::recipes::joint::{Ahead, Joint, JointRecipe};
use crate::recipes::shared::draft::undo;
use crate::report::PhaseName::{Migrate, Switch};
use crate::schema::View;

/// The recipe.
pub static RECIPE: JointRecipe = JointRecipe {
    id: "postgres-replace-view",
    title: "View replaced in one transaction, or a stored one built beside it",
    for_engine: ENGINE,
    starts: |change| matches!(change, Change::DropView { .. }),
    find,
};

fn find(ahead: &Ahead<'_>) -> Option<Joint> {
    let dropped = dropped(ahead);
    let mut members: Vec<usize> = dropped.iter().map(|(at, _)| *at).collect();
    members.dedup();
    let names: Vec<&Name> = dropped.iter().map(|(_, name)| *name).collect();
    let last_drop = *members.last()?;
    let cx = ahead.cx;
    let old: Vec<&View> = names.iter().map(|name| cx.world.schema.view(name)).collect::<Option<_>>()?;
    let mut again: Vec<Run> = Vec::new();
    for (at, statement) in ahead.statements.iter().enumerate().skip(last_drop + 1) {
        if let [change] = statement.changes.as_slice()
            && about(change, &names)
        {
            members.push(at);
            again.push(Run { sql: statement.sql.to_string(), change: (*change).clone() });
        }
    }
    let made = |name: &&Name| again.iter().any(|run| creates(&run.change).is_some_and(|own| own == *name));
    if !names.iter().all(made) {
        return None;
    }
    let replaced = Replaced { cx, old, again };
    Some(Joint { draft: replaced.draft()?, members, even_if_safe: false })
}

/// The views dropped by the first statements, with the places of those.
fn dropped<'a>(ahead: &Ahead<'a>) -> Vec<(usize, &'a Name)> {
    let mut found = Vec::new();
    for (at, statement) in ahead.statements.iter().enumerate() {
        match statement.changes.as_slice() {
            [Change::DropView { names, cascade, .. }] => {
                let gone = views::gone(ahead.cx.world.schema, names, *cascade);
                found.extend(gone.into_iter().map(|name| (at, name)));
            }
            [Change::Transaction(_) | Change::Session(_)] => {}
            _ => break,
        }
    }
    found
}

fn creates(change: &Change) -> Option<&Name> {
    match change {
        Change::CreateView { name, .. } => Some(name),
        _ => None,
    }
}

/// Makes one of these views again, or adds to it.
fn about(change: &Change, names: &[&Name]) -> bool {
    match change {
        Change::CreateView { name, .. } => names.contains(&name),
        Change::CreateIndex(index) => names.contains(&&index.table),
        Change::Object { on: Some(on), .. } => names.contains(&on),
        _ => false,
    }
}

struct Replaced<'a> {
    cx: Cx<'a>,
    /// As the schema knows them, in the order in which they are dropped.
    old: Vec<&'a View>,
    /// What the script makes again.
    again: Vec<Run>,
}

impl Replaced<'_> {
    fn draft(&self) -> Option<Draft> {
        let stored: Vec<&&View> = self.old.iter().filter(|view| view.materialized).collect();
        let title = format!("Replace {}", self.named().join(", "));
        let (steps, mut notes) = match stored.as_slice() {
            [] => (vec![self.plain(title.clone())?], Vec::new()),
            [one] => self.stored(one)?,
            _ => return None,
        };
        let rights = self.named().join(", ");
        notes.push(format!("Rights on {rights} that neither the schema given nor the script says are lost."));
        Some(Draft {
            recipe: RECIPE.id,
            title,
            steps,
            checklist: vec![format!("Running code works with {rights} as it was and as it will be")],
            notes,
            as_written: false,
        })
    }

    fn named(&self) -> Vec<String> {
        let word = |view: &View| if view.materialized { "materialized view" } else { "view" };
        self.old.iter().map(|view| format!("{} {}", word(view), view.name)).collect()
    }

    /// Views on these that the script leaves alone.
    fn others(&self) -> Option<Vec<&View>> {
        let names: Vec<Name> = self.old.iter().map(|view| view.name.clone()).collect();
        let chain = views::above(&self.cx, &names);
        chain.iter().all(|view| !view.materialized).then_some(chain)
    }

    /// Down: what the script leaves alone, then what it drops. Up: those of the script, then the others.
    fn around(&self, skip: Option<&View>) -> Option<Around> {
        let cx = &self.cx;
        let others = self.others()?;
        let kept = |view: &&&View| skip.is_none_or(|skip| skip.name != view.name);
        let own: Vec<&&View> = self.old.iter().filter(kept).collect();
        let mut down = views::down(cx, &others);
        down.extend(own.iter().map(|view| views::drop(cx, view)));
        let of_skipped = |run: &&Run| skip.is_some_and(|skip| about(&run.change, &[&skip.name]));
        let said = self.again.iter().any(|run| matches!(run.change, Change::Object { .. }));
        let mut up: Vec<Run> = self.again.iter().filter(|run| !of_skipped(run)).cloned().collect();
        if !said {
            up.extend(own.iter().flat_map(|view| views::extras(cx, &view.name)));
        }
        up.extend(views::up(cx, &others));
        let mut back = Vec::new();
        for view in own.iter().rev() {
            back.push(views::create(cx, view));
            back.extend(views::extras(cx, &view.name));
        }
        back.extend(views::up(cx, &others));
        Some(Around { down, up, back })
    }

    /// All in one transaction: nobody sees the database without the views.
    fn plain(&self, title: String) -> Option<StepDraft> {
        let Around { down, up, back } = self.around(None)?;
        Some(StepDraft {
            why: "In one transaction: statements that read a view wait for a moment and then find the new one. Views that \
                  read it are made again with it."
                .to_string(),
            undo: undo(down.iter().cloned().chain(back).collect()),
            gate: "running code works with the views as they were and as they will be".to_string(),
            ..StepDraft::locked(Switch, title, down.into_iter().chain(up).collect())
        })
    }

    fn stored(&self, view: &View) -> Option<(Vec<StepDraft>, Vec<String>)> {
        let query = self.again.iter().find_map(|run| match &run.change {
            Change::CreateView { name, query, .. } if *name == view.name => Some(query.as_str()),
            _ => None,
        })?;
        let indexes: Vec<IndexDef> = self
            .again
            .iter()
            .filter_map(|run| match &run.change {
                Change::CreateIndex(index) if index.table == view.name => Some((**index).clone()),
                _ => None,
            })
            .collect();
        let rebuild =
            Rebuild { cx: self.cx, view, query, indexes: &indexes, phase: Migrate, around: self.around(Some(view))? };
        Some((rebuild.all(), rebuild.notes()))
    }
}
