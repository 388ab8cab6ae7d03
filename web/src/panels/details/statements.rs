//! The statements as pasted: what each does to the running system, and what is found about it.

use super::{severity_class, severity_words};
use crate::parts::{Badge, Facts, Fold, ImpactStrip, Prose};
use crate::state::desk::{Dialog, desk};
use crate::text::steps::work_time;
use leptos::prelude::*;
use lockstep_core::Report;
use lockstep_core::report::{Finding, StatementReport};
use std::sync::Arc;

/// More statements than this are drawn on demand.
const AT_ONCE: usize = 25;

/// The card.
#[component]
pub fn Statements(report: Arc<Report>) -> impl IntoView {
    let total = report.statements.len();
    if total == 0 {
        return ().into_any();
    }
    let all = RwSignal::new(total <= AT_ONCE);
    let rows = move || {
        let shown = if all.get() { total } else { AT_ONCE };
        let statements = report.statements.iter().take(shown).cloned().enumerate();
        statements.map(|(i, statement)| view! { <Statement index=i statement=statement /> }).collect_view()
    };
    view! {
        <section class="card detail" aria-labelledby="statements-head">
            <h2 id="statements-head">"As pasted, statement by statement"</h2>
            <ol class="statements">{rows}</ol>
            <Show when=move || !all.get()>
                <button type="button" class="button" on:click=move |_| all.set(true)>{format!("Show all {total} statements")}</button>
            </Show>
        </section>
    }
    .into_any()
}

#[component]
fn Statement(index: usize, statement: StatementReport) -> impl IntoView {
    let desk = desk();
    let effects = statement.effects.clone();
    let (time, below) = work_time(&statement.duration, statement.effects.reads.max(statement.effects.writes));
    let findings =
        statement.findings.iter().cloned().map(|finding| view! { <FindingRow finding=finding /> }).collect_view();
    let steps = statement
        .steps
        .iter()
        .map(|step| {
            let (step, target) = (step.clone(), step.clone());
            view! { <button type="button" class="link" on:click=move |_| desk.show_step(&target)>{format!("step {step}")}</button> " " }
        })
        .collect_view();
    view! {
        <li class="statement-row" class:marked=move || desk.statement.get() == Some(index)>
            <div class="statement-head">
                <button type="button" class="link line-link" on:click=move |_| desk.show_statement(index)>
                    {format!("line {}", statement.span.line)}
                </button>
                <p class="statement-summary"><Prose text=statement.summary.clone() /></p>
                <Badge verdict=statement.verdict />
                <ImpactStrip effects=statement.effects.clone() duration=statement.duration />
                <p class="step-time"><b>{time}</b><span>{below}</span></p>
            </div>
            {(!statement.understood).then(|| view! { <p class="problem">"Not understood: it may do anything, so a person must look at it."</p> })}
            <ul class="rows findings">{findings}</ul>
            <Fold summary="What it does to the running system"><Facts effects=effects.clone() /></Fold>
            {(!statement.steps.is_empty()).then(|| view! { <p class="hint">"In the plan: " {steps}</p> })}
        </li>
    }
}

#[component]
fn FindingRow(finding: Finding) -> impl IntoView {
    let desk = desk();
    let rule = finding.rule.clone();
    let explained = {
        let rule = rule.clone();
        move || desk.planner.ready.with(|ready| ready.rules.iter().any(|known| known.id == rule))
    };
    let why = move || {
        let rule = rule.clone();
        explained().then(|| {
            view! { <button type="button" class="link" on:click=move |_| desk.dialog.set(Some(Dialog::Rule(rule.clone())))>"Why?"</button> }
        })
    };
    view! {
        <li class=severity_class(finding.severity)>
            <p><b><Prose text=finding.title />"."</b> " " <Prose text=finding.message /></p>
            <p class="hint"><span class="visually-hidden">{severity_words(finding.severity)}</span> <Prose text=finding.instead /> " " {why}</p>
        </li>
    }
}
