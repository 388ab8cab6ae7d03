//! The narrow layout: time runs downwards, deploys are bands; for phones.

use super::scene::{Column, Mark, MarkKind, Pen, description, fit, scene, text_width};
use super::{Anchor, Meaning, Picture};
use crate::order::Gather;
use crate::report::Report;

const HEADER: f64 = 26.0;
const BAND_GAP: f64 = 5.0;
const PAD: f64 = 8.0;
const BAR_W: f64 = 18.0;
const TICK: f64 = 5.0;
/// Below this height a number would touch the next one.
const LEAST: f64 = 24.0;
/// Longer than this a bar says no more.
const MOST: f64 = 84.0;

/// Centres of the three lanes.
struct Lanes {
    pasted: f64,
    planned: f64,
    undo: f64,
}

/// Draws the report at a width; the height follows from the steps.
pub fn narrow(report: &Report, width: f64) -> Picture {
    let scene = scene(report);
    let lanes = Lanes { pasted: width * 0.37, planned: width * 0.645, undo: width - 28.0 };
    let mut pen = Pen::default();
    for (x, word) in [(lanes.pasted, "As pasted"), (lanes.planned, "Planned"), (lanes.undo, "Undo")] {
        pen.text(Meaning::Heading, (x, 14.0), Anchor::Middle, word);
    }
    let mut y = HEADER;
    let mut turn = None;
    for (i, column) in scene.columns.iter().enumerate() {
        let h = band_height(column);
        pen.rect(column.tint(), (0.0, y), (width, h), 4.0);
        band_head(&mut pen, column, y, lanes.pasted - 20.0);
        let mut at = y + PAD;
        for (j, mark) in column.marks.iter().enumerate() {
            if scene.undo.until == Some((i, j)) {
                turn = Some(at + 2.0);
            }
            draw(&mut pen, mark, at, &lanes, width);
            at += height(mark);
        }
        y += h + BAND_GAP;
    }
    let bottom = (y - BAND_GAP).max(HEADER + 20.0);
    pasted(&mut pen, &scene.pasted, lanes.pasted, bottom - PAD);
    undo(&mut pen, lanes.undo, turn, bottom - PAD, &scene.undo.after);
    pen.shapes.retain(|shape| !matches!(&shape.form, super::Form::Text { text, .. } if text.is_empty()));
    Picture { width, height: bottom, shapes: pen.shapes, description: description(report, &scene) }
}

fn length(seconds: f64) -> f64 {
    (22.0 * (1.0 + seconds).log10()).clamp(10.0, MOST)
}

fn height(mark: &Mark) -> f64 {
    match mark.kind {
        MarkKind::Bar(_) => (length(mark.expected_s) + if mark.brief_end { 18.0 } else { 8.0 }).max(LEAST),
        MarkKind::Instant => LEAST,
        MarkKind::Pause => 32.0,
    }
}

fn band_height(column: &Column) -> f64 {
    let marks: f64 = column.marks.iter().map(height).sum();
    (marks + PAD).max(38.0)
}

fn band_head(pen: &mut Pen, column: &Column, y: f64, room: f64) {
    pen.text(Meaning::Heading, (PAD, y + 17.0), Anchor::Start, format!("Deploy {}", column.deploy));
    let words = column.phase_words();
    let lines: Vec<String> = match text_width(&words) <= room {
        true => vec![words],
        false => column.phases.iter().map(|phase| phase.label().to_string()).gather(),
    };
    let fitting = ((band_height(column) - 20.0) / 14.0) as usize;
    for (i, line) in lines.iter().take(fitting.max(1)).enumerate() {
        pen.text(Meaning::Hint, (PAD, y + 32.0 + 14.0 * i as f64), Anchor::Start, line.as_str());
    }
}

fn draw(pen: &mut Pen, mark: &Mark, y: f64, lanes: &Lanes, width: f64) {
    let from = pen.shapes.len();
    let left = lanes.planned - BAR_W / 2.0;
    match mark.kind {
        MarkKind::Instant => pen.rect(Meaning::Brief, (left - 3.0, y + 5.0), (BAR_W + 6.0, TICK), 1.0),
        MarkKind::Bar(meaning) => {
            let h = length(mark.expected_s);
            pen.rect(meaning, (left, y), (BAR_W, h), 2.0);
            if mark.brief_end {
                pen.rect(Meaning::Brief, (left - 3.0, y + h + 4.0), (BAR_W + 6.0, TICK), 1.0);
            }
        }
        MarkKind::Pause => pen.line(Meaning::Flows, (lanes.planned, y), (lanes.planned, y + 24.0)),
    }
    let half = (text_width(&mark.number) / 2.0 + 4.0).max(8.0);
    pen.number((left - 10.0 - half, y + 8.0), &mark.number);
    let label_x = left + BAR_W + 10.0;
    let words = mark.under.trim_start_matches("no DDL · ");
    let label = fit(words, (lanes.undo - 10.0 - label_x).min(width));
    pen.text(Meaning::Hint, (label_x, y + 12.0), Anchor::Start, label);
    pen.tag(from, Some(&mark.step), &mark.title);
}

fn pasted(pen: &mut Pen, segments: &[super::scene::Segment], x: f64, bottom: f64) {
    let left = x - BAR_W / 2.0;
    let mut y = HEADER + PAD;
    for segment in segments {
        let from = pen.shapes.len();
        let fails = segment.meaning == Meaning::Fails;
        let h = if fails { bottom - y } else { length(segment.seconds).min(bottom - y) };
        match segment.meaning {
            Meaning::Brief => {
                pen.rect(Meaning::Brief, (left - 3.0, y), (BAR_W + 6.0, TICK), 1.0);
                y += TICK + 4.0;
            }
            meaning => {
                pen.rect(meaning, (left, y), (BAR_W, h), 2.0);
                y += h + 3.0;
            }
        }
        pen.tag(from, None, &segment.title);
        if fails || y >= bottom - 8.0 {
            break;
        }
    }
}

fn undo(pen: &mut Pen, x: f64, turn: Option<f64>, bottom: f64, after: &str) {
    let top = HEADER + PAD - 2.0;
    pen.line(Meaning::UndoFree, (x, top), (x, turn.unwrap_or(bottom)));
    let Some(turn) = turn else { return };
    let from = pen.shapes.len();
    pen.line(Meaning::UndoCosts, (x, turn + 6.0), (x, bottom));
    pen.line(Meaning::NoReturn, (x - 8.0, turn), (x + 8.0, turn));
    pen.tag(from, None, after);
}
