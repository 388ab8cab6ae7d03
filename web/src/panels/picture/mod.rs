//! The picture: as pasted, planned and undo on one scale; the same as a table.

use crate::browser::page::WidthWatch;
use crate::parts::Prose;
use crate::state::desk::desk;
use leptos::html::Div;
use leptos::prelude::*;
use lockstep_core::Report;
use lockstep_core::picture::words::count;
use lockstep_core::picture::{
    Anchor, Form, Meaning, Picture, Shape, data_rows, narrow::narrow, wide::legend, wide::wide,
};
use std::sync::Arc;

/// Below this width time runs downwards.
const NARROW: f64 = 560.0;

/// The card with the picture.
#[component]
pub fn PictureCard(report: Arc<Report>) -> impl IntoView {
    let desk = desk();
    let place = NodeRef::<Div>::new();
    let width = RwSignal::new(0.0_f64);
    let watch = StoredValue::new_local(None);
    Effect::new(move |_| {
        if let Some(place) = place.get() {
            width.set(f64::from(place.client_width()));
            watch.set_value(WidthWatch::new(&place, move |w| width.set(w.floor())));
        }
    });
    let table = move || desk.liking.with(|liking| liking.table);
    let choose = move |table: bool| desk.liking.update(|liking| liking.table = table);
    let hint = hint(&report);
    let drawn = {
        let report = report.clone();
        Memo::new(move |_| {
            let w = if desk.printing.get() { 660.0 } else { width.get() };
            (w > 0.0).then(|| if w < NARROW { narrow(&report, w) } else { wide(&report, w) })
        })
    };
    view! {
        <section class="card picture-card" aria-labelledby="picture-head">
            <header class="card-head">
                <h2 id="picture-head">"What traffic feels"</h2>
                <p class="hint">{hint}</p>
                <div class="segmented" role="group" aria-label="Show as">
                    <button type="button" aria-pressed=move || (!table()).to_string() on:click=move |_| choose(false)>"Picture"</button>
                    <button type="button" aria-pressed=move || table().to_string() on:click=move |_| choose(true)>"Table"</button>
                </div>
            </header>
            <div class="picture" node_ref=place>
                {move || match table() && !desk.printing.get() {
                    true => view! { <DataTable report=report.clone() /> }.into_any(),
                    false => drawn.get().map(|picture| view! { <Drawing picture=picture /> }).into_any(),
                }}
            </div>
        </section>
    }
}

/// `12 M rows · 180 writes/s · bar length on a log scale`.
fn hint(report: &Report) -> String {
    let largest = report.tables.iter().filter(|table| !table.new).max_by_key(|table| table.rows);
    let mut parts = Vec::new();
    if let Some(table) = largest {
        let assumed = if table.rows_known { "" } else { " assumed" };
        parts.push(format!("{} rows{assumed}", count(table.rows)));
        parts.extend(table.writes_per_s.map(|rate| format!("{rate:.0} writes/s")));
    }
    parts.push("bar length on a log scale".to_string());
    parts.join(" · ")
}

#[component]
fn Drawing(picture: Picture) -> impl IntoView {
    let legend = if picture.width < NARROW { Vec::new() } else { legend(&picture) };
    let shapes = picture.shapes.iter().map(paint).collect_view();
    let legend = legend.into_iter().map(|(meaning, words)| view! { <li>{swatch(meaning)}{words}</li> }).collect_view();
    view! {
        <svg
            class="drawing"
            role="img"
            aria-label=picture.description.clone()
            viewBox=format!("0 0 {} {}", picture.width, picture.height)
            width=picture.width
            height=picture.height
        >
            <Patterns />
            {shapes}
        </svg>
        <ul class="legend">{legend}</ul>
    }
}

/// Hatches: a meaning is never said by colour alone.
#[component]
fn Patterns() -> impl IntoView {
    view! {
        <defs>
            <pattern id="hatch" width="6" height="6" patternUnits="userSpaceOnUse" patternTransform="rotate(45)">
                <rect class="hatch-bg" width="6" height="6" />
                <rect class="hatch-line" width="2.6" height="6" />
            </pattern>
            <pattern id="dots" width="5" height="5" patternUnits="userSpaceOnUse">
                <circle class="dots-dot" cx="2.5" cy="2.5" r="1" />
            </pattern>
        </defs>
    }
}

fn paint(shape: &Shape) -> impl IntoView + use<> {
    let desk = desk();
    let class = format!("pic-{}", shape.meaning.id());
    let title = (!shape.title.is_empty()).then(|| view! { <title>{shape.title.clone()}</title> });
    let drawn = match &shape.form {
        Form::Rect { x, y, w, h, r } => {
            view! { <rect class=class x=*x y=*y width=*w height=*h rx=*r>{title}</rect> }.into_any()
        }
        Form::Line { x1, y1, x2, y2 } => {
            view! { <line class=class x1=*x1 y1=*y1 x2=*x2 y2=*y2>{title}</line> }.into_any()
        }
        Form::Circle { x, y, r } => view! { <circle class=class cx=*x cy=*y r=*r>{title}</circle> }.into_any(),
        Form::Text { x, y, anchor, text } => {
            let anchor = match anchor {
                Anchor::Start => "start",
                Anchor::Middle => "middle",
                Anchor::End => "end",
            };
            view! { <text class=format!("{class} text") x=*x y=*y text-anchor=anchor>{text.clone()}{title}</text> }
                .into_any()
        }
    };
    match shape.step.clone() {
        Some(step) => view! { <g class="pic-step" on:click=move |_| desk.show_step(&step)>{drawn}</g> }.into_any(),
        None => drawn,
    }
}

fn swatch(meaning: Meaning) -> impl IntoView {
    let class = format!("pic-{}", meaning.id());
    let drawn = match meaning {
        Meaning::Brief => view! { <rect class=class x="9" y="0" width="5" height="14" rx="1" /> }.into_any(),
        Meaning::NoReturn => view! { <line class=class x1="11" x2="11" y1="0" y2="14" /> }.into_any(),
        Meaning::Flows => view! { <line class=class x1="0" x2="22" y1="7" y2="7" /> }.into_any(),
        Meaning::Range => view! { <path class=class d="M1 7h20M1 3v8M21 3v8" /> }.into_any(),
        _ => view! { <rect class=class x="0.5" y="2" width="21" height="10" rx="2" /> }.into_any(),
    };
    view! { <svg viewBox="0 0 22 14" width="22" height="14" aria-hidden="true">{drawn}</svg> }
}

#[component]
fn DataTable(report: Arc<Report>) -> impl IntoView {
    let rows = data_rows(&report)
        .into_iter()
        .map(|row| {
            view! {
                <tr>
                    <th scope="row">{row.step}</th>
                    <td>{row.deploy}</td>
                    <td><Prose text=row.what /></td>
                    <td>{row.time}</td>
                    <td>{row.reads}</td>
                    <td>{row.writes}</td>
                    <td><Prose text=row.undo /></td>
                </tr>
            }
        })
        .collect_view();
    view! {
        <div class="table-scroll" tabindex="0" role="group" aria-label="The picture as a table">
            <table>
                <thead>
                    <tr>
                        <th scope="col">"Step"</th>
                        <th scope="col">"Deploy"</th>
                        <th scope="col">"What"</th>
                        <th scope="col">"Time"</th>
                        <th scope="col">"Reads"</th>
                        <th scope="col">"Writes"</th>
                        <th scope="col">"Undo"</th>
                    </tr>
                </thead>
                <tbody>{rows}</tbody>
            </table>
        </div>
    }
}
