use leptos::prelude::*;

/// A sentence with `names` between backticks set as code.
#[component]
pub fn Prose(#[prop(into)] text: String) -> impl IntoView {
    text.split('`')
        .enumerate()
        .filter(|(_, part)| !part.is_empty())
        .map(|(i, part)| match i % 2 {
            0 => part.to_string().into_any(),
            _ => view! { <code>{part.to_string()}</code> }.into_any(),
        })
        .collect_view()
}
