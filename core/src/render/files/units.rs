//! A plan cut into units: what one migration file may hold so that it succeeds or fails as a whole.

use crate::order::Gather;
use crate::render::script::{bare, first_word};
use crate::report::{PhaseName, Report, Step, StepKind};
use crate::source::{Dialect, PieceKind, Splitter};
use crate::target::Target;

/// What one migration file runs.
pub struct Unit<'a> {
    /// Files of one release are applied in one run; a deploy, a wait or an approval starts the next release.
    pub release: usize,
    /// Deploy of the application that it belongs to.
    pub deploy: u32,
    /// Phase.
    pub phase: PhaseName,
    /// Its step.
    pub step: &'a Step,
    /// Which part of the step, from 1: statements that commit on their own are units of their own.
    pub part: usize,
    /// How many parts the step has.
    pub parts: usize,
    /// The way forward.
    pub up: Way<'a>,
    /// The way back.
    pub down: Down<'a>,
    /// What a person does before it runs.
    pub before: Vec<String>,
    /// What a person does after the last unit.
    pub after: Vec<String>,
}

/// Statements of one direction, without terminators and without BEGIN and COMMIT around them.
#[derive(Clone, Default)]
pub struct Way<'a> {
    /// Session settings that the statements need.
    pub settings: Vec<&'a str>,
    /// The statements.
    pub run: Vec<&'a str>,
    /// Settings to put back.
    pub reset: Vec<&'a str>,
    /// All in one transaction.
    pub transactional: bool,
}

/// The way back of a unit.
pub enum Down<'a> {
    /// Run this.
    Sql(Way<'a>),
    /// Nothing to run, and why.
    Nothing(String),
    /// No way back, and why.
    Impossible(String),
}

impl<'a> Way<'a> {
    /// Settings, statements, settings put back.
    pub fn all(&self) -> Vec<&'a str> {
        self.settings.iter().chain(&self.run).chain(&self.reset).copied().gather()
    }

    /// The same where nobody opens a transaction: several statements of one get their own BEGIN and COMMIT.
    pub fn with_block(&self) -> Vec<&'a str> {
        match self.transactional && self.all().len() > 1 {
            true => [vec!["BEGIN"], self.all(), vec!["COMMIT"]].concat(),
            false => self.all(),
        }
    }
}

impl Unit<'_> {
    /// Both directions may run in a transaction that the runner opens; most markers stand for the whole file.
    pub fn transactional(&self) -> bool {
        self.up.transactional
            && match &self.down {
                Down::Sql(way) => way.transactional,
                Down::Nothing(_) | Down::Impossible(_) => true,
            }
    }
}

/// Cuts a report. Steps that are done by people become remarks of the unit that follows them.
pub fn cut(report: &Report) -> Vec<Unit<'_>> {
    let target = Target::parse(&report.engine).ok();
    let mut units: Vec<Unit<'_>> = Vec::new();
    let (mut release, mut before, mut stops) = (1, Vec::new(), false);
    for (phase, step) in report.phases.iter().flat_map(|phase| phase.steps.iter().map(move |step| (phase, step))) {
        let ways = ways(step, target);
        if ways.is_empty() {
            before.push(by_hand(step));
            stops |= matches!(step.kind, StepKind::Deploy | StepKind::Wait | StepKind::Approval);
            continue;
        }
        let other_deploy = units.last().is_some_and(|last| last.deploy != phase.deploy);
        if !units.is_empty() && (stops || other_deploy) {
            release += 1;
        }
        stops = false;
        let parts = ways.len();
        for (at, up) in ways.into_iter().enumerate() {
            units.push(Unit {
                release,
                deploy: phase.deploy,
                phase: phase.name,
                step,
                part: at + 1,
                parts,
                up,
                down: down(step, at, parts, target),
                before: std::mem::take(&mut before),
                after: Vec::new(),
            });
        }
    }
    if let Some(last) = units.last_mut() {
        last.after = before;
    }
    units
}

fn by_hand(step: &Step) -> String {
    let mut words = format!("Step {}: {}", step.id, step.title);
    if let Some(check) = &step.check {
        words.push_str(&format!("; {} must return {}", check.sql, check.expected));
    }
    if !step.gate.is_empty() {
        words.push_str(&format!("; go on when {}", step.gate));
    }
    words
}

/// A step's statements: one way when they are one transaction, else one way per statement that commits on its own,
/// so that a failure leaves nothing half done in a file and the file can simply be run again.
fn ways(step: &Step, target: Option<Target>) -> Vec<Way<'_>> {
    let statements = clean(&step.sql, target);
    if step.transactional {
        let run = without_block(&statements);
        return if run.is_empty() { Vec::new() } else { vec![Way { run, transactional: true, ..Way::default() }] };
    }
    let alone = step.kind != StepKind::Backfill && step.effects.transactional == "yes";
    let mut ways: Vec<Way<'_>> = Vec::new();
    let (mut settings, mut pending, mut block) = (Vec::new(), Vec::new(), None::<Vec<&str>>);
    for statement in statements {
        match (first_word(statement).as_str(), &mut block) {
            ("BEGIN" | "START", None) => block = Some(vec![statement]),
            ("COMMIT" | "END", Some(open)) => {
                open.push(statement);
                let run = block.take().unwrap_or_default();
                settings.append(&mut pending);
                ways.push(Way { settings: settings.clone(), run, ..Way::default() });
            }
            (_, Some(open)) => open.push(statement),
            ("SET" | "PRAGMA" | "RESET" | "USE", None) => pending.push(statement),
            (_, None) => {
                settings.append(&mut pending);
                ways.push(Way {
                    settings: settings.clone(),
                    run: vec![statement],
                    transactional: alone,
                    ..Way::default()
                });
            }
        }
    }
    if let Some(run) = block {
        ways.push(Way { settings, run, ..Way::default() });
    }
    if let Some(last) = ways.last_mut() {
        last.reset = pending;
    }
    ways
}

/// The undo of a step belongs to its first part, which is taken back last: by then every part is to be undone, also
/// when a later one failed midway.
fn down(step: &Step, at: usize, parts: usize, target: Option<Target>) -> Down<'_> {
    if let Some(reason) = &step.irreversible {
        return Down::Impossible(reason.clone());
    }
    if at > 0 {
        return Down::Nothing(format!("taken back with part 1 of {parts}"));
    }
    let Some(undo) = &step.undo else { return Down::Nothing("nothing to undo".to_string()) };
    let run = without_block(&clean(&undo.sql, target));
    match run.is_empty() {
        true if undo.action.is_empty() => Down::Nothing("nothing to undo".to_string()),
        // A file that did nothing would leave the runner to believe that it was undone.
        true => Down::Impossible(format!("to be undone by hand: {}", undo.action)),
        false => Down::Sql(Way { run, transactional: undo.transactional, ..Way::default() }),
    }
}

/// Bare statements, one each. Text that was pasted as a group (a table rebuild) stands in a step as one piece.
fn clean(sql: &[String], target: Option<Target>) -> Vec<&str> {
    sql.iter().map(|text| bare(text)).filter(|text| !text.is_empty()).flat_map(|text| apart(text, target)).gather()
}

fn apart(text: &str, target: Option<Target>) -> Vec<&str> {
    let Some(target) = target.filter(|_| text.contains(';')) else { return vec![text] };
    let mut splitter = Splitter::new(text, Dialect::of(target));
    let mut tokens = Vec::new();
    let pieces = std::iter::from_fn(|| splitter.next(&mut tokens));
    let parts: Vec<&str> = pieces
        .filter(|piece| matches!(piece.kind, PieceKind::Statement | PieceKind::Client))
        .map(|piece| piece.span.of(text))
        .gather();
    if parts.len() > 1 { parts } else { vec![text] }
}

/// Without the BEGIN at the start and the COMMIT at the end.
fn without_block<'a>(statements: &[&'a str]) -> Vec<&'a str> {
    let opens = |word: &str| matches!(word, "BEGIN" | "START");
    match statements {
        [first, inner @ .., last] if opens(&first_word(first)) && first_word(last) == "COMMIT" => inner.to_vec(),
        all => all.to_vec(),
    }
}
