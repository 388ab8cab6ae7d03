//! Files, picked or dropped.

use crate::browser::files;
use crate::browser::page::around;
use crate::state::{Desk, spawn};
use wasm_bindgen::JsCast;
use web_sys::{DragEvent, Element, HtmlInputElement};

/// Reads what was picked into the text that is looked at.
pub fn picked(desk: Desk, field: &Element) {
    if let Some(field) = field.dyn_ref::<HtmlInputElement>() {
        spawn(desk.read_files(files::picked(field)));
    }
}

/// Files over the input are read; a file dropped beside it must not navigate away from the text.
pub fn on_drag(desk: Desk, event: &web_sys::Event) {
    let Some(event) = event.dyn_ref::<DragEvent>() else { return };
    let (kind, inside) = (event.type_(), around(event, "#input").is_some());
    let over = kind == "dragover" && inside && files::drags_files(event);
    if desk.dropping.get_untracked() != over {
        desk.dropping.set(over);
    }
    let dropped = if kind == "drop" && inside { files::dropped(event) } else { Vec::new() };
    // Text that is dragged into a field is the field's.
    if files::drags_files(event) && kind != "dragleave" {
        event.prevent_default();
    }
    if !dropped.is_empty() {
        event.stop_propagation();
        spawn(desk.read_files(dropped));
    }
}
