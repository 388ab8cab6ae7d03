use crate::browser::page;
use gloo::timers::callback::Timeout;
use leptos::prelude::*;
use leptos::task::spawn_local;

/// Copies a text and says so for a moment.
#[component]
pub fn CopyButton(
    /// The text, made when it is wanted.
    #[prop(into)]
    text: Callback<(), String>,
    /// What is copied, for those who do not see the place.
    #[prop(into)]
    what: String,
) -> impl IntoView {
    let label = RwSignal::new("Copy");
    let copy = move |_| {
        spawn_local(async move {
            label.set(if page::copy(&text.run(())).await { "Copied" } else { "Refused" });
            Timeout::new(1_500, move || {
                let _ = label.try_set("Copy");
            })
            .forget();
        });
    };
    view! {
        <button type="button" class="button small copy" aria-label=move || format!("{} {what}", label.get()) on:click=copy>
            {label}
        </button>
    }
}
