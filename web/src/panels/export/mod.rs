//! Taking the plan away: Markdown, migration files, JSON, paper.

use crate::browser::{files, page};
use crate::parts::{CodeBlock, CopyButton};
use crate::state::desk::{Desk, desk};
use gloo::timers::callback::Timeout;
use leptos::prelude::*;
use leptos::task::spawn_local;
use lockstep_core::Request;
use lockstep_core::report::File;
use lockstep_protocol::{Content, Framework, Question};

/// The panel: in a dialog on wide screens, in a tab on narrow ones.
#[component]
pub fn Export() -> impl IntoView {
    view! {
        <div class="export">
            <MarkdownPart />
            <FilesPart />
            <OtherPart />
        </div>
    }
}

/// The answer to a question, asked again whenever a new plan is there.
fn follow<T: Send + Sync + 'static>(
    desk: Desk,
    question: impl Fn(Request) -> Question + 'static,
    read: fn(Content) -> Option<T>,
) -> RwSignal<Option<T>> {
    let answer = RwSignal::new(None);
    Effect::new(move |_| {
        desk.planner.report.track();
        desk.planner.ready.track();
        desk.settings.track();
        let request = desk.inputs().request(&page::today());
        desk.planner.ask(question(request), move |content| {
            drop(answer.try_set(content.ok().and_then(read)));
        });
    });
    answer
}

fn text(content: Content) -> Option<String> {
    match content {
        Content::Text(text) => Some(text),
        Content::Plan(_) | Content::Files(_) | Content::Bytes(_) | Content::Sizes(_) => None,
    }
}

fn files_of(content: Content) -> Option<Vec<File>> {
    match content {
        Content::Files(files) => Some(files),
        Content::Plan(_) | Content::Text(_) | Content::Bytes(_) | Content::Sizes(_) => None,
    }
}

/// A name for downloads, from the plan's title.
fn file_stem(title: &str) -> String {
    let mut stem = String::new();
    for c in title.chars().flat_map(char::to_lowercase) {
        match c.is_ascii_alphanumeric() {
            true => stem.push(c),
            false if !stem.ends_with('-') && !stem.is_empty() => stem.push('-'),
            false => {}
        }
    }
    let stem: String = stem.chars().take(60).collect();
    match stem.trim_matches('-') {
        "" => "migration-plan".to_string(),
        stem => stem.to_string(),
    }
}

fn stem(desk: Desk) -> String {
    file_stem(&desk.report().map(|report| report.title.clone()).unwrap_or_default())
}

#[component]
fn MarkdownPart() -> impl IntoView {
    let desk = desk();
    let markdown = follow(desk, Question::Markdown, text);
    let now = move || markdown.get_untracked().unwrap_or_default();
    let save = move |_| files::download(&format!("{}.md", stem(desk)), "text/markdown", now().as_bytes());
    view! {
        <section aria-labelledby="export-markdown">
            <h2 id="export-markdown">"Markdown"</h2>
            <p class="hint">"For a pull request or a design document: the plan, every step with its SQL, the runbook."</p>
            <div class="actions">
                <CopyButton text=Callback::new(move |()| now()) what="the plan as Markdown" />
                <button type="button" class="button small" on:click=save>"Download .md"</button>
            </div>
            <pre class="preview" tabindex="0" aria-label="Markdown preview">{move || markdown.get()}</pre>
        </section>
    }
}

#[component]
fn FilesPart() -> impl IntoView {
    let desk = desk();
    let offered = Memo::new(move |_| {
        let engine = desk.settings.with(|settings| settings.target().engine.id());
        let speaks =
            |framework: &Framework| framework.engines.is_empty() || framework.engines.iter().any(|id| id == engine);
        desk.planner.ready.with(|ready| ready.frameworks.iter().filter(|f| speaks(f)).cloned().collect::<Vec<_>>())
    });
    let chosen = Memo::new(move |_| {
        let wanted = desk.settings.with(|settings| settings.options.framework.clone());
        let known = offered.with(|list| list.iter().any(|framework| framework.id == wanted));
        match known {
            true => wanted,
            false => offered.with(|list| list.first().map(|framework| framework.id.clone()).unwrap_or_default()),
        }
    });
    let with_framework = move |mut request: Request| {
        request.options.framework = chosen.get();
        request
    };
    let listed = follow(desk, move |request| Question::Files(with_framework(request)), files_of);
    let save = move |_| {
        let mut request = desk.inputs().request(&page::today());
        request.options.framework = chosen.get_untracked();
        desk.planner.ask(Question::Zip(request), move |content| {
            if let Ok(Content::Bytes(bytes)) = content {
                files::download(&format!("{}.zip", stem(desk)), "application/zip", &bytes);
            }
        });
    };
    let options = move || {
        offered
            .get()
            .into_iter()
            .map(|framework| {
                let id = framework.id.clone();
                view! { <option value=framework.id selected=move || chosen.get() == id>{framework.title}</option> }
            })
            .collect_view()
    };
    let none = move || listed.with(|files| files.as_ref().is_none_or(Vec::is_empty));
    view! {
        <section aria-labelledby="export-files">
            <h2 id="export-files">"Migration files"</h2>
            <div class="actions">
                <label class="picker">
                    "Written for "
                    <select
                        class="select"
                        on:change=move |event| {
                            let framework = event_target_value(&event);
                            desk.settings.update(|settings| settings.options.framework = framework);
                        }
                    >
                        {options}
                    </select>
                </label>
                <button type="button" class="button small" disabled=none on:click=save>"Download .zip"</button>
            </div>
            <Show when=move || !none() fallback=|| view! { <p class="hint">"The plan has nothing to run, so there are no files."</p> }>
                <FileTree files=Signal::derive(move || listed.get().unwrap_or_default()) />
            </Show>
        </section>
    }
}

/// The files by path; one is open at a time.
#[component]
fn FileTree(files: Signal<Vec<File>>) -> impl IntoView {
    let open = RwSignal::new(0_usize);
    let names = move || {
        files
            .get()
            .into_iter()
            .enumerate()
            .map(|(i, file)| {
                let (folder, name) = match file.path.rsplit_once('/') {
                    Some((folder, name)) => (format!("{folder}/"), name.to_string()),
                    None => (String::new(), file.path.clone()),
                };
                view! {
                    <li>
                        <button type="button" class="file" aria-pressed=move || (open.get() == i).to_string() on:click=move |_| open.set(i)>
                            <span class="hint">{folder}</span>
                            {name}
                        </button>
                    </li>
                }
            })
            .collect_view()
    };
    let content = move || {
        files.with(|files| files.get(open.get()).or(files.first()).cloned()).map(|file| {
            let runs = if file.transactional { "runs in a transaction" } else { "runs outside a transaction" };
            view! { <p class="hint">{runs}</p> <CodeBlock text=file.content what=file.path /> }
        })
    };
    view! {
        <div class="file-tree">
            <ul>{names}</ul>
            <div>{content}</div>
        </div>
    }
}

#[component]
fn OtherPart() -> impl IntoView {
    let desk = desk();
    let save_json = move |_| {
        let request = desk.inputs().request(&page::today());
        desk.planner.ask(Question::Json(request), move |content| {
            if let Ok(Content::Text(json)) = content {
                files::download(&format!("{}.json", stem(desk)), "application/json", json.as_bytes());
            }
        });
    };
    let print = move |_| {
        desk.dialog.set(None);
        desk.printing.set(true);
        // After everything has been unfolded and drawn.
        Timeout::new(120, move || {
            spawn_local(async move {
                page::print();
                desk.printing.set(false);
            });
        })
        .forget();
    };
    view! {
        <section aria-labelledby="export-other">
            <h2 id="export-other">"For tools and for paper"</h2>
            <div class="actions">
                <button type="button" class="button small" on:click=save_json>"Download .json"</button>
                <button type="button" class="button small" on:click=print>"Print…"</button>
            </div>
            <p class="hint">"The JSON is a documented format (schema_version 1); the command line prints the same bytes."</p>
        </section>
    }
}

#[cfg(test)]
mod tests {
    #[test]
    fn file_names_are_safe() {
        assert_eq!(super::file_stem("Rename users.name to users.full_name"), "rename-users-name-to-users-full-name");
        assert_eq!(super::file_stem("../../etc"), "etc");
        assert_eq!(super::file_stem("…"), "migration-plan");
    }
}
