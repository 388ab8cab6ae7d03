use super::Drawn;
use crate::browser::page;
use crate::browser::pieces::Piece;
use crate::state::desk::{Desk, Dialog, desk};
use crate::state::follow;
use leptos::html;
use leptos::prelude::*;

/// What is open over the page. Escape and the button close it; the browser keeps the focus inside.
#[component]
pub fn DialogFrame(pieces: fn(Desk) -> Vec<Piece>) -> impl IntoView {
    let desk = desk();
    let frame = NodeRef::<html::Dialog>::new();
    let view = view! {
        <dialog node_ref=frame id="dialog" class="dialog" aria-labelledby="dialog-title" on:close=move |_| desk.dialog.set(None)>
            <Drawn pieces=pieces />
        </dialog>
    };
    // After its content has been drawn, so that the focus finds its first button.
    follow(move || {
        let open = desk.dialog.with(Option::is_some);
        let drawer = desk.dialog.with(|dialog| *dialog == Some(Dialog::Export));
        page::note("dialog", "class", if drawer { "dialog drawer" } else { "dialog" });
        if let Some(frame) = frame.get() {
            page::show_dialog(&frame, open);
        }
    });
    view
}
