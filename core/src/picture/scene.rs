//! What there is to draw, before it has a place: columns, lanes, marks. Both layouts start from here.

use super::words::{count, range, time};
use super::{Anchor, Form, Meaning, Shape};
use crate::order::Gather;
use crate::report::{EffectsReport, PhaseName, Report, Step, StepKind, TableSize, Traffic};

/// More lanes than this and the rest share one.
const LANES: usize = 4;
/// More steps than this and neighbours of one lane and phase are drawn as one.
const MARKS: usize = 22;
/// More segments than this and the lane *as pasted* is summed up by what traffic feels.
const SEGMENTS: usize = 6;

pub(super) struct Scene {
    pub(super) columns: Vec<Column>,
    pub(super) lanes: Vec<LaneHead>,
    pub(super) pasted: Vec<Segment>,
    /// Words for the lane *as pasted*, about its worst part.
    pub(super) pasted_words: String,
    pub(super) undo: UndoLine,
}

pub(super) struct Column {
    pub(super) deploy: u32,
    pub(super) phases: Vec<PhaseName>,
    pub(super) marks: Vec<Mark>,
}

pub(super) struct LaneHead {
    pub(super) name: String,
    pub(super) hint: String,
}

/// A step (or several, summed up) on its lane.
pub(super) struct Mark {
    pub(super) step: String,
    pub(super) number: String,
    pub(super) kind: MarkKind,
    pub(super) lane: usize,
    /// A word inside the bar.
    pub(super) inside: &'static str,
    /// Words under it.
    pub(super) under: String,
    pub(super) low_s: f64,
    pub(super) expected_s: f64,
    pub(super) high_s: f64,
    /// A short wait at the end of a bar that else lets traffic flow.
    pub(super) brief_end: bool,
    pub(super) title: String,
}

#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum MarkKind {
    /// Over in a moment; traffic waits for it briefly.
    Instant,
    /// A bar that says what traffic feels.
    Bar(Meaning),
    /// Nothing runs in the database: a deploy, a wait, an approval.
    Pause,
}

pub(super) struct Segment {
    pub(super) meaning: Meaning,
    pub(super) seconds: f64,
    pub(super) title: String,
}

pub(super) struct UndoLine {
    /// Column and mark from which on undo is no longer free.
    pub(super) until: Option<(usize, usize)>,
    pub(super) before: &'static str,
    pub(super) after: String,
}

impl Column {
    /// `expand · migrate`.
    pub(super) fn phase_words(&self) -> String {
        let words: Vec<&str> = self.phases.iter().map(|phase| phase.label()).gather();
        words.join(" · ")
    }

    pub(super) fn tint(&self) -> Meaning {
        Meaning::Phase(self.phases.first().copied().unwrap_or(PhaseName::Expand))
    }
}

pub(super) fn scene(report: &Report) -> Scene {
    let lanes = lane_tables(report);
    let total: usize = report.phases.iter().map(|phase| phase.steps.len()).sum();
    let mut columns: Vec<Column> = Vec::new();
    let mut until = None;
    let mut after = String::new();
    for phase in &report.phases {
        if columns.last().is_none_or(|column| column.deploy != phase.deploy) {
            columns.push(Column { deploy: phase.deploy, phases: Vec::new(), marks: Vec::new() });
        }
        let at = columns.len() - 1;
        let Some(column) = columns.last_mut() else { continue };
        if !column.phases.contains(&phase.name) {
            column.phases.push(phase.name);
        }
        for step in &phase.steps {
            let mark = mark(step, lane_of(&step.effects, &lanes));
            let no_return = report.point_of_no_return.as_ref() == Some(&step.id);
            let merged = total > MARKS && !no_return && merge(column, &mark);
            if !merged {
                column.marks.push(mark);
            }
            if no_return {
                until = Some((at, column.marks.len() - 1));
                after = after_words(step);
            }
        }
    }
    let heads = lanes.iter().map(|lane| lane_head(report, lane)).gather();
    let (pasted, pasted_words) = pasted(report);
    Scene { columns, lanes: heads, pasted, pasted_words, undo: UndoLine { until, before: before_words(report), after } }
}

fn before_words(report: &Report) -> &'static str {
    let lossy =
        report.phases.iter().flat_map(|p| &p.steps).filter_map(|s| s.undo.as_ref()).any(|u| !u.lossy.is_empty());
    if lossy { "possible at any time" } else { "free at any time, nothing is lost" }
}

fn after_words(step: &Step) -> String {
    let lossy = step.undo.as_ref().map(|undo| undo.lossy.clone()).filter(|lossy| !lossy.is_empty());
    let words = step.irreversible.clone().or(lossy).unwrap_or_else(|| "needs approval".to_string());
    // One sentence is enough here; the step says the rest.
    words.split(". ").next().unwrap_or_default().trim_end_matches('.').to_string()
}

/// Names of the lanes: tables of the plan in the order of the report, at most [`LANES`].
fn lane_tables(report: &Report) -> Vec<String> {
    let steps = || report.phases.iter().flat_map(|phase| &phase.steps);
    let touched = |table: &&TableSize| steps().any(|step| objects(&step.effects).any(|object| *object == table.name));
    let mut names: Vec<String> = report.tables.iter().filter(touched).map(|table| table.name.clone()).gather();
    if names.len() > LANES {
        names.truncate(LANES - 1);
        names.push(OTHERS.to_string());
    }
    if names.is_empty() {
        names.push(report.tables.first().map_or_else(|| "Planned".to_string(), |table| table.name.clone()));
    }
    names
}

const OTHERS: &str = "other tables";

fn lane_head(report: &Report, lane: &str) -> LaneHead {
    let hint = report.tables.iter().find(|table| table.name == lane).map_or(String::new(), |table| {
        match (table.new, table.rows_known) {
            (true, _) => "new, empty".to_string(),
            (false, true) => format!("{} rows", count(table.rows)),
            (false, false) => format!("{} rows?", count(table.rows)),
        }
    });
    LaneHead { name: lane.to_string(), hint }
}

fn objects(effects: &EffectsReport) -> impl Iterator<Item = &String> {
    let work = effects.rewrites.iter().chain(&effects.scans).chain(&effects.index_builds);
    work.chain(effects.locks.iter().map(|lock| &lock.object))
}

fn lane_of(effects: &EffectsReport, lanes: &[String]) -> usize {
    let own = objects(effects).find_map(|object| lanes.iter().position(|lane| lane == object));
    let others = || lanes.iter().position(|lane| lane == OTHERS).filter(|_| objects(effects).next().is_some());
    own.or_else(others).unwrap_or(0)
}

fn mark(step: &Step, lane: usize) -> Mark {
    let d = &step.duration;
    let traffic = step.effects.reads.max(step.effects.writes);
    let kind = match step.kind {
        StepKind::Deploy | StepKind::Wait | StepKind::Approval => MarkKind::Pause,
        StepKind::Sql | StepKind::Backfill | StepKind::Verify => match traffic {
            Traffic::WaitsBriefly if d.expected_s < 1.0 => MarkKind::Instant,
            Traffic::WaitsBriefly => MarkKind::Bar(Meaning::Work),
            traffic if d.unknown => MarkKind::Bar(Meaning::of(traffic.max(Traffic::Waits))),
            traffic => MarkKind::Bar(Meaning::of(traffic)),
        },
    };
    let under = match step.kind {
        StepKind::Deploy => "no DDL · deploy".to_string(),
        StepKind::Wait => "no DDL · soak".to_string(),
        StepKind::Approval => "approval".to_string(),
        StepKind::Sql | StepKind::Backfill | StepKind::Verify if d.unknown => "time not known".to_string(),
        StepKind::Sql | StepKind::Backfill | StepKind::Verify => time(d.expected_s),
    };
    Mark {
        step: step.id.clone(),
        number: step.id.clone(),
        kind,
        lane,
        inside: inside(step),
        title: mark_title(step, &under),
        under,
        low_s: d.low_s,
        expected_s: d.expected_s,
        high_s: d.high_s,
        brief_end: traffic == Traffic::WaitsBriefly && d.expected_s >= 1.0,
    }
}

fn mark_title(step: &Step, under: &str) -> String {
    let range = range(step.duration.low_s, step.duration.high_s);
    match range.is_empty() || step.kind == StepKind::Deploy {
        true => format!("Step {}: {} ({under})", step.id, step.title),
        false => format!("Step {}: {} ({under}, {range})", step.id, step.title),
    }
}

fn inside(step: &Step) -> &'static str {
    let e = &step.effects;
    match step.kind {
        StepKind::Backfill => "backfill",
        StepKind::Verify => "verify",
        _ if !e.rewrites.is_empty() => "rewrite",
        _ if !e.index_builds.is_empty() && !e.scans.is_empty() => "index, check",
        _ if !e.index_builds.is_empty() => "index",
        _ if !e.scans.is_empty() => "check",
        _ => "",
    }
}

/// Adds a mark to one of the same kind on the same lane of its deploy.
fn merge(column: &mut Column, mark: &Mark) -> bool {
    let same = |other: &&mut Mark| other.lane == mark.lane && other.kind == mark.kind;
    let Some(last) = column.marks.iter_mut().find(same) else { return false };
    last.low_s += mark.low_s;
    last.expected_s += mark.expected_s;
    last.high_s += mark.high_s;
    last.brief_end |= mark.brief_end;
    let first = last.step.clone();
    last.number = format!("{first}–{}", mark.step);
    last.inside = "";
    if last.kind != MarkKind::Pause {
        last.under = time(last.expected_s);
    }
    last.title = format!("Steps {first} to {} ({})", mark.step, last.under);
    true
}

fn pasted(report: &Report) -> (Vec<Segment>, String) {
    let mut segments: Vec<Segment> = Vec::new();
    let (mut worst, mut worst_words) = (Traffic::Flows, String::new());
    let (mut reads_s, mut writes_s) = (0.0, 0.0);
    for statement in &report.statements {
        let traffic = match statement.understood {
            true => statement.effects.reads.max(statement.effects.writes),
            false => Traffic::Unknown,
        };
        reads_s += statement.duration.reads_blocked_s;
        writes_s += statement.duration.writes_blocked_s;
        if traffic >= worst {
            worst = traffic;
            worst_words = feels(traffic, reads_s, writes_s, statement.duration.unknown);
        }
        let segment = Segment {
            meaning: Meaning::of(traffic),
            seconds: statement.duration.expected_s,
            title: format!("As pasted: {}", statement.summary),
        };
        match segments.iter_mut().find(|s| s.meaning == segment.meaning && report.statements.len() > SEGMENTS) {
            Some(same) => {
                same.seconds += segment.seconds;
                same.title = "As pasted: several statements".to_string();
            }
            None => segments.push(segment),
        }
    }
    (segments, worst_words)
}

fn feels(traffic: Traffic, reads_s: f64, writes_s: f64, unknown: bool) -> String {
    match traffic {
        Traffic::Flows => "traffic flows".to_string(),
        Traffic::WaitsBriefly => format!("traffic waits {} in total", time(reads_s.max(writes_s))),
        Traffic::Waits if unknown => "traffic waits, nobody can say how long".to_string(),
        Traffic::Waits if reads_s > 1.0 => format!("reads and writes wait {}", time(reads_s.max(writes_s))),
        Traffic::Waits => format!("writes wait {}", time(writes_s)),
        Traffic::Fails => "queries fail until every instance runs new code".to_string(),
        Traffic::Unknown => "cannot tell what traffic feels".to_string(),
    }
}

/// Words for the whole picture.
pub(super) fn description(report: &Report, scene: &Scene) -> String {
    let mut out = format!("As pasted, {}.", scene.pasted_words);
    if scene.pasted_words.is_empty() {
        out = "Nothing was pasted.".to_string();
    }
    for column in &scene.columns {
        let words: Vec<String> = column
            .marks
            .iter()
            .map(|mark| match mark.inside.is_empty() {
                true => format!("step {} {}", mark.number, mark.under),
                false => format!("step {} {} {}", mark.number, mark.inside, mark.under),
            })
            .gather();
        out.push_str(&format!(" Deploy {}, {}: {}.", column.deploy, column.phase_words(), words.join(", ")));
    }
    match &report.point_of_no_return {
        Some(step) => out.push_str(&format!(" Undo is free until step {step}: {}.", scene.undo.after)),
        None => out.push_str(" Undo is free at any time."),
    }
    out
}

/// Collects shapes.
#[derive(Default)]
pub(super) struct Pen {
    pub(super) shapes: Vec<Shape>,
}

impl Pen {
    pub(super) fn rect(&mut self, meaning: Meaning, at: (f64, f64), size: (f64, f64), r: f64) {
        self.add(Form::Rect { x: at.0, y: at.1, w: size.0.max(0.0), h: size.1.max(0.0), r }, meaning);
    }

    pub(super) fn line(&mut self, meaning: Meaning, from: (f64, f64), to: (f64, f64)) {
        self.add(Form::Line { x1: from.0, y1: from.1, x2: to.0, y2: to.1 }, meaning);
    }

    pub(super) fn text(&mut self, meaning: Meaning, at: (f64, f64), anchor: Anchor, text: impl Into<String>) {
        self.add(Form::Text { x: at.0, y: at.1, anchor, text: text.into() }, meaning);
    }

    /// A step's number in its circle; a range of steps gets a pill.
    pub(super) fn number(&mut self, at: (f64, f64), number: &str) {
        let half = (text_width(number) / 2.0 + 4.0).max(8.0);
        match half > 8.0 {
            true => self.rect(Meaning::Number, (at.0 - half, at.1 - 8.0), (half * 2.0, 16.0), 8.0),
            false => self.add(Form::Circle { x: at.0, y: at.1, r: 8.0 }, Meaning::Number),
        }
        self.text(Meaning::Number, (at.0, at.1 + 4.0), Anchor::Middle, number);
    }

    /// Gives every shape since `from` its step and tooltip.
    pub(super) fn tag(&mut self, from: usize, step: Option<&str>, title: &str) {
        for shape in self.shapes.iter_mut().skip(from) {
            shape.step = step.map(str::to_string);
            shape.title = title.to_string();
        }
    }

    fn add(&mut self, form: Form, meaning: Meaning) {
        self.shapes.push(Shape { form, meaning, step: None, title: String::new() });
    }
}

/// Width of a label in the picture's 11 px type, near enough to decide whether it fits.
pub(super) fn text_width(text: &str) -> f64 {
    text.chars().count() as f64 * 5.9
}

/// A label cut to a width, with an ellipsis; empty when not even a few letters fit.
pub(super) fn fit(text: &str, width: f64) -> String {
    if text_width(text) <= width {
        return text.to_string();
    }
    let room = (width / 5.9) as usize;
    if room < 8 {
        return String::new();
    }
    let cut: String = text.chars().take(room - 1).collect();
    format!("{}…", cut.trim_end())
}
