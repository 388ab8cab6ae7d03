//! Drafts to phases: waves, blocks, deploys, numbers, transactions, undo.

use super::analyse::{Analysed, Fixed};
use super::drafting::{StepFacts, TimedDraft};
use super::effects;
use super::order::Waves;
use super::statements_sql::StatementsSql;
use super::timing::Timing;
use crate::draft::{StepDraft, UndoDraft};
use crate::facts::Effects;
use crate::report::{Phase, PhaseName, Step, StepKind, UndoStep};
use crate::schema::Schema;

/// The plan's phases, and which steps stand for which statement.
pub(super) struct Assembled {
    pub phases: Vec<Phase>,
    pub deploys: u32,
    /// Per statement: ids of its steps.
    pub steps_of: Vec<Vec<String>>,
    /// Time of all steps.
    pub timing: Timing,
}

/// A step on its way into a block.
struct Placed {
    step: StepDraft,
    facts: Vec<StepFacts>,
    statements: Vec<usize>,
    /// Explicit transaction of the pasted text.
    transaction: Option<u32>,
    as_written: bool,
    title_of_draft: String,
}

/// One phase of one wave.
struct Block {
    phase: PhaseName,
    steps: Vec<Placed>,
}

/// Puts the drafts of all statements together.
pub(super) fn assemble(
    analysed: &mut [Analysed<'_>],
    schema: &Schema,
    sql: &StatementsSql<'_>,
    cx: &Fixed<'_>,
) -> Assembled {
    let mut blocks = blocks(analysed);
    for block in &mut blocks {
        block.steps = merge_as_written(std::mem::take(&mut block.steps));
        block.steps = merge_actions(std::mem::take(&mut block.steps));
        add_approval(block);
    }
    let mut out = Assembled {
        phases: Vec::new(),
        deploys: 0,
        steps_of: vec![Vec::new(); analysed.len()],
        timing: Timing::default(),
    };
    let mut numbering = Numbering::default();
    for block in blocks {
        numbering.enter(block.phase);
        let steps: Vec<Step> = block
            .steps
            .into_iter()
            .map(|placed| {
                let id = numbering.next_id();
                for statement in &placed.statements {
                    if let Some(ids) = out.steps_of.get_mut(*statement) {
                        ids.push(id.clone());
                    }
                }
                let timing = placed.facts.iter().fold(Timing::default(), |sum, f| sum.then(f.timing));
                out.timing = out.timing.then(timing);
                finish(id, placed, timing, schema, sql, cx)
            })
            .collect();
        out.phases.push(phase(block.phase, numbering.deploy, steps));
    }
    out.deploys = numbering.deploy;
    out
}

// ---- waves and blocks

fn blocks(analysed: &mut [Analysed<'_>]) -> Vec<Block> {
    let mut waves = Waves::default();
    let mut blocks: std::collections::BTreeMap<(u32, PhaseName), Block> = std::collections::BTreeMap::new();
    for one in analysed {
        let (index, transaction) = (one.index, one.statement.transaction);
        for draft in &mut one.drafted.drafts {
            let wave = waves.place(draft);
            place(draft, index, transaction, wave, &mut blocks);
        }
    }
    blocks.into_values().collect()
}

fn place(
    draft: &mut TimedDraft,
    statement: usize,
    transaction: Option<u32>,
    wave: u32,
    blocks: &mut std::collections::BTreeMap<(u32, PhaseName), Block>,
) {
    let steps = std::mem::take(&mut draft.draft.steps);
    for (step, facts) in steps.into_iter().zip(std::mem::take(&mut draft.steps)) {
        let phase = step.phase;
        let block = blocks.entry((wave, phase)).or_insert_with(|| Block { phase, steps: Vec::new() });
        block.steps.push(Placed {
            step,
            facts: vec![facts],
            statements: vec![statement],
            transaction,
            as_written: draft.draft.as_written,
            title_of_draft: draft.draft.title.clone(),
        });
    }
}

// ---- merging

/// Neighbours that stay as written become one step when they belong together: in one transaction of the pasted text,
/// or on objects that nobody uses yet.
fn merge_as_written(steps: Vec<Placed>) -> Vec<Placed> {
    let mut merged: Vec<Placed> = Vec::new();
    for step in steps {
        match merged.last_mut() {
            Some(last) if belong_together(last, &step) => absorb(last, step),
            _ => merged.push(step),
        }
    }
    merged
}

fn belong_together(a: &Placed, b: &Placed) -> bool {
    let mergeable = |p: &Placed| {
        p.as_written
            && p.step.kind == StepKind::Sql
            && p.step.transactional
            && !matches!(p.step.undo, UndoDraft::Impossible(_))
    };
    let unused = |p: &Placed| p.facts.iter().all(|f| f.only_new);
    let same_transaction = a.transaction.is_some() && a.transaction == b.transaction;
    mergeable(a) && mergeable(b) && (same_transaction || (unused(a) && unused(b)))
}

fn absorb(last: &mut Placed, next: Placed) {
    let count = last.statements.len() + 1;
    let first = &last.title_of_draft;
    last.step.title =
        format!("{first}, and {} more {}", count - 1, if count == 2 { "statement" } else { "statements" });
    last.step.run.extend(next.step.run);
    last.step.undo = join_undo(std::mem::replace(&mut last.step.undo, UndoDraft::Nothing), next.step.undo);
    last.step.check = None;
    if last.step.why != next.step.why && !next.step.why.is_empty() && !last.step.why.contains(&next.step.why) {
        last.step.why = format!("{} {}", last.step.why, next.step.why).trim().to_string();
    }
    last.facts.extend(next.facts);
    last.statements.extend(next.statements);
}

/// Backwards: what came last is undone first.
fn join_undo(first: UndoDraft, second: UndoDraft) -> UndoDraft {
    match (first, second) {
        (UndoDraft::Impossible(why), _) | (_, UndoDraft::Impossible(why)) => UndoDraft::Impossible(why),
        (UndoDraft::Nothing, other) | (other, UndoDraft::Nothing) => other,
        (UndoDraft::Action(a), UndoDraft::Action(b)) if a == b => UndoDraft::Action(a),
        (UndoDraft::Action(a), UndoDraft::Action(b)) => UndoDraft::Action(format!("{b}; {a}")),
        (UndoDraft::Sql { run, transactional, lossy }, UndoDraft::Action(action))
        | (UndoDraft::Action(action), UndoDraft::Sql { run, transactional, lossy }) => {
            let lossy = if lossy.is_empty() { action } else { format!("{lossy}; {action}") };
            UndoDraft::Sql { run, transactional, lossy }
        }
        (
            UndoDraft::Sql { run: first, transactional: a, lossy: lost },
            UndoDraft::Sql { run: mut second, transactional: b, lossy: lost_too },
        ) => {
            second.extend(first);
            let lossy = match (lost.is_empty(), lost_too.is_empty()) {
                (true, _) => lost_too,
                (_, true) => lost,
                _ if lost == lost_too => lost,
                _ => format!("{lost_too}; {lost}"),
            };
            UndoDraft::Sql { run: second, transactional: a && b, lossy }
        }
    }
}

/// One deploy per block, whatever the number of changes in it; it comes where its last part stood. Waits and approvals
/// stay where their change wants them, and join only their neighbours.
fn merge_actions(steps: Vec<Placed>) -> Vec<Placed> {
    let mut merged: Vec<Placed> = Vec::new();
    let mut deploy: Option<Placed> = None;
    let last_deploy = steps.iter().rposition(|p| p.step.kind == StepKind::Deploy);
    for (n, step) in steps.into_iter().enumerate() {
        match (step.step.kind, merged.last_mut()) {
            (StepKind::Deploy, _) => match &mut deploy {
                Some(known) => join_action(known, step),
                None => deploy = Some(step),
            },
            (StepKind::Approval | StepKind::Wait, Some(last)) if last.step.kind == step.step.kind => {
                join_action(last, step);
            }
            _ => merged.push(step),
        }
        if Some(n) == last_deploy {
            merged.extend(deploy.take());
        }
    }
    merged
}

fn join_action(known: &mut Placed, next: Placed) {
    if !known.step.title.contains(&next.step.title) {
        known.step.title = format!("{}; {}", known.step.title, lower_first(&next.step.title));
    }
    if !known.step.why.contains(&next.step.why) {
        known.step.why = format!("{} {}", known.step.why, next.step.why);
    }
    known.statements.extend(next.statements);
    known.facts.extend(next.facts);
}

fn lower_first(text: &str) -> String {
    let mut chars = text.chars();
    match chars.next() {
        Some(first) => first.to_lowercase().chain(chars).collect(),
        None => String::new(),
    }
}

/// What cannot be taken back needs a yes before it.
fn add_approval(block: &mut Block) {
    if block.steps.iter().any(|p| p.step.kind == StepKind::Approval) {
        return;
    }
    let Some(at) = block.steps.iter().position(|p| matches!(p.step.undo, UndoDraft::Impossible(_))) else { return };
    let titles: Vec<String> = block
        .steps
        .iter()
        .filter(|p| matches!(p.step.undo, UndoDraft::Impossible(_)))
        .map(|p| lower_first(&p.step.title))
        .collect();
    let statements: Vec<usize> = block
        .steps
        .iter()
        .filter(|p| matches!(p.step.undo, UndoDraft::Impossible(_)))
        .flat_map(|p| p.statements.clone())
        .collect();
    let title = format!("Approve the irreversible: {}", titles.join("; "));
    let step = StepDraft {
        kind: StepKind::Approval,
        why: "after the next step there is no way back but a restore from backup".to_string(),
        gate: "approved in writing by the owner of the data".to_string(),
        transactional: false,
        ..StepDraft::sql(block.phase, title, Vec::new())
    };
    let approval = Placed {
        step,
        facts: Vec::new(),
        statements,
        transaction: None,
        as_written: false,
        title_of_draft: String::new(),
    };
    block.steps.insert(at, approval);
}

// ---- numbers

#[derive(Default)]
struct Numbering {
    deploy: u32,
    step: u32,
    last: Option<PhaseName>,
}

impl Numbering {
    /// Expand and migrate belong to one deploy; each switch and each contract after it is another.
    fn enter(&mut self, phase: PhaseName) {
        use PhaseName::{Contract, Expand, Migrate, Switch};
        let same_deploy = match (self.last, phase) {
            (None, _) => false,
            (Some(Expand | Migrate), Expand | Migrate) => true,
            (Some(Switch | Contract), Expand | Migrate) => false,
            (Some(_), Switch | Contract) => false,
        };
        if !same_deploy {
            self.deploy += 1;
        }
        self.last = Some(phase);
    }

    fn next_id(&mut self) -> String {
        self.step += 1;
        self.step.to_string()
    }
}

fn phase(name: PhaseName, deploy: u32, steps: Vec<Step>) -> Phase {
    let (title, code) = match name {
        PhaseName::Expand => ("add what is new beside what is there", "old code keeps running"),
        PhaseName::Migrate => ("move data, build and prove what is needed", "old code keeps running"),
        PhaseName::Switch => ("the application changes over", "old and new code run side by side"),
        PhaseName::Contract => ("remove what nobody uses any more", "only new code runs"),
    };
    Phase { name, deploy, title: title.to_string(), code: code.to_string(), steps }
}

// ---- one step

fn finish(
    id: String,
    placed: Placed,
    timing: Timing,
    schema: &Schema,
    sql: &StatementsSql<'_>,
    cx: &Fixed<'_>,
) -> Step {
    let Placed { step, facts, mut statements, .. } = placed;
    statements.sort_unstable();
    statements.dedup();
    let used = facts.iter().any(|f| !f.only_new);
    let limit_s = cx.options.block_limit_ms as f64 / 1000.0;
    let all: Vec<&Effects> = facts.iter().flat_map(|f| &f.effects).collect();
    let mut effects = effects::report(&all, &timing, limit_s, schema, used);
    // A step of the plan comes when the code is ready for it; what breaks then is a matter of its gate, not of its run.
    effects.reads = effects.reads.min_when_planned(timing.reads_blocked, limit_s);
    effects.writes = effects.writes.min_when_planned(timing.writes_blocked, limit_s);
    let (rows, rows_known) = facts.iter().map(|f| f.rows).max_by_key(|(rows, _)| *rows).unwrap_or((0, true));
    let blocking = all.iter().flat_map(|e| &e.locks).any(|l| l.blocks_reads || l.blocks_writes) && used;
    let (undo, irreversible) = undo(step.undo, sql);
    Step {
        id,
        kind: step.kind,
        title: step.title,
        why: step.why,
        sql: sql.of_step(&step.run, step.transactional, blocking),
        transactional: step.transactional,
        effects,
        duration: timing.report(rows, rows_known),
        check: step.check,
        undo,
        irreversible,
        on_failure: step.on_failure,
        other_ways: step.other_ways,
        gate: step.gate,
        statements,
    }
}

fn undo(draft: UndoDraft, sql: &StatementsSql<'_>) -> (Option<UndoStep>, Option<String>) {
    match draft {
        UndoDraft::Nothing => (None, None),
        UndoDraft::Impossible(why) => (None, Some(why)),
        UndoDraft::Action(action) => {
            (Some(UndoStep { sql: Vec::new(), transactional: false, lossy: String::new(), action }), None)
        }
        UndoDraft::Sql { run, transactional, lossy } => {
            let statements = sql.of_step(&run, transactional, true);
            (Some(UndoStep { sql: statements, transactional, lossy, action: String::new() }), None)
        }
    }
}
