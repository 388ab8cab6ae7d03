use leptos::prelude::*;

/// Two stairs in step.
#[component]
pub fn Logo() -> impl IntoView {
    view! {
        <svg class="logo" viewBox="0 0 22 18" width="22" height="18" aria-hidden="true">
            <path class="logo-back" d="M2 11.5h5.5v-4H13v-4h7" />
            <path class="logo-front" d="M2 16h7.5v-4H15V8h5" />
        </svg>
    }
}
