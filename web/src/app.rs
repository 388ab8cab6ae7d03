//! The workbench: the change on the left, the answer on the right.

use crate::browser::page;
use crate::panels::details::Details;
use crate::panels::export::Export;
use crate::panels::help::{Help, RulePage, on_key};
use crate::panels::input::Input;
use crate::panels::notices::Notices;
use crate::panels::picture::PictureCard;
use crate::panels::steps::Steps;
use crate::panels::topbar::Topbar;
use crate::panels::verdict::VerdictHead;
use crate::parts::{DialogFrame, Tabs};
use crate::state::Desk;
use crate::state::desk::{Dialog, Screen};
use leptos::prelude::*;
use lockstep_core::Report;

/// Limits of the divider, percent of the width.
const SPLIT: (f64, f64) = (22.0, 60.0);

/// The page.
#[component]
pub fn App() -> impl IntoView {
    let desk = Desk::open();
    provide_context(desk);
    let _ = window_event_listener(leptos::ev::keydown, move |event| on_key(desk, &event));
    let _ = window_event_listener(leptos::ev::pagehide, move |_| desk.save());
    let _ = window_event_listener(leptos::ev::beforeprint, move |_| desk.printing.set(true));
    let _ = window_event_listener(leptos::ev::afterprint, move |_| desk.printing.set(false));
    // A file dropped beside the pane must not navigate away from the text.
    let _ = window_event_listener(leptos::ev::dragover, |event| event.prevent_default());
    let _ = window_event_listener(leptos::ev::drop, |event| event.prevent_default());
    Effect::new(move |_| {
        let title = desk.planner.report.with(|report| report.as_deref().map(tab_title));
        page::set_title(&title.unwrap_or("Lockstep".to_string()));
    });
    let nothing = Signal::derive(String::new);
    let screen = move || match desk.screen.get() {
        Screen::Change => "change",
        Screen::Plan => "plan",
        Screen::Export => "export",
    };
    view! {
        <Topbar />
        <nav aria-label="View">
            <Tabs
                chosen=desk.screen
                label="View"
                class="screens"
                tabs=vec![
                    (Screen::Change, "screen-change", "input", "Change", nothing),
                    (Screen::Plan, "screen-plan", "plan", "Plan", nothing),
                    (Screen::Export, "screen-export", "export", "Export", nothing),
                ]
            />
        </nav>
        <main class="workbench" data-screen=screen class:drawer-open=desk.drawer>
            <Input />
            <Divider />
            <div class="scrim" on:click=move |_| desk.drawer.set(false)></div>
            <section id="plan" class="plan" aria-label="Plan" data-plan-ms=move || desk.planner.took_ms.get()>
                <Notices />
                <Answer />
                <Announcer />
            </section>
            <section id="export" class="export-screen" aria-label="Export">
                <Show when=move || desk.screen.get() == Screen::Export><Export /></Show>
            </section>
        </main>
        <Over />
    }
}

fn tab_title(report: &Report) -> String {
    match report.statements.is_empty() {
        true => "Lockstep".to_string(),
        false => format!("{} · {} · Lockstep", report.verdict.label(), report.title),
    }
}

/// The plan; the last one stays, dimmed, while the next is made.
#[component]
fn Answer() -> impl IntoView {
    let desk = expect_context::<Desk>();
    view! {
        <div class="answer" class:behind=desk.planner.behind aria-busy=move || desk.planner.behind.get().to_string()>
            {move || match desk.planner.report.get() {
                None => view! { <Starting /> }.into_any(),
                Some(report) if report.statements.is_empty() && report.diagnostics.is_empty() => view! { <Empty /> }.into_any(),
                Some(report) => view! {
                    <VerdictHead report=report.clone() />
                    <PictureCard report=report.clone() />
                    <Steps report=report.clone() />
                    <Details report=report />
                }
                .into_any(),
            }}
        </div>
    }
}

#[component]
fn Starting() -> impl IntoView {
    view! {
        <div class="empty">
            <h2>"The planner is starting"</h2>
            <p>"You can type already."</p>
        </div>
    }
}

#[component]
fn Empty() -> impl IntoView {
    view! {
        <div class="empty">
            <h2>"Paste a schema change"</h2>
            <p>"CREATE, ALTER, DROP, UPDATE: one migration or several, in order. The plan appears here as you type."</p>
            <p>"Two things make it exact: the current schema, and how large the tables are. Both are optional; what is not given is assumed and said."</p>
        </div>
    }
}

/// Says a change of the verdict, and nothing else, to those who do not see it.
#[component]
fn Announcer() -> impl IntoView {
    let desk = expect_context::<Desk>();
    let verdict = Memo::new(move |_| {
        desk.planner.report.with(|report| {
            let report = report.as_ref()?;
            let findings: usize = report.statements.iter().map(|statement| statement.findings.len()).sum();
            let counted = match findings {
                0 => "no findings".to_string(),
                1 => "1 finding".to_string(),
                n => format!("{n} findings"),
            };
            (!report.statements.is_empty()).then(|| format!("{}, {counted}", report.verdict.label()))
        })
    });
    view! { <p class="visually-hidden" role="status" aria-live="polite">{verdict}</p> }
}

/// The line between the panes: dragged, or moved with the arrow keys.
#[component]
fn Divider() -> impl IntoView {
    let desk = expect_context::<Desk>();
    let dragging = RwSignal::new(false);
    let set = move |split: f64| desk.liking.update(|liking| liking.split = split.clamp(SPLIT.0, SPLIT.1).round());
    let now = move || desk.liking.with(|liking| liking.split);
    let _ = window_event_listener(leptos::ev::pointermove, move |event| {
        if dragging.get_untracked() {
            set(f64::from(event.client_x()) / page::window_width() * 100.0);
        }
    });
    let _ = window_event_listener(leptos::ev::pointerup, move |_| dragging.set(false));
    view! {
        <div
            class="divider"
            role="separator"
            tabindex="0"
            aria-label="Width of the input"
            aria-orientation="vertical"
            aria-controls="input"
            aria-valuemin=SPLIT.0
            aria-valuemax=SPLIT.1
            aria-valuenow=now
            on:pointerdown=move |event| {
                event.prevent_default();
                dragging.set(true);
            }
            on:keydown=move |event| match event.key().as_str() {
                "ArrowLeft" => set(now() - 2.0),
                "ArrowRight" => set(now() + 2.0),
                "Home" => set(SPLIT.0),
                "End" => set(SPLIT.1),
                _ => {}
            }
        ></div>
    }
}

/// What is open over the page.
#[component]
fn Over() -> impl IntoView {
    let desk = expect_context::<Desk>();
    move || match desk.dialog.get() {
        None => ().into_any(),
        Some(Dialog::Export) => {
            view! { <DialogFrame title="Take the plan away" class="drawer"><Export /></DialogFrame> }.into_any()
        }
        Some(Dialog::Help) => view! { <Help /> }.into_any(),
        Some(Dialog::Rule(rule)) => view! { <RulePage rule=rule /> }.into_any(),
    }
}
