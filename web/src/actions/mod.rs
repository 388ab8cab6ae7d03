//! What readers do, wherever on the page: elements say by `data-do` and `data-set` what they are for.
//!
//! In: events of the browser. Out: changes of the store.

mod clicks;
mod fields;
mod files;
mod keys;
mod pointer;

use crate::browser::page::listen;
use crate::state::Desk;

/// Listens from now on.
pub fn listen_to(desk: Desk) {
    listen("click", move |event| clicks::on_click(desk, event));
    listen("change", move |event| fields::on_change(desk, event));
    listen("input", move |event| fields::on_input(desk, event));
    listen("focusout", move |event| fields::on_leave(desk, event));
    listen("keydown", move |event| keys::on_key(desk, event));
    listen("mouseover", move |event| pointer::on_hover(desk, event));
    for name in ["pointerdown", "pointermove", "pointerup"] {
        listen(name, move |event| pointer::on_divider(desk, event));
    }
    for name in ["dragover", "dragleave", "drop"] {
        listen(name, move |event| files::on_drag(desk, event));
    }
    listen("pagehide", move |_| desk.save());
    listen("beforeprint", move |_| desk.printing.set(true));
    listen("afterprint", move |_| desk.printing.set(false));
}
