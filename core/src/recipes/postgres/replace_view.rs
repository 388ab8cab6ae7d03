//! DROP VIEW and CREATE VIEW of one name: in one transaction, with what is built on it; a materialized view beside the old one.

use super::stored_view::{Around, Rebuild};
use super::{ENGINE, sql::regclass, view_order, views};
use crate::change::{Change, Ident, IndexDef, Name};
use crate::draft::{Draft, Run, StepDraft};
use crate::order::{Gather, GatherAll, PushAll};
use crate::recipes::joint::{Ahead, Between, Joint, JointRecipe, Pasted, Taken};
use crate::recipes::shared::draft::{undo, verify};
use crate::recipes::shared::words::mentions;
use crate::recipes::{Cx, inverse};
use crate::report::PhaseName::{self, Contract, Expand, Migrate, Switch};
use crate::schema::View;
use crate::schema::shape::{Shape, lost, shape};
use crate::source::says_the_same;

/// The recipe.
pub static RECIPE: JointRecipe = JointRecipe {
    id: "postgres-replace-view",
    title: "View replaced in one transaction, columns that go after the code that reads them, or a stored one built beside it",
    for_engine: ENGINE,
    starts: |change| matches!(change, Change::DropView { .. } | Change::CreateView { replace: true, .. }),
    find,
};

fn find(ahead: &Ahead<'_>) -> Option<Joint> {
    let cx = ahead.cx;
    let run = |statement: &Pasted<'_>, change: &Change| Run { sql: statement.sql.to_string(), change: change.clone() };
    let first = ahead.statements.first()?;
    if let [change @ Change::CreateView { name, replace: true, materialized: false, .. }] = first.changes.as_slice() {
        let view = cx.world.schema.view(name).filter(|view| !view.new)?;
        // The server takes away, renames and moves no column of a view (42P16).
        lost(view.said(), first.sql, cx.world.target)??;
        let replaced = Replaced { cx, old: vec![view], again: vec![run(first, change)], kept: Vec::new() };
        return Some(Joint::of(replaced.draft()?, vec![0]));
    }
    let dropped = dropped(ahead);
    let mut members: Vec<usize> = dropped.iter().map(|(at, _)| *at).gather();
    members.dedup();
    let drops = members.clone();
    let names: Vec<&Name> = dropped.iter().map(|(_, name)| *name).gather();
    let last_drop = *members.last()?;
    let mut again: Vec<Run> = Vec::new();
    for (at, statement) in ahead.statements.iter().enumerate().skip(last_drop + 1) {
        if let [change] = statement.changes.as_slice()
            && about(change, &names)
        {
            members.push(at);
            again.push(run(statement, change));
        }
    }
    let made = |name: &&Name| again.iter().any(|run| creates(&run.change).is_some_and(|own| own == *name));
    if !names.iter().all(made) {
        return None;
    }
    let known: Option<Vec<&View>> = names.iter().map(|name| cx.world.schema.view(name)).gather_all();
    let between = view_order::between(ahead, &members, known.as_deref().unwrap_or_default(), &again)?;
    let draft = match known {
        Some(old) => {
            let draft = Replaced { cx, old, again: again.clone(), kept: Vec::new() }.draft()?;
            match between {
                Between::After => view_order::with_dropped_columns(ahead, &mut members, &again, draft),
                _ => draft,
            }
        }
        None => {
            let drops = drops.iter().filter_map(|at| ahead.statements.get(*at));
            let drops: Vec<Run> = drops.flat_map(|s| s.changes.iter().map(|change| run(s, change))).gather();
            unknown(&cx, &names, drops, again)?
        }
    };
    Some(Joint { taken: Taken::WhenUnsafeWithin, between, ..Joint::of(draft, members) })
}

/// Nothing is known of the database: as the script says it, at once, when no code reads what may be gone.
fn unknown(cx: &Cx<'_>, names: &[&Name], drops: Vec<Run>, again: Vec<Run>) -> Option<Draft> {
    let simple = |run: &Run| matches!(run.change, Change::DropView { materialized: false, cascade: false, .. });
    if !cx.world.schema.is_empty() || !drops.iter().all(simple) {
        return None;
    }
    let what = names.iter().map(|name| format!("view {name}")).gather().join(", ");
    let title = format!("Replace {what}");
    let replaced = StepDraft {
        why: AT_ONCE.to_string(),
        undo: inverse::of(cx),
        gate: format!("running code works with {what} as it was and as it will be"),
        ..StepDraft::locked(Contract, title.clone(), drops.into_iter().chain(again).gather())
    };
    let steps = vec![deploy_for_both(&what), replaced];
    let notes = vec![format!("Rights on {what} that the script does not say are lost.")];
    let checklist = vec![format!("Definition and rights of {what} are saved (pg_dump --schema-only)")];
    Some(Draft { recipe: RECIPE.id, title, steps, checklist, notes, as_written: false })
}

const AT_ONCE: &str = "In one transaction: statements that read a view wait for a moment and then find the new one. Views that \
                       read it are made again with it.";

fn deploy_for_both(what: &str) -> StepDraft {
    StepDraft::deploy(
        Switch,
        format!("Deploy code that works with {what} as it was and as it will be"),
        "Which columns go is not known here: a statement that names one fails once it is gone (42703).",
    )
}

/// The views dropped by the first statements, with the places of those.
fn dropped<'a>(ahead: &Ahead<'a>) -> Vec<(usize, &'a Name)> {
    let mut found = Vec::new();
    for (at, statement) in ahead.statements.iter().enumerate() {
        match statement.changes.as_slice() {
            [Change::DropView { names, cascade, .. }] => {
                let gone = views::gone(ahead.cx.world.schema, names, *cascade);
                found.push_all(gone.into_iter().map(|name| (at, name)));
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
    /// Views that have their old columns and the new ones from the expand phase on.
    kept: Vec<(&'a View, Run)>,
}

/// A view loses columns.
struct Loss<'a> {
    view: &'a View,
    /// None where the texts do not tell which.
    columns: Option<Vec<String>>,
}

impl Loss<'_> {
    /// `note, place of view sent`.
    fn said(&self) -> Option<String> {
        Some(format!("{} of {}", self.columns.as_ref()?.join(", "), named(self.view)))
    }
}

impl<'a> Replaced<'a> {
    fn draft(mut self) -> Option<Draft> {
        let stored: Vec<&View> = self.old.iter().copied().filter(|view| view.materialized).gather();
        let what = self.named().join(", ");
        let title = format!("Replace {what}");
        let losses: Vec<Loss<'a>> = self.old.iter().filter_map(|view| self.loss(view)).gather();
        let mut checklist = Vec::new();
        let (mut before, mut after, mut phase) = (Vec::new(), None, Switch);
        if losses.is_empty() {
            let moved =
                |view: &&&View| matches!(lost(view.said(), self.text(view), self.cx.world.target), Some(Some(_)));
            let moved: Vec<String> = self.old.iter().filter(moved).map(|view| view.name.to_string()).gather();
            if self.old.iter().all(|view| self.goes_on(view)) {
                phase = Expand;
            } else {
                checklist.push(format!("Running code works with {what} as it was and as it will be"));
            }
            if !moved.is_empty() {
                checklist.push(format!("No running code reads the columns of {} by their places", moved.join(", ")));
            }
        } else {
            checklist.push(format!("Running code works with {what} as it was and as it will be"));
            let of: Vec<String> = losses.iter().map(|loss| named(loss.view)).gather();
            let of = of.join(", ");
            phase = Contract;
            match self.wider() {
                Some(kept) => self.kept = kept,
                None => {
                    after = Some(StepDraft::deploy(
                        Contract,
                        format!("Deploy code that uses what only the new {of} has, if there is any"),
                        "Until it was replaced, such a statement failed: the new query does not fit beside the old one.",
                    ));
                }
            }
            before.push_all(self.widen());
            let said: Option<Vec<String>> = losses.iter().map(Loss::said).gather_all();
            match said.map(|said| said.join("; ")) {
                Some(said) => {
                    before.push(StepDraft::deploy(
                        Switch,
                        format!("Deploy code that no longer uses {said}"),
                        "A statement that names such a column fails once it is gone (42703).",
                    ));
                    before.push(self.readers(&losses, &said));
                }
                None => before.push(deploy_for_both(&of)),
            }
        }
        let (steps, mut notes) = match stored.as_slice() {
            [] => (vec![self.plain(phase, title.clone())?], Vec::new()),
            [one] => self.stored(if losses.is_empty() { Migrate } else { phase }, one)?,
            _ => return None,
        };
        notes.push(format!("Rights on {what} that neither the schema given nor the script says are lost."));
        let steps = before.into_iter().chain(steps).chain(after).gather();
        Some(Draft { recipe: RECIPE.id, title, steps, checklist, notes, as_written: false })
    }

    fn named(&self) -> Vec<String> {
        self.old.iter().map(|view| named(view)).gather()
    }

    /// The statement that makes a view anew.
    fn text(&self, view: &View) -> &str {
        let run = self.again.iter().find(|run| creates(&run.change).is_some_and(|name| *name == view.name));
        run.map_or("", |run| run.sql.as_str())
    }

    fn shapes<'s>(&'s self, view: &'s View) -> (Shape<'s>, Shape<'s>) {
        (shape(view.said(), self.cx.world.target), shape(self.text(view), self.cx.world.target))
    }

    fn loss(&self, view: &'a View) -> Option<Loss<'a>> {
        let same = |text: &str| text.split_whitespace().collect::<String>();
        if view.new || same(view.said()) == same(self.text(view)) {
            return None;
        }
        let (old, new) = self.shapes(view);
        let columns =
            old.names().zip(new.names()).map(|(old, new)| old.into_iter().filter(|c| !new.contains(c)).gather());
        (columns != Some(Vec::new())).then_some(Loss { view, columns })
    }

    /// Whatever the view gave before it gives again; new columns stand behind.
    fn goes_on(&self, view: &View) -> bool {
        let target = self.cx.world.target;
        let (old, new) = self.shapes(view);
        let known = old.names().is_some() && new.names().is_some() && old.items.len() <= new.items.len();
        let mut items = old.items.iter().zip(&new.items);
        known
            && old.list == new.list
            && says_the_same(old.rest, new.rest, target)
            && items.all(|((before, _), (after, _))| says_the_same(before, after, target))
    }

    /// Views with the new columns behind those that they have, which the server takes without dropping anything. None where a
    /// query does not tell, or the new columns are read from elsewhere.
    fn wider(&self) -> Option<Vec<(&'a View, Run)>> {
        let mut out = Vec::new();
        for run in self.again.iter().filter(|run| creates(&run.change).is_some()) {
            let view = *self.old.iter().find(|view| creates(&run.change) == Some(&view.name))?;
            let (old, new) = self.shapes(view);
            let names = old.names().filter(|_| new.names().is_some());
            let Some(names) = names else {
                match self.loss(view) {
                    Some(_) => return None,
                    None => continue,
                }
            };
            let added = new.items.iter().filter(|(_, name)| name.as_ref().is_some_and(|name| !names.contains(name)));
            let added: Vec<&str> = added.map(|(text, _)| *text).gather();
            if added.is_empty() {
                continue;
            }
            let fits = old.plain && new.plain && old.from == new.from && !old.list && !new.list;
            if !fits || view.materialized || view.definition.is_empty() {
                return None;
            }
            let items: Vec<&str> = old.items.iter().map(|(text, _)| *text).chain(added).gather();
            let query = format!("SELECT {} {}", items.join(", "), old.rest);
            let mut change = view.create(true);
            if let Change::CreateView { query: own, .. } = &mut change {
                own.clone_from(&query);
            }
            out.push((view, Run { sql: views::replacing(&[old.head, &query].concat()), change }));
        }
        Some(out)
    }

    fn widen(&self) -> Option<StepDraft> {
        let views: Vec<&View> = self.kept.iter().map(|(view, _)| *view).gather();
        let what: Vec<String> = views.iter().map(|view| named(view)).gather();
        (!views.is_empty()).then(|| StepDraft {
            why: "The server takes columns behind those that are there: running code goes on, and code that comes finds both."
                .to_string(),
            undo: undo(views::remade(&self.cx, views)),
            ..StepDraft::locked(
                Expand,
                format!("Add the new columns to {}", what.join(", ")),
                self.kept.iter().map(|(_, run)| run.clone()).gather(),
            )
        })
    }

    /// Views on these that read what goes could not be made again.
    fn readers(&self, losses: &[Loss<'_>], said: &str) -> StepDraft {
        let pairs: Vec<String> = losses
            .iter()
            .flat_map(|loss| loss.columns.iter().flatten().map(|column| (&loss.view.name, column)))
            .map(|(view, column)| format!("({}, {})", regclass(&self.cx, view), self.cx.engine().literal(column)))
            .gather();
        let own: Vec<String> = self.old.iter().map(|view| regclass(&self.cx, &view.name)).gather();
        verify(
            Contract,
            format!("List views that read {said}"),
            format!(
                "SELECT DISTINCT r.ev_class::regclass FROM pg_depend AS d JOIN pg_rewrite AS r ON r.oid = d.objid
JOIN pg_attribute AS a ON a.attrelid = d.refobjid AND a.attnum = d.refobjsubid
WHERE d.classid = 'pg_rewrite'::regclass AND (d.refobjid, a.attname) IN ({}) AND r.ev_class NOT IN ({})",
                pairs.join(", "),
                own.join(", ")
            ),
            "no rows",
            "Make those views anew without it first, in the same way.",
        )
    }

    /// What the schema says of a view besides its query, but for what names a column that goes.
    fn extras(&self, view: &View) -> Vec<Run> {
        let gone = self.loss(view).and_then(|loss| loss.columns).unwrap_or_default();
        let mut extras = views::extras(&self.cx, &view.name);
        extras.retain(|run| !gone.iter().any(|column| mentions(&run.sql, &Ident::new(column.as_str()))));
        extras
    }

    /// Views on these that the script leaves alone.
    fn others(&self) -> Option<Vec<&View>> {
        let names: Vec<Name> = self.old.iter().map(|view| view.name.clone()).gather();
        let chain = views::above(&self.cx, &names);
        chain.iter().all(|view| !view.materialized).then_some(chain)
    }

    /// Down: what the script leaves alone, then what it drops. Up: those of the script, then the others.
    fn around(&self, skip: Option<&View>) -> Option<Around> {
        let cx = &self.cx;
        let others = self.others()?;
        let kept = |view: &&&View| skip.is_none_or(|skip| skip.name != view.name);
        let own: Vec<&&View> = self.old.iter().filter(kept).gather();
        let mut down = views::down(cx, &others);
        down.push_all(own.iter().map(|view| views::drop(cx, view)));
        let of_skipped = |run: &&Run| skip.is_some_and(|skip| about(&run.change, &[&skip.name]));
        let said = self.again.iter().any(|run| matches!(run.change, Change::Object { .. }));
        let mut up: Vec<Run> = self.again.iter().filter(|run| !of_skipped(run)).cloned().gather();
        if !said {
            up.push_all(own.iter().flat_map(|view| self.extras(view)));
        }
        up.push_all(views::up(cx, &others));
        let mut back = Vec::new();
        for view in own.iter().rev() {
            let kept = self.kept.iter().find(|(kept, _)| kept.name == view.name);
            back.push(kept.map_or_else(|| views::create(cx, view), |(_, run)| run.clone()));
            back.push_all(views::extras(cx, &view.name));
        }
        back.push_all(views::up(cx, &others));
        Some(Around { down, up, back })
    }

    /// All in one transaction: nobody sees the database without the views.
    fn plain(&self, phase: PhaseName, title: String) -> Option<StepDraft> {
        let Around { down, up, back } = self.around(None)?;
        let gate = match phase {
            Expand => "",
            Switch => "running code works with the views as they were and as they will be",
            _ => "no running code uses what goes",
        };
        Some(StepDraft {
            why: AT_ONCE.to_string(),
            undo: undo(down.iter().cloned().chain(back).gather()),
            gate: gate.to_string(),
            ..StepDraft::locked(phase, title, down.into_iter().chain(up).gather())
        })
    }

    fn stored(&self, phase: PhaseName, view: &View) -> Option<(Vec<StepDraft>, Vec<String>)> {
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
            .gather();
        let rebuild = Rebuild { cx: self.cx, view, query, indexes: &indexes, phase, around: self.around(Some(view))? };
        Some((rebuild.all(), rebuild.notes()))
    }
}

fn named(view: &View) -> String {
    format!("{} {}", if view.materialized { "materialized view" } else { "view" }, view.name)
}
