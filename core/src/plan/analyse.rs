//! Statement by statement: effects, times, verdict, findings, draft.

use super::assumptions;
use super::drafting::{self, Drafted};
use super::effects;
use super::joint::{self, Candidate};
use super::order::Waves;
use super::session;
use super::taken_back::TakenBack;
use super::timing::{self, Timing};
use super::together;
use super::verdict::{self, Judged};
use crate::change::{Change, ConstraintKind, Name, ObjectKind, ObjectVerb};
use crate::engines;
use crate::facts::{Effects, RunningCode};
use crate::order::{Gather, PushAll};
use crate::parse::{self, Script, Statement};
use crate::report::{EffectsReport, Risk, Severity, Verdict};
use crate::rules::suppression::Suppressions;
use crate::rules::{self, Ahead, RuleCx, Session};
use crate::schema::{Schema, same_ident};
use crate::source::Span;
use crate::target::{Engine, Target};
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
    /// Findings that a comment answers, with its reason.
    pub suppressed: Vec<(Found, String)>,
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
    pub instead: &'static str,
    pub span: Span,
}

/// Goes through the script once; `schema` is the baseline at first and the final schema afterwards.
pub(super) fn analyse<'a>(text: &str, script: &'a Script, schema: &mut Schema, cx: &Fixed<'_>) -> Analysis<'a> {
    let mut session = Session { in_transaction: cx.options.in_transaction, ..Session::default() };
    let mut candidates = Vec::new();
    let mut done = Analysis { statements: Vec::with_capacity(script.statements.len()), assumed: Vec::new() };
    let mut undone = TakenBack::of(script, cx.target);
    for (index, statement) in script.statements.iter().enumerate() {
        let world = World { target: cx.target, schema, sizes: cx.sizes, options: cx.options };
        let joint = joint::at(text, script, index, &world);
        let (one, effects) = analyse_one(text, script, index, statement, joint.as_ref(), schema, &session, cx);
        candidates.push_all(joint);
        session::advance(&mut session, statement, &effects, schema, cx);
        done.remember(effects);
        if !drafting::is_group_member(statement) {
            drafting::apply(schema, text, statement);
        }
        undone.follow(index, statement, schema);
        done.statements.push(one);
    }
    joint::take(&mut done.statements, candidates, &undone.places);
    // What a transaction takes back has no step.
    for places in undone.places {
        let taken_back = done.statements.get_mut(places).into_iter().flatten();
        taken_back.for_each(|one| one.drafted.drafts.clear());
    }
    let mut waves = Waves::default();
    for draft in done.statements.iter_mut().flat_map(|one| &mut one.drafted.drafts) {
        draft.wave = waves.place(std::mem::take(&mut draft.footprint));
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
    /// Findings that the text answers.
    pub suppressions: &'a Suppressions,
    /// The schema as given.
    pub schema_text: &'a str,
    /// What the script makes further on.
    pub ahead: &'a Ahead<'a>,
}

#[allow(clippy::too_many_arguments, reason = "all that is known before a statement")]
fn analyse_one<'a>(
    text: &str,
    script: &'a Script,
    index: usize,
    statement: &'a Statement,
    joint: Option<&Candidate>,
    schema: &Schema,
    session: &Session,
    cx: &Fixed<'_>,
) -> (Analysed<'a>, Vec<Effects>) {
    let world = World { target: cx.target, schema, sizes: cx.sizes, options: cx.options };
    if drafting::is_group_member(statement) {
        return member(index, statement, cx);
    }
    let mut effects: Vec<Effects> = effects_of(text, statement, &world);
    together::kept_by_view(index, script, statement, &mut effects, &world);
    together::view_made_again(text, index, script, joint, &mut effects, &world);
    together::function_made_again(text, index, script, statement, &mut effects, &world);
    together::kept_by_partition(text, index, script, statement, &mut effects, &world);
    together::value_given_again(index, script, statement, &mut effects, &world);
    taken_for_new(statement, &mut effects, &world);
    taken_for_known(statement, &mut effects, &world);
    refers_ahead(index, statement, &mut effects, &world, cx);
    made_again(index, script, statement, &mut effects, cx);
    let alone: Vec<Timing> = effects.iter().map(|e| timing::statement(&[e], &[], &world)).gather();
    let timing = match alone.as_slice() {
        [only] if session.held.is_empty() => *only,
        _ => timing::statement(&effects.iter().gather(), &session.held, &world),
    };
    let per_action: Vec<Judged> = statement
        .changes
        .iter()
        .zip(&effects)
        .zip(&alone)
        .map(|((action, effects), timing)| {
            verdict::judge(&action.change, effects, timing, statement.understood, &world)
        })
        .gather();
    let mut judged = together(&per_action, &timing, &world);
    let new: Vec<bool> = statement.changes.iter().map(|a| verdict::concerns_new_objects(&a.change, &world)).gather();
    let found = findings(text, script, index, statement, &effects, &new, &timing, session, &world, cx);
    let (findings, suppressed) = answered(found, index, cx.suppressions);
    judged.heed(findings.iter());
    let mut drafted = drafting::draft(text, script, statement, &effects, &alone, &per_action, &judged, &world);
    if statement.form == "call" {
        let procedure = parse::called(statement.span.of(text));
        drafted.drafts.iter_mut().for_each(|draft| draft.footprint.needs(procedure));
    }
    let said = in_words(&effects, &timing, new.contains(&false), cx);
    let rows = rows(statement, &world);
    (Analysed { index, statement, effects: said, timing, judged, findings, suppressed, drafted, rows }, effects)
}

/// Effects as the report says them of a statement as pasted. `used`: it works on something that the script did not make
/// itself.
fn in_words(effects: &[Effects], timing: &Timing, used: bool, cx: &Fixed<'_>) -> EffectsReport {
    let limit_s = cx.options.block_limit_ms as f64 / 1000.0;
    effects::report(&effects.iter().gather(), timing, limit_s, None, used)
}

/// IF NOT EXISTS of a table that is not known: what follows may meet one that is in use.
fn taken_for_new(statement: &Statement, effects: &mut [Effects], world: &World<'_>) {
    for (action, effects) in statement.changes.iter().zip(effects) {
        let Change::CreateTable(def) = &action.change else { continue };
        if def.if_not_exists && !def.temporary && world.schema.table(&def.name).is_none() {
            effects.assumptions.push(format!(
                "{} does not exist yet; where it does, IF NOT EXISTS makes nothing, and statements on it meet its rows and its traffic",
                def.name
            ));
        }
    }
}

/// MySQL: which database the schema and the sizes are of is not given.
fn taken_for_known(statement: &Statement, effects: &mut [Effects], world: &World<'_>) {
    for (action, effects) in statement.changes.iter().zip(effects) {
        if let Change::Session(setting) = &action.change
            && setting.verb == "use"
            && world.schema.names_home(setting)
        {
            effects.assumptions.push(format!(
                "the schema and the sizes given are those of the database {}; of another one, nothing here is known",
                setting.name
            ));
        }
        let relations = action.change.relations().into_iter();
        effects.assumptions.push_all(relations.filter(|table| world.schema.may_be_elsewhere(table)).map(|table| {
            format!("{table} is taken for the table {} of the schema given; in another database it is another one, so give its size by its full name", table.object)
        }));
    }
}

/// MySQL: a foreign key to a table that the script makes further on.
fn refers_ahead(index: usize, statement: &Statement, effects: &mut [Effects], world: &World<'_>, cx: &Fixed<'_>) {
    if !cx.target.engine().is_mysql_family() || world.schema.keys_are_unchecked() {
        return;
    }
    for (action, effects) in statement.changes.iter().zip(effects) {
        let (own, constraints) = match &action.change {
            Change::CreateTable(def) => (&def.name, def.constraints.as_slice()),
            Change::AddConstraint { table, constraint } => (table, std::slice::from_ref(&**constraint)),
            _ => continue,
        };
        let absent = constraints.iter().find_map(|constraint| match &constraint.kind {
            ConstraintKind::ForeignKey(key) => Some(&key.references).filter(|parent| {
                parent.object != own.object
                    && world.schema.table(parent).is_none()
                    && cx.ahead.makes_table(index, parent)
            }),
            _ => None,
        });
        if let Some(parent) = absent {
            effects.refused.get_or_insert_with(|| {
                format!("{parent} is made further on, and a foreign key needs it (error 1824, 1215 or 1005)")
            });
        }
    }
}

/// A routine that is dropped and made again by the same script: calls fail for a moment. A view of SQLite that its transaction
/// makes again is always there.
fn made_again(index: usize, script: &Script, statement: &Statement, effects: &mut [Effects], cx: &Fixed<'_>) {
    for (action, effects) in statement.changes.iter().zip(effects) {
        match &action.change {
            Change::Object {
                verb: ObjectVerb::Drop,
                kind: kind @ (ObjectKind::Procedure | ObjectKind::Function),
                name: Some(name),
                ..
            } if cx.target.engine() != Engine::Postgres && cx.ahead.makes(*kind, index, name) => {
                effects.running_code = RunningCode::Remark(format!("calls of {name} fail until it is made again"));
            }
            Change::DropView { names, .. } if cx.target.engine() == Engine::Sqlite => {
                let behind = || script.statements.iter().skip(index + 1);
                let same = || behind().take_while(|other| other.transaction == statement.transaction);
                let made = |name: &Name| same().any(|other| makes_view(other, name, cx.target));
                if statement.transaction.is_some() && names.iter().all(made) {
                    effects.running_code = RunningCode::Works;
                }
            }
            _ => {}
        }
    }
}

fn makes_view(statement: &Statement, wanted: &Name, target: Target) -> bool {
    statement.changes.iter().any(|action| match &action.change {
        Change::CreateView { name, .. } => same_ident(target, &name.object, &wanted.object),
        _ => false,
    })
}

/// A member of a group: what it does is said once, by the statement that stands for the group.
fn member<'a>(index: usize, statement: &'a Statement, cx: &Fixed<'_>) -> (Analysed<'a>, Vec<Effects>) {
    let effects: Vec<Effects> = statement.changes.iter().map(|_| Effects::none()).gather();
    let timing = Timing::default();
    let member = Analysed {
        index,
        statement,
        effects: in_words(&effects, &timing, true, cx),
        timing,
        judged: Judged { verdict: Verdict::Safe, risk: Risk::Low, reasons: Vec::new() },
        findings: Vec::new(),
        suppressed: Vec::new(),
        drafted: Drafted { drafts: Vec::new(), control: false },
        rows: (0, true),
    };
    (member, effects)
}

/// Effects per action; each is asked in the schema that the actions before it have left, then all together.
fn effects_of(text: &str, statement: &Statement, world: &World<'_>) -> Vec<Effects> {
    let engine = engines::of(world.target.engine());
    let changes: Vec<&Change> = statement.changes.iter().map(|action| &action.change).gather();
    let alone = match changes.as_slice() {
        [only] => vec![engine.effects(only, world)],
        several => {
            let mut tables = super::resources::tables(several.iter().copied());
            // Of what names no table, those that it locks.
            for change in several.iter().filter(|change| change.relations().is_empty()) {
                tables.push_all(engine.effects(change, world).locks.into_iter().map(|lock| lock.object));
            }
            let mut scratch = world.schema.excerpt(&tables);
            let mut effects = Vec::with_capacity(several.len());
            for change in several {
                effects.push(engine.effects(change, &World { schema: &scratch, ..*world }));
                scratch.apply(change);
            }
            effects
        }
    };
    let mut together = engine.together(&changes, alone, world);
    for (change, effects) in changes.iter().zip(&mut together) {
        let clash = || engine.clash(statement.span.of(text), change, &changes, world);
        // A block asks before, or takes the error.
        if statement.form != "do" {
            effects.refused = effects.refused.take().or_else(clash);
        }
    }
    if let Some(why) = engine.unknown_form(statement.span.of(text), world.target) {
        together.iter_mut().for_each(|effects| {
            effects.refused.get_or_insert_with(|| why.clone());
        });
    }
    together
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
    let tables = statement.changes.iter().flat_map(|a| a.change.relations());
    let counts = tables.map(|table| world.sizes.rows(world, table));
    counts.map(|c| (c.rows, c.known)).max_by_key(|(rows, _)| *rows).unwrap_or((0, true))
}

#[allow(clippy::too_many_arguments, reason = "the parts of one rule context, put together in one place")]
fn findings(
    text: &str,
    script: &Script,
    index: usize,
    statement: &Statement,
    effects: &[Effects],
    new: &[bool],
    timing: &Timing,
    session: &Session,
    world: &World<'_>,
    fixed: &Fixed<'_>,
) -> Vec<Found> {
    let mut found = Vec::new();
    let said = rules::Said::default();
    for ((action, effects), new) in statement.changes.iter().zip(effects).zip(new) {
        let cx = RuleCx {
            world: *world,
            text,
            schema_text: fixed.schema_text,
            script,
            ahead: fixed.ahead,
            index,
            statement,
            said: &said,
            action,
            effects,
            session,
            on_new_objects: *new,
            writes_blocked_s: timing.writes_blocked,
            reads_blocked_s: timing.reads_blocked,
        };
        for rule in rules::CHECKS.iter().filter(|rule| rule.engines.contains(&world.target.engine())) {
            if let Some(finding) = (rule.check)(&cx) {
                found.push(Found {
                    rule: rule.id,
                    title: rule.title,
                    severity: finding.severity,
                    message: finding.message,
                    instead: rules::advice(rule.instead, world.target.engine()),
                    span: action.span,
                });
            }
        }
    }
    found
}

/// Parts the findings that a comment answers from the others.
fn answered(found: Vec<Found>, index: usize, suppressions: &Suppressions) -> (Vec<Found>, Vec<(Found, String)>) {
    // The findings that stay wait until the end of the script: no room beside them.
    let (mut open, mut closed) = (Vec::with_capacity(found.len()), Vec::new());
    for finding in found {
        match suppressions.reason(index, finding.rule) {
            Some(reason) => closed.push((finding, reason.to_string())),
            None => open.push(finding),
        }
    }
    (open, closed)
}
