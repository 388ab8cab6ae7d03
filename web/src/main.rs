//! The page.

mod editor;

use leptos::html::Div;
use leptos::prelude::*;
use lockstep_core::{Report, Request};
use serde::{Deserialize, Serialize};
use wasm_bindgen::prelude::*;
use web_sys::{MessageEvent, Worker, WorkerOptions, WorkerType};

#[derive(Serialize)]
struct Ask<'a> {
    id: u32,
    request: &'a Request,
}

#[derive(Deserialize)]
struct Answer {
    report: Option<Report>,
}

const EXAMPLE: &str = "ALTER TABLE users RENAME COLUMN name TO full_name;\n";

fn main() {
    console_error_panic_hook::set_once();
    mount_to_body(App);
}

#[component]
fn App() -> impl IntoView {
    let headline = RwSignal::new(String::new());
    let worker = StoredValue::new_local(start_worker(headline));
    let on_change = StoredValue::new_local(Closure::new(move |sql: String| {
        worker.with_value(|worker| ask(worker, &sql));
    }));
    let place = NodeRef::<Div>::new();
    Effect::new(move |_| {
        if let Some(place) = place.get() {
            on_change.with_value(|on_change| editor::create_editor(&place, EXAMPLE, "postgres", "SQL", on_change));
        }
    });
    view! {
        <main>
            <h1>"Lockstep"</h1>
            <div node_ref=place></div>
            <p data-testid="headline">{headline}</p>
        </main>
    }
}

fn start_worker(headline: RwSignal<String>) -> Option<Worker> {
    let options = WorkerOptions::new();
    options.set_type(WorkerType::Module);
    let worker = Worker::new_with_options("./lockstep-worker_loader.js", &options).ok()?;
    let sender = worker.clone();
    let on_message = Closure::<dyn FnMut(MessageEvent)>::new(move |event: MessageEvent| {
        match serde_wasm_bindgen::from_value::<Answer>(event.data()) {
            Ok(Answer { report: Some(report) }) => {
                headline.set(format!("{}: {}", report.title, report.verdict.label()))
            }
            Ok(Answer { report: None }) => ask(&Some(sender.clone()), EXAMPLE),
            Err(error) => headline.set(error.to_string()),
        }
    });
    worker.set_onmessage(Some(on_message.as_ref().unchecked_ref()));
    on_message.forget();
    Some(worker)
}

fn ask(worker: &Option<Worker>, sql: &str) {
    let request = Request { sql: sql.to_string(), engine: "postgres:16".to_string(), ..Request::default() };
    let message = Ask { id: 1, request: &request }.serialize(&serde_wasm_bindgen::Serializer::json_compatible());
    if let (Some(worker), Ok(message)) = (worker, message) {
        let _ = worker.post_message(&message);
    }
}
