use super::Prose;
use leptos::prelude::*;
use lockstep_core::report::EffectsReport;

/// All that is known of what something does to the running system, as a list of terms.
#[component]
pub fn Facts(effects: EffectsReport) -> impl IntoView {
    let e = effects;
    let locks: Vec<String> = e
        .locks
        .iter()
        .map(|l| format!("{} on `{}`{}", l.mode, l.object, who(l.blocks_reads, l.blocks_writes)))
        .collect();
    let names = |list: &[String]| list.iter().map(|name| format!("`{name}`")).collect::<Vec<_>>().join(", ");
    let transactional = match e.transactional.as_str() {
        "yes" => "may run in a transaction",
        "refused" => "refused in a transaction block",
        "implicit_commit" => "commits what is open before it",
        _ => "not known",
    };
    let reversible = match &*e.reversible {
        "yes" => "yes, nothing is lost",
        "lossy" => "the structure comes back, some data does not",
        "no" => "no",
        _ => "not known",
    };
    let certainty = match &*e.certainty {
        "proved" => "observed on a real server of this version",
        "documented" => "said by the manual",
        "assumed" => "depends on what was not given; the careful case is shown",
        _ => "not known",
    };
    let rows = [
        ("Locks", locks.join("; ")),
        ("Rewrites", names(&e.rewrites)),
        ("Reads in full", names(&e.scans)),
        ("Builds indexes on", names(&e.index_builds)),
        ("Algorithm", e.algorithm.clone().unwrap_or_default()),
        ("Form that does not block", e.online_form.as_ref().map(|form| format!("`{form}`")).unwrap_or_default()),
        ("Transaction", transactional.to_string()),
        ("Can be undone", reversible.to_string()),
        ("How sure", certainty.to_string()),
    ];
    let terms = rows
        .into_iter()
        .filter(|(_, words)| !words.is_empty())
        .map(|(term, words)| view! { <div><dt>{term}</dt><dd><Prose text=words /></dd></div> })
        .collect_view();
    let notes = e.notes.iter().map(|note| view! { <li><Prose text=note.clone() /></li> }).collect_view();
    view! {
        <dl class="facts">{terms}</dl>
        {(!e.notes.is_empty()).then(|| view! { <ul class="notes">{notes}</ul> })}
        {(!e.evidence.is_empty()).then(|| view! { <p class="evidence">"Known from " {sources(&e.evidence)}</p> })}
    }
}

fn who(reads: bool, writes: bool) -> &'static str {
    match (reads, writes) {
        (true, true) => ", reads and writes wait",
        (true, false) => ", reads wait",
        (false, true) => ", writes wait",
        (false, false) => ", traffic flows",
    }
}

/// Sources as links where they are addresses.
pub fn sources(list: &[String]) -> impl IntoView + use<> {
    let last = list.len().saturating_sub(1);
    list.iter()
        .enumerate()
        .map(|(i, source)| {
            let comma = if i == last { "" } else { ", " };
            let words = source.trim_start_matches("https://").trim_start_matches("www.").to_string();
            match source.starts_with("https://") {
                true => {
                    view! { <a href=source.clone() target="_blank" rel="noreferrer">{words}</a> {comma} }.into_any()
                }
                false => view! { <span>{source.clone()}</span> {comma} }.into_any(),
            }
        })
        .collect_view()
}
