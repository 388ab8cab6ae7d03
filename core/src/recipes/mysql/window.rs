//! What has no form that lets writes go on: gh-ost or pt-online-schema-change where they can, else a window.

use super::ENGINES;
use super::copy_swap::{self, action};
use super::sql::LOCK_FAILURE;
use super::tools::online_change;
use crate::change::{Change, Name};
use crate::draft::{Draft, Run, StepDraft, UndoDraft};
use crate::facts::{Blocking, RunningCode, Undo, WorkKind};
use crate::order::{Gather, GatherAll, PushAll};
use crate::recipes::shared::draft::draft;
use crate::recipes::shared::{one_alter, titles};
use crate::recipes::{Cx, Recipe, inverse};
use crate::report::OtherWay;
use crate::report::PhaseName::{Contract, Expand, Switch};
use crate::world::World;

/// The recipe.
pub static RECIPE: Recipe = Recipe {
    id: "mysql-window",
    title: "Run in a window of low traffic, or by an online schema change tool",
    for_engine: ENGINES,
    draft: propose,
};

fn propose(cx: &Cx<'_>) -> Option<Draft> {
    several(std::slice::from_ref(cx))
}

/// Actions on one table in one statement.
pub fn several(parts: &[Cx<'_>]) -> Option<Draft> {
    let unclear = |cx: &Cx<'_>| {
        matches!(cx.change, Change::Opaque { .. }) || cx.effects.undo == Undo::Unknown && cx.effects.work.is_empty()
    };
    if parts.iter().any(unclear) {
        return None;
    }
    let waits = parts.iter().filter_map(worst).max()?;
    let changes: Vec<&Change> = parts.iter().map(|cx| cx.change).gather();
    let title = titles::of_several(&changes);
    let mut steps = Vec::new();
    let breaks = parts.iter().find_map(|cx| match &cx.effects.running_code {
        RunningCode::Breaks(what) => Some(what),
        RunningCode::Works | RunningCode::Remark(_) | RunningCode::Unknown => None,
    });
    if let Some(what) = breaks {
        steps.push(StepDraft::deploy(Switch, "Deploy code that works before and after the change", what.clone()));
    }
    let who = match waits {
        Blocking::ReadsAndWrites => "reads and writes wait",
        Blocking::Writes => "writes wait, reads go on",
        Blocking::Nobody => "nobody waits",
    };
    let ways = tools(parts);
    let instead = if ways.is_empty() { "" } else { " The tools below do the same while writes go on." };
    let why_not = parts.iter().find_map(copy_swap::why_not);
    let why_not = why_not.map(|why| format!(" It is not done in a copy beside the table: {why}.")).unwrap_or_default();
    let mut sql = whole(parts)?;
    let run = parts.iter().map(|cx| Run { sql: std::mem::take(&mut sql), change: cx.change.clone() });
    steps.push(StepDraft {
        why: format!(
            "The server copies or reads the whole table for it, and {who} for the time stated with this step. Run it \
             when that can be borne.{instead}{why_not}"
        ),
        transactional: false,
        undo: undo(parts),
        on_failure: format!("KILL QUERY takes it back; the time was lost. {LOCK_FAILURE}"),
        other_ways: ways,
        gate: "traffic is low, no transaction is older than a minute, a trial on a copy of production took an \
               acceptable time"
            .to_string(),
        ..StepDraft::sql(
            if breaks.is_some() { Contract } else { Expand },
            format!("{title}, in a window"),
            run.gather(),
        )
    });
    Some(Draft {
        checklist: vec![format!("Window of low traffic agreed, or a tool chosen, for: {title}")],
        ..draft(&RECIPE, title, steps)
    })
}

/// The statement as pasted, or the actions of several put together.
fn whole(parts: &[Cx<'_>]) -> Option<String> {
    match parts {
        [only] => Some(only.sql.to_string()),
        [first, ..] => {
            let table = altered(first.change)?;
            let same = parts.iter().all(|cx| altered(cx.change) == Some(table));
            let actions = parts.iter().map(|cx| action(cx, table)).gather_all().filter(|_| same)?;
            Some(format!("{}{}", one_alter::head(first.engine(), table), actions.join(", ")))
        }
        [] => None,
    }
}

/// What undoes the actions of one statement, as one statement where that goes.
pub fn undo(parts: &[Cx<'_>]) -> UndoDraft {
    if let [only] = parts {
        return inverse::of(only);
    }
    let (mut all, mut lost, mut by_hand) = (Vec::new(), Vec::new(), Vec::new());
    for cx in parts.iter().rev() {
        match inverse::of(cx) {
            UndoDraft::Sql { run, lossy, .. } => {
                all.push_all(run);
                lost.push_all(Some(lossy).filter(|lossy| !lossy.is_empty()));
            }
            UndoDraft::Nothing => {}
            UndoDraft::Action(what) => by_hand.push(what),
            UndoDraft::Impossible(why) => return UndoDraft::Impossible(why),
        }
    }
    let Some(table) = parts.first().and_then(|cx| altered(cx.change)).filter(|_| !all.is_empty()) else {
        return if by_hand.is_empty() { UndoDraft::Nothing } else { UndoDraft::Action(by_hand.join("; ")) };
    };
    let Some(first) = parts.first() else { return UndoDraft::Nothing };
    let head = one_alter::head(first.engine(), table);
    // What the way back can state is asked of the table as it is then.
    let mut after = first.world.schema.excerpt(std::slice::from_ref(table));
    parts.iter().for_each(|cx| after.apply(cx.change));
    let after = World { schema: &after, ..first.world };
    for run in &mut all {
        run.sql = first.engine().print_in(&run.change, &after).unwrap_or(std::mem::take(&mut run.sql));
    }
    lost.push_all(by_hand.iter().map(|what| format!("what has to be done by hand besides: {what}")));
    lost.dedup();
    UndoDraft::Sql { run: one_alter::join(all, &head), transactional: false, lossy: lost.join("; ") }
}

/// Who waits while the statement works, when anybody does for longer than a catalog entry takes.
pub fn worst(cx: &Cx<'_>) -> Option<Blocking> {
    let work = cx.effects.work.iter().filter(|w| w.kind != WorkKind::Catalog);
    work.map(|w| w.blocking).max().filter(|b| *b != Blocking::Nobody)
}

/// Only an ALTER TABLE of one table can be done by the tools.
fn tools(parts: &[Cx<'_>]) -> Vec<OtherWay> {
    let Some((cx, table)) = parts.first().and_then(|cx| Some((cx, altered(cx.change)?))) else { return Vec::new() };
    let Some(actions) = parts.iter().map(|cx| printed(cx, table)).gather_all() else {
        return Vec::new();
    };
    online_change(cx, table, &actions.join(", "))
}

fn printed(cx: &Cx<'_>, table: &Name) -> Option<String> {
    let printed = cx.run(cx.change.clone()).sql;
    let action = printed.strip_prefix(&one_alter::head(cx.engine(), table))?;
    Some(one_alter::parts(action).0.to_string())
}

fn altered(change: &Change) -> Option<&Name> {
    match change {
        Change::AddColumn { table, .. }
        | Change::DropColumn { table, .. }
        | Change::RedefineColumn { table, .. }
        | Change::SetTableOption { table, .. }
        | Change::AddConstraint { table, .. }
        | Change::DropConstraint { table, .. } => Some(table),
        Change::CreateIndex(index) => Some(&index.table),
        _ => None,
    }
}
