//! Statement by statement: effects, times, verdict, findings, draft.

use super::assumptions;
use super::drafting::{self, Drafted};
use super::effects;
use super::order::Waves;
use super::timing::{self, Timing};
use super::verdict::{self, Judged};
use crate::change::{Change, SessionSetting, TransactionVerb};
use crate::engines;
use crate::facts::{Effects, Lock, RunningCode};
use crate::parse::{Script, Statement};
use crate::report::{EffectsReport, Risk, Severity, Verdict};
use crate::rules::{self, RuleCx, Session};
use crate::schema::Schema;
use crate::source::Span;
use crate::target::Engine;
use crate::world::{Sizes, World};

/// What was found out about a script.
#[derive(Default)]
pub(super) struct Analysis<'a> {
    pub statements: Vec<Analysed<'a>>,
    /// What the engine assumed, each once.
    pub assumed: Vec<String>,
}

/// One statement with all that was found out about it.
pub(super) struct Analysed<'a> {
    /// Its number in the script.
    pub index: usize,
    pub statement: &'a Statement,
    pub effects: EffectsReport,
    pub timing: Timing,
    pub judged: Judged,
    pub findings: Vec<Found>,
    /// What the plan does instead (or the statement as it is).
    pub drafted: Drafted,
    /// Rows of its largest table, and whether they were given.
    pub rows: (u64, bool),
}

/// A finding of a rule.
pub(super) struct Found {
    pub rule: &'static str,
    pub title: &'static str,
    pub severity: Severity,
    pub message: String,
    pub instead: String,
    pub span: Span,
}

/// Goes through the script once; `schema` is the baseline at first and the final schema afterwards.
pub(super) fn analyse<'a>(text: &str, script: &'a Script, schema: &mut Schema, cx: &Fixed<'_>) -> Analysis<'a> {
    let mut session = Session { in_transaction: cx.options.in_transaction, ..Session::default() };
    let mut waves = Waves::default();
    let mut done = Analysis { statements: Vec::with_capacity(script.statements.len()), assumed: Vec::new() };
    for (index, statement) in script.statements.iter().enumerate() {
        let (mut one, effects) = analyse_one(text, script, index, statement, schema, &session, cx);
        for draft in &mut one.drafted.drafts {
            draft.wave = waves.place(std::mem::take(&mut draft.footprint));
        }
        advance(&mut session, statement, &effects, cx);
        done.remember(effects);
        if !drafting::is_group_member(statement) {
            statement.changes.iter().for_each(|action| schema.apply(&action.change));
        }
        done.statements.push(one);
    }
    done
}

impl Analysis<'_> {
    /// Keeps of the effects what the report says of all together; what it says of the statement is in words by now.
    fn remember(&mut self, effects: Vec<Effects>) {
        for text in effects.into_iter().flat_map(|e| e.assumptions) {
            if self.assumed.len() < assumptions::MOST && !self.assumed.contains(&text) {
                self.assumed.push(text);
            }
        }
    }
}

/// What stays the same for the whole request.
pub(super) struct Fixed<'a> {
    pub target: crate::target::Target,
    pub sizes: &'a Sizes,
    pub options: &'a crate::request::Options,
}

fn analyse_one<'a>(
    text: &str,
    script: &'a Script,
    index: usize,
    statement: &'a Statement,
    schema: &Schema,
    session: &Session,
    cx: &Fixed<'_>,
) -> (Analysed<'a>, Vec<Effects>) {
    let world = World { target: cx.target, schema, sizes: cx.sizes, options: cx.options };
    if drafting::is_group_member(statement) {
        return member(index, statement, cx);
    }
    let mut effects: Vec<Effects> = effects_of(statement, &world);
    kept_by_view(script, index, &mut effects, &world);
    let alone: Vec<Timing> = effects.iter().map(|e| timing::statement(&[e], &[], &world)).collect();
    let timing = match alone.as_slice() {
        [only] if session.held.is_empty() => *only,
        _ => timing::statement(&effects.iter().collect::<Vec<_>>(), &session.held, &world),
    };
    let per_action: Vec<Judged> = statement
        .changes
        .iter()
        .zip(&effects)
        .zip(&alone)
        .map(|((action, effects), timing)| {
            verdict::judge(&action.change, effects, timing, statement.understood, &world)
        })
        .collect();
    let mut judged = together(&per_action, &timing, &world);
    let findings = findings(text, script, index, statement, &effects, &timing, session, &world);
    judged.heed(findings.iter());
    let drafted = drafting::draft(text, script, statement, &effects, &alone, &per_action, &judged, &world);
    let used = statement.changes.iter().any(|a| !verdict::concerns_new_objects(&a.change, &world));
    let said = in_words(&effects, &timing, used, cx);
    let rows = rows(statement, &world);
    (Analysed { index, statement, effects: said, timing, judged, findings, drafted, rows }, effects)
}

/// Effects as the report says them of a statement as pasted. `used`: it works on something that the script did not make
/// itself.
fn in_words(effects: &[Effects], timing: &Timing, used: bool, cx: &Fixed<'_>) -> EffectsReport {
    let limit_s = cx.options.block_limit_ms as f64 / 1000.0;
    effects::report(&effects.iter().collect::<Vec<_>>(), timing, limit_s, None, used)
}

/// A table renamed and replaced by a view of its old name in one transaction: running code does not notice.
fn kept_by_view(script: &Script, index: usize, effects: &mut [Effects], world: &World<'_>) {
    let Some(statement) = script.statements.get(index).filter(|_| world.target.engine == Engine::Postgres) else {
        return;
    };
    let together = |other: &&Statement| match statement.transaction {
        Some(number) => other.transaction == Some(number),
        None => world.options.in_transaction && other.transaction.is_none(),
    };
    for (action, effects) in statement.changes.iter().zip(effects) {
        let Change::RenameTable { table, to } = &action.change else { continue };
        let mut later = script.statements.iter().skip(index).filter(together).flat_map(|other| &other.changes);
        let kept = later.any(|other| match &other.change {
            Change::CreateView { name, materialized: false, reads, .. } => {
                name.object == table.object && matches!(reads.as_slice(), [only] if only.object == to.object)
            }
            _ => false,
        });
        if kept {
            effects.running_code = RunningCode::Remark(format!(
                "the view of the same transaction keeps the name {table}: queries and simple writes go on through it"
            ));
        }
    }
}

/// A member of a group: what it does is said once, by the statement that stands for the group.
fn member<'a>(index: usize, statement: &'a Statement, cx: &Fixed<'_>) -> (Analysed<'a>, Vec<Effects>) {
    let effects: Vec<Effects> = statement.changes.iter().map(|_| Effects::none()).collect();
    let timing = Timing::default();
    let member = Analysed {
        index,
        statement,
        effects: in_words(&effects, &timing, true, cx),
        timing,
        judged: Judged { verdict: Verdict::Safe, risk: Risk::Low, reasons: Vec::new() },
        findings: Vec::new(),
        drafted: Drafted { drafts: Vec::new(), control: false },
        rows: (0, true),
    };
    (member, effects)
}

/// Effects per action; each is asked in the schema that the actions before it have left, then all together.
fn effects_of(statement: &Statement, world: &World<'_>) -> Vec<Effects> {
    let engine = engines::of(world.target.engine);
    let changes: Vec<&Change> = statement.changes.iter().map(|action| &action.change).collect();
    let alone = match changes.as_slice() {
        [only] => vec![engine.effects(only, world)],
        several => {
            let tables: Vec<_> = several.iter().flat_map(|change| super::resources::relations(change)).collect();
            let mut scratch = world.schema.excerpt(&tables);
            let mut effects = Vec::with_capacity(several.len());
            for change in several {
                effects.push(engine.effects(change, &World { schema: &scratch, ..*world }));
                scratch.apply(change);
            }
            effects
        }
    };
    engine.together(&changes, alone, world)
}

/// The verdict on a statement is the worst of its actions, and its own time counts as one.
fn together(actions: &[Judged], timing: &Timing, world: &World<'_>) -> Judged {
    let mut whole = Judged { verdict: Verdict::Safe, risk: Risk::Low, reasons: Vec::new() };
    for action in actions {
        whole.verdict = whole.verdict.max(action.verdict);
        whole.risk = whole.risk.max(action.risk);
        for reason in &action.reasons {
            if !whole.reasons.contains(reason) {
                whole.reasons.push(reason.clone());
            }
        }
    }
    let limit = world.options.block_limit_ms as f64 / 1000.0;
    let too_long = timing.writes_blocked_high.max(timing.reads_blocked_high) > limit || timing.blocks_by_unknown_size;
    if too_long && whole.verdict == Verdict::Safe {
        whole.verdict = Verdict::NeedsMultiStep;
        whole.risk = Risk::High;
        whole.reasons.push("its transaction holds a lock that blocks traffic while it runs".to_string());
    }
    whole
}

fn rows(statement: &Statement, world: &World<'_>) -> (u64, bool) {
    let tables = statement.changes.iter().flat_map(|a| super::resources::relations(&a.change));
    let counts = tables.map(|table| world.sizes.rows(world, &table));
    counts.map(|c| (c.rows, c.known)).max_by_key(|(rows, _)| *rows).unwrap_or((0, true))
}

#[allow(clippy::too_many_arguments, reason = "the parts of one rule context, put together in one place")]
fn findings(
    text: &str,
    script: &Script,
    index: usize,
    statement: &Statement,
    effects: &[Effects],
    timing: &Timing,
    session: &Session,
    world: &World<'_>,
) -> Vec<Found> {
    let mut found = Vec::new();
    for (action, effects) in statement.changes.iter().zip(effects) {
        let cx = RuleCx {
            world: *world,
            text,
            script,
            index,
            statement,
            action,
            effects,
            session,
            on_new_objects: verdict::concerns_new_objects(&action.change, world),
            writes_blocked_s: timing.writes_blocked,
            reads_blocked_s: timing.reads_blocked,
        };
        for rule in rules::ALL.iter() {
            if let Some(finding) = (rule.check)(&cx) {
                found.push(Found {
                    rule: rule.id,
                    title: rule.title,
                    severity: finding.severity,
                    message: finding.message,
                    instead: finding.instead,
                    span: finding.span.unwrap_or(action.span),
                });
            }
        }
    }
    found
}

/// What the statement leaves behind in its session.
fn advance(session: &mut Session, statement: &Statement, effects: &[Effects], cx: &Fixed<'_>) {
    for (action, effects) in statement.changes.iter().zip(effects) {
        match &action.change {
            Change::Transaction(verb) => transaction(session, *verb, cx),
            Change::Session(setting) => set(session, setting),
            Change::Insert { .. } | Change::Update { .. } | Change::Delete { .. } if session.in_transaction => {
                session.dml_in_transaction = true;
            }
            _ if session.in_transaction => {
                remember_labels(session, &action.change);
                session.ddl_in_transaction |= !effects.locks.is_empty();
                let blocking = effects.locks.iter().filter(|l| l.blocks_reads || l.blocks_writes);
                remember(&mut session.held, blocking);
            }
            _ => {}
        }
    }
}

/// A label added to an enum is not to be used before the commit, unless the enum is as new as the label.
fn remember_labels(session: &mut Session, change: &Change) {
    match change {
        Change::CreateEnum { name, .. } => session.new_enums.push(name.clone()),
        Change::AddEnumValue { name, value, .. } if !session.new_enums.contains(name) => {
            session.new_labels.push(value.clone());
        }
        _ => {}
    }
}

/// Keeps each lock once, so that a long transaction does not grow without end.
fn remember<'a>(held: &mut Vec<Lock>, locks: impl Iterator<Item = &'a Lock>) {
    const ENOUGH: usize = 64;
    for lock in locks {
        if held.len() < ENOUGH && !held.contains(lock) {
            held.push(lock.clone());
        }
    }
}

fn transaction(session: &mut Session, verb: TransactionVerb, cx: &Fixed<'_>) {
    match verb {
        TransactionVerb::Begin => session.in_transaction = true,
        TransactionVerb::Commit | TransactionVerb::Rollback | TransactionVerb::TwoPhase => {
            session.in_transaction = cx.options.in_transaction;
            session.held.clear();
            session.ddl_in_transaction = false;
            session.dml_in_transaction = false;
            session.new_labels.clear();
            session.new_enums.clear();
        }
        TransactionVerb::Savepoint => {}
    }
}

fn set(session: &mut Session, setting: &SessionSetting) {
    let off = matches!(setting.value.trim_matches(['\'', '"']), "0" | "default" | "DEFAULT" | "");
    match setting.name.as_str() {
        "lock_timeout" | "lock_wait_timeout" | "innodb_lock_wait_timeout" | "busy_timeout" => {
            session.lock_timeout = !off
        }
        "statement_timeout" | "max_statement_time" | "max_execution_time" => session.statement_timeout = !off,
        _ => {}
    }
}
