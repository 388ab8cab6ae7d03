//! Table sizes: one row per table, presets, and a box for the output of the statistics query.

use crate::parts::SqlBlock;
use crate::state::desk::desk;
use crate::state::inputs::Size;
use crate::state::quantity;
use leptos::prelude::*;
use lockstep_core::picture::words::bytes;
use lockstep_core::report::TableSize;
use lockstep_core::words;
use lockstep_protocol::{Content, Question};

const PRESETS: [(&str, u64); 4] =
    [("10 k", 10_000), ("1 M", 1_000_000), ("100 M", 100_000_000), ("1 B", 1_000_000_000)];

/// The tab's content.
#[component]
pub fn Sizes() -> impl IntoView {
    let desk = desk();
    let tables =
        Memo::new(move |_| desk.planner.report.with(|r| r.as_ref().map(|r| r.tables.clone()).unwrap_or_default()));
    view! {
        <div class="sizes">
            <Show
                when=move || !tables.with(Vec::is_empty)
                fallback=|| view! { <p class="hint">"The change names no table yet. Its tables appear here."</p> }
            >
                <table class="size-table">
                    <caption class="visually-hidden">"Sizes of the tables of the change"</caption>
                    <thead>
                        <tr><th scope="col">"Table"</th><th scope="col">"Rows"</th><th scope="col">"Size"</th><th scope="col">"Writes/s"</th></tr>
                    </thead>
                    <tbody>
                        <For each=move || tables.get() key=|table| format!("{table:?}") let:table><Row table=table /></For>
                    </tbody>
                </table>
                <p class="presets">
                    <span id="presets">"Try with"</span>
                    {PRESETS
                        .map(|(words, rows)| {
                            view! {
                                <button
                                    type="button"
                                    class="button small"
                                    aria-label=format!("Try with {words} rows in every table")
                                    on:click=move |_| {
                                        let names: Vec<String> = tables.get_untracked().into_iter().filter(|t| !t.new).map(|t| t.name).collect();
                                        desk.settings.update(|settings| for name in &names {
                                            settings.set_size(name, |size| *size = Size { rows: Some(rows), ..Size::default() });
                                        });
                                    }
                                >
                                    {words}
                                </button>
                            }
                        })
                        .collect_view()}
                    <button
                        type="button"
                        class="link"
                        on:click=move |_| desk.settings.update(|settings| settings.sizes.clear())
                    >
                        "Forget all sizes"
                    </button>
                </p>
            </Show>
            <PasteBox />
        </div>
    }
}

#[component]
fn Row(table: TableSize) -> impl IntoView {
    if table.new {
        return view! {
            <tr><th scope="row"><code>{table.name}</code></th><td colspan="3" class="hint">"made by this change: empty"</td></tr>
        }
        .into_any();
    }
    let (rows, size) = (words::count(table.rows), bytes(table.bytes));
    let size_known = table.bytes > 0 && table.rows_known;
    let writes = table.writes_per_s.map(|rate| rate.to_string()).unwrap_or_default();
    view! {
        <tr>
            <th scope="row"><code>{table.name.clone()}</code></th>
            <td class:assumed=!table.rows_known>
                <Cell table=table.name.clone() what="rows" value=rows known=table.rows_known set=|size, text| {
                    quantity::rows(text).map(|n| size.rows = Some(n)).is_some()
                } forget=|size| size.rows = None />
            </td>
            <td>
                <Cell table=table.name.clone() what="size" value=size known=size_known set=|size, text| {
                    quantity::bytes(text).map(|n| size.bytes = Some(n)).is_some()
                } forget=|size| size.bytes = None />
            </td>
            <td>
                <Cell table=table.name known=!writes.is_empty() what="writes per second" value=writes set=|size, text| {
                    quantity::rate(text).map(|n| size.writes_per_s = Some(n)).is_some()
                } forget=|size| size.writes_per_s = None />
            </td>
        </tr>
    }
    .into_any()
}

/// A figure that can be typed over; what was only assumed is shown as a placeholder.
#[component]
fn Cell(
    table: String,
    what: &'static str,
    value: String,
    known: bool,
    set: fn(&mut Size, &str) -> bool,
    forget: fn(&mut Size),
) -> impl IntoView {
    let desk = desk();
    let wrong = RwSignal::new(false);
    let label = format!("{table}: {what}");
    let (shown, hint) = if known { (value, String::new()) } else { (String::new(), value) };
    let on_change = move |event| {
        let text = event_target_value(&event);
        let mut read = true;
        desk.settings.update(|settings| {
            settings.set_size(&table, |size| match text.trim() {
                "" => forget(size),
                text => read = set(size, text),
            })
        });
        wrong.set(!read);
    };
    view! {
        <input
            type="text"
            class="figure"
            aria-label=label
            aria-invalid=move || wrong.get().to_string()
            placeholder=hint
            prop:value=shown
            on:change=on_change
        />
    }
}

#[component]
fn PasteBox() -> impl IntoView {
    let desk = desk();
    let query = RwSignal::new(String::new());
    Effect::new(move |_| {
        let engine = desk.settings.with(|settings| settings.engine.clone());
        desk.planner.ready.track();
        desk.planner.ask(Question::StatsQuery(engine), move |answer| {
            if let Ok(Content::Text(text)) = answer {
                query.set(text);
            }
        });
    });
    let told = RwSignal::new(String::new());
    let read = move |text: String| {
        if text.trim().is_empty() {
            return;
        }
        desk.planner.ask(Question::ReadSizes(text), move |answer| match answer {
            Ok(Content::Sizes(read)) => {
                let mut taken = String::new();
                desk.settings.update(|settings| taken = settings.take(&read));
                let problems = read.problems.iter().take(3).map(|problem| format!(" {problem}")).collect::<String>();
                let _ = told.try_set(format!("{taken}{problems}"));
            }
            Ok(_) | Err(_) => drop(told.try_set("The text was not read: the planner stopped.".to_string())),
        });
    };
    view! {
        <section class="paste" aria-labelledby="paste-head">
            <h2 id="paste-head">"Real sizes from your server"</h2>
            <p class="hint">"Run this on the server; it reads statistics only. Then paste its output below, as psql, mysql or any client prints it. CSV and JSON work too."</p>
            {move || (!query.get().is_empty()).then(|| view! { <SqlBlock statements=vec![query.get()] what="the statistics query" /> })}
            <textarea
                aria-label="Output of the statistics query"
                rows="5"
                spellcheck="false"
                placeholder="Paste the output here"
                on:input=move |event| read(event_target_value(&event))
            ></textarea>
            <p class="hint" role="status">{told}</p>
        </section>
    }
}
