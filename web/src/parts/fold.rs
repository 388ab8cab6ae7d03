use leptos::prelude::*;

/// A part that is drawn when it is opened, so that long plans cost no more than what is looked at.
#[component]
pub fn Fold(
    /// The words to click on.
    summary: &'static str,
    children: ChildrenFn,
) -> impl IntoView {
    let opened = RwSignal::new(false);
    view! {
        <details on:toggle=move |_| opened.set(true)>
            <summary>{summary}</summary>
            {move || opened.get().then(|| children())}
        </details>
    }
}
