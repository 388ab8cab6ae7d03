//! The worker: the planner in its own wasm, so that a trap or a hang costs a restart and never the page.
//!
//! In: [`Ask`]s. Out: one [`Message::Ready`] when it listens, then one [`Message::Answer`] per question.
//!
//! There is one worker per family of engines (`src/bin/`), because a visit needs one: each is built with the feature of
//! its engines alone.

mod answers;
mod archive;

use lockstep_protocol::{Ask, Message};
use serde::Serialize;
use wasm_bindgen::prelude::*;
use web_sys::{DedicatedWorkerGlobalScope, MessageEvent};

/// Starts to listen.
pub fn listen() {
    console_error_panic_hook::set_once();
    let scope: DedicatedWorkerGlobalScope = js_sys::global().unchecked_into();
    let reply = scope.clone();
    let on_message = Closure::<dyn FnMut(MessageEvent)>::new(move |event: MessageEvent| {
        let ask = serde_wasm_bindgen::from_value::<Ask>(event.data()).map_err(|error| error.to_string());
        match ask.and_then(|ask| answers::answer(&ask)) {
            Ok(answer) => post(&reply, &Message::Answer(Box::new(answer))),
            // A question that cannot be read is a fault of the build; the page shows it and restarts the worker.
            Err(error) => wasm_bindgen::throw_str(&error),
        }
    });
    scope.set_onmessage(Some(on_message.as_ref().unchecked_ref()));
    on_message.forget();
    // Only now: messages sent before this one can be lost, because the loader awaits the start of the wasm.
    post(&scope, &Message::Ready(Box::new(answers::ready())));
}

fn post(scope: &DedicatedWorkerGlobalScope, message: &Message) {
    // Plain objects, not Maps: JavaScript reads them too.
    let value = message.serialize(&serde_wasm_bindgen::Serializer::json_compatible().serialize_bytes_as_arrays(false));
    let sent = value.map_err(JsValue::from).and_then(|value| scope.post_message(&value));
    if let Err(error) = sent {
        wasm_bindgen::throw_val(error);
    }
}
