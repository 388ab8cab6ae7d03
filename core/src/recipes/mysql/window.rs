//! What has no form that lets writes go on: gh-ost or pt-online-schema-change where they can, else a window.

use super::ENGINES;
use super::sql::LOCK_FAILURE;
use super::tools::online_change;
use crate::change::{Change, Name};
use crate::draft::{Draft, Run, StepDraft};
use crate::facts::{Blocking, RunningCode, Undo, WorkKind};
use crate::recipes::shared::draft::draft;
use crate::recipes::shared::titles;
use crate::recipes::{Cx, Recipe, inverse};
use crate::report::OtherWay;
use crate::report::PhaseName::{Contract, Expand, Switch};

/// The recipe.
pub static RECIPE: Recipe = Recipe {
    id: "mysql-window",
    title: "Run in a window of low traffic, or by an online schema change tool",
    for_engine: ENGINES,
    draft: propose,
};

fn propose(cx: &Cx<'_>) -> Option<Draft> {
    if matches!(cx.change, Change::Opaque { .. }) || cx.effects.undo == Undo::Unknown && cx.effects.work.is_empty() {
        return None;
    }
    let waits = worst(cx)?;
    let title = titles::of(cx.change);
    let mut steps = Vec::new();
    let breaks = match &cx.effects.running_code {
        RunningCode::Breaks(what) => Some(what),
        RunningCode::Works | RunningCode::Remark(_) | RunningCode::Unknown => None,
    };
    if let Some(what) = breaks {
        steps.push(StepDraft::deploy(Switch, "Deploy code that works before and after the change", what.clone()));
    }
    let who = match waits {
        Blocking::ReadsAndWrites => "reads and writes wait",
        Blocking::Writes => "writes wait, reads go on",
        Blocking::Nobody => "nobody waits",
    };
    let ways = tools(cx);
    let instead = if ways.is_empty() { "" } else { " The tools below do the same while writes go on." };
    steps.push(StepDraft {
        why: format!(
            "The server copies or reads the whole table for it, and {who} for the time stated with this step. Run it \
             when that can be borne.{instead}"
        ),
        transactional: false,
        undo: inverse::of(cx),
        on_failure: format!("KILL QUERY takes it back; the time was lost. {LOCK_FAILURE}"),
        other_ways: ways,
        gate: "traffic is low, no transaction is older than a minute, a trial on a copy of production took an \
               acceptable time"
            .to_string(),
        ..StepDraft::sql(
            if breaks.is_some() { Contract } else { Expand },
            format!("{title}, in a window"),
            vec![Run { sql: cx.sql.to_string(), change: cx.change.clone() }],
        )
    });
    Some(Draft {
        checklist: vec![format!("Window of low traffic agreed, or a tool chosen, for: {title}")],
        ..draft(&RECIPE, title, steps)
    })
}

/// Who waits while the statement works, when anybody does for longer than a catalog entry takes.
pub fn worst(cx: &Cx<'_>) -> Option<Blocking> {
    let work = cx.effects.work.iter().filter(|w| w.kind != WorkKind::Catalog);
    work.map(|w| w.blocking).max().filter(|b| *b != Blocking::Nobody)
}

/// Only an ALTER TABLE of one table can be done by the tools.
fn tools(cx: &Cx<'_>) -> Vec<OtherWay> {
    let printed = cx.run(cx.change.clone()).sql;
    let Some(table) = altered(cx.change) else { return Vec::new() };
    let Some(action) = printed.strip_prefix(&format!("ALTER TABLE {} ", cx.name(table))) else { return Vec::new() };
    online_change(cx, table, action.split(", ALGORITHM=").next().unwrap_or(action))
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
