//! The picture: as pasted, planned and undo on one scale; the same as a table.

use crate::browser::pieces::Piece;
use crate::parts::pixels;
use crate::state::quantity::plain;
use crate::text::Html;
use lockstep_core::Report;
use lockstep_core::picture::words::count;
use lockstep_core::picture::{
    Anchor, Form, Meaning, Picture, Shape, data_rows, narrow::narrow, wide::legend, wide::wide,
};

/// Below this width time runs downwards.
const NARROW: f64 = 560.0;

/// The card, drawn for a width or as a table.
pub fn picture(report: &Report, width: f64, table: bool) -> Piece {
    let pressed = |on: bool| if on { "true" } else { "false" };
    let mut html = Html::of(
        "<section class='card picture-card' aria-labelledby='picture-head'><header class='card-head'>\
         <h2 id='picture-head'>What traffic feels</h2><p class='hint'>{}</p>\
         <div class='segmented' role='group' aria-label='Show as'>\
         <button type='button' id='as-picture' data-do='picture' aria-pressed='{}'>Picture</button>\
         <button type='button' id='as-table' data-do='table' aria-pressed='{}'>Table</button></div></header>\
         <div class='picture'>",
        &[&hint(report), pressed(!table), pressed(table)],
    );
    if table {
        html.add(&data_table(report));
    } else if width > 0.0 {
        let picture = if width < NARROW { narrow(report, width) } else { wide(report, width) };
        html.add(&drawing(&picture));
    }
    html.put("</div></section>", &[]);
    Piece::new("picture", html)
}

/// `12 M rows · 180 writes/s · bar length on a log scale`.
fn hint(report: &Report) -> String {
    let largest = report.tables.iter().filter(|table| !table.new).max_by_key(|table| table.rows);
    let mut parts = Vec::new();
    if let Some(table) = largest {
        let assumed = if table.rows_known { " rows" } else { " rows assumed" };
        parts.push(count(table.rows) + assumed);
        parts.extend(table.writes_per_s.map(|rate| plain(rate.round()) + " writes/s"));
    }
    parts.push("bar length on a log scale".to_string());
    parts.join(" · ")
}

fn drawing(picture: &Picture) -> Html {
    let (width, height) = (pixels(picture.width), pixels(picture.height));
    let mut html = Html::of(
        "<svg class='drawing' role='img' aria-label='{}' viewBox='0 0 {} {}' width='{}' height='{}'>",
        &[&picture.description, &width, &height, &width, &height],
    );
    html.put(PATTERNS, &[]);
    for shape in &picture.shapes {
        paint(&mut html, shape);
    }
    html.put("</svg><ul class='legend'>", &[]);
    if picture.width >= NARROW {
        for (meaning, words) in legend(picture) {
            html.put("<li><svg viewBox='0 0 22 14' width='22' height='14' aria-hidden='true'>", &[]);
            html.put(swatch(meaning), &[meaning.id()]).put("</svg>{}</li>", &[words]);
        }
    }
    html.put("</ul>", &[]);
    html
}

/// Hatches: a meaning is never said by colour alone.
const PATTERNS: &str = "<defs>\
    <pattern id='hatch' width='6' height='6' patternUnits='userSpaceOnUse' patternTransform='rotate(45)'>\
    <rect class='hatch-bg' width='6' height='6'/><rect class='hatch-line' width='2.6' height='6'/></pattern>\
    <pattern id='dots' width='5' height='5' patternUnits='userSpaceOnUse'>\
    <circle class='dots-dot' cx='2.5' cy='2.5' r='1'/></pattern></defs>";

fn paint(html: &mut Html, shape: &Shape) {
    if let Some(step) = &shape.step {
        html.put("<g class='pic-step' data-do='step' data-to='{}'>", &[step]);
    }
    let class = shape.meaning.id();
    let end = match &shape.form {
        Form::Rect { x, y, w, h, r } => {
            let [x, y, w, h, r] = [x, y, w, h, r].map(|n| pixels(*n));
            html.put(
                "<rect class='pic-{}' x='{}' y='{}' width='{}' height='{}' rx='{}'>",
                &[class, &x, &y, &w, &h, &r],
            );
            "</rect>"
        }
        Form::Line { x1, y1, x2, y2 } => {
            let [x1, y1, x2, y2] = [x1, y1, x2, y2].map(|n| pixels(*n));
            html.put("<line class='pic-{}' x1='{}' y1='{}' x2='{}' y2='{}'>", &[class, &x1, &y1, &x2, &y2]);
            "</line>"
        }
        Form::Circle { x, y, r } => {
            let [x, y, r] = [x, y, r].map(|n| pixels(*n));
            html.put("<circle class='pic-{}' cx='{}' cy='{}' r='{}'>", &[class, &x, &y, &r]);
            "</circle>"
        }
        Form::Text { x, y, anchor, text } => {
            let anchor = match anchor {
                Anchor::Start => "start",
                Anchor::Middle => "middle",
                Anchor::End => "end",
            };
            let [x, y] = [x, y].map(|n| pixels(*n));
            html.put("<text class='pic-{} text' x='{}' y='{}' text-anchor='{}'>{}", &[class, &x, &y, anchor, text]);
            "</text>"
        }
    };
    html.put_some("<title>{}</title>", &[&shape.title]);
    html.put(end, &[]);
    if shape.step.is_some() {
        html.put("</g>", &[]);
    }
}

fn swatch(meaning: Meaning) -> &'static str {
    match meaning {
        Meaning::Brief => "<rect class='pic-{}' x='9' y='0' width='5' height='14' rx='1'/>",
        Meaning::NoReturn => "<line class='pic-{}' x1='11' x2='11' y1='0' y2='14'/>",
        Meaning::Flows => "<line class='pic-{}' x1='0' x2='22' y1='7' y2='7'/>",
        Meaning::Range => "<path class='pic-{}' d='M1 7h20M1 3v8M21 3v8'/>",
        _ => "<rect class='pic-{}' x='0.5' y='2' width='21' height='10' rx='2'/>",
    }
}

fn data_table(report: &Report) -> Html {
    let mut html = Html::of(
        "<div class='table-scroll' tabindex='0' role='group' aria-label='The picture as a table'><table><thead><tr>",
        &[],
    );
    for head in ["Step", "Deploy", "What", "Time", "Reads", "Writes", "Undo"] {
        html.put("<th scope='col'>{}</th>", &[head]);
    }
    html.put("</tr></thead><tbody>", &[]);
    for row in data_rows(report) {
        html.put(
            "<tr><th scope='row'>{}</th><td>{}</td><td>{p}</td><td>{}</td><td>{}</td><td>{}</td><td>{p}</td></tr>",
            &[&row.step, &row.deploy, &row.what, &row.time, &row.reads, &row.writes, &row.undo],
        );
    }
    html.put("</tbody></table></div>", &[]);
    html
}
