use crate::browser::page;
use leptos::prelude::*;

/// A row of tabs: arrows move between them, Tab goes on to the panel.
#[component]
pub fn Tabs<T: Copy + PartialEq + Send + Sync + 'static>(
    /// Which one is chosen.
    chosen: RwSignal<T>,
    /// Value, id of the tab, id of its panel, words, remark.
    tabs: Vec<(T, &'static str, &'static str, &'static str, Signal<String>)>,
    /// What the row chooses, for those who do not see it.
    label: &'static str,
    /// Class of the row.
    class: &'static str,
) -> impl IntoView {
    let values: Vec<(T, &'static str)> = tabs.iter().map(|(value, id, ..)| (*value, *id)).collect();
    let step = move |by: isize| {
        let at = values.iter().position(|(value, _)| *value == chosen.get_untracked()).unwrap_or(0) as isize;
        let next = (at + by).rem_euclid(values.len().max(1) as isize) as usize;
        if let Some((value, id)) = values.get(next) {
            chosen.set(*value);
            page::focus(id);
        }
    };
    let on_key = move |event: leptos::ev::KeyboardEvent| {
        match event.key().as_str() {
            "ArrowRight" | "ArrowDown" => step(1),
            "ArrowLeft" | "ArrowUp" => step(-1),
            _ => return,
        }
        event.prevent_default();
    };
    let tabs = tabs
        .into_iter()
        .map(|(value, id, panel, words, remark)| {
            view! {
                <button
                    type="button"
                    role="tab"
                    id=id
                    aria-controls=panel
                    aria-selected=move || (chosen.get() == value).to_string()
                    tabindex=move || if chosen.get() == value { "0" } else { "-1" }
                    on:click=move |_| chosen.set(value)
                >
                    {words}
                    <Show when=move || !remark.get().is_empty()>
                        " " <span class="tab-remark">{remark}</span>
                    </Show>
                </button>
            }
        })
        .collect_view();
    view! { <div class=class role="tablist" aria-label=label on:keydown=on_key>{tabs}</div> }
}
