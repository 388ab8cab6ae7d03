//! The wide layout: time runs to the right, deploys are columns, tables are lanes.

use super::scene::{Column, Mark, MarkKind, Pen, Scene, description, fit, scene, text_width};
use super::{Anchor, Meaning, Picture};
use crate::order::Gather;
use crate::report::Report;

const HEADS: f64 = 118.0;
const PAD: f64 = 9.0;
const COLUMN_GAP: f64 = 8.0;
const PASTED: f64 = 40.0;
const PASTED_H: f64 = 19.0;
const LANES: f64 = 68.0;
const LANE_H: f64 = 62.0;
const BAR_H: f64 = 20.0;
const UNDO_H: f64 = 46.0;
const TICK: f64 = 5.0;

/// Where a mark landed.
struct Slot {
    x: f64,
    w: f64,
}

/// How lengths are made of seconds, and how much room labels get.
#[derive(Clone, Copy)]
struct Scale {
    /// Pixels per decade of seconds.
    k: f64,
    /// Room between marks.
    gap: f64,
    /// Labels are written under the marks.
    labels: bool,
}

impl Scale {
    fn length(self, seconds: f64) -> f64 {
        (self.k * (1.0 + seconds).log10()).max(12.0)
    }

    fn slot(self, mark: &Mark) -> f64 {
        let drawn = match mark.kind {
            MarkKind::Instant => TICK,
            MarkKind::Bar(_) => self.length(mark.high_s.max(mark.expected_s)) + if mark.brief_end { 14.0 } else { 0.0 },
            MarkKind::Pause => 18.0,
        };
        let label = match self.labels {
            true => text_width(&mark.under).max(text_width(&mark.number) + 10.0),
            false => text_width(&mark.number) + 6.0,
        };
        drawn.max(label) + self.gap
    }

    fn column(self, column: &Column) -> f64 {
        let marks: f64 = column.marks.iter().map(|mark| self.slot(mark)).sum();
        let header = heading_width(&format!("Deploy {}", column.deploy));
        let phases = if self.labels { text_width(&column.phase_words()) + 14.0 } else { 0.0 };
        marks.max(header + phases) + 2.0 * PAD
    }

    fn total(self, scene: &Scene) -> f64 {
        let gaps = COLUMN_GAP * scene.columns.len().saturating_sub(1) as f64;
        scene.columns.iter().map(|column| self.column(column)).sum::<f64>() + gaps
    }
}

/// Draws the report at a width; the height follows from the number of tables.
pub fn wide(report: &Report, width: f64) -> Picture {
    let scene = scene(report);
    let room = (width - HEADS).max(120.0);
    let scale = choose(&scene, room);
    let lanes_h = LANE_H * scene.lanes.len() as f64;
    let undo_y = LANES + lanes_h + 20.0;
    let height = undo_y + UNDO_H - 20.0;

    let mut pen = Pen::default();
    let mut slots: Vec<Vec<Slot>> = Vec::new();
    // What is left over is shared by the columns in proportion, so that the right edges meet.
    let stretch = room / scale.total(&scene).max(1.0);
    let mut x = HEADS;
    for column in &scene.columns {
        let w = scale.column(column) * stretch - COLUMN_GAP * (1.0 - stretch.min(1.0));
        pen.rect(column.tint(), (x, 0.0), (w, height), 6.0);
        let head = format!("Deploy {}", column.deploy);
        let phases_x = x + PAD + heading_width(&head) + 7.0;
        pen.text(Meaning::Heading, (x + PAD, 18.0), Anchor::Start, head);
        let phases = fit(&column.phase_words(), x + w - phases_x - 2.0);
        pen.text(Meaning::Hint, (phases_x, 18.0), Anchor::Start, phases);
        slots.push(place(column, scale, x + PAD, w - 2.0 * PAD));
        x += w + COLUMN_GAP;
    }
    let right = (x - COLUMN_GAP - PAD).max(HEADS + PAD);

    heads(&mut pen, &scene, undo_y);
    pasted(&mut pen, &scene, scale, HEADS + PAD, right);
    for (column, slots) in scene.columns.iter().zip(&slots) {
        for (mark, slot) in column.marks.iter().zip(slots) {
            draw(&mut pen, mark, slot, scale);
        }
    }
    undo(&mut pen, &scene, &slots, undo_y, right);
    pen.shapes.retain(|shape| !matches!(&shape.form, super::Form::Text { text, .. } if text.is_empty()));
    Picture { width, height, shapes: pen.shapes, description: description(report, &scene) }
}

/// The largest scale that fits, with labels if possible.
fn choose(scene: &Scene, room: f64) -> Scale {
    for (gap, labels) in [(18.0, true), (10.0, true), (8.0, false), (3.0, false)] {
        let fits = |k: f64| Scale { k, gap, labels }.total(scene) <= room;
        if !fits(9.0) {
            continue;
        }
        let (mut low, mut high) = (9.0, 90.0);
        for _ in 0..24 {
            let middle = (low + high) / 2.0;
            if fits(middle) { low = middle } else { high = middle }
        }
        return Scale { k: low, gap, labels };
    }
    Scale { k: 4.0, gap: 2.0, labels: false }
}

fn place(column: &Column, scale: Scale, left: f64, room: f64) -> Vec<Slot> {
    let natural: f64 = column.marks.iter().map(|mark| scale.slot(mark)).sum();
    let pauses = column.marks.iter().filter(|mark| mark.kind == MarkKind::Pause).count();
    let spare = (room - natural).max(0.0);
    // Pauses take what is left over: nothing is measured there. Without one the marks spread out.
    let (to_pause, to_each) = match pauses {
        0 => (0.0, spare / column.marks.len().max(1) as f64),
        n => (spare / n as f64, 0.0),
    };
    let squeeze = if natural > room { room / natural.max(1.0) } else { 1.0 };
    let mut x = left;
    column
        .marks
        .iter()
        .map(|mark| {
            let extra = if mark.kind == MarkKind::Pause { to_pause } else { to_each };
            let w = scale.slot(mark) * squeeze + extra;
            let slot = Slot { x, w };
            x += w;
            slot
        })
        .gather()
}

/// Headings are set bolder and a little larger than labels.
fn heading_width(text: &str) -> f64 {
    text_width(text) * 1.27
}

fn heads(pen: &mut Pen, scene: &Scene, undo_y: f64) {
    pen.text(Meaning::Heading, (0.0, PASTED + 14.0), Anchor::Start, "As pasted");
    for (i, lane) in scene.lanes.iter().enumerate() {
        let y = LANES + LANE_H * i as f64;
        let from = pen.shapes.len();
        pen.text(Meaning::Code, (0.0, y + 35.0), Anchor::Start, fit(&lane.name, HEADS - 24.0));
        pen.tag(from, None, &lane.name);
        pen.text(Meaning::Hint, (0.0, y + 51.0), Anchor::Start, lane.hint.as_str());
    }
    pen.text(Meaning::Heading, (0.0, undo_y + 4.0), Anchor::Start, "Undo");
}

fn pasted(pen: &mut Pen, scene: &Scene, scale: Scale, left: f64, right: f64) {
    let mut x = left;
    let mut alarm = false;
    for segment in &scene.pasted {
        let from = pen.shapes.len();
        let fails = segment.meaning == Meaning::Fails;
        let w = if fails { right - x } else { scale.length(segment.seconds).min(right - x) };
        alarm |= matches!(segment.meaning, Meaning::Fails | Meaning::Waits);
        match segment.meaning {
            Meaning::Brief => {
                pen.rect(Meaning::Brief, (x, PASTED - 2.0), (TICK, PASTED_H + 4.0), 1.0);
                x += TICK + 4.0;
            }
            meaning => {
                pen.rect(meaning, (x, PASTED), (w, PASTED_H), 2.0);
                if alarm {
                    pen.rect(Meaning::Strike, (x, PASTED), (4.0, PASTED_H), 1.0);
                }
                x += w + if fails { 0.0 } else { 3.0 };
            }
        }
        pen.tag(from, None, &segment.title);
        if fails || x >= right - 8.0 {
            break;
        }
    }
    let words = scene.pasted_words.as_str();
    let meaning = if alarm { Meaning::Alarm } else { Meaning::Hint };
    let w = heading_width(words);
    if right - x > w + 8.0 {
        pen.text(meaning, (x + 6.0, PASTED + 14.0), Anchor::Start, words);
    } else {
        let middle = (left + right) / 2.0;
        let half = (w / 2.0 + 10.0).min((right - left) / 2.0 - 8.0);
        pen.rect(Meaning::Paper, (middle - half, PASTED + 1.0), (half * 2.0, PASTED_H - 2.0), 0.0);
        pen.text(meaning, (middle, PASTED + 14.0), Anchor::Middle, fit(words, half * 2.0));
    }
}

fn draw(pen: &mut Pen, mark: &Mark, slot: &Slot, scale: Scale) {
    let from = pen.shapes.len();
    let top = LANES + LANE_H * mark.lane as f64;
    let bar = top + 20.0;
    let middle = bar + BAR_H / 2.0;
    let room = (slot.w - 4.0).max(6.0);
    match mark.kind {
        MarkKind::Instant => {
            let x = slot.x + 2.0_f64.min((slot.w - TICK).max(0.0));
            pen.rect(Meaning::Brief, (x, bar - 3.0), (TICK, BAR_H + 6.0), 1.0);
        }
        MarkKind::Bar(meaning) => {
            let tail = if mark.brief_end { 12.0 } else { 0.0 };
            let w = scale.length(mark.expected_s).min(room - tail);
            pen.rect(meaning, (slot.x, bar), (w, BAR_H), 2.0);
            let (low, high) = (scale.length(mark.low_s).min(room), scale.length(mark.high_s).min(room - tail));
            let whiskers = mark.high_s >= 1.0 && high - low >= 6.0;
            if whiskers {
                pen.line(Meaning::Range, (slot.x + low, middle), (slot.x + high, middle));
                pen.line(Meaning::Range, (slot.x + low, middle - 5.0), (slot.x + low, middle + 5.0));
                pen.line(Meaning::Range, (slot.x + high, middle - 5.0), (slot.x + high, middle + 5.0));
            }
            let inner = if whiskers { low.min(w) } else { w };
            // A hatched bar takes no words: they could not be read.
            if meaning == Meaning::Work && text_width(mark.inside) + 10.0 <= inner {
                pen.text(Meaning::Label, (slot.x + 7.0, middle + 4.0), Anchor::Start, mark.inside);
            }
            if mark.brief_end {
                let end = high.max(w);
                pen.rect(Meaning::Brief, (slot.x + end + 6.0, bar - 3.0), (TICK, BAR_H + 6.0), 1.0);
            }
        }
        MarkKind::Pause => pen.line(Meaning::Flows, (slot.x + 2.0, middle), (slot.x + room - 4.0, middle)),
    }
    let number_x = slot.x + (text_width(&mark.number) / 2.0 + 4.0).max(8.0) - 3.0;
    pen.number((number_x, top + 8.0), &mark.number);
    if scale.labels {
        pen.text(Meaning::Hint, (slot.x, bar + BAR_H + 15.0), Anchor::Start, mark.under.as_str());
    }
    pen.tag(from, Some(&mark.step), &mark.title);
}

fn undo(pen: &mut Pen, scene: &Scene, slots: &[Vec<Slot>], y: f64, right: f64) {
    let left = HEADS + PAD - 2.0;
    let turn = scene.undo.until.and_then(|(column, mark)| slots.get(column)?.get(mark)).map(|slot| slot.x);
    let end = turn.unwrap_or(right);
    pen.line(Meaning::UndoFree, (left, y), (end, y));
    let before = fit(scene.undo.before, end - left - 8.0);
    let before_end = left + text_width(&before);
    pen.text(Meaning::Hint, (left + 2.0, y + 17.0), Anchor::Start, before);
    let Some(turn) = turn else { return };
    let from = pen.shapes.len();
    pen.line(Meaning::UndoCosts, (turn + 6.0, y), (right, y));
    pen.line(Meaning::NoReturn, (turn, y - 8.0), (turn, y + 8.0));
    let after = fit(&scene.undo.after, right - before_end - 24.0);
    pen.text(Meaning::Hint, (right, y + 17.0), Anchor::End, after);
    pen.tag(from, None, &scene.undo.after);
}

/// What the picture's marks mean, for those that it uses.
pub fn legend(picture: &Picture) -> Vec<(Meaning, &'static str)> {
    const WORDS: [(Meaning, &str); 8] = [
        (Meaning::Work, "work, traffic flows"),
        (Meaning::Brief, "traffic waits briefly"),
        (Meaning::Waits, "traffic waits for the whole run"),
        (Meaning::Fails, "queries fail"),
        (Meaning::Unknown, "cannot tell"),
        (Meaning::Flows, "nothing runs in the database"),
        (Meaning::Range, "likely range"),
        (Meaning::NoReturn, "needs approval: undo is no longer free"),
    ];
    let used = |meaning: &Meaning| picture.shapes.iter().any(|shape| shape.meaning == *meaning);
    WORDS.into_iter().filter(|(meaning, _)| used(meaning)).gather()
}
