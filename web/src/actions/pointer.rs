//! The pointer: over a step, and dragging the divider.

use crate::browser::page::{self, around};
use crate::state::Desk;
use wasm_bindgen::JsCast;
use web_sys::PointerEvent;

/// Marks the first statement of the step under the pointer in the editor.
pub fn on_hover(desk: Desk, event: &web_sys::Event) {
    let statements = around(event, ".step[data-statements]").and_then(|step| step.get_attribute("data-statements"));
    desk.light(statements.and_then(|list| list.split(' ').next()?.parse().ok()));
}

/// Drags the line between the panes.
pub fn on_divider(desk: Desk, event: &web_sys::Event) {
    let Some(event) = event.dyn_ref::<PointerEvent>() else { return };
    match event.type_().as_str() {
        "pointerdown" if around(event, ".divider").is_some() => {
            event.prevent_default();
            desk.dragging.set(true);
        }
        "pointermove" if desk.dragging.get_untracked() => {
            desk.set_split((f64::from(event.client_x()) / page::window_width() * 100.0).round() as u32);
        }
        "pointerup" => desk.dragging.set(false),
        _ => {}
    }
}
