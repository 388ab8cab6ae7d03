//! Keys.

use super::fields::finish;
use crate::browser::page::{self, Acted, around, tab_beside};
use crate::state::desk::{Desk, Dialog, Screen, step_dom_id};
use wasm_bindgen::JsCast;
use web_sys::{Element, HtmlElement, KeyboardEvent};

/// Handles a key pressed anywhere on the page.
pub fn on_key(desk: Desk, event: &web_sys::Event) {
    let Some(event) = event.dyn_ref::<KeyboardEvent>() else { return };
    let key = event.key();
    if key == "Escape" && !page::dialog_is_open() {
        desk.drawer.set(false);
    }
    let done = match (around(event, "[role=tab]"), around(event, ".divider"), Acted::of(event, "data-set")) {
        (Some(tab), ..) => move_tab(&tab, &key),
        (None, Some(_), _) => move_divider(desk, &key),
        (None, None, Some(acted)) if acted.name == "chip" => {
            match key.as_str() {
                "Enter" => finish(desk, &acted, true),
                "Escape" => finish(desk, &acted, false),
                _ => {}
            }
            false
        }
        _ => false,
    };
    if done || (may_be_shortcut(desk, event) && shortcut(desk, &key)) {
        event.prevent_default();
    }
}

/// Arrows move between tabs.
fn move_tab(tab: &Element, key: &str) -> bool {
    let by = match key {
        "ArrowRight" | "ArrowDown" => 1,
        "ArrowLeft" | "ArrowUp" => -1,
        _ => return false,
    };
    if let Some(next) = tab_beside(tab, by).and_then(|next| next.dyn_into::<HtmlElement>().ok()) {
        let _ = next.focus();
        next.click();
    }
    true
}

fn move_divider(desk: Desk, key: &str) -> bool {
    let now = desk.liking.with_untracked(|liking| liking.split);
    desk.set_split(match key {
        "ArrowLeft" => now.saturating_sub(2),
        "ArrowRight" => now + 2,
        "Home" => 0,
        "End" => 100,
        _ => return false,
    });
    true
}

fn may_be_shortcut(desk: Desk, event: &KeyboardEvent) -> bool {
    let modified = event.ctrl_key() || event.meta_key() || event.alt_key();
    let on = desk.liking.with_untracked(|liking| liking.shortcuts);
    on && !modified && !event.default_prevented() && !page::is_typing() && !page::dialog_is_open()
}

fn shortcut(desk: Desk, key: &str) -> bool {
    match key {
        "?" => desk.dialog.set(Some(Dialog::Help)),
        "e" => desk.dialog.set(Some(Dialog::Export)),
        "t" => desk.liking.update(|liking| liking.table = !liking.table),
        "j" => next_step(desk, 1),
        "k" => next_step(desk, -1),
        "o" => toggle_all(desk),
        "i" => {
            desk.screen.set(Screen::Change);
            desk.into_editor();
        }
        _ => return false,
    }
    true
}

fn step_ids(desk: Desk) -> Vec<String> {
    let report = desk.report();
    report.iter().flat_map(|report| &report.phases).flat_map(|phase| &phase.steps).map(|step| step.id.clone()).collect()
}

fn next_step(desk: Desk, by: isize) {
    let ids = step_ids(desk);
    let focused = page::focused_id();
    let at = ids.iter().position(|id| focused == step_dom_id(id));
    let next = at.map_or(0, |at| (at as isize + by).clamp(0, ids.len() as isize - 1) as usize);
    if let Some(id) = ids.get(next) {
        page::show(&step_dom_id(id));
    }
}

fn toggle_all(desk: Desk) {
    let ids = step_ids(desk);
    desk.open.update(|open| match ids.iter().all(|id| open.contains(id)) {
        true => open.clear(),
        false => *open = ids,
    });
}
