//! Fallback: what blocks traffic and has no form that does not runs in a window, with its blocked time said.

use super::ENGINE;
use super::sql::regclass;
use crate::change::{Change, ConstraintKind, Ident, Maintenance, Name, TableOption};
use crate::draft::{Draft, Run, StepDraft};
use crate::facts::{Blocking, RunningCode, Transactional, Undo, WorkKind};
use crate::order::Gather;
use crate::recipes::shared::draft::{draft, sentence};
use crate::recipes::shared::titles;
use crate::recipes::{Cx, Recipe, inverse};
use crate::report::OtherWay;
use crate::report::PhaseName::{Contract, Expand, Switch};

/// The recipe.
pub static RECIPE: Recipe = Recipe {
    id: "postgres-window",
    title: "Run in a window of low traffic, with the blocked time stated",
    for_engine: ENGINE,
    draft: propose,
};

fn propose(cx: &Cx<'_>) -> Option<Draft> {
    let known = !matches!(cx.change, Change::Opaque { .. }) && cx.effects.undo != Undo::Unknown;
    let waits = worst(cx)?;
    if !known {
        return None;
    }
    let title = titles::of(cx.change);
    let mut steps = Vec::new();
    let breaks = match &cx.effects.running_code {
        RunningCode::Breaks(what) => Some(what),
        RunningCode::Works | RunningCode::Remark(_) | RunningCode::Unknown => None,
    };
    if let Some(what) = breaks {
        steps.push(StepDraft::deploy(Switch, "Deploy code that works before and after the change", sentence(what)));
    }
    let who = match waits {
        Blocking::ReadsAndWrites => "Reads and writes wait",
        Blocking::Writes => "Writes wait, reads go on,",
        Blocking::Nobody => "Nobody waits",
    };
    let step = StepDraft {
        why: format!(
            "{} {who} for the time stated with this step. Run it when that can be borne, with the application paused or its \
             time limits above it.",
            why(cx)
        )
        .trim()
        .to_string(),
        transactional: cx.effects.transactional == Transactional::Yes,
        undo: inverse::of(cx),
        on_failure:
            "Cancelled or failed, it undoes itself and traffic goes on; the time was lost. Look at what blocked \
                     it, choose a quieter hour."
                .to_string(),
        other_ways: other_ways(cx),
        gate: "traffic is low, no transaction is older than a minute, a trial on a copy of production took an \
               acceptable time"
            .to_string(),
        ..StepDraft::sql(
            if breaks.is_some() { Contract } else { Expand },
            format!("{title}, in a window"),
            vec![Run { sql: cx.sql.to_string(), change: cx.change.clone() }],
        )
    };
    steps.push(step);
    Some(Draft {
        checklist: vec![format!("Window of low traffic agreed for: {title}")],
        notes: notes(cx),
        ..draft(&RECIPE, title, steps)
    })
}

/// Who waits while the statement works, when anybody does for longer than a catalog entry takes.
fn worst(cx: &Cx<'_>) -> Option<Blocking> {
    let work = cx.effects.work.iter().filter(|w| w.kind != WorkKind::Catalog);
    work.map(|w| w.blocking).max().filter(|b| *b != Blocking::Nobody)
}

/// The type of the column that is changed, which no schema gave.
fn untold_type<'a>(cx: &Cx<'a>) -> Option<(&'a Name, &'a Ident)> {
    match cx.change {
        Change::ChangeColumnType { table, column, .. } if cx.world.schema.column(table, column).is_none() => {
            Some((table, column))
        }
        _ => None,
    }
}

/// Why this change has no other form, as far as can be told.
fn why(cx: &Cx<'_>) -> String {
    if let Some((table, column)) = untold_type(cx) {
        return format!(
            "The type of {table}.{column} now was not given: from some types no row is written or read, and nobody waits."
        );
    }
    [reason(cx.change), "There is no form of it that lets traffic go on."].join(" ")
}

fn reason(change: &Change) -> &'static str {
    match change {
        Change::AddConstraint { constraint, .. } if matches!(constraint.kind, ConstraintKind::Exclude) => {
            "An exclusion constraint has neither NOT VALID nor USING INDEX: every row is probed under the lock, about \
             10,000 rows a second."
        }
        Change::AddColumn { column, .. } if column.generated.is_some() => {
            "A stored generated column is computed for every row in a rewrite; a plain column cannot become one later."
        }
        Change::AddColumn { .. } => {
            "A domain with a constraint is checked for every row, NULL or not, and for that every row is written. A column \
             of the type below the domain, with a CHECK on the table, needs no rewrite; it stays of that type."
        }
        Change::SetTableOption { option: TableOption::Logged | TableOption::Unlogged, .. } => {
            "The table is written anew, and into the write-ahead log."
        }
        Change::SetTableOption { option: TableOption::Tablespace(_), .. } => "The files are copied under the lock.",
        Change::Maintain { command: Maintenance::MoveAll { .. }, .. } => {
            "The files of every table are copied, and all locks are kept to the commit. Table by table, each is locked for its \
             own copy only."
        }
        Change::Maintain { command: Maintenance::VacuumFull | Maintenance::Cluster, .. } => {
            "The table and its indexes are written anew under the lock."
        }
        _ => "",
    }
}

/// What would make another plan possible.
fn notes(cx: &Cx<'_>) -> Vec<String> {
    let untold = untold_type(cx).map(|(table, column)| {
        format!(
            "The current type of {table}.{column} was not given. With the schema, the change may turn out to need no \
             rewrite, or be planned without a window."
        )
    });
    untold.into_iter().gather()
}

/// pg_repack does the same with two short locks.
fn other_ways(cx: &Cx<'_>) -> Vec<OtherWay> {
    let (tables, extra): (Vec<Name>, &str) = match cx.change {
        Change::Maintain { command: Maintenance::VacuumFull, tables } => (tables.clone(), " --no-order"),
        Change::Maintain { command: Maintenance::Cluster, tables } => (tables.clone(), ""),
        Change::SetTableOption { table, option: TableOption::Tablespace(_) } => {
            (vec![table.clone()], " --no-order --tablespace=NEW_TABLESPACE --moveidx")
        }
        _ => return Vec::new(),
    };
    tables
        .iter()
        .map(|table| OtherWay {
            tool: "pg_repack".to_string(),
            when: format!(
                "the window is too short: it copies {table} while traffic goes on and locks it only at its start and \
                 end. It needs a primary key or a unique key of NOT NULL columns, the extension on the server, and free \
                 disk of twice the table and its indexes. It exits with 0 even when it skipped the table: compare \
                 SELECT pg_relation_filenode({}) before and after.",
                regclass(cx, table)
            ),
            command: format!(
                "pg_repack -h HOST -d DATABASE --table='{}'{extra} --wait-timeout=60 --no-kill-backend",
                cx.name(table).replace('\'', "'\\''")
            ),
        })
        .gather()
}
