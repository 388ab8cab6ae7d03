//! Name of the plan, engine, what leaves the page (nothing), export, theme, help.

use crate::parts::Logo;
use crate::state::desk::{Dialog, Liking, desk};
use leptos::prelude::*;
use lockstep_core::target::{Engine, Target};

/// The bar on top.
#[component]
pub fn Topbar() -> impl IntoView {
    let desk = desk();
    let title = move || desk.settings.with(|settings| settings.options.title.clone());
    let derived = move || {
        let report = desk.planner.report.get();
        report
            .map(|report| report.title.clone())
            .filter(|title| !title.is_empty())
            .unwrap_or("Untitled plan".to_string())
    };
    view! {
        <header class="topbar">
            <h1><a class="brand" href="./" aria-label="Lockstep, start page"><Logo />" Lockstep"</a></h1>
            <input
                class="plan-title"
                type="text"
                aria-label="Name of the plan"
                placeholder=derived
                title=move || if title().is_empty() { derived() } else { title() }
                prop:value=title
                on:change=move |event| {
                    let title = event_target_value(&event).trim().to_string();
                    desk.settings.update(|settings| settings.options.title = title);
                }
            />
            <EnginePicker />
            <button
                type="button"
                class="button drawer-button"
                aria-expanded=move || desk.drawer.get().to_string()
                aria-controls="input"
                on:click=move |_| desk.drawer.update(|open| *open = !*open)
            >
                "Change"
            </button>
            <p class="promise">
                <svg viewBox="0 0 14 16" width="12" height="14" aria-hidden="true">
                    <path d="M7 1.2 12.6 3v4.6c0 3.3-2.3 5.8-5.6 7.2C3.700 13.4 1.4 10.900 1.4 7.600V3Z" />
                </svg>
                "Runs in this page. Nothing is sent."
            </p>
            <ThemeButton />
            <button type="button" class="button primary export-button" on:click=move |_| desk.dialog.set(Some(Dialog::Export))>
                "Export"
            </button>
            <button
                type="button"
                class="button square"
                aria-label="Help and shortcuts"
                on:click=move |_| desk.dialog.set(Some(Dialog::Help))
            >
                "?"
            </button>
        </header>
    }
}

#[component]
fn EnginePicker() -> impl IntoView {
    let desk = desk();
    let chosen = move || desk.settings.with(|settings| settings.engine.clone());
    let groups = Engine::ALL
        .map(|engine| {
            let options = engine
                .versions()
                .iter()
                .filter_map(|version| Target::parse(&format!("{}:{version}", engine.id())).ok())
                .map(|target| {
                    let id = target.id();
                    let value = id.clone();
                    view! { <option value=value selected=move || chosen() == id>{target.title()}</option> }
                })
                .collect_view();
            view! { <optgroup label=engine.title()>{options}</optgroup> }
        })
        .collect_view();
    view! {
        <select
            class="select"
            aria-label="Engine and version"
            prop:value=chosen
            on:change=move |event| {
                let engine = event_target_value(&event);
                desk.settings.update(|settings| settings.engine = engine);
            }
        >
            {groups}
        </select>
    }
}

#[component]
fn ThemeButton() -> impl IntoView {
    let desk = desk();
    let words = move || match desk.liking.with(|liking| liking.theme.clone()).as_str() {
        "light" => "Theme: light",
        "dark" => "Theme: dark",
        _ => "Theme: as the system",
    };
    let next = |liking: &mut Liking| {
        liking.theme = match liking.theme.as_str() {
            "" => "light",
            "light" => "dark",
            _ => "",
        }
        .to_string();
    };
    view! {
        <button type="button" class="button square theme" aria-label=words title=words on:click=move |_| desk.liking.update(next)>
            <svg viewBox="0 0 14 14" width="14" height="14" aria-hidden="true">
                <circle cx="7" cy="7" r="5.4" class="theme-ring" />
                <path d="M7 1.600a5.400 5.400 0 0 1 0 10.800Z" />
            </svg>
        </button>
    }
}
