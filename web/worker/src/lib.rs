//! The worker: the planner in its own wasm, so that a trap or a hang costs a restart and never the page.
//!
//! In: [`Ask`]s. Out: one [`Message::Ready`] when it listens, then one [`Message::Answer`] per question.
//!
//! There is one worker per family of engines (`src/bin/`), because a visit needs one: each is built with the feature of
//! its engines alone. What a visit may do without (exports, pasted sizes, two schemas compared) are programs of their own, which
//! `web/js/planner.js` loads into the worker that is asked for it.

mod answers;
mod archive;
mod texts;

use lockstep_protocol::{Ask, Bytes, Content, Export, Message, pack, unpack};
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

/// The plan for a request ([`lockstep_core::Request`]), packed, without its files: what [`exported`] writes.
///
/// # Errors
/// When the request cannot be read.
pub fn planned(request: JsValue) -> Result<Vec<u8>, JsValue> {
    let request = serde_wasm_bindgen::from_value(request)?;
    let plan = pack(&Content::Plan(Box::new(lockstep_core::plan::plan(&request))));
    plan.map(|packed| packed.0).map_err(|error| error.words().into())
}

/// A plan ([`planned`]) in the form that an [`Export`] asks for: the packed content of its answer.
///
/// # Errors
/// When one of them is of another build.
pub fn exported(export: JsValue, plan: Vec<u8>) -> Result<Vec<u8>, JsValue> {
    let export: Export = serde_wasm_bindgen::from_value(export)?;
    let written = match unpack(&Bytes(plan)) {
        Ok(Content::Plan(report)) => pack(&texts::write(&export, *report)),
        Ok(_) => return Err("no plan".into()),
        Err(error) => Err(error),
    };
    written.map(|packed| packed.0).map_err(|error| error.words().into())
}

/// Pasted table sizes, read: the packed content of the answer.
///
/// # Errors
/// None that a text could cause.
pub fn sizes_read(pasted: &str) -> Result<Vec<u8>, JsValue> {
    let read = pack(&Content::Sizes(texts::read_sizes(pasted)));
    read.map(|packed| packed.0).map_err(|error| error.words().into())
}

/// Sizes that are given as JSON as the table that planners read.
pub fn table_of(stats: &str) -> String {
    texts::table_of(stats)
}

fn post(scope: &DedicatedWorkerGlobalScope, message: &Message) {
    // Plain objects, not Maps: JavaScript reads them too.
    let value = message.serialize(&serde_wasm_bindgen::Serializer::json_compatible().serialize_bytes_as_arrays(false));
    let sent = value.map_err(JsValue::from).and_then(|value| scope.post_message(&value));
    if let Err(error) = sent {
        wasm_bindgen::throw_val(error);
    }
}
