//! An ALTER TABLE whose server runs all its actions by the way of the slowest: taken apart where that helps, and put
//! together where one pass over the table does for several.
//!
//! In: the actions of one statement. Out: drafts, one for each group of actions that runs as one statement. Never: for a
//! server that has no such ways, or for actions that only work together.

use super::drafting::{self, TimedDraft};
use super::resources;
use super::steps;
use super::timing;
use super::verdict;
use super::whole;
use crate::change::{Change, ColumnDef, ColumnPosition, Ident, Name, TableOption};
use crate::draft::{Draft, Run, UndoDraft};
use crate::engines::{self, EngineFacts};
use crate::facts::{Algorithm, Blocking, Effects, WorkKind};
use crate::order::{Gather, GatherAll, PushAll};
use crate::parse::{Action, Statement};
use crate::recipes::shared::one_alter;
use crate::recipes::{self, Cx, dialect};
use crate::report::Verdict;
use crate::schema::Schema;
use crate::world::World;

/// How an action is done.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Class {
    /// An entry of the catalog.
    Instant,
    /// Traffic goes on meanwhile.
    Online,
    /// Traffic waits, for less than the limit.
    Brief,
    /// The whole table is made anew by a recipe, which may as well do more.
    WholeTable,
    /// A recipe of its own.
    Recipe,
}

/// One action of the statement.
struct Part<'a> {
    cx: Cx<'a>,
    class: Class,
    /// What follows `ALTER TABLE t`.
    tail: &'a str,
    /// Columns, indexes and constraints that it names.
    names: Vec<String>,
}

/// The drafts of a statement of several actions; none when it stays as it is. `whole`: its effects as pasted, `safe`: they
/// are harmless.
pub(super) fn drafts(
    text: &str,
    statement: &Statement,
    whole: &[Effects],
    safe: bool,
    world: &World<'_>,
) -> Option<Vec<TimedDraft>> {
    // Only there an action keeps others from their own, quicker way; elsewhere none of this is compiled in.
    if !world.target.engine().is_mysql_family() {
        return None;
    }
    let engine = engines::of(world.target.engine());
    let pairs = statement.changes.iter().zip(whole).filter(|(action, _)| !drafting::is_run_hint(&action.change));
    let ways = pairs.map(|(_, effects)| effects.algorithm).gather_all()?;
    let actions = in_order(statement);
    let [first, _, ..] = actions.as_slice() else { return None };
    let table = *first.change.relations().first()?;
    let before = before_each(&actions, world);
    let worlds = || before.iter().map(|schema| World { schema, ..*world });
    let alone: Vec<Effects> = actions.iter().zip(worlds()).map(|(a, w)| engine.effects(&a.change, &w)).gather();
    let slowest = alone.iter().map(|e| e.algorithm).max().flatten();
    if safe && slowest >= ways.into_iter().max() {
        return None;
    }
    let head = statement.changes.first().map(|a| text.get(statement.span.start..a.span.start).unwrap_or_default())?;
    let tails: Vec<String> =
        actions.iter().zip(worlds()).map(|(a, w)| tail(text, statement, a, table, engine, &w)).gather_all()?;
    let texts: Vec<String> = tails.iter().map(|tail| format!("{head}{tail}")).gather();
    let mut parts = Vec::with_capacity(actions.len());
    for ((((action, world), effects), sql), tail) in actions.iter().zip(worlds()).zip(&alone).zip(&texts).zip(&tails) {
        let timing = timing::statement(&[effects], &[], &world);
        let judged = verdict::judge(&action.change, effects, &timing, statement.understood, &world);
        let safe_as_written = judged.verdict == Verdict::Safe;
        let cx = Cx { world, change: &action.change, effects, sql, safe_as_written };
        parts.push(Part { cx, class: class(&cx), tail, names: names(&action.change, table, &world) });
    }
    ride_along(&mut parts);
    let mut scratch = world.schema.excerpt(&resources::tables(actions.iter().map(|a| &a.change)));
    let mut out = Vec::new();
    for group in grouped(&parts, engine) {
        let here = World { schema: &scratch, ..*world };
        out.push(steps::timed(draft(&group, head, table, engine), &here));
        group.iter().for_each(|part| scratch.apply(part.cx.change));
    }
    Some(out)
}

/// The actions but for hints. A column goes after what is said of its indexes, unless another takes its name.
fn in_order(statement: &Statement) -> Vec<&Action> {
    let actions = || statement.changes.iter().filter(|action| !drafting::is_run_hint(&action.change));
    let goes = |change: &Change| match change {
        Change::DropColumn { column, .. } => !actions().any(|a| match &a.change {
            Change::AddColumn { column: new, .. } => new.name == *column,
            Change::RenameColumn { to, .. } => to == column,
            Change::RedefineColumn { to, .. } => to.name == *column,
            _ => false,
        }),
        _ => false,
    };
    let (last, first): (Vec<&Action>, Vec<&Action>) = actions().partition(|action| goes(&action.change));
    first.into_iter().chain(last).gather()
}

/// The schema that each action finds.
fn before_each(actions: &[&Action], world: &World<'_>) -> Vec<Schema> {
    let mut scratch = world.schema.excerpt(&resources::tables(actions.iter().map(|a| &a.change)));
    let mut all = Vec::with_capacity(actions.len());
    for action in actions {
        all.push(scratch.clone());
        scratch.apply(&action.change);
    }
    all
}

/// The action's own text; printed where it shares that with others (`ADD (a int, b int)`).
fn tail(
    text: &str,
    statement: &Statement,
    action: &Action,
    table: &Name,
    engine: &dyn EngineFacts,
    world: &World<'_>,
) -> Option<String> {
    let own = statement.changes.iter().filter(|other| other.span == action.span).count() == 1;
    if own && action.span != statement.span {
        return Some(action.span.of(text).to_string());
    }
    let printed = engine.print_in(&action.change, world)?;
    let rest = printed.strip_prefix(&one_alter::head(engine, table))?;
    Some(one_alter::parts(rest).0.to_string())
}

fn class(cx: &Cx<'_>) -> Class {
    let waits = waits(cx.effects);
    match cx.effects.algorithm {
        None => Class::Recipe,
        Some(_) if !cx.safe_as_written => match one_pass(&[*cx]) {
            Some(_) => Class::WholeTable,
            None => Class::Recipe,
        },
        Some(Algorithm::Instant) if cx.effects.online_form.is_some() => Class::Instant,
        Some(Algorithm::NoCopy | Algorithm::Inplace | Algorithm::InplaceRebuild) if !waits => Class::Online,
        Some(_) => Class::Brief,
    }
}

fn waits(effects: &Effects) -> bool {
    effects.work.iter().any(|w| w.kind != WorkKind::Catalog && w.blocking != Blocking::Nobody)
}

fn one_pass(parts: &[Cx<'_>]) -> Option<Draft> {
    let first = parts.first()?;
    dialect::of(first.world.target.engine()).one_pass(parts)
}

/// Where the table is copied anyway, a rebuild or another copy of it is done by the way.
fn ride_along(parts: &mut [Part<'_>]) {
    let whole: Vec<Cx<'_>> = parts.iter().filter(|part| part.class == Class::WholeTable).map(|part| part.cx).gather();
    for part in parts.iter_mut().filter(|part| matches!(part.class, Class::Online | Class::Recipe)) {
        let heavy = part.cx.effects.algorithm >= Some(Algorithm::InplaceRebuild);
        if heavy && whole.iter().any(|whole| one_pass(&[*whole, part.cx]).is_some()) {
            part.class = Class::WholeTable;
        }
    }
}

/// Everything that an action names: what two actions share keeps their order.
fn names(change: &Change, table: &Name, world: &World<'_>) -> Vec<String> {
    let lower = |ident: &Ident| ident.value.to_lowercase();
    let mut found: Vec<String> = match change {
        Change::SetTableOption { option, .. } if is_apart_from_columns(option) => return Vec::new(),
        _ => resources::touched(change).into_iter().map(|r| r.column.unwrap_or(r.object)).gather(),
    };
    let column = |column: &ColumnDef, found: &mut Vec<String>| {
        if let Some(ColumnPosition::After(other)) = &column.position {
            found.push(lower(other));
        }
        found.push_all(column.generated.iter().flat_map(|g| &g.expr.columns).map(lower));
    };
    match change {
        Change::AddColumn { column: new, .. } => column(new, &mut found),
        Change::RedefineColumn { to, position, .. } => {
            column(&ColumnDef { position: position.clone(), ..(**to).clone() }, &mut found);
        }
        Change::DropIndex { name, .. } => {
            let index = world.schema.table_index(table, name);
            found.push_all(index.iter().flat_map(|i| &i.parts).filter_map(|p| p.column.as_ref()).map(lower));
        }
        _ => {}
    }
    found
}

/// Options that no other action can be in the way of.
fn is_apart_from_columns(option: &TableOption) -> bool {
    matches!(
        option,
        TableOption::Comment
            | TableOption::AutoIncrement
            | TableOption::Force
            | TableOption::RowFormat(_)
            | TableOption::Other(_)
    )
}

fn grouped<'p, 'a>(parts: &'p [Part<'a>], engine: &dyn EngineFacts) -> Vec<Vec<&'p Part<'a>>> {
    let mut groups: Vec<Vec<&Part<'a>>> = Vec::new();
    for part in parts {
        let meets = |other: &&Part<'a>| {
            let whole = |names: &[String]| names.contains(&table_word(part.cx.change));
            let shared = part.names.iter().any(|name| other.names.contains(name));
            shared || whole(&part.names) || whole(&other.names)
        };
        let after = groups.iter().rposition(|group| group.iter().any(meets));
        let open = groups.iter_mut().skip(after.unwrap_or(0)).find(|group| joins(group, part, engine));
        match (open, part.class) {
            (Some(group), _) => group.push(part),
            // What is done at once waits for nothing that is not in its way.
            (None, Class::Instant) => groups.insert(after.map_or(0, |at| at + 1), vec![part]),
            (None, _) => groups.push(vec![part]),
        }
    }
    groups
}

/// The word by which [`resources::touched`] names the table as a whole.
fn table_word(change: &Change) -> String {
    change.relations().first().map(|table| table.object.value.to_lowercase()).unwrap_or_default()
}

/// One statement with the part more is as good as two.
fn joins(group: &[&Part<'_>], part: &Part<'_>, engine: &dyn EngineFacts) -> bool {
    let all = || group.iter().copied().chain([part]);
    let same = group.iter().all(|other| other.class == part.class);
    match part.class {
        _ if !same => false,
        Class::Recipe => false,
        Class::WholeTable => one_pass(&all().map(|p| p.cx).gather()).is_some(),
        Class::Brief => true,
        Class::Instant | Class::Online => {
            let together = together(&all().gather(), engine);
            let slowest = |effects: &mut dyn Iterator<Item = &Effects>| effects.filter_map(|e| e.algorithm).max();
            let apart = slowest(&mut all().map(|p| p.cx.effects));
            slowest(&mut together.iter()) == apart && !together.iter().any(waits)
        }
    }
}

fn together(group: &[&Part<'_>], engine: &dyn EngineFacts) -> Vec<Effects> {
    let Some(first) = group.first() else { return Vec::new() };
    let changes: Vec<&Change> = group.iter().map(|part| part.cx.change).gather();
    engine.together(&changes, group.iter().map(|part| part.cx.effects.clone()).gather(), &first.cx.world)
}

fn draft(group: &[&Part<'_>], head: &str, table: &Name, engine: &dyn EngineFacts) -> Draft {
    let cxs: Vec<Cx<'_>> = group.iter().map(|part| part.cx).gather();
    let class = group.first().map_or(Class::Recipe, |part| part.class);
    match (class, cxs.as_slice()) {
        (Class::WholeTable, several) => one_pass(several),
        (Class::Recipe, [only]) => Some(recipes::draft(only)),
        _ => None,
    }
    .unwrap_or_else(|| one_statement(group, class, head, table, engine))
}

/// The actions of a group as one ALTER TABLE that says by which way.
fn one_statement(group: &[&Part<'_>], class: Class, head: &str, table: &Name, engine: &dyn EngineFacts) -> Draft {
    let effects = together(group, engine);
    let clause = effects.iter().find_map(|e| e.online_form.clone()).filter(|form| form.starts_with("ALGORITHM="));
    let tails: Vec<&str> = group.iter().map(|part| part.tail).gather();
    let sql = std::iter::once(tails.join(", ")).chain(clause).gather().join(", ");
    let parts = group.iter().map(|part| recipes::as_written::draft(&Cx { safe_as_written: true, ..part.cx })).gather();
    let mut draft = whole::merge_parts(&format!("{head}{sql}"), group.iter().map(|part| part.cx.change), parts);
    draft.as_written = false;
    let rebuilds = effects.iter().any(|e| e.algorithm == Some(Algorithm::InplaceRebuild));
    for step in &mut draft.steps {
        step.why = match class {
            Class::Instant => "Only entries of the catalog, apart from what takes longer.",
            Class::Online if rebuilds && group.len() > 1 => {
                "The table is built anew once for all of it, while reads and writes go on."
            }
            Class::Online => "In place, while reads and writes go on.",
            Class::Brief | Class::WholeTable | Class::Recipe => "What it blocks, it blocks for less than the limit.",
        }
        .to_string();
        if let UndoDraft::Sql { run, .. } = &mut step.undo {
            let apart: Vec<Run> = std::mem::take(run);
            *run = one_alter::join(apart, &one_alter::head(engine, table));
        }
    }
    draft
}
