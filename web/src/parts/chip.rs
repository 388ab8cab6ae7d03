use leptos::html::Input;
use leptos::prelude::*;

/// An assumption that is edited in place: a name, a value, an optional remark.
#[component]
pub fn Chip(
    /// `users`, `lock timeout`.
    #[prop(into)]
    name: String,
    /// As a person would write it.
    #[prop(into)]
    value: Signal<String>,
    /// Behind the value: `rows · 2.1 GiB`.
    #[prop(into, optional)]
    after: Signal<String>,
    /// Was not given, is assumed.
    #[prop(into, optional)]
    assumed: Signal<bool>,
    /// Takes what was typed; false when it cannot be read.
    #[prop(into)]
    on_value: Callback<String, bool>,
) -> impl IntoView {
    let editing = RwSignal::new(false);
    let wrong = RwSignal::new(false);
    let field = NodeRef::<Input>::new();
    let finish = move |keep: bool| {
        let Some(input) = field.get_untracked() else { return };
        if !editing.get_untracked() {
            return;
        }
        let typed = input.value();
        let unchanged = typed.trim() == value.get_untracked();
        if keep && !unchanged && !on_value.run(typed) {
            return wrong.set(true);
        }
        wrong.set(false);
        editing.set(false);
    };
    Effect::new(move |_| {
        if editing.get()
            && let Some(input) = field.get()
        {
            let _ = input.focus();
            input.select();
        }
    });
    let label = name.clone();
    view! {
        <li class="chip" class:assumed=assumed>
            <Show
                when=move || editing.get()
                fallback=move || {
                    view! {
                        <button type="button" class="chip-face" on:click=move |_| editing.set(true)>
                            <span>{name.clone()}</span>
                            " "
                            <b>{value}</b>
                            <span class="chip-after">{after}</span>
                            <span class="visually-hidden">", change"</span>
                        </button>
                    }
                }
            >
                <label class="chip-face">
                    <span>{label.clone()}</span>
                    <input
                        node_ref=field
                        type="text"
                        size="8"
                        prop:value=value
                        aria-invalid=move || wrong.get().to_string()
                        on:blur=move |_| finish(true)
                        on:keydown=move |event| match event.key().as_str() {
                            "Enter" => finish(true),
                            "Escape" => finish(false),
                            _ => {}
                        }
                    />
                </label>
            </Show>
        </li>
    }
}
