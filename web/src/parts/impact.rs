use leptos::prelude::*;
use lockstep_core::picture::strip::Lane;
use lockstep_core::picture::{Strip, strip};
use lockstep_core::report::{Duration, EffectsReport, Traffic};

const WIDTH: f64 = 92.0;

/// What reads and writes feel: two lanes with words beside them.
#[component]
pub fn ImpactStrip(effects: EffectsReport, duration: Duration) -> impl IntoView {
    let Strip { reads, writes, title } = strip(&effects, &duration);
    view! {
        <div class="strip" role="img" aria-label=title.clone() title=title>
            <span aria-hidden="true">"reads"</span>
            {lane(&reads)}
            <span aria-hidden="true">"writes"</span>
            {lane(&writes)}
        </div>
    }
}

fn lane(lane: &Lane) -> impl IntoView + use<> {
    let (line, mark) = match lane.traffic {
        Traffic::Flows | Traffic::WaitsBriefly => ("lane-flows", "pic-brief"),
        Traffic::Waits => ("lane-waits", "pic-waits"),
        Traffic::Fails => ("lane-waits", "pic-fails"),
        Traffic::Unknown => ("lane-unknown", "pic-unknown"),
    };
    let mark = lane.mark.map(|(from, share)| {
        view! { <rect class=mark x=from * WIDTH y="0" width=share * WIDTH height="10" rx="1" /> }
    });
    view! {
        <svg class="lane" viewBox="0 0 92 10" width="92" height="10" aria-hidden="true">
            <rect class=format!("{line}-bg") x="0" y="1" width="92" height="8" rx="1.5" />
            <line class=line x1="3" x2="89" y1="5" y2="5" />
            {mark}
        </svg>
    }
}
