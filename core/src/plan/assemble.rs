//! Drafts to phases: blocks, deploys, numbers.

use super::analyse::Analysed;
use super::drafting::TimedDraft;
use super::headline::lower;
use super::merge;
use super::settled::{SaidUndo, Settled};
use super::statements_sql::StatementsSql;
use super::timing::Timing;
use crate::draft::StepDraft;
use crate::order::{Gather, Map, PushAll};
use crate::report::{EffectsReport, Phase, PhaseName, Step, StepKind};

/// The plan's phases, and which steps stand for which statement.
pub(super) struct Assembled {
    pub phases: Vec<Phase>,
    pub deploys: u32,
    /// Per statement: ids of its steps.
    pub steps_of: Vec<Vec<String>>,
    /// Time of all steps.
    pub timing: Timing,
}

/// A step of the plan: one step of a draft, or several that go together.
pub(super) struct Placed {
    pub items: Vec<Settled>,
    pub statements: Vec<usize>,
    /// Explicit transaction of the pasted text.
    transaction: Option<u32>,
    as_written: bool,
    pub title_of_draft: String,
}

/// One phase of one wave.
struct Block {
    phase: PhaseName,
    steps: Vec<Placed>,
}

/// Puts the drafts of all statements together; their steps move into the plan.
pub(super) fn assemble(analysed: &mut [Analysed<'_>], sql: &StatementsSql<'_>) -> Assembled {
    let mut out = Assembled {
        phases: Vec::new(),
        deploys: 0,
        steps_of: vec![Vec::new(); analysed.len()],
        timing: Timing::default(),
    };
    let mut numbering = Numbering::default();
    for block in blocks(analysed) {
        let mut steps = merge_actions(merge_as_written(block.steps, sql));
        add_approval(&mut steps, block.phase);
        numbering.enter(block.phase);
        let steps: Vec<Step> = steps
            .into_iter()
            .map(|placed| {
                let id = numbering.next_id();
                for statement in &placed.statements {
                    if let Some(ids) = out.steps_of.get_mut(*statement) {
                        if ids.capacity() == 0 {
                            ids.reserve_exact(1);
                        }
                        ids.push(id.clone());
                    }
                }
                out.timing = placed.items.iter().fold(out.timing, |sum, item| sum.then(item.timing));
                merge::finish(id, placed, sql)
            })
            .gather();
        out.phases.push(phase(block.phase, numbering.deploy, steps));
    }
    out.deploys = numbering.deploy;
    out
}

// ---- blocks

fn blocks(analysed: &mut [Analysed<'_>]) -> Vec<Block> {
    let mut blocks = Map::default();
    for one in analysed {
        let (index, transaction) = (one.index, one.statement.transaction);
        for draft in &mut one.drafted.drafts {
            place(draft, index, transaction, &mut blocks);
        }
    }
    blocks.into_iter().map(|((_, phase), steps)| Block { phase, steps }).gather()
}

fn place(
    draft: &mut TimedDraft,
    statement: usize,
    transaction: Option<u32>,
    blocks: &mut Map<(u32, PhaseName), Vec<Placed>>,
) {
    for settled in std::mem::take(&mut draft.steps) {
        let phase = settled.step.phase;
        let placed = Placed {
            items: vec![settled],
            statements: std::iter::once(statement).chain(draft.also.iter().copied()).gather(),
            transaction,
            as_written: draft.as_written,
            title_of_draft: draft.title.clone(),
        };
        blocks.change((draft.wave, phase), |steps| steps.push(placed));
    }
}

// ---- merging

impl Placed {
    fn kind(&self) -> StepKind {
        self.items.first().map_or(StepKind::Sql, |item| item.step.kind)
    }

    fn is_irreversible(&self) -> bool {
        self.items.iter().any(|item| matches!(item.undo, SaidUndo::Impossible(_)))
    }

    fn settings_fit(&self, next: &Placed, sql: &StatementsSql<'_>) -> bool {
        self.statements.last().zip(next.statements.first()).is_none_or(|(a, b)| sql.alike(*a, *b))
    }

    fn take_in(&mut self, next: Placed) {
        self.items.push_all(next.items);
        self.statements.push_all(next.statements);
    }
}

/// Neighbours that stay as written become one step when they belong together: in one transaction of the pasted text,
/// or on objects that nobody uses yet.
fn merge_as_written(steps: Vec<Placed>, sql: &StatementsSql<'_>) -> Vec<Placed> {
    let mut merged: Vec<Placed> = Vec::new();
    for step in steps {
        match merged.last_mut() {
            Some(last) if belong_together(last, &step, sql) => last.take_in(step),
            _ => merged.push(step),
        }
    }
    merged
}

fn belong_together(a: &Placed, b: &Placed, sql: &StatementsSql<'_>) -> bool {
    let mergeable = |p: &Placed| {
        p.as_written
            && p.items.last().is_some_and(|item| {
                let plain = item.step.kind == StepKind::Sql && item.step.transactional;
                plain && !matches!(item.undo, SaidUndo::Impossible(_))
            })
    };
    // What is in `a` already was found to belong together, so its last item speaks for it.
    let unused = |p: &Placed| p.items.last().is_some_and(|item| item.only_new);
    let same_transaction = a.transaction == b.transaction && (a.transaction.is_some() || sql.runs_in_transaction());
    mergeable(a) && mergeable(b) && (same_transaction || (unused(a) && unused(b))) && a.settings_fit(b, sql)
}

/// One deploy per block, whatever the number of changes in it; it comes where its last part stood. Waits and approvals
/// stay where their change wants them, and join only their neighbours.
fn merge_actions(steps: Vec<Placed>) -> Vec<Placed> {
    let mut merged: Vec<Placed> = Vec::new();
    let mut deploy: Option<Placed> = None;
    let last_deploy = steps.iter().rposition(|p| p.kind() == StepKind::Deploy);
    for (n, step) in steps.into_iter().enumerate() {
        match (step.kind(), merged.last_mut()) {
            (StepKind::Deploy, _) => match &mut deploy {
                Some(known) => known.take_in(step),
                None => deploy = Some(step),
            },
            (kind @ (StepKind::Approval | StepKind::Wait), Some(last)) if last.kind() == kind => last.take_in(step),
            _ => merged.push(step),
        }
        if Some(n) == last_deploy {
            merged.push_all(deploy.take());
        }
    }
    merged
}

/// What cannot be taken back needs a yes before it; recipes that ask for it themselves have done so.
fn add_approval(steps: &mut Vec<Placed>, phase: PhaseName) {
    let approved: Vec<usize> =
        steps.iter().filter(|p| p.kind() == StepKind::Approval).flat_map(|p| p.statements.clone()).gather();
    let needs = |p: &&Placed| p.is_irreversible() && !p.statements.iter().any(|s| approved.contains(s));
    let Some(at) = steps.iter().position(|p| needs(&p)) else { return };
    let titles: Vec<String> = steps.iter().filter(needs).map(|p| lower(&merge::title(p))).gather();
    let statements: Vec<usize> = steps.iter().filter(needs).flat_map(|p| p.statements.clone()).gather();
    let step = StepDraft {
        kind: StepKind::Approval,
        why: "After the next step there is no way back but a restore from backup.".to_string(),
        gate: "approved in writing by the owner of the data".to_string(),
        transactional: false,
        ..StepDraft::sql(phase, format!("Approve the irreversible: {}", merge::some(&titles)), Vec::new())
    };
    let item = Settled {
        step,
        run: Vec::new(),
        undo: SaidUndo::Nothing,
        effects: EffectsReport::default(),
        blocking: false,
        timing: Timing::default(),
        rows: (0, true),
        only_new: false,
    };
    let approval =
        Placed { items: vec![item], statements, transaction: None, as_written: false, title_of_draft: String::new() };
    steps.insert(at, approval);
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
