//! The rest of the answer: who must agree, checklist, rollback, runbook, the statements as pasted, what was assumed.

mod runbook;
mod statements;

use crate::parts::{Prose, SqlBlock};
use crate::state::desk::{InputTab, desk};
use leptos::prelude::*;
use lockstep_core::Report;
use lockstep_core::report::{Diagnostic, Severity};
use std::sync::Arc;

/// All of it, in the order in which a reviewer needs it.
#[component]
pub fn Details(report: Arc<Report>) -> impl IntoView {
    view! {
        <Unread report=report.clone() />
        <Escalations report=report.clone() />
        <Checklist report=report.clone() />
        <Rollback report=report.clone() />
        <runbook::RunbookCard report=report.clone() />
        <statements::Statements report=report.clone() />
        <Assumed report=report.clone() />
        <p class="made-by">{format!("{} · Lockstep {}", report.engine_title, report.planner_version)}</p>
    }
}

/// What could not be read, where, and what was done instead.
#[component]
fn Unread(report: Arc<Report>) -> impl IntoView {
    let rows = report
        .diagnostics
        .iter()
        .cloned()
        .map(|diagnostic| view! { <DiagnosticRow diagnostic=diagnostic /> })
        .collect_view();
    (!report.diagnostics.is_empty()).then(|| {
        view! {
            <section class="card detail" aria-labelledby="unread-head">
                <h2 id="unread-head">"Could not be read"</h2>
                <ul class="rows">{rows}</ul>
            </section>
        }
    })
}

#[component]
fn DiagnosticRow(diagnostic: Diagnostic) -> impl IntoView {
    let desk = desk();
    let tab = match diagnostic.input.as_str() {
        "sql" => Some(InputTab::Change),
        "schema" => Some(InputTab::Schema),
        _ => None,
    };
    let span = diagnostic.span;
    let place = match tab {
        Some(tab) => {
            let words = format!("{} line {}", if tab == InputTab::Schema { "schema" } else { "change" }, span.line);
            let go = move |_| desk.show_place(tab, span.start_utf16, span.end_utf16);
            view! { <button type="button" class="link" on:click=go>{words}</button> }.into_any()
        }
        None => view! { <span class="hint">{diagnostic.input.clone()}</span> }.into_any(),
    };
    view! {
        <li class=severity_class(diagnostic.severity)>
            <p><b>{severity_words(diagnostic.severity)}</b> " " <Prose text=diagnostic.message /></p>
            <p class="hint"><Prose text=diagnostic.instead /> " " {place}</p>
        </li>
    }
}

fn severity_class(severity: Severity) -> &'static str {
    match severity {
        Severity::Info => "severity severity-info",
        Severity::Warning => "severity severity-warning",
        Severity::Danger => "severity severity-danger",
    }
}

fn severity_words(severity: Severity) -> &'static str {
    match severity {
        Severity::Info => "Good to know.",
        Severity::Warning => "Look at it.",
        Severity::Danger => "Do not run it like that.",
    }
}

#[component]
fn Escalations(report: Arc<Report>) -> impl IntoView {
    let rows = report
        .escalations
        .iter()
        .map(|e| view! { <li><p><b><Prose text=e.situation.clone() /></b></p><p><Prose text=e.action.clone() /></p></li> })
        .collect_view();
    (!report.escalations.is_empty()).then(|| {
        view! {
            <section class="card detail" aria-labelledby="people-head">
                <h2 id="people-head">"Goes to a person"</h2>
                <ul class="rows">{rows}</ul>
            </section>
        }
    })
}

#[component]
fn Checklist(report: Arc<Report>) -> impl IntoView {
    let items = report.checklist.iter().map(|item| view! { <Tick item=item.clone() /> }).collect_view();
    (!report.checklist.is_empty()).then(|| {
        view! {
            <section class="card detail" aria-labelledby="checklist-head">
                <h2 id="checklist-head">"Before it runs"</h2>
                <ul class="checklist">{items}</ul>
                <div class="sign-off">
                    <p>"Reviewed by"</p>
                    <p>"Approved by"</p>
                    <p>"Date"</p>
                </div>
            </section>
        }
    })
}

/// One item; its tick stays when the plan is drawn anew.
#[component]
fn Tick(item: String) -> impl IntoView {
    let desk = desk();
    let (name, words) = (item.clone(), item);
    let ticked = {
        let name = name.clone();
        move || desk.ticked.with(|ticked| ticked.contains(&name))
    };
    let set = move |event| {
        let on = event_target_checked(&event);
        desk.ticked.update(|ticked| {
            if on {
                ticked.insert(name.clone());
            } else {
                ticked.remove(&name);
            }
        });
    };
    view! {
        <li>
            <label>
                <input type="checkbox" prop:checked=ticked on:change=set />
                <span><Prose text=words /></span>
            </label>
        </li>
    }
}

#[component]
fn Rollback(report: Arc<Report>) -> impl IntoView {
    let parts = report
        .rollback
        .iter()
        .map(|rollback| {
            let until = match rollback.lossy {
                true => format!("{} · something is lost", rollback.until),
                false => rollback.until.clone(),
            };
            let what = format!("the rollback of deploy {}", rollback.deploy);
            view! {
                <li>
                    <h3>
                        {format!("Deploy {} · {}", rollback.deploy, rollback.phase.label())} " "
                        <span class="hint">{until}</span>
                    </h3>
                    <p><Prose text=rollback.title.clone() /></p>
                    {(!rollback.sql.is_empty()).then(|| view! { <SqlBlock statements=rollback.sql.clone() what=what /> })}
                </li>
            }
        })
        .collect_view();
    (!report.rollback.is_empty()).then(|| {
        view! {
            <section class="card detail" aria-labelledby="rollback-head">
                <h2 id="rollback-head">"Rollback"</h2>
                <p class="hint">{match &report.point_of_no_return {
                    Some(step) => format!("Free before step {step}. Last deploy first."),
                    None => "Free at any time. Last deploy first.".to_string(),
                }}</p>
                <ol class="rows">{parts}</ol>
            </section>
        }
    })
}

#[component]
fn Assumed(report: Arc<Report>) -> impl IntoView {
    let rows = report
        .assumptions
        .iter()
        .map(|a| view! { <li><p><b><Prose text=a.text.clone() /></b></p><p><Prose text=a.effect.clone() /></p></li> })
        .collect_view();
    (!report.assumptions.is_empty()).then(|| {
        view! {
            <section class="card detail" aria-labelledby="assumed-head">
                <h2 id="assumed-head">"Taken for granted"</h2>
                <ul class="rows">{rows}</ul>
            </section>
        }
    })
}
