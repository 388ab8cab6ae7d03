//! The answer: the verdict, one sentence, three numbers.

use crate::browser::pieces::Piece;
use crate::parts::badge;
use crate::text::Html;
use lockstep_core::Report;
use lockstep_core::picture::words::{range, time};

/// The head of the plan.
pub fn verdict(report: &Report) -> Piece {
    let d = report.duration;
    let (long, between) = match d.unknown {
        true => ("not known".to_string(), "time".to_string()),
        false => (
            time(d.expected_s),
            Some(range(d.low_s, d.high_s)).filter(|r| !r.is_empty()).unwrap_or("in all".to_string()),
        ),
    };
    let undo = match &report.point_of_no_return {
        Some(step) => ["until step ", step].concat(),
        None => "at any time".to_string(),
    };
    let coverage = report.coverage;
    let partly = if coverage.understood < coverage.total { "partly" } else { "" };
    let understood = [&coverage.understood.to_string(), " of ", &coverage.total.to_string()].concat();
    let mut html = Html::of(
        "<header class='verdict'><p class='on-paper'>{} · {}</p><p class='verdict-badge'>",
        &[&report.title, &report.engine_title],
    );
    html.add(&badge(report.verdict));
    html.put(
        "</p><h2 class='headline' data-testid='headline'>{p}</h2><dl class='numbers'>\
         <div><dd>{}</dd><dt>{}</dt></div><div><dd>{}</dd><dt>can be undone</dt></div>\
         <div class='{}'><dd>{}</dd><dt>understood</dt></div></dl>",
        &[&report.headline, &long, &between, &undo, partly, &understood],
    );
    if !report.reasons.is_empty() {
        html.put("<details class='reasons'><summary>Why this verdict</summary><ul>", &[]);
        for reason in &report.reasons {
            html.put("<li>{p}</li>", &[reason]);
        }
        html.put("</ul></details>", &[]);
    }
    html.put("</header>", &[]);
    Piece::new("verdict", html)
}
