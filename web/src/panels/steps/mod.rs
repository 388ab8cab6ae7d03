//! The steps, by deploy. A step opens to its SQL, how to see that it worked, how to undo it, what to do when it fails.

use crate::parts::{CodeBlock, Facts, Fold, ImpactStrip, Prose, SqlBlock};
use crate::state::desk::{desk, step_dom_id};
use crate::state::quantity::show_milliseconds;
use crate::text::steps::{step_line, step_time};
use leptos::prelude::*;
use lockstep_core::Report;
use lockstep_core::report::{Phase, Step};
use std::sync::Arc;

/// More steps than this are drawn on demand.
const AT_ONCE: usize = 40;

/// All steps.
#[component]
pub fn Steps(report: Arc<Report>) -> impl IntoView {
    let desk = desk();
    let total: usize = report.phases.iter().map(|phase| phase.steps.len()).sum();
    let all = RwSignal::new(total <= AT_ONCE);
    // A step that is opened from the picture or the editor must be there to be shown.
    let later: Vec<String> =
        report.phases.iter().flat_map(|phase| &phase.steps).skip(AT_ONCE).map(|step| step.id.clone()).collect();
    Effect::new(move |_| {
        if !later.is_empty() && desk.open.with(|open| later.iter().any(|step| open.contains(step))) {
            all.set(true);
        }
    });
    let shown = move || match all.get() || desk.printing.get() {
        true => usize::MAX,
        false => AT_ONCE,
    };
    let deploys = deploys(&report.phases);
    view! {
        <section class="steps" aria-label="Steps">
            {move || {
                let mut left = shown();
                deploys
                    .iter()
                    .map(|phases| {
                        let steps: Vec<Step> = phases.iter().flat_map(|phase| phase.steps.clone()).take(left).collect();
                        left -= steps.len().min(left);
                        (!steps.is_empty()).then(|| view! { <Deploy phases=phases.clone() steps=steps report=report.clone() /> })
                    })
                    .collect_view()
            }}
            <Show when=move || !all.get()>
                <button type="button" class="button" on:click=move |_| all.set(true)>{format!("Show all {total} steps")}</button>
            </Show>
        </section>
    }
}

fn deploys(phases: &[Phase]) -> Vec<Vec<Phase>> {
    let mut deploys: Vec<Vec<Phase>> = Vec::new();
    for phase in phases {
        match deploys.last_mut() {
            Some(last) if last.first().is_some_and(|first| first.deploy == phase.deploy) => last.push(phase.clone()),
            _ => deploys.push(vec![phase.clone()]),
        }
    }
    deploys
}

#[component]
fn Deploy(phases: Vec<Phase>, steps: Vec<Step>, report: Arc<Report>) -> impl IntoView {
    let mut names: Vec<&str> = Vec::new();
    for phase in &phases {
        if !names.contains(&phase.name.label()) {
            names.push(phase.name.label());
        }
    }
    let number = phases.first().map_or(1, |phase| phase.deploy);
    let code = phases.last().map(|phase| phase.code.clone()).unwrap_or_default();
    let steps = steps.into_iter().map(|step| view! { <StepCard step=step report=report.clone() /> }).collect_view();
    view! {
        <section class="deploy" aria-label=format!("Deploy {number}")>
            <header class="deploy-head">
                <h2>{format!("Deploy {number}")}</h2>
                <p>{names.join(" and ")}</p>
                <hr aria-hidden="true" />
                <p class="deploy-code"><Prose text=code /></p>
            </header>
            <ol class="card step-list">{steps}</ol>
        </section>
    }
}

#[component]
fn StepCard(step: Step, report: Arc<Report>) -> impl IntoView {
    let desk = desk();
    let id = step.id.clone();
    let open = {
        let id = id.clone();
        Memo::new(move |_| desk.printing.get() || desk.open.with(|open| open.contains(&id)))
    };
    let statements = step.statements.clone();
    let marked = {
        let statements = statements.clone();
        move || desk.statement.get().is_some_and(|statement| statements.contains(&statement))
    };
    let first = statements.first().copied();
    let no_return = report.point_of_no_return.as_ref() == Some(&step.id);
    let no_way_back = match step.irreversible {
        Some(_) => "No way back: needs approval",
        None => "Undo is no longer free: needs approval",
    };
    let (time, below) = step_time(&step);
    let timeout = desk.settings.with_untracked(|settings| show_milliseconds(settings.options.lock_timeout_ms));
    let line = step_line(&step, &timeout);
    let strip =
        (!step.sql.is_empty()).then(|| view! { <ImpactStrip effects=step.effects.clone() duration=step.duration /> });
    let heading = step_dom_id(&id);
    let body_id = format!("{heading}-body");
    let toggle_id = id.clone();
    let title = step.title.clone();
    let body = Arc::new((step, report));
    view! {
        <li
            class="step"
            class:open=open
            class:marked=marked
            on:mouseenter=move |_| desk.light(first)
            on:mouseleave=move |_| desk.light(None)
        >
            <div class="step-head">
                <span class="step-number" aria-hidden="true">{id.clone()}</span>
                <h3>
                    <button
                        type="button"
                        id=heading
                        class="step-toggle"
                        aria-expanded=move || open.get().to_string()
                        aria-controls=body_id.clone()
                        on:click=move |_| desk.toggle(&toggle_id)
                    >
                        <span class="visually-hidden">{format!("Step {id}: ")}</span>
                        <Prose text=title />
                    </button>
                </h3>
                <p class="step-line"><Prose text=line /></p>
                {no_return.then(|| view! { <p class="no-return">{no_way_back}</p> })}
                <div class="step-impact">{strip}</div>
                <p class="step-time"><b>{time}</b><span>{below}</span></p>
                <svg class="chevron" viewBox="0 0 10 6" width="10" height="6" aria-hidden="true"><path d="m1 1 4 4 4-4" /></svg>
            </div>
            <div class="step-body" id=body_id hidden=move || !open.get()>
                {move || open.get().then(|| { let (step, report) = &*body; view! { <StepBody step=step.clone() report=report.clone() /> } })}
            </div>
        </li>
    }
}

#[component]
fn StepBody(step: Step, report: Arc<Report>) -> impl IntoView {
    let id = step.id.clone();
    let effects = step.effects.clone();
    let sql = (!step.sql.is_empty())
        .then(|| view! { <SqlBlock statements=step.sql.clone() what=format!("the SQL of step {id}") /> });
    let worked = step.check.clone().map(|check| {
        view! {
            <div>
                <h4>"Worked if"</h4>
                <p>"This returns "<b><Prose text=check.expected /></b>":"</p>
                <SqlBlock statements=vec![check.sql] what=format!("the check of step {id}") />
            </div>
        }
    });
    let other = step.other_ways.iter().map(|way| {
        view! {
            <div>
                <h4>{way.tool.clone()}</h4>
                <p><Prose text=way.when.clone() /></p>
                <CodeBlock text=way.command.clone() what=format!("the {} command", way.tool) />
            </div>
        }
    });
    let other = (!step.other_ways.is_empty())
        .then(|| view! { <details><summary>"Other ways to run it"</summary>{other.collect_view()}</details> });
    view! {
        {(!step.why.is_empty()).then(|| view! { <p class="why"><Prose text=step.why.clone() /></p> })}
        {sql}
        <div class="columns">
            {worked}
            <Undo step=step.clone() />
            {(!step.on_failure.is_empty()).then(|| view! { <div><h4>"If it fails"</h4><p><Prose text=step.on_failure.clone() /></p></div> })}
            {(!step.gate.is_empty()).then(|| view! { <div><h4>"Go on when"</h4><p><Prose text=step.gate.clone() /></p></div> })}
        </div>
        {other}
        {(!step.sql.is_empty()).then(|| view! { <Fold summary="What it does to the running system"><Facts effects=effects.clone() /></Fold> })}
        <StandsFor step=step report=report />
    }
}

#[component]
fn Undo(step: Step) -> impl IntoView {
    let id = step.id.clone();
    if let Some(why) = step.irreversible {
        return view! { <div><h4>"No way back"</h4><p><Prose text=why /></p></div> }.into_any();
    }
    let Some(undo) = step.undo else {
        return view! { <div><h4>"Undo"</h4><p>"Nothing to undo."</p></div> }.into_any();
    };
    let head = if undo.lossy.is_empty() { "Undo, any time" } else { "Undo, at a price" };
    view! {
        <div>
            <h4>{head}</h4>
            {(!undo.lossy.is_empty()).then(|| view! { <p><Prose text=undo.lossy.clone() /></p> })}
            {(!undo.action.is_empty()).then(|| view! { <p><Prose text=undo.action.clone() /></p> })}
            {(!undo.sql.is_empty()).then(|| view! { <SqlBlock statements=undo.sql.clone() what=format!("the undo of step {id}") /> })}
        </div>
    }
    .into_any()
}

/// The statements as pasted that the step stands for, as links into the editor.
#[component]
fn StandsFor(step: Step, report: Arc<Report>) -> impl IntoView {
    let desk = desk();
    let links = step
        .statements
        .iter()
        .filter_map(|i| report.statements.get(*i).map(|statement| (*i, statement.span.line, statement.summary.clone())))
        .map(|(i, line, summary)| {
            view! {
                <li>
                    <button type="button" class="link" on:click=move |_| desk.show_statement(i)>{format!("line {line}")}</button>
                    " " <Prose text=summary />
                </li>
            }
        })
        .collect::<Vec<_>>();
    (!links.is_empty()).then(|| view! { <div class="stands-for"><h4>"Stands for"</h4><ul>{links}</ul></div> })
}
