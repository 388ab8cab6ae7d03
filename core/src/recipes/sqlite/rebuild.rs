//! What ALTER TABLE cannot do: the table made anew under its own name, in one transaction.

use super::carried::Carried;
use super::shape::Shape;
use super::steps::Rebuild;
use super::{ENGINE, left_out, looks};
use crate::change::{Change, Ident, Name, TableDef};
use crate::draft::{Draft, StepDraft, UndoDraft};
use crate::engines::sqlite::affinity::Affinity;
use crate::order::{Gather, PushAll};
use crate::recipes::joint::{Ahead, Joint, JointRecipe};
use crate::recipes::shared::draft::{draft, verify};
use crate::recipes::shared::titles;
use crate::recipes::{Cx, Recipe};
use crate::report::PhaseName::{self, Contract, Expand, Migrate, Switch};
use crate::report::StepKind;
use crate::world::World;

/// The recipe.
pub static RECIPE: Recipe = Recipe {
    id: "sqlite-rebuild-table",
    title: "Table made anew under its own name, in one transaction",
    for_engine: ENGINE,
    draft: propose,
};

fn propose(cx: &Cx<'_>) -> Option<Draft> {
    let table = table_of(cx.change)?;
    // A column that this server drops or adds by itself needs no rebuild.
    if cx.effects.refused.is_none() && matches!(cx.change, Change::DropColumn { .. } | Change::AddColumn { .. }) {
        return None;
    }
    let shapes = Shape::of(cx, table).and_then(|from| Some((from.changed(cx, cx.change)?, from)));
    let Some((to, from)) = shapes else {
        return Some(unknown(cx, table, "It was not given, or it cannot be edited with certainty."));
    };
    let carried = match Carried::of(cx, table, &from, &to) {
        Ok(carried) => carried,
        Err(what) => {
            let why = format!("An earlier statement changed {what}: run what stands before this one first.");
            return Some(unknown(cx, table, &why));
        }
    };
    let phase = if matches!(cx.change, Change::DropColumn { .. }) { Contract } else { Migrate };
    let mut steps = looks::before(cx, table);
    if let Change::DropColumn { column, .. } = cx.change {
        let known = cx.world.schema.column(table, column);
        steps.push_all(left_out::let_be(cx, table, known.as_slice()).unwrap_or_default().0);
        steps.push(StepDraft::deploy(
            Switch,
            format!("Deploy code that neither reads nor writes {table}.{column}"),
            format!("Every statement that names {column} fails once it is gone."),
        ));
    }
    let rebuild =
        Rebuild { table, from: &from, to: &to, carried: &carried, changes: std::slice::from_ref(cx), forward: true };
    steps.push(step(cx, phase, &rebuild));
    let notes = notes(cx, table, &from, &to, &carried);
    Some(Draft { checklist: checklist(table), notes, ..draft(&RECIPE, titles::of(cx.change), steps) })
}

/// Several statements in a row that each make one table anew: it is made anew once.
pub static SEVERAL: JointRecipe = JointRecipe {
    id: "sqlite-one-rebuild",
    title: "Several changes of one table that take a rebuild, in one rebuild",
    for_engine: ENGINE,
    starts: |change| one_of_several(change).is_some(),
    find,
};

/// A column that goes waits for code; the others do not.
fn one_of_several(change: &Change) -> Option<&Name> {
    table_of(change).filter(|_| !matches!(change, Change::DropColumn { .. } | Change::AddColumn { .. }))
}

fn find(ahead: &Ahead<'_>) -> Option<Joint> {
    let (cx, table) = (&ahead.cx, one_of_several(ahead.cx.change)?);
    let engine = cx.engine();
    let same = |change: &&Change| one_of_several(change).is_some_and(|own| cx.world.schema.same_relation(own, table));
    let mut scratch = cx.world.schema.excerpt(std::slice::from_ref(table));
    let mut found = Vec::new();
    for statement in &ahead.statements {
        let [change] = statement.changes.as_slice() else { break };
        let effects = engine.effects(change, &World { schema: &scratch, ..cx.world });
        // What the server can do by itself, it does.
        if !same(change) || effects.refused.is_none() {
            break;
        }
        found.push((*change, effects, statement.sql, scratch.clone()));
        scratch.apply(change);
    }
    let parts: Vec<Cx<'_>> = found
        .iter()
        .map(|(change, effects, sql, schema)| Cx {
            world: World { schema, ..cx.world },
            change,
            effects,
            sql,
            safe_as_written: false,
        })
        .gather();
    if parts.len() < 2 {
        return None;
    }
    let from = Shape::of(cx, table)?;
    let to = parts.iter().try_fold(from.clone(), |shape, part| shape.changed(part, part.change))?;
    let carried = Carried::of(cx, table, &from, &to).ok()?;
    let mut steps: Vec<StepDraft> = parts.iter().flat_map(|part| looks::before(part, table)).gather();
    steps.push(step(
        cx,
        Migrate,
        &Rebuild { table, from: &from, to: &to, carried: &carried, changes: &parts, forward: true },
    ));
    let changes: Vec<&Change> = parts.iter().map(|part| part.change).gather();
    let draft = Draft {
        recipe: SEVERAL.id,
        title: titles::of_several(&changes),
        steps,
        checklist: checklist(table),
        notes: notes(cx, table, &from, &to, &carried),
        as_written: false,
    };
    Some(Joint::of(draft, (0..parts.len()).gather()))
}

fn table_of(change: &Change) -> Option<&Name> {
    match change {
        Change::ChangeColumnType { table, .. }
        | Change::SetNotNull { table, .. }
        | Change::DropNotNull { table, .. }
        | Change::SetDefault { table, .. }
        | Change::DropDefault { table, .. }
        | Change::AddConstraint { table, .. }
        | Change::DropConstraint { table, .. }
        | Change::DropColumn { table, .. }
        | Change::AddColumn { table, .. } => Some(table),
        _ => None,
    }
}

/// The step that makes the table anew.
pub fn step(cx: &Cx<'_>, phase: PhaseName, forward: &Rebuild<'_>) -> StepDraft {
    let table = forward.table;
    StepDraft {
        kind: StepKind::Sql,
        why: format!(
            "SQLite has no ALTER for it. {table} is made anew, filled and renamed in one transaction: writers wait for \
             all of it, readers in WAL mode never. foreign_keys is off meanwhile, because with it on the DROP would \
             delete or change child rows without an error; a guard stops the transaction if it is on, or if {table} has a \
             column, index or trigger that is not in the schema as given. legacy_alter_table lets views and triggers of \
             other tables keep naming {table}."
        ),
        transactional: false,
        undo: undo(cx, forward),
        on_failure: "Before COMMIT nothing has happened: ROLLBACK, or close the connection. Then set PRAGMA \
                     legacy_alter_table = OFF and PRAGMA foreign_keys = ON again. \"CHECK constraint failed\" names what \
                     the guard found: foreign keys are on (run it outside any transaction), the table is not as the schema \
                     said (give the present one and plan again), a row is missing, a foreign key broke."
            .to_string(),
        gate: "run it on one connection, outside a transaction that a migration tool opened, and stop at the first error \
               (sqlite3 -bail)"
            .to_string(),
        ..StepDraft::sql(phase, format!("Make {table} anew"), forward.statements(cx))
    }
}

/// The rebuild in the other direction, unless a column was lost.
fn undo(cx: &Cx<'_>, forward: &Rebuild<'_>) -> UndoDraft {
    let Rebuild { table, from, to, carried, changes, .. } = *forward;
    if let Some(column) = from.columns.iter().find(|old| !to.has(&old.name)) {
        return UndoDraft::Impossible(format!(
            "The values of {table}.{} are gone; only a copy of the file brings them back.",
            column.name
        ));
    }
    let back = Rebuild { table, from: to, to: from, carried, changes, forward: false };
    let mut losses: Vec<String> = changes.iter().map(|cx| lost(cx, from, to)).filter(|loss| !loss.is_empty()).gather();
    losses.dedup();
    UndoDraft::Sql { run: back.statements(cx), transactional: false, lossy: losses.join("; ") }
}

/// The way back from a rebuild that was pasted, unless it left a column out.
pub fn undo_of_pasted(cx: &Cx<'_>, table: &Name, made: &TableDef) -> Option<UndoDraft> {
    let (from, to) = (Shape::from(cx, made)?, Shape::of(cx, table)?);
    if to.columns.iter().any(|old| !from.has(&old.name)) {
        return None;
    }
    let mut carried = Carried::of(cx, table, &to, &to).ok()?;
    let own = made.indexes.iter().filter_map(|index| index.name.as_ref());
    carried.names.push_all(own.map(|name| name.object.value.clone()));
    let back = Rebuild { table, from: &from, to: &to, carried: &carried, changes: &[], forward: false };
    let lossy = "values that its INSERT … SELECT changed, and what was written to new columns since".to_string();
    Some(UndoDraft::Sql { run: back.statements(cx), transactional: false, lossy })
}

/// What the way back does not bring back, in words.
fn lost(cx: &Cx<'_>, from: &Shape, to: &Shape) -> String {
    let added: Vec<&str> =
        to.columns.iter().filter(|new| !from.has(&new.name)).map(|new| new.name.value.as_str()).gather();
    match cx.change {
        _ if !added.is_empty() => format!("values written to {} since", added.join(", ")),
        Change::ChangeColumnType { column, using: Some(_), .. } => format!("the values of {column} from before"),
        Change::ChangeColumnType { table, column, to, .. } => type_loss(cx, table, column, &to.text),
        Change::SetNotNull { table, column, .. } => {
            let default = cx.world.schema.column(table, column).and_then(|c| c.default.as_ref());
            default.map(|_| format!("which rows of {column} were NULL")).unwrap_or_default()
        }
        _ => String::new(),
    }
}

fn type_loss(cx: &Cx<'_>, table: &Name, column: &Ident, to: &str) -> String {
    let known = cx.world.schema.column(table, column).and_then(|c| c.data_type.as_ref());
    let from = Affinity::of(known.map_or("", |t| t.text.as_str()));
    from.lost_on_the_way(Affinity::of(to)).to_string()
}

/// What every change of a file that matters has before it.
pub fn checklist(table: &Name) -> Vec<String> {
    vec![
        "A copy of the file taken: sqlite3 FILE \"VACUUM INTO 'before.db'\" (consistent while writers run)".to_string(),
        format!("Free disk for {table} once more, and for the write-ahead log as large as it"),
        "Every connection sets busy_timeout (5 to 20 s), writers use BEGIN IMMEDIATE".to_string(),
    ]
}

/// What a rebuild leaves to be done.
pub fn notes(cx: &Cx<'_>, table: &Name, from: &Shape, to: &Shape, carried: &Carried) -> Vec<String> {
    let mut notes = carried.notes.clone();
    if from.columns.len() > to.columns.len() {
        let gone = from.constraints.iter().filter(|old| !to.constraints.iter().any(|new| new.text == old.text));
        notes.push_all(gone.map(|old| format!("{} of {table} goes with the column.", old.text)));
    }
    notes.push(
        "Migration tools that wrap a file in a transaction make PRAGMA foreign_keys = OFF do nothing: the file has to run \
         outside one. The guard stops it otherwise."
            .to_string(),
    );
    notes.push(format!(
        "What ANALYZE counted of {table} goes with the old table: run ANALYZE {} afterwards.",
        cx.name(table)
    ));
    notes
}

/// Without the whole definition the rebuild cannot be written.
fn unknown(cx: &Cx<'_>, table: &Name, why: &str) -> Draft {
    let literal = cx.engine().literal(&table.object.value);
    let step = StepDraft {
        why: format!(
            "SQLite has no ALTER for it: {table} has to be made anew, and for that its whole definition must be known, \
             with its indexes and triggers. {why}"
        ),
        ..verify(
            Expand,
            format!("Give the definition of {table} and plan again"),
            format!("SELECT sql FROM sqlite_master WHERE tbl_name = {literal} COLLATE NOCASE"),
            "the statements to give as the current schema (sqlite3 FILE .schema)",
            "Write the rebuild by hand: PRAGMA foreign_keys = OFF before BEGIN IMMEDIATE, new table, copy, drop, rename, \
             indexes and triggers, PRAGMA foreign_key_check, COMMIT.",
        )
    };
    draft(&RECIPE, titles::of(cx.change), vec![step])
}
