//! One statement to drafts: as written when it is safe, by a recipe when it is not.

use super::apart;
use super::order::{self, Footprint};
use super::settled::{self, Said, SaidUndo, Settled, StepFacts};
use super::timing::{self, Timing};
use super::undone;
use super::verdict::Judged;
use crate::change::{Change, Name};
use crate::draft::{Draft, Run, StepDraft, UndoDraft};
use crate::engines::{self, Capability, EngineFacts};
use crate::facts::{Effects, Work, WorkKind};
use crate::parse::{Action, Script, Statement};
use crate::recipes::{self, Cx};
use crate::report::{StepKind, Verdict};
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
    if safe {
        return Drafted { drafts: vec![whole_as_written(text, statement, effects, alone, world)], control };
    }
    if one_piece {
        return Drafted { drafts: vec![whole_as_it_must_be(text, statement, effects, alone, world)], control };
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
    (drops && adds || counts && (adds || indexes)) && !engine.can(Capability::TransactionalDdl, world.target)
}

fn whole_as_it_must_be(
    text: &str,
    statement: &Statement,
    effects: &[Effects],
    alone: &[Timing],
    world: &World<'_>,
) -> TimedDraft {
    let mut whole = whole_as_written(text, statement, effects, alone, world);
    let table = statement.changes.iter().flat_map(|a| super::resources::relations(&a.change)).next();
    for Settled { step, undo, .. } in &mut whole.steps {
        step.why = "Its actions belong together: done one by one, the table would be without its key between them, or \
                    the server would refuse. Run it when the time stated can be borne."
            .to_string();
        if let (SaidUndo::Sql { run, .. }, Some(table)) = (undo, table) {
            join_actions(run, table, engines::of(world.target.engine()));
        }
    }
    whole.as_written = false;
    whole
}

/// `ALTER TABLE t a` and `ALTER TABLE t b` as one `ALTER TABLE t a, b`.
fn join_actions(run: &mut Vec<Said>, table: &Name, engine: &dyn EngineFacts) {
    let head = format!("ALTER TABLE {} ", engines::name_sql(engine, table));
    let action = |said: &Said| {
        let bare = said.sql.split(", ALGORITHM=").next().unwrap_or(&said.sql);
        bare.strip_prefix(&head).map(str::to_string)
    };
    let Some(actions) = run.iter().map(action).collect::<Option<Vec<String>>>() else { return };
    run.truncate(1);
    if let Some(first) = run.first_mut() {
        first.sql = format!("{head}{}", actions.join(", "));
    }
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
    let fallback = Change::Query { calls_functions: false };
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

/// A safe statement stays as it is; its undo is that of its actions, backwards.
fn whole_as_written(
    text: &str,
    statement: &Statement,
    effects: &[Effects],
    alone: &[Timing],
    world: &World<'_>,
) -> TimedDraft {
    let sql = statement.span.of(text);
    if let ([only], [effect], [timing]) = (statement.changes.as_slice(), effects, alone) {
        let cx = Cx { world: *world, change: &only.change, effects: effect, sql, safe_as_written: true };
        // Its one step is the statement, whose effects and time are known already.
        let mut facts = StepFacts { timing: *timing, rows: (0, true), only_new: true, ..StepFacts::default() };
        facts.meet(&only.change, effect, world);
        return of_one_step(&cx, facts);
    }
    let parts = as_written_parts(statement, effects, world);
    let draft = merge_parts(sql, statement.changes.iter().map(|action| &action.change), parts);
    timed(draft, world)
}

/// A statement as it is, whose facts are known already.
fn of_one_step(cx: &Cx<'_>, mut facts: StepFacts) -> TimedDraft {
    let limit_s = cx.world.options.block_limit_ms as f64 / 1000.0;
    let Draft { recipe, title, steps, checklist, notes, as_written } = recipes::as_written::without_statement(cx);
    let (mut footprint, mut settled) = (Footprint::default(), Vec::with_capacity(1));
    for step in steps {
        footprint = order::footprint_of(step.phase, cx.change);
        facts.undo_waits = undone::waits(&step, || after(cx), &cx.world);
        let run = settled::said(std::iter::once((cx.sql, cx.change)));
        settled.push(settled::settle_as(step, run, &[cx.effects], &facts, limit_s, cx.world.schema));
    }
    TimedDraft { recipe, title, checklist, notes, as_written, footprint, wave: 0, steps: settled, also: Vec::new() }
}

/// What the change leaves behind of the schema, as far as it can touch it.
fn after(cx: &Cx<'_>) -> Schema {
    let mut schema = cx.world.schema.excerpt(&super::resources::tables(std::iter::once(cx.change)));
    schema.apply(cx.change);
    schema
}

fn as_written_parts(statement: &Statement, effects: &[Effects], world: &World<'_>) -> Vec<Draft> {
    let tables = super::resources::tables(statement.changes.iter().map(|a| &a.change));
    let mut scratch = world.schema.excerpt(&tables);
    let mut parts = Vec::new();
    for (action, effects) in statement.changes.iter().zip(effects) {
        let world = World { schema: &scratch, ..*world };
        if !is_run_hint(&action.change) {
            let cx = Cx { world, change: &action.change, effects, sql: "", safe_as_written: true };
            parts.push(recipes::as_written::draft(&cx));
        }
        scratch.apply(&action.change);
    }
    parts
}

/// Several actions of one statement as one step: its text is sent as it is, the changes are all kept for the facts.
pub(super) fn merge_parts<'a>(sql: &str, changes: impl Iterator<Item = &'a Change>, parts: Vec<Draft>) -> Draft {
    let mut undos: Vec<Vec<Run>> = Vec::new();
    let (mut lossy, mut impossible, mut by_hand) = (Vec::new(), None, Vec::new());
    let mut merged: Option<Draft> = None;
    let mut titles = Vec::new();
    for part in parts.into_iter() {
        titles.push(part.title.clone());
        for step in &part.steps {
            match &step.undo {
                UndoDraft::Sql { run, lossy: lost, .. } => {
                    undos.push(run.clone());
                    if !lost.is_empty() && !lossy.contains(lost) {
                        lossy.push(lost.clone());
                    }
                }
                UndoDraft::Impossible(why) => impossible = Some(why.clone()),
                UndoDraft::Action(what) => by_hand.push(what.clone()),
                UndoDraft::Nothing => {}
            }
        }
        match &mut merged {
            None => merged = Some(part),
            Some(whole) => {
                whole.checklist.extend(part.checklist);
                whole.notes.extend(part.notes);
            }
        }
    }
    // Backwards: what came last is undone first.
    let undo: Vec<Run> = undos.into_iter().rev().flatten().collect();
    let mut draft = merged.unwrap_or_else(|| Draft {
        recipe: "as-written",
        title: String::new(),
        steps: Vec::new(),
        checklist: Vec::new(),
        notes: Vec::new(),
        as_written: true,
    });
    let first = draft.steps.first().cloned();
    let runs = changes
        .enumerate()
        .map(|(n, change)| Run { sql: if n == 0 { sql.to_string() } else { String::new() }, change: change.clone() });
    draft.title = join_titles(&titles);
    draft.steps = first
        .map(|step| StepDraft {
            title: draft.title.clone(),
            run: runs.collect(),
            check: None,
            undo: match (impossible, undo.is_empty(), by_hand.is_empty()) {
                (Some(why), _, _) => UndoDraft::Impossible(why),
                (None, true, true) => UndoDraft::Nothing,
                (None, true, false) => UndoDraft::Action(by_hand.join("; ")),
                (None, false, _) => {
                    if !by_hand.is_empty() {
                        lossy.push(format!("what has to be done by hand besides: {}", by_hand.join("; ")));
                    }
                    UndoDraft::Sql { run: undo, transactional: step.transactional, lossy: lossy.join("; ") }
                }
            },
            ..step
        })
        .into_iter()
        .collect();
    draft
}

fn join_titles(titles: &[String]) -> String {
    match titles {
        [] => String::new(),
        [one] => one.clone(),
        [first, second] => format!("{first}; {}", super::headline::lower(second)),
        [first, second, rest @ ..] => format!("{first}; {}; and {} more", super::headline::lower(second), rest.len()),
    }
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

/// Runs the steps in thought: each statement is asked in the schema that those before it have left.
pub(super) fn timed(draft: Draft, world: &World<'_>) -> TimedDraft {
    let changes = draft.steps.iter().flat_map(|s| &s.run).map(|r| &r.change);
    let domains = changes.clone().filter_map(|change| match change {
        Change::AlterDomainConstraint { name, .. } => Some(name),
        _ => None,
    });
    let of_domain = domains.flat_map(|name| world.schema.tables_of_type(name)).map(|table| table.def.name.clone());
    let of_domain: Vec<Name> = of_domain.collect();
    let mut tables = super::resources::tables(changes);
    tables.extend(of_domain);
    let mut scratch = world.schema.excerpt(&tables);
    let footprint = order::footprint(&draft);
    let limit_s = world.options.block_limit_ms as f64 / 1000.0;
    let Draft { recipe, title, steps, checklist, notes, as_written } = draft;
    let steps = steps
        .into_iter()
        .map(|step| {
            let mut facts = step_facts(&step, &mut scratch, world);
            facts.undo_waits = undone::waits(&step, || scratch.clone(), world);
            settled::settle(step, facts, limit_s, &scratch)
        })
        .collect();
    TimedDraft { recipe, title, checklist, notes, as_written, footprint, wave: 0, steps, also: Vec::new() }
}

impl StepFacts {
    /// Takes in one change of the step.
    fn meet(&mut self, change: &Change, effects: &Effects, world: &World<'_>) {
        let mut relations = super::resources::relations(change);
        if relations.is_empty() {
            // A change of a type, or of an index whose table is not said, works on tables that it does not name.
            relations.extend(effects.locks.iter().map(|lock| &lock.object));
        }
        let sources: &[Name] = if let Change::CreateView { reads, .. } = change { reads } else { &[] };
        let all_new = relations.iter().copied().chain(sources).all(|t| world.schema.is_new(t));
        self.only_new &= effects.locks.is_empty() || all_new;
        for table in &relations {
            let count = world.sizes.rows(world, table);
            if count.rows > self.rows.0 {
                self.rows = (count.rows, count.known);
            }
        }
    }
}

pub(super) fn step_facts(step: &StepDraft, scratch: &mut Schema, world: &World<'_>) -> StepFacts {
    let engine = engines::of(world.target.engine());
    let mut facts = StepFacts { rows: (0, true), only_new: !step.run.is_empty(), ..StepFacts::default() };
    let mut held = Vec::new();
    let mut pending: Vec<Effects> = Vec::new();
    for run in &step.run {
        let world = World { schema: scratch, ..*world };
        let mut effects = engine.effects(&run.change, &world);
        if step.kind == StepKind::Backfill {
            effects.work.iter_mut().for_each(over_all_batches);
        }
        facts.meet(&run.change, &effects, &world);
        // Empty text: a further action of the statement before it, done in the same pass.
        if !run.sql.is_empty() && !pending.is_empty() {
            let all: Vec<&Effects> = pending.iter().collect();
            facts.timing = facts.timing.then(timing::statement(&all, &held, &world));
            if step.transactional {
                held.extend(
                    pending.iter().flat_map(|e| &e.locks).filter(|l| l.blocks_reads || l.blocks_writes).cloned(),
                );
            }
            facts.effects.append(&mut pending);
        }
        pending.push(effects);
        scratch.apply(&run.change);
    }
    let world = World { schema: scratch, ..*world };
    let all: Vec<&Effects> = pending.iter().collect();
    if !all.is_empty() {
        facts.timing = facts.timing.then(timing::statement(&all, &held, &world));
    }
    facts.effects.append(&mut pending);
    facts.timing = facts.timing.then(pauses(step, facts.rows.0, &world));
    facts
}

/// A backfill step runs its batch until all rows are done; the statement by itself is one batch.
fn over_all_batches(work: &mut Work) {
    if let WorkKind::Update { batch: Some(_), rows, .. } | WorkKind::Delete { batch: Some(_), rows } = &mut work.kind {
        *rows = None;
    }
}

/// The pauses between batches, which the work itself does not know.
fn pauses(step: &StepDraft, rows: u64, world: &World<'_>) -> Timing {
    if step.kind != StepKind::Backfill || world.options.batch_size == 0 {
        return Timing::default();
    }
    let batches = rows.div_ceil(world.options.batch_size);
    let seconds = batches as f64 * world.options.pause_ms as f64 / 1000.0;
    let range = crate::estimate::Range { low: seconds, expected: seconds, high: seconds, unknown: false };
    Timing { range, ..Timing::default() }
}
