//! The worker: the planner in its own wasm, so that a trap or a hang costs a restart and never the page.
//!
//! In: [`Ask`]s. Out: one [`Message::Ready`] when it listens, then one [`Message::Answer`] per question.

mod answers;
mod archive;

use js_sys::JSON;
use lockstep_protocol::{Ask, Message};
use wasm_bindgen::prelude::*;
use web_sys::{DedicatedWorkerGlobalScope, MessageEvent};

fn main() {
    console_error_panic_hook::set_once();
    let scope: DedicatedWorkerGlobalScope = js_sys::global().unchecked_into();
    let reply = scope.clone();
    let on_message = Closure::<dyn FnMut(MessageEvent)>::new(move |event: MessageEvent| {
        match read(&event.data()) {
            Ok(ask) => post(&reply, &Message::Answer(Box::new(answers::answer(&ask)))),
            // A question that cannot be read is a fault of the build; the page shows it and restarts the worker.
            Err(error) => wasm_bindgen::throw_str(&error),
        }
    });
    scope.set_onmessage(Some(on_message.as_ref().unchecked_ref()));
    on_message.forget();
    // Only now: messages sent before this one can be lost, because the loader awaits the start of the wasm.
    post(&scope, &Message::Ready(Box::new(answers::ready())));
}

// By way of JSON text, which the report is written as anyway: reading and writing JavaScript's objects one by one would
// compile all their code a second time.

fn read(data: &JsValue) -> Result<Ask, String> {
    let text = JSON::stringify(data).map_err(|_| "a message that is no JSON".to_string())?;
    serde_json::from_str(&String::from(text)).map_err(|error| error.to_string())
}

fn post(scope: &DedicatedWorkerGlobalScope, message: &Message) {
    // Indented, as the download is: so that there is one writer, not two.
    let text = serde_json::to_string_pretty(message).map_err(|error| JsValue::from_str(&error.to_string()));
    let sent = text.and_then(|text| JSON::parse(&text)).and_then(|value| scope.post_message(&value));
    if let Err(error) = sent {
        wasm_bindgen::throw_val(error);
    }
}
