//! The runbook: before, during, after, failure, and which situation asks for which action.

use crate::parts::{CodeBlock, Prose, SqlBlock};
use leptos::prelude::*;
use lockstep_core::Report;
use lockstep_core::report::RunbookItem;
use std::sync::Arc;

/// The card; its parts are folded.
#[component]
pub fn RunbookCard(report: Arc<Report>) -> impl IntoView {
    let book = &report.runbook;
    let parts = [
        ("Before", &book.before),
        ("During", &book.during),
        ("After", &book.after),
        ("When something fails", &book.failure),
    ];
    if parts.iter().all(|(_, items)| items.is_empty()) && book.decisions.is_empty() {
        return ().into_any();
    }
    let parts = parts
        .into_iter()
        .filter(|(_, items)| !items.is_empty())
        .map(|(name, items)| view! { <Part name=name items=items.clone() /> })
        .collect_view();
    let decisions = book
        .decisions
        .iter()
        .map(|d| view! { <tr><td><Prose text=d.situation.clone() /></td><td><Prose text=d.action.clone() /></td></tr> })
        .collect_view();
    let decisions = (!book.decisions.is_empty()).then(|| {
        view! {
            <details>
                <summary>"Go back or go on"</summary>
                <div class="table-scroll" tabindex="0" role="group" aria-label="Go back or go on">
                    <table>
                        <thead><tr><th scope="col">"What is seen"</th><th scope="col">"What to do"</th></tr></thead>
                        <tbody>{decisions}</tbody>
                    </table>
                </div>
            </details>
        }
    });
    view! {
        <section class="card detail" aria-labelledby="runbook-head">
            <h2 id="runbook-head">"Runbook"</h2>
            {parts}
            {decisions}
        </section>
    }
    .into_any()
}

#[component]
fn Part(name: &'static str, items: Vec<RunbookItem>) -> impl IntoView {
    let count = items.len();
    let items = items
        .into_iter()
        .map(|item| {
            let what = format!("the commands of {}", item.title);
            let code = match (item.code.is_empty(), item.language.as_str()) {
                (true, _) => ().into_any(),
                (false, "sql") => view! { <SqlBlock statements=vec![item.code] what=what /> }.into_any(),
                (false, _) => view! { <CodeBlock text=item.code what=what /> }.into_any(),
            };
            view! { <li><h3><Prose text=item.title /></h3><p><Prose text=item.text /></p>{code}</li> }
        })
        .collect_view();
    view! {
        <details>
            <summary>{name} " " <span class="hint">{count}</span></summary>
            <ul class="rows">{items}</ul>
        </details>
    }
}
