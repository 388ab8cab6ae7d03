use crate::browser::page::open_dialog;
use crate::state::desk::desk;
use leptos::html;
use leptos::prelude::*;

/// A dialog over the page. Escape and the button close it; the browser keeps the focus inside.
#[component]
pub fn DialogFrame(
    #[prop(into)] title: String,
    #[prop(optional)] class: &'static str,
    children: Children,
) -> impl IntoView {
    let desk = desk();
    let frame = NodeRef::<html::Dialog>::new();
    Effect::new(move |_| {
        if let Some(dialog) = frame.get() {
            open_dialog(&dialog);
        }
    });
    view! {
        <dialog
            node_ref=frame
            class=format!("dialog {class}")
            aria-labelledby="dialog-title"
            on:close=move |_| desk.dialog.set(None)
        >
            <header class="dialog-head">
                <h2 id="dialog-title">{title}</h2>
                <form method="dialog"><button class="button small">"Close"</button></form>
            </header>
            <div class="dialog-body">{children()}</div>
        </dialog>
    }
}
