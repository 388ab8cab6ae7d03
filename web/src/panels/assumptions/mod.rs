//! What the estimates rest on, as chips that are edited in place.

use crate::parts::Chip;
use crate::state::desk::{InputTab, desk};
use crate::state::quantity;
use leptos::prelude::*;
use lockstep_core::picture::words::{bytes, count};
use lockstep_core::report::TableSize;
use lockstep_core::request::DualWrite;
use lockstep_core::words;

/// More tables than this are left to the tab.
const TABLES: usize = 3;

/// The foot of the left pane.
#[component]
pub fn Assumptions() -> impl IntoView {
    let desk = desk();
    let tables = Memo::new(move |_| {
        desk.planner.report.with(|report| {
            let tables = report.iter().flat_map(|report| &report.tables).filter(|table| !table.new);
            tables.take(TABLES).cloned().collect::<Vec<TableSize>>()
        })
    });
    let options = move || desk.settings.with(|settings| settings.options.clone());
    let set = move |change: &dyn Fn(&mut lockstep_core::request::Options)| {
        desk.settings.update(|settings| change(&mut settings.options))
    };
    view! {
        <section class="assumptions" aria-labelledby="assumptions-head">
            <header>
                <h2 id="assumptions-head">"Assumed for the estimates"</h2>
                <button type="button" class="link" on:click=move |_| desk.tab.set(InputTab::Sizes)>"Paste real sizes"</button>
            </header>
            <ul class="chips">
                <For each=move || tables.get() key=|table| format!("{table:?}") let:table>
                    <TableChips table=table />
                </For>
                <Chip
                    name="longest transaction"
                    value=Signal::derive(move || quantity::show_seconds(options().longest_transaction_s))
                    on_value=Callback::new(move |text: String| {
                        let read = quantity::seconds(&text).filter(|s| (0.0..=86_400.0).contains(s));
                        read.map(|s| set(&|options| options.longest_transaction_s = s)).is_some()
                    })
                />
                <Chip
                    name="lock timeout"
                    value=Signal::derive(move || quantity::show_milliseconds(options().lock_timeout_ms))
                    on_value=Callback::new(move |text: String| {
                        let read = quantity::milliseconds(&text).filter(|ms| (1..=3_600_000).contains(ms));
                        read.map(|ms| set(&|options| options.lock_timeout_ms = ms)).is_some()
                    })
                />
                <Chip
                    name="batches of"
                    value=Signal::derive(move || words::count(options().batch_size))
                    after=Signal::derive(|| " rows".to_string())
                    on_value=Callback::new(move |text: String| {
                        let read = quantity::rows(&text).filter(|n| (1..=1_000_000).contains(n));
                        read.map(|n| set(&|options| options.batch_size = n)).is_some()
                    })
                />
                <li class="chip">
                    <button
                        type="button"
                        class="chip-face"
                        on:click=move |_| set(&|options| {
                            options.dual_write = match options.dual_write {
                                DualWrite::Trigger => DualWrite::Application,
                                DualWrite::Application => DualWrite::Trigger,
                            };
                        })
                    >
                        "dual-write by "
                        <b>{move || match options().dual_write {
                            DualWrite::Trigger => "trigger",
                            DualWrite::Application => "application",
                        }}</b>
                        <span class="visually-hidden">", change"</span>
                    </button>
                </li>
                <li class="chip">
                    <button
                        type="button"
                        class="chip-face"
                        on:click=move |_| set(&|options| options.in_transaction = !options.in_transaction)
                    >
                        "each file in "
                        <b>{move || if options().in_transaction { "one transaction" } else { "no transaction" }}</b>
                        <span class="visually-hidden">", change"</span>
                    </button>
                </li>
            </ul>
            <Show when=move || !desk.kept.get()>
                <p class="unkept">"This browser refuses to keep the text: it is lost when the page is closed."</p>
            </Show>
        </section>
    }
}

#[component]
fn TableChips(table: TableSize) -> impl IntoView {
    let desk = desk();
    let name = table.name.clone();
    let rows = count(table.rows);
    let size = match table.bytes {
        0 => " rows".to_string(),
        n => format!(" rows · {}", bytes(n)),
    };
    let known = table.rows_known;
    let remark = if known { size } else { " rows assumed".to_string() };
    let set_rows = {
        let name = name.clone();
        Callback::new(move |text: String| {
            let read = quantity::rows(&text);
            read.map(|rows| desk.settings.update(|settings| settings.set_size(&name, |size| size.rows = Some(rows))))
                .is_some()
        })
    };
    let writes = table.writes_per_s.map(|rate| {
        let name = name.clone();
        view! {
            <Chip
                name=""
                value=Signal::derive(move || format!("{rate}"))
                after=Signal::derive(|| " writes/s".to_string())
                on_value=Callback::new(move |text: String| {
                    let read = quantity::rate(&text);
                    read.map(|rate| desk.settings.update(|s| s.set_size(&name, |size| size.writes_per_s = Some(rate)))).is_some()
                })
            />
        }
    });
    view! {
        <Chip
            name=name
            value=Signal::derive(move || rows.clone())
            after=Signal::derive(move || remark.clone())
            assumed=Signal::derive(move || !known)
            on_value=set_rows
        />
        {writes}
    }
}
