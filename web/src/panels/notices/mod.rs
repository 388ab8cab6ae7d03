//! What has to be told: the planner stopped, an example was loaded, a file was refused.

use crate::state::desk::desk;
use crate::state::planner::PlannerState;
use leptos::prelude::*;

/// The notices, above the plan.
#[component]
pub fn Notices() -> impl IntoView {
    let desk = desk();
    let stopped = move || match desk.planner.state.get() {
        PlannerState::Stopped(reason) => Some(reason),
        PlannerState::Starting | PlannerState::Ready => None,
    };
    view! {
        <div class="notices" role="status">
            {move || stopped().map(|reason| view! {
                <div class="notice notice-problem" data-testid="stopped">
                    <p>
                        <strong>"The planner stopped; your text is kept."</strong>
                        " It was started again and plans with your next change. "
                        <span class="hint">{format!("Reason: {reason}.")}</span>
                    </p>
                    <button type="button" class="button small" on:click=move |_| desk.planner.plan_now()>"Try again"</button>
                </div>
            })}
            {move || desk.notice.get().map(|notice| {
                let undo = notice.undo.map(|inputs| view! {
                    <button type="button" class="button small" on:click=move |_| desk.put_back(&inputs)>"Undo"</button>
                });
                view! {
                    <div class="notice">
                        <p>{notice.text}</p>
                        {undo}
                        <button type="button" class="button small" on:click=move |_| desk.notice.set(None)>"Dismiss"</button>
                    </div>
                }
            })}
        </div>
    }
}
