//! The rest of the answer: who must agree, checklist, rollback, runbook, the statements as pasted, what was assumed.

mod runbook;
mod severity;
mod statements;

use crate::browser::pieces::Piece;
use crate::parts::{Ink, sql_block};
use crate::text::Html;
use lockstep_core::Report;
use lockstep_core::report::{Diagnostic, Rollback};

pub use runbook::runbook;
pub use statements::statements;

/// A card with a list, or nothing where the list is empty.
fn card(name: &str, title: &str, hint: &str, rows: &Html) -> Option<Piece> {
    if *rows == Html::new() {
        return None;
    }
    let mut html = Html::of(
        "<section class='card detail' aria-labelledby='{}-head'><h2 id='{}-head'>{}</h2>",
        &[name, name, title],
    );
    html.put_some("<p class='hint'>{}</p>", &[hint]);
    html.put("<ul class='rows'>", &[]).add(rows).put("</ul></section>", &[]);
    Some(Piece::new(name, html))
}

/// What could not be read, where, and what was done instead.
pub fn unread(report: &Report) -> Option<Piece> {
    let mut rows = Html::new();
    for diagnostic in &report.diagnostics {
        rows.put(
            "<li class='{}'><p><b>{}</b> {p}</p><p class='hint'>{p} ",
            &[
                severity::class(diagnostic.severity),
                severity::words(diagnostic.severity),
                &diagnostic.message,
                &diagnostic.instead,
            ],
        );
        place(&mut rows, diagnostic);
        rows.put("</p></li>", &[]);
    }
    card("unread", "Could not be read", "", &rows)
}

fn place(rows: &mut Html, diagnostic: &Diagnostic) {
    let span = diagnostic.span;
    let text = match diagnostic.input.as_str() {
        "sql" => "change",
        "schema" => "schema",
        // What is said of the comparison as a whole has no place.
        "target_schema" if span.end_utf16 > 0 => "wanted",
        "target_schema" => return,
        other => {
            rows.put("<span class='hint'>{}</span>", &[other]);
            return;
        }
    };
    let to = [text, " ", &span.start_utf16.to_string(), " ", &span.end_utf16.to_string()].concat();
    rows.put(
        "<button type='button' class='link' data-do='place' data-to='{}'>{} line {}</button>",
        &[&to, text, &span.line.to_string()],
    );
}

/// What goes to a person.
pub fn escalations(report: &Report) -> Option<Piece> {
    let mut rows = Html::new();
    for e in &report.escalations {
        rows.put("<li><p><b>{p}</b></p><p>{p}</p></li>", &[&e.situation, &e.action]);
    }
    card("people", "Goes to a person", "", &rows)
}

/// To be ticked before it runs, and signed on paper.
pub fn checklist(report: &Report, ticked: &dyn Fn(&str) -> bool) -> Option<Piece> {
    if report.checklist.is_empty() {
        return None;
    }
    let mut html = Html::of(
        "<section class='card detail' aria-labelledby='checklist-head'><h2 id='checklist-head'>Before it runs</h2>\
         <ul class='checklist'>",
        &[],
    );
    for (i, item) in report.checklist.iter().enumerate() {
        let template = match ticked(item) {
            true => {
                "<li><label><input type='checkbox' checked id='tick-{}' data-do='tick' data-to='{}'><span>{p}</span></label></li>"
            }
            false => {
                "<li><label><input type='checkbox' id='tick-{}' data-do='tick' data-to='{}'><span>{p}</span></label></li>"
            }
        };
        html.put(template, &[&i.to_string(), item, item]);
    }
    html.put("</ul><div class='sign-off'><p>Reviewed by</p><p>Approved by</p><p>Date</p></div></section>", &[]);
    Some(Piece::new("checklist", html))
}

/// The way back, last deploy first.
pub fn rollback(report: &Report, ink: Ink<'_>) -> Option<Piece> {
    let mut rows = Html::new();
    for rollback in &report.rollback {
        one_back(&mut rows, rollback, ink);
    }
    let hint = match &report.point_of_no_return {
        Some(step) => ["Free before step ", step, ". Last deploy first."].concat(),
        None => "Free at any time. Last deploy first.".to_string(),
    };
    card("rollback", "Rollback", &hint, &rows)
}

fn one_back(rows: &mut Html, rollback: &Rollback, ink: Ink<'_>) {
    let deploy = rollback.deploy.to_string();
    let lossy = if rollback.lossy { " · something is lost" } else { "" };
    rows.put(
        "<li><h3>Deploy {} · {} <span class='hint'>{}{}</span></h3><p>{p}</p>",
        &[&deploy, rollback.phase.label(), &rollback.until, lossy, &rollback.title],
    );
    if !rollback.sql.is_empty() {
        rows.add(&sql_block(&rollback.sql, &["the rollback of deploy ", &deploy].concat(), ink));
    }
    rows.put("</li>", &[]);
}

/// What was taken for granted.
pub fn assumed(report: &Report) -> Option<Piece> {
    let mut rows = Html::new();
    for a in &report.assumptions {
        rows.put("<li><p><b>{p}</b></p><p>{p}</p></li>", &[&a.text, &a.effect]);
    }
    card("assumed", "Taken for granted", "", &rows)
}

/// Who made the plan.
pub fn made_by(report: &Report) -> Piece {
    let html = Html::of("<p class='made-by'>{} · Lockstep {}</p>", &[&report.engine_title, &report.planner_version]);
    Piece::new("made by", html)
}
