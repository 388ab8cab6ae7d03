//! The answer: the verdict, one sentence, three numbers.

use crate::parts::{Badge, Prose};
use leptos::prelude::*;
use lockstep_core::Report;
use lockstep_core::picture::words::{range, time};
use std::sync::Arc;

/// The head of the plan.
#[component]
pub fn VerdictHead(report: Arc<Report>) -> impl IntoView {
    let d = report.duration;
    let (long, between) = match d.unknown {
        true => ("not known".to_string(), "time".to_string()),
        false => (
            time(d.expected_s),
            Some(range(d.low_s, d.high_s)).filter(|r| !r.is_empty()).unwrap_or("in all".to_string()),
        ),
    };
    let undo = match &report.point_of_no_return {
        Some(step) => format!("until step {step}"),
        None => "at any time".to_string(),
    };
    let coverage = report.coverage;
    let partly = coverage.understood < coverage.total;
    let reasons = report.reasons.iter().map(|reason| view! { <li><Prose text=reason.clone() /></li> }).collect_view();
    view! {
        <header class="verdict">
            <p class="on-paper">{format!("{} · {}", report.title, report.engine_title)}</p>
            <p class="verdict-badge"><Badge verdict=report.verdict /></p>
            <h2 class="headline" data-testid="headline"><Prose text=report.headline.clone() /></h2>
            <dl class="numbers">
                <div><dd>{long}</dd><dt>{between}</dt></div>
                <div><dd>{undo}</dd><dt>"can be undone"</dt></div>
                <div class:partly=partly><dd>{format!("{} of {}", coverage.understood, coverage.total)}</dd><dt>"understood"</dt></div>
            </dl>
            {(!report.reasons.is_empty()).then(|| view! {
                <details class="reasons"><summary>"Why this verdict"</summary><ul>{reasons}</ul></details>
            })}
        </header>
    }
}
