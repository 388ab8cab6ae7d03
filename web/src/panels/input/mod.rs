//! The left pane: the change, the current schema, table sizes, and what is assumed.

use super::assumptions::Assumptions;
use super::sizes::Sizes;
use crate::browser::editor::{EditorFinding, EditorHandle, EditorStart};
use crate::browser::files;
use crate::parts::Tabs;
use crate::state::desk::{Desk, InputTab, desk};
use crate::state::{examples, links};
use leptos::html::Div;
use leptos::prelude::*;
use leptos::task::spawn_local;
use lockstep_core::report::Severity;

/// The pane.
#[component]
pub fn Input() -> impl IntoView {
    let desk = desk();
    let dropping = RwSignal::new(false);
    let report = desk.planner.report;
    let objects = Signal::derive(move || match desk.schema.with(|schema| count_objects(schema)) {
        0 => String::new(),
        1 => "1 object".to_string(),
        n => format!("{n} objects"),
    });
    let sizes = Signal::derive(move || {
        report.with(|report| {
            let tables: Vec<_> = report.iter().flat_map(|r| &r.tables).filter(|table| !table.new).collect();
            match tables.len() {
                0 => String::new(),
                n => format!("{} of {n}", tables.iter().filter(|table| table.rows_known).count()),
            }
        })
    });
    let nothing = Signal::derive(String::new);
    let hidden = move |tab: InputTab| desk.tab.get() != tab;
    view! {
        <section
            id="input"
            class="input"
            class:dropping=dropping
            aria-label="Input"
            on:dragover=move |event| {
                if files::drags_files(&event) {
                    event.prevent_default();
                    dropping.set(true);
                }
            }
            on:dragleave=move |_| dropping.set(false)
            on:drop=move |event| {
                dropping.set(false);
                let files = files::dropped(&event);
                if !files.is_empty() {
                    event.prevent_default();
                    event.stop_propagation();
                    spawn_local(desk.read_files(desk.tab.get_untracked(), files));
                }
            }
        >
            <div class="input-head">
                <Tabs
                    chosen=desk.tab
                    label="Input"
                    class="tabs"
                    tabs=vec![
                        (InputTab::Change, "tab-change", "panel-change", "Change", nothing),
                        (InputTab::Schema, "tab-schema", "panel-schema", "Current schema", objects),
                        (InputTab::Sizes, "tab-sizes", "panel-sizes", "Table sizes", sizes),
                    ]
                />
                <OpenButton />
            </div>
            <div id="panel-change" role="tabpanel" aria-labelledby="tab-change" class="input-panel" hidden=move || hidden(InputTab::Change)>
                <Editor tab=InputTab::Change />
                <Examples />
            </div>
            <div id="panel-schema" role="tabpanel" aria-labelledby="tab-schema" class="input-panel" hidden=move || hidden(InputTab::Schema)>
                <Editor tab=InputTab::Schema />
            </div>
            <div id="panel-sizes" role="tabpanel" aria-labelledby="tab-sizes" class="input-panel" hidden=move || hidden(InputTab::Sizes)>
                <Show when=move || !hidden(InputTab::Sizes)><Sizes /></Show>
            </div>
            <Assumptions />
        </section>
    }
}

#[component]
fn OpenButton() -> impl IntoView {
    let desk = desk();
    view! {
        <label class="open-file" class:gone=move || desk.tab.get() == InputTab::Sizes>
            "Open…"
            <input
                type="file"
                multiple
                accept=".sql,.ddl,.txt,.dump,.psql"
                class="visually-hidden"
                on:change=move |event| {
                    let files = files::picked(&event_target(&event));
                    spawn_local(desk.read_files(desk.tab.get_untracked(), files));
                }
            />
        </label>
    }
}

#[component]
fn Editor(tab: InputTab) -> impl IntoView {
    let desk = desk();
    let place = NodeRef::<Div>::new();
    let (text, handle, label, hint, input) = match tab {
        InputTab::Schema => (
            desk.schema,
            desk.schema_editor,
            "Current schema, SQL",
            "Paste the current schema: pg_dump --schema-only, mysqldump --no-data, .schema, or plain CREATE TABLE statements. It makes the plan exact; without it the careful case is shown.",
            "schema",
        ),
        InputTab::Change | InputTab::Sizes => {
            (desk.sql, desk.editor, "Change, SQL", "Paste the migration, or drop .sql files here.", "sql")
        }
    };
    Effect::new(move |_| {
        let Some(place) = place.get() else { return };
        let engine = desk.settings.with_untracked(|settings| settings.engine.clone());
        let start = EditorStart { text: &text.get_untracked(), engine: &engine, label, hint };
        let on_cursor = move |at| {
            if tab == InputTab::Change {
                desk.cursor(at);
            }
        };
        let on_action = move |name: String, statement, rule: String| desk.act(&name, statement, &rule);
        let editor = EditorHandle::new(&place, start, move |new| text.set(new), on_cursor, on_action);
        handle.set_value(Some(editor));
    });
    Effect::new(move |_| {
        desk.planner.report.track();
        // Places of a plan that the text has left behind would be wrong; the next plan is under way.
        if !desk.planner.behind.get() {
            show_findings(desk, input, handle);
        }
    });
    Effect::new(move |_| {
        let shown = desk.tab.get() == tab;
        if shown {
            request_animation_frame(move || {
                handle.with_value(|editor| editor.as_ref().map(EditorHandle::refresh));
            });
        }
    });
    view! { <div class="editor" node_ref=place></div> }
}

fn show_findings(desk: Desk, input: &str, handle: StoredValue<Option<EditorHandle>, LocalStorage>) {
    let Some(report) = desk.report() else { return };
    let ready = desk.planner.ready.get_untracked();
    let findings: Vec<EditorFinding> = links::marked(&report, input)
        .into_iter()
        .map(|marked| EditorFinding {
            from: marked.span.start_utf16,
            to: marked.span.end_utf16,
            statement_to: marked.statement_end,
            severity: match marked.severity {
                Severity::Info => "info",
                Severity::Warning => "warning",
                Severity::Danger => "danger",
            },
            title: marked.title,
            message: marked.message,
            statement: marked.statement.unwrap_or_default(),
            explained: ready.rules.iter().any(|rule| rule.id == marked.rule),
            rule: marked.rule,
            planned: marked.planned,
        })
        .collect();
    handle.with_value(|editor| editor.as_ref().map(|editor| editor.set_findings(&findings)));
}

/// Cards to start from, while the text is empty or is an example.
#[component]
fn Examples() -> impl IntoView {
    let desk = desk();
    let untouched = Memo::new(move |_| {
        desk.sql.with(|sql| sql.trim().is_empty() || examples::ALL.iter().any(|example| example.inputs().sql == *sql))
    });
    view! {
        <Show when=move || untouched.get()>
            <section class="examples" aria-labelledby="examples-head">
                <h2 id="examples-head">"Start from an example, or paste your own"</h2>
                <ul>
                    {examples::ALL
                        .map(|example| {
                            let current = move || desk.sql.with(|sql| *sql == example.inputs().sql);
                            view! {
                                <li>
                                    <button
                                        type="button"
                                        class="example"
                                        aria-pressed=move || current().to_string()
                                        on:click=move |_| desk.load(example)
                                    >
                                        <b>{example.goal}</b>
                                        <span>{example.title}</span>
                                    </button>
                                </li>
                            }
                        })
                        .collect_view()}
                </ul>
            </section>
        </Show>
    }
}

/// Objects that a schema defines, as the tab counts them: near enough for a hint, the planner reads them exactly.
fn count_objects(schema: &str) -> usize {
    schema
        .lines()
        .filter(|line| line.trim_start().get(..7).is_some_and(|start| start.eq_ignore_ascii_case("create ")))
        .count()
}

#[cfg(test)]
mod tests {
    #[test]
    fn counts_objects() {
        let schema = "CREATE TABLE a (x int);\n  create index i on a (x);\n-- CREATE nothing\nALTER TABLE a ADD y int;";
        assert_eq!(super::count_objects(schema), 2);
    }
}
