//! The statements as pasted: what each does to the running system, and what is found about it.

use super::severity::{class, words};
use crate::browser::pieces::Piece;
use crate::panels::steps::show_all;
use crate::parts::{badge, facts, impact_strip};
use crate::state::desk::row_id;
use crate::text::Html;
use crate::text::steps::work_time;
use lockstep_core::Report;
use lockstep_core::report::{Finding, StatementReport};

/// The card. `explained` tells which rules have a page.
pub fn statements(report: &Report, at_most: usize, explained: &dyn Fn(&str) -> bool) -> Option<Piece> {
    let all = &report.statements;
    let rows = all.iter().enumerate().take(at_most).map(|(i, statement)| row(i, statement, explained));
    let mut inside = vec![Piece::frame("rows", "<ol class='statements' data-inside></ol>", rows.collect())];
    if all.len() > at_most {
        inside.push(show_all("statements", all.len()));
    }
    let card = "<section class='card detail' aria-labelledby='statements-head'>\
        <h2 id='statements-head'>As pasted, statement by statement</h2><div data-inside></div></section>";
    (!all.is_empty()).then(|| Piece::frame("statements", card, inside))
}

fn row(number: usize, statement: &StatementReport, explained: &dyn Fn(&str) -> bool) -> Piece {
    let index = number.to_string();
    let (time, below) = work_time(&statement.duration, statement.effects.reads.max(statement.effects.writes));
    let mut html = Html::of(
        "<li class='statement-row' id='{}'><div class='statement-head'>\
         <button type='button' class='link line-link' data-do='statement' data-to='{}'>line {}</button>\
         <p class='statement-summary'>{p}</p>",
        &[&row_id(number), &index, &statement.span.line.to_string(), &statement.summary],
    );
    html.add(&badge(statement.verdict)).add(&impact_strip(&statement.effects, &statement.duration));
    html.put("<p class='step-time'><b>{}</b><span>{}</span></p></div>", &[&time, &below]);
    if !statement.understood {
        html.put("<p class='problem'>Not understood: it may do anything, so a person must look at it.</p>", &[]);
    }
    html.put("<ul class='rows findings'>", &[]);
    for finding in &statement.findings {
        found(&mut html, finding, explained(&finding.rule));
    }
    for answered in &statement.suppressed {
        html.put(
            "<li class='severity severity-info'><p><b>Accepted: {p}.</b> {p}</p></li>",
            &[answered.finding.title.trim_end_matches('.'), &answered.reason],
        );
    }
    html.put("</ul>", &[]).add(&facts(&statement.effects));
    if !statement.steps.is_empty() {
        html.put("<p class='hint'>In the plan:", &[]);
        for step in &statement.steps {
            html.put(" <button type='button' class='link' data-do='step' data-to='{}'>step {}</button>", &[step, step]);
        }
        html.put("</p>", &[]);
    }
    html.put("</li>", &[]);
    Piece::new(&index, html)
}

fn found(html: &mut Html, finding: &Finding, explained: bool) {
    html.put(
        "<li class='{}'><p><b>{p}.</b> {p}</p><p class='hint'><span class='visually-hidden'>{}</span> {p} ",
        &[class(finding.severity), &finding.title, &finding.message, words(finding.severity), &finding.instead],
    );
    if explained {
        html.put("<button type='button' class='link' data-do='why' data-to='{}'>Why?</button>", &[&finding.rule]);
    }
    html.put("</p></li>", &[]);
}
