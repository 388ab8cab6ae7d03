//! One statement to drafts: as written when it is safe, by a recipe when it is not.

use super::apart;
use super::order::Footprint;
use super::settled::Settled;
use super::steps::timed;
use super::timing::Timing;
use super::verdict::Judged;
use super::whole;
use crate::change::{Change, Name};
use crate::draft::{Draft, Run, UndoDraft};
use crate::engines::{self, Capability, EngineFacts};
use crate::facts::Effects;
use crate::parse::{Action, Script, Statement};
use crate::recipes::{self, Cx};
use crate::report::Verdict;
use crate::schema::Schema;
use crate::source::Span;
use crate::world::World;

/// What the plan does for one statement.
pub(super) struct Drafted {
    pub drafts: Vec<TimedDraft>,
    /// Controls the session or the transaction; the plan's own steps do that.
    pub control: bool,
}

/// A draft whose steps know their effects.
pub(super) struct TimedDraft {
    /// Id of the recipe.
    pub recipe: &'static str,
    pub title: String,
    pub checklist: Vec<String>,
    pub notes: Vec<String>,
    /// The change as pasted stays as it is.
    pub as_written: bool,
    /// What it touches, for its place; taken when it is placed.
    pub footprint: Footprint,
    /// Its wave.
    pub wave: u32,
    pub steps: Vec<Settled>,
    /// Other statements that it stands for.
    pub also: Vec<usize>,
    /// Triggers of the plan, and code, keep old and new the same.
    pub kept_by: (bool, bool),
}

/// Drafts one statement. `alone`: the time of each action on its own.
#[allow(clippy::too_many_arguments, reason = "all that was found out about a statement")]
pub(super) fn draft(
    text: &str,
    script: &Script,
    statement: &Statement,
    effects: &[Effects],
    alone: &[Timing],
    per_action: &[Judged],
    judged: &Judged,
    world: &World<'_>,
) -> Drafted {
    let control = statement.changes.iter().all(|a| matches!(a.change, Change::Transaction(_) | Change::Session(_)));
    if control || is_group_member(statement) {
        return Drafted { drafts: Vec::new(), control };
    }
    if let Some(span) = group_span(script, statement) {
        return Drafted { drafts: vec![of_group(span.of(text), statement, effects, judged, world)], control };
    }
    let engine = engines::of(world.target.engine());
    let safe = judged.verdict == Verdict::Safe;
    let one_piece = inseparable(statement, engine, world);
    if let Some(drafts) = apart::drafts(text, statement, effects, safe, world).filter(|_| !one_piece) {
        return Drafted { drafts, control };
    }
    if one_piece {
        let whole = whole::as_it_must_be(text, statement, effects, alone, safe, world);
        return Drafted { drafts: vec![whole], control };
    }
    if safe {
        return Drafted { drafts: vec![whole::as_written(text, statement, effects, alone, world)], control };
    }
    let mut drafts = Vec::new();
    let tables = super::resources::tables(statement.changes.iter().map(|a| &a.change));
    let mut scratch = (statement.changes.len() > 1).then(|| world.schema.excerpt(&tables));
    for ((action, effects), judged) in statement.changes.iter().zip(effects).zip(per_action) {
        if is_run_hint(&action.change) {
            continue;
        }
        let sql = action_sql(text, statement, action, engine, world);
        let world = World { schema: scratch.as_ref().unwrap_or(world.schema), ..*world };
        let cx =
            Cx { world, change: &action.change, effects, sql: &sql, safe_as_written: judged.verdict == Verdict::Safe };
        drafts.push(timed(recipes::draft(&cx), &world));
        if let Some(scratch) = &mut scratch {
            scratch.apply(&action.change);
        }
    }
    Drafted { drafts, control }
}

/// Without DDL transactions, a primary key that is replaced must not be gone between two statements; with an
/// AUTO_INCREMENT column the server would not even let it go, nor would it take such a column before its key.
/// Nor can a statement that changes rows in several ways be cut.
fn inseparable(statement: &Statement, engine: &dyn EngineFacts, world: &World<'_>) -> bool {
    use crate::change::{AutoNumber, ConstraintClass, ConstraintKind};
    let changes = || statement.changes.iter().map(|action| &action.change);
    let drops = changes().any(|c| matches!(c, Change::DropConstraint { kind: Some(ConstraintClass::PrimaryKey), .. }));
    let adds = changes().any(|c| match c {
        Change::AddConstraint { constraint, .. } => matches!(constraint.kind, ConstraintKind::PrimaryKey { .. }),
        _ => false,
    });
    let counts = changes().any(|c| match c {
        Change::AddColumn { column, .. } | Change::RedefineColumn { to: column, .. } => {
            column.auto_number == Some(AutoNumber::AutoIncrement) && column.constraints.is_empty()
        }
        _ => false,
    });
    let indexes = changes().any(|c| match c {
        Change::CreateIndex(_) => true,
        Change::AddConstraint { constraint, .. } => matches!(constraint.kind, ConstraintKind::Unique { .. }),
        _ => false,
    });
    // `WITH x AS (DELETE …) INSERT …`, MERGE: one does what it does with the rows of the other. So does a table with those of
    // the functions that its query calls.
    let writes =
        |change: &Change| matches!(change, Change::Insert { .. } | Change::Update { .. } | Change::Delete { .. });
    let calls = |change: &Change| matches!(change, Change::Query { .. });
    statement.changes.len() > 1 && (changes().all(writes) || changes().any(calls))
        || (drops && adds || counts && (adds || indexes)) && !engine.can(Capability::TransactionalDdl, world.target)
}

/// A member of a group of statements that another one stands for.
pub(super) fn is_group_member(statement: &Statement) -> bool {
    statement.group.is_some() && !stands_for_group(statement)
}

fn stands_for_group(statement: &Statement) -> bool {
    statement.changes.iter().any(|a| matches!(a.change, Change::RebuildTable { .. }))
}

/// From the first to the last statement of the group that this one stands for.
fn group_span(script: &Script, statement: &Statement) -> Option<Span> {
    match script.members(statement) {
        members @ [first, ..] if stands_for_group(statement) => {
            Some(Span::new(first.span.start, members.last().unwrap_or(first).span.end))
        }
        _ => None,
    }
}

/// A group runs as the block that it is: its own transaction control and settings are part of it.
fn of_group(sql: &str, statement: &Statement, effects: &[Effects], judged: &Judged, world: &World<'_>) -> TimedDraft {
    let carrier = statement.changes.iter().zip(effects).find(|(a, _)| matches!(a.change, Change::RebuildTable { .. }));
    let nothing = Effects::none();
    let fallback = Change::reads();
    let (change, effects) = carrier.map_or((&fallback, &nothing), |(action, effects)| (&action.change, effects));
    let safe = judged.verdict == Verdict::Safe;
    let cx = Cx { world: *world, change, effects, sql, safe_as_written: safe };
    let mut draft = if safe { recipes::as_written::draft(&cx) } else { recipes::draft(&cx) };
    if draft.as_written {
        draft.steps.iter_mut().for_each(|step| step.transactional = false);
    }
    let others = statement.changes.iter().map(|action| &action.change).filter(|other| *other != change);
    add_to_block(&mut draft, &cx, others);
    timed(draft, world)
}

/// What a block does besides the change that stands for it: done in the same run, it takes its own time.
fn add_to_block<'a>(draft: &mut Draft, cx: &Cx<'_>, others: impl Iterator<Item = &'a Change>) {
    let Some(block) = draft.steps.iter_mut().find(|step| step.run.iter().any(|run| run.sql == cx.sql)) else { return };
    for change in others {
        if let Change::RebuildTable { table, .. } = change {
            let more = format!("; rebuild table {table}");
            block.title = match block.title.split_once(", as written") {
                Some((title, rest)) => format!("{title}{more}, as written{rest}"),
                None => format!("{}{more}", block.title),
            };
            draft.title.push_str(&more);
            block.undo = undo_both(std::mem::replace(&mut block.undo, UndoDraft::Nothing), cx, change, table);
        }
        block.run.push(Run { sql: String::new(), change: change.clone() });
    }
}

/// The undo of a block that makes one more table anew; by hand for both where it is for one.
fn undo_both(first: UndoDraft, cx: &Cx<'_>, change: &Change, table: &Name) -> UndoDraft {
    match (first, recipes::inverse::of(&Cx { change, ..*cx })) {
        (UndoDraft::Sql { run, transactional, lossy }, UndoDraft::Sql { run: more, .. }) => {
            UndoDraft::Sql { run: [more, run].concat(), transactional, lossy }
        }
        (UndoDraft::Action(what), _) => UndoDraft::Action(format!("{what}; rebuild {table} likewise")),
        (UndoDraft::Sql { .. }, UndoDraft::Action(what)) => {
            UndoDraft::Action(format!("{what}; and so for the other tables of the block"))
        }
        (first, _) => first,
    }
}

pub(super) fn is_run_hint(change: &Change) -> bool {
    use crate::change::TableOption;
    matches!(change, Change::SetTableOption { option: TableOption::RunHint { .. }, .. })
}

/// Applies a statement to the schema, which keeps the text of what a plan may have to say again.
pub(super) fn apply(schema: &mut Schema, text: &str, statement: &Statement) {
    let alone = statement.changes.len() == 1;
    for action in &statement.changes {
        schema.apply_written(&action.change, || match statement.changes.first().filter(|_| !alone) {
            Some(first) => {
                let head = text.get(statement.span.start..first.span.start).unwrap_or_default();
                format!("{head}{}", action.span.of(text))
            }
            None => statement.span.of(text).to_string(),
        });
    }
}

/// One action as a statement of its own: the head of the statement and the action's own text.
fn action_sql(
    text: &str,
    statement: &Statement,
    action: &Action,
    engine: &dyn EngineFacts,
    world: &World<'_>,
) -> String {
    if let [_] = statement.changes.as_slice() {
        return statement.span.of(text).to_string();
    }
    let head = statement.changes.first().map(|first| Span::new(statement.span.start, first.span.start));
    match head {
        Some(head) if head.end > head.start && action.span != statement.span => {
            format!("{}{}", head.of(text), action.span.of(text))
        }
        _ => engine.print_in(&action.change, world).unwrap_or_else(|| statement.span.of(text).to_string()),
    }
}
