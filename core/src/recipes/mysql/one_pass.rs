//! Changes of one table that each make the whole of it anew: done in one pass, of one statement or of several.

use super::copy_swap::{self, action};
use super::sql::LOCK_FAILURE;
use super::{ENGINES, redefine_column, window};
use crate::change::{Change, ColumnDef, Name, Nullability, TableOption};
use crate::draft::{Draft, Run, StepDraft};
use crate::facts::{Algorithm, Blocking, Effects, WorkKind};
use crate::order::{Gather, GatherAll};
use crate::recipes::joint::{Ahead, Joint, JointRecipe, Taken};
use crate::recipes::shared::{one_alter, titles};
use crate::recipes::{self, Cx};
use crate::report::PhaseName::Expand;
use crate::schema::Schema;
use crate::world::World;

/// The recipe over several statements.
pub static RECIPE: JointRecipe = JointRecipe {
    id: "mysql-one-pass",
    title: "Several ALTERs that each make the table anew, in one pass",
    for_engine: ENGINES,
    starts: |change| table_of(change).is_some(),
    find,
};

/// One copy for all of them, or one window, or one rebuild that makes columns NOT NULL; what rebuilds in place, and what
/// would be copied by a recipe of its own, is done with a copy by the way.
pub fn draft(parts: &[Cx<'_>]) -> Option<Draft> {
    let answers = |cx: &Cx<'_>, ids: &[&str]| {
        !cx.safe_as_written && recipes::propose(cx).is_some_and(|draft| ids.contains(&draft.recipe))
    };
    let copies = |cx: &Cx<'_>| answers(cx, &[copy_swap::RECIPE.id, window::RECIPE.id]);
    let rides = |cx: &Cx<'_>| cx.safe_as_written && rebuilds(cx.effects);
    let copied = |cx: &Cx<'_>| cx.effects.algorithm == Some(Algorithm::Copy);
    if parts.iter().all(|cx| answers(cx, &[redefine_column::RECIPE.id])) {
        redefine_column::several(parts)
    } else if !parts.iter().any(copies) {
        None
    } else if parts.iter().all(|cx| copies(cx) || rides(cx)) {
        copy_swap::several(parts).or_else(|| window::several(parts))
    } else if parts.iter().all(|cx| copied(cx) || rides(cx)) {
        copy_swap::several(parts)
    } else {
        None
    }
}

fn rebuilds(effects: &Effects) -> bool {
    let quiet = effects.work.iter().all(|w| w.kind == WorkKind::Catalog || w.blocking == Blocking::Nobody);
    effects.algorithm == Some(Algorithm::InplaceRebuild) && quiet
}

/// The table of a change that needs nothing but its one statement.
fn table_of(change: &Change) -> Option<&Name> {
    match change {
        Change::RedefineColumn { table, column, to, .. } if to.name == *column => Some(table),
        Change::AddColumn { table, column, .. } if is_plain(column) => Some(table),
        Change::SetTableOption { table, option } => {
            use TableOption::{ConvertCharset, Engine, Force, RowFormat, Storage};
            matches!(option, ConvertCharset(_) | Engine(_) | Force | RowFormat(_) | Storage(_)).then_some(table)
        }
        _ => None,
    }
}

/// Code that does not know the column may leave it out.
fn is_plain(column: &ColumnDef) -> bool {
    let left_out = column.nullability != Nullability::NotNull || column.default.is_some();
    left_out && column.constraints.is_empty() && column.auto_number.is_none() && column.generated.is_none()
}

/// One statement of the script, with the schema that it finds.
struct Found<'a> {
    at: usize,
    change: &'a Change,
    sql: &'a str,
    effects: Effects,
    before: Schema,
}

/// The statements from the first on that change the same table as a whole, as long as nothing else comes between.
fn find(ahead: &Ahead<'_>) -> Option<Joint> {
    let table = ahead.statements.first()?.changes.iter().find_map(|change| table_of(change))?;
    let world = &ahead.cx.world;
    let mut scratch = world.schema.excerpt(std::slice::from_ref(table));
    let mut found: Vec<Found<'_>> = Vec::new();
    for (at, statement) in ahead.statements.iter().enumerate() {
        let mut changes = statement.changes.iter().filter(|change| !is_hint(change));
        let (Some(change), None) = (changes.next(), changes.next()) else { break };
        let effects = ahead.cx.engine().effects(change, &World { schema: &scratch, ..*world });
        let whole = matches!(effects.algorithm, Some(Algorithm::InplaceRebuild | Algorithm::Copy));
        if !whole || table_of(change) != Some(table) || demands(&scratch, change) || effects.refused.is_some() {
            break;
        }
        found.push(Found { at, change, sql: statement.sql, effects, before: scratch.clone() });
        scratch.apply(change);
    }
    let members: Vec<usize> = found.iter().map(|one| one.at).gather();
    let parts: Vec<Cx<'_>> = found
        .iter()
        .map(|one| Cx {
            world: World { schema: &one.before, ..*world },
            change: one.change,
            effects: &one.effects,
            sql: one.sql,
            safe_as_written: rebuilds(&one.effects),
        })
        .gather();
    if parts.len() < 2 {
        return None;
    }
    let even_if_safe = parts.iter().all(|cx| cx.safe_as_written);
    let draft = if even_if_safe { one_rebuild(&parts, table) } else { draft(&parts) }?;
    let taken = if even_if_safe { Taken::Always } else { Taken::WhenUnsafe };
    Some(Joint { taken, ..Joint::of(draft, members) })
}

fn is_hint(change: &Change) -> bool {
    matches!(change, Change::SetTableOption { option: TableOption::RunHint { .. }, .. })
}

/// It makes a column NOT NULL whose rows have to be filled before.
fn demands(schema: &Schema, change: &Change) -> bool {
    let Change::RedefineColumn { table, column, to, .. } = change else { return false };
    let nullable = schema.column(table, column).is_none_or(|old| old.nullability != Nullability::NotNull);
    to.nullability == Nullability::NotNull && nullable
}

/// All of them in one statement, in place.
fn one_rebuild(parts: &[Cx<'_>], table: &Name) -> Option<Draft> {
    let cx = parts.first()?;
    let changes: Vec<&Change> = parts.iter().map(|cx| cx.change).gather();
    let effects = cx.engine().together(&changes, parts.iter().map(|cx| cx.effects.clone()).gather(), &cx.world);
    if !effects.iter().all(rebuilds) || effects.iter().any(|e| e.refused.is_some()) {
        return None;
    }
    let clause = effects.iter().find_map(|e| e.online_form.clone())?;
    let actions = parts.iter().map(|cx| action(cx, table)).gather_all()?;
    let head = one_alter::head(cx.engine(), table);
    let mut sql = format!("{head}{}, {clause}", actions.join(", "));
    let run = changes.iter().map(|change| Run { sql: std::mem::take(&mut sql), change: (*change).clone() });
    let title = titles::of_several(&changes);
    let step = StepDraft {
        why: "Each alone makes the table anew; together they do so once, while reads and writes go on.".to_string(),
        transactional: false,
        undo: window::undo(parts),
        on_failure: LOCK_FAILURE.to_string(),
        ..StepDraft::sql(Expand, title.clone(), run.gather())
    };
    Some(Draft {
        recipe: RECIPE.id,
        title,
        steps: vec![step],
        checklist: Vec::new(),
        notes: Vec::new(),
        as_written: false,
    })
}
