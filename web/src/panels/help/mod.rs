//! Help: shortcuts, what the page is; and the page of a rule.

use crate::browser::page;
use crate::parts::{DialogFrame, Prose, sources};
use crate::state::Desk;
use crate::state::desk::{Dialog, Screen, desk};
use leptos::prelude::*;

const SHORTCUTS: [(&str, &str); 8] = [
    ("?", "This list"),
    ("E", "Export"),
    ("T", "Picture or table"),
    ("J / K", "Next, previous step"),
    ("O", "Open or close all steps"),
    ("I", "Into the editor"),
    ("Ctrl F", "Search in the editor"),
    ("Ctrl Z", "Undo in the editor; Tab leaves it"),
];

/// The dialog with the shortcuts.
#[component]
pub fn Help() -> impl IntoView {
    let desk = desk();
    let rows =
        SHORTCUTS.map(|(keys, what)| view! { <div><dt><kbd>{keys}</kbd></dt><dd>{what}</dd></div> }).collect_view();
    view! {
        <DialogFrame title="Help">
            <p>
                "Paste a schema change. Lockstep says what every statement locks, reads and writes anew, and for how long at your sizes, "
                "and gives you a plan that never breaks running code. Everything is computed in this page; nothing you paste leaves it."
            </p>
            <p class="hint">"Times are estimates from measured throughput: ranges, not promises. Rehearse on a copy."</p>
            <h3>"Shortcuts"</h3>
            <dl class="shortcuts">{rows}</dl>
            <label class="switch">
                <input
                    type="checkbox"
                    prop:checked=move || desk.liking.with(|liking| liking.shortcuts)
                    on:change=move |event| {
                        let on = event_target_checked(&event);
                        desk.liking.update(|liking| liking.shortcuts = on);
                    }
                />
                "Single-key shortcuts (never while typing)"
            </label>
        </DialogFrame>
    }
}

/// The five fields of a rule.
#[component]
pub fn RulePage(rule: String) -> impl IntoView {
    let desk = desk();
    let known = desk.planner.ready.with_untracked(|ready| ready.rules.iter().find(|known| known.id == rule).cloned());
    match known {
        Some(rule) => {
            let list = rule.sources.clone();
            view! {
                <DialogFrame title=rule.title>
                    <dl class="rule">
                        <div><dt>"When"</dt><dd><Prose text=rule.when /></dd></div>
                        <div><dt>"Effect"</dt><dd><Prose text=rule.effect /></dd></div>
                        <div><dt>"Why"</dt><dd><Prose text=rule.why /></dd></div>
                        <div><dt>"Instead"</dt><dd><Prose text=rule.instead /></dd></div>
                        <div><dt>"Sources"</dt><dd>{sources(&list)}</dd></div>
                    </dl>
                    <p class="hint"><code>{rule.id}</code></p>
                </DialogFrame>
            }
            .into_any()
        }
        None => view! { <DialogFrame title="Not in the catalogue"><p><code>{rule}</code></p></DialogFrame> }.into_any(),
    }
}

/// Handles a key pressed anywhere on the page.
pub fn on_key(desk: Desk, event: &leptos::ev::KeyboardEvent) {
    if event.key() == "Escape" && !page::dialog_is_open() {
        desk.drawer.set(false);
    }
    let modified = event.ctrl_key() || event.meta_key() || event.alt_key();
    let on = desk.liking.with_untracked(|liking| liking.shortcuts);
    if modified || !on || event.default_prevented() || page::is_typing() || page::dialog_is_open() {
        return;
    }
    match event.key().as_str() {
        "?" => desk.dialog.set(Some(Dialog::Help)),
        "e" => desk.dialog.set(Some(Dialog::Export)),
        "t" => desk.liking.update(|liking| liking.table = !liking.table),
        "j" => next_step(desk, 1),
        "k" => next_step(desk, -1),
        "o" => toggle_all(desk),
        "i" => {
            desk.screen.set(Screen::Change);
            desk.editor.with_value(|editor| editor.as_ref().map(|editor| editor.select(0, 0)));
        }
        _ => return,
    }
    event.prevent_default();
}

fn step_ids(desk: Desk) -> Vec<String> {
    let report = desk.report();
    report.iter().flat_map(|report| &report.phases).flat_map(|phase| &phase.steps).map(|step| step.id.clone()).collect()
}

fn next_step(desk: Desk, by: isize) {
    let ids = step_ids(desk);
    let focused = page::focused_id();
    let at = ids.iter().position(|id| focused == crate::state::desk::step_dom_id(id));
    let next = match (at, by) {
        (Some(at), by) => (at as isize + by).clamp(0, ids.len() as isize - 1) as usize,
        (None, _) => 0,
    };
    if let Some(id) = ids.get(next) {
        page::show(&crate::state::desk::step_dom_id(id));
    }
}

fn toggle_all(desk: Desk) {
    let ids = step_ids(desk);
    desk.open.update(|open| match ids.iter().all(|id| open.contains(id)) {
        true => open.clear(),
        false => open.extend(ids),
    });
}
